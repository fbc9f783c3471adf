"""The demo of the workbench, and what it reads of a database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from snapkit.errors import ConnectError
from snapkit.lab.demo import Demo
from snapkit.lab.state import database_name, pictured, read_database

if TYPE_CHECKING:
    from pathlib import Path


def test_demo_is_there_until_it_is_stopped(tmp_path: Path) -> None:
    demo = Demo.start()
    try:
        found = read_database(demo.shop, tmp_path)
        assert found.schema is not None
        assert (len(found.schema.models), len(found.catalog.data_tables)) == (107, 108)
        shown = pictured(found, None)
        assert shown is not None
        assert shown.estimates[shown.graph.find("AuditLog").table] == 12_763
        assert database_name(demo.copy) == "shop_copy"
    finally:
        demo.stop()
    with pytest.raises(ConnectError):
        database_name(demo.shop)
