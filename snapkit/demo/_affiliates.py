"""The affiliate programme: campaigns, links, clicks and what the clicks brought in."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from snapkit.demo._goods import product_names, product_prices
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
    uuid4,
)
from snapkit.demo._text import slug

if TYPE_CHECKING:
    import random

CLICKS = 1_994
CONVERSIONS = 184

_CAMPAIGNS = (
    # name, status, channels, commission rate, days, rules, from, until
    (
        "Quà Tết 2025 🧧",
        "ENDED",
        ("EMAIL", "ZALO"),
        "0.080000",
        30,
        {"min_order": 300_000, "excluded": [48]},
        "2024-12-01",
        "2025-02-05",
    ),
    (
        "Khóa học mùa hè",
        "PAUSED",
        ("in-app", "PUSH", "EMAIL"),
        "0.150000",
        45,
        {"min_order": 0, "excluded": [], "tiers": {"vàng": 0.18, "kim cương": 0.2}},
        "2025-05-15",
        "2025-08-31",
    ),
    (
        'Săn sale "11.11"',
        "RUNNING",
        (),
        "0.033333",
        7,
        {"min_order": 99_000, "excluded": [], "ghi chú": "không cộng dồn\nvới mã khác"},
        "2025-10-15",
        None,
    ),
)

_AFFILIATES: tuple[tuple[int, str, str, int | None, str | None, str, object], ...] = (
    # index of the user, code, tier, sponsor, tax number, balance [VND], payout
    (7, "GIAHUY", "vàng", 2, "8012345678", "4210500.00", {"bank": "VCB", "last4": "0407"}),
    (8, "VYVY", "kim cương", None, None, "18827000.50", {"momo": "0901 234 567"}),
    (9, "QUANHO", "bạc", 1, None, "163680.00", None),
    (10, "BAOTRAN", "bạc", 2, "8098765432", "0.00", {}),
    (2, "MAIANH", "đồng", None, None, "57000.25", None),
    (
        3,
        "THAYBAO",
        "vàng",
        None,
        "0400987654",
        "1994000.00",
        {"bank": "TCB", "chủ TK": "PHAM Q BAO"},
    ),
    (4, "CODIEP", "bạc", 6, None, "920000.00", None),
    (12, "BENA", "đồng", 1, None, "-15000.00", [1, "hai", None]),
    (16, "SEAN", "đồng", 2, None, "0.00", {"iban": "IE29 AIBK…", "note": "O'B"}),
)

_PARTICIPATION = ((1, (1, 2, 3, 4)), (2, (1, 2, 6, 7, 9)), (3, (1, 2, 3, 5, 8, 9)))

_AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 15; SM-S928B) AppleWebKit/537.36 Chrome/141.0 Mobile Safari",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36",
    "Mozilla/5.0 (compatible; Zalo/24.9; +https://zalo.me) 'preview'",
    "",
)
_REFERRERS = (
    "https://www.facebook.com/",
    "https://www.tiktok.com/@giahuy.sansale",
    "https://zalo.me/g/abcdef",
    "https://www.google.com/search?q=tr%C3%A0+sen+t%C3%A2y+h%E1%BB%93",
    None,
)
_SOURCES = ("facebook", "tiktok", "zalo", "google", "bạn bè")


def tables() -> tuple[DemoTable, ...]:
    """Make the tables of the affiliate programme."""
    links = _links()
    clicks = _clicks(links)
    return (_campaigns(), _affiliates(), _participation(), links, clicks, _conversions(clicks))


def _campaigns() -> DemoTable:
    rows: list[Row] = []
    for number, (*facts, rules, first, last) in enumerate(_CAMPAIGNS, start=1):
        days = (None if day is None else _midnight(day) for day in (first, last))
        rows.append((number, *facts, document(rules), *days))
    columns = "id|name|status|channels|commission_rate|cookie_days|rules|starts_at|ends_at"
    return table("aff_campaigns", columns, rows)


def _midnight(day: str) -> dt.datetime:
    """Give the beginning of a day in Vietnam, which keeps UTC+7 all year."""
    return dt.datetime.fromisoformat(f"{day}T00:00:00+07:00")


def _affiliates() -> DemoTable:
    rng = seeded("affiliates")
    ids = user_ids()
    rows: list[Row] = [
        (
            number,
            ids[user],
            *facts,
            None if payout is None else document(payout),
            moment(rng, SHOP_OPENED, _midnight("2024-11-30")),
        )
        for number, (user, *facts, payout) in enumerate(_AFFILIATES, start=1)
    ]
    columns = "id|userId|code|tier|sponsor_id|tax_number|balance|payout_details|joined_at"
    return table("aff_users", columns, rows)


def _participation() -> DemoTable:
    rng = seeded("participation")
    rows: list[Row] = []
    for campaign, affiliates in _PARTICIPATION:
        start = _midnight(_CAMPAIGNS[campaign - 1][6])
        for affiliate in affiliates:
            rate = Decimal("0.125") if (campaign, affiliate) == (2, 2) else None
            rows.append((campaign, affiliate, rate, moment(rng, start, start + dt.timedelta(14))))
    return table("aff_campaign_affiliates", "campaign_id|aff_user_id|rate|joined_at", rows)


def _links() -> DemoTable:
    rng = seeded("links")
    names = product_names()
    pairs = [(campaign, who) for campaign, affiliates in _PARTICIPATION for who in affiliates]
    rows: list[Row] = []
    for index in range(20):
        campaign, affiliate = pairs[index % len(pairs)]
        product = None if index % 4 == 0 else rng.randrange(len(names)) + 1
        code = _AFFILIATES[affiliate - 1][1]
        path = "/" if product is None else f"/san-pham/{slug(names[product - 1])}"
        url = f"https://cholang.example{path}?ref={code}&utm_campaign={campaign}"
        active = _CAMPAIGNS[campaign - 1][1] == "RUNNING"
        rows.append(
            (index + 1, campaign, affiliate, product, f"{code.lower()}-{index:02d}", url, active)
        )
    columns = "id|campaign_id|aff_user_id|product_id|slug|target_url|is_active"
    return table("aff_links", columns, rows)


def _clicks(links: DemoTable) -> DemoTable:
    rng = seeded("clicks")
    periods = [
        (_midnight(first), NOW if last is None else _midnight(last))
        for *_, first, last in _CAMPAIGNS
    ]
    rows: list[Row] = []
    for _ in range(CLICKS):
        number, campaign, *_ = links.rows[int(rng.random() ** 1.6 * len(links.rows))]
        first, last = periods[int(str(campaign)) - 1]
        source = rng.randrange(len(_SOURCES))
        rows.append(
            (
                uuid4(rng),
                number,
                rng.getrandbits(63),
                _address(rng),
                None if rng.random() < 0.02 else rng.choice(_AGENTS),  # noqa: PLR2004
                _REFERRERS[source - 1],
                _utm(rng, source),
                moment(rng, first, last),
            )
        )
    columns = "id|link_id|visitor|ip_address|user_agent|referrer|utm|clicked_at"
    return table("aff_clicks", columns, rows)


def _address(rng: random.Random) -> str:
    """Draw an address out of the blocks kept for documentation."""
    if rng.random() < 0.2:  # noqa: PLR2004 -- a fifth of the visitors use IPv6
        return f"2001:db8:{rng.getrandbits(16):x}::{rng.getrandbits(16):x}"
    return f"{rng.choice(('192.0.2', '198.51.100', '203.0.113'))}.{rng.randrange(1, 255)}"


def _utm(rng: random.Random, source: int) -> str | None:
    chance = rng.random()
    if chance < 0.25:  # noqa: PLR2004 -- a quarter of the links carry none
        return None
    parameters = {"utm_source": _SOURCES[source], "utm_medium": "affiliate"}
    if chance > 0.9:  # noqa: PLR2004
        parameters["utm_content"] = 'video "mở hộp" 📦\\n'
    return document(parameters)


def _conversions(clicks: DemoTable) -> DemoTable:
    rng = seeded("conversions")
    prices = product_prices()
    rows: list[Row] = []
    for number in range(1, CONVERSIONS + 1):
        click = clicks.rows[number * CLICKS // CONVERSIONS - 1]
        clicked = click[-1]
        assert isinstance(clicked, dt.datetime)  # noqa: S101 -- the clicks' last column is a moment
        value = sum(rng.choice(prices) for _ in range(rng.randrange(1, 4)))
        course = rng.randrange(1, 8) if rng.random() < 0.3 else None  # noqa: PLR2004
        commission = (Decimal(value) * rng.choice((33_333, 80_000, 150_000))).scaleb(-6)
        status = rng.choice(("PENDING", "APPROVED", "APPROVED", "PAID", "REJECTED"))
        after = clicked + dt.timedelta(seconds=rng.randrange(40, 7_200), microseconds=number)
        rows.append((number, click[0], None, course, value, commission, status, None, after))
    columns = "id|click_id|order_id|course_id|order_value|commission|status|payment_id|converted_at"
    return table("aff_conversions", columns, rows)
