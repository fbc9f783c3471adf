"""JSON values as PostgreSQL prints them, by column type; and what does not fit."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest

from snapkit.core.column_types import read_type
from snapkit.core.json_stream import JsonArray
from snapkit.core.json_text import Unfit
from snapkit.core.json_values import encoder

TIMESTAMP = "timestamp(3) without time zone"
TIMESTAMPTZ = "timestamp with time zone"
TIME = "time without time zone"
TIMETZ = "time with time zone"
STATUS = {"ON_SALE": "ON_SALE", "onSale": "ON_SALE", "sold out": "sold out", "both": None}


def text_of(type_: str, json: str) -> str:
    """The text of a value, given as it stands in a file."""
    (value,) = JsonArray([f"[{json}]"])
    return encoder(read_type(type_), None)(value)


@pytest.mark.parametrize(
    ("type_", "json", "text"),
    [
        pytest.param("integer", "-7", "-7", id="integer"),
        pytest.param("integer", "7.00", "7", id="integer with decimals that are zero"),
        pytest.param("integer", "1e3", "1000", id="integer with an exponent"),
        pytest.param("integer", '"+007"', "7", id="integer as a text"),
        pytest.param("smallint", "-32768", "-32768", id="least smallint"),
        pytest.param("bigint", "9007199254740993", "9007199254740993", id="beyond 2^53"),
        pytest.param("bigint", '"9007199254740993"', "9007199254740993", id="beyond 2^53 as text"),
        pytest.param("bigint", "9007199254740993.0", "9007199254740993", id="beyond 2^53 as float"),
        pytest.param("bigint", "-9223372036854775808", "-9223372036854775808", id="least bigint"),
        pytest.param("oid", "4294967295", "4294967295", id="greatest oid"),
        pytest.param("numeric(10,2)", '"19.9"', "19.90", id="numeric as a text"),
        pytest.param("numeric(10,2)", "19.9", "19.90", id="numeric as a number"),
        pytest.param("numeric(10,2)", "19.9000", "19.90", id="numeric with zeros at the end"),
        pytest.param("numeric(10,2)", '"-0.00"', "0.00", id="numeric without a negative zero"),
        pytest.param("numeric(10,2)", "99999999.99", "99999999.99", id="greatest numeric(10,2)"),
        pytest.param("numeric(10,2)", "0e-99999", "0.00", id="zero of many decimals"),
        pytest.param("numeric(65,30)", '"1.5"', "1.5" + "0" * 29, id="Prisma's Decimal"),
        pytest.param("numeric(3,-2)", "12300", "12300", id="numeric of hundreds"),
        pytest.param("numeric(2,4)", "0.0012", "0.0012", id="numeric of small decimals"),
        pytest.param("numeric", '"1.50"', "1.50", id="unconstrained keeps its zeros"),
        pytest.param("numeric", "1.5e-7", "0.00000015", id="unconstrained has no exponent"),
        pytest.param("numeric", '"NaN"', "NaN", id="numeric NaN"),
        pytest.param("numeric(5,1)", "NaN", "NaN", id="constrained NaN"),
        pytest.param("numeric", '"-Infinity"', "-Infinity", id="infinite numeric"),
        pytest.param("double precision", "0.1", "0.1", id="double"),
        pytest.param("double precision", "1000000000000000", "1e+15", id="great double"),
        pytest.param("double precision", "-0.0", "-0", id="negative zero"),
        pytest.param("double precision", "-0", "-0", id="negative zero without decimals"),
        pytest.param("integer", "-0", "0", id="negative zero of integers"),
        pytest.param("double precision", '"Infinity"', "Infinity", id="infinite double"),
        pytest.param("double precision", "NaN", "NaN", id="double NaN"),
        pytest.param("double precision", "4.9e-324", "5e-324", id="least double"),
        pytest.param("real", "0.10000000149011612", "0.1", id="real as JavaScript has it"),
        pytest.param("real", "16777216.0000001", "1.6777216e+07", id="real near its last integer"),
        # halfway between two reals, but for a digit that a double has no room for
        pytest.param("real", "1.00000005960464477539062500001", "1.0000001", id="rounded once"),
        pytest.param("real", "1.00000005960464477539062499999", "1", id="rounded once, downwards"),
        pytest.param("real", "-Infinity", "-Infinity", id="infinite real"),
        pytest.param("money", '"1234.5"', "$1,234.50", id="money as a text"),
        pytest.param("money", '"-$1,234.50"', "-$1,234.50", id="money as PostgreSQL prints it"),
        pytest.param(
            "money", "92233720368547758.07", "$92,233,720,368,547,758.07", id="most money"
        ),
        pytest.param("boolean", "true", "t", id="true"),
        pytest.param("boolean", "false", "f", id="false"),
        pytest.param("text", '""', "", id="empty text"),
        pytest.param("text", '"a\\tb\\\\N"', "a\tb\\N", id="text"),
        pytest.param("character varying(3)", '"é🧧x"', "é🧧x", id="varchar counts characters"),
        pytest.param("character(3)", '"é"', "é  ", id="char is padded"),
        pytest.param("public.citext", '"Ab"', "Ab", id="citext of a namespace"),
        pytest.param("bit(3)", '"101"', "101", id="bits"),
        pytest.param("bit varying(5)", '""', "", id="no bits"),
        pytest.param(
            "uuid",
            '"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"',
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
            id="uuid in capitals",
        ),
        pytest.param("inet", '"10.0.0.1/32"', "10.0.0.1", id="host with its mask"),
        pytest.param("inet", '"10.0.0.1/8"', "10.0.0.1/8", id="host in a network"),
        pytest.param("inet", '"2001:DB8:0:0:0:0:0:1/128"', "2001:db8::1", id="IPv6 in full"),
        pytest.param("inet", '"::ffff:10.0.0.1"', "::ffff:10.0.0.1", id="IPv4 in IPv6"),
        pytest.param("inet", '"::a00:1"', "::10.0.0.1", id="IPv4 in IPv6, the old way"),
        pytest.param("bytea", '{"type":"Buffer","data":[0,255]}', "\\x00ff", id="Buffer"),
        pytest.param("bytea", '{"type":"Buffer","data":[]}', "\\x", id="empty Buffer"),
        pytest.param("bytea", '{"0":0,"1":255}', "\\x00ff", id="Uint8Array"),
        pytest.param("bytea", "{}", "\\x", id="empty Uint8Array"),
        pytest.param("bytea", "[0,255]", "\\x00ff", id="list of bytes"),
        pytest.param("bytea", '"AP8="', "\\x00ff", id="base64"),
        pytest.param("bytea", '""', "\\x", id="empty base64"),
        pytest.param("bytea", '"\\\\x00FF"', "\\x00ff", id="hexadecimal"),
        pytest.param(
            TIMESTAMP, '"2025-11-01T08:59:16.000Z"', "2025-11-01 08:59:16", id="whole second"
        ),
        pytest.param(TIMESTAMP, '"2025-11-01T08:59:16.250Z"', "2025-11-01 08:59:16.25", id="ms"),
        pytest.param(
            TIMESTAMP, '"2025-11-01T08:59:16.250000Z"', "2025-11-01 08:59:16.25", id="zeros"
        ),
        pytest.param(
            TIMESTAMPTZ, '"2025-11-01T08:59:16.123456Z"', "2025-11-01 08:59:16.123456+00", id="µs"
        ),
        pytest.param(
            TIMESTAMPTZ, '"2025-11-01T01:30:00+07:00"', "2025-10-31 18:30:00+00", id="offset"
        ),
        pytest.param(
            TIMESTAMP,
            '"2025-12-31T23:30:00-0130"',
            "2026-01-01 01:00:00",
            id="offset without colon",
        ),
        pytest.param(
            TIMESTAMP, '"2025-11-01 08:59:16"', "2025-11-01 08:59:16", id="as SQL writes it"
        ),
        pytest.param(TIMESTAMP, '"2024-02-29"', "2024-02-29 00:00:00", id="date for a timestamp"),
        pytest.param(
            TIMESTAMP, '"+012024-02-29T01:02:03.004Z"', "12024-02-29 01:02:03.004", id="year 12024"
        ),
        pytest.param(
            TIMESTAMP, '"0000-12-31T00:00:00.000Z"', "0001-12-31 00:00:00 BC", id="year 0"
        ),
        pytest.param(
            TIMESTAMPTZ, '"-000099-01-01T00:00:00.000Z"', "0100-01-01 00:00:00+00 BC", id="BC"
        ),
        pytest.param(TIMESTAMP, '"infinity"', "infinity", id="endless"),
        pytest.param("date", '"2025-11-01T00:00:00.000Z"', "2025-11-01", id="date at midnight"),
        pytest.param("date", '"2025-11-01"', "2025-11-01", id="date alone"),
        pytest.param("date", '"-000001-03-01T00:00:00.000Z"', "0002-03-01 BC", id="date BC"),
        pytest.param("date", '"-Infinity"', "-infinity", id="date without a beginning"),
        pytest.param(TIME, '"1970-01-01T08:59:16.250Z"', "08:59:16.25", id="time on its day"),
        pytest.param(TIME, '"08:59"', "08:59:00", id="time alone"),
        pytest.param(TIMETZ, '"08:59:16.5+05:30"', "08:59:16.5+05:30", id="time with offset"),
        pytest.param(TIMETZ, '"1970-01-01T08:59:16.000Z"', "08:59:16+00", id="timetz on its day"),
        pytest.param(
            "jsonb",
            '{"bb":1,"a":{"ü":null,"zz":[1.50,true]}}',
            '{"a": {"zz": [1.50, true], "ü": null}, "bb": 1}',
            id="jsonb",
        ),
        pytest.param("jsonb", "1e3", "1000", id="number as jsonb"),
        pytest.param("jsonb", '"a\\u0001\\/\\u00e9\\n"', '"a\\u0001/é\\n"', id="text as jsonb"),
        pytest.param("json", '{"b": 1.0, "a": [ ]}', '{"b":1.0,"a":[]}', id="json keeps its order"),
        pytest.param("integer[]", "[1,null,-3]", "{1,NULL,-3}", id="list"),
        pytest.param("text[]", '["NULL", "", "a b", null]', '{"NULL","","a b",NULL}', id="texts"),
        pytest.param("text[]", "[]", "{}", id="empty list"),
        pytest.param(
            "bytea[]",
            '["AP8=", {"type":"Buffer","data":[1]}]',
            '{"\\\\x00ff","\\\\x01"}',
            id="list of bytes",
        ),
        pytest.param("jsonb[]", '[{"a": 1}]', '{"{\\"a\\": 1}"}', id="list of jsonb"),
        pytest.param("numeric(4,1)[]", '["1", 2.5]', "{1.0,2.5}", id="list of numerics"),
        pytest.param("interval", '"1 day"', "1 day", id="type that Prisma does not know"),
        pytest.param("public.vector(3)", "[1,2,3.5]", "[1,2,3.5]", id="list for an unknown type"),
        pytest.param('app."json"', '"x"', "x", id="user's type with a built-in's name"),
        pytest.param("app.bytea", '"x"', "x", id="the same, where bytes would be"),
    ],
)
def test_value_is_written_as_postgresql_prints_it(type_: str, json: str, text: str) -> None:
    assert text_of(type_, json) == text


@pytest.mark.parametrize(
    ("type_", "json", "why"),
    [
        pytest.param("integer", "2147483648", "is beyond what integer holds", id="integer"),
        pytest.param("bigint", '"9223372036854775808"', "is beyond what bigint holds", id="bigint"),
        pytest.param("integer", "1e999999999", "is beyond what integer holds", id="great exponent"),
        pytest.param(
            "integer", "1.5", "is a number with a fraction, not an integer", id="fraction"
        ),
        pytest.param(
            "integer", "1e-999999999", "is a number with a fraction, not an integer", id="tiny"
        ),
        pytest.param("integer", "true", "is a boolean, not an integer", id="boolean for integer"),
        pytest.param("integer", '"1.0"', "is a text, not an integer", id="text with decimals"),
        pytest.param(
            "integer", '"\uff11\uff12"', "is a text, not an integer", id="digits that are not ASCII"
        ),
        pytest.param("integer", "NaN", "is a number, not an integer", id="NaN for integer"),
        pytest.param("numeric(4,2)", "100", "is greater than numeric(4,2) holds", id="too great"),
        pytest.param(
            "numeric(4,2)", '"1.001"', "has more decimals than numeric(4,2) holds", id="decimals"
        ),
        pytest.param(
            "numeric(4,2)",
            "Infinity",
            "is infinite, which numeric(4,2) does not hold",
            id="infinite numeric",
        ),
        pytest.param(
            "numeric", "1e200000", "is beyond what numeric holds", id="too great for numeric"
        ),
        pytest.param(
            "numeric", "1e-20000", "is beyond what numeric holds", id="too small for numeric"
        ),
        pytest.param("numeric", '"1,5"', "is a text, not a number", id="decimal comma"),
        pytest.param("numeric", "[1]", "is a list, not a number", id="list for a number"),
        pytest.param(
            "double precision", "1e309", "is beyond what double precision holds", id="double"
        ),
        pytest.param(
            "double precision", "1e-400", "is beyond what double precision holds", id="tiny double"
        ),
        pytest.param("real", "1e39", "is beyond what real holds", id="real"),
        pytest.param("real", "1e-50", "is beyond what real holds", id="tiny real, not zero"),
        pytest.param("real", "1e309", "is beyond what real holds", id="real beyond double"),
        pytest.param("money", '"$x"', "is a text, not a number", id="no money"),
        pytest.param(
            "money", '"99999999999999999.99"', "is beyond what money holds", id="much money"
        ),
        pytest.param("money", "NaN", "is not finite, which money must be", id="NaN for money"),
        pytest.param("boolean", "1", "is a number, not true or false", id="number for boolean"),
        pytest.param("boolean", '"true"', "is a text, not true or false", id="text for boolean"),
        pytest.param("text", "5", "is a number, not a text", id="number for text"),
        pytest.param(
            "text", '"a\\u0000"', "holds a NUL character, which PostgreSQL cannot", id="NUL"
        ),
        pytest.param(
            "text",
            '"\\ud83d"',
            "holds half of a surrogate pair, which is no character",
            id="surrogate",
        ),
        pytest.param("character varying(2)", '"abc"', "is longer than 2 characters", id="varchar"),
        pytest.param("character(2)", '"abc"', "is longer than 2 characters", id="char"),
        pytest.param("bit(3)", '"10"', "is not a text of 3 bits", id="bits"),
        pytest.param("bit varying(2)", '"101"', "is not a text of bits, 2 at most", id="many bits"),
        pytest.param("uuid", '"a0eebc99"', "is not a UUID", id="uuid"),
        pytest.param("inet", '"10.0.0.256"', "is not an address", id="octet"),
        pytest.param("inet", '"10.0.0.1/33"', "is not an address", id="mask"),
        pytest.param("inet", '"fe80::1%eth0"', "is not an address", id="zone of an address"),
        pytest.param("bytea", '"a"', "is a text that is not base64", id="base64"),
        pytest.param("bytea", '"é==="', "is a text that is not base64", id="base64 not ASCII"),
        pytest.param("bytea", '"\\\\x0g"', "is a text that is not base64", id="hexadecimal"),
        pytest.param("bytea", "[256]", "is a list, not bytes", id="byte beyond 255"),
        pytest.param("bytea", "[true]", "is a list, not bytes", id="boolean for a byte"),
        pytest.param("bytea", '{"1":0,"0":1}', "is an object, not bytes", id="bytes out of order"),
        pytest.param(
            "bytea", '{"type":"Buffer","data":"AP8="}', "is a text, not bytes", id="Buffer"
        ),
        pytest.param("bytea", "7", "is a number, not bytes", id="number for bytes"),
        pytest.param(
            TIMESTAMP,
            '"2025-11-01T08:59:16.0001Z"',
            "has more than 3 digits after the second",
            id="µs for ms",
        ),
        pytest.param(
            TIMESTAMPTZ,
            '"2025-11-01T08:59:16.0000001Z"',
            "has more than 6 digits after the second",
            id="ns for µs",
        ),
        pytest.param(
            TIMESTAMP, '"2025-02-29T00:00:00.000Z"', "is a moment that does not exist", id="day"
        ),
        pytest.param(
            TIMESTAMP, '"2025-11-01T24:00:00.000Z"', "is a moment that does not exist", id="24 h"
        ),
        pytest.param(
            TIMESTAMP, '"2025-11-01T08:59:60Z"', "is a moment that does not exist", id="leap second"
        ),
        pytest.param(
            TIMESTAMP,
            '"2025-11-01T00:00:00+16:00"',
            "has an offset that does not exist",
            id="offset",
        ),
        pytest.param(TIMESTAMP, '"1.11.2025"', "is not a moment in ISO 8601", id="another format"),
        pytest.param(TIMESTAMP, "1761987556000", "is not a moment in ISO 8601", id="milliseconds"),
        pytest.param(
            TIMESTAMP,
            '"-010000-01-01T00:00:00.000Z"',
            "lies beyond the years that PostgreSQL holds",
            id="long ago",
        ),
        pytest.param(
            "date",
            '"2025-11-01T01:00:00.000Z"',
            "is not midnight UTC, and its column is a date",
            id="not midnight",
        ),
        pytest.param(
            TIME,
            '"1970-01-02T00:00:00.000Z"',
            "is not on 1970-01-01, and its column is a time of day",
            id="not the first day",
        ),
        pytest.param(TIME, '"08:59:16+07:00"', "has an offset, and its column has none", id="time"),
        pytest.param(
            "json", "NaN", "holds a NaN or an infinity, which is not JSON", id="NaN in json"
        ),
        pytest.param(
            "jsonb",
            '{"a": [Infinity]}',
            "holds a NaN or an infinity, which is not JSON",
            id="infinity in jsonb",
        ),
        pytest.param(
            "jsonb",
            '{"x": {"a": 1, "a": 2}}',
            "holds an object in which a name stands twice",
            id="name twice",
        ),
        pytest.param(
            "json",
            '{"a\\u0000": 1}',
            "holds a NUL character, which PostgreSQL cannot",
            id="NUL in a name",
        ),
        pytest.param(
            "jsonb",
            '["\\udc00"]',
            "holds half of a surrogate pair, which is no character",
            id="surrogate in jsonb",
        ),
        pytest.param(
            "jsonb",
            '{"\\udc00": 1}',
            "holds half of a surrogate pair, which is no character",
            id="surrogate in a name",
        ),
        pytest.param("jsonb", "1e999999", "is beyond what numeric holds", id="number in jsonb"),
        pytest.param("jsonb", "[" * 900 + "]" * 900, "is nested too deeply", id="deep"),
        pytest.param("integer[]", "1", "is a number, not a list", id="no list"),
        pytest.param("integer[]", '["a"]', "is a text, not an integer", id="wrong element"),
        pytest.param("text[]", '[["a"]]', "is a list, not a text", id="list of lists"),
    ],
)
def test_value_that_does_not_fit_says_why(type_: str, json: str, why: str) -> None:
    with pytest.raises(Unfit) as caught:
        text_of(type_, json)
    assert str(caught.value) == why


@pytest.mark.parametrize(
    ("value", "text"),
    [("ON_SALE", "ON_SALE"), ("onSale", "ON_SALE"), ("sold out", "sold out")],
)
def test_enum_is_given_by_name_or_by_its_mapped_value(value: str, text: str) -> None:
    assert encoder(read_type('public."Status"'), STATUS)(value) == text
    assert encoder(read_type('public."Status"[]'), STATUS)([value, None]) in {
        f"{{{text},NULL}}",
        f'{{"{text}",NULL}}',
    }


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("SOLD", "is 'SOLD', which its enum does not have"),
        ("x" * 50, f"is '{'x' * 39}…', which its enum does not have"),
        ("both", "is 'both', which may be either of two values of its enum"),
        (1, "is a number, not a text"),
    ],
)
def test_enum_without_the_value_says_so(value: object, why: str) -> None:
    with pytest.raises(Unfit) as caught:
        encoder(read_type('public."Status"'), STATUS)(value)
    assert str(caught.value) == why


def test_enum_may_have_the_name_of_a_built_in_type() -> None:
    assert encoder(read_type("public.json"), {"a": "A"})("a") == "A"


def test_floats_of_python_are_numbers_too() -> None:
    assert encoder(read_type("numeric"), None)(math.inf) == "Infinity"
    assert encoder(read_type("double precision"), None)(Decimal("2.5")) == "2.5"
