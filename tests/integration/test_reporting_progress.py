"""Progress from what was told: the rows of the sample report, bases, borders, and what does not count."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest

from services.reporting.progress_parts import Asked
from services.reporting.queries_progress import progress
from shared import database
from shared.events.facts import TallyLineState as Line
from tests.support.postgres import TestPostgres
from tests.support.reporting import NEIGHBOURS, Row, Told, identify

BEFORE = dt.date(2026, 2, 28)


def march(day: int) -> dt.date:
    return dt.date(2026, 3, day)


def prepare(url: str) -> None:
    """A province with two wards; the first has three groups."""
    database.migrate("reporting", url)
    engine = database.engine(url)
    told = Told(engine)
    told.do(NEIGHBOURS)
    told.area("p", None, "province")
    for ward in ("w1", "w2"):
        told.area(ward, "p", "ward")
    for group, ward in (("g1", "w1"), ("g2", "w1"), ("g3", "w1"), ("h1", "w2")):
        told.area(group, ward)
    told.service()
    engine.dispose()


@pytest.fixture
def told(postgres: TestPostgres) -> Iterator[Told]:
    url = postgres.fresh_database(prepare)
    engine = database.engine(url)
    yield Told(engine)
    engine.dispose()
    postgres.drop(url)


@pytest.fixture
def sample(told: Told) -> Told:
    """The sample report: three groups of a ward up to 15 March."""
    told.campaign("c", ["w1"])
    for group, goal, base in (("g1", 400, 250), ("g2", 350, 191), ("g3", 280, 150)):
        told.target("c", group, goal=goal, already_done=base, eligible=goal + 20)
    for group, earlier, today in (("g1", 49, 11), ("g2", 127, 9), ("g3", 126, 4)):
        told.credited(march(7), group, earlier)
        told.credited(march(15), group, today)
    return told


MARCH_15 = march(15)


def rows(
    told: Told, day: dt.date = MARCH_15, area: str | None = None, of: str | None = None, **more: Any
) -> dict[str | None, Row]:
    """By the area's code, each once; of all campaigns together, or of one."""
    with database.transaction(told.engine) as connection:
        found = progress(connection, Asked(day=day, area_id=identify(area) if area else None, **more))
    found = [row for row in found if of in (None, row["campaign"]["name"])]
    made = {row["area"]["code"] if row["area"] else None: row for row in found}
    assert len(made) == len(found)
    return made


def figures(row: Row, *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def test_the_sample_report_with_its_sums(sample: Told) -> None:
    found = rows(sample)

    names = ("goal", "done", "left", "share", "expected", "gap", "status", "is_reached", "of_parts")
    assert {code: figures(row, *names) for code, row in found.items()} == {
        "g1": (400, 310, 90, 77.5, 323, -13, "behind", False, False),
        "g2": (350, 327, 23, 93.4, 268, 59, "on_track", False, False),
        "g3": (280, 280, 0, 100.0, 213, 67, "on_track", True, False),
        "w1": (1030, 917, 113, 89.0, 804, 113, "on_track", False, True),
        "p": (1030, 917, 113, 89.0, 804, 113, "on_track", False, True),
        None: (1030, 917, 113, 89.0, 804, 113, "on_track", False, True),
    }
    assert list(found) == [None, "p", "w1", "g1", "g2", "g3"]
    assert found["w1"]["denominators"] == ((BEFORE, "Công an phường"),)
    assert found["g3"]["projected_on"] == march(15)
    assert rows(sample, march(14))["w1"]["done"] == 893


def test_the_pace_is_of_seven_full_days_and_projects_the_end(sample: Told) -> None:
    by_day = {full: rows(sample, full_day=march(full))["g1"] for full in (13, 14, 15, 22)}

    assert {full: row["pace"] for full, row in by_day.items()} == {13: 7.0, 14: 0.0, 15: 1.6, 22: 0.0}
    assert by_day[13]["projected_on"] == march(15) + dt.timedelta(days=13)  # 90 / 7 = 12,9
    assert by_day[14]["projected_on"] is None
    assert [by_day[full]["required"] for full in (14, 15)] == [5.3, 5.6]  # 17 days with today, 16 without


def test_days_off_are_neither_planned_nor_left(sample: Told) -> None:
    sample.days_off(2026, *(march(day) for day in (7, 8, 21, 22, 23, 24)))
    sample.days_off(2027, dt.date(2027, 3, 9))

    row = rows(sample)["g1"]

    assert figures(row, "expected", "required") == (328, 7.5)  # 250 + ceil(150 × 13/25); 90 / 12
    sample.days_off(2026)
    assert rows(sample)["g1"]["expected"] == 323


def test_the_newest_version_known_on_the_day_holds(sample: Told) -> None:
    sample.target("c", "g1", version=2, goal=500, already_done=300, as_of=march(10), source="Công an, đợt 2")
    sample.target("c", "g1", version=3, goal=600, already_done=300, as_of=march(16))

    before, on, after = (rows(sample, march(day))["g1"] for day in (9, 15, 16))

    assert [figures(row, "goal", "done") for row in (before, on, after)] == [(400, 299), (500, 311), (600, 300)]
    assert on["denominators"] == ((march(10), "Công an, đợt 2"),)
    assert rows(sample)["w1"]["denominators"] == ((BEFORE, "Công an phường"), (march(10), "Công an, đợt 2"))


def test_an_official_count_is_the_base_from_its_day_on(sample: Told) -> None:
    sample.official("g1", march(10), 280)
    sample.official("g1", march(8), 999)
    sample.official("g1", march(16), 999)
    sample.official("g1", march(12), 999, service="other")
    sample.official("w1", march(12), 999)  # the ward's parts count

    sample.credited(march(10), "g1", 7)  # in that count already, and still of the pace
    sample.tally(march(10), "g1", "w1", lines=[Line(service="s", outcome="completed", count=7)])

    assert [rows(sample, march(day))["g1"]["done"] for day in (7, 9, 10, 15)] == [299, 999, 280, 291]
    assert [rows(sample, march(day))["g1"]["pace"] for day in (10, 15)] == [9.0, 3.6]  # 63 and 25 in seven days
    assert figures(rows(sample)["w1"], "done", "base_on") == (291 + 327 + 280, march(10))


def test_a_corrected_official_count_replaces_the_one_before(sample: Told) -> None:
    sample.official("g1", march(10), 280)
    sample.official("g1", march(10), 281)

    assert rows(sample)["g1"]["done"] == 292


def test_a_whole_with_a_target_of_its_own_is_still_the_sum_of_its_parts(sample: Told) -> None:
    sample.target("c", "w1", goal=2000, already_done=1)
    sample.campaign("d", ["w2"])
    sample.target("d", "w2", goal=10, already_done=1, eligible=10, excluded=0)

    found, other = rows(sample, of="c"), rows(sample, of="d")

    assert figures(found["w1"], "goal", "done", "own_goal") == (1030, 917, 2000)
    assert figures(other["w2"], "goal", "done", "own_goal", "of_parts") == (10, 1, None, False)


def test_what_was_credited_outside_the_parts_is_told_beside_them(sample: Told) -> None:
    sample.credited(march(1), "w1", 5, unkeyed=2)  # nobody said which group
    sample.credited(BEFORE, "w1", 50)
    sample.credited(march(3), "h1", 90)

    found = rows(sample)

    assert {code: row["elsewhere"] for code, row in found.items()} == {
        "g1": 0, "g2": 0, "g3": 0, "w1": 7, "p": 97, None: 0,
    }  # fmt: skip
    assert found["w1"]["done"] == 917


def test_completed_without_a_key_and_from_paper_count_each_in_its_place(sample: Told) -> None:
    lines = [
        Line(service="s", outcome="completed", count=5),
        Line(service="s", outcome="completed", count=7, resident_area=identify("g2")),
        Line(service="s", outcome="failed", count=100),
        Line(service="other", outcome="completed", count=100),
    ]
    sample.tally(march(10), "g1", "w1", lines=lines)
    sample.tally(BEFORE, "g1", "w1", lines=lines)
    sample.credited(march(10), "g1", 0, unkeyed=2, age_band="60_plus")

    found = rows(sample)

    assert (found["g1"]["done"], found["g2"]["done"], found["w1"]["done"]) == (317, 334, 931)


def test_only_what_counts_once_is_done_and_in_the_unit_of_the_service(told: Told) -> None:
    told.service("stall", unit="stall")
    told.service("often", once=False)
    told.campaign("c", ["w1"], services=["s", "stall", "often"])
    for service in ("s", "stall", "often", "not_in_it"):
        told.target("c", "g1", service=service, already_done=0)
        told.credited(march(2), "g1", 3, service=service)
        told.credited(march(2), "g1", 5, service=service, kind="stall")

    with database.transaction(told.engine) as connection:
        found = progress(connection, Asked(day=march(15), levels=["residential_group"]))

    assert {row["service"]: row["done"] for row in found if row["area"]} == {"s": 3, "stall": 5, "often": 0}
    assert list(rows(told, service="stall", levels=["ward"])) == [None, "w1"]


def test_an_area_is_asked_for_with_what_is_below_it(sample: Told) -> None:
    sample.campaign("d", ["w2"])
    sample.target("d", "h1", goal=10, already_done=1)

    assert list(rows(sample, area="w1")) == ["w1", "g1", "g2", "g3"]
    assert list(rows(sample, area="g2")) == ["g2"]
    assert list(rows(sample, area="p", levels=["ward"])) == ["w1", "w2"]
    assert list(rows(sample, area="p", levels=["ward"], service="other")) == []


def test_a_group_below_a_target_tells_what_it_has_done_since_the_start(told: Told) -> None:
    told.campaign("c", ["w1"])
    told.target("c", "w1")
    told.credited(BEFORE, "g1", 100)
    told.credited(march(1), "g1", 4)

    row = rows(told, area="g1")["g1"]

    assert figures(row, "goal", "done", "base_on", "share", "status") == (None, 4, BEFORE, None, None)
    told.official("g1", march(1), 70)
    assert rows(told, area="g1")["g1"]["done"] == 70
    assert rows(told, area="h1") == {}


def test_a_moved_group_is_done_where_it_was_on_each_day(told: Told) -> None:
    """Targets of wards: what was credited before the move stays with the ward of then."""
    told.campaign("c", ["p"])
    for ward in ("w1", "w2"):
        told.target("c", ward, already_done=0)
    told.credited(march(9), "g1", 3)
    told.credited(march(10), "g1", 5)
    told.succession(march(10), ["w1"], {"w1": [], "w2": ["g1"]})

    found = rows(told)

    assert (found["w1"]["done"], found["w2"]["done"], found["p"]["done"]) == (3, 5, 8)


def test_parts_are_those_of_the_tree_of_the_day(sample: Told) -> None:
    sample.succession(march(10), ["w1"], {"w1": [], "w2": ["g1"]})

    before, after = rows(sample, march(9)), rows(sample)

    assert (before["w1"]["goal"], "w2" in before) == (1030, False)
    assert (after["w1"]["goal"], after["w2"]["goal"]) == (630, 400)


def test_the_day_reached_is_told_for_parts_and_their_whole(told: Told) -> None:
    told.campaign("c", ["w1"])
    for group, base in (("g1", 5), ("g2", 0), ("g3", 10)):
        told.target("c", group, goal=10, already_done=base, eligible=10)
    for day, group, people in ((3, "g1", 5), (5, "g1", 9), (4, "g2", 2), (8, "g2", 9)):
        told.credited(march(day), group, people)

    found = rows(told)

    assert {code: row["projected_on"] for code, row in found.items() if row["is_reached"]} == {
        "g1": march(3), "g2": march(8), "g3": BEFORE, "w1": march(5), "p": march(5), None: march(5),
    }  # fmt: skip
    assert figures(found["g1"], "share", "coverage", "is_over", "left") == (190.0, 190.0, True, 0)


def test_campaigns_are_told_while_they_run_and_whenever_asked_for(sample: Told) -> None:
    sample.close("d", ["w2"], march(10))
    sample.target("d", "h1", goal=10, already_done=1, eligible=10)

    assert list(rows(sample, march(9), of="d")) == [None, "p", "w2", "h1"]
    assert list(rows(sample, march(10), of="d")) == []
    assert rows(sample, BEFORE) == {}
    late = rows(sample, march(20), campaign_id=identify("d"))
    assert (list(late), late["h1"]["required"]) == ([None, "p", "w2", "h1"], None)
    assert rows(sample, march(8), campaign_id=identify("d"))["h1"]["required"] == 9.0  # the 9th is its last day
