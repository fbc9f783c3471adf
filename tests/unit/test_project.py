"""The project's own files agree with each other."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import snapkit._version

ROOT = Path(__file__).resolve().parents[2]

# What conda-forge calls by another name than PyPI does.
CONDA_NAMES = {
    "playwright-python": "playwright",
    "python-build": "build",
    "python-graphviz": "graphviz",
}
# The conda environment's own parts, and the project itself.
CONDA_ONLY = {"python", "pip"}
EDITABLE = "--editable ."

PYTHONS = ("3.11.2", "3.11.13", "3.12.11", "3.13.7", "3.14.0")


def pyproject() -> dict[str, Any]:
    """What pyproject.toml says of the project."""
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project: dict[str, Any] = document["project"]
    return project


def pyproject_requirements() -> list[Requirement]:
    """The dependencies of pyproject.toml, the extra `dev` included."""
    project = pyproject()
    texts = project["dependencies"] + project["optional-dependencies"]["dev"]
    return [Requirement(text) for text in texts]


def environment() -> tuple[list[str], list[str]]:
    """What environment.yml takes from conda-forge, and what through pip."""
    document = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    entries = document["dependencies"]
    conda = [entry for entry in entries if isinstance(entry, str)]
    (pip,) = [entry["pip"] for entry in entries if isinstance(entry, dict)]
    return conda, pip


def pins() -> list[Requirement]:
    """The lines of constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def comparable(requirement: Requirement) -> tuple[str, frozenset[str], str]:
    """A requirement's PyPI name, extras and versions, free of spelling."""
    name = CONDA_NAMES.get(requirement.name, requirement.name)
    extras = frozenset(requirement.extras)
    return canonicalize_name(name), extras, str(requirement.specifier)


def holds_on(marker: Marker | None, python: str) -> bool:
    """Whether a marker selects its line on Linux, with CPython of this version."""
    if marker is None:
        return True
    short = ".".join(python.split(".")[:2])
    return marker.evaluate(
        {
            "python_full_version": python,
            "python_version": short,
            "sys_platform": "linux",
            "os_name": "posix",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
        }
    )


def test_environment_names_the_dependencies_of_pyproject() -> None:
    conda, pip = environment()
    found = [
        comparable(requirement)
        for requirement in map(Requirement, [*conda, *(line for line in pip if line != EDITABLE)])
        if requirement.name not in CONDA_ONLY
    ]
    assert sorted(found) == sorted(map(comparable, pyproject_requirements()))


def test_environment_takes_the_python_of_pyproject() -> None:
    conda, _ = environment()
    assert f"python{pyproject()['requires-python']}" in conda


def test_environment_installs_snapkit_itself() -> None:
    _, pip = environment()
    assert pip[-1] == EDITABLE


def test_constraints_pin_exact_versions_and_name_no_place() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    loose = [str(pin) for pin in pins() if not re.fullmatch(r"==[0-9][^,*]*", str(pin.specifier))]
    assert loose == []
    assert "://" not in text
    assert " @ " not in text


@pytest.mark.parametrize("python", PYTHONS)
def test_constraints_pin_every_dependency_once(python: str) -> None:
    pinned = [canonicalize_name(pin.name) for pin in pins() if holds_on(pin.marker, python)]
    assert sorted(pinned) == sorted(set(pinned))
    assert {canonicalize_name(need.name) for need in pyproject_requirements()} <= set(pinned)


@pytest.mark.parametrize("need", pyproject_requirements(), ids=lambda need: need.name)
def test_constraints_satisfy_pyproject(need: Requirement) -> None:
    versions = [
        str(pin.specifier).removeprefix("==")
        for pin in pins()
        if canonicalize_name(pin.name) == canonicalize_name(need.name)
    ]
    assert versions
    assert all(need.specifier.contains(version) for version in versions)


def test_version_is_the_one_of_the_build() -> None:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert document["project"]["dynamic"] == ["version"]
    assert document["tool"]["hatch"]["version"]["path"] == "snapkit/_version.py"
    assert re.fullmatch(r"\d+\.\d+\.\d+", snapkit._version.__version__)


def test_package_is_marked_as_typed() -> None:
    assert (ROOT / "snapkit" / "py.typed").is_file()


def test_licence_is_the_whole_apache_licence() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Version 2.0, January 2004" in text
    assert text.rstrip().endswith("limitations under the License.")
    assert pyproject()["license"] == "Apache-2.0"


def test_project_files_name_no_place_of_one_machine() -> None:
    places = re.compile(r"file://|/opt/|/root/|/home/|/work/")
    for name in ("pyproject.toml", "environment.yml", "constraints.txt", "Makefile"):
        found = places.findall((ROOT / name).read_text(encoding="utf-8"))
        assert found == [], name


def test_readme_links_to_what_is_there() -> None:
    links = re.findall(r"\]\(([^)#\s]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    inside = [link for link in links if "://" not in link]
    assert len(inside) >= 3
    assert [link for link in inside if not (ROOT / link).is_file()] == []


@pytest.mark.xdist_group("together")
def test_tests_of_a_group_run_in_one_worker(request: pytest.FixtureRequest) -> None:
    """What a group shares takes long to make; where groups do nothing, each worker makes it."""
    if not getattr(request.config.option, "loadgroup", False):
        pytest.skip("the tests are not shared out by groups")
    assert request.node.nodeid.endswith("@together")
