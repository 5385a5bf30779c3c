"""The simulator's own idea of the figures, on histories small enough to count by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import permutations

from deploy.cds.simulate.atlas import Atlas
from deploy.cds.simulate.event import Event
from deploy.cds.simulate.expected import Cell, Count, difference, figures
from deploy.cds.simulate.standing import stand
from tests.unit.simulated import ENDED, OTHER, SITE, WARD_OF, correction, paper, said, visit

DAY = date(2023, 3, 8)
VNEID = ("vneid_activation", "completed")
AT_HOUSE = Cell(DAY, "11692", "tdp-03", *VNEID, "unknown")


def test_an_assist_counts_on_its_local_day_in_its_area():
    events = [
        visit("a", "2023-03-07T23:30:00Z"),
        visit("b", area="11692/tdp-03"),
        visit("c", area="11692"),
        visit("d", quantity=7, area="11692"),
    ]

    assert figures(events, WARD_OF) == {
        AT_HOUSE: Count(2, 0),
        Cell(DAY, "11692", "", *VNEID, "unknown"): Count(8, 0),
    }


def test_the_correction_with_the_greatest_time_and_identifier_wins_in_any_order():
    history = [
        visit("a"),
        correction("a", "2023-03-09T08:00:00+07:00", 3, outcome="failed", reason="other"),
        correction("a", "2023-03-09T03:00:00Z", 4, age_band="60_plus", happened_at="2023-03-07T20:00:00+07:00"),
        correction("a", "2023-03-09T10:00:00+07:00", 2, outcome="failed", reason="other"),
    ]

    results = [figures(order, WARD_OF) for order in permutations(history)]

    assert all(one == results[0] for one in results)
    assert results[0] == {Cell(date(2023, 3, 7), "11692", "tdp-03", *VNEID, "60_plus"): Count(1, 0)}


def test_a_void_is_final_even_before_its_record_and_its_corrections():
    history = [
        visit("a"),
        said("assist.voided", "a", "2023-03-08T20:00:00+07:00", 9, reason_code="test"),
        correction("a", "2023-03-10T08:00:00+07:00", 3),
    ]

    assert all(figures(order, WARD_OF) == {} for order in permutations(history))


def test_a_correction_without_its_record_is_not_yet_true():
    assert figures([correction("a", "2023-03-09T08:00:00+07:00", 1)], WARD_OF) == {}


def test_only_the_highest_version_of_a_paper_count_counts():
    history = [
        paper("t", "unlisted", "tdp-03", (*VNEID, 5, None), number=1),
        paper("t", "unlisted", "tdp-03", (*VNEID, 8, None), number=2, version=3),
        paper("t", "unlisted", "tdp-03", (*VNEID, 6, None), number=3, version=2),
    ]

    assert all(figures(order, WARD_OF) == {AT_HOUSE: Count(0, 8)} for order in permutations(history))


def test_a_count_of_the_whole_adds_only_what_is_missing():
    singles = [visit("a"), visit("b", area="11692", age_band="60_plus")]

    enough = figures([*singles, paper("t", "all", "11692", (*VNEID, 2, None))], WARD_OF)
    missing = figures([*singles, paper("t", "all", "11692", (*VNEID, 5, None))], WARD_OF)
    of_the_old = figures([*singles, paper("t", "all", "11692", (*VNEID, 5, "60_plus"))], WARD_OF)

    assert sum(count.paper for count in enough.values()) == 0
    assert missing[Cell(DAY, "11692", "", *VNEID, "unknown")] == Count(0, 3)
    assert of_the_old[Cell(DAY, "11692", "", *VNEID, "60_plus")] == Count(1, 4)


def test_counts_of_the_whole_are_taken_from_within_outwards():
    session = visit("s").subject
    history = [
        visit("a", session=session),
        paper("ward", "all", "11692", (*VNEID, 10, None), number=1),
        paper("group", "all", "tdp-03", (*VNEID, 6, None), number=2),
        paper("session", "all", "tdp-03", (*VNEID, 4, None), number=3, session=session),
        paper("more", "unlisted", "tdp-03", (*VNEID, 1, None), number=4),
    ]

    result = figures(history, WARD_OF)

    assert result[AT_HOUSE] == Count(1, 1 + 3 + 1)
    assert result[Cell(DAY, "11692", "", *VNEID, "unknown")] == Count(0, 4)


def test_a_zero_report_adds_nothing():
    assert figures([paper("t", "all", "11692")], WARD_OF) == {}


def test_a_difference_has_only_the_cells_that_changed():
    before, after = {AT_HOUSE: Count(2, 1)}, {AT_HOUSE: Count(2, 4)}

    assert difference(after, before) == {AT_HOUSE: Count(0, 3)}
    assert difference(before, before) == {}
    assert difference({}, before) == {AT_HOUSE: Count(-2, -1)}


def test_of_two_counts_of_one_scope_the_one_that_tells_more_comes_first():
    history = [
        paper("any", "all", "tdp-03", (*VNEID, 8, None), number=1),
        paper("old", "all", "tdp-03", (*VNEID, 10, "60_plus"), number=2),
    ]

    assert figures(history, WARD_OF) == {Cell(DAY, "11692", "tdp-03", *VNEID, "60_plus"): Count(0, 10)}


def opened(subject: str, number: int = 1, **data: object) -> Event:
    at = "2023-03-08T19:00:00+07:00"
    return said("session.opened", subject, at, number, **{"area": "tdp-03", "kind": "support"} | data)


def session_void(subject: str, number: int, *, void_assists: bool) -> Event:
    data = {"reason_code": "test", "void_assists": void_assists}
    return said("session.voided", subject, "2023-03-08T23:00:00+07:00", number, **data)


def test_a_session_takes_its_assists_along_only_when_told_so_and_only_those_of_its_ward():
    session = opened("s")
    foreign = replace(visit("c", area="tdp-01", session=session.subject), source=OTHER.source)
    history = [session, visit("a", session=session.subject), visit("b"), foreign]
    kept = {AT_HOUSE: Count(1, 0), Cell(DAY, "11689", "tdp-01", *VNEID, "unknown"): Count(1, 0)}
    without, along = (session_void("s", n, void_assists=n == 9) for n in (8, 9))

    assert figures([*history, without], WARD_OF) == figures(history, WARD_OF)
    assert all(figures(order, WARD_OF) == kept for order in permutations([*history, along]))
    assert figures([*history, without, along], WARD_OF) == kept
    assert stand([along], Atlas.of_wards(WARD_OF)).waiting == {along.id}


def test_a_voided_tally_adds_nothing_and_of_one_version_twice_the_later_holds():
    first, second = (paper("t", "unlisted", "tdp-03", (*VNEID, count, None), number=count) for count in (5, 8))
    void = said("tally.voided", "t", "2023-03-08T20:00:00+07:00", 99, reason_code="test")

    assert figures([second, first], WARD_OF) == {AT_HOUSE: Count(0, 8)}
    assert figures([void, first, second], WARD_OF) == {}


def test_a_correction_holds_against_its_record_also_with_a_clock_that_is_behind():
    history = [visit("a"), correction("a", "2023-03-01T08:00:00+07:00", 3, age_band="60_plus")]

    assert figures(history, WARD_OF) == {AT_HOUSE._replace(age_band="60_plus"): Count(1, 0)}


def test_the_steps_of_a_feedback_stand_by_their_times_and_what_never_fits_waits():
    def step(name: str, hour: int) -> Event:
        return said(f"feedback.{name}", "f", f"2023-03-09T{hour:02d}:00:00+07:00", hour)

    told = [said("feedback.raised", "f", "2023-03-09T08:00:00+07:00", 1, area="tdp-03"), step("resolved", 7),
            step("reopened", 9), step("answered", 10), step("reopened", 11), step("resolved", 12)]  # fmt: skip

    standing = stand(told[::-1], Atlas.of_wards(WARD_OF))

    (thing,) = standing.things.values()
    assert [event.name.removeprefix("feedback.") for event in thing.steps] == ["answered", "reopened", "resolved"]
    assert (standing.refused, standing.waiting) == ({told[1].id}, {told[2].id})


def test_attendance_is_the_first_coming_and_the_last_leaving():
    def tap(name: str, hour: int) -> Event:
        return said(f"attendance.{name}", "s", f"2023-03-08T{hour}:00:00+07:00", hour, volunteer="v", area="tdp-03")

    told = [opened("s"), tap("checked_out", 21), tap("checked_in", 20), tap("checked_in", 19), tap("checked_out", 20)]

    ((key, (came, left)),) = stand(told, Atlas.of_wards(WARD_OF)).attendance.items()

    assert key == (told[0].subject, "v")
    assert (came, left) == (told[3].at, told[1].at)


def test_an_old_code_means_what_took_over_from_the_day_on_which_its_ward_has_ended():
    atlas = Atlas.of_sites((SITE, ENDED))
    places = [
        atlas.place(replace(visit("a", area=area), source=ENDED.source), day)
        for day in (date(2023, 2, 28), date(2023, 3, 1))
        for area in ("tdp-07", "11695")
    ]

    assert places == [("11695", "tdp-07"), ("11695", ""), ("11692", "tdp-03"), ("11692", "")]
