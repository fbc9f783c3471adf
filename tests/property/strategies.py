"""Hypothesis strategies that several tests share: Prisma schemas, valid and broken."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

DATASOURCE = 'datasource db {\n  provider = "postgresql"\n  url      = env("DATABASE_URL")\n}\n'

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
    ' // } { "',
    " /// said \\ here",
    " /* a } */",
    " /* over\n two } lines */",
]
_SCALARS = {
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


@dataclass(frozen=True, slots=True)
class WrittenModel:
    """A model, and how it is written."""

    name: str
    table: str
    fields: tuple[WrittenField, ...]
    block: tuple[str, ...]


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
    kind = draw(st.sampled_from(sorted(_SCALARS)))
    arity = draw(st.sampled_from(["", "?", "[]"]))
    attributes = []
    column = name
    default = draw(st.sampled_from(_SCALARS[kind]))
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
def _model(draw: st.DrawFn, number: int) -> WrittenModel:
    names = draw(st.lists(st.sampled_from(_NAMES), unique=True, max_size=5))
    fields = [WrittenField("key", "Int", "", ("@id", "@default(autoincrement())"), "key")]
    fields += [draw(_scalar(name)) for name in names]
    table = f"M{number}"
    block = []
    if draw(st.booleans()):
        table = f"{draw(st.sampled_from(_DATABASE_NAMES))} {number}"
        block.append(f"@@map({quoted(table)})")
    indexed = [field.name for field in fields if field.type in {"Int", "String"}]
    if len(indexed) > 1 and draw(st.booleans()):
        block.append(f"@@index([{', '.join(indexed)}])")
    return WrittenModel(f"M{number}", table, tuple(fields), tuple(block))


@st.composite
def schemas(draw: st.DrawFn) -> WrittenSchema:
    """Valid PostgreSQL schemas of one to four models, with relations among them."""
    count = draw(st.integers(1, 4))
    models = [draw(_model(number)) for number in range(count)]
    fields = {model.name: list(model.fields) for model in models}
    names = sorted(fields)
    joins: list[tuple[str, str, str]] = []
    pairs = draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(names)), max_size=3))
    for number, (one, other) in enumerate(pairs):
        relation = quoted(f"R{number}")
        if draw(st.booleans()):
            joins.append((f"R{number}", one, other))
            fields[one].append(_plain(f"many{number}", other, "[]", f"@relation({relation})"))
            fields[other].append(_plain(f"back{number}", one, "[]", f"@relation({relation})"))
        else:
            action = draw(st.sampled_from(["", ", onDelete: Cascade", ", onUpdate: Restrict"]))
            key = f"@relation({relation}, fields: [to{number}], references: [key]{action})"
            fields[one].append(WrittenField(f"to{number}", "Int", "?", (), f"to{number}"))
            fields[one].append(_plain(f"one{number}", other, "?", key))
            fields[other].append(_plain(f"list{number}", one, "[]", f"@relation({relation})"))
    whole = tuple(
        WrittenModel(model.name, model.table, tuple(fields[model.name]), model.block)
        for model in models
    )
    written = [DATASOURCE]
    for model in whole:
        lines = [_line(draw, field) for field in model.fields]
        lines += [f"  {line}{draw(st.sampled_from(_COMMENTS))}" for line in model.block]
        written.append(f"model {model.name} {{\n" + "\n".join(lines) + "\n}\n")
    order = draw(st.permutations(written))
    return WrittenSchema(whole, tuple(joins), "\n".join(order))


def _plain(name: str, kind: str, arity: str, attribute: str) -> WrittenField:
    return WrittenField(name, kind, arity, (attribute,), name)


def _line(draw: st.DrawFn, field: WrittenField) -> str:
    blank = draw(st.sampled_from([" ", "   ", "\t", "\u00a0"]))
    comment = draw(st.sampled_from(_COMMENTS))
    above = draw(st.sampled_from(["", "", "  /// above }\n", "\n", "  // no }\n"]))
    words = [field.name, field.type + field.arity, *field.attributes]
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


@st.composite
def broken(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> str:
    """A text with a few pieces cut out, doubled, or put in."""
    text = draw(texts)
    for _ in range(draw(st.integers(1, 6))):
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
        if draw(st.booleans()):
            place = draw(st.integers(0, len(text)))
            text = text[:place] + draw(st.sampled_from(_NUDGES)) + text[place:]
        else:
            lines = text.split("\n")
            one, other = draw(st.tuples(*[st.integers(0, len(lines) - 1)] * 2))
            lines[one], lines[other] = lines[other], lines[one]
            text = "\n".join(lines)
    return text
