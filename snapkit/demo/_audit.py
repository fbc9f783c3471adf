"""The audit log: who did what to which object, and what it was before."""

from __future__ import annotations

import datetime as dt
from itertools import accumulate
from typing import TYPE_CHECKING

from snapkit.demo._blog import post_ids, post_titles
from snapkit.demo._goods import product_names
from snapkit.demo._people import full_names, user_ids
from snapkit.demo._site import page_titles, setting_keys
from snapkit.demo._table import NOW, DemoTable, Row, document, seeded, table
from snapkit.demo._work import task_titles

if TYPE_CHECKING:
    import random

ENTRIES = 12_763

_FIRST = dt.datetime(2023, 1, 3, 0, 30, tzinfo=dt.UTC)
_ACTIONS = ("UPDATE", "LOGIN", "CREATE", "EXPORT", "DELETE", "LOGIN_FAILED", "RESTORE")
_WEIGHTS = tuple(accumulate((46, 26, 14, 6, 4, 3.9, 0.1)))
_ENTITIES = ("Product", "Order", "ExtListhoadon", "Post", "Page", "WebsiteSetting", "User", "Task")
_STAFF = 15  # the users whose entries there are; the first ones do most
_NOTES = (
    "sửa nhanh từ điện thoại 📱",
    'theo yêu cầu của khách: "đổi màu khác"',
    "nhập từ tệp C:\\nhap\\gia_moi.csv",
    "dòng 1\ndòng 2\n\tdòng 3",
    "",
    "không đủ quyền",
)
_AGENTS = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36",
    "ChoLang-Android/4.2.1 (vi-VN; 'Samsung A55')",
    "curl/8.14.1",
    None,
)


def tables() -> tuple[DemoTable, ...]:
    """Make the audit log, oldest entry first."""
    rng = seeded("audit")
    users, objects = user_ids(), _objects()
    step = (NOW - _FIRST) // dt.timedelta(microseconds=1) // ENTRIES
    rows: list[Row] = []
    for number in range(1, ENTRIES + 1):
        # Each entry falls into its own slice of time, so the log grows with its ids.
        when = _FIRST + dt.timedelta(microseconds=step * (number - 1) + int(rng.random() * step))
        action = rng.choices(_ACTIONS, cum_weights=_WEIGHTS)[0]
        chance = rng.random()
        who = users[int(chance**2 * _STAFF)]
        entity, key, name = _subject(rng, action, objects)
        before, after = _change(rng, action, entity, name)
        rows.append(
            (
                number,
                None if action == "LOGIN_FAILED" else who,
                action,
                entity,
                who if action == "LOGIN" else key,
                before,
                after,
                _NOTES[int(chance * 10_000) % len(_NOTES)] if not number % 9 else None,
                f"203.0.113.{1 + int(chance * 254)}" if number % 23 else "2001:db8::18:27/64",
                _AGENTS[int(chance * 1_000) % len(_AGENTS)],
                rng.randbytes(8) if number % 64 else bytes(8),
                when,
            )
        )
    columns = (
        "id|userId|action|entity|entity_id|before|after|note|ip_address|user_agent|fingerprint"
        "|created_at"
    )
    return (table("audit_logs", columns, rows),)


def _objects() -> dict[str, tuple[tuple[str, str], ...]]:
    """Give what can be acted upon: id and name, by entity."""
    numbered = {
        "Product": product_names(),
        "Order": tuple(f"Đơn #{number}" for number in range(1, 3_001)),
        "ExtListhoadon": tuple(f"HĐ {number}/C25TNA" for number in range(1, 1_401)),
        "Page": page_titles(),
        "WebsiteSetting": setting_keys(),
        "Task": task_titles(),
    }
    objects = {
        entity: tuple((str(number), name) for number, name in enumerate(names, start=1))
        for entity, names in numbered.items()
    }
    objects["Post"] = tuple(zip(post_ids(), post_titles(), strict=True))
    objects["User"] = tuple(zip(user_ids(), full_names(), strict=True))
    return objects


def _subject(
    rng: random.Random, action: str, objects: dict[str, tuple[tuple[str, str], ...]]
) -> tuple[str, str | None, str]:
    """Draw what an entry is about: entity, id and name."""
    login = action.startswith("LOGIN")
    entity = "User" if login else _ENTITIES[int(rng.random() ** 2 * len(_ENTITIES))]
    if action in {"EXPORT", "RESTORE"}:
        return entity, None, ""
    key, name = rng.choice(objects[entity])
    return entity, key, name


def _change(
    rng: random.Random, action: str, entity: str, name: str
) -> tuple[str | None, str | None]:
    """Give what the object was and what it became, as JSON documents."""
    if action.startswith("LOGIN"):
        return None, None
    if action == "EXPORT":
        rows = int(rng.random() * 20_000)
        return None, document({"format": "xlsx", "rows": rows, "filter": None})
    if action == "RESTORE":
        return None, document({"rows": 54_923, "errors": []})
    after = _state(rng, entity, name)
    if action == "CREATE":
        return None, after
    before = _state(rng, entity, name)
    return (before, None) if action == "DELETE" else (before, after)


def _state(rng: random.Random, entity: str, name: str) -> str:
    chance = rng.random()
    state: dict[str, object] = {"name": name}
    if entity == "Product":
        price = 1_000 * int(20 + 900 * chance**2)
        state |= {"price": price, "stock": int(rng.random() * 400), "flags": ["ocop"]}
    elif entity in {"Order", "ExtListhoadon"}:
        status = ("chờ duyệt", "đã duyệt", 'đã "khóa"')[int(chance * 3)]
        state |= {"total": 500 * int(chance * 40_000), "lines": 1 + int(chance * 6)}
        state["status"] = status
    elif entity == "WebsiteSetting":
        state |= {"value": {"on": chance > 0.5, "rate": round(chance, 6)}}  # noqa: PLR2004
    else:
        state |= {"tags": [entity.lower(), f"#{int(chance * 99)}"], "note": None}
    return document(state)
