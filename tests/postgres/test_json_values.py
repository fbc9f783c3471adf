"""JSON values as text, against the server: what it prints of the same value is the witness."""

from __future__ import annotations

import base64
import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from snapkit.core.column_types import read_type
from snapkit.core.copytext import text_line
from snapkit.core.json_stream import JsonArray
from snapkit.core.json_text import Unfit
from snapkit.core.json_values import encoder
from snapkit.pg.session import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from snapkit.pg.server import EmbeddedServer
    from snapkit.pg.session import Session

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
NUMBERS = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False).filter(lambda n: abs(n.adjusted()) < 300),
    st.floats(allow_nan=False, allow_infinity=False).map(lambda number: Decimal(repr(number))),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(Decimal),
    st.integers(-(10**40), 10**40).map(Decimal),
)
MOMENTS = st.datetimes(timezones=st.just(dt.UTC)).map(
    lambda moment: moment.isoformat().replace("+00:00", "Z")
)
ZONES = st.sampled_from(["Z", "+00", "+05:30", "-0930", "+13:45", "-11"])
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
LIST = (
    "ARRAY(SELECT {} FROM json_array_elements_text(raw::json) WITH ORDINALITY AS x (e, place)"
    " ORDER BY place)"
)
CLOCKS = st.tuples(st.datetimes(dt.datetime(2, 1, 1), dt.datetime(9998, 1, 1)), ZONES).map(  # noqa: DTZ001 -- a wall clock's
    lambda pair: pair[0].isoformat() + pair[1]
)


def written(value: Any) -> str:  # noqa: ANN401 -- JSON
    """A value as JSON, numbers with their digits."""
    match value:
        case Decimal():
            return str(value)
        case list():
            return f"[{', '.join(map(written, value))}]"
        case dict():
            return "{" + ",".join(f"{json.dumps(k)}:{written(v)}" for k, v in value.items()) + "}"
        case _:
            return json.dumps(value)


def quoted(value: str) -> str:
    return json.dumps(value)


def as_buffer(value: bytes) -> str:
    return json.dumps({"type": "Buffer", "data": list(value)})


def as_base64(value: bytes) -> str:
    return json.dumps(base64.b64encode(value).decode())


# (column type, values, as JSON, as text for the server, what the server makes of the text)
CASES: dict[str, tuple[str, st.SearchStrategy[Any], Callable[[Any], str], str]] = {
    "integer": ("integer", st.integers(-(2**31), 2**31 - 1), str, "raw::integer"),
    "bigint": ("bigint", st.integers(-(2**63), 2**63 - 1), lambda n: quoted(str(n)), "raw::bigint"),
    "numeric": ("numeric", NUMBERS, written, "raw::numeric"),
    "numeric text": ("numeric", NUMBERS, lambda n: quoted(str(n)), "raw::numeric"),
    "numeric(20,6)": (
        "numeric(20,6)",
        st.decimals(-(10**13), 10**13, places=4),
        written,
        "raw::numeric(20,6)",
    ),
    "numeric(5,-2)": (
        "numeric(5,-2)",
        st.integers(-99_999, 99_999).map(lambda n: Decimal(n * 100)),
        written,
        "raw::numeric(5,-2)",
    ),
    "double": ("double precision", NUMBERS, written, "raw::double precision"),
    "real": ("real", NUMBERS, written, "raw::real"),
    "money": ("money", st.decimals(-(10**12), 10**12, places=2), written, "raw::numeric::money"),
    "boolean": ("boolean", st.booleans(), json.dumps, "raw::boolean"),
    "text": ("text", TEXTS, quoted, "raw"),
    "varchar": ("character varying(20)", TEXTS, quoted, "raw::varchar(20)"),
    "char": ("character(20)", TEXTS, quoted, "raw::char(20)"),
    "uuid": ("uuid", st.uuids().map(str), quoted, "raw::uuid"),
    "inet": ("inet", st.ip_addresses().map(str), quoted, "raw::inet"),
    "small inet": (
        "inet",
        st.integers(0, 2**33).map(lambda n: f"::{n >> 16:x}:{n & 65535:x}" if n < 2**32 else "::1"),
        quoted,
        "raw::inet",
    ),
    "network": (
        "inet",
        st.tuples(st.ip_addresses(v=6), st.integers(0, 128)).map("{0[0]}/{0[1]}".format),
        quoted,
        "raw::inet",
    ),
    "buffer": ("bytea", st.binary(max_size=40), as_buffer, "decode(raw, 'hex')"),
    "base64": ("bytea", st.binary(max_size=40), as_base64, "decode(raw, 'hex')"),
    "timestamp": ("timestamp without time zone", MOMENTS, quoted, "raw::timestamp"),
    "timestamp(3)": (
        "timestamp(3) without time zone",
        st.datetimes().map(lambda m: f"{m.isoformat(timespec='milliseconds')}Z"),
        quoted,
        "raw::timestamp(3)",
    ),
    "timestamptz": ("timestamp with time zone", MOMENTS, quoted, "raw::timestamptz"),
    "offset": (
        "timestamp with time zone",
        CLOCKS,
        quoted,
        "raw::timestamptz",
    ),
    "offset left out": (
        "timestamp without time zone",
        CLOCKS,
        quoted,
        "raw::timestamptz AT TIME ZONE 'UTC'",
    ),
    "date": ("date", st.dates().map(lambda d: f"{d}T00:00:00.000Z"), quoted, "raw::date"),
    "time": (
        "time without time zone",
        st.times().map(lambda t: f"1970-01-01T{t.isoformat()}Z"),
        quoted,
        "substr(raw, 12)::time",
    ),
    "timetz": (
        "time with time zone",
        st.tuples(st.times(), ZONES).map(lambda pair: pair[0].isoformat() + pair[1]),
        quoted,
        "raw::timetz",
    ),
    "jsonb": ("jsonb", JSON, written, "raw::jsonb"),
    "text list": ("text[]", st.lists(st.none() | TEXTS, max_size=5), written, LIST.format("e")),
    "number list": (
        "double precision[]",
        st.lists(st.none() | NUMBERS, max_size=5),
        written,
        LIST.format("e::double precision"),
    ),
    "moment list": (
        "timestamp with time zone[]",
        st.lists(MOMENTS, max_size=5),
        written,
        LIST.format("e::timestamptz"),
    ),
}


@pytest.fixture(scope="module")
def session(server: EmbeddedServer) -> Iterator[Session]:
    with connect(server.conninfo("postgres")) as found:
        found.begin()
        found.execute(b"CREATE TEMPORARY TABLE given (n serial, raw text)")
        yield found


def raw(case: str, value: Any) -> str:  # noqa: ANN401 -- JSON
    """The value as the server reads it."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str) and case != "jsonb":
        return value
    return str(value) if isinstance(value, int) and case != "jsonb" else written(value)


def printed(session: Session, values: list[str], expression: str) -> list[bytes]:
    """What the server prints of each, as COPY does."""
    with session.connection.cursor() as cursor:
        cursor.execute("TRUNCATE given")
        with cursor.copy("COPY given (raw) FROM STDIN") as copy:
            for value in values:
                copy.write(text_line([value]) + b"\n")
        with cursor.copy(
            f"COPY (SELECT {expression} FROM given ORDER BY n) TO STDOUT".encode()
        ) as copy:
            return b"".join(map(bytes, copy)).split(b"\n")[:-1]


@pytest.mark.parametrize("case", CASES)
def test_text_is_what_the_server_prints(session: Session, case: str) -> None:
    type_, values, as_json, expression = CASES[case]
    encode = encoder(read_type(type_), None)

    @settings(
        max_examples=6,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(values, min_size=20, max_size=60))
    def check(found: list[Any]) -> None:
        texts, raws = [], []
        for value in found:
            (parsed,) = JsonArray([f"[{as_json(value)}]"])
            try:
                texts.append(text_line([encode(parsed)]))
            except Unfit:
                continue
            raws.append(raw(case, value))
        try:
            answers = printed(session, raws, expression)
        except psycopg.Error as error:
            pytest.fail(f"the server refuses what was taken: {error}")
        assert list(zip(raws, answers, strict=True)) == list(zip(raws, texts, strict=True))

    check()
