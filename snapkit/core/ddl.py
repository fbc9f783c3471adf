"""DDL as text: what pg_dump wrote, made fit to run through a driver, and cut into statements.

Nothing is rewritten beyond what psql itself would take out: pg_dump's DDL is the truth.

Source: PostgreSQL manual, pg_dump; psql, Meta-Commands; SQL Syntax, Lexical Structure. The end of a
statement is found by the rules of PostgreSQL's own psqlscan.l.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from snapkit.core.names import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Settings that pg_dump makes for the objects that follow, not for the session.
_OBJECT_SETTINGS = ("default_tablespace", "default_table_access_method", "default_with_oids")
_RESTRICT = re.compile(r"\\restrict (\S+)")
_SESSION_SETTING = re.compile(
    r"SET (?!" + "|".join(_OBJECT_SETTINGS) + r")[a-z_]+ = [^;]*;"
    r"|SELECT pg_catalog\.set_config\('search_path', '', false\);"
)
_COMMENT_ON_EXTENSION = "COMMENT ON EXTENSION "
_CREATE_PUBLIC = "CREATE SCHEMA public;"
_CREATE_PUBLIC_UNLESS_THERE = "CREATE SCHEMA IF NOT EXISTS public;"

_WORD = r"[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_$\x80-\U0010ffff]*"
_TOKEN = (
    r"(?P<comment>--[^\n]*)"
    r"|(?P<block>/\*)"
    r"|(?P<quoted>[eE]'(?:[^'\\]++|\\.|'')*+'|'[^']*'|\"[^\"]*\")"
    r"|(?P<dollar>\$(?:[A-Za-z_\x80-\U0010ffff][A-Za-z0-9_\x80-\U0010ffff]*)?\$)"
    rf"|(?P<word>{_WORD})"
    r"|(?P<mark>[();])"
    r"|(?P<other>[^\s])"
)
_BLOCK_EDGE = re.compile(r"/\*|\*/")
_ROUTINE_HEADS = (
    ("create", "function"),
    ("create", "procedure"),
    ("create", "or", "replace", "function"),
    ("create", "or", "replace", "procedure"),
)


class DdlSection(StrEnum):
    """A section of pg_dump's output, by pg_dump's own names."""

    PRE_DATA = "pre-data"
    POST_DATA = "post-data"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a script, without its semicolon. `offset` [characters] and `line` count it.

    The first line of a script is 1.
    """

    text: str
    offset: int
    line: int

    @property
    def first_line(self) -> str:
        """How it begins, for people."""
        line, _, rest = self.text.partition("\n")
        return f"{line.rstrip()} …" if rest else line.rstrip()


def strip(text: str) -> str:
    r"""Take out of pg_dump's output what only psql understands or what our session decides.

    That is: `\restrict` and `\unrestrict`, which stand in the header and the footer, and the
    header's settings of the session. Their lines are left empty, so that line numbers stay. A
    `CREATE SCHEMA public` becomes one that bears a `public` that is there. All else stays byte for
    byte, bodies of functions and texts of comments included.

    Args:
        text: What pg_dump wrote as plain text, with `standard_conforming_strings` on.

    Returns:
        A script for the server alone; stripping it again changes nothing.
    """
    lines = text.split("\n")  # not splitlines: other line ends belong to names and bodies
    key = None
    for number, line in enumerate(lines):
        restrict = _RESTRICT.fullmatch(line)
        if restrict:
            key = restrict[1]
            lines[number] = ""
        elif _SESSION_SETTING.fullmatch(line):
            lines[number] = ""
        elif line and not line.startswith("--"):
            break  # the first object: the header has ended
    for number in range(len(lines) - 1, -1, -1):
        line = lines[number]
        if key is not None and line == f"\\unrestrict {key}":
            lines[number] = ""
            break
        if line and not line.startswith("--"):
            break
    stripped = "\n".join(lines)
    return _spare_public(stripped) if _CREATE_PUBLIC in stripped else stripped


def without_extension_comments(text: str, names: Iterable[str]) -> str:
    """Take out the comments on some extensions: only their owner may set them.

    Line ends stay, so that line numbers do.

    Args:
        text: As `strip` returns it.
        names: Extensions that are there and belong to others.

    Returns:
        The script without those statements.
    """
    heads = tuple(
        f"{_COMMENT_ON_EXTENSION}{form} IS " for name in names for form in (name, quoted(name))
    )
    if not heads or _COMMENT_ON_EXTENSION not in text:
        return text
    return without(text, [found for found in statements(text) if found.text.startswith(heads)])


def without(text: str, those: Iterable[Statement]) -> str:
    """Take statements out of a script; line ends stay, so that line numbers do.

    Args:
        text: The script.
        those: Some of its `statements`, in their order.

    Returns:
        The script without them.
    """
    kept = []
    place = 0
    for statement in those:
        kept += [text[place : statement.offset], "\n" * statement.text.count("\n")]
        place = statement.offset + len(statement.text)
    return "".join([*kept, text[place:]])


def statements(text: str) -> Iterator[Statement]:
    """Cut a script into its statements.

    Quoted names and texts, comments and bodies are opaque, `BEGIN ATOMIC … END` ones included.

    Args:
        text: SQL, with `standard_conforming_strings` on and without meta-commands.

    Yields:
        The statements in order; empty ones are left out, as the server leaves them out.
    """
    start: int | None = None
    position = line_at = 0
    line = 1
    parentheses = blocks = 0
    words: list[str] = []
    search = _tokens().search
    while match := search(text, position):
        position = match.end()
        kind, found = match.lastgroup, match[0]
        if kind == "comment":
            continue
        if kind == "block":
            position = _end_of_comment(text, position)
            continue
        if found == ";" and parentheses == 0 and blocks == 0:
            if start is not None:
                line += text.count("\n", line_at, start)
                line_at = start
                yield Statement(text[start : match.start()], start, line)
            start, words = None, []
            continue
        if start is None:
            start = match.start()
        if kind == "dollar":
            end = text.find(found, position)
            position = len(text) if end < 0 else end + len(found)
        elif kind == "mark":
            parentheses = max(0, parentheses + {"(": 1, ")": -1}.get(found, 0))
        elif kind == "word" and parentheses == 0:
            blocks = _depth(words, found.lower(), blocks)
    if start is not None:
        yield Statement(text[start:].rstrip(), start, line + text.count("\n", line_at, start))


@cache
def _tokens() -> re.Pattern[str]:
    """Compiled when first needed: it takes 10 ms, and a script that runs is seldom cut."""
    return re.compile(_TOKEN, re.DOTALL)


def _depth(words: list[str], word: str, blocks: int) -> int:
    """How deep in `BEGIN … END` a routine's body is after `word`; `words` collects its head."""
    if len(words) < len(_ROUTINE_HEADS[-1]):
        words.append(word)
    if not any(tuple(words[: len(head)]) == head for head in _ROUTINE_HEADS):
        return blocks
    if word == "begin" or (word == "case" and blocks > 0):
        return blocks + 1
    return max(0, blocks - 1) if word == "end" else blocks


def _end_of_comment(text: str, position: int) -> int:
    """Where a block comment ends; they nest."""
    depth = 1
    while depth and (edge := _BLOCK_EDGE.search(text, position)):
        depth += 1 if edge[0] == "/*" else -1
        position = edge.end()
    return len(text) if depth else position


def _spare_public(text: str) -> str:
    wanted = _CREATE_PUBLIC.rstrip(";")
    places = [statement.offset for statement in statements(text) if statement.text == wanted]
    for place in reversed(places):
        rest = text[place + len(_CREATE_PUBLIC) :]
        text = text[:place] + _CREATE_PUBLIC_UNLESS_THERE + rest
    return text
