"""The judge is judged: figures worked out by hand, among them those of the contract's example of a daily report."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any
from uuid import UUID

import pytest

from shared.clock import LOCAL_ZONE
from shared.events import facts, plans, registry
from shared.events.facts import Logged
from tests.support.plain import assists, completeness, credit, field_work, hours
from tests.support.plain.borders import Borders, carried
from tests.support.plain.cells import half_up, share, total, with_periods
from tests.support.plain.known import Attended, Known, cut, know
from tests.support.plain.progress import Progress

DAY = dt.date(2026, 3, 15)
ONE = dt.timedelta(days=1)
WARD, FIRST, SECOND = UUID(int=1), UUID(int=2), UUID(int=3)
SESSION, OTHER, AN, BINH = UUID(int=10), UUID(int=11), UUID(int=20), UUID(int=21)
CAMPAIGN = UUID(int=30)
numbers = itertools.count(1000)


def at(hour: int, minute: int = 0, day: dt.date = DAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), LOCAL_ZONE)


@pytest.fixture
def known() -> Known:
    """A ward with two groups, and the catalogue."""
    made = Known()
    areas: list[tuple[UUID, Any, UUID | None]] = [
        (WARD, "ward", None),
        (FIRST, "residential_group", WARD),
        (SECOND, "residential_group", WARD),
    ]
    for area, level, parent in areas:
        fact = registry.AreaDeclared(
            area_id=area, code="x", name="x", level=level, valid_from=dt.date(2020, 1, 1), residents=200
        )
        made.areas[area] = fact
        if parent:
            made.parents[area][fact.valid_from] = parent
    for code, unit, once, pillars in (
        ("vneid_activation", "resident", True, ["transform", "technology"]),
        ("digital_skills", "resident", False, ["initiative"]),
        (credit.QR, "stall", True, []),
        (credit.PAYMENT, "stall", True, []),
    ):
        made.services[code] = registry.ServiceDeclared(
            service=code, name_vi=code, name_en=code, pillars=pillars, unit=unit, once=once  # type: ignore[arg-type]
        )  # fmt: skip
    return made


def assist(known: Known, outcome: str = "completed", *, client: str = "app", **more: Any) -> UUID:
    subject = UUID(int=next(numbers))
    told = {"day": DAY, "area": FIRST, "ward": WARD, "resident_area": FIRST, "service": "vneid_activation"}
    told |= {"happened_at": at(19)} | more
    known.assists[subject] = facts.AssistState(outcome=outcome, **told)  # type: ignore[arg-type]
    known.clients[subject] = client
    return subject


def tally(known: Known, *lines: tuple[str, int, dict[str, Any]], covers: Any = "all", **more: Any) -> UUID:
    subject = UUID(int=next(numbers))
    written = [
        facts.TallyLineState(service="vneid_activation", outcome=outcome, count=count, **rest)
        for outcome, count, rest in lines
    ]
    told: dict[str, Any] = {"day": DAY, "area": WARD, "ward": WARD, "version": 1} | more
    known.tallies[subject] = facts.TallyState(covers=covers, lines=written, **told)
    return subject


def session(known: Known, subject: UUID = SESSION, begin: dt.datetime | None = None, **more: Any) -> None:
    begin = begin or at(18)
    told: dict[str, Any] = {"day": begin.date(), "area": FIRST, "ward": WARD, "kind": "support"} | more
    known.sessions[subject] = facts.SessionState(opened_at=begin, **told)


# -- the example of the contract ---------------------------------------------------------------------------------------


def test_the_days_assists_of_the_example(known: Known) -> None:
    """61 assists, 53 completed: 86.9 %; 30 of VNeID, 26 completed, by 24 residents since two came twice."""
    for outcome, count in (("completed", 26), ("to_return", 3), ("failed", 1)):
        for number in range(count):
            assist(known, outcome, resident_token=f"k{number if number < 24 else number - 24}")
    for outcome, count in (("completed", 27), ("to_return", 3), ("referred", 1)):
        for _ in range(count):
            assist(known, outcome, service="digital_skills")

    cells = assists.f1(known)

    assert (total(cells), total(assists.f2(known)), assists.f3(cells)) == ({(): 61}, {(): 53}, 86.9)
    assert total(cells, ("service", "outcome"))["vneid_activation", "completed"] == 26
    assert total(credit.f4(known), ("service",)) == {("vneid_activation",): 24}
    assert total(assists.f14(known), ("pillar",)) == {("transform",): 30, ("technology",): 30, ("initiative",): 31}


@pytest.fixture
def plan(known: Known) -> Progress:
    """The March campaign of the example: by 28 February so many were done, of so many asked."""
    campaign = plans.CampaignLaunched(
        campaign=CAMPAIGN, name="x", kind="campaign", areas=[WARD], services=["vneid_activation"], state="running",
        starts_on=dt.date(2026, 3, 1), ends_on=dt.date(2026, 3, 31), daily_report=True, reporting_level="residential_group",
    )  # fmt: skip
    known.campaigns[CAMPAIGN] = campaign
    for area, goal, done in ((FIRST, 400, 250), (SECOND, 350, 190)):
        known.targets.append(
            plans.TargetSet(
                campaign=CAMPAIGN,
                area=area,
                service="vneid_activation",
                version=1,
                as_of=dt.date(2026, 2, 28),
                source="x",
                eligible=goal + 20,
                already_done=done,
                excluded=20,
                goal=goal,
            )
        )
    return Progress(known, campaign, "vneid_activation", [])


def credited(plan: Progress, area: UUID, day: dt.date, count: int) -> None:
    cell = {"day": day, "resident_area": area, "service": "vneid_activation", "n": count}
    plan.credited.append(cell)


def test_progress_of_the_example(plan: Progress) -> None:
    """Group 1: 400 asked, 310 done, 90 left, 77.5 %, 323 expected, so 13 behind; group 2: 350, 327, 23, 93.4 %, 268."""
    credited(plan, FIRST, DAY - ONE, 49)
    credited(plan, FIRST, DAY, 11)
    credited(plan, SECOND, DAY - ONE, 128)
    credited(plan, SECOND, DAY, 9)

    told = [(plan.goal(a, DAY), plan.done(a, DAY), plan.left(a, DAY), plan.expected(a, DAY)) for a in (FIRST, SECOND)]

    assert told == [(400, 310, 90, 323), (350, 327, 23, 268)]
    assert [plan.shares(area, DAY)[0] for area in (FIRST, SECOND)] == [77.5, 93.4]
    assert plan.gap(FIRST, DAY) == (-13, "behind")
    # The ward is the sum of its groups.
    assert (plan.goal(WARD, DAY), plan.done(None, DAY), plan.expected(WARD, DAY)) == (750, 637, 591)
    assert (plan.left(WARD, DAY), plan.gap(WARD, DAY)) == (113, (46, "on_track"))


def test_pace_and_the_day_on_which_it_will_be_done(plan: Progress) -> None:
    credited(plan, FIRST, DAY - 7 * ONE, 5)
    credited(plan, FIRST, DAY - 6 * ONE, 30)
    credited(plan, FIRST, DAY, 40)

    assert half_up(plan.pace(FIRST, DAY)) == 10.0
    assert half_up(plan.pace(FIRST, DAY, is_closed=False)) == 5.0
    # 75 are left: 7.5 days at ten a day, so on the eighth; sixteen days are left of March.
    assert (plan.left(FIRST, DAY), plan.projected(FIRST, DAY)) == (75, DAY + 8 * ONE)
    assert half_up(plan.required(FIRST, DAY) or 0) == 4.7  # type: ignore[arg-type]
    assert plan.projected(SECOND, DAY) is None


def test_a_goal_reached_is_reached_on_its_day(plan: Progress) -> None:
    credited(plan, FIRST, DAY - 2 * ONE, 149)
    credited(plan, FIRST, DAY - ONE, 6)

    assert plan.projected(FIRST, DAY) == DAY - ONE
    assert plan.shares(FIRST, DAY) == (101.3, 96.4)
    assert plan.left(FIRST, DAY) == 0


def test_an_official_count_is_the_base_from_its_day_on(plan: Progress) -> None:
    credited(plan, FIRST, DAY - 3 * ONE, 7)
    credited(plan, FIRST, DAY - 2 * ONE, 1)
    plan.known.official[FIRST, "vneid_activation", DAY - 3 * ONE] = 300

    assert plan.done(FIRST, DAY - 4 * ONE) == 250
    assert plan.done(FIRST, DAY - 3 * ONE) == 300
    assert plan.done(FIRST, DAY) == 301


@pytest.mark.parametrize(("day", "expected"), [(28, 250), (1, 256), (2, 262), (3, 262), (4, 267), (31, 400), (32, 400)])
def test_expected_leaves_out_the_days_off(plan: Progress, day: int, expected: int) -> None:
    """150 over 27 days that count: the first is 250 + ceil(5.56)."""
    plan.known.off_days[2026] = [dt.date(2026, 3, 3), dt.date(2026, 3, 5), dt.date(2026, 3, 6), dt.date(2026, 3, 7)]
    asked = dt.date(2026, 2, 28) if day == 28 else dt.date(2026, 2, 28) + ONE * day

    assert plan.expected(FIRST, asked) == expected


def test_a_curve_is_straight_between_its_points(plan: Progress) -> None:
    target = plan.known.targets[0]
    curve = [plans.CurvePoint(date=dt.date(2026, 3, 10), cumulative=320)]
    plan.known.targets[0] = plans.TargetSet(
        **{name: getattr(target, name) for name in target.__struct_fields__} | {"curve": curve}
    )

    told = [plan.expected(FIRST, dt.date(2026, 3, day)) for day in (1, 5, 10, 11, 31)]

    assert told == [257, 285, 320, 324, 400]  # seven a day, then 80 in 21 days


def test_all_groups_reported_on_time(known: Known, plan: Progress) -> None:
    """A zero report and a session are reports; by the cut one of them was not there yet."""
    tally(known, covers="unlisted", area=FIRST)
    in_cut = Known(areas=known.areas, parents=known.parents, campaigns=known.campaigns, tallies=dict(known.tallies))
    session(known, area=SECOND)

    found = completeness.completeness(known, in_cut, DAY)

    assert found["expected"] == found["actual"] == {FIRST, SECOND}
    assert (found["on_time"], found["missing"]) == ({FIRST}, set())
    assert completeness.f30(known, dt.date(2026, 4, 1)) == set()


# -- paper beside single -----------------------------------------------------------------------------------------------


def test_a_book_of_all_adds_what_is_missing_and_says_when_it_is_exceeded(known: Known) -> None:
    for age in ("60_plus", "60_plus", "16_30"):
        assist(known, age_band=age)
    tally(known, ("completed", 5, {}), ("failed", 2, {}))
    tally(known, ("completed", 1, {"age_band": "60_plus"}), area=FIRST)

    cells = [cell for cell in assists.both(known) if cell["source"] == "paper"]

    assert {(cell["outcome"], cell["age_band"]): (cell["n"], cell["is_exceeded"]) for cell in cells} == {
        ("completed", "unknown"): (2, False), ("failed", "unknown"): (2, False), ("completed", "60_plus"): (0, True),
    }  # fmt: skip


def test_a_book_of_the_day_covers_those_of_the_sessions(known: Known) -> None:
    assist(known, session=SESSION)
    assist(known)
    tally(known, ("completed", 10, {}))
    tally(known, ("completed", 4, {}), session=SESSION, area=FIRST)
    tally(known, ("completed", 2, {}), covers="unlisted", area=SECOND)

    paper = [cell["n"] for cell in assists.both(known) if cell["source"] == "paper"]

    assert sorted(paper) == [2, 3, 3]  # ten in all: two single, three of the session, two unlisted, three missing
    assert total(assists.f1(known)) == {(): 10}


# -- once --------------------------------------------------------------------------------------------------------------


def test_a_resident_is_credited_once_on_the_day_and_where_it_was_done_first(known: Known) -> None:
    assist(known, "failed", resident_token="k", happened_at=at(17))
    assist(known, resident_token="k", day=DAY + ONE, happened_at=at(9, day=DAY + ONE))
    assist(known, resident_token="k", happened_at=at(20), resident_area=SECOND)
    assist(known, resident_token="k", service="digital_skills")
    assist(known)
    tally(known, ("completed", 6, {}), covers="unlisted")

    found = credit.f4(known)

    assert {(cell["kind"], cell["day"], cell["resident_area"]): cell["n"] for cell in found} == {
        ("token", DAY, SECOND): 1, ("without_token", DAY, FIRST): 1, ("paper", DAY, WARD): 6,
    }  # fmt: skip
    assert credit.f5(assists.singles(known)) == (1, 1)


def test_of_two_at_one_moment_the_lower_id_is_credited(known: Known) -> None:
    later, earlier = UUID(int=999), UUID(int=998)
    for subject, area in ((later, FIRST), (earlier, SECOND)):
        known.assists[subject] = known.assists.pop(assist(known, resident_token="k", resident_area=area))
        known.clients[subject] = "app"

    assert [cell["resident_area"] for cell in credit.f4(known)] == [SECOND]


def test_a_stall_with_a_payment_and_no_equipment_is_counted_and_flagged(known: Known) -> None:
    assist(known, service=credit.QR, stall="A1")
    assist(known, service=credit.QR, stall="A1", happened_at=at(20))
    assist(known, service=credit.PAYMENT, stall="A1")
    assist(known, service=credit.PAYMENT, stall="A2")

    found = credit.f6(known)

    assert total(found, ("service",)) == {(credit.QR,): 1, (credit.PAYMENT,): 2}
    assert [cell["stall"] for cell in found if cell["without_qr"]] == ["A2"]


def test_young_help_reasons_and_flaws(known: Known) -> None:
    assist(known, helper_age_band="16_30", age_band="60_plus", marks=["unverified:session", "clock_suspect"])
    assist(known, helper_age_band="16_30", age_band="31_59", resident_token="k")
    assist(known, helper_age_band="31_59", age_band="0_5")
    assist(known, "failed", reason="declined", client="other")
    assist(known, "referred", reason=None)

    assert total(assists.f12(known)) == {(): 1}
    assert total(assists.f13(known), ("reason",)) == {("declined",): 1}
    assert total(assists.f70(known), ("quality",)) == {
        ("all",): 5, ("without_token",): 4, ("unverified",): 1, ("clock_suspect",): 1,
    }  # fmt: skip
    assert total(assists.f70(known), ("client", "quality"))["other", "all"] == 1


# -- hours -------------------------------------------------------------------------------------------------------------


def attended(known: Known, volunteer: UUID, subject: UUID, *moments: tuple[dt.datetime, bool]) -> None:
    known.attendance += [Attended(subject, volunteer, moment, is_in) for moment, is_in in moments]


def test_hours_are_a_union_and_what_two_sessions_claim_goes_to_the_one_that_began_first(known: Known) -> None:
    session(known, SESSION, at(18), closed_at=at(20))
    session(known, OTHER, at(19), closed_at=at(22), present=[AN])
    attended(known, AN, SESSION, (at(18, 30), True), (at(21), False))

    found = {cell["session"]: (cell["n"] / 3600, cell["flags"]) for cell in hours.book(known)}

    assert found == {SESSION: (1.5, ["overlap"]), OTHER: (2.0, ["assumed", "overlap"])}


def test_a_forgotten_leaving_ends_with_the_session_or_its_plan_or_counts_nothing(known: Known) -> None:
    session(known, SESSION, at(8), closed_at=at(9))
    session(known, OTHER, at(10), planned_end=at(11, 30))
    session(known, UUID(int=12), at(14))
    for subject, hour in ((SESSION, 8), (OTHER, 10), (UUID(int=12), 14)):
        attended(known, AN, subject, (at(hour), True))

    assert [(cell["n"] / 3600, cell["flags"]) for cell in hours.book(known)] == [
        (1.0, ["forgotten"]), (1.5, ["forgotten"]), (0.0, ["forgotten"]),
    ]  # fmt: skip


def test_hours_are_cut_at_local_midnight_and_merged_volunteers_are_one(known: Known) -> None:
    session(known, SESSION, at(23), closed_at=at(1, day=DAY + ONE), present=[AN, BINH])
    known.merged_into[AN] = BINH

    found = hours.book(known)

    assert [(cell["volunteer"], cell["day"], cell["n"]) for cell in found] == [
        (BINH, DAY, 3600),
        (BINH, DAY + ONE, 3600),
    ]
    assist(known, volunteers=[AN])
    assert {cell["volunteer"] for cell in hours.f8(known, found)} == {BINH}


def test_more_than_sixteen_hours_are_flagged_sixteen_are_not(known: Known) -> None:
    session(known, SESSION, at(6), closed_at=at(22), present=[AN, BINH])
    session(known, OTHER, at(22), closed_at=at(22, 1), present=[BINH])

    assert hours.long_days(hours.book(known)) == {(BINH, DAY)}


# -- what residents said -----------------------------------------------------------------------------------------------


def feedback(known: Known, *steps: tuple[Any, dt.datetime, dict[str, Any]], due_on: dt.date | None = DAY) -> None:
    taken = [
        facts.FeedbackStep(step=step, at=moment, id=UUID(int=next(numbers)), **rest) for step, moment, rest in steps
    ]
    known.feedback[UUID(int=next(numbers))] = facts.FeedbackState(
        day=DAY, area=FIRST, ward=WARD, kind="question", theme="identity", raised_at=at(8), due_on=due_on, steps=taken
    )


def test_feedback_open_overdue_and_answered_in_time(known: Known) -> None:
    feedback(known)
    feedback(known, ("answered", at(20), {"office": "a"}))
    feedback(
        known,
        ("answered", at(8, day=DAY + ONE), {"office": "a"}),
        ("resolved", at(9, day=DAY + ONE), {"result": "done"}),
    )
    feedback(known, ("resolved", at(9), {"result": "withdrawn"}))
    feedback(known, due_on=None)

    today, evening = field_work.feedback(known, DAY + ONE), field_work.feedback(known, DAY)

    assert field_work.f50(today, DAY, DAY, DAY + ONE) == {"raised": 5, "open": 3, "overdue": 2}
    assert field_work.f50(evening, DAY, DAY, DAY) == {"raised": 5, "open": 4, "overdue": 0}
    assert field_work.f51(today) == 0.8  # half of 12 and 24 hours are 18
    assert field_work.f52(today, DAY + ONE) == (1, 2, 1, 33.3)
    # 15 March 2026 is a Sunday: five working days end on Friday the 20th.
    assert [cell["due_on"] for cell in today][-1] == dt.date(2026, 3, 20)


# -- borders, periods, cuts --------------------------------------------------------------------------------------------


def test_as_of_now_follows_the_main_successor_and_says_that_it_chose(known: Known) -> None:
    main, other = UUID(int=5), UUID(int=6)
    for area in (main, other):
        known.areas[area] = registry.AreaDeclared(area_id=area, code="x", name="x", level="ward", valid_from=DAY)
    known.last_day[WARD] = DAY - ONE
    known.successors[WARD] = {other: False, main: True}
    known.parents[FIRST][DAY] = main
    known.parents[SECOND][DAY] = other

    now, then = Borders(known, DAY), Borders(known)

    assert carried(known, WARD, DAY) == (main, True)
    assert carried(known, SECOND, DAY) == (SECOND, False)
    assert [now.at(area, DAY - ONE, "ward") for area in (WARD, FIRST, SECOND)] == [main, main, other]
    assert [then.at(area, DAY - ONE, "ward") for area in (WARD, FIRST, SECOND)] == [WARD] * 3


@pytest.mark.parametrize(
    ("day", "week", "month", "report_month"),
    [
        ("2026-03-15", "2026-03-09", "2026-03-01", "2026-03-15"),
        ("2026-03-16", "2026-03-16", "2026-03-01", "2026-03-15"),
        ("2026-03-14", "2026-03-09", "2026-03-01", "2026-02-15"),
        ("2026-01-01", "2025-12-29", "2026-01-01", "2025-12-15"),
    ],
)
def test_periods(day: str, week: str, month: str, report_month: str) -> None:
    cell = with_periods({"day": dt.date.fromisoformat(day)})

    assert [str(cell[name]) for name in ("week", "month", "report_month")] == [week, month, report_month]


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(1, 16, 6.3), (13, 16, 81.3), (1, 2000, 0.1), (1999, 2000, 100.0), (0, 5, 0.0), (0, 0, None)],
)
def test_shares_are_rounded_half_up(part: int, whole: int, shown: float | None) -> None:
    assert share(part, whole) == shown


def test_a_cut_ends_before_the_first_event_of_after_the_closing_though_earlier_ones_follow() -> None:
    def logged(moment: dt.datetime) -> Logged:
        fact = registry.OfficeDeclared(office="a", name="a")
        return Logged(
            specversion="1.0", id=UUID(int=next(numbers)), source="/registry", type=registry.OfficeDeclared.ce_type(),
            subject=UUID(int=1), time=moment, recordedtime=moment, partitionkey="k", data=facts.encode_data(fact),
        )  # fmt: skip

    events = [logged(at(21, 59)), logged(at(22)), logged(at(21, 58))]

    assert cut({("registry", 0): events, ("sessions", 1): events[2:]}, at(22)) == {
        ("registry", 0): events[:1], ("sessions", 1): events[2:],
    }  # fmt: skip
    assert know({("registry", 0): events}).assists == {}
