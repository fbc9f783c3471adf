"""Configurations that nobody wrote: a path is found or asked for, and nothing else happens."""

from __future__ import annotations

import contextlib
from pathlib import PurePath

from hypothesis import given
from hypothesis import strategies as st

from snapkit.workflows.prisma_config import UnreadableError, schema_setting

PIECES = [
    *("export default ", "module.exports = ", "defineConfig(", "const s = ", "const schema: T = "),
    *(
        "schema",
        "schema: ",
        "'db'",
        '"a\\u0041"',
        "`x${s}/y`",
        "`${",
        "`",
        "\\",
        "...s",
        "new URL(",
    ),
    *("path.join(", "resolve(", "process.cwd()", "__dirname", " as ", "import.meta.url", "/['\"]/"),
    *("(", ")", "{", "}", "[", "]", ",", ":", ";", "+", "=>", "?", "// c\n", "/* c */", "\n", "é"),
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=25).map("".join))
def test_any_configuration_gives_a_path_or_is_asked_about(text: str) -> None:
    with contextlib.suppress(UnreadableError):
        found = schema_setting(text, "/project/prisma.config.ts", "/project")
        assert found is None or PurePath(found).is_absolute()
