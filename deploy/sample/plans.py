"""What the registry is told of the sample's plans: two campaigns, the targets of their groups, public holidays.

Plain typed data; no service is known here. The campaign of March 2023 has the days of the story told there. The other
one runs while somebody looks: its days are around the day on which the sample is first loaded. All numbers of people
are invented, from the residents of the groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from deploy.sample import place

SERVICE = "vneid_activation"
THEME = "Chuyển đổi số cộng đồng"
MARCH_2023 = date(2023, 3, 1), date(2023, 3, 31)
AROUND = timedelta(days=30)

# By the lunar calendar: the first day of the year, and the tenth of the third month (Hùng Kings). Labour Code 2019,
# article 112; which five days around the first one are off, and days worked in exchange, are announced each year.
TET = {2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26), 2029: (2, 13)}
HUNG_KINGS = {2023: (4, 29), 2024: (4, 18), 2025: (4, 7), 2026: (4, 26), 2027: (4, 16), 2028: (4, 4), 2029: (4, 23)}


@dataclass(frozen=True, slots=True)
class Target:
    group: UUID
    eligible: int
    already_done: int
    excluded: int


@dataclass(frozen=True, slots=True)
class Campaign:
    """`wards` are codes on the first day; `targets` are of the service and the day before."""

    campaign: UUID
    name: str
    kind: str
    wards: tuple[str, ...]
    starts_on: date
    ends_on: date
    targets: tuple[Target, ...]


def campaigns(today: date) -> tuple[Campaign, ...]:
    """The Youth Month of 2023 in the wards of then, and a campaign around `today` in those of now."""
    return (
        campaign("thang-thanh-nien-2023", "Tháng Thanh niên 2023: VNeID đến người cuối cùng", "campaign", *MARCH_2023),
        campaign("cao-diem", "Đợt cao điểm: VNeID đến người cuối cùng", "peak_period", today - AROUND, today + AROUND),
    )


def campaign(key: str, name: str, kind: str, starts_on: date, ends_on: date) -> Campaign:
    groups = [group for group in place.SAMPLE.groups if is_there(group, starts_on)]
    wards = sorted({group.ward for group in groups})
    targets = tuple(target(group, number) for number, group in enumerate(groups))
    return Campaign(place.identify("campaign", key), name, kind, tuple(wards), starts_on, ends_on, targets)


def is_there(group: place.Group, day: date) -> bool:
    return group.valid_from <= day and (group.valid_to is None or day < group.valid_to)


def target(group: place.Group, number: int) -> Target:
    """Three residents of four may have an account; 55 to 79 percent of these have one, by the group's number."""
    eligible = group.residents * 3 // 4
    return Target(group.area_id, eligible, eligible * (55 + number * 7 % 25) // 100, eligible * 2 // 100)


def holidays(year: int) -> list[date]:
    """The public holidays of a year; without those of the lunar calendar where these are not known here."""
    days = [date(year, 1, 1), date(year, 4, 30), date(year, 5, 1), date(year, 9, 1), date(year, 9, 2)]
    if year in TET:
        first = date(year, *TET[year])
        days += [first + timedelta(days=number) for number in range(-1, 4)]
        days.append(date(year, *HUNG_KINGS[year]))
    return sorted(set(days))
