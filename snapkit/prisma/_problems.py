"""Problems in a schema: gathered, then raised together, each with its line and a caret."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from snapkit.core.schema import Span
from snapkit.errors import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_WIDTH = 68  # of a line shown; with its number it fits into 80 columns [characters]
_NAME = 80  # of a name in a message [characters]
_SHOWN = 100  # problems printed; the rest are counted
_LONE_CR: Final = re.compile(r"\r(?!\n)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong: what, where, in which block, and what to do next."""

    what: str
    span: Span
    hint: str
    owner: str = ""  # such as `model Post`

    @property
    def where(self) -> str:
        """`file:line:column`, with the block's name where there is one."""
        return f"{self.span} ({self.owner})" if self.owner else str(self.span)


class Problems:
    """The problems found so far in one run."""

    def __init__(self) -> None:
        self._found: dict[tuple[Span, str], Problem] = {}
        self._suggested = 0

    def add(self, what: str, span: Span, hint: str, owner: str = "") -> None:
        """Record a problem, once."""
        problem = Problem(what=what, span=span, hint=hint, owner=owner)
        self._found.setdefault((span, what), problem)

    def nearest(self, name: str, known: Iterable[str]) -> str | None:
        """As `nearest`, but no more often than problems are printed: it looks at every name."""
        self._suggested += 1
        return nearest(name, known) if self._suggested <= _SHOWN else None

    def __len__(self) -> int:
        return len(self._found)

    def raise_if_any(self, files: Sequence[tuple[str, str]]) -> None:
        """Raise everything found, in the order of the files.

        Args:
            files: Path and text of each file, to show the lines.

        Raises:
            SchemaError: There is a problem; `report` holds them all.
        """
        if not self._found:
            return
        order = {name: place for place, (name, _) in enumerate(files)}
        texts = {name: text for name, text in files if _LONE_CR.search(text)}
        problems = sorted(
            self._found.values(),
            key=lambda one: (order.get(one.span.file, 0), one.span.line, one.span.column),
        )
        if texts:
            problems[:_SHOWN] = [_as_prisma_counts(one, texts) for one in problems[:_SHOWN]]
        first = problems[0]
        raise SchemaError(first.what, first.where, first.hint, render(problems, files))


def render(problems: Sequence[Problem], files: Iterable[tuple[str, str]]) -> str:
    """The text that people read: every problem with its line and a caret.

    Args:
        problems: In the order to print.
        files: Path and text of each file.

    Returns:
        Lines of text without a final newline; beyond 100 problems the rest are counted.
    """
    lines = {name: text.replace("\r\n", "\n").split("\n") for name, text in files}
    parts = [_render_one(problem, lines) for problem in problems[:_SHOWN]]
    left = len(problems) - len(parts)
    if left:
        parts.append(f"and {left} more")
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    return "\n\n".join([*parts, f"{count} in the Prisma schema"])


def _render_one(problem: Problem, lines: Mapping[str, Sequence[str]]) -> str:
    span = problem.span
    text = lines.get(span.file, ())
    shown, caret = _excerpt(text[span.line - 1] if span.line <= len(text) else "", span.column)
    gutter = " " * len(str(span.line))
    return (
        f"{problem.what}\n  at: {problem.where}\n"
        f"  {gutter} |\n  {span.line} | {shown}\n  {gutter} | {' ' * caret}^\n"
        f"  hint: {problem.hint}"
    )


def _excerpt(line: str, column: int) -> tuple[str, int]:
    """The part of a line around a column, safe to print, and the caret's place in it."""
    start = max(0, min(column - 1 - _WIDTH // 2, len(line) - _WIDTH)) if len(line) > _WIDTH else 0
    part = line[start : start + _WIDTH]
    shown = "".join(char if char.isprintable() else " " for char in part).rstrip()
    before = "…" if start else ""
    behind = "…" if start + _WIDTH < len(line) else ""
    return f"{before}{shown}{behind}", column - 1 - start + len(before)


def _as_prisma_counts(problem: Problem, texts: Mapping[str, str]) -> Problem:
    """A problem's place as Prisma gives it: CR ends a line, but does not count as one."""
    span = problem.span
    text = texts.get(span.file)
    if text is None:
        return problem
    lines = split_lines(text.replace("\r\n", "\n"))  # as long as the text: one end is one sign
    place = sum(len(line) + 1 for line in lines[: span.line - 1]) + span.column - 1
    before = text.replace("\r\n", "\n")[:place]
    line, column = before.count("\n") + 1, place - before.rfind("\n")
    return replace(problem, span=Span(span.file, line, column))


def split_lines(text: str) -> list[str]:
    """A file's lines as Prisma reads them: CRLF, LF and CR end a line, nothing else does."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.split("\n")


def quoted(name: str) -> str:
    """A name for a message: in double quotes, on one line."""
    shown = "".join(char if char.isprintable() else " " for char in name[:_NAME])
    shown += "…" if len(name) > _NAME else ""
    return f'"{shown}"'


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that a misspelt one most likely means, if any.

    Args:
        name: As written.
        known: Names that would do.

    Returns:
        The closest, by letters without regard to case; None where none is close.
    """
    if len(name) > _NAME:  # nobody misspells that; the comparison would take for ever
        return None
    by_folded = {candidate.casefold(): candidate for candidate in sorted(set(known))}
    found = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None
