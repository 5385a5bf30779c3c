"""Random histories of merges, splits, renames and moves of wards and groups, told in any order, on a real PostgreSQL:
nobody is lost, the past stays, and who reads the stream has the same answers.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from services.registry.commands import areas as area_commands
from services.registry.commands import people, venues
from services.registry.commands.areas import NewArea
from services.registry.commands.placements import place
from services.registry.commands.successions import succeed
from services.registry.commands.successions_planned import Declaration, Heir
from services.registry.model import Area
from services.registry.queries import areas as queries
from services.registry.store import open_engine, reading, writing
from shared import areas as replica
from shared.areas import AreaBook
from shared.database import transaction
from shared.events.facts import Logged, decode_fact
from shared.events.registry import AreaDeclared, AreaSucceeded
from shared.problems import Problem
from tests.integration.registry_house import migrate_registry
from tests.support.postgres import TestPostgres

BEGIN = dt.date(2020, 1, 1)
TABLES = "placement, area_succession, area_transfer, volunteer, venue, area, event_log, event_key, change"
KINDS = ("merge", "split", "rename", "move")
Answers = dict[dt.date, dict[UUID, UUID | None]]


@dataclass
class World:
    """A registry and a reader of its stream, each in a database of its own, emptied before each history."""

    engine: sa.Engine
    reader: sa.Engine
    names: int = 0
    wards: list[UUID] = field(default_factory=list)
    groups: list[UUID] = field(default_factory=list)
    things: dict[UUID, dt.date] = field(default_factory=dict)
    days: set[dt.date] = field(default_factory=set)
    told: int = 0

    def empty(self) -> None:
        self.names, self.told = 0, 0
        self.wards, self.groups, self.things, self.days = [], [], {}, {BEGIN}
        with transaction(self.engine) as connection:
            connection.execute(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")
        with transaction(self.reader) as connection:
            connection.execute("TRUNCATE area, area_parent, area_succession, area_version")

    def ward(self, session: Session, since: dt.date) -> UUID:
        self.names += 1
        new = NewArea(level="ward", code=f"{10000 + self.names}", name=f"Xã {self.names}", valid_from=since)
        made = area_commands.declare_area(session, new).area_id
        self.wards.append(made)
        return made

    def group(self, session: Session, ward: UUID, since: dt.date) -> UUID:
        self.names += 1
        new = NewArea(
            level="residential_group",
            code=f"tdp-{self.names:02d}",
            name=f"Tổ {self.names}",
            parent_id=ward,
            valid_from=since,
        )
        made = area_commands.declare_area(session, new).area_id
        self.groups.append(made)
        return made

    def volunteer(self, session: Session, area: UUID, since: dt.date) -> None:
        new = people.NewVolunteer(full_name="An", kind="youth", area_id=area, joined_on=since)
        self._thing(session, people.register_volunteer(session, new).volunteer_id)

    def venue(self, session: Session, area: UUID, since: dt.date) -> None:
        new = venues.NewVenue(name="Nhà văn hóa", kind="cultural_house", area_id=area, placed_on=since)
        self._thing(session, venues.declare_venue(session, new).venue_id)

    def _thing(self, session: Session, thing: UUID) -> None:
        first = session.scalar(
            sa.text("SELECT min(placed_on) FROM placement WHERE subject_id = :thing"), {"thing": thing}
        )
        assert first
        self.things[thing] = first
        self.days.add(first)

    # -- answers -----------------------------------------------------------------------------------------------------

    def answers(self) -> Answers:
        """Where every group and everything else is, on each day on which something changes and the days around it."""
        one = dt.timedelta(days=1)
        days = sorted({around for day in self.days for around in (day - one, day, day + one)})
        with reading(self.engine) as session:
            return {day: self._answers(session, day) for day in days}

    def _answers(self, session: Session, day: dt.date) -> dict[UUID, UUID | None]:
        above = queries.areas_with_parents(day).where(queries.is_valid_on(day), Area.level == "residential_group")
        found: dict[UUID, UUID | None] = {row.area_id: row.parent_id for row in session.execute(above)}
        placed = sa.text(
            """SELECT DISTINCT ON (subject_id) subject_id, area_id FROM placement
                WHERE subject <> 'group' AND placed_on <= :day ORDER BY subject_id, placed_on DESC"""
        )
        return found | {row.subject_id: row.area_id for row in session.execute(placed, {"day": day})}

    def valid_on(self, day: dt.date) -> dict[UUID, str]:
        with reading(self.engine) as session:
            query = sa.select(Area.area_id, Area.level).where(queries.is_valid_on(day))
            return {row.area_id: row.level for row in session.execute(query)}

    def read_on(self) -> AreaBook:
        """What a reader of the stream knows after what was told since the last time."""
        with transaction(self.engine) as connection:
            rows = connection.execute("SELECT body FROM event_log ORDER BY log_id").fetchall()
        with transaction(self.reader) as connection:
            for (body,) in rows[self.told :]:
                logged = json.loads(body)
                fact = decode_fact(
                    msgspec.convert(logged | {"data": msgspec.Raw(json.dumps(logged["data"]).encode())}, Logged)
                )
                if isinstance(fact, AreaDeclared):
                    replica.declare(connection, fact)
                elif isinstance(fact, AreaSucceeded):
                    replica.succeed(connection, fact)
            self.told = len(rows)
            return AreaBook.load(connection)

    def forget_what_is_not_there(self) -> None:
        """A refused step leaves nothing."""
        with reading(self.engine) as session:
            known = set(session.scalars(sa.select(Area.area_id)))
            placed = set(session.scalars(sa.text("SELECT subject_id FROM placement")))
        self.wards = [one for one in self.wards if one in known]
        self.groups = [one for one in self.groups if one in known]
        self.things = {one: since for one, since in self.things.items() if one in placed}


@pytest.fixture(scope="module")
def world(postgres: TestPostgres) -> Iterator[World]:
    registry, reader = postgres.fresh_database(migrate_registry), postgres.fresh_database()
    made = World(open_engine(registry, pool_size=2), open_engine(reader, pool_size=2))
    metadata = sa.MetaData()
    replica.define_tables(metadata)
    metadata.create_all(made.reader)
    yield made
    made.engine.dispose()
    made.reader.dispose()
    postgres.drop(registry)
    postgres.drop(reader)


def begin(world: World, data: st.DataObject) -> None:
    """Two or three wards, with groups, and people and venues in both."""
    with writing(world.engine) as session:
        for _ in range(data.draw(st.integers(2, 3), label="wards")):
            ward = world.ward(session, BEGIN)
            for _ in range(data.draw(st.integers(1, 3), label="groups")):
                world.volunteer(session, world.group(session, ward, BEGIN), BEGIN)
            world.volunteer(session, ward, BEGIN)
            world.venue(session, ward, BEGIN)


def check(world: World, answers: Answers) -> None:
    book = world.read_on()
    for day, where in answers.items():
        valid = world.valid_on(day)
        for group in [one for one, level in valid.items() if level == "residential_group"]:
            assert valid.get(where[group] or group) == "ward", (day, group)
            assert book.parent(group, day) == where[group], (day, group)
            assert book.ward(group, day) is not None
        for thing, since in world.things.items():
            if day >= since:
                assert valid.get(where[thing] or thing) in ("ward", "residential_group"), (day, thing)


# -- what may happen ---------------------------------------------------------------------------------------------------


def living(session: Session, areas: list[UUID], day: dt.date) -> list[UUID]:
    """Those of these areas that are there on the day before and, as far as is known, on the day."""
    query = sa.select(Area.area_id).where(queries.is_valid_on(day - dt.timedelta(days=1)), Area.area_id.in_(areas))
    return sorted(session.scalars(query))


def below(session: Session, wards: list[UUID], day: dt.date) -> list[UUID]:
    before = day - dt.timedelta(days=1)
    query = queries.areas_with_parents(before).where(queries.is_valid_on(before), queries.parent_on(before).in_(wards))
    return sorted(row.area_id for row in session.execute(query))


def directly_in(session: Session, world: World, areas: list[UUID], day: dt.date, subject: str) -> list[UUID]:
    found = session.execute(
        sa.text(
            """SELECT DISTINCT ON (subject_id) subject_id, area_id FROM placement
                WHERE subject = :subject AND placed_on < :day ORDER BY subject_id, placed_on DESC"""
        ),
        {"day": day, "subject": subject},
    )
    return sorted(row.subject_id for row in found if row.area_id in areas)


def some(data: st.DataObject, of: list[UUID], label: str) -> list[UUID]:
    return data.draw(st.lists(st.sampled_from(of), unique=True), label=label) if of else []


def one_of(data: st.DataObject, of: list[UUID], label: str) -> UUID:
    if not of:
        raise Problem("invalid", "nothing to draw from")
    return data.draw(st.sampled_from(of), label=label)


def merge_or_split_wards(world: World, session: Session, data: st.DataObject, day: dt.date) -> None:
    wards = living(session, world.wards, day)
    old = [one_of(data, wards, "ward"), *some(data, wards, "more wards")]
    declare(world, session, data, day, list(dict.fromkeys(old)), world.ward)


def pass_to_a_ward_that_is_there(world: World, session: Session, data: st.DataObject, day: dt.date) -> None:
    wards = living(session, world.wards, day)
    old, heir = one_of(data, wards, "ward"), one_of(data, wards, "heir")
    to = [Heir(area_id=heir, is_main=True)]
    succeed(session, Declaration(on=day, kind="merge", from_ids=[old], to=to))


def give_groups_away(world: World, session: Session, data: st.DataObject, day: dt.date) -> None:
    """The ward stays; some of its groups and things go to another one, which is there or new."""
    wards = living(session, world.wards, day)
    giver = one_of(data, wards, "giver")
    taker = data.draw(st.sampled_from([*wards, None]), label="taker") or world.ward(session, day)
    to = [Heir(area_id=giver, is_main=True), named_heir(session, world, data, [giver], taker, day)]
    succeed(session, Declaration(on=day, kind="move", from_ids=[giver], to=to))


def merge_or_split_groups(world: World, session: Session, data: st.DataObject, day: dt.date) -> None:
    groups = living(session, world.groups, day)
    old = [one_of(data, groups, "group"), *some(data, groups, "more groups")]
    wards = living(session, world.wards, day + dt.timedelta(days=1))
    ward = one_of(data, wards, "ward of the new group")
    declare(world, session, data, day, list(dict.fromkeys(old)), lambda s, since: world.group(s, ward, since))


def join_a_group(world: World, session: Session, data: st.DataObject, day: dt.date) -> None:
    groups = living(session, world.groups, day)
    old, heir = one_of(data, groups, "group"), one_of(data, groups, "heir")
    succeed(session, Declaration(on=day, kind="merge", from_ids=[old], to=[Heir(area_id=heir, is_main=True)]))


def declare(world: World, session: Session, data: st.DataObject, day: dt.date, old: list[UUID], make: Any) -> None:
    new = [make(session, day) for _ in range(data.draw(st.integers(1, 2), label="heirs"))]
    to = [Heir(area_id=new[0], is_main=True)]
    to += [named_heir(session, world, data, old, heir, day) for heir in new[1:]]
    kind = "merge" if len(old) > 1 else "rename" if len(new) == 1 else "split"
    succeed(session, Declaration(on=day, kind=kind, from_ids=old, to=to))


def named_heir(session: Session, world: World, data: st.DataObject, old: list[UUID], heir: UUID, day: dt.date) -> Heir:
    return Heir(
        area_id=heir,
        groups=some(data, below(session, old, day), "groups"),
        volunteers=some(data, directly_in(session, world, old, day, "volunteer"), "volunteers"),
        venues=some(data, directly_in(session, world, old, day, "venue"), "venues"),
    )


def new_group(world: World, session: Session, data: st.DataObject, day: dt.date) -> None:
    world.volunteer(session, world.group(session, one_of(data, living(session, world.wards, day), "ward"), day), day)


def new_volunteer(world: World, session: Session, data: st.DataObject, day: dt.date) -> None:
    places = living(session, world.wards + world.groups, day)
    world.volunteer(session, one_of(data, places, "place"), day)


def move_a_volunteer(world: World, session: Session, data: st.DataObject, day: dt.date) -> None:
    there = [one for one, since in world.things.items() if since <= day]
    place_ = one_of(data, living(session, world.wards + world.groups, day), "place")
    place(session, "volunteer", one_of(data, sorted(there), "who"), place_, day)


def correct_a_name(world: World, session: Session, data: st.DataObject, day: dt.date) -> None:
    """Tells the area again, with its first parent."""
    area = session.get_one(Area, data.draw(st.sampled_from(world.wards + world.groups), label="area"))
    area_commands.change_area(session, area, {"name": f"{area.name} (sửa)"})


SUCCESSIONS = (
    merge_or_split_wards,
    pass_to_a_ward_that_is_there,
    give_groups_away,
    merge_or_split_groups,
    join_a_group,
)
STEPS = (*SUCCESSIONS, new_group, new_volunteer, move_a_volunteer, correct_a_name)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_nobody_is_lost_and_the_past_stays_in_any_history(world: World, data: st.DataObject) -> None:
    world.empty()
    begin(world, data)
    check(world, world.answers())

    for _ in range(data.draw(st.integers(1, 6), label="steps")):
        before = world.answers()
        day = BEGIN + dt.timedelta(days=data.draw(st.integers(1, 12), label="day") * 100)
        step = data.draw(st.sampled_from(STEPS), label="step")
        try:
            with writing(world.engine) as session:
                step(world, session, data, day)
        except Problem as problem:
            event(f"{step.__name__} refused: {problem.errors[0].code if problem.errors else problem.code}")
            world.forget_what_is_not_there()
            continue
        event(f"{step.__name__} done")
        world.days.add(day)
        after = world.answers()
        check(world, after)
        if step in SUCCESSIONS:
            for past in [one for one in before if one < day]:
                assert after[past] == before[past], (step.__name__, past)
