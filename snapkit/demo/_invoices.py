"""Electronic invoices: three tables with most of the shop's rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from snapkit.demo._goods import product_names, product_prices, product_units
from snapkit.demo._table import NOW, DemoTable, Row, moment, seeded, table, uuid4
from snapkit.demo._text import amount_in_words, slug

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

INVOICES = 4_210
DETAILS = 18_827
MATCHED = 16_368

_FIRST_DAY = dt.date(2023, 1, 3)
_DAYS = (NOW.date() - _FIRST_DAY).days

_Party = tuple[str | None, str, str | None]
"""Tax number, name, address."""

_SHOP: _Party = (
    "0109876543",
    "CÔNG TY TNHH CHỢ LÀNG",
    "Số 18 ngõ 36 Hoàng Hoa Thám, phường Ngọc Hà, Hà Nội",
)

_SUPPLIERS: tuple[_Party, ...] = (
    ("0302145876", "CÔNG TY CỔ PHẦN LƯƠNG THỰC MIỀN TÂY", "Ấp 3, xã Mỹ Xuyên, Cần Thơ"),
    ("1700234561", "DNTN NƯỚC MẮM CÔ ÚT", "Khu phố 2, đặc khu Phú Quốc, An Giang"),
    ("6001238745", "HTX CÀ PHÊ BUÔN XƯA", "Buôn Akô Dhông, Đắk Lắk"),
    ("5400456123", "HTX CHÈ SHAN TUYẾT CỔ THỤ", None),
    ("0800765432", 'CƠ SỞ BÁNH ĐẬU XANH GIA TRUYỀN "NGUYÊN HƯƠNG"', "Hải Phòng"),
    ("3300987612", "HỘ KINH DOANH MỨT GỪNG O LỆ", "Kim Long, Huế"),
    ("0101223344", "CÔNG TY TNHH GỐM LÀNG CỔ", "Xóm 5, Bát Tràng, Hà Nội"),
    ("4000112233", "HỢP TÁC XÃ MÂY TRE PHÚ THỊNH", ""),
    ("0107766554", "CÔNG TY TNHH MTV LỤA NẮNG HẠ", "Vạn Phúc, Hà Đông, Hà Nội"),
    ("0315566778", "SAKAI & CON (VIỆT NAM) CO., LTD", "Tầng 9, số 2 Ngô Đức Kế, TP. Hồ Chí Minh"),
    ("0104128565", "CÔNG TY CP GIAO HÀNG NHANH TỐC", "Cầu Giấy, Hà Nội"),
    ("0312345679-001", "CHI NHÁNH BAO BÌ GIẤY Á CHÂU", "KCN Tân Bình,\nTP. Hồ Chí Minh"),
)

_CUSTOMERS: tuple[_Party, ...] = (
    (None, "Khách lẻ không lấy hóa đơn", None),
    ("0201112223", "KHÁCH SẠN BIỂN XANH", "Đồ Sơn, Hải Phòng"),
    ("0402223334", "NHÀ HÀNG O MẬN - BẾP MIỀN TRUNG", "Sơn Trà, Đà Nẵng"),
    ("0313334445", "CÔNG TY TNHH QUÀ TẶNG DOANH NGHIỆP SEN VÀNG", "Quận 3 (cũ), TP. Hồ Chí Minh"),
    (None, "Trịnh Hải Yến", "Nha Trang, Khánh Hòa"),
    (None, "Seán O'Brien-Trần", ""),
)

_SERVICES = (
    # what is bought besides goods: name, unit, price [VND], tax rate
    ("Cước vận chuyển nội thành", "chuyến", 35_000, "8%"),
    ("Cước vận chuyển liên tỉnh (hàng dễ vỡ)", "kg", 9_500, "8%"),
    ("Thùng carton 3 lớp 30x20x15", "cái", 4_350, "10%"),
    ("Màng bọc khí cuộn 1,2 m", "cuộn", 215_000, "10%"),
    ('Tem nhãn "Hàng Việt" in decal', "tờ", 1_250, "10%"),
    ("Thuê gian hàng hội chợ\n(3 ngày)", "gói", 6_500_000, "10%"),
    ("Dạy nghề gốm (không chịu thuế)", "buổi", 450_000, "KCT"),
)

_RATES = {"KCT": 0.0, "0%": 0.0, "5%": 0.05, "8%": 0.08, "10%": 0.1}
_NOTES = ("Hàng khuyến mại", "", "Đã giao đủ ✅", "Ghi sai đơn vị,\tđã báo lại", "C:\\hoadon\\2024")


@dataclass(frozen=True, slots=True)
class _Good:
    """Something that stands on an invoice line."""

    product: int | None
    name: str
    unit: str
    price: int
    rate: str


@dataclass(frozen=True, slots=True)
class _Invoice:
    """The parts of an invoice that its lines decide."""

    id: str
    direction: str
    lines: tuple[Row, ...]
    net: int
    tax: int


def tables() -> tuple[DemoTable, ...]:
    """Make the invoices, their lines, and what the lines were matched with."""
    goods = _goods()
    invoices = _invoices(goods)
    return _heads(invoices), _details(invoices), _matches(invoices, goods)


@cache
def _goods() -> tuple[_Good, ...]:
    sold = zip(product_names(), product_units(), product_prices(), strict=True)
    products = [
        _Good(number, name, unit, price, "5%" if price < 100_000 else "8%")  # noqa: PLR2004
        for number, (name, unit, price) in enumerate(sold, start=1)
    ]
    return (*products, *(_Good(None, *service) for service in _SERVICES))


def _line_counts(rng: random.Random) -> list[int]:
    """Split the lines over the invoices: one each, the rest by chance, some invoices long."""
    counts = [1] * INVOICES
    for _ in range(DETAILS - INVOICES):
        counts[int(INVOICES * rng.random() ** 1.4)] += 1
    # The long ones must not all be the oldest: step through with a stride prime to the count.
    return [counts[index * 1_009 % INVOICES] for index in range(INVOICES)]


def _invoices(goods: tuple[_Good, ...]) -> list[_Invoice]:
    rng = seeded("invoice lines")
    invoices: list[_Invoice] = []
    for count in _line_counts(rng):
        lines: list[Row] = []
        net, tax = 0, 0.0
        for number in range(1, count + 1):
            good = goods[int(rng.random() * len(goods))]
            line, amount = _line(rng, number, good)
            lines.append(line)
            net += amount
            tax += amount * _RATES[good.rate]
        direction = "mua vào" if rng.random() < 0.7 else "bán ra"  # noqa: PLR2004
        invoices.append(_Invoice(uuid4(rng), direction, tuple(lines), net, round(tax)))
    return invoices


def _line(rng: random.Random, number: int, good: _Good) -> tuple[Row, int]:
    """Make one line: its columns from `stt` on, and its amount [VND]."""
    chance = rng.random()
    quantity = Decimal(1 + int(chance**3 * 120))
    if good.unit == "kg":
        quantity += Decimal(int(chance * 10_000) % 1_000).scaleb(-3)
    discount = int(good.price * quantity) // 20 if chance < 0.06 else 0  # noqa: PLR2004
    amount = int(good.price * quantity) - discount
    note = _NOTES[int(chance * 1_000) % len(_NOTES)] if chance > 0.93 else None  # noqa: PLR2004
    unit = None if good.unit == "gói" and chance > 0.9 else good.unit  # noqa: PLR2004
    rate = _RATES[good.rate]
    row = (number, good.name, unit, quantity, good.price, discount, good.rate, rate, amount, note)
    return row, amount


def _heads(invoices: list[_Invoice]) -> DemoTable:
    rng = seeded("invoices")
    rows: list[Row] = []
    numbers = dict.fromkeys(range(len(_SUPPLIERS) + 1), 0)
    for index, invoice in enumerate(invoices):
        day = _FIRST_DAY + dt.timedelta(days=_DAYS * index // INVOICES)
        if invoice.direction == "bán ra":
            party, seller, buyer = len(_SUPPLIERS), _SHOP, rng.choice(_CUSTOMERS)
        else:
            party = rng.randrange(len(_SUPPLIERS))
            seller, buyer = _SUPPLIERS[party], _SHOP
        numbers[party] += 1 + int(rng.random() * 3)
        signed = dt.datetime.combine(day, dt.time(1), dt.UTC)
        total = invoice.net + invoice.tax
        rows.append(
            (
                invoice.id,
                f"{rng.getrandbits(80):020x}",
                invoice.direction,
                1 if party % 3 else 2,
                f"C{day:%y}T{'ABCDEFGHIKLMN'[party]}{'AY'[party % 2]}",
                numbers[party],
                *seller,
                *buyer,
                day,
                moment(rng, signed, signed + dt.timedelta(hours=9)) if index % 50 else None,
                invoice.net,
                invoice.tax,
                total,
                amount_in_words(total),
                "VND",
                *_state(index, invoices),
                _extras(rng, index),
                rng.randbytes(32) if index % 3 else None,
                (signed + dt.timedelta(days=1, minutes=index % 600)).replace(tzinfo=None),
            )
        )
    columns = (
        "id|id_server|direction|khmshdon|khhdon|shdon|nbmst|nbten|nbdchi|nmmst|nmten|nmdchi|tdlap"
        "|nky|tgtcthue|tgtthue|tgtttbso|tgtttbchu|dvtte|tthai|replaces_id|ttkhac|signature"
        "|fetched_at"
    )
    return table("ext_listhoadon", columns, rows)


def _state(index: int, invoices: list[_Invoice]) -> tuple[str, str | None]:
    """Give state and replaced invoice; every 97th is replaced by the one after it."""
    if not (index + 1) % 97 and index + 1 < len(invoices):
        return "4", None
    if index and not index % 97:
        return "2", invoices[index - 1].id
    return ("6", None) if not (index + 5) % 211 else ("1", None)


def _extras(rng: random.Random, index: int) -> str | None:
    """Give the free fields of some invoices as the tax office sends them: JSON kept as text."""
    if index % 5:
        return None
    code = f"M1-{rng.randrange(16**10):010X}"
    return (
        f'[ {{"ttruong": "Mã CQT", "kdlieu": "string", "dlieu": "{code}"}},\n'
        '  {"ttruong":"Ghi chú","dlieu":"giao \\"giờ hành chính\\"","dlieu":null} ]'
    )


def _details(invoices: list[_Invoice]) -> DemoTable:
    rows = [(invoice.id, *line) for invoice in invoices for line in invoice.lines]
    columns = "id|hoadon_id|stt|ten|dvtinh|sluong|dgia|stckhau|ltsuat|tsuat|thtien|ghichu"
    numbered = [(number, *row) for number, row in enumerate(rows, start=1)]
    return table("ext_detailhoadon", columns, numbered)


def _matches(invoices: list[_Invoice], goods: tuple[_Good, ...]) -> DemoTable:
    """Match all lines but a few, spread evenly over the years."""
    rng = seeded("matches")
    by_name = {good.name: good for good in goods}
    rows: list[Row] = []
    for detail, name in enumerate(_names(invoices), start=1):
        if len(rows) * DETAILS >= detail * MATCHED:
            continue
        good = by_name[name]
        words = _keywords(name)
        chance = rng.random()
        rows.append(
            (
                len(rows) + 1,
                detail,
                good.product if chance < 0.97 else None,  # noqa: PLR2004
                f"{slug(name)[:12].upper()}-{good.product or 0:03d}",
                name.split("\n")[0],
                good.unit,
                Decimal("0.083333") if chance > 0.985 else 1,  # noqa: PLR2004
                round(0.55 + chance * 0.45, 4),
                (*words, None) if chance < 0.01 else words,  # noqa: PLR2004
                moment(rng, NOW - dt.timedelta(days=600)),
            )
        )
    columns = "id|detailId|productId|maHang|tenChuan|dvtChuan|heSoQuyDoi|doTinCay|tuKhoa|matchedAt"
    return table("ext_sanphamhoadon", columns, rows)


def _names(invoices: list[_Invoice]) -> Iterator[str]:
    for invoice in invoices:
        for line in invoice.lines:
            yield str(line[1])


@cache
def _keywords(name: str) -> tuple[str, ...]:
    return tuple(name.lower().replace("\n", " ").split())[:4]
