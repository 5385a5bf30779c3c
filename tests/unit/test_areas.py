"""What an area code means on a day: the book of areas on histories made by hand, and on any history."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.areas import APPORTIONED, AreaBook, Located, UnknownArea
from shared.database import Connection

BEGIN, REFORM = dt.date(2020, 1, 1), dt.date(2025, 7, 1)
BEFORE, AFTER = REFORM - dt.timedelta(days=1), REFORM


@dataclass
class History:
    """What the tables of the replica would hold; read by AreaBook.load through the same three queries."""

    areas: dict[UUID, list[Any]] = field(default_factory=dict)
    parents: list[tuple[UUID, dt.date, UUID]] = field(default_factory=list)
    successions: list[tuple[UUID, UUID, bool]] = field(default_factory=list)

    def area(
        self, code: str, name: str, level: str = "ward", since: dt.date = BEGIN, until: dt.date | None = None
    ) -> UUID:
        made = UUID(int=len(self.areas) + 1)
        self.areas[made] = [made, code, name, level, None, since, until]
        return made

    def group(self, code: str, ward: UUID, since: dt.date = BEGIN, until: dt.date | None = None) -> UUID:
        made = self.area(code, f"Tổ {code}", "residential_group", since, until)
        self.parents.append((made, since, ward))
        return made

    def succeed(self, gone: UUID, on: dt.date, to: dict[UUID, list[UUID]], main: UUID | None = None) -> None:
        self.areas[gone][6] = on - dt.timedelta(days=1)
        for successor, groups in to.items():
            self.successions.append((gone, successor, successor == main or len(to) == 1))
            self.parents += [(group, on, successor) for group in groups]

    def execute(self, sql: str) -> list[Any]:
        if " FROM area_parent " in sql:
            return sorted(self.parents)
        if " FROM area_succession " in sql:
            return sorted(self.successions, key=lambda row: (not row[2], row[1]))
        return sorted(self.areas.values(), key=lambda row: (row[5], row[0]))

    def book(self) -> AreaBook:
        return AreaBook.load(cast(Connection, self))


@pytest.fixture
def history() -> History:
    return History()


def refused(book: AreaBook, reference: str, day: dt.date, home: list[UUID]) -> str:
    with pytest.raises(UnknownArea) as error:
        book.locate(reference, day, home)
    return str(error.value)


# -- by hand -------------------------------------------------------------------------------------------------------


def test_a_ward_is_found_by_its_code_and_a_group_by_its_own_code_or_with_the_wards(history: History) -> None:
    ward, other = history.area("11692", "Phường Hải Thành"), history.area("11689", "Phường Anh Dũng")
    group, namesake = history.group("tdp-03", ward), history.group("tdp-03", other)
    book = history.book()

    assert book.locate("11692", BEFORE, []) == Located(ward)
    assert book.locate("11692/tdp-03", BEFORE, []) == Located(group)
    assert book.locate("tdp-03", BEFORE, [ward]) == Located(group)
    assert book.locate("tdp-03", BEFORE, [other]) == Located(namesake)


def test_a_code_used_again_means_the_area_that_bears_it_on_the_day(history: History) -> None:
    old = history.area("11692", "Phường Hải Thành cũ")
    new = history.area("11692", "Phường Dương Kinh", since=REFORM)
    elsewhere = history.area("11700", "Phường khác", since=REFORM)
    history.succeed(old, REFORM, {elsewhere: []})
    book = history.book()

    assert book.locate("11692", BEFORE, []) == Located(old)
    assert book.locate("11692", AFTER, []) == Located(new)


def test_a_code_of_which_the_area_is_gone_goes_to_the_main_successor_and_is_marked_when_it_was_split(
    history: History,
) -> None:
    old = history.area("11692", "Phường Hải Thành")
    # The lesser one is older and of a smaller id: only being main decides.
    lesser = history.area("11701", "Phường Nam", since=REFORM)
    main = history.area("11702", "Phường Bắc", since=REFORM)
    history.succeed(old, REFORM, {lesser: [], main: []}, main=main)
    book = history.book()

    assert book.locate("11692", AFTER, []) == Located(main, (APPORTIONED,))
    assert book.locate("11692", BEFORE, []) == Located(old)


def test_a_rename_and_a_merge_lead_on_without_a_mark_also_over_two_steps(history: History) -> None:
    first = history.area("10001", "Xã Một")
    second = history.area("10002", "Xã Hai", since=dt.date(2022, 1, 1))
    third = history.area("10003", "Phường Ba", since=REFORM)
    history.succeed(first, dt.date(2022, 1, 1), {second: []})
    history.succeed(second, REFORM, {third: []})
    book = history.book()

    assert book.locate("10001", dt.date(2021, 12, 31), []) == Located(first)
    assert book.locate("10001", dt.date(2022, 1, 1), []) == Located(second)
    assert book.locate("10001", AFTER, []) == Located(third)
    assert book.with_successors([first]) == {first, second, third}


def test_a_split_on_the_way_marks_what_comes_after_it(history: History) -> None:
    first = history.area("10001", "Xã Một")
    half, rest = history.area("10002", "Xã Hai", since=REFORM), history.area("10003", "Xã Ba", since=REFORM)
    last = history.area("10004", "Phường Bốn", since=dt.date(2026, 1, 1))
    history.succeed(first, REFORM, {half: [], rest: []}, main=half)
    history.succeed(half, dt.date(2026, 1, 1), {last: []})

    assert history.book().locate("10001", dt.date(2026, 3, 1), []) == Located(last, (APPORTIONED,))


def test_a_group_of_a_dead_ward_is_still_meant_by_the_dead_wards_code_and_at_home(history: History) -> None:
    old = history.area("11692", "Phường Hải Thành")
    group = history.group("tdp-03", old)
    new = history.area("11800", "Phường Dương Kinh", since=REFORM)
    history.succeed(old, REFORM, {new: [group]})
    book = history.book()

    assert book.locate("11692/tdp-03", AFTER, []) == Located(group)
    assert book.locate("11800/tdp-03", AFTER, []) == Located(group)
    assert book.locate("tdp-03", AFTER, [old]) == Located(group)
    assert [area.area_id for area in book.lineage(group, AFTER)] == [group, new]
    assert [area.area_id for area in book.lineage(group, BEFORE)] == [group, old]


def test_at_home_in_a_dead_and_a_living_ward_the_living_one_is_asked_first(history: History) -> None:
    old, new = history.area("11692", "Cũ"), history.area("11800", "Mới", since=REFORM)
    of_old = history.group("tdp-03", old)
    of_new = history.group("tdp-03", new, since=REFORM)
    elsewhere = history.area("11900", "Nơi khác", since=REFORM)
    history.succeed(old, REFORM, {elsewhere: [of_old]})
    book = history.book()

    assert book.locate("tdp-03", AFTER, [old, new]) == Located(of_new)
    assert book.locate("tdp-03", BEFORE, [old, new]) == Located(of_old)


def test_a_split_sends_each_group_where_it_went(history: History) -> None:
    old = history.area("11692", "Cũ")
    north, south = history.group("tdp-01", old), history.group("tdp-02", old)
    main, lesser = history.area("11801", "Bắc", since=REFORM), history.area("11802", "Nam", since=REFORM)
    history.succeed(old, REFORM, {main: [north], lesser: [south]}, main=main)
    book = history.book()

    # The group itself is known, so nothing is apportioned.
    assert book.locate("11692/tdp-02", AFTER, []) == Located(south)
    assert book.groups(main, AFTER) == [book.areas[north]]
    assert book.groups(lesser, AFTER) == [book.areas[south]]
    assert book.groups(old, AFTER) == []
    assert book.ward(south, AFTER) == book.areas[lesser]


# -- what is refused, and how -----------------------------------------------------------------------------------------


def test_a_code_of_nobody_is_refused_with_the_code(history: History) -> None:
    history.area("11692", "Phường Hải Thành")

    assert refused(history.book(), "99999", BEFORE, []) == (
        "Không tìm thấy đơn vị có mã “99999”. Vui lòng kiểm tra mã đơn vị hành chính."
    )


def test_a_code_is_not_known_before_its_area_begins(history: History) -> None:
    history.area("11800", "Phường Dương Kinh", since=REFORM)

    assert "“11800”" in refused(history.book(), "11800", BEFORE, [])


def test_a_group_of_nobody_is_refused_with_the_groups_that_there_are(history: History) -> None:
    ward = history.area("11692", "Phường Hải Thành")
    history.group("tdp-02", ward)
    history.group("tdp-01", ward)
    history.group("tdp-09", ward, until=dt.date(2021, 1, 1))

    told = refused(history.book(), "tdp-33", BEFORE, [ward])

    assert told == (
        "Không tìm thấy “tdp-33” trong Phường Hải Thành. Các tổ hiện có: tdp-01, tdp-02. "
        "Vui lòng kiểm tra mã tổ dân phố."
    )


def test_a_ward_without_groups_says_so(history: History) -> None:
    ward = history.area("11692", "Phường Hải Thành")

    assert "Các tổ hiện có: chưa có tổ nào." in refused(history.book(), "11692/tdp-01", BEFORE, [ward])


def test_an_app_without_a_ward_must_send_the_wards_code_as_well(history: History) -> None:
    city = history.area("31", "Hải Phòng", "province")

    assert refused(history.book(), "tdp-01", BEFORE, [city, UUID(int=99)]) == (
        "Ứng dụng không gắn với một phường, xã nào nên không rõ “tdp-01” ở đâu. "
        "Vui lòng gửi cả mã phường, xã, ví dụ 11692/tdp-01."
    )


def test_an_area_that_ended_without_a_successor_is_refused_with_its_last_day(history: History) -> None:
    history.area("11692", "Phường Hải Thành", until=BEFORE)

    assert refused(history.book(), "11692", AFTER, []) == (
        "Phường Hải Thành (11692) không còn từ ngày 30/6/2025 và chưa rõ đơn vị kế thừa. "
        "Vui lòng gửi mã đơn vị hiện nay."
    )


def test_a_successor_that_is_not_known_here_yet_counts_as_none(history: History) -> None:
    old = history.area("11692", "Phường Hải Thành")
    history.succeed(old, REFORM, {UUID(int=99): []})

    assert "chưa rõ đơn vị kế thừa" in refused(history.book(), "11692", AFTER, [])


def test_two_areas_that_succeed_each_other_end_in_a_refusal_and_not_in_a_circle(history: History) -> None:
    one, two = history.area("10001", "Xã Một"), history.area("10002", "Xã Hai")
    history.succeed(one, REFORM, {two: []})
    history.succeed(two, REFORM, {one: []})

    assert "chưa rõ đơn vị kế thừa" in refused(history.book(), "10001", AFTER, [])


# -- any history ------------------------------------------------------------------------------------------------------


@dataclass
class Told:
    """A generated history with what it means: on each day of change, which ward each group is in."""

    history: History
    at: list[tuple[dt.date, dict[UUID, UUID]]]

    def ward_of(self, group: UUID, day: dt.date) -> UUID:
        return [placed for since, placed in self.at if since <= day][-1][group]


@st.composite
def histories(draw: st.DrawFn) -> Told:
    """Two to four wards with groups; then merges, splits and renames, some of which use a dead ward's code again."""
    history = History()
    living = [history.area(str(10001 + n), f"Xã {n}") for n in range(draw(st.integers(2, 4)))]
    placed: dict[UUID, UUID] = {}
    for ward in living:
        placed |= {history.group(f"tdp-{n:02d}", ward): ward for n in range(draw(st.integers(1, 3)))}
    told, day = Told(history, [(BEGIN, dict(placed))]), BEGIN
    free: list[str] = []
    for number in range(draw(st.integers(0, 4))):
        day += dt.timedelta(days=draw(st.integers(1, 400)))
        gone = draw(st.lists(st.sampled_from(living), min_size=1, max_size=2, unique=True))
        codes = [str(20001 + 2 * number), str(20002 + 2 * number)]
        if draw(st.booleans()) and free:
            codes[0] = free.pop()
        kinds = ["merge"] if len(gone) > 1 else ["split", "rename"]
        count = 2 if draw(st.sampled_from(kinds)) == "split" else 1
        new = [history.area(code, f"Phường {code}", since=day) for code in codes[:count]]
        for ward in gone:
            moved: dict[UUID, list[UUID]] = {one: [] for one in new}
            for group in [group for group, where in placed.items() if where == ward]:
                where = draw(st.sampled_from(new))
                moved[where].append(group)
                placed[group] = where
            history.succeed(ward, day, moved, main=draw(st.sampled_from(new)))
            free.append(history.areas[ward][1])
        living = [ward for ward in living if ward not in gone] + new
        told.at.append((day, dict(placed)))
    return told


def days_of(told: Told) -> list[dt.date]:
    one = dt.timedelta(days=1)
    return sorted({day for since, _ in told.at for day in (since, since + one, max(BEGIN, since - one))})


@settings(max_examples=150, deadline=None)
@given(told=histories())
def test_on_any_day_each_group_has_exactly_one_ward_and_it_is_the_one_it_was_sent_to(told: Told) -> None:
    book = told.history.book()
    wards = [area for area in book.areas.values() if area.level == "ward"]

    for day in days_of(told):
        for group in told.at[0][1]:
            holding = [ward.area_id for ward in wards if group in {a.area_id for a in book.groups(ward.area_id, day)}]
            assert holding == [told.ward_of(group, day)]
            assert book.ward(group, day) == book.areas[holding[0]]
            assert book.areas[holding[0]].is_valid_on(day)


@settings(max_examples=150, deadline=None)
@given(told=histories())
def test_on_any_day_every_code_that_was_ever_borne_leads_to_an_area_of_that_day(told: Told) -> None:
    book = told.history.book()

    for day in days_of(told):
        for ward in [area for area in book.areas.values() if area.level == "ward" and area.valid_from <= day]:
            found = book.locate(ward.code, day, [])
            assert book.areas[found.area_id].is_valid_on(day)
            assert set(found.marks) <= {APPORTIONED}
            if ward.is_valid_on(day):
                assert found == Located(ward.area_id)


@settings(max_examples=150, deadline=None)
@given(told=histories())
def test_on_any_day_a_group_is_found_under_its_ward_and_under_every_ward_it_was_in_at_the_end(told: Told) -> None:
    book = told.history.book()

    for day in days_of(told):
        for group in told.at[0][1]:
            ward = book.areas[told.ward_of(group, day)]
            under = {a.area_id for a in book.groups(ward.area_id, day) if a.code == book.areas[group].code}
            assert book.locate(f"{ward.code}/{book.areas[group].code}", day, []).area_id in under
            for since, earlier in book.placements(group):
                if since <= day:
                    last = min(day, book.areas[earlier].valid_to or day)
                    there = {a.area_id for a in book.groups(earlier, last) if a.code == book.areas[group].code}
                    assert group in there
                    assert book.locate(book.areas[group].code, day, [earlier]).area_id in there
