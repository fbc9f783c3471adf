"""What a section puts on the page: one thing in several forms, so that any viewer shows one."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A section's output. JupyterLab, nbconvert and terminals each take the form they can show.

    `text` is always there, and says the same as the picture or table. `svg` stands inside pages;
    `png` is for JupyterLab, which shows no SVG of a notebook that it does not trust.
    """

    text: str
    alt: str = ""  # of a picture, for those who cannot see it; `text` where empty
    html: str = ""
    svg: str = ""
    png: bytes = b""

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Give Jupyter every form there is."""
        del include, exclude  # Jupyter filters by itself
        data: dict[str, Any] = {"text/plain": self.text}
        metadata: dict[str, Any] = {}
        if self.html:
            data["text/html"] = self.html
        if self.svg:
            data["image/svg+xml"] = self.svg
            metadata["image/svg+xml"] = {"alt": self.alt or self.text}
        if self.png:
            data["image/png"] = base64.b64encode(self.png).decode()
            metadata["image/png"] = {"alt": self.alt or self.text}
        return data, metadata

    def __str__(self) -> str:
        return self.text
