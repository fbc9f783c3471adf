"""Who is there: provinces, users, their roles and what the roles permit."""

from __future__ import annotations

import datetime as dt

from snapkit.demo._table import (
    NOW,
    SHOP_OPENED,
    DemoTable,
    Row,
    cuid,
    document,
    moment,
    seeded,
    table,
)

_PROVINCES = (
    # code, name, whether a city, area [km²], population
    ("01", "Hà Nội", True, 3359.84, 8_807_523),
    ("79", "Thành phố Hồ Chí Minh", True, 6772.59, 14_002_598),
    ("48", "Đà Nẵng", True, 11859.59, 3_065_628),
    ("31", "Hải Phòng", True, 3194.72, 4_664_124),
    ("92", "Cần Thơ", True, 6360.83, 4_199_824),
    ("46", "Huế", True, 4947.11, 1_432_986),
    ("68", "Lâm Đồng", False, 24233.07, 3_872_999),
    ("56", "Khánh Hòa", False, 8555.86, 2_243_554),
)

_PEOPLE = (
    # full name, mailbox, nickname, gender, birthday, province, primary role
    ("Trần Thu Hà", "ha.tran", "Chị Hà", "nữ", "1985-03-08", 1, "admin"),
    ("Nguyễn Văn Hùng", "hung.nguyen", "", "nam", "1990-11-20", 1, "staff"),
    ("Lê Thị Mai Anh", "maianh", "Mai Anh ✍️", "nữ", "1994-06-01", 2, "staff"),
    ("Phạm Quốc Bảo", "bao.pham", None, "nam", "1979-09-02", 3, "teacher"),
    ("Hoàng Ngọc Diệp", "diep.hoang", "Cô Diệp 🍃", "nữ", "1988-12-22", 6, "teacher"),
    ("Võ Thanh Tùng", "tung.vo", "", "nam", "1997-04-30", 3, "staff"),
    ("Đặng Thùy Linh", "linh.dang", "Linh kế toán", "nữ", "1992-02-29", 1, "staff"),
    ("Bùi Gia Huy", "giahuy.aff", 'Huy "Săn Sale"', "nam", "1999-09-09", 2, "affiliate"),
    ("Đỗ Khánh Vy", "khanhvy", "Vy Vy 💕", "nữ", "2001-01-15", 2, "affiliate"),
    ("Hồ Minh Quân", "quan.ho", None, "nam", "1983-07-17", 5, "affiliate"),
    ("Ngô Bảo Trân", "tran.ngo", "", "nữ", "1996-10-20", 7, "affiliate"),
    ("Dương Đức Thịnh", "thinh.duong", None, "nam", "1975-05-19", 4, "customer"),
    ("Lý Phương Nghi", "nghi.ly", "Bé Na", "nữ", "2003-08-28", 2, "customer"),
    ("Trịnh Hải Yến", "yen.trinh", None, "nữ", None, 8, "customer"),
    ("Đinh Công Sơn", "son.dinh", "C:\\Sơn\\", "nam", "1968-12-31", 1, "customer"),
    ("Huỳnh Như Ý", "nhuy", "Ý\t(ý là ý)", "nữ", "1998-02-14", 5, "customer"),
    ("Seán O'Brien-Trần", "sean", "O'B", "khác", "1987-03-17", None, "customer"),
    ("Khách đã xóa", "deleted+00017", None, None, None, None, "customer"),
)

_BIOS = {
    0: "Mở Chợ Làng từ một sạp nhỏ ở chợ Hôm.\n\nYêu: gốm, trà, và sổ sách gọn gàng. 📒",
    3: 'Dạy chụp ảnh bằng điện thoại.\r\nCâu cửa miệng: "Ánh sáng trước, máy ảnh sau."',
    4: "Nghệ nhân gốm, Huế.\n\t• 12 năm đứng lớp\n\t• 3 lò nung\n\t• 1 con mèo tên Đất Sét 🐈",
    7: "Link trong bio 👇\nhttps://cholang.example/?ref=GIAHUY&utm_source=tiktok",
    14: "Mật khẩu wifi nhà tôi không phải là \\N đâu nhé.",
    16: "Irish-Vietnamese 🇮🇪🇻🇳; orders coffee for the office. Tiếng Việt: đang học…",
    17: "",
}

_PICTURES = {  # the first bytes of a picture; index 5 is an empty value, not a missing one
    0: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00@\x00\x00\x00@\x08\x06\x00\x00\x00",
    3: b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00H\x00H\x00\x00",
    4: b"RIFF$\x00\x00\x00WEBPVP8 \\N\t\n",
    5: b"",
    8: bytes(range(256)),
}

_LABELS: dict[int, tuple[str | None, ...]] = {
    0: ("sáng lập", "VIP"),
    3: ("giảng viên",),
    7: ("tiktok", 'biệt danh "Huy"', "20% hoa hồng"),
    8: ("instagram", None, "NULL"),
    11: ("khách sỉ", "mua {nhiều}, trả chậm"),
    12: ("",),
    15: ("đổi trả\nnhiều lần", "back\\slash"),
}

_PREFERENCES: dict[int, dict[str, object]] = {
    0: {"dashboard": {"widgets": ["doanh thu", "tồn kho"], "columns": 3}},
    6: {"dashboard": {"widgets": [], "columns": None}, "fontSize": 1.15},
    15: {"ghi chú": 'giao "sau 18h"\nđừng bấm chuông 🔕 \\o/'},
    16: {"language": "en"},
}

_STATUSES = {5: "INVITED", 15: "SUSPENDED"}

_CHANNELS = (
    ("EMAIL", "in-app"),
    ("ZALO", "EMAIL", "in-app"),
    ("ZALO",),
    ("SMS", "PUSH"),
    (),
)

_RESOURCES = {
    "product": "sản phẩm",
    "order": "đơn hàng",
    "course": "khóa học",
    "post": "bài viết",
    "user": "người dùng",
    "report": "báo cáo",
}
_ACTIONS = {"view": "Xem", "create": "Thêm", "update": "Sửa", "delete": "Xóa"}

_ROLES = {
    # name: title, permissions ("*" is every action or every resource)
    "admin": ("Quản trị viên", ("*:*",)),
    "staff": (
        "Nhân viên",
        (
            *("product:*", "order:*", "post:*"),
            *("user:view", "user:update", "report:view", "report:create"),
        ),
    ),
    "teacher": ("Giảng viên", ("course:*", "post:view", "post:create", "report:view")),
    "affiliate": ("Cộng tác viên", ("product:view", "course:view", "report:view")),
    "customer": ("Khách hàng", ("product:view", "course:view", "order:create")),
}

_CONDITIONS = {
    ("teacher", "course:update"): document({"own": True}),
    ("teacher", "course:delete"): document({"own": True, "enrollments": {"max": 0}}),
    ("affiliate", "report:view"): document({"scope": ["clicks", "conversions"], "own": True}),
    ("customer", "order:create"): "null",  # JSON's null, which is not SQL's NULL
    ("staff", "order:delete"): document({"status": ["PENDING"], "max_total": 2_000_000}),
}


def user_ids() -> tuple[str, ...]:
    """Give the ids of the 18 users, in their order."""
    rng = seeded("user ids")
    return tuple(cuid(rng) for _ in _PEOPLE)


def full_names() -> tuple[str, ...]:
    """Give the users' full names, in their order."""
    return tuple(name for name, *_ in _PEOPLE)


def tables() -> tuple[DemoTable, ...]:
    """Make the tables of people and of what they may do."""
    return (_provinces(), _users(), _roles(), _permissions(), _grants(), _assignments())


def _provinces() -> DemoTable:
    rows = [(number, *facts) for number, facts in enumerate(_PROVINCES, start=1)]
    return table("provinces", "id|code|name|is_city|area_km2|population", rows)


def _users() -> DemoTable:
    rng = seeded("users")
    ids = user_ids()
    # 7 was referred by 8, who comes later in the data; the last account has lost its referrer.
    referrers = {2: 0, 7: 8, 8: 0, 12: 7, 13: 12, 15: 7, 16: 9}
    rows: list[Row] = []
    for index, (name, mailbox, nickname, gender, birthday, province, role) in enumerate(_PEOPLE):
        created = SHOP_OPENED + dt.timedelta(days=17 * index, seconds=rng.randrange(80_000))
        created += dt.timedelta(microseconds=rng.randrange(10**6))
        gone = mailbox.startswith("deleted")
        rows.append(
            (
                ids[index],
                f"{mailbox}@{'cholang' if role in {'admin', 'staff'} else 'thu'}.example",
                None if gone else f"+84 9{rng.randrange(10**8):08d}",
                name,
                nickname,
                gender,
                None if birthday is None else dt.date.fromisoformat(birthday),
                "DELETED" if gone else _STATUSES.get(index, "ACTIVE"),
                rng.randrange(2**53 + 1, 2**63) if (index + 1) % 4 else None,
                _CHANNELS[index % len(_CHANNELS)],
                _LABELS.get(index, ()),
                _PICTURES.get(index),
                _BIOS.get(index),
                _preferences(index),
                0 if gone else rng.randrange(0, 25_000, 50),
                province,
                ids[referrers[index]] if index in referrers else None,
                None if gone else moment(rng, NOW - dt.timedelta(days=30)),
                created,
                moment(rng, created),
            )
        )
    columns = (
        "id|email|phone|full_name|nickname|gender|birthday|status|zalo_id|channels|labels|avatar"
        "|bio|preferences|loyalty_points|province_id|referred_by_id|last_seen_at|created_at"
        "|updated_at"
    )
    return table("users", columns, rows)


def _preferences(index: int) -> str:
    preferences: dict[str, object] = {
        "theme": "light" if index % 3 else "dark",
        "language": "vi",
    }
    return document(preferences | _PREFERENCES.get(index, {}))


def _roles() -> DemoTable:
    rows = [
        (number, name, title, name == "admin")
        for number, (name, (title, _)) in enumerate(_ROLES.items(), start=1)
    ]
    return table("role", "id|name|title|is_system", rows)


def _permission_names() -> tuple[str, ...]:
    return tuple(f"{resource}:{action}" for resource in _RESOURCES for action in _ACTIONS)


def _permissions() -> DemoTable:
    rows: list[Row] = []
    for number, name in enumerate(_permission_names(), start=1):
        resource, action = name.split(":")
        described = None if action == "view" else f"{_ACTIONS[action]} {_RESOURCES[resource]}"
        rows.append((number, resource, action, described))
    return table("permission", "id|resource|action|description", rows)


def _grants() -> DemoTable:
    rng = seeded("grants")
    rows: list[Row] = []
    for role, (name, (_, patterns)) in enumerate(_ROLES.items(), start=1):
        for number, permission in enumerate(_permission_names(), start=1):
            resource, action = permission.split(":")
            if any(p in patterns for p in ("*:*", f"{resource}:*", f"{resource}:{action}")):
                granted = moment(rng, SHOP_OPENED, SHOP_OPENED + dt.timedelta(days=400))
                rows.append((role, number, _CONDITIONS.get((name, permission)), granted))
    return table("role_permission", "role_id|permission_id|conditions|granted_at", rows)


def _assignments() -> DemoTable:
    ids = user_ids()
    numbers = {name: number for number, name in enumerate(_ROLES, start=1)}
    opened = SHOP_OPENED.date()
    rows: list[Row] = [
        (ids[index], numbers[role], ids[0] if index else None, True, opened, None)
        for index, (*_, role) in enumerate(_PEOPLE)
    ]
    rows.append((ids[2], numbers["teacher"], ids[0], False, dt.date(2024, 9, 5), None))
    until = dt.date(2025, 12, 31)
    rows.append((ids[12], numbers["affiliate"], ids[6], False, dt.date(2025, 6, 1), until))
    columns = "userId|roleId|assignedById|isPrimary|validFrom|validUntil"
    return table("user_role_assignment", columns, rows)
