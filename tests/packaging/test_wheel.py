"""The wheel carries everything and works where the source tree is not."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

NOTEBOOKS = (
    "backup_report",
    "coverage",
    "restore_verification",
    "schema_graph",
    "snapshot_diff",
    "workbench",
)

pytestmark = pytest.mark.xdist_group("packaging")  # one worker builds, once


@dataclass(frozen=True, slots=True)
class Artefacts:
    """What a release consists of."""

    sdist: Path
    wheel: Path

    def carried(self) -> list[str]:
        """The names of the wheel's files."""
        with zipfile.ZipFile(self.wheel) as archive:
            return archive.namelist()


@dataclass(frozen=True, slots=True)
class Installation:
    """A virtual environment with the wheel in it, and an empty folder to work in."""

    bin: Path
    work: Path

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of its programs in the empty folder, without a trace of the source tree."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PG", "PYTEST", "PYTHON", "SNAPKIT"))
            and name not in {"DATABASE_URL", "VIRTUAL_ENV"}
        }
        # Jupyter's own files lie beside the dependencies, which are borrowed from this environment.
        jupyter = {"JUPYTER_PATH": str(Path(sys.prefix, "share", "jupyter"))}
        return subprocess.run(
            [self.bin / program, *arguments],
            cwd=self.work,
            env=kept | jupyter,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=240,
            check=False,
        )


@pytest.fixture(scope="module")
def artefacts(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    """Both files of a release: the sdist, and the wheel made from the sdist."""
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", out, root],
        check=True,
        capture_output=True,
    )
    (sdist,) = out.glob("*.tar.gz")
    (wheel,) = out.glob("*.whl")
    return Artefacts(sdist=sdist, wheel=wheel)


@pytest.fixture(scope="module")
def installation(artefacts: Artefacts, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The wheel in a new environment, which borrows the dependencies from this one."""
    folder = tmp_path_factory.mktemp("installation")
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(artefacts.wheel)], check=True)
    # Only now: pip would take the editable install beside the dependencies for the wheel's.
    own = next((folder / "venv" / "lib").glob("python*/site-packages"))
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (own / "borrowed.pth").write_text("\n".join(sorted(borrowed)) + "\n", encoding="utf-8")
    (folder / "work").mkdir()
    return Installation(bin=python.parent, work=folder / "work")


def files_below(folder: Path) -> set[str]:
    """Every file of a folder of the source tree, as a relative path."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & set(path.parts)
    }


def test_wheel_carries_every_file_of_the_package(root: Path, artefacts: Artefacts) -> None:
    wanted = {f"snapkit/{name}" for name in files_below(root / "snapkit")}
    assert wanted - set(artefacts.carried()) == set()


@pytest.mark.parametrize("kind", [".prisma", ".sql", "py.typed"])
def test_wheel_carries_files_of_kind(artefacts: Artefacts, kind: str) -> None:
    carried = artefacts.carried()
    assert any(name.startswith("snapkit/") and name.endswith(kind) for name in carried)


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_wheel_carries_notebook(artefacts: Artefacts, notebook: str) -> None:
    carried = artefacts.carried()
    assert f"snapkit/notebooks/{notebook}.ipynb" in carried


def test_wheel_puts_nothing_beside_the_package(artefacts: Artefacts) -> None:
    carried = artefacts.carried()
    tops = {name.partition("/")[0] for name in carried}
    assert tops == {"snapkit", f"{'-'.join(artefacts.wheel.stem.split('-')[:2])}.dist-info"}


def test_sdist_carries_what_a_developer_needs(artefacts: Artefacts) -> None:
    with tarfile.open(artefacts.sdist) as archive:
        carried = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"Makefile", "README.md", "LICENSE", "constraints.txt", "environment.yml"}
    assert wanted | {"pyproject.toml", "tests/conftest.py"} <= carried


def test_installation_imports_the_wheel(installation: Installation) -> None:
    done = installation.run("python", "-c", "import snapkit; print(snapkit.__file__)")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(installation.bin.parent))


def test_installation_runs_the_demo(installation: Installation) -> None:
    done = installation.run("snapkit", "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "107" in done.stdout
    assert "54,923" in done.stdout
