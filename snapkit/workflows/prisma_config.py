"""The schema's path in a `prisma.config.ts`, read without running JavaScript.

Only the `schema` key of the exported object counts, and only what says its path outright: strings,
`path.join` and its like, `__dirname`, constants of the same file. Anything else is unreadable: to
guess would take another schema than Prisma does.

Source: Prisma documentation, Prisma Config reference; ECMAScript, Lexical Grammar.
"""

from __future__ import annotations

import os.path
import re
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

_KEY: Final = "schema"
_TOKEN: Final = re.compile(
    r"""\s+ | //[^\n]* | /\*(?s:.*?)\*/
    | (?P<text>"(?:[^"\\\n]|\\(?s:.))*" | '(?:[^'\\\n]|\\(?s:.))*')
    | (?P<template>`(?:[^`\\$]|\\(?s:.)|\$(?!\{)|\$\{[^{}`]*\})*`)
    | (?P<name>[^\W\d][\w$]*|\$[\w$]*)
    | (?P<sign>\.\.\. | \?[?.] | \|\| | => | \d[\w.]* | [^\w\s])""",
    re.VERBOSE,
)
_PATTERN: Final = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/\w*")
_IN_TEMPLATE: Final = re.compile(r"(?<!\\)\$\{([^{}`]*)\}")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|(?s:.)))")
_CONTROLS: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_OPEN: Final = frozenset("([{")
_CLOSE: Final = frozenset(")]}")
_TYPED: Final = frozenset({"as", "satisfies"})  # a type follows: it changes no value
_OTHER_OWNERS: Final = frozenset({"import.meta", "require", "Promise"})  # whose `resolve` differs
_DEEPEST: Final = 10  # expressions within expressions


class UnreadableError(Exception):
    """The configuration names a schema in a way that is not read; `line` says where."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class _Token(NamedTuple):
    kind: str  # "text", "template", "name" or "sign"
    text: str
    line: int


_Tokens: TypeAlias = tuple[_Token, ...]


def schema_setting(text: str, path: str, cwd: str) -> str | None:
    """Find the schema's path in a configuration's text.

    Args:
        text: The file's text, TypeScript or JavaScript.
        path: The file's own path, absolute; a relative schema is relative to its folder.
        cwd: The folder that `process.cwd()` means, absolute.

    Returns:
        The path, absolute; None where the exported object has no `schema`.

    Raises:
        UnreadableError: It has one that is not read, or nobody can say whether it has one.
    """
    script = _Script(_tokens(text), path, cwd)
    exported = script.exported()
    if exported is None:
        hidden = next((token for token in script.tokens if _is_key(token)), None)
        if hidden is not None:
            raise UnreadableError(hidden.line)
        return None
    found = script.value_of_key(exported, 0)
    return None if found is None else _joined(script.known["__dirname"], found)


def _tokens(text: str) -> _Tokens:
    found: list[_Token] = []
    place, line = 0, 1
    while place < len(text):
        is_pattern = text[place] == "/" and text[place + 1 : place + 2] not in {"/", "*"}
        match = _PATTERN.match(text, place) if is_pattern and _wants_a_value(found) else None
        match = match or _TOKEN.match(text, place)
        kind = match.lastgroup or ("sign" if match.re is _PATTERN else "") if match else "sign"
        written = match[0] if match else text[place]
        if written == "`" and _KEY in text:  # a template within a template
            raise UnreadableError(line)
        if kind:
            found.append(_Token(kind, written, line))
        line += written.count("\n")
        place += len(written)
    return tuple(found)


def _wants_a_value(found: list[_Token]) -> bool:
    """Whether a value comes next, so that a slash begins a regular expression."""
    last = found[-1] if found else _Token("sign", "", 0)
    return last.kind == "sign" and last.text not in _CLOSE and not last.text[:1].isdigit()


class _Script:
    """A script's tokens, and what its names stand for."""

    def __init__(self, tokens: _Tokens, path: str, cwd: str) -> None:
        self.tokens = tokens
        self.cwd = cwd
        folder = os.path.dirname(path)  # noqa: PTH120 -- texts throughout, as in JavaScript
        self.known = {
            "__dirname": folder,
            "__filename": path,
            "import.meta.dirname": folder,
            "import.meta.filename": path,
            "import.meta.url": path,
        }

    def exported(self) -> _Tokens | None:
        """The inside of the object that is exported; None where none is seen."""
        words = [token.text for token in self.tokens]
        for mark in (["export", "default"], ["module", ".", "exports", "="]):
            for place in range(len(words) - len(mark)):
                if words[place : place + len(mark)] == mark:
                    return self._object(self.tokens[place + len(mark) :], 0)
        return None

    def _object(self, tokens: _Tokens, depth: int) -> _Tokens | None:
        """The inside of an object: written out, given to `defineConfig`, or a constant's."""
        if not tokens or depth > _DEEPEST:
            return None
        first = tokens[0]
        if first.text == "{":
            return _inside(tokens)
        if first.text == "(":
            return self._object(_inside(tokens), depth + 1)
        if first.text == "defineConfig" and len(tokens) > 1 and tokens[1].text == "(":
            return self._object(_inside(tokens[1:]), depth + 1)
        constant = self._constant(first.text) if first.kind == "name" else None
        return constant and self._object(constant, depth + 1)

    def value_of_key(self, inside: _Tokens, depth: int) -> str | None:
        """The value of `schema` in an object; the last one counts, also one that is spread."""
        found: str | None = None
        unseen = 0  # the line of an object that is spread here and not seen
        for entry in _split(inside):
            first, behind = entry[0], entry[1:]
            if first.text == "...":
                spread = self._object(behind, depth + 1)
                value = None if spread is None else self.value_of_key(spread, depth + 1)
                if value is not None:
                    found, unseen = value, 0
                elif spread is None and (len(behind) == 1 or any(map(_is_key, behind))):
                    unseen = first.line
            elif _is_key(first) and (not behind or behind[0].text == ":"):
                found, unseen = self._path(behind[1:] or entry, depth), 0
            elif any(map(_is_key, _before_value(entry))):  # `get schema() {…}`, `["schema"]: …`
                raise UnreadableError(first.line)
        if unseen:
            raise UnreadableError(unseen)
        return found

    def _constant(self, name: str) -> _Tokens | None:
        """What stands behind `const name =`; None where it is no constant, or not the only one."""
        found = []
        for place, token in enumerate(self.tokens[:-2]):
            if token.text in {"const", "let", "var"} and self.tokens[place + 1].text == name:
                rest = self.tokens[place + 2 :]
                ends = (at for at, one in enumerate(rest) if one.text in {"=", ";"})
                found.append(rest[next(ends, len(rest)) + 1 :] if token.text == "const" else ())
        return found[0] or None if len(found) == 1 else None

    def _path(self, tokens: _Tokens, depth: int) -> str:
        """The text that an expression stands for.

        path = value { "+" value } [ "as" … | "satisfies" … ]
        """
        value, rest = self._value(tokens, depth)
        while rest and rest[0].text == "+":
            more, rest = self._value(rest[1:], depth)
            value += more
        if rest and rest[0].text not in {";", ","}:
            is_next = rest[0].line > tokens[0].line  # the statement after a constant's
            if rest[0].kind != "name" or not (is_next or rest[0].text in _TYPED):
                raise UnreadableError(rest[0].line)
        return value

    def _value(self, tokens: _Tokens, depth: int) -> tuple[str, _Tokens]:
        """Read one value; give its text and what stands behind it.

        value = TEXT | template | "(" path ")" | [ "new" ] name { "." name } [ "(" arguments ")" ]
        """
        if not tokens or depth > _DEEPEST:
            raise UnreadableError(tokens[0].line if tokens else self.tokens[-1].line)
        first, rest = tokens[0], tokens[1:]
        if first.kind == "text":
            return _unescaped(first.text[1:-1]), rest
        if first.kind == "template":
            pieces = _IN_TEMPLATE.split(first.text[1:-1])
            inner = [self._path(_tokens(piece), depth + 1) for piece in pieces[1::2]]
            texts = [_unescaped(piece) for piece in pieces[::2]]
            return "".join(map("".join, zip(texts, [*inner, ""], strict=True))), rest
        if first.text == "(":
            inside = _inside(tokens)
            return self._path(inside, depth + 1), tokens[len(inside) + 2 :]
        name, rest = _dotted(rest if first.text == "new" else tokens)
        if rest and rest[0].text == "(":
            inside = _inside(rest)
            arguments = [self._path(one, depth + 1) for one in _split(inside)]
            rest = rest[len(inside) + 2 :]
            return self._call(name, arguments, first.line), rest
        if name in self.known:
            return self.known[name], rest
        constant = self._constant(name)
        if constant is None:
            raise UnreadableError(first.line)
        return self._path(constant, depth + 1), rest

    def _call(self, name: str, arguments: list[str], line: int) -> str:
        """What a call of Node's `path`, `url` or `process` gives."""
        owner, _, function = name.rpartition(".")
        constant = self._constant(owner) if owner else None
        is_module = constant is None or constant[0].text in {"require", "await"}
        if is_module and owner not in _OTHER_OWNERS:
            match function, arguments:
                case (("join" | "normalize"), [_, *_]):
                    return os.path.normpath("/".join(filter(None, arguments)) or ".")
                case "resolve", _:
                    return _joined(self.cwd, *arguments)
                case "dirname", [path]:
                    return os.path.dirname(path)  # noqa: PTH120
                case "fileURLToPath", [path]:
                    return path
                case "URL", [path, base]:
                    return _joined(os.path.dirname(base), path)  # noqa: PTH120
                case "cwd", []:
                    return self.cwd
                case _:
                    pass
        raise UnreadableError(line)


def _joined(*parts: str) -> str:
    return os.path.normpath(os.path.join(*parts))  # noqa: PTH118


def _is_key(token: _Token) -> bool:
    return token.text == _KEY or (token.kind == "text" and token.text[1:-1] == _KEY)


def _before_value(entry: _Tokens) -> Iterable[_Token]:
    """The tokens of an object's entry up to its value, or to a function's arguments."""
    ends = (place for place, token in enumerate(entry) if token.text in {":", "("})
    return entry[: next(ends, len(entry))]


def _inside(tokens: _Tokens) -> _Tokens:
    """What stands between a bracket, which is the first token, and the one that closes it."""
    depth = 0
    for place, token in enumerate(tokens):
        depth += (token.text in _OPEN) - (token.text in _CLOSE)
        if depth == 0:
            return tokens[1:place]
    raise UnreadableError(tokens[0].line)


def _split(tokens: _Tokens) -> list[_Tokens]:
    """Cut at the commas that stand in no bracket; empty pieces are left out."""
    pieces: list[list[_Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.text in _OPEN) - (token.text in _CLOSE)
        if token.text == "," and depth == 0:
            pieces.append([])
        else:
            pieces[-1].append(token)
    return [tuple(piece) for piece in pieces if piece]


def _dotted(tokens: _Tokens) -> tuple[str, _Tokens]:
    """Take `name { "." name }`."""
    if not tokens or tokens[0].kind != "name":
        return "", tokens
    place, name = 1, tokens[0].text
    while place + 1 < len(tokens) and tokens[place].text == ".":
        name += f".{tokens[place + 1].text}"
        place += 2
    return name, tokens[place:]


def _unescaped(text: str) -> str:
    """A string's text, its escapes resolved; a newline behind a backslash is none."""

    def one(found: re.Match[str]) -> str:
        code, letter = found[1] or found[2], found[3]
        return chr(int(code, 16)) if code else _CONTROLS.get(letter, letter.strip("\r\n"))

    return _ESCAPE.sub(one, text)
