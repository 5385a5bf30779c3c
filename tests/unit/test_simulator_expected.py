"""The simulator's own idea of the figures, on histories small enough to count by hand."""

from __future__ import annotations

from datetime import date
from itertools import permutations

from deploy.cds.simulate.expected import Cell, Count, difference, figures
from tests.unit.simulated import WARD_OF, correction, paper, said, visit

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
