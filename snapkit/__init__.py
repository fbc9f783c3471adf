"""Snapshots of PostgreSQL databases, restored and proven: every row accounted for."""

from snapkit._version import __version__

__all__ = ["__version__"]
