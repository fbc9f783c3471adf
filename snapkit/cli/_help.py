"""`snapkit --help`: the commands under headings, in plain text.

typer's own headings are drawn by rich, with Markdown and tracebacks imported for it: 0.2 s more for
a page of text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typer.core import TyperGroup

from snapkit.cli.commands import NAMES

if TYPE_CHECKING:
    import typer


class Commands(TyperGroup):
    """The group of all commands; each command's panel is its heading."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """Name the commands that were added, in the order of the help."""
        return sorted(super().list_commands(ctx), key=NAMES.index)

    def format_commands(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]  # noqa: ANN401 -- click's, which typer keeps private
        """Write the commands under their headings, in the order of the help."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            found = self.get_command(ctx, name)
            panel = str(getattr(found, "rich_help_panel", "") or "Commands")
            text = (getattr(found, "help", "") or "").partition("\n")[0]
            panels.setdefault(panel, []).append((name, text))
        width = max((len(name) for rows in panels.values() for name, _ in rows), default=0)
        for panel, rows in panels.items():
            with formatter.section(panel):
                formatter.write_dl([(name.ljust(width), text) for name, text in rows])
