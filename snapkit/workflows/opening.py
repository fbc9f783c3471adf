"""Opening a snapshot by its name or its path: where a look at it begins."""

from __future__ import annotations

import os
from pathlib import Path

from snapkit.store import Snapshot, Store

_STORE = "SNAPKIT_STORE"


def store_root(given: str = "") -> Path:
    """Where the store is: what was given, else `SNAPKIT_STORE`, else `./snapshots`."""
    return Path(given or os.environ.get(_STORE) or "snapshots")


def open(  # noqa: A001 -- `snapkit.open`, as of gzip and others
    name: str | Path = "latest", *, store: Store | Path | str | None = None
) -> Snapshot:
    """Open a snapshot, to look at it or to hand it on.

    `snapkit.open().table("User").to_pandas(limit=10)` shows ten rows of the newest one.

    Args:
        name: Its id, the beginning of one, `latest`, or the path of its folder.
        store: The store or its folder; None takes `SNAPKIT_STORE`, else `./snapshots`. A path needs
            none.

    Returns:
        The snapshot; its manifest is read and proven, its rows are not read.

    Raises:
        NoSnapshotError: There is none of this name.
        ManifestError: Its manifest is damaged or of another format.

    Example:
        >>> orders = snapkit.open("latest", store=folder / "snapshots").table("Order")
        >>> orders.to_pandas()["userId"].tolist()
        [1, 1]
    """
    if isinstance(store, Store):
        return store.open(str(name))
    path = Path(name)
    if store is None and (isinstance(name, Path) or len(path.parts) > 1):
        whole = path.resolve()
        return Store(whole.parent).open(whole.name)
    return Store(store_root() if store is None else Path(store)).open(str(name))
