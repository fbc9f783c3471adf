"""The website: pages, their blocks, menus and settings."""

from __future__ import annotations

import datetime as dt

from snapkit.demo._people import user_ids
from snapkit.demo._table import NOW, DemoTable, Row, document, moment, seeded, table

_PAGES = (
    # path, title, status, meta as the editor wrote it
    ("/", "Chợ Làng — có gốc gác", "published", '{ "og:type" : "website",\n  "robots": "index" }'),
    ("/gioi-thieu", "Về chúng tôi", "published", '{"robots":"index","robots":"follow"}'),
    ("/giao-hang", "Giao hàng & đổi trả", "published", None),
    ("/khoa-hoc", "Khóa học", "published", "{}"),
    ("/cong-tac-vien", "Cộng tác viên", "published", "null"),
    (
        "/lien-he",
        "Liên hệ",
        "published",
        '{"schema": {"@type": "LocalBusiness", "tel": "1900 54 54 23"}}',
    ),
    ("/tet", "Tết Bính Ngọ 🧧", "scheduled", None),
    ("/tuyen-dung", 'Tuyển "thợ gốm"', "draft", None),
    ("/404", "Không tìm thấy trang", "archived", '{"robots": "noindex, nofollow"}'),
)

_BLOCKS: tuple[tuple[tuple[str, object, str | None], ...], ...] = (
    # three blocks of each page: type, content, css; the third stands inside the second
    (
        ("HERO", {"title": "Có gốc gác", "cta": {"text": "Đi chợ →", "href": "/c"}}, None),
        (
            "PRODUCTS",
            {"collection": 1, "limit": 8, "sort": ["-rating", "price"]},
            ".grid { gap: 1rem }",
        ),
        ("TEXT", {"md": "**Mới:** trà sen vụ 2025 🪷\n\n- 100 g\n- 890.000 ₫"}, ""),
    ),
    (
        ("TEXT", {"md": "Từ một sạp ở chợ Hôm, 2022…"}, None),
        ("GALLERY", {"images": ["sap.webp", "lo-gom.webp", None], "loop": True}, None),
        (
            "HTML",
            {"html": '<figure class="x">\n\t<img alt="C:\\ảnh">\n</figure>'},
            "figure{margin:0}",
        ),
    ),
    (
        ("TEXT", {"md": "Nội thành 35.000 ₫; dễ vỡ +2 ngày"}, None),
        ("FAQ", {"items": [{"q": "Vỡ thì sao?", "a": "Gửi ảnh trong 24 h."}]}, None),
        ("TEXT", {}, None),
    ),
    (
        ("COURSES", {"ids": [1, 2, 3, 4, 5, 6, 7]}, None),
        ("TEXT", {"md": 'Học thử bài đầu "0 đồng"'}, None),
        ("HTML", {"html": "<!-- </script> -->"}, None),
    ),
    (
        ("HERO", {"title": "Giới thiệu — nhận đến 20%", "bg": "#0f766e"}, None),
        ("TEXT", {"md": "Hoa hồng: 3,3333% — 20%", "rate": 0.033333}, None),
        ("TEXT", {"md": "Trả ngày 15 hằng tháng"}, None),
    ),
    (
        ("TEXT", {"md": "Số 18 ngõ 36 Hoàng Hoa Thám"}, None),
        ("HTML", {"map": {"lat": 21.0405, "lng": 105.8192, "zoom": 16}}, None),
        ("TEXT", [], None),
    ),
    (
        ("HERO", {"title": "Tết Bính Ngọ", "countdown": "2026-02-17T00:00:00+07:00"}, None),
        ("PRODUCTS", {"collection": 1, "limit": 9007199254740993}, None),
        ("TEXT", {"md": "Chúc mừng năm mới 🐎"}, None),
    ),
    (
        ("TEXT", {"md": "Cần 2 thợ gốm, yêu mèo."}, None),
        ("TEXT", None, None),
        ("TEXT", {"md": ""}, None),
    ),
    (
        ("TEXT", {"md": "¯\\_(ツ)_/¯"}, None),
        ("PRODUCTS", {"collection": None, "limit": 4}, None),
        ("TEXT", {"md": "Về [trang chủ](/)"}, None),
    ),
)

_MENUS = (
    # parent, label, icon, url
    (4, "Trà & cà phê", "coffee", "/c/do-uong"),
    (4, "Đồ gốm", None, "/c/gom-su"),
    (4, "Quà Tết 🧧", None, "/tet"),
    (None, "Đi chợ", "basket", "/c"),
    (None, "Khóa học", "school", "/khoa-hoc"),
    (5, "Bán hàng", None, "/khoa-hoc?c=1"),
    (5, "Thủ công", None, "/khoa-hoc?c=3&sort=price"),
    (None, "Bài viết", "pen", "/blog"),
    (None, "Tài khoản", "user", None),
    (9, "Đơn hàng", None, "/me/orders"),
    (9, "Khóa của tôi", None, "/me/courses"),
    (9, "Ví", "wallet", "/me/wallet"),
    (9, "Đăng xuất", "", "/logout"),
    (None, "Quản trị", "gear", "/admin"),
    (14, "Sản phẩm", None, "/admin/products"),
    (14, "Hóa đơn", None, "/admin/invoices"),
    (14, "Cộng tác viên", None, "/admin/affiliates"),
    (14, "Nhật ký", "scroll", "/admin/audit"),
    (23, 'Sao lưu & "phục hồi"', None, "/admin/backup"),
    (23, "Cài đặt", None, "/admin/settings"),
    (None, "Chân trang", None, None),
    (21, "Giao hàng & đổi trả", None, "/giao-hang"),
    (14, "Hệ thống", "cpu", None),
)

_SETTINGS: dict[str, dict[str, object]] = {
    "chung": {
        "site_name": "Chợ Làng",
        "slogan": 'Đồ ngon, đồ đẹp, "có gốc gác"',
        "language": "vi",
        "timezone": "Asia/Ho_Chi_Minh",
        "currency": "VND",
        "logo": "/media/logo.svg",
        "favicon": "",
        "maintenance": False,
        "opening": {"t2-t7": ["07:30", "21:00"], "cn": None},
        "admin_email": "ha.tran@cholang.example",
    },
    "liên hệ": {
        "hotline": "1900 54 54 23",
        "zalo": "https://zalo.me/cholang",
        "facebook": "https://facebook.com/cholang",
        "address": "Số 18 ngõ 36 Hoàng Hoa Thám,\nphường Ngọc Hà,\nHà Nội",
        "map": {"lat": 21.0405, "lng": 105.8192},
        "tax_number": "0109876543",
    },
    "thanh toán": {
        "cod": True,
        "momo": True,
        "vnpay": False,
        "bank_accounts": [{"bank": "VCB", "last4": "1808"}, {"bank": "TCB", "last4": "0042"}],
        "momo_secret": None,
        "vnpay_hash": None,
        "min_order": 50_000,
        "max_cod": 5_000_000,
        "vat": 0.08,
        "rounding": -2,
    },
    "giao hàng": {
        "carriers": ["GHN", "GHTK", "Viettel Post"],
        "fee_local": 35_000,
        "fee_province": 9_500,
        "free_from": None,
        "fragile_days": 2,
        "cutoff": "16:30",
        "weight_limit_kg": 30.5,
        "notes": "Gọi trước 15'\t(không nhắn tin)",
    },
    "khóa học": {
        "certificate": True,
        "pass_percent": 70,
        "preview_lessons": 1,
        "video_host": "https://video.cholang.example/{id}",
        "refund_days": 7,
    },
    "cộng tác viên": {
        "enabled": True,
        "default_rate": 0.033333,
        "cookie_days": 30,
        "tiers": {"đồng": 0, "bạc": 0.01, "vàng": 0.02, "kim cương": 0.05},
        "payday": 15,
        "min_payout": 200_000,
    },
    "seo": {
        "title_suffix": " | Chợ Làng",
        "robots": "User-agent: *\nDisallow: /admin\n",
        "sitemap": True,
        "analytics": None,
        "keywords": ["đặc sản", "làng nghề", "quà Tết"],
    },
    "giao diện": {
        "theme": {"primary": "#0f766e", "radius": 8, "dark": {"primary": "#5eead4"}},
        "banner": '🎉 Săn sale "11.11" — còn {days} ngày!',
        "css": "body { font-family: 'Be Vietnam Pro', sans-serif }\n/* \\2014 */",
        "columns": 4,
        "snow": False,
    },
    "sao lưu": {
        "last_id": 9007199254740993,
        "retention": {"daily": 7, "weekly": 4},
    },
}

_HELP = {
    "slogan": 'Hiện dưới logo.\nTối đa 60 ký tự; dùng "ngoặc kép" được.',
    "css": "Cẩn thận:\t\\ là ký tự thoát.\r\nXem https://example.org/css#escapes",
    "favicon": "",
    "vnpay_hash": "Không lưu ở đây; xem kho bí mật.",
    "last_id": "Lớn hơn 2^53: đừng đọc bằng số của JavaScript 🙂",
}
_SECRETS = {"momo_secret", "vnpay_hash"}


def page_titles() -> tuple[str, ...]:
    """Give the pages' titles in order of their ids, which begin with 1."""
    return tuple(title for _, title, *_ in _PAGES)


def setting_keys() -> tuple[str, ...]:
    """Give the settings' keys in order of their ids, which begin with 1."""
    return tuple(key for settings in _SETTINGS.values() for key in settings)


def tables() -> tuple[DemoTable, ...]:
    """Make the tables of the website."""
    return (_pages(), _blocks(), _menus(), _settings())


def _pages() -> DemoTable:
    rng = seeded("pages")
    ids = user_ids()
    rows: list[Row] = []
    for number, (path, title, status, meta) in enumerate(_PAGES, start=1):
        author = ids[2] if number % 4 else None
        live = moment(rng, NOW - dt.timedelta(days=700)).replace(tzinfo=None, microsecond=0)
        published = None if status == "draft" else live
        rows.append((number, path, title, status, author, meta, published))
    return table("page", "id|path|title|status|author_id|meta|published_at", rows)


def _blocks() -> DemoTable:
    rows: list[Row] = []
    for page, blocks in enumerate(_BLOCKS, start=1):
        for order, (kind, content, css) in enumerate(blocks):
            number = len(rows) + 1
            parent = number - 1 if blocks[order:] == blocks[-1:] else None
            visible = css != ""
            rows.append((number, page, parent, kind, order, document(content), css, visible))
    columns = "id|page_id|parent_id|type|order|content|css|is_visible"
    return table("page_block", columns, rows)


def _menus() -> DemoTable:
    rows = [
        (number, *facts, number % 7, facts[1] != "Ví")
        for number, facts in enumerate(_MENUS, start=1)
    ]
    return table("menus", "id|parentId|label|icon|url|order|isActive", rows)


def _settings() -> DemoTable:
    rng = seeded("settings")
    ids = user_ids()
    rows: list[Row] = []
    for group, settings in _SETTINGS.items():
        for key, value in settings.items():
            number = len(rows) + 1
            text = None if value is None else document(value)
            who = ids[(0, 2, 6)[number % 3]] if number % 5 else None
            changed = moment(rng, NOW - dt.timedelta(days=400))
            kind = _kind(key, value)
            rows.append((number, group, key, kind, text, _HELP.get(key), who, changed))
    columns = "id|group|key|type|value|help|changed_by_id|updated_at"
    return table("website_setting", columns, rows)


def _kind(key: str, value: object) -> str:
    if key in _SECRETS:
        return "SECRET"
    kinds = {bool: "BOOLEAN", int: "NUMBER", float: "NUMBER", dict: "JSON", list: "JSON"}
    return kinds.get(type(value), "STRING")
