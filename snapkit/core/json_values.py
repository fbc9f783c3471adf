"""JSON values as PostgreSQL prints them, column type by column type; what does not fit says why.

The text must be the server's own, because digests are made over it: a `numeric(10,2)` has two
decimals, a `jsonb` its keys in PostgreSQL's order, a timestamp no `T`.

Source: Prisma documentation, PostgreSQL connector, type mapping; PostgreSQL manual, Data Types.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import math
import re
import struct
from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from snapkit.core.copytext import array_text, bytes_text, float_text
from snapkit.core.json_text import Unfit, json_text, jsonb_text, number_text
from snapkit.core.json_times import date_text, time_text, timestamp_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from snapkit.core.column_types import ColumnType

_RANGES: Final = {
    "smallint": (-(2**15), 2**15 - 1),
    "integer": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1),
    "oid": (0, 2**32 - 1),
}
_DIGITS: Final = re.compile(r"[+-]?[0-9]+", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,5})?", re.ASCII)
_SPECIAL_NUMBERS: Final = frozenset({"NaN", "Infinity", "-Infinity"})
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_BITS: Final = re.compile(r"[01]*")
_ADDRESS: Final = re.compile(r"([0-9a-f.:]+)(?:/([0-9]{1,3}))?", re.IGNORECASE)
_DOLLARS: Final = re.compile(r"-?\$[0-9][0-9,]*(\.[0-9]{1,2})?", re.ASCII)
_GREATEST_MONEY: Final = Decimal(2**63 - 1).scaleb(-2)
_EXACT: Final = Context(prec=200_000, traps=[Inexact, InvalidOperation])
_SHOWN: Final = 40
_BYTE: Final = 255


def encoder(type_: ColumnType, enum: Mapping[str, str | None] | None) -> Callable[[Any], str]:
    """Choose how a column's values are written.

    Args:
        type_: The column's type.
        enum: For a column of an enum: what a file may hold, and the value that the database holds;
            None for what may mean two of them.

    Returns:
        A function from a JSON value other than null to its text; it raises `Unfit`.
    """
    # a user's own type may have the name of a built-in one; citext is an extension's, anywhere
    name = type_.name if type_.namespace is None or type_.name == "citext" else ""
    one = partial(_enum, enum) if enum is not None else _scalar(name, type_.modifier)
    return partial(_list, one) if type_.is_list else one


def _scalar(name: str, modifier: str) -> Callable[[Any], str]:
    if name in _RANGES:
        return partial(_integer, name)
    if name in _WITH_MODIFIER:
        return partial(_WITH_MODIFIER[name], modifier)
    return _PLAIN.get(name, _other)


def _list(one: Callable[[Any], str], value: Any) -> str:  # noqa: ANN401 -- JSON
    if not isinstance(value, list):
        raise Unfit(f"is {kind_of(value)}, not a list")
    return array_text(None if element is None else one(element) for element in value)


def kind_of(value: object) -> str:
    """What a JSON value is, for people.

    Args:
        value: As `JsonArray` gives it.

    Returns:
        Such as `a text` or `an object`.
    """
    if value is None:
        return "null"
    return _KINDS.get(type(value), "an object" if isinstance(value, dict) else "a number")


_KINDS: Final[dict[type, str]] = {str: "a text", bool: "a boolean", list: "a list"}


def _text(value: Any) -> str:  # noqa: ANN401 -- JSON
    if not isinstance(value, str):
        raise Unfit(f"is {kind_of(value)}, not a text")
    if "\0" in value:
        raise Unfit("holds a NUL character, which PostgreSQL cannot")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Unfit("holds half of a surrogate pair, which is no character") from None
    return value


def _limited(modifier: str, value: Any) -> str:  # noqa: ANN401 -- JSON
    text = _text(value)
    if modifier and len(text) > int(modifier):
        raise Unfit(f"is longer than {modifier} characters")
    return text


def _padded(modifier: str, value: Any) -> str:  # noqa: ANN401 -- JSON
    length = int(modifier or "1")
    return _limited(str(length), value).ljust(length)


def _bits(modifier: str, value: Any) -> str:  # noqa: ANN401 -- JSON
    text = _text(value)
    length = int(modifier or "1")
    if not _BITS.fullmatch(text) or len(text) != length:
        raise Unfit(f"is not a text of {length} bits")
    return text


def _varying_bits(modifier: str, value: Any) -> str:  # noqa: ANN401 -- JSON
    text = _text(value)
    if not _BITS.fullmatch(text) or (modifier and len(text) > int(modifier)):
        raise Unfit("is not a text of bits" + (f", {modifier} at most" if modifier else ""))
    return text


def _boolean(value: Any) -> str:  # noqa: ANN401 -- JSON
    if not isinstance(value, bool):
        raise Unfit(f"is {kind_of(value)}, not true or false")
    return "t" if value else "f"


def _integer(name: str, value: Any) -> str:  # noqa: ANN401 -- JSON
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        number: int | Decimal = Decimal(value)
    elif type(value) in {int, Decimal}:
        number = value
    else:
        raise Unfit(f"is {kind_of(value)}, not an integer")
    least, greatest = _RANGES[name]
    if not least <= number <= greatest:
        raise Unfit(f"is beyond what {name} holds")
    if number != int(number):
        raise Unfit("is a number with a fraction, not an integer")
    return str(int(number))


def _decimal(value: Any) -> Decimal:  # noqa: ANN401 -- JSON
    if type(value) in {int, Decimal}:
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, str) and (value in _SPECIAL_NUMBERS or _NUMBER.fullmatch(value)):
        return Decimal(value)
    raise Unfit(f"is {kind_of(value)}, not a number")


def _numeric(modifier: str, value: Any) -> str:  # noqa: ANN401 -- JSON
    number = _decimal(value)
    if not number.is_finite():
        if modifier and number.is_infinite():
            raise Unfit(f"is infinite, which numeric({modifier}) does not hold")
        return float_text(float(number))
    if not modifier:
        return number_text(number)
    precision, _, decimals = modifier.partition(",")
    scale = int(decimals or "0")
    if number and number.adjusted() >= int(precision) - scale:
        raise Unfit(f"is greater than numeric({modifier}) holds")
    try:
        return number_text(number.quantize(Decimal((0, (1,), -scale)), context=_EXACT))
    except (Inexact, InvalidOperation):
        raise Unfit(f"has more decimals than numeric({modifier}) holds") from None


def _money(value: Any) -> str:  # noqa: ANN401 -- JSON
    if isinstance(value, str) and _DOLLARS.fullmatch(value):
        value = value.replace("$", "").replace(",", "")
    number = Decimal(_numeric("19,2", value))
    if not number.is_finite():
        raise Unfit("is not finite, which money must be")
    if number.copy_abs() > _GREATEST_MONEY:
        raise Unfit("is beyond what money holds")
    return f"{'-' if number < 0 else ''}${number.copy_abs():,.2f}"


def _float(value: Any, *, single: bool) -> str:  # noqa: ANN401 -- JSON
    number = _decimal(value)
    near = float(number)
    if not number.is_finite():
        return float_text(near)
    held = not math.isinf(near)
    if held and single:
        try:
            near = _as_single(number, near)
        except OverflowError:
            held = False
    if not held or (not near and number):
        raise Unfit(f"is beyond what {'real' if single else 'double precision'} holds")
    return float_text(near, single=single)


def _as_single(number: Decimal, near: float) -> float:
    """Round a number to `real` at once: of two roundings, the first may feign a tie."""
    if Decimal(near) != number:
        other = math.nextafter(near, math.inf if number > near else -math.inf)
        odd = struct.unpack("<Q", struct.pack("<d", near))[0] & 1
        near = near if odd else other
    single: float
    (single,) = struct.unpack("<f", struct.pack("<f", near))
    return single


def _bytes(value: Any) -> str:  # noqa: ANN401 -- JSON
    """Base64; hexadecimal after a backslash and x; what JSON makes of Buffer and Uint8Array."""
    if isinstance(value, str):
        try:
            if value.startswith("\\x"):
                return bytes_text(bytes.fromhex(value[2:]))
            return bytes_text(base64.b64decode(value, validate=True))
        except (binascii.Error, ValueError):
            raise Unfit("is a text that is not base64") from None
    if isinstance(value, dict) and value.keys() == {"type", "data"} and value["type"] == "Buffer":
        value = value["data"]
    elif isinstance(value, dict) and list(value) == [str(place) for place in range(len(value))]:
        value = list(value.values())
    if not isinstance(value, list) or any(
        type(byte) is not int or not 0 <= byte <= _BYTE for byte in value
    ):
        raise Unfit(f"is {kind_of(value)}, not bytes")
    return bytes_text(bytes(value))


def _uuid(value: Any) -> str:  # noqa: ANN401 -- JSON
    text = _text(value)
    if not _UUID.fullmatch(text):
        raise Unfit("is not a UUID")
    return text.lower()


def _inet(value: Any) -> str:  # noqa: ANN401 -- JSON
    """An address. PostgreSQL leaves a host's own mask out."""
    parts = _ADDRESS.fullmatch(_text(value))
    try:
        host = ipaddress.ip_address(parts[1] if parts else "")
    except ValueError:
        raise Unfit("is not an address") from None
    bits = int(parts[2]) if parts and parts[2] else host.max_prefixlen
    if bits > host.max_prefixlen:
        raise Unfit("is not an address")
    text = str(host) if host.version == 4 else _ipv6(int(host))  # noqa: PLR2004 -- or 6
    return text if bits == host.max_prefixlen else f"{text}/{bits}"


def _ipv6(number: int) -> str:
    """As BIND prints it: what is an IPv4 address inside is shown as one."""
    if number >> 32 == 0xFFFF:  # noqa: PLR2004 -- RFC 4291, 2.5.5.2
        return f"::ffff:{ipaddress.IPv4Address(number & 0xFFFFFFFF)}"
    if 2**16 <= number < 2**32:
        return f"::{ipaddress.IPv4Address(number)}"
    return ipaddress.IPv6Address(number).compressed


def _enum(values: Mapping[str, str | None], value: Any) -> str:  # noqa: ANN401 -- JSON
    text = _text(value)
    found = values.get(text)
    if found is None:
        shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
        why = (
            "may be either of two values of its enum"
            if text in values
            else "its enum does not have"
        )
        raise Unfit(f"is {shown!r}, which {why}")
    return found


def _other(value: Any) -> str:  # noqa: ANN401 -- JSON
    """A type that Prisma does not know: the text is the server's to read."""
    if isinstance(value, bool):
        return _boolean(value)
    if type(value) in {int, Decimal}:
        return number_text(value)
    return json_text(value) if isinstance(value, dict | list) else _text(value)


_WITH_MODIFIER: Final[dict[str, Callable[[str, Any], str]]] = {
    "character varying": _limited,
    "character": _padded,
    "bit": _bits,
    "bit varying": _varying_bits,
    "numeric": _numeric,
    "timestamp without time zone": partial(timestamp_text, zone=""),
    "timestamp with time zone": partial(timestamp_text, zone="+00"),
    "time without time zone": partial(time_text, zone=""),
    "time with time zone": partial(time_text, zone="+00"),
}
_PLAIN: Final[dict[str, Callable[[Any], str]]] = {
    "text": _text,
    "citext": _text,
    "boolean": _boolean,
    "double precision": partial(_float, single=False),
    "real": partial(_float, single=True),
    "money": _money,
    "date": date_text,
    "bytea": _bytes,
    "uuid": _uuid,
    "inet": _inet,
    "json": json_text,
    "jsonb": jsonb_text,
}
