"""What the simulated apps say: the same from the same seed, and right by the contract whatever the habits."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.cds.simulate.app import encode
from deploy.cds.simulate.atlas import Atlas
from deploy.cds.simulate.changes import changes
from deploy.cds.simulate.changes import everything as told
from deploy.cds.simulate.delivery import lanes
from deploy.cds.simulate.event import LOCAL
from deploy.cds.simulate.expected import figures
from deploy.cds.simulate.habits import Habits
from deploy.cds.simulate.malformed import ALONE, AMONG_GOOD, REPEATING, Item
from deploy.cds.simulate.standing import BEGINNING
from deploy.cds.simulate.traffic import honest
from deploy.cds.simulate.world import Plan
from deploy.sample.story import last_days, march_2023
from shared.events.base import Envelope
from shared.events.catalogue import BY_TYPE, of_stream
from tests.unit.simulated import ENDED, OTHER, SITE, WARD_OF, small_plan

HABITS = st.builds(Habits, **{field.name: st.booleans() for field in fields(Habits)})


def everything(plan: Plan) -> list[Item]:
    return [item for parcels in lanes(plan).values() for parcel in parcels for item in parcel.items]


def bytes_of(plan: Plan) -> list[bytes]:
    return [encode(parcel)[0] for parcels in lanes(plan).values() for parcel in parcels]


def understood(envelope: dict) -> None:
    read = msgspec.convert(envelope, Envelope)
    msgspec.convert(read.data, BY_TYPE[read.type])


def test_the_same_seed_makes_the_same_bytes_and_another_seed_makes_others():
    plan = small_plan(habits=Habits.all())

    assert bytes_of(plan) == bytes_of(replace(plan))
    assert bytes_of(plan) != bytes_of(replace(plan, seed="2"))


@pytest.mark.parametrize("events", [1, 7, 60, 2000])
def test_a_plan_makes_exactly_as_many_honest_events_as_asked(events: int):
    said = honest(small_plan(events))

    assert len(said) == events == len({event.id for event in said})


@settings(max_examples=25, deadline=None)
@given(habits=HABITS, seed=st.integers())
def test_whatever_the_habits_every_true_event_is_sent_and_none_is_added(habits: Habits, seed: int):
    plan = small_plan(120, str(seed), habits)
    true = told(plan)

    items = everything(plan)

    assert {item.key for item in items if not item.is_malformed} == {event.id for event in true}
    sent = {item.key: item.event for item in items if item.event}
    assert figures(sent.values(), WARD_OF) == figures(true, WARD_OF)
    assert any(item.is_malformed for item in items) <= habits.malformed


@pytest.mark.parametrize("habit", [field.name for field in fields(Habits)])
def test_each_habit_alone_changes_what_is_sent(habit: str):
    plain = replace(small_plan(600), sites=(SITE, OTHER, ENDED))

    assert bytes_of(replace(plain, habits=Habits(**{habit: True}))) != bytes_of(plain)


@pytest.mark.parametrize("plan", [small_plan(1500), march_2023(), last_days()], ids=["small", "march", "last"])
def test_every_honest_event_is_right_by_the_contract(plan: Plan):
    for item in everything(replace(plan, habits=Habits(corrections=True, voids=True))):
        understood(item.value())


def test_no_malformed_item_is_right_by_the_contract():
    excused = {"conflict", "subject_taken", "foreign_source", "time_far_ahead", "time_too_old",
               "impossible_outcome", "unknown_area", "other_ward"}  # fmt: skip
    items = [item for item in everything(small_plan(8000, habits=Habits.all())) if item.is_malformed]

    for item in items:
        if item.kind not in excused:
            with pytest.raises((msgspec.ValidationError, ValueError, KeyError)):
                understood(item.value() if not isinstance(item.body, bytes) else msgspec.json.decode(item.body))

    kinds = {item.kind for item in items}
    assert kinds >= AMONG_GOOD.keys() | REPEATING.keys()
    assert kinds & ALONE.keys()


def test_every_event_type_of_the_stream_is_said():
    names = {item.kind for item in everything(small_plan(4000, habits=Habits(corrections=True, voids=True)))}

    assert names == {event.NAME for event in of_stream("sessions").values()}
    assert len(names) == 19


@pytest.mark.parametrize("seed", ["1", "2", "3", "4", "5", "6"])
def test_a_short_run_with_every_habit_says_every_event_type_too(seed: str):
    names = {item.kind for item in everything(small_plan(2000, seed, Habits(corrections=True, voids=True)))}

    assert names >= {event.NAME for event in of_stream("sessions").values()}


def test_what_is_said_comes_before_what_it_is_about_too():
    """Of what goes on with something, some of every kind is sent before its beginning."""
    early: set[str] = set()
    for parcels in lanes(small_plan(6000, habits=Habits.all())).values():
        begun: set[str] = set()
        for event in (item.event for parcel in parcels for item in parcel.items if item.event):
            if event.name in BEGINNING:
                begun.add(event.subject)
            elif event.subject not in begun:
                early.add(event.name)

    assert early >= {event.NAME for event in of_stream("sessions").values()} - BEGINNING.keys() - {"tally.voided"}


def test_the_app_of_an_ended_ward_says_the_same_with_its_old_codes():
    plan = replace(small_plan(1500), sites=(SITE, OTHER, ENDED))
    odd = told(replace(plan, habits=Habits(stale_codes=True)))

    assert {event.data["area"] for event in odd if event.source == ENDED.source and "area" in event.data} >= {"tdp-07"}
    assert figures(odd, Atlas.of_sites(plan.sites)) == figures(told(plan), Atlas.of_sites(plan.sites))


def test_a_conflict_repeats_what_the_same_phone_has_sent_before():
    for parcels in lanes(small_plan(3000, habits=Habits.all())).values():
        seen: set[str] = set()
        for parcel in parcels:
            for item in parcel.items:
                if item.kind in ("conflict", "subject_taken"):
                    assert item.body["id"] in seen or item.body["subject"] in seen
            seen |= {part for item in parcel.items if item.event for part in (item.event.id, item.event.subject)}


def test_where_days_are_not_fresh_no_paper_count_states_the_whole():
    plan = replace(small_plan(1500), fresh=frozenset())

    assert {event.data["covers"] for event in honest(plan) if event.name == "tally.recorded"} == {"unlisted"}


def test_busy_days_are_left_alone():
    plan = small_plan(500, habits=Habits(corrections=True))
    site, day = plan.sites[0], plan.first
    plan = replace(plan, busy=frozenset({(site.ward, day)}))

    items = everything(plan)

    cells = figures([item.event for item in items if item.event], WARD_OF)
    assert not [cell for cell in cells if (cell.ward, cell.day) == (site.ward, day)]


@pytest.mark.parametrize("hour", [0, 6, 8, 13, 22])
def test_today_is_never_empty_and_never_in_the_future(hour: int):
    now = datetime(2026, 3, 15, hour, 5, tzinfo=LOCAL)

    events = honest(last_days(now))

    today = [event for event in events if event.at.astimezone(LOCAL).date() == now.date()]
    assert [event.name for event in today].count("assist.recorded") > 3
    assert max(event.at for event in events) <= now
    corrected = changes(last_days(now), events)
    assert max(event.at for event in corrected) <= now + timedelta(milliseconds=10)


def test_the_sample_has_about_the_promised_size():
    assert len(honest(march_2023())) == 2500
    assert len(honest(last_days())) == 1500
    assert len({event.source for event in honest(march_2023())}) == 6
