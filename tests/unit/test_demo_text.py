"""Vietnamese text of the demo: slugs and amounts in words."""

from __future__ import annotations

import pytest

from snapkit.demo._text import amount_in_words, slug


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Cà phê Đắk Lắk", "ca-phe-dak-lak"),
        ("  Trà (sen) 🪷 ", "tra-sen"),
        ("Dao Nakiri 16,5 cm", "dao-nakiri-16-5-cm"),
        ("包丁", ""),
    ],
)
def test_slug_is_plain_ascii(name: str, wanted: str) -> None:
    assert slug(name) == wanted


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "Không đồng chẵn."),
        (5, "Năm đồng chẵn."),
        (15, "Mười lăm đồng chẵn."),
        (21, "Hai mươi mốt đồng chẵn."),
        (101, "Một trăm lẻ một đồng chẵn."),
        (210_000, "Hai trăm mười nghìn đồng chẵn."),
        (1_005_010, "Một triệu không trăm lẻ năm nghìn không trăm mười đồng chẵn."),
        (2_000_000_055, "Hai tỷ không trăm năm mươi lăm đồng chẵn."),
    ],
)
def test_amount_in_words_reads_as_an_invoice_does(amount: int, words: str) -> None:
    assert amount_in_words(amount) == words


@pytest.mark.parametrize("amount", [-1, 10**12])
def test_amount_in_words_refuses_what_it_cannot_read(amount: int) -> None:
    with pytest.raises(ValueError, match="no words"):
        amount_in_words(amount)
