"""Paper and single together: what a ward's paper books add to the assists recorded one by one."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.reporting.projections.books import Cell, Tally, count_paper
from shared.clock import local_day, now
from shared.events.facts import TallyLineState, TallyState

WARD, GROUP, OTHER_GROUP, ELSEWHERE = (UUID(int=number) for number in (1, 2, 3, 4))
SESSION, OTHER_SESSION = UUID(int=10), UUID(int=11)
DAY = local_day(now())


def line(count: int, **told: Any) -> TallyLineState:
    return TallyLineState(**({"service": "vneid", "outcome": "completed"} | told), count=count)


def book(*lines: TallyLineState, number: int = 1, area: UUID = GROUP, **how: Any) -> Tally:
    state = TallyState(day=DAY, area=area, ward=WARD, version=1, lines=list(lines), **({"covers": "all"} | how))
    return Tally(UUID(int=100 + number), state)


def single(count: int, area: UUID = GROUP, **told: Any) -> Cell:
    base: dict[str, Any] = {"service": "vneid", "outcome": "completed", "age_band": "unknown", "resident_area": area}
    return Cell(area, count=count, **(base | told))


def paper(*books: Tally, singles: Any = (), by_session: Any = None) -> dict[tuple[Any, ...], tuple[int, bool]]:
    """Count and excess by area and kind, whatever the sessions."""
    cells = count_paper(WARD, books, singles, by_session or {})
    kinds = [(c.area, c.service, c.outcome, c.age_band, c.resident_area) for c in cells]
    assert len({(*kind, c.session) for kind, c in zip(kinds, cells, strict=True)}) == len(cells), "two cells of one key"
    found: dict[tuple[Any, ...], tuple[int, bool]] = {}
    for kind, cell in zip(kinds, cells, strict=True):
        count, exceeded = found.get(kind, (0, False))
        found[kind] = (count + cell.count, exceeded or cell.is_exceeded)
    return found


def total(cells: dict[tuple[Any, ...], tuple[int, bool]]) -> int:
    return sum(count for count, _ in cells.values())


def test_a_book_of_what_is_unlisted_adds_its_counts_to_whatever_is_recorded_singly() -> None:
    assert paper(book(line(7), covers="unlisted"), singles=[single(100)]) == {
        (GROUP, "vneid", "completed", "unknown", GROUP): (7, False)
    }


@pytest.mark.parametrize(
    ("recorded", "added", "exceeded"), [(0, 10, False), (4, 6, False), (10, 0, False), (11, 0, True)]
)
def test_a_book_of_all_adds_what_is_missing_and_flags_an_excess(recorded: int, added: int, exceeded: bool) -> None:
    found = paper(book(line(10)), singles=[single(recorded)])

    cell = (GROUP, "vneid", "completed", "unknown", GROUP)
    assert found == ({cell: (added, exceeded)} if added or exceeded else {})


def test_a_zero_report_adds_nothing() -> None:
    assert paper(book(), book(number=2, covers="unlisted"), singles=[single(3)]) == {}


@pytest.mark.parametrize(
    "other", [{"service": "dvc"}, {"outcome": "failed"}, {"age_band": "0_5"}, {"resident_area": ELSEWHERE}], ids=str
)
def test_a_line_is_compared_only_with_what_it_speaks_of(other: dict[str, Any]) -> None:
    told = line(10, age_band="60_plus", resident_area=GROUP)

    assert total(paper(book(told), singles=[single(10, **{"age_band": "60_plus"} | other)])) == 10
    assert total(paper(book(told), singles=[single(10, age_band="60_plus")])) == 0


def test_what_a_line_leaves_out_it_says_of_every_age_and_residence() -> None:
    singles = [single(2, age_band="0_5"), single(3, age_band="60_plus", resident_area=ELSEWHERE)]

    assert total(paper(book(line(10)), singles=singles)) == 5


def test_a_book_of_a_group_is_compared_with_its_group_and_a_book_of_the_ward_with_all_of_it() -> None:
    singles = [single(4), single(5, area=OTHER_GROUP)]

    assert total(paper(book(line(20)), singles=singles)) == 16
    assert total(paper(book(line(20), area=WARD), singles=singles)) == 11


def test_groups_come_before_their_ward_so_the_ward_adds_only_what_is_still_missing() -> None:
    ward, group = book(line(20), area=WARD, number=1), book(line(8), number=2)

    found = paper(ward, group)

    assert found[(GROUP, "vneid", "completed", "unknown", GROUP)] == (8, False)
    assert found[(WARD, "vneid", "completed", "unknown", WARD)] == (12, False)


def test_sessions_come_before_days_and_a_session_is_compared_with_its_own_assists_only() -> None:
    day, session = book(line(20), number=1), book(line(8), number=2, session=SESSION)
    by_session = {SESSION: [single(3, area=SESSION)], OTHER_SESSION: [single(100, area=OTHER_SESSION)]}

    found = paper(day, session, singles=[single(3)], by_session=by_session)

    # The session adds 5 to its 3; the day then knows of 8 and adds 12.
    assert found == {(GROUP, "vneid", "completed", "unknown", GROUP): (17, False)}


def test_what_the_book_of_a_session_adds_stands_under_the_session() -> None:
    books = [
        book(line(20), number=1),
        book(line(8), number=2, session=SESSION),
        book(line(1), number=3, session=OTHER_SESSION),
    ]

    cells = count_paper(WARD, books, [single(3)], {SESSION: [single(3, area=SESSION)]})

    assert {(c.session, c.count) for c in cells} == {(SESSION, 5), (OTHER_SESSION, 1), (None, 11)}
    assert {c.area for c in cells} == {GROUP}


def test_a_day_that_says_less_than_its_session_still_comes_after_it() -> None:
    day, session = book(line(6), number=1), book(line(8), number=2, session=SESSION)

    found = paper(day, session, singles=[single(3)], by_session={SESSION: [single(3, area=SESSION)]})

    assert found == {(GROUP, "vneid", "completed", "unknown", GROUP): (5, True)}


def test_a_ward_that_says_less_than_its_group_still_comes_after_it() -> None:
    found = paper(book(line(8), area=WARD, number=1), book(line(20), number=2))

    assert found == {
        (GROUP, "vneid", "completed", "unknown", GROUP): (20, False),
        (WARD, "vneid", "completed", "unknown", WARD): (0, True),
    }


def test_a_session_that_exceeds_its_book_flags_the_cell_although_the_day_does_not() -> None:
    day, session = book(line(20), number=1), book(line(2), number=2, session=SESSION)

    found = paper(day, session, singles=[single(3)], by_session={SESSION: [single(3, area=SESSION)]})

    assert found == {(GROUP, "vneid", "completed", "unknown", GROUP): (17, True)}


def test_a_line_that_tells_more_comes_before_one_that_tells_less() -> None:
    found = paper(book(line(10), line(4, age_band="60_plus")))

    assert found[(GROUP, "vneid", "completed", "60_plus", GROUP)] == (4, False)
    assert found[(GROUP, "vneid", "completed", "unknown", GROUP)] == (6, False)


def test_two_books_of_one_scope_do_not_add_up_the_larger_holds() -> None:
    assert total(paper(book(line(10), number=1), book(line(12), number=2))) == 12
    assert total(paper(book(line(12), number=1), book(line(10), number=2))) == 12


def test_a_book_of_all_takes_in_what_a_book_of_the_unlisted_adds() -> None:
    assert total(paper(book(line(10), number=1), book(line(3), number=2, covers="unlisted"), singles=[single(2)])) == 8


# -- for any books -------------------------------------------------------------------------------------------------

SERVICES, AGES = st.sampled_from(["vneid", "dvc"]), st.sampled_from(["60_plus", "0_5", "unknown"])
AREAS, SESSIONS = st.sampled_from([WARD, GROUP, OTHER_GROUP]), st.sampled_from([SESSION, OTHER_SESSION])
RESIDENCES = st.sampled_from([WARD, GROUP, ELSEWHERE])
LINES = st.builds(
    TallyLineState,
    service=SERVICES,
    outcome=st.sampled_from(["completed", "failed"]),
    count=st.integers(1, 30),
    age_band=st.none() | AGES,
    resident_area=st.none() | RESIDENCES,
)
STATES = st.builds(
    TallyState,
    day=st.just(DAY),
    area=AREAS,
    ward=st.just(WARD),
    covers=st.sampled_from(["all", "all", "unlisted"]),
    version=st.just(1),
    lines=st.lists(LINES, max_size=4),
    session=st.none() | SESSIONS,
)
BOOKS = st.lists(STATES, max_size=5).map(lambda states: [Tally(UUID(int=i), s) for i, s in enumerate(states)])


def cells(area: st.SearchStrategy[UUID]) -> st.SearchStrategy[list[Cell]]:
    outcomes = st.sampled_from(["completed", "failed"])
    return st.lists(st.builds(Cell, area, SERVICES, outcomes, AGES, RESIDENCES, st.integers(1, 20)), max_size=5)


SINGLES = cells(AREAS)
OF_SESSIONS = st.fixed_dictionaries({SESSION: cells(st.just(SESSION)), OTHER_SESSION: cells(st.just(OTHER_SESSION))})


@settings(max_examples=400, deadline=None)
@given(books=BOOKS, singles=SINGLES, by_session=OF_SESSIONS, data=st.data())
def test_the_order_of_the_books_and_of_the_singles_does_not_matter(
    books: list[Tally], singles: list[Cell], by_session: dict[UUID, list[Cell]], data: st.DataObject
) -> None:
    otherwise, turned = data.draw(st.permutations(books)), data.draw(st.permutations(singles))

    assert paper(*otherwise, singles=turned, by_session=by_session) == paper(
        *books, singles=singles, by_session=by_session
    )


@settings(max_examples=300, deadline=None)
@given(books=BOOKS, singles=SINGLES, by_session=OF_SESSIONS)
def test_a_book_never_takes_away_and_never_adds_more_than_it_says(
    books: list[Tally], singles: list[Cell], by_session: dict[UUID, list[Cell]]
) -> None:
    said: Counter[tuple[str, str]] = Counter()
    for one in books:
        said.update({(told.service, told.outcome): 0 for told in one.state.lines})
        for told in one.state.lines:
            said[(told.service, told.outcome)] += told.count

    found = paper(*books, singles=singles, by_session=by_session)

    added: Counter[tuple[str, str]] = Counter()
    for key, (count, exceeded) in found.items():
        assert count > 0 or exceeded
        added[(key[1], key[2])] += count
    assert all(added[cell] <= said[cell] for cell in added)


@settings(max_examples=300, deadline=None)
@given(counts=st.lists(st.integers(1, 30), min_size=1, max_size=4), singles=SINGLES)
def test_books_of_the_whole_ward_bring_the_figure_to_the_greatest_of_them_or_leave_it(
    counts: list[int], singles: list[Cell]
) -> None:
    books = [book(line(count), area=WARD, number=number) for number, count in enumerate(counts)]
    recorded = sum(c.count for c in singles if (c.service, c.outcome) == ("vneid", "completed"))

    found = paper(*books, singles=singles)

    assert recorded + total(found) == max(recorded, *counts)
    # The smallest is read first, so the others never exceed it: only single assists do.
    assert any(exceeded for _, exceeded in found.values()) is (recorded > min(counts))


def test_nothing_given_is_changed() -> None:
    singles, by_session = [single(4)], {SESSION: [single(1, area=SESSION)]}
    books = [book(line(10), number=1), book(line(3), number=2, session=SESSION)]

    first = paper(*books, singles=singles, by_session=by_session)

    assert singles == [single(4)]
    assert by_session == {SESSION: [single(1, area=SESSION)]}
    assert paper(*books, singles=singles, by_session=by_session) == first
