"""A small random registry for histories: areas with reforms, services, people, teams, plans; as events of its stream.

Everything comes from one random generator. Most is told before anything is reported, some while it is.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from shared.clock import LOCAL_ZONE
from shared.events import people, plans, registry
from shared.events.base import Event

FIRST = dt.date(2026, 3, 2)
LAST = dt.date(2026, 3, 10)
ONE = dt.timedelta(days=1)
SINCE = dt.date(2020, 1, 1)
BEFORE = dt.datetime(2026, 3, 1, 8, tzinfo=LOCAL_ZONE)
GROUP_REFORM, WARD_REFORM = dt.date(2026, 3, 5), dt.date(2026, 3, 7)
SERVICES: dict[str, tuple[str, bool, list[str]]] = {
    "vneid_activation": ("resident", True, ["transform", "technology"]),
    "digital_skills": ("resident", False, ["initiative"]),
    "sampling_entry": ("record", False, ["technology", "sharing"]),
    "stall_qr_setup": ("stall", True, ["transform"]),
    "stall_first_payment": ("stall", True, ["transform"]),
    "health_record": ("resident", True, []),
}
KINDS = ("union_member", "youth", "police", "student")


def local(day: dt.date, hour: int = 0, minute: int = 0, second: float = 0) -> dt.datetime:
    midnight = dt.datetime.combine(day, dt.time(), LOCAL_ZONE)
    return midnight + dt.timedelta(hours=hour, minutes=minute, seconds=second)


@dataclass(frozen=True)
class Told:
    """The registry told something, at a moment."""

    at: dt.datetime
    subject: UUID
    data: Event
    time: dt.datetime | None = None  # since when it holds, where the event says so; else the moment


@dataclass
class World:
    """What a registry tells, and what reports can name."""

    chance: Random
    told: list[Told] = field(default_factory=list)
    wards: list[UUID] = field(default_factory=list)
    groups: dict[UUID, list[UUID]] = field(default_factory=dict)
    first_groups: dict[UUID, list[UUID]] = field(default_factory=dict)  # as they were before the reforms
    venues: list[UUID] = field(default_factory=list)
    volunteers: list[UUID] = field(default_factory=list)
    teams: list[UUID] = field(default_factory=list)
    members: dict[UUID, list[tuple[UUID, dt.date]]] = field(default_factory=dict)
    campaigns: list[UUID] = field(default_factory=list)
    tops: list[UUID] = field(default_factory=list)
    codes: int = 11690
    reformed_at: dt.datetime = BEFORE

    @classmethod
    def random(cls, chance: Random) -> World:
        made = cls(chance)
        made._areas()
        made._catalogue()
        made._reform_groups()
        made._reform_wards()
        made._people()
        made._plans()
        made.told.sort(key=lambda told: told.at)
        return made

    def new_id(self) -> UUID:
        return UUID(int=self.chance.getrandbits(128), version=4)

    def tell(self, subject: UUID, data: Event, at: dt.datetime = BEFORE, time: dt.datetime | None = None) -> None:
        self.told.append(Told(at, subject, data, time))

    def sometimes_late(self) -> dt.datetime:
        """Mostly before anything is reported, else while it is."""
        if self.chance.random() < 0.7:
            return BEFORE
        return local(FIRST) + (local(LAST) - local(FIRST)) * self.chance.random()

    # -- areas ---------------------------------------------------------------------------------------------------------

    def area(self, level: Any, code: str, parent: UUID | None, since: dt.date = SINCE) -> UUID:
        made = self.new_id()
        residents = self.chance.randrange(50, 900) if level == "residential_group" else None
        fact = registry.AreaDeclared(
            area_id=made, code=code, name=f"{level} {code}", level=level, valid_from=since, parent=parent, residents=residents
        )  # fmt: skip
        self.tell(made, fact)
        return made

    def ward(self, parent: UUID, since: dt.date = SINCE, code: str | None = None) -> UUID:
        self.codes += 1
        return self.area("ward", code or str(self.codes), parent, since)

    def _areas(self) -> None:
        province = self.area("province", "31", None)
        district = self.area("district", "309", province)
        self.tops = [province, district]
        for _ in range(3):
            ward = self.ward(district)
            self.wards.append(ward)
            count = self.chance.randrange(1, 4)
            self.groups[ward] = [self.area("residential_group", f"tdp-{n:02d}", ward) for n in range(1, count + 1)]
            self.first_groups[ward] = list(self.groups[ward])

    def succeed(self, on: dt.date, kind: Any, from_: list[UUID], to: list[registry.Successor]) -> None:
        fact = registry.AreaSucceeded(on=on, kind=kind, from_=from_, to=to)
        # What is told of later days names the groups that earlier successions left, so it is told after these.
        self.reformed_at = max(self.reformed_at, self.sometimes_late())
        self.tell(from_[0], fact, self.reformed_at)

    def _reform_groups(self) -> None:
        """Two groups of a ward become one, or one becomes two, or nothing happens."""
        ward = self.wards[1]
        kind = self.chance.choice(["merge", "split", None, None])
        old = self.groups[ward][: 2 if kind == "merge" else 1]
        if kind is None:
            return
        made = [
            self.area("residential_group", f"tdp-1{n}", ward, GROUP_REFORM) for n in range(1 if kind == "merge" else 2)
        ]
        to = [registry.Successor(area_id=one, is_main=one == made[-1]) for one in made]
        self.succeed(GROUP_REFORM, kind, old, to)
        self.groups[ward] = [one for one in self.groups[ward] if one not in old] + made

    def _reform_wards(self) -> None:
        kind = self.chance.choice(["merge", "split", "split", "rename", "give", None])
        reform = getattr(self, f"_{kind}", None)
        if reform:
            reform(self.chance.choice(self.tops))

    def _merge(self, top: UUID) -> None:
        first, second = self.wards[:2]
        made = self.ward(top, WARD_REFORM, "11691" if self.chance.random() < 0.5 else None)
        groups = self.groups[first] + self.groups[second]
        self.succeed(
            WARD_REFORM, "merge", [first, second], [registry.Successor(area_id=made, is_main=True, groups=groups)]
        )

    def _rename(self, top: UUID) -> None:
        old = self.wards[1]
        made = self.ward(top, WARD_REFORM)
        self.succeed(
            WARD_REFORM, "rename", [old], [registry.Successor(area_id=made, is_main=True, groups=self.groups[old])]
        )

    def _split(self, top: UUID) -> None:
        old = self.wards[1]
        main, other = self.ward(top, WARD_REFORM), self.ward(top, WARD_REFORM)
        cut = self.chance.choice([len(self.groups[old]), self.chance.randrange(len(self.groups[old]) + 1)])
        to = [
            registry.Successor(area_id=main, is_main=True, groups=self.groups[old][:cut]),
            registry.Successor(area_id=other, groups=self.groups[old][cut:]),
        ]
        self.succeed(WARD_REFORM, "split", [old], to)

    def _give(self, _: UUID) -> None:
        """A ward stays and gives a group away."""
        giver, taker = self.wards[1], self.wards[2]
        to = [
            registry.Successor(area_id=giver, is_main=True),
            registry.Successor(area_id=taker, groups=self.groups[giver][:1]),
        ]
        self.succeed(WARD_REFORM, "move", [giver], to)

    # -- services, places, people --------------------------------------------------------------------------------------

    def _catalogue(self) -> None:
        for code, (unit, once, pillars) in SERVICES.items():
            known_at = BEFORE if code != "health_record" else local(FIRST + ONE, 12)
            fact = registry.ServiceDeclared(
                service=code, name_vi=code, name_en=code, pillars=pillars, unit=unit, once=once  # type: ignore[arg-type]
            )  # fmt: skip
            self.tell(self.new_id(), fact, known_at)
        off = [FIRST + ONE * self.chance.randrange(8) for _ in range(self.chance.randrange(3))]
        self.tell(self.new_id(), plans.CalendarSet(year=2026, off_days=sorted(set(off))), self.sometimes_late())
        kinds: tuple[Any, ...] = ("market", "cultural_house", "one_stop")
        for kind in kinds:
            venue = self.new_id()
            self.venues.append(venue)
            area, stalls = self.any_area(), 12 if kind == "market" else None
            self.tell(venue, registry.VenueDeclared(venue=venue, name=kind, kind=kind, area=area, stalls=stalls))

    def any_area(self) -> UUID:
        """A ward or a group of before the reforms."""
        ward = self.chance.choice(self.wards)
        return self.chance.choice([ward, *self.first_groups[ward]])

    def any_area_ever(self) -> UUID:
        """As well a group that a reform made."""
        ward = self.chance.choice(self.wards)
        return self.chance.choice([ward, *self.groups[ward], *self.first_groups[ward]])

    def _people(self) -> None:
        kind: Any
        for _ in range(6):
            one = self.new_id()
            self.volunteers.append(one)
            kind = self.chance.choice(KINDS)
            self.tell(one, people.VolunteerRegistered(volunteer=one, kind=kind, area=self.any_area(), joined_on=SINCE))
        self._teams()
        self._mergers()
        changed, gone, kind = self.volunteers[3], self.volunteers[4], self.chance.choice(KINDS)
        if self.chance.random() < 0.4:
            corrected = people.VolunteerCorrected(volunteer=changed, kind=kind, joined_on=SINCE)
            self.tell(changed, corrected, self.sometimes_late())
        if self.chance.random() < 0.4:
            self.tell(gone, people.VolunteerErased(volunteer=gone, on=FIRST), self.sometimes_late())

    def _mergers(self) -> None:
        """Nobody, two, or three in a chain turn out to be one person."""
        for one, into in [(0, 1), (1, 2)][: self.chance.randrange(3)]:
            fact = people.VolunteerMerged(volunteer=self.volunteers[one], into=self.volunteers[into], on=FIRST)
            at = self.sometimes_late()
            self.tell(self.volunteers[one], fact, at)
            for team, on in self.members.get(self.volunteers[one], []):
                self.members.setdefault(self.volunteers[into], []).append((team, on))
                stay = people.VolunteerJoinedTeam(volunteer=self.volunteers[into], team=team, on=on)
                self.tell(self.volunteers[into], stay, at)

    def _teams(self) -> None:
        for _ in range(2):
            team, on = self.new_id(), FIRST - ONE * 30
            self.teams.append(team)
            self.tell(team, people.TeamFormed(team=team, area=self.any_area(), on=on))
            for member in self.chance.sample(self.volunteers, 3):
                self.tell(member, people.VolunteerJoinedTeam(volunteer=member, team=team, on=on))
                self.members.setdefault(member, []).append((team, on))
        if self.chance.random() < 0.4:
            self.tell(team, people.TeamMoved(team=team, area=self.any_area(), on=FIRST + ONE * 2))
        if self.chance.random() < 0.3:
            self.tell(team, people.TeamDissolved(team=team, area=self.any_area(), on=FIRST + ONE * 5), local(LAST))
        elif self.chance.random() < 0.4:
            self.tell(member, people.VolunteerLeftTeam(volunteer=member, team=team, on=FIRST + ONE * 3))

    # -- plans ---------------------------------------------------------------------------------------------------------

    def _plans(self) -> None:
        for _ in range(self.chance.randrange(1, 3)):
            self._campaign()
        for _ in range(self.chance.randrange(3)):
            area, done, as_of = self.any_area(), self.chance.randrange(20), FIRST + ONE * self.chance.randrange(6)
            fact = plans.OfficialCountRecorded(
                area=area, service="vneid_activation", as_of=as_of, done=done, source="CA"
            )
            self.tell(self.new_id(), fact, self.sometimes_late())

    def _campaign(self) -> None:
        campaign = self.new_id()
        self.campaigns.append(campaign)
        areas = self.chance.choice([[self.tops[1]], self.wards[:1], self.wards[1:], self.wards[1:2]])
        level: Any = self.chance.choice(["ward", "residential_group"])
        told: dict[str, Any] = {
            "campaign": campaign, "name": "Chiến dịch", "kind": "campaign", "areas": areas, "services": ["vneid_activation"],
            "starts_on": FIRST, "ends_on": FIRST + ONE * 6, "daily_report": self.chance.random() < 0.8,
            "reporting_level": level, "state": "running",
        }  # fmt: skip
        self.tell(campaign, plans.CampaignLaunched(**told))
        if self.chance.random() < 0.4:
            changed = plans.CampaignChanged(**told | {"ends_on": LAST + ONE * 8})
            self.tell(campaign, changed, self.sometimes_late() + dt.timedelta(hours=1))
        elif self.chance.random() < 0.3:
            on = FIRST + ONE * self.chance.randrange(1, 9)
            closed = plans.CampaignClosed(**told | {"state": "closed"})
            self.tell(campaign, closed, self.sometimes_late() + dt.timedelta(hours=1), local(on))
            if self.chance.random() < 0.3:
                self.tell(campaign, plans.CampaignChanged(**told), local(LAST))
        for area in {self.any_area_ever() for _ in range(self.chance.randrange(1, 4))}:
            self._targets(campaign, area)

    def _targets(self, campaign: UUID, area: UUID) -> None:
        subject = self.new_id()
        for version in range(1, self.chance.randrange(2, 4)):
            already, more = self.chance.randrange(10), self.chance.randrange(25)
            as_of = FIRST - ONE * (4 - version) if self.chance.random() < 0.7 else FIRST + ONE * (version + 1)
            curve = []
            if self.chance.random() < 0.3:
                middle = FIRST + ONE * 4
                curve = [plans.CurvePoint(date=middle, cumulative=already + more // 3)] if as_of < middle else []
            fact = plans.TargetSet(
                campaign=campaign, area=area, service="vneid_activation", version=version, as_of=as_of, source="Công an",
                eligible=already + more + 3, already_done=already, goal=already + more, curve=curve,
            )  # fmt: skip
            self.tell(subject, fact, self.sometimes_late())
