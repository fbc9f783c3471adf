"""Moments of JSON files as PostgreSQL prints them.

JavaScript writes `2025-11-01T08:59:16.000Z`, years beyond 9999 with a sign and six digits, and
Prisma writes dates and times of day so too: with midnight, or on the first of January 1970.

Source: ECMAScript, Date Time String Format; PostgreSQL manual, Date/Time Types.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, Final

from snapkit.core.json_text import Unfit

_DATE: Final = r"(?P<year>[0-9]{4}|[+-][0-9]{6})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
_TIME: Final = (
    r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(:(?P<second>[0-9]{2})(\.(?P<fraction>[0-9]{1,12}))?)?"
)
_ZONE: Final = r"(?P<zone>[Zz]|[+-][0-9]{2}(:?[0-9]{2})?)?"
_MOMENT: Final = re.compile(rf"{_DATE}([Tt ]{_TIME}{_ZONE})?", re.ASCII)
# What JavaScript writes of almost every moment; the others go the long way.
_USUAL: Final = re.compile(
    r"(((?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2})T((?!24)[0-9]{2}:[0-9]{2}:[0-9]{2}))(?:\.([0-9]{1,12}))?Z"
)
_OF_DAY: Final = re.compile(rf"{_TIME}{_ZONE}", re.ASCII)
_INFINITE: Final = frozenset({"infinity", "-infinity"})
_PRECISION: Final = 6
_CYCLE: Final = 400  # years after which the calendar repeats
_EPOCH: Final = dt.date(1970, 1, 1)
_MILLENNIUM: Final = 2000
_LAST_YEAR: Final = 294_275  # of a timestamp
_FIRST_YEAR: Final = -4712


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    """A moment in UTC. `at` lies in the years 2000 to 2399; `cycles` are those of 400 years to add.

    `fraction` are the digits of the second's fraction without zeros at the end.
    """

    at: dt.datetime
    cycles: int
    fraction: str

    @property
    def year(self) -> int:
        return self.at.year + self.cycles * _CYCLE

    @property
    def date(self) -> str:
        """The date without its era."""
        year = self.year if self.year > 0 else 1 - self.year
        return f"{year:04}-{self.at:%m-%d}"

    @property
    def era(self) -> str:
        return "" if self.year > 0 else " BC"


def timestamp_text(modifier: str, value: Any, *, zone: str) -> str:  # noqa: ANN401 -- JSON
    """Write a timestamp. A text without an offset is taken as UTC, which Prisma's always are.

    Args:
        modifier: How many digits of the second's fraction the column has; empty for 6.
        value: As `JsonArray` gives it.
        zone: What follows: `+00` with a time zone.

    Returns:
        Such as `2025-11-01 08:59:16.25+00`.

    Raises:
        Unfit: It is no moment, or has more digits than the column.
    """
    usual = _USUAL.fullmatch(value) if isinstance(value, str) else None
    if usual is not None:
        _require_real(usual[1])
        digits = _checked((usual[4] or "").rstrip("0"), modifier)
        return f"{usual[2]} {usual[3]}{digits}{zone}"
    if isinstance(value, str) and value.lower() in _INFINITE:
        return value.lower()
    moment = _moment(value)
    return f"{moment.date} {moment.at:%H:%M:%S}{_fraction(moment, modifier)}{zone}{moment.era}"


def date_text(value: Any) -> str:  # noqa: ANN401 -- JSON
    """Write a date, given alone or as midnight UTC.

    Args:
        value: As `JsonArray` gives it.

    Returns:
        Such as `2025-11-01`.

    Raises:
        Unfit: It is no date, or not midnight.
    """
    if isinstance(value, str) and value.lower() in _INFINITE:
        return value.lower()
    moment = _moment(value)
    if moment.at.time() != dt.time() or moment.fraction:
        raise Unfit("is not midnight UTC, and its column is a date")
    return moment.date + moment.era


def time_text(modifier: str, value: Any, *, zone: str) -> str:  # noqa: ANN401 -- JSON
    """Write a time of day, given alone or on the first of January 1970, UTC.

    Args:
        modifier: How many digits of the second's fraction the column has; empty for 6.
        value: As `JsonArray` gives it.
        zone: What follows: `+00` with a time zone.

    Returns:
        Such as `08:59:16.25`.

    Raises:
        Unfit: It is no time of day, or has more digits than the column.
    """
    of_day = _OF_DAY.fullmatch(value) if isinstance(value, str) else None
    if of_day is None:
        moment = _moment(value)
        if moment.at.date() != _EPOCH.replace(year=moment.at.year) or moment.year != _EPOCH.year:
            raise Unfit("is not on 1970-01-01, and its column is a time of day")
        return f"{moment.at:%H:%M:%S}{_fraction(moment, modifier)}{zone}"
    if of_day["zone"] and not zone and of_day["zone"] not in "Zz":
        raise Unfit("has an offset, and its column has none")
    moment = _moment(f"1970-01-01T{value[: of_day.end('minute')]}:{of_day['second'] or '00'}Z")
    digits = (of_day["fraction"] or "").rstrip("0")
    offset = _offset(of_day["zone"] or "Z")
    shown = _zone(offset) if zone else ""
    return f"{moment.at:%H:%M:%S}{_checked(digits, modifier)}{shown}"


def _require_real(text: str) -> None:
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        raise Unfit("is a moment that does not exist") from None


def _moment(value: Any) -> _Moment:  # noqa: ANN401 -- JSON
    found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Unfit("is not a moment in ISO 8601")
    cycles, year = divmod(int(found["year"]) - _MILLENNIUM, _CYCLE)
    offset = _offset(found["zone"] or "Z")
    try:
        at = dt.datetime(
            year + _MILLENNIUM,
            int(found["month"]),
            int(found["day"]),
            int(found["hour"] or 0),
            int(found["minute"] or 0),
            int(found["second"] or 0),
            tzinfo=dt.UTC,
        )
    except ValueError:
        raise Unfit("is a moment that does not exist") from None
    moment = _Moment(at=at - offset, cycles=cycles, fraction=(found["fraction"] or "").rstrip("0"))
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise Unfit("lies beyond the years that PostgreSQL holds")
    return moment


def _offset(zone: str) -> dt.timedelta:
    if zone in "Zz":
        return dt.timedelta()
    hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or 0)
    if hours > 15 or minutes > 59:  # noqa: PLR2004 -- a clock's
        raise Unfit("has an offset that does not exist")
    offset = dt.timedelta(hours=hours, minutes=minutes)
    return -offset if zone[0] == "-" else offset


def _zone(offset: dt.timedelta) -> str:
    minutes = abs(offset) // dt.timedelta(minutes=1)
    sign = "-" if offset < dt.timedelta() else "+"
    return f"{sign}{minutes // 60:02}" + (f":{minutes % 60:02}" if minutes % 60 else "")


def _fraction(moment: _Moment, modifier: str) -> str:
    return _checked(moment.fraction, modifier)


def _checked(digits: str, modifier: str) -> str:
    precision = int(modifier) if modifier else _PRECISION
    if len(digits) > precision:
        raise Unfit(f"has more than {precision} digits after the second")
    return f".{digits}" if digits else ""
