"""Finding and reading schema files: where Prisma would look, and what cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from snapkit.errors import SchemaError, UsageError
from snapkit.workflows.schema_files import find_schema, read_files, read_schema

TEXT = 'datasource db {\n  provider = "postgresql"\n}\n\nmodel A {\n  id Int @id\n}\n'


def put(path: Path, text: str = TEXT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    assert find_schema(None, tmp_path) is None


@pytest.mark.parametrize(
    "place", ["prisma/schema.prisma", "prisma/schema/a.prisma", "schema.prisma"]
)
def test_default_places_are_found(place: str, tmp_path: Path) -> None:
    put(tmp_path / place)
    found = find_schema(None, tmp_path)
    assert found is not None
    assert read_schema(found).by_name["A"].name == "A"


def test_named_schema_comes_first(tmp_path: Path) -> None:
    put(tmp_path / "schema.prisma")
    put(tmp_path / "x" / "other.prisma")
    found = find_schema(Path("x/other.prisma"), tmp_path)
    assert found is not None
    assert (found.path, found.named_by) == (tmp_path / "x/other.prisma", "--schema")


@pytest.mark.parametrize(
    "config",
    [
        'export default defineConfig({ schema: "db/main.prisma" })',
        "export default { schema: 'db/main.prisma', } satisfies PrismaConfig",
        'export default { schema: path.join("db", "main.prisma") }',
        '// don\'t\n/* schema: "no" */ export default { url: "a//b", schema: `db/main.prisma` }',
    ],
)
def test_config_names_the_schema(config: str, tmp_path: Path) -> None:
    put(tmp_path / "schema.prisma")
    put(tmp_path / "db" / "main.prisma")
    put(tmp_path / "prisma.config.ts", config)
    found = find_schema(None, tmp_path)
    assert found is not None
    assert (found.path, found.named_by) == (tmp_path / "db/main.prisma", "prisma.config.ts")


EXPORTED = "export default defineConfig({ %s })"
IMPORTS = "import path from 'node:path'\nimport { fileURLToPath } from 'node:url'\n"


@pytest.mark.parametrize(
    "setting",
    [
        "schema: path.resolve(process.cwd(), 'db', 'main.prisma')",
        "schema: path.join(path.dirname(fileURLToPath(import.meta.url)), 'db', 'main.prisma')",
        "schema: fileURLToPath(new URL('./db/main.prisma', import.meta.url))",
        "schema: nodePath.join('db', /* here */ 'main.prisma',)",
        "schema: resolve(__dirname, './db/../db', 'main.prisma')",
        "schema: ('db/main.prisma')",
        "schema: `${__dirname}/db/main.prisma`",
        "schema: __dirname + '/db/' + `main.prisma`",
        "schema: 'db/main.prisma' as const, migrations: { path: 'x' }",
        "adapter: { schema: 'x' }, schema: 'db/main.prisma'",
        "schema: 'x', ...{ 'schema': 'db\\/main.prisma' }",
        "adapter() { return { schema: 'x' } }, note: \"schema: 'x'\", schema: 'db/main.prisma',",
        "test: /['\"`{]/.test(x), schema: 'db/main.prisma'",
    ],
)
def test_path_in_a_config_is_read_without_running_it(setting: str, tmp_path: Path) -> None:
    put(tmp_path / "schema.prisma")
    put(tmp_path / "db" / "main.prisma")
    put(tmp_path / "prisma.config.ts", IMPORTS + EXPORTED % setting)
    found = find_schema(None, tmp_path)
    assert found is not None
    assert found.path == tmp_path / "db" / "main.prisma"


@pytest.mark.parametrize(
    "config",
    [
        "const schema = 'db/main.prisma'\nexport default defineConfig({ schema })",
        "const s: string = path.join('db', 'main.prisma');\nexport default { schema: s }",
        "type C = { schema: string }\nconst c: C = { schema: 'db/main.prisma' }\nexport default c",
        "const base = { schema: 'db/main.prisma' }\nmodule.exports = { ...base, a: 1 }",
        "const p = require('path')\nmodule.exports = { schema: p.join('db', 'main.prisma') }",
        "const t = \"schema: 'x'\" // schema: 'y'\nexport default { schema: 'db/main.prisma' }",
    ],
)
def test_constants_of_a_config_are_followed(config: str, tmp_path: Path) -> None:
    put(tmp_path / "schema.prisma")
    put(tmp_path / "db" / "main.prisma")
    put(tmp_path / "prisma.config.ts", config)
    found = find_schema(None, tmp_path)
    assert found is not None
    assert found.path == tmp_path / "db" / "main.prisma"


@pytest.mark.parametrize(
    "config",
    [
        EXPORTED % "schema: process.env.S ?? 'db/main.prisma'",
        EXPORTED % "schema: isDev ? 'a' : 'b'",
        EXPORTED % "schema: env('SCHEMA')",
        EXPORTED % "schema: import.meta.resolve('./db/main.prisma')",
        EXPORTED % "get schema() { return 'db/main.prisma' }",
        EXPORTED % "['schema']: 'db/main.prisma'",
        EXPORTED % "schema: `${`db`}/main.prisma`",
        EXPORTED % "schema: 'db/main.prisma', ...imported",
        EXPORTED % "...imported",
        "let s = 'a'\ns = 'b'\nexport default { schema: s }",
        "const parts = ['db', 'main.prisma']\nexport default { schema: parts.join('/') }",
        "const s = 'db/main.prisma'.trim()\nexport default { schema: s }",
        "const a = b\nconst b = a\nexport default { schema: a }",
        "export default withSentry({ schema: 'db/main.prisma' })",
        "export default async () => ({ schema: 'db/main.prisma' })",
        "export default { schema: 'db/main.prisma'",
    ],
)
def test_path_that_is_not_read_is_asked_for(config: str, tmp_path: Path) -> None:
    """Never another schema than Prisma would take: no guess, and no fall-back to the default."""
    put(tmp_path / "schema.prisma")
    put(tmp_path / "db" / "main.prisma")
    put(tmp_path / "prisma.config.ts", config)
    with pytest.raises(UsageError, match=r"in prisma\.config\.ts is more") as caught:
        find_schema(None, tmp_path)
    assert caught.value.hint == "Name the schema with --schema."
    assert caught.value.where.startswith(f"{tmp_path / 'prisma.config.ts'}:")


def test_config_in_a_folder_is_relative_to_it(tmp_path: Path) -> None:
    put(tmp_path / "db" / "main.prisma")
    put(tmp_path / ".config" / "prisma.ts", EXPORTED % "schema: '../db/main.prisma'")
    found = find_schema(None, tmp_path)
    assert found is not None
    assert (found.path, found.named_by) == (tmp_path / "db/main.prisma", ".config/prisma.ts")


def test_config_without_a_schema_leaves_the_default(tmp_path: Path) -> None:
    put(tmp_path / "schema.prisma")
    put(tmp_path / "prisma.config.ts", "export default { migrations: { path: 'x' } }")
    found = find_schema(None, tmp_path)
    assert found is not None
    assert found.path == tmp_path / "schema.prisma"


def test_package_json_names_the_schema(tmp_path: Path) -> None:
    put(tmp_path / "db" / "a.prisma")
    put(tmp_path / "package.json", '{"prisma": {"schema": "./db"}}')
    found = find_schema(None, tmp_path)
    assert found is not None
    assert [name for name, _ in read_files(found)] == ["a.prisma"]


@pytest.mark.parametrize("text", ["{", "[]", '{"prisma": 1}', '{"prisma": {"schema": 1}}', "{}"])
def test_package_json_without_a_schema_is_passed_over(text: str, tmp_path: Path) -> None:
    put(tmp_path / "package.json", text)
    assert find_schema(None, tmp_path) is None


def test_missing_schema_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        find_schema(Path("none.prisma"), tmp_path)


def test_folder_without_a_schema_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no \.prisma file"):
        find_schema(tmp_path, tmp_path)


def test_folder_is_read_in_the_order_of_paths(tmp_path: Path) -> None:
    for name in ("b.prisma", "a/z.prisma", "a.prisma", "a/notes.txt"):
        put(tmp_path / name, f"// {name}")
    assert [name for name, _ in read_files(tmp_path)] == ["a.prisma", "a/z.prisma", "b.prisma"]


def test_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "s.prisma"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    assert read_files(path) == (("s.prisma", TEXT),)


def test_text_that_is_not_utf8_is_named_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "s.prisma"
    path.write_bytes(b"// ok\n// \xff\n")
    with pytest.raises(SchemaError) as caught:
        read_schema(path)
    assert caught.value.where == f"{path}:2:4"


def test_file_that_cannot_be_read_is_a_schema_error(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="cannot be read"):
        read_files(tmp_path / "gone.prisma")


def test_default_namespace_reaches_the_models(tmp_path: Path) -> None:
    path = put(tmp_path / "s.prisma")
    assert read_schema(path, default_namespace="shop").models[0].table.namespace == "shop"
