"""What the notebook of a night takes for its database and its schema."""

from __future__ import annotations

import pytest

from snapkit.errors import UsageError
from snapkit.report.nightly_opening import _find, _target
from snapkit.report.parameters import NightlyParameters, check_parameters

SENTINEL = "hunter2-sentinel"


@pytest.mark.parametrize("service", ["shop", "my shop", "it's", "back\\slash"])
def test_service_is_one_keyword_whatever_its_name(service: str) -> None:
    keywords = dict(_target(NightlyParameters(service=service)).keywords)
    assert keywords == {"service": service}


def test_database_is_that_of_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP", "dbname=shop")
    monkeypatch.setenv("DATABASE_URL", "dbname=other")
    assert dict(_target(NightlyParameters(dsn_env="SHOP")).keywords)["dbname"] == "shop"
    assert dict(_target(NightlyParameters()).keywords)["dbname"] == "other"


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        (NightlyParameters(dsn_env="SHOP", service="shop"), "both name a database"),
        (NightlyParameters(dsn_env="NIGHTLY_NOT_SET"), "is not set"),
        (NightlyParameters(schema="a.prisma", no_schema=True), "exclude each other"),
        (NightlyParameters(jobs=65), "not from 1 to 64"),
        (NightlyParameters(drill_dsn_env="NIGHTLY_NOT_SET", no_schema=True), "is not set"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_parameters_that_cannot_be_meant_are_refused(
    parameters: NightlyParameters, why: str
) -> None:
    with pytest.raises(UsageError, match=why):
        _find(parameters)


@pytest.mark.parametrize("name", ["dsn_env", "drill_dsn_env", "service"])
def test_address_in_place_of_a_name_is_refused_without_showing_it(name: str) -> None:
    with pytest.raises(UsageError) as error:
        check_parameters(NightlyParameters, {name: f"postgresql://app:{SENTINEL}@db/shop"})
    assert SENTINEL not in str(error.value)
