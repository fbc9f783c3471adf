"""The recipes for schedulers in the README: what they name is there."""

from __future__ import annotations

import ast
import configparser
import inspect
import re
import shlex
from pathlib import Path

import yaml
from typer.models import OptionInfo

from snapkit.cli.commands.nightly import nightly
from snapkit.report.parameters import KINDS, Notebook, check_parameters, parameter_names

README = Path(__file__).resolve().parents[2] / "README.md"
SECTION = re.compile(r"^## Every night$(.*?)^## ", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    """The code blocks of one language in the section on schedulers."""
    section = SECTION.search(README.read_text("utf-8"))
    assert section is not None
    found = [text for name, text in BLOCK.findall(section[1]) if name == language]
    assert found, language
    return found


def options() -> set[str]:
    """What `snapkit nightly` takes, and every command."""
    parameters = inspect.signature(nightly, eval_str=True).parameters.values()
    made = [
        info
        for item in parameters
        for info in getattr(item.annotation, "__metadata__", ())
        if isinstance(info, OptionInfo)
    ]
    # typer takes the first name of an annotated option for its default
    return {str(name) for info in made for name in (info.default, *(info.param_decls or ()))} | {
        "--json",
        "--quiet",
    }


def nightly_calls() -> list[list[str]]:
    """Every call of `snapkit nightly` in a recipe: the words after the command."""
    (workflow,) = blocks("yaml")
    steps = yaml.safe_load(workflow)["jobs"]["nightly"]["steps"]
    lines = [step["run"] for step in steps if "run" in step]
    lines += [line for text in (*blocks("crontab"), *blocks("ini")) for line in text.splitlines()]
    found = [
        shlex.split(line.partition("snapkit nightly")[2])
        for line in lines
        if "snapkit nightly" in line
    ]
    assert len(found) == 3
    return found


def test_recipes_pass_options_that_the_command_takes() -> None:
    given = {word for call in nightly_calls() for word in call if word.startswith("-")}
    assert given
    assert given <= options()


def test_cron_recipe_is_a_crontab_line() -> None:
    (line,) = blocks("crontab")
    *times, command = line.strip().split(" ", 5)
    assert (len(times), "%" in command, "\n" in command) == (5, False, False)
    assert all(re.fullmatch(r"[\d*/,-]+", part) for part in times)


def test_systemd_recipe_is_a_service_and_its_timer() -> None:
    found = []
    for text in blocks("ini"):
        unit = configparser.ConfigParser(interpolation=None)
        unit.optionxform = str  # type: ignore[assignment, method-assign]
        unit.read_string(text)
        found.append(set(unit.sections()))
    assert found == [{"Unit", "Service"}, {"Unit", "Timer", "Install"}]


def test_papermill_recipe_passes_parameters_of_the_notebook() -> None:
    words = [shlex.split(text) for text in blocks("sh")]
    (call,) = [call for call in words if call[0] == "papermill"]
    assert (README.parent / call[1]).is_file()
    names = [call[place + 1] for place, word in enumerate(call) if word == "-p"]
    assert names
    assert set(names) <= set(parameter_names(Notebook.NIGHTLY))


def test_airflow_recipe_passes_parameters_of_the_notebook() -> None:
    (text,) = blocks("python")
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    (given,) = [
        ast.literal_eval(keyword.value)
        for call in calls
        for keyword in call.keywords
        if keyword.arg == "parameters"
    ]
    assert given
    check_parameters(KINDS[Notebook.NIGHTLY], given)


def test_actions_recipe_keeps_the_pages_of_a_night_that_failed() -> None:
    (text,) = blocks("yaml")
    (job,) = yaml.safe_load(text)["jobs"].values()
    (keeping,) = [step for step in job["steps"] if "upload-artifact" in step.get("uses", "")]
    assert keeping["if"] == "always()"
    assert "reports" in keeping["with"]["path"].split()
