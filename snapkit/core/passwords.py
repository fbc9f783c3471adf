"""Passwords in texts that were never parsed: what looks like one is taken out."""

from __future__ import annotations

import re

_URL_PASSWORD = re.compile(r"(://[^:@/\s]*):([^\s\"']*)@")
_KEYWORD_PASSWORD = re.compile(r"(?i)(password\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s&\"']+)")


def without_passwords(text: str) -> str:
    """Take passwords out of whatever looks like a connection string.

    The last line of defence, for text that was never parsed: an argument in the wrong place.

    Args:
        text: A message.

    Returns:
        The message with `***` in the place of passwords.
    """
    return _KEYWORD_PASSWORD.sub(r"\1***", _URL_PASSWORD.sub(r"\1:***@", text))
