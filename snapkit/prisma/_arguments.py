"""Reading the arguments of attributes and calls, by name and by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from snapkit.prisma._problems import nearest, quoted
from snapkit.prisma._syntax import Array, Call, Constant, Number, Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from snapkit.prisma._syntax import Argument, Expression


_UNNAMED: Final = "an argument without a name"


class Complaint(NamedTuple):
    """Something wrong on a line, wherever that line stands."""

    what: str
    column: int
    hint: str


class Arguments:
    """The arguments of one attribute or call, each read at most once.

    Args:
        owner: What they belong to, as written, such as `@@index`.
        arguments: As parsed.
        column: Where the owner stands.
        complaints: Takes what is wrong.
    """

    __slots__ = ("_complaints", "_known", "_left", "column", "owner")

    def __init__(
        self,
        owner: str,
        arguments: Iterable[Argument],
        column: int,
        complaints: list[Complaint],
    ) -> None:
        self.owner = owner
        self.column = column
        self._complaints = complaints
        self._left: dict[str | None, Argument] = {}
        self._known: list[str] = []
        for argument in arguments:
            if argument.name in self._left:
                name = f"argument {quoted(argument.name)}" if argument.name else _UNNAMED
                self.complain(f"{name} is given twice", argument.column, "Remove one.")
            self._left.setdefault(argument.name, argument)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to read."""
        return not self._left

    def complain(self, what: str, column: int, hint: str) -> None:
        """Record something wrong."""
        self._complaints.append(Complaint(f"{what} in {self.owner}", column, hint))

    def value(self, name: str, *, by_place: bool = False) -> Expression | None:
        """Take an argument's value; `by_place` also takes the one without a name."""
        if not self._left:
            return None
        self._known.append(name)
        found = self._left.pop(name, None)
        if found is None and by_place:
            found = self._left.pop(None, None)
        return found.value if found else None

    def text(self, name: str, *, by_place: bool = False) -> str | None:
        """Take a string; an empty one is refused."""
        found = self.value(name, by_place=by_place)
        match found:
            case None:
                return None
            case Text(value=value) if value:
                return value
            case Text(column=column):
                self.complain(f"argument {quoted(name)} is empty", column, "Give it a name.")
            case _:
                self._mistyped(name, "a string", found)
        return None

    def constant(self, name: str, allowed: Iterable[str]) -> str | None:
        """Take a bare word out of a set."""
        found = self.value(name)
        if found is None:
            return None
        words = tuple(allowed)
        if isinstance(found, Constant) and found.name in words:
            return found.name
        if isinstance(found, Constant):
            meant = nearest(found.name, words)
            hint = f"Did you mean {meant}?" if meant else f"It is one of {', '.join(words)}."
            what = f"argument {quoted(name)} cannot be {quoted(found.name)}"
            self.complain(what, found.column, hint)
        else:
            self._mistyped(name, f"one of {', '.join(words)}", found)
        return None

    def integer(self, name: str) -> int | None:
        """Take a whole number."""
        found = self.value(name)
        if isinstance(found, Number) and found.digits.lstrip("-").isdigit():
            return int(found.digits[:18])
        if found is not None:
            self._mistyped(name, "a whole number", found)
        return None

    def boolean(self, name: str) -> bool | None:
        """Take `true` or `false`."""
        word = self.constant(name, ("true", "false"))
        return None if word is None else word == "true"

    def items(self, name: str, *, by_place: bool = False) -> tuple[Expression, ...] | None:
        """Take a list; a single value stands for a list of one."""
        found = self.value(name, by_place=by_place)
        if found is None:
            return None
        return found.items if isinstance(found, Array) else (found,)

    def finish(self) -> None:
        """Complain of every argument that nothing took."""
        for argument in self._left.values():
            if argument.name is None:
                self.complain(f"{_UNNAMED} is too many", argument.column, "Name it.")
                continue
            meant = nearest(argument.name, self._known)
            hint = f"Did you mean {meant}?" if meant else f"Known: {', '.join(self._known)}."
            what = f"unknown argument {quoted(argument.name)}"
            self.complain(what, argument.column, hint if self._known else "Remove it.")

    def _mistyped(self, name: str, wanted: str, found: Expression) -> None:
        what = f"argument {quoted(name)} must be {wanted}"
        self.complain(what, found.column, f"It is {describe(found)} here.")


def describe(value: Expression) -> str:
    """What kind of value an expression is, for a message."""
    match value:
        case Constant(name=name):
            return f"the bare word {quoted(name)}"
        case Text():
            return "a string"
        case Number(digits=digits):
            return f"the number {digits[:40]}"
        case Array():
            return "a list"
        case Call(name=name):
            return f"a call of {quoted(name)}"
