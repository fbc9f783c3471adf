"""What people read when a schema is wrong. The exact texts of whole files are in tests/corpus."""

from __future__ import annotations

import pickle
import time

import pytest

from snapkit.errors import ExitCode, SchemaError
from snapkit.prisma import parse
from snapkit.prisma._problems import nearest

SOURCE = 'datasource db {\n  provider = "postgresql"\n}\n'


def refused(text: str) -> SchemaError:
    with pytest.raises(SchemaError) as caught:
        parse([("schema.prisma", SOURCE + text)])
    return caught.value


def test_error_names_file_line_column_and_model() -> None:
    error = refused("model Post {\n  id Int @id\n  a Usr\n}\n\nmodel User {\n  id Int @id\n}\n")
    assert error.what == 'unknown type "Usr" for field "a"'
    assert error.where == "schema.prisma:6:5 (model Post)"
    assert error.hint == 'Declare model "Usr", or write "User".'
    assert error.exit_code is ExitCode.FAILED


def test_report_shows_the_line_and_a_caret_under_the_fault() -> None:
    lines = str(refused("model Post {\n  id Int @id\n\ta Usr\n}\n")).split("\n")
    assert lines[3] == "  6 |  a Usr"
    assert lines[4].index("^") == lines[3].index("Usr")


def test_problems_come_in_the_order_of_files_and_lines() -> None:
    files = [("b", SOURCE + "model A {\n  id X @id\n}\n"), ("a", "model B {\n  id Y @id\n}\nfoo\n")]
    with pytest.raises(SchemaError) as caught:
        parse(files)
    places = [line for line in str(caught.value).split("\n") if line.startswith("  at: ")]
    assert places == ["  at: b:5:6 (model A)", "  at: a:2:6 (model B)", "  at: a:4:1"]
    assert str(caught.value).endswith("3 problems in the Prisma schema")


def test_many_problems_are_counted_not_all_shown() -> None:
    error = refused(
        "model A {\n  id Int @id\n" + "".join(f"  f{i} X{i}\n" for i in range(250)) + "}\n"
    )
    assert "and 150 more" in str(error)
    assert "250 problems" in str(error)


def test_faulty_line_causes_no_second_problem() -> None:
    error = refused("model A {\n  id Int @id,\n  @@index([id])\n}\n")
    assert str(error).endswith("1 problem in the Prisma schema")


def test_file_without_a_model_is_no_problem() -> None:
    assert parse([("schema.prisma", SOURCE)]).models == ()


def test_error_pickles_with_its_report() -> None:
    error = refused("foo\n")
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert "\x1b" not in str(refused('model A {\n  id Int @id @map("\x1b[2J")\n}\n'))


@pytest.mark.parametrize(
    ("name", "known", "expected"),
    [
        ("Strng", ["String", "Int"], "String"),
        ("user", ["User", "Post"], "User"),
        ("zzz", ["User", "Post"], None),
        ("x", [], None),
    ],
)
def test_nearest_name_is_suggested(name: str, known: list[str], expected: str | None) -> None:
    assert nearest(name, known) == expected


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("b Int @defualt(1)", 'unknown attribute "@defualt"'),
        ("b Int @default(nwo())", 'unknown function "nwo" in @default'),
        ('b Int @unique(mapp: "x")', 'unknown argument "mapp" in @unique'),
        ("b Int @unique(map: x)", 'argument "map" must be a string in @unique'),
        ("b Int @unique(sort: Up)", 'argument "sort" cannot be "Up" in @unique'),
        ("b Int @unique(length: 1.5)", 'argument "length" must be a whole number in @unique'),
        ("b Int @unique @unique", 'attribute "@unique" is given twice'),
        ("b Int @xy.Text", 'unknown attribute "@xy.Text"'),
        ("b Int @updatedAt", 'field "b" with @updatedAt is no single DateTime'),
        ("@@index(b)", 'field "b" of @@index is unknown'),
        ('@@index(["id"])', '"fields" must list fields in @@index'),
        ("@@index([id], type: Tree)", 'argument "type" cannot be "Tree" in @@index'),
        ("@@unique()", "expected a list of fields in @@unique"),
        ('@@unique([id], where: "x")', 'argument "where" must be raw("…") in @@unique'),
        ("@@index([id], [id])", "an argument without a name is given twice in @@index"),
        ("@@id([id])", 'model "A" has more than one primary key'),
        ("@@map(A)", "expected a name as a string in @@map"),
        ("@@index([id, id])", "@@index names a field twice"),
        ("b Unsupported(x)", 'expected the database\'s type as a string, found "x"'),
        ("b Int @default(1 2)", 'expected "," or ) after an argument, found "2"'),
        ("b Int @default([1 2])", 'expected "," or ] after a value, found "2"'),
        ("b Int @", "expected an attribute's name such as map, the line ends"),
        ("b Int @default(1b)", 'expected a value, found "1b"'),
    ],
    ids=lambda value: value,
)
def test_fault_on_a_line_is_told(line: str, what: str) -> None:
    assert refused(f"model A {{\n  id Int @id\n  {line}\n}}\n").what == what


def numbered(pattern: str, count: int) -> str:
    return "".join(pattern.replace("#", str(number)) for number in range(count))


KEY = " id Int @id\n"


@pytest.mark.parametrize(
    ("before", "pattern", "behind"),
    [
        ("", "model M# {\n id Int @id\n x Strng#\n}\n", ""),
        ("model M {\n" + KEY, " x# M[]\n", "}\n"),
        ("", "/* \n", ""),
        ("model M {\n" + KEY, " x# Int /* \n", ""),
        ("", "foo {\n", ""),
        ("", "model {\n", ""),
        ("model M {\n" + KEY, " x# Int\n @@index([y#])\n", "}\n"),
        ("enum E {\n A\n}\nmodel M {\n" + KEY, " x# E @default(B#)\n", "}\n"),
        ("model B {\n" + KEY + "}\nmodel M {\n" + KEY, " x# B\n", "}\n"),
    ],
    ids=[
        "unknown types",
        "unnamed self-relations",
        "comments that do not end",
        "comments behind fields that do not end",
        "blocks of no kind",
        "blocks without a name",
        "unknown fields of indexes",
        "unknown defaults",
        "relations without another end",
    ],
)
def test_time_grows_with_the_faults_not_with_their_square(
    before: str, pattern: str, behind: str
) -> None:
    """Each took minutes at this size when every fault looked at all that is there."""
    started = time.process_time()
    refused(before + numbered(pattern, 3000) + behind)
    assert time.process_time() - started < 10


def test_many_comments_on_a_line_take_no_square_of_time() -> None:
    started = time.process_time()
    parse([("schema.prisma", f"{SOURCE}{'/* c */ ' * 20_000}\nmodel M {{\n id Int @id\n}}\n")])
    assert time.process_time() - started < 10


def test_fields_that_a_relation_may_mean_are_named_up_to_five() -> None:
    error = refused("model M {\n" + KEY + numbered(" x# M[]\n", 9) + "}\n")
    assert error.what == (
        'relation "x0" is ambiguous: M has also "x1" and "x2" and "x3" and "x4" and "x5" and 3 more'
    )
