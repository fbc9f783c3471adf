"""JSON values as JSON text: as it came for `json`, in PostgreSQL's order and spacing for `jsonb`.

Source: PostgreSQL manual, JSON Types; its jsonb.c and jsonb_util.c.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from snapkit.core.json_stream import Doubled

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_DIGITS: Final = 131_072  # of a numeric, before the point
_MOST_DECIMALS: Final = 16_383


class Unfit(ValueError):  # noqa: N818 -- a finding about a value, caught where the row is known
    """A value that its column cannot hold; the text says why, after the field's name."""


def json_text(value: Any) -> str:  # noqa: ANN401 -- JSON
    """Write a value for a `json` column: compact, keys in their order, numbers with their digits.

    Args:
        value: As `JsonArray` gives it.

    Returns:
        JSON text of one line.

    Raises:
        Unfit: A NaN, a NUL character, half a surrogate pair, a name that stands twice, or too deep.
    """
    return _written(value, _json)


def jsonb_text(value: Any) -> str:  # noqa: ANN401 -- JSON
    """Write a value as a `jsonb` column prints it.

    Args:
        value: As `JsonArray` gives it.

    Returns:
        JSON text; keys by length, then by bytes.

    Raises:
        Unfit: As for `json_text`, or a number beyond what `numeric` holds.
    """
    return _written(value, _jsonb)


def number_text(number: int | Decimal) -> str:
    """Write a number as `numeric` prints it: no exponent, its decimals as they are.

    Args:
        number: Finite.

    Returns:
        Such as `11.0` for `1.10e1`.

    Raises:
        Unfit: It is beyond what an unconstrained `numeric` holds.
    """
    if isinstance(number, int):
        return str(number)
    _, _, exponent = number.as_tuple()
    if number.adjusted() >= _MOST_DIGITS or -int(exponent) > _MOST_DECIMALS:
        raise Unfit("is beyond what numeric holds")
    return f"{number or abs(number):f}"


def _written(value: Any, write: Callable[[Any], str]) -> str:  # noqa: ANN401 -- JSON
    try:
        text = write(value)
        text.encode()
    except RecursionError:
        raise Unfit("is nested too deeply") from None
    except UnicodeEncodeError:
        raise Unfit("holds half of a surrogate pair, which is no character") from None
    return text


def _json(value: Any) -> str:  # noqa: ANN401 -- JSON
    if isinstance(value, dict):
        _require_single(value)
        return "{" + ",".join(f"{_string(k)}:{_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    return str(value) if isinstance(value, Decimal) else _leaf(value)


def _jsonb(value: Any) -> str:  # noqa: ANN401 -- JSON
    if isinstance(value, dict):
        _require_single(value)
        names = sorted(value, key=_place)
        return "{" + ", ".join(f"{_string(name)}: {_jsonb(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_jsonb, value)) + "]"
    return number_text(value) if isinstance(value, Decimal) else _leaf(value)


def _place(name: str) -> tuple[int, bytes]:
    raw = name.encode()
    return len(raw), raw


def _leaf(value: Any) -> str:  # noqa: ANN401 -- JSON
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, float):
        raise Unfit("holds a NaN or an infinity, which is not JSON")
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value)


def _string(text: str) -> str:
    if "\0" in text:
        raise Unfit("holds a NUL character, which PostgreSQL cannot")
    return json.dumps(text, ensure_ascii=False)


def _require_single(value: dict[str, Any]) -> None:
    if isinstance(value, Doubled):
        raise Unfit("holds an object in which a name stands twice")
