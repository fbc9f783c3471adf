"""What is on sale: categories, brands, products, collections, warehouses."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cache

from snapkit.demo._people import user_ids
from snapkit.demo._table import (
    NOW,
    SHOP_OPENED,
    DemoTable,
    Row,
    document,
    moment,
    seeded,
    table,
)
from snapkit.demo._text import slug

# Leaves were typed in first and filed under parents later, so that a child's id is below its
# parent's: rows in order of their ids hold children before parents.
_CATEGORIES = (
    # id, parent, name, icon
    (1, 13, "Gạo & ngũ cốc", "🌾"),
    (2, 13, "Nước mắm & gia vị", "🧂"),
    (3, 14, "Cà phê", "☕"),
    (4, 14, "Trà", "🍵"),
    (5, 15, "Bánh mứt", "🍬"),
    (6, 15, "Hạt & trái cây sấy", "🥭"),
    (7, 16, "Gốm sứ", "🏺"),
    (8, 16, "Mây tre đan", "🧺"),
    (9, 17, "Lụa & thổ cẩm", "🧣"),
    (10, 18, "Dao & thớt", "🔪"),
    (11, 18, "Nồi & ấm", "🫖"),
    (12, 22, "Sách nấu ăn", "📚"),
    (13, 19, "Nguyên liệu", None),
    (14, 19, "Đồ uống", None),
    (15, 19, "Ăn vặt", ""),
    (16, 20, "Đồ thủ công", None),
    (17, 20, "Vải vóc", None),
    (18, 21, "Nhà bếp", None),
    (19, None, "Thực phẩm", "🍚"),
    (20, None, "Làng nghề", "🧵"),
    (21, None, "Gia dụng", "🏠"),
    (22, None, "Sách & quà tặng", "🎁"),
)

_BRANDS = (
    # name, country, year of foundation, story
    (
        "Vườn Nhà Bà Tám",
        "VNM",
        1998,
        "Bà Tám bán hạt điều rang muối từ 1998.\nKhông đường hóa học.",
    ),
    ("Cà Phê Buôn Xưa", "VNM", 2009, None),
    ("Gốm Làng Cổ", "VNM", 1954, "Ba đời làm gốm — “nhất dáng, nhì men”."),
    ("Mây Tre Phú Thịnh", "VNM", None, ""),
    ("Trà Mây Núi", "VNM", 2015, "Hái ở 1.400 m, sao tay, ướp sen Tây Hồ 🪷"),
    ("Lụa Nắng Hạ", "VNM", 1986, None),
    ("Nước Mắm Cô Út", "VNM", 1972, "40°N\tủ 18 tháng\tthùng gỗ bời lời"),
    ("堺 Sakai & Con", "JPN", 1931, 'Dao Nhật, "mài một lần, bén một năm"'),
)

_PRODUCTS = (
    # each: name, unit, list price [VND]; then the ids of its category and brand
    ("Gạo ST25 túi 5 kg", "túi", 210_000, 1, None),
    ("Gạo lứt đỏ huyết rồng 2 kg", "túi", 98_000, 1, None),
    ("Nếp cái hoa vàng 1 kg", "kg", 52_000, 1, None),
    ("Yến mạch cán mỏng 500 g", "gói", 69_000, 1, None),
    ("Nước mắm nhĩ 40°N 500 ml", "chai", 185_000, 2, 7),
    ("Nước mắm chay lá dứa", "chai", 75_000, 2, 7),
    ("Muối ớt xanh Nha Trang", "hũ", 39_000, 2, None),
    ("Tiêu sọ Phú Quốc 200 g", "hũ", 125_000, 2, 1),
    ("Hạt dổi rừng 50 g", "lọ", 145_000, 2, None),
    ("Cà phê Robusta honey 500 g", "gói", 165_000, 3, 2),
    ("Cà phê Arabica Cầu Đất 250 g", "gói", 189_000, 3, 2),
    ("Cà phê phin giấy (hộp 10)", "hộp", 119_000, 3, 2),
    ("Phin nhôm khắc tên", "cái", 85_000, 3, 2),
    ("Trà sen Tây Hồ 100 g", "hộp", 890_000, 4, 5),
    ("Trà shan tuyết cổ thụ 200 g", "hộp", 420_000, 4, 5),
    ("Trà ô long Bảo Lộc 150 g", "hộp", 235_000, 4, 5),
    ("Trà gừng mật ong", "hộp", 79_000, 4, None),
    ("Bánh đậu xanh Hải Dương", "hộp", 65_000, 5, None),
    ("Mứt gừng dẻo Huế", "hộp", 88_000, 5, None),
    ("Kẹo dừa Bến Tre 'không răng'", "gói", 45_000, 5, 1),
    ("Bánh pía sầu riêng Sóc Trăng", "hộp", 92_000, 5, None),
    ("Kẹo lạc đỗ Trọng 🥜", "gói", 35_000, 5, None),
    ("Hạt điều rang muối A+ 500 g", "hũ", 215_000, 6, 1),
    ("Xoài sấy dẻo 200 g", "gói", 72_000, 6, 1),
    ("Mít sấy giòn 250 g", "gói", 68_000, 6, 1),
    ("Hạt sen sấy Huế 150 g", "gói", 110_000, 6, None),
    ("Macca nứt vỏ Đắk Lắk 500 g", "hộp", 245_000, 6, 1),
    ("Bộ ấm chén men rạn", "bộ", 1_250_000, 7, 3),
    ("Bình hoa men ngọc cao 32 cm", "cái", 680_000, 7, 3),
    ("Bát ăn cơm vẽ tay (bộ 6)", "bộ", 390_000, 7, 3),
    ("Đĩa chuồn chuồn 24 cm", "cái", 145_000, 7, 3),
    ("Chum ngâm rượu 10 lít", "cái", 950_000, 7, 3),
    ("Giỏ mây quai da", "cái", 320_000, 8, 4),
    ("Đèn lồng tre Hội An", "cái", 180_000, 8, 4),
    ("Khay tre 3 ngăn", "cái", 135_000, 8, 4),
    ("Ghế mây bập bênh", "cái", 2_450_000, 8, 4),
    ("Khăn lụa tơ tằm 70x180", "cái", 560_000, 9, 6),
    ("Áo dài lụa Vạn Phúc", "bộ", 1_890_000, 9, 6),
    ("Túi thổ cẩm Sa Pa", "cái", 240_000, 9, None),
    ("Dao thái Santoku 17 cm", "cái", 1_150_000, 10, 8),
    ("Dao Nakiri 16,5 cm", "cái", 1_090_000, 10, 8),
    ("Thớt gỗ nghiến Cao Bằng", "cái", 265_000, 10, None),
    ("Nồi đất kho cá 1,5 lít", "cái", 120_000, 11, 3),
    ("Ấm siêu sắc thuốc 3 lít", "cái", 210_000, 11, 3),
    ("Nồi gang 24 cm", "cái", 1_390_000, 11, None),
    ("Sách “Bếp nhà 36 món”", "cuốn", 159_000, 12, None),
    ("Sổ tay ghi công thức (bìa vải)", "cuốn", 99_000, 12, 6),
    ("Thẻ quà tặng 500.000 ₫", "cái", 500_000, 22, None),
)

_DESCRIPTIONS = {
    4: "Ủ chượp 18 tháng.\n\nĐộ đạm: 40°N\nThành phần:\tcá cơm (80%),\tmuối (20%)",
    13: 'Ướp 1.000 bông sen cho 1 kg trà.\n"Uống một ngụm, thơm cả chiều." 🪷',
    19: r"Vị: sầu riêng \ lá dứa \ sữa. Ghi chú kho: \N không phải là rỗng.",
    27: "Men rạn giả cổ; mỗi bộ một khác.\r\n<b>Không</b> dùng lò vi sóng & máy rửa bát.",
    39: "Thép VG-10, HRC 60±1; lưỡi mài 15°/15°.",
    40: "",
}

_JAPANESE = 8  # the brand whose cost prices are not for everyone
_CERAMICS = 7  # the category whose goods break
_STATUSES = {17: "OUT_OF_STOCK", 34: "OUT_OF_STOCK", 46: "DRAFT", 21: "DISCONTINUED"}
_FLAGS = ((), ("bán chạy",), ("hàng mới", "ocop"), (), ("ocop",))

_COLLECTIONS = (
    # title, emoji, first day, last day, products
    ("Quà Tết Bính Ngọ", "🧧", "2025-12-15", "2026-02-16", (14, 18, 23, 28)),
    ("Bếp ấm mùa đông", "🍲", "2025-11-01", None, (5, 43, 45)),
    ('Đặc sản "miền Trung"', "🌶️", None, None, (7, 19, 26)),
    ("Góc trà chiều", None, None, None, (15, 28)),
)

_WAREHOUSES = (
    # code, name, address, province, manager's index, latitude, longitude, opens at
    (
        "HN-01",
        "Kho Hà Nội",
        "Lô 7, cụm CN Từ Liêm\n(cổng sau, gọi bảo vệ)",
        1,
        1,
        21.0491,
        105.7463,
    ),
    ("DN-01", "Kho Đà Nẵng", "12/4 Hoàng Văn Thái, Liên Chiểu", 3, None, 16.0544, 108.1536),
    ("SG-02", "Kho Sài Gòn", "Kho C3 - ICD Phước Long, Thủ Đức", 2, 1, 10.8231, 106.7717),
)

_PRICE_CHANGES = (
    # product, days ago, old price, new price, discount [%], reason
    (1, 320, None, "198000.00", None, "Giá mở bán"),
    (1, 41, "198000.00", "210000.00", "0.00", "Nhà máy tăng giá;\nđã báo khách sỉ"),
    (10, 12, "159000.00", "165000.00", "3.77", None),
    (14, 90, "850000.00", "890000.00", "4.71", "Vụ sen ít hoa"),
    (23, 5, "239000.00", "215000.00", "-10.04", 'Flash sale "11.11"'),
    (40, 200, "1200000.00", "1150000.00", "-4.17", ""),
)


@cache
def product_names() -> tuple[str, ...]:
    """Give the products' names in order of their ids, which begin with 1."""
    return tuple(name for name, *_ in _PRODUCTS)


@cache
def product_prices() -> tuple[int, ...]:
    """Give the products' list prices [VND], in the same order."""
    return tuple(price for _, _, price, _, _ in _PRODUCTS)


def product_units() -> tuple[str, ...]:
    """Give the products' units, in the same order."""
    return tuple(unit for _, unit, *_ in _PRODUCTS)


def tables() -> tuple[DemoTable, ...]:
    """Make the tables of goods, and of where they lie."""
    return (
        _categories(),
        _brands(),
        _products(),
        *_collections(),
        _warehouses(),
        _price_history(),
    )


def _categories() -> DemoTable:
    rows: list[Row] = [
        (number, parent, name, slug(name), icon, number % 6, name != "Ăn vặt")
        for number, parent, name, icon in _CATEGORIES
    ]
    return table("categories", "id|parentId|name|slug|icon|order|is_visible", rows)


def _brands() -> DemoTable:
    rows = [(number, *facts) for number, facts in enumerate(_BRANDS, start=1)]
    return table("Brand", "id|display name|country|foundedYear|story", rows)


def _products() -> DemoTable:
    rng = seeded("products")
    rows: list[Row] = []
    for index, (name, unit, price, category, brand) in enumerate(_PRODUCTS):
        created = moment(rng, SHOP_OPENED)
        stars = tuple(int(rng.random() ** 2 * most) for most in (4, 5, 20, 90, 260))
        rows.append(
            (
                index + 1,
                f"CL-{category:02d}-{index + 1:04d}",
                name,
                slug(name),
                _DESCRIPTIONS.get(index),
                unit,
                price,
                None if brand == _JAPANESE else price * rng.randrange(55, 80) // 100,
                Decimal(rng.choice((0, 0, 0, 500, 1000, 1250, 2000))).scaleb(-2),
                None if index == len(_PRODUCTS) - 1 else round(rng.uniform(0.05, 4), 3),
                round(sum(n * s for n, s in enumerate(stars, 1)) / max(1, sum(stars)), 2),
                _STATUSES.get(index + 1, "ON_SALE"),
                ("dễ vỡ",) if category == _CERAMICS else _FLAGS[index % len(_FLAGS)],
                tuple(f"/media/{slug(name)}/{n}.webp" for n in range(1, 2 + index % 3)),
                stars,
                _specs(index, unit),
                8_930_000_000_000 + rng.randrange(10**9) if (index + 2) % 5 else None,
                category,
                brand,
                created,
                moment(rng, created),
            )
        )
    columns = (
        "id|sku|name|slug|description|unit|price|cost_price|discount_percent|weight_kg|rating"
        "|status|flags|image_urls|rating_histogram|specs|barcode|category_id|brand_id|created_at"
        "|updated_at"
    )
    return table("product", columns, rows)


def _specs(index: int, unit: str) -> str:
    if not (index + 3) % 4:
        return "{}"
    specs: dict[str, object] = {"đơn vị": unit, "xuất xứ": "Việt Nam", "đổi trả": index % 7 != 0}
    if not (index + 2) % 4:
        specs["kích thước"] = {"dài": 12.5 + index, "rộng": 8, "cao": None}
    if not (index + 3) % 6:
        specs["ghi chú"] = 'giao "nhẹ tay"\n\\ dễ vỡ / dễ móp'
    return document(specs)


def _collections() -> tuple[DemoTable, DemoTable]:
    shelves: list[Row] = []
    entries: list[Row] = []
    for number, (title, emoji, first, last, products) in enumerate(_COLLECTIONS, start=1):
        days = (None if day is None else dt.date.fromisoformat(day) for day in (first, last))
        shelves.append((number, title, emoji, *days))
        entries.extend((number, product) for product in products)
    return (
        table("collections", "id|title|emoji|starts_on|ends_on", shelves),
        table("_ProductCollections", "A|B", entries),
    )


def _warehouses() -> DemoTable:
    ids = user_ids()
    rows: list[Row] = []
    for number, (code, name, address, province, manager, north, east) in enumerate(_WAREHOUSES, 1):
        opens = dt.time(6, 0) if code == "SG-02" else dt.time(7, 30)
        who = None if manager is None else ids[manager]
        rows.append((number, code, name, address, province, who, north, east, opens))
    columns = "id|code|name|address|province_id|manager_id|latitude|longitude|opens_at"
    return table("warehouses", columns, rows)


def _price_history() -> DemoTable:
    rng = seeded("price history")
    rows: list[Row] = []
    for product, days, old, new, percent, reason in _PRICE_CHANGES:
        then = NOW - dt.timedelta(days=days)
        changed = moment(rng, then, then + dt.timedelta(hours=9))
        rows.append((product, changed, old, new, percent, reason))
    columns = "product id|changed at|giá cũ|giá mới|discount %|shop's reason"
    return table("price history", columns, rows)
