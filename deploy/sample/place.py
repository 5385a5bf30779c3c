"""What the registry is told of the sample: areas, successions, venues, offices, people, teams, ward apps.

Plain typed data, read once from the CSV files beside this module; no service is known here. Identifiers are
UUIDs of version 5 made from readable names, so a second load names the same things. Wards are official and
therefore named by their code on a day; residential groups have no national code and carry their own
`area_id`. The era "2023" ends with the reform of 2025-07-01, where "2025" begins.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

NAMESPACE = uuid5(NAMESPACE_URL, "urn:congdongso:sample")
PROVINCE, DISTRICT = "31", "309"
BEGINS_ON, REFORM_ON = date(2020, 1, 1), date(2025, 7, 1)
FOLDER = Path(__file__).parent


def identify(kind: str, name: str) -> UUID:
    return uuid5(NAMESPACE, f"{kind}/{name}")


@dataclass(frozen=True, slots=True)
class Ward:
    """A ward under its official code; `valid_to` is the first day on which it is no more."""

    code: str
    name: str
    parent: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Group:
    area_id: UUID
    ward: str
    code: str
    name: str
    households: int
    residents: int
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class WardSuccession:
    """One ward passes to one successor with these groups; several rows for one `old` are a split."""

    on: date
    old: str
    new: str
    is_main: bool
    groups: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class GroupSuccession:
    """Groups that become one group of today's ward: `move` for one, `merge` for several."""

    on: date
    kind: str
    old: tuple[UUID, ...]
    new: UUID


@dataclass(frozen=True, slots=True)
class Venue:
    """`group` is None when the venue belongs to the whole ward (or district, for code 309)."""

    venue: UUID
    name: str
    kind: str
    area: str
    group: str | None
    serves: tuple[str, ...]
    stalls: int
    stall_prefix: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Office:
    office: str
    name: str


@dataclass(frozen=True, slots=True)
class Volunteer:
    volunteer: UUID
    name: str
    phone: str
    kind: str
    position: str | None
    unit: str | None
    ward: str
    group: str | None
    birth_year: int
    joined_on: date
    skills: tuple[str, ...]
    team: UUID
    team_position: str


@dataclass(frozen=True, slots=True)
class Team:
    team: UUID
    name: str
    ward: str
    group: str | None
    formed_on: date
    leader: UUID
    members: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Client:
    """A ward app; it may write for the ward of this code as it is on the days from `valid_from` on."""

    client_id: str
    name: str
    ward: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Sample:
    province: str
    district: str
    wards: tuple[Ward, ...]
    groups: tuple[Group, ...]
    ward_successions: tuple[WardSuccession, ...]
    group_successions: tuple[GroupSuccession, ...]
    venues: tuple[Venue, ...]
    offices: tuple[Office, ...]
    volunteers: tuple[Volunteer, ...]
    teams: tuple[Team, ...]
    clients: tuple[Client, ...]


WARDS = (
    *(Ward(code, f"Phường {name}", DISTRICT, BEGINS_ON, REFORM_ON) for code, name in (
        ("11683", "Đa Phúc"), ("11686", "Hưng Đạo"), ("11689", "Anh Dũng"),
        ("11692", "Hải Thành"), ("11707", "Hoà Nghĩa"), ("11740", "Tân Thành"))),
    *(Ward(code, f"Phường {name}", PROVINCE, REFORM_ON, None) for code, name in (
        ("11455", "Đồ Sơn"), ("11689", "Hưng Đạo"), ("11692", "Dương Kinh"))),
)  # fmt: skip
MAIN_SUCCESSOR = {"11683": "11689", "11686": "11689", "11689": "11689",
                  "11692": "11692", "11707": "11692", "11740": "11692"}  # fmt: skip
OFFICES = (
    Office("police_ward", "Công an phường"),
    Office("peoples_committee", "Ủy ban nhân dân phường"),
    Office("bank", "Ngân hàng phối hợp trên địa bàn"),
    Office("telecom", "Doanh nghiệp viễn thông phối hợp trên địa bàn"),
)


def rows(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def span(era: str) -> tuple[date, date | None]:
    return (BEGINS_ON, REFORM_ON) if era == "2023" else (REFORM_ON, None)


def group_id(era: str, ward: str, code: str) -> UUID:
    return identify("group", f"{era}/{ward}/{code}")


def read_groups() -> tuple[Group, ...]:
    return tuple(
        Group(group_id(row["era"], row["ward"], row["code"]), row["ward"], row["code"], row["name"],
              int(row["households"]), int(row["residents"]), *span(row["era"]))
        for row in rows("groups.csv")
    )  # fmt: skip


def read_group_successions() -> tuple[GroupSuccession, ...]:
    heirs: dict[UUID, list[UUID]] = {}
    for row in rows("groups.csv"):
        if row["successor_ward"]:
            heir = group_id("2025", row["successor_ward"], row["successor_code"])
            heirs.setdefault(heir, []).append(group_id(row["era"], row["ward"], row["code"]))
    return tuple(
        GroupSuccession(REFORM_ON, "merge" if len(old) > 1 else "move", tuple(old), new) for new, old in heirs.items()
    )


def read_ward_successions() -> tuple[WardSuccession, ...]:
    passing: dict[tuple[str, str], list[UUID]] = {}
    for row in rows("groups.csv"):
        if row["successor_ward"]:
            pair = row["ward"], row["successor_ward"]
            passing.setdefault(pair, []).append(group_id(row["era"], row["ward"], row["code"]))
    return tuple(
        WardSuccession(REFORM_ON, old, new, MAIN_SUCCESSOR[old] == new, tuple(groups))
        for (old, new), groups in passing.items()
    )


def read_venues() -> tuple[Venue, ...]:
    return tuple(
        Venue(identify("venue", row["key"]), row["name"], row["kind"], row["area"], row["group"] or None,
              tuple(row["serves"].split()), int(row["stalls"] or 0), row["stall_prefix"], *span(row["era"]))
        for row in rows("venues.csv")
    )  # fmt: skip


def read_volunteers() -> tuple[Volunteer, ...]:
    return tuple(
        Volunteer(
            identify("volunteer", row["key"]), row["name"], row["phone"], row["kind"],
            row["position"] or None, row["unit"] or None, row["ward"], row["group"] or None,
            int(row["birth_year"]), date.fromisoformat(row["joined_on"]),
            tuple(row["skills"].split("; ")), identify("team", row["team"]), row["team_position"],
        )
        for row in rows("volunteers.csv")
    )  # fmt: skip


def read_teams(volunteers: tuple[Volunteer, ...]) -> Iterator[Team]:
    for row in rows("teams.csv"):
        team = identify("team", row["key"])
        members = [person for person in volunteers if person.team == team]
        leader = next(person.volunteer for person in members if person.team_position == "leader")
        yield Team(team, row["name"], row["ward"], row["group"] or None,
                   date.fromisoformat(row["formed_on"]), leader,
                   tuple(person.volunteer for person in members))  # fmt: skip


def ward_clients() -> Iterator[Client]:
    for ward in WARDS:
        if ward.code != "11455":  # Đồ Sơn only receives one group of Tân Thành; it has no app in the sample
            client_id = f"app-{ward.code}-{'2023' if ward.valid_to else '2025'}"
            name = f"Ứng dụng {ward.name[0].lower()}{ward.name[1:]}"
            yield Client(client_id, name, ward.code, ward.valid_from, ward.valid_to)


def read_sample() -> Sample:
    volunteers = read_volunteers()
    return Sample(
        PROVINCE, DISTRICT, WARDS, read_groups(), read_ward_successions(), read_group_successions(),
        read_venues(), OFFICES, volunteers, tuple(read_teams(volunteers)), tuple(ward_clients()),
    )  # fmt: skip


SAMPLE = read_sample()
# Who signs in to the ward officer's page of today's phường Dương Kinh; a person, with a password.
OFFICER = Client("cb-11692-mau", "Cán bộ phường (mẫu)", "11692", REFORM_ON, None)
