"""Hypothesis strategies that several tests share: Prisma schemas, valid and broken."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from hypothesis import strategies as st

DATASOURCE = 'datasource db {\n  provider = "postgresql"\n  url      = env("DATABASE_URL")\n}\n'

GENERATOR = 'generator client {\n  provider = "prisma-client-js"\n  previewFeatures = %s\n}\n'

# Names that are keywords elsewhere in the language, or near to it, are fine for fields.
_NAMES = ["id", "type", "model", "enum", "view", "Int", "map", "A1", "größe", "x_y", "datasource"]
_DATABASE_NAMES = [
    "plain",
    "with space",
    'qu"ote',
    "br}ace",
    "new\nline",
    "Ünï",
    "../up",
    "</script>",
]
_COMMENTS = [
    "",
    "",
    "",
    " /// trails  ",
    ' // } { "',
    " /// said \\ here",
    " /* a } */",
    " /* over\n two } lines */",
]
SCALARS = {
    "String": ["", '"x"', '"a } // b"', "uuid()", "cuid(2)", "nanoid(7)", 'dbgenerated("f()")'],
    "Int": ["", "0", "-17", "autoincrement()"],
    "BigInt": ["", "9007199254740993"],
    "Float": ["", "0.25", "-3"],
    "Decimal": ["", "19.90", "7"],
    "Boolean": ["", "true", "false"],
    "DateTime": ["", "now()", '"2020-01-01T00:00:00Z"'],
    "Json": ["", '"{}"', '"[{\\"a\\": 1}]"'],
    "Bytes": ["", '"aGk="'],
}
_NATIVES = {
    "String": ["@db.Text", "@db.VarChar(40)", "@db.Char(3)"],
    "Int": ["@db.SmallInt", "@db.Integer"],
    "DateTime": ["@db.Timestamptz(6)", "@db.Date"],
    "Decimal": ["@db.Decimal(10, 2)"],
}


@dataclass(frozen=True, slots=True)
class WrittenField:
    """A field, and how it is written."""

    name: str
    type: str
    arity: str
    attributes: tuple[str, ...]
    column: str
    is_unsupported: bool = False

    @property
    def written_type(self) -> str:
        """The type as it is written."""
        return f"Unsupported({quoted(self.type)})" if self.is_unsupported else self.type


@dataclass(frozen=True, slots=True)
class WrittenModel:
    """A model or view, and how it is written."""

    name: str
    table: str
    fields: tuple[WrittenField, ...]
    block: tuple[str, ...]
    keyword: str = "model"
    has_plain_key: bool = True  # `key` is its @id


@dataclass(frozen=True, slots=True)
class WrittenSchema:
    """A valid schema: its models, their join tables (relation and models), and its text."""

    models: tuple[WrittenModel, ...]
    joins: tuple[tuple[str, str, str], ...]
    text: str


def quoted(text: str) -> str:
    """A string as Prisma writes it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


@st.composite
def _scalar(draw: st.DrawFn, name: str) -> WrittenField:
    kind = draw(st.sampled_from(sorted(SCALARS)))
    arity = draw(st.sampled_from(["", "?", "[]"]))
    attributes = []
    column = name
    default = draw(st.sampled_from(SCALARS[kind]))
    if default and arity == "" and default != "autoincrement()":
        attributes.append(f"@default({default})")
    if draw(st.booleans()):
        attributes.append(f"@map({quoted(f'c {name}')})")
        column = f"c {name}"
    if kind in _NATIVES and "(" not in default and draw(st.booleans()):
        attributes.append(draw(st.sampled_from(_NATIVES[kind])))
    if kind in {"Int", "String"} and arity != "[]" and draw(st.booleans()):
        attributes.append("@unique")
    shuffled = draw(st.permutations(attributes))
    return WrittenField(name, kind, arity, tuple(shuffled), column)


@st.composite
def _model(draw: st.DrawFn, number: int, enums: list[str]) -> WrittenModel:
    names = draw(st.lists(st.sampled_from(_NAMES), unique=True, max_size=5))
    is_plain = draw(st.integers(0, 3)) > 0
    key = ("@id", "@default(autoincrement())") if is_plain else ("@unique",)
    fields = [WrittenField("key", "Int", "", key, "key")]
    fields += [draw(_scalar(name)) for name in names]
    table = f"M{number}"
    block = []
    if not is_plain:
        fields.append(WrittenField("part", "String", "", ("@db.Uuid",), "part"))
        mapped = draw(st.sampled_from(["", ', name: "both"', f', map: "pk {number}"']))
        block.append(f"@@id([key, part]{mapped})")
    if draw(st.booleans()) and enums:
        arity, default = draw(st.sampled_from([("", "@default(A)"), ("?", ""), ("[]", "")]))
        kind = draw(st.sampled_from(enums))
        fields.append(WrittenField("kind", kind, arity, (default,) if default else (), "kind"))
    if draw(st.integers(0, 3)) == 0:
        fields.append(WrittenField("box", "box", "?", (), "box", is_unsupported=True))
    if draw(st.booleans()):
        table = f"{draw(st.sampled_from(_DATABASE_NAMES))} {number}"
        block.append(f"@@map({quoted(table)})")
    block += draw(_indexes(number, fields))
    return WrittenModel(f"M{number}", table, tuple(fields), tuple(block), has_plain_key=is_plain)


@st.composite
def _indexes(draw: st.DrawFn, number: int, fields: list[WrittenField]) -> list[str]:
    """Indexes and unique keys on some fields, each with a name of its own."""
    found = []
    plain = [one.name for one in fields if one.type in {"Int", "String"} and one.arity != "[]"]
    if len(plain) > 1 and draw(st.booleans()):
        found.append(f"@@index([{', '.join(plain)}])")
    if len(plain) > 1 and draw(st.booleans()):
        mapped = draw(st.sampled_from(["", ', name: "pair"', f', map: "uq {number}"']))
        found.append(f"@@unique([{', '.join(plain[:2])}]{mapped})")
    if draw(st.booleans()):
        sort = draw(st.sampled_from(["(sort: Desc)", "(sort: Asc)", ""]))
        found.append(f'@@index([{plain[0]}{sort}], map: "ix {number}")')
    if draw(st.booleans()):
        found.append(f'@@index([{plain[0]}], type: Hash, map: "hx {number}")')
    special = {"Json": "(ops: JsonbPathOps)", "DateTime": "(ops: TimestampMinMaxOps)"}
    for one in fields:
        if one.attributes or one.arity == "[]" or one.type not in special or draw(st.booleans()):
            continue
        method = "Gin" if one.type == "Json" else "Brin"
        name = quoted(f"{method} {one.name} {number}")
        ops = special[one.type] if draw(st.booleans()) else '(ops: raw("text_ops"))'
        found.append(f"@@index([{one.name}{ops}], type: {method}, map: {name})")
    return found


@st.composite
def _enum(draw: st.DrawFn, number: int) -> str:
    mapped = draw(st.sampled_from(["", '  @@map("")\n', f"  @@map({quoted(f'e {number}')})\n"]))
    mapped = mapped if number == 0 else mapped.replace('""', '"e"')
    maps = st.sampled_from(["", ' @map("")', ' @map("b } c")'])
    values = [
        f"  {name}{draw(maps)}{draw(st.sampled_from(_COMMENTS))}\n"
        for name in ("A", "B", "model")[: draw(st.integers(1, 3))]
    ]
    above = draw(st.sampled_from(["", "/// above  \n"]))
    return f"{above}enum E{number} {{\n{''.join(values)}{mapped}}}\n"


def _view(number: int) -> WrittenModel:
    fields = (
        WrittenField("key", "Int", "", ("@unique",), "key"),
        WrittenField("name", "String", "?", ('@map("c name")',), "c name"),
    )
    table = f"view {number}"
    return WrittenModel(f"V{number}", table, fields, (f"@@map({quoted(table)})",), "view")


@st.composite
def schemas(draw: st.DrawFn) -> WrittenSchema:
    """Valid PostgreSQL schemas of one to four models, with relations among them.

    Enums, a view, and up to two generators may be there, too.
    """
    count = draw(st.integers(1, 4))
    enums = [f"E{number}" for number in range(draw(st.integers(0, 2)))]
    models = [draw(_model(number, enums)) for number in range(count)]
    fields = {model.name: list(model.fields) for model in models}
    names = sorted(fields)
    plain = {model.name for model in models if model.has_plain_key}
    joins: list[tuple[str, str, str]] = []
    pairs = draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=3))
    for number, (one, other) in enumerate(pairs):
        relation = quoted(f"R{number}")
        if {one, other} <= plain and draw(st.booleans()):
            joins.append((f"R{number}", one, other))
            fields[one].append(_plain(f"many{number}", other, "[]", f"@relation({relation})"))
            fields[other].append(_plain(f"back{number}", one, "[]", f"@relation({relation})"))
        else:
            actions = ["", ", onDelete: Cascade", ", onUpdate: Restrict", f', map: "fk {number}"']
            action = draw(st.sampled_from(actions))
            key = f"@relation({relation}, fields: [to{number}], references: [key]{action})"
            fields[one].append(WrittenField(f"to{number}", "Int", "?", (), f"to{number}"))
            fields[one].append(_plain(f"one{number}", other, "?", key))
            fields[other].append(_plain(f"list{number}", one, "[]", f"@relation({relation})"))
    related = {name for pair in pairs for name in pair}
    whole = [
        replace(
            model,
            fields=tuple(fields[model.name]),
            block=(*model.block, *_ignored(draw, model, related)),
        )
        for model in models
    ]
    written = [DATASOURCE, *(draw(_enum(number)) for number in range(len(enums)))]
    features = draw(st.sampled_from([None, "[]", '["views"]', '["metrics", "views"]']))
    if features is not None:
        written.append(GENERATOR % features)
        if "views" in features:
            whole.append(_view(0))
    if draw(st.booleans()):
        written.append('generator docs {\n  provider = "docs" // }\n  list = [1, "x", true]\n}\n')
    for model in whole:
        lines = [_line(draw, field) for field in model.fields]
        lines += [f"  {line}{draw(st.sampled_from(_COMMENTS))}" for line in model.block]
        written.append(f"{model.keyword} {model.name} {{\n" + "\n".join(lines) + "\n}\n")
    order = draw(st.permutations(written))
    return WrittenSchema(tuple(whole), tuple(joins), "\n".join(order))


def _ignored(draw: st.DrawFn, model: WrittenModel, related: set[str]) -> list[str]:
    """`@@ignore`, now and then, where nothing points at the model."""
    return ["@@ignore"] if model.name not in related and draw(st.integers(0, 4)) == 0 else []


def _plain(name: str, kind: str, arity: str, attribute: str) -> WrittenField:
    return WrittenField(name, kind, arity, (attribute,), name)


def _line(draw: st.DrawFn, field: WrittenField) -> str:
    blank = draw(st.sampled_from([" ", "   ", "\t", "\u00a0"]))
    comment = draw(st.sampled_from(_COMMENTS))
    above = draw(st.sampled_from(["", "", "  /// above } \t\n", "\n", "  // no }\n"]))
    words = [field.name, field.written_type + field.arity, *field.attributes]
    return f"{above}  {blank.join(words)}{comment}"


_PIECES = ["{", "}", '"', "\\", "//", "/*", "*/", "///", "@", "@@", "(", ")", "[", "]", "?", "!"]
_PIECES += [
    ":",
    ",",
    "\n",
    "\r",
    "\x00",
    "\ufeff",
    "\u2028",
    "model ",
    "enum E {\n",
    "@relation",
    "9" * 50,
]
_PIECES += [
    "@default(",
    "type X = Y",
    "Unsupported(",
    "Ω",
    "\ud800",
    "namespace n {\n",
    "a.b.",
    "-",
]


_ATTRIBUTE = re.compile(r"@@?[\w.]+(?:\([^()\n]*(?:\([^()\n]*\))?[^()\n]*\))?")


@st.composite
def _with_attribute(draw: st.DrawFn, text: str) -> str:
    """A text with one of its attributes doubled, or put behind another of its attributes."""
    found = [(one.end(), one[0]) for one in _ATTRIBUTE.finditer(text)]
    if not found:
        return text
    place, own = draw(st.sampled_from(found))
    attribute = own if draw(st.booleans()) else draw(st.sampled_from(found))[1]
    return f"{text[:place]} {attribute}{text[place:]}"


@st.composite
def broken(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """A text with a few pieces cut out, doubled, or put in, or attributes of its own put in."""
    text = draw(texts)
    for _ in range(draw(st.integers(1, 6))):
        if draw(st.integers(0, 2)) == 0:
            text = draw(_with_attribute(text))
            continue
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        piece = draw(st.one_of(st.sampled_from(_PIECES), st.just(text[start:end] * 2), st.just("")))
        text = text[:start] + piece + text[end:]
    return text


_NUDGES = [
    " ",
    "\t",
    "\n",
    "\r\n",
    "// c }\n",
    "/// d\n",
    "/* x */",
    "?",
    "[]",
    "@ignore",
    " @unique",
]


@st.composite
def nudged(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """A text with one or two small changes, after which it may well be valid."""
    text = draw(texts)
    for _ in range(draw(st.integers(1, 2))):
        if draw(st.integers(0, 4)) == 0:
            text = draw(_with_attribute(text))
        elif draw(st.booleans()):
            ends = [one.start() for one in re.finditer("\n", text)]
            place = draw(st.sampled_from(ends) if ends else st.just(0))
            place = place if draw(st.booleans()) else draw(st.integers(0, len(text)))
            text = text[:place] + draw(st.sampled_from(_NUDGES)) + text[place:]
        else:
            lines = text.split("\n")
            one, other = draw(st.tuples(*[st.integers(0, len(lines) - 1)] * 2))
            lines[one], lines[other] = lines[other], lines[one]
            text = "\n".join(lines)
    return text
