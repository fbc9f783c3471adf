"""Vietnamese text: slugs, and amounts of money in words."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_SCALES = ("", " nghìn", " triệu", " tỷ")
_NOT_SLUG = re.compile(r"[^a-z0-9]+")


@cache
def slug(text: str) -> str:
    """Write a name as it stands in a web address: `Cà phê Đắk Lắk` gives `ca-phe-dak-lak`."""
    plain = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _NOT_SLUG.sub("-", letters).strip("-")


def amount_in_words(amount: int) -> str:
    """Write an amount as an invoice prints it.

    Args:
        amount: Whole đồng, 0 up to 999,999,999,999.

    Returns:
        `Hai trăm mười nghìn đồng chẵn.` for 210,000.

    Raises:
        ValueError: The amount is out of range.
    """
    if not 0 <= amount < 1000 ** len(_SCALES):
        raise ValueError(f"no words for the amount {amount}")
    groups: list[str] = []
    rest, scale = amount, 0
    while rest:
        rest, group = divmod(rest, 1000)
        if group:
            groups.append(_group(group, leading=rest == 0) + _SCALES[scale])
        scale += 1
    words = " ".join(reversed(groups)) or _DIGITS[0]
    return f"{words[0].upper()}{words[1:]} đồng chẵn."


@cache
def _group(number: int, *, leading: bool) -> str:
    """Read a group of three digits; inside a number the hundreds are always said."""
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    words: list[str] = []
    if hundreds or not leading:
        words.append(f"{_DIGITS[hundreds]} trăm")
    if tens == 0 and ones and words:
        words.append("lẻ")
    elif tens == 1:
        words.append("mười")
    elif tens:
        words.append(f"{_DIGITS[tens]} mươi")
    if ones == 1 and tens > 1:
        words.append("mốt")
    elif ones == 5 and tens:  # noqa: PLR2004 -- five is read lăm after a ten
        words.append("lăm")
    elif ones:
        words.append(_DIGITS[ones])
    return " ".join(words)
