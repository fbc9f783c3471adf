"""Reading a JSON array value by value: a file of any size takes the memory of its largest row.

Numbers keep their digits: integers are `int`, all others `Decimal`.

Source: RFC 8259; Python's json module, whose decoder does the work.
"""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BLANKS: Final = " \t\n\r"
_LONGEST_INT: Final = 4000  # digits; Python refuses to make an int of more
_CUT: Final = 16  # what a word, a number or an escape leaves at most when it is cut short
_HALF: Final = len("e-")  # what no number ends with, and may stand in one
_UNTERMINATED: Final = "Unterminated string"
_WORDS: Final = ("true", "false", "null", "NaN", "Infinity", "-Infinity")
_CUT_OFF: Final = "it ends before its array does"


class NotJsonError(ValueError):
    """A text that is not an array in JSON.

    Args:
        what: What is wrong, one line.
        row: The row that could not be read, from 1; 0 where it is not within one.
    """

    def __init__(self, what: str, row: int = 0) -> None:
        super().__init__(what, row)
        self.what = what
        self.row = row


class Doubled(dict[str, Any]):
    """An object in which names stand more than once; its values are the last ones.

    Attributes:
        names: Those names, in the order in which they came first.
    """

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        counts = Counter(name for name, _ in pairs)
        self.names = tuple(name for name, count in counts.items() if count > 1)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    return made if len(made) == len(pairs) else Doubled(pairs)


def _integer(text: str) -> int | Decimal:
    return Decimal(text) if len(text) > _LONGEST_INT or text == "-0" else int(text)


# NaN and the infinities are not JSON, but Python's json writes them; they come as floats.
_DECODER: Final = json.JSONDecoder(
    parse_float=Decimal, parse_int=_integer, parse_constant=float, object_pairs_hook=_object
)


class JsonArray:
    """The values of a JSON array, one after the other.

    Args:
        chunks: The text, cut anywhere; consumed once.
    """

    def __init__(self, chunks: Iterable[str]) -> None:
        self._text = _Text(chunks)

    @property
    def source(self) -> str:
        """The value that was read last, as it stands in the text."""
        return self._text.last

    def __iter__(self) -> Iterator[Any]:
        """Read on.

        Yields:
            Each value: `dict` (`Doubled` where a name stands twice), `list`, `str`, `int`,
            `Decimal`, `bool`, `None`, or a `float` for NaN and the infinities.

        Raises:
            NotJsonError: The text is not JSON, or not an array; values before the fault were
                yielded.
        """
        text = self._text
        if text.sign() != "[":
            raise NotJsonError("it is not an array" if text.sign() else "it is empty")
        text.place += 1
        row = 0
        sign = text.sign()
        while sign != "]":
            row += 1
            yield text.value(row)
            sign = text.sign()
            if sign not in {"]", ","}:
                what = "a comma is missing" if sign else _CUT_OFF
                raise NotJsonError(what, row)
            if sign == ",":
                text.place += 1
                text.sign()
        text.place += 1
        if text.sign():
            raise NotJsonError("something follows its array")


class _Text:
    """A window over the text; `place` is where to read on in it."""

    def __init__(self, chunks: Iterable[str]) -> None:
        self._chunks = iter(chunks)
        self._window = ""
        self._begin = 0
        self.place = 0

    @property
    def last(self) -> str:
        """The value that was read last; it is gone with the next one."""
        return self._window[self._begin : self.place]

    def sign(self) -> str:
        """The next character that is not blank; empty at the end."""
        while True:
            while self.place < len(self._window):
                if self._window[self.place] not in _BLANKS:
                    return self._window[self.place]
                self.place += 1
            if not self._more():
                return ""

    def value(self, row: int) -> Any:  # noqa: ANN401 -- JSON
        """The next value."""
        self.sign()
        while True:
            try:
                value, end = _DECODER.raw_decode(self._window, self.place)
            except json.JSONDecodeError as error:
                what = _CUT_OFF if self._is_cut(error) else error.msg.lower().removesuffix(" at")
                if self._may_be_cut(error) and self._more():
                    continue
                raise NotJsonError(what, row) from error
            except RecursionError as error:
                raise NotJsonError("it is nested too deeply", row) from error
            except InvalidOperation as error:
                raise NotJsonError("a number is beyond what any column holds", row) from error
            if end >= len(self._window) - _HALF and self._more():
                continue  # a number may go on
            self._begin, self.place = self.place, end
            return value

    def _more(self) -> bool:
        """Add as much as is left, at least: a long value is then not decoded too often."""
        rest = self._window[self.place :]
        pieces, size = [rest], 0
        for chunk in self._chunks:
            pieces.append(chunk)
            size += len(chunk)
            if size >= max(1, len(rest)):
                break
        if size:
            self._window, self.place = "".join(pieces), 0
        return size > 0

    def _is_cut(self, error: json.JSONDecodeError) -> bool:
        """Whether the window ends where the value should go on."""
        rest = self._window[error.pos :].strip(_BLANKS)
        return error.msg.startswith(_UNTERMINATED) or any(w.startswith(rest) for w in _WORDS)

    def _may_be_cut(self, error: json.JSONDecodeError) -> bool:
        return error.msg.startswith(_UNTERMINATED) or error.pos >= len(self._window) - _CUT
