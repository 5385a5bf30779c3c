"""Every query of every dashboard over the same month of two wards: it answers for each choice, and says what the views say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from shared import clock, database
from tests.integration.test_grafana_views import march, prepare
from tests.support.grafana import Choice, boards
from tests.support.postgres import TestPostgres
from tests.support.reporting import Told, identify

BOARDS = {uid: board for uid, board in boards().items() if board.queries("rawSql")}
PANELS = [(uid, panel) for uid, board in BOARDS.items() for panel in board.queries("rawSql")]
W1, W2 = str(identify("w1")), str(identify("w2"))
NASTY = "' OR true --"


def as_vneid(url: str) -> None:
    """The same month, of the service that the campaign's dashboard is about; and a day is closed and compared."""
    prepare(url)
    engine = database.engine(url)
    told = Told(engine)
    for table in ("target", "official_count", "assists_by_day", "credited_by_day", "paper_by_day", "service"):
        told.do(f"UPDATE {table} SET service = 'vneid_activation' WHERE service = 's'")
    told.do("UPDATE campaign SET services = array_replace(services, 's', 'vneid_activation')")
    told.do("INSERT INTO closing VALUES (%s, now(), true, '[]', '{}')", march(5))
    told.do("INSERT INTO reconciliation VALUES (%s, %s, now(), 2, 40, 0, 3, 'x')", march(5), march(1))
    engine.dispose()


@pytest.fixture(scope="module")
def told(postgres: TestPostgres) -> Iterator[Told]:
    url = postgres.fresh_database(as_vneid)
    engine = database.engine(url)
    yield Told(engine)
    engine.dispose()
    postgres.drop(url)


def chosen(day: str, ward: list[str] | None = None, **more: list[str] | None) -> Choice:
    return {"day": [day], "ward": ward, "service": None, "campaign": None} | more


def ask(told: Told, uid: str, panel: str, choice: Choice) -> tuple[list[str], list[tuple[Any, ...]]]:
    board = BOARDS[uid]
    with database.transaction(told.engine) as connection:
        connection.execute("SET TRANSACTION READ ONLY")
        cursor = connection.execute(board.interpolate(board.queries("rawSql")[panel], choice).encode())
        return [column.name for column in cursor.description or ()], cursor.fetchall()


def number(told: Told, uid: str, panel: str, choice: Choice) -> Any:
    return ask(told, uid, panel, choice)[1][0][0]


def test_there_are_the_seven_dashboards_of_the_glossary() -> None:
    assert sorted(board.content["title"] for board in boards().values()) == sorted(
        [
            "Toàn địa bàn", "Một phường, xã", "Chiến dịch VNeID: đến người cuối cùng",
            "Tổ công nghệ số và tình nguyện viên", "Ý kiến người dân", "Báo cáo và chốt số liệu", "Vận hành hệ thống",
        ]
    )  # fmt: skip


@pytest.mark.parametrize(("uid", "panel"), PANELS)
def test_a_panel_answers_for_every_choice(told: Told, uid: str, panel: str) -> None:
    for choice in (
        chosen("today"), chosen("2026-03-05"), chosen("2026-03-05", [W1]), chosen("2026-03-05", [W1, W2]),
        chosen("2021-01-01"), chosen("today", [NASTY], service=[NASTY], campaign=[NASTY]),
    ):  # fmt: skip
        # One ward is chosen where it cannot be all of them.
        given = choice if BOARDS[uid].variables["ward"].get("allValue") else choice | {"ward": choice["ward"] or [W1]}
        names, found = ask(told, uid, panel, given)
        assert all(name[0].isupper() or name == "30 ngày" for name in names)
        if panel in BOARDS[uid].numbers:
            assert len(found) == 1, given


@pytest.mark.parametrize(("uid", "panel"), PANELS)
def test_a_panel_shows_something_for_a_day_with_figures(told: Told, uid: str, panel: str) -> None:
    found = [row for day in range(2, 7) for row in ask(told, uid, panel, chosen(f"2026-03-0{day}", [W1]))[1]]

    assert any(value not in (None, 0) for row in found for value in row)


@pytest.mark.parametrize("uid", BOARDS)
def test_the_choices_are_offered(told: Told, uid: str) -> None:
    for name, one in BOARDS[uid].variables.items():
        query = BOARDS[uid].interpolate(one["query"], chosen("2026-03-05"))
        with database.transaction(told.engine) as connection:
            offered = connection.execute(query.encode()).fetchall()
        assert {"ward": W1, "day": "today", "campaign": str(identify("c")), "service": "m"}[name] in {
            row[1] for row in offered
        }


def test_a_ward_that_is_not_chosen_is_not_counted(told: Told) -> None:
    for uid, panel in (
        ("cds-den-nguoi-cuoi-cung", "Chỉ tiêu"), ("cds-den-nguoi-cuoi-cung", "Đã đạt"),
        ("cds-tinh-nguyen-vien", "Giờ tình nguyện trong ngày"), ("cds-y-kien-nguoi-dan", "Đang mở"),
        ("cds-bao-cao-chot-so-lieu", "Phải báo cáo"),
    ):  # fmt: skip
        day = "2026-03-04"
        whole, one, other = (number(told, uid, panel, chosen(day, wards)) for wards in (None, [W1], [W2]))
        assert whole == one + other, panel
        assert other > 0
        assert number(told, uid, panel, chosen(day, [NASTY])) in (0, None)


def test_the_numbers_are_those_of_the_views(told: Told) -> None:
    day = "2026-03-05"
    (progress,) = told.ask(
        """SELECT sum(goal), sum(done), greatest(0, sum(goal) - sum(done)), sum(expected), sum(done) - sum(expected)
             FROM grafana.progress(%s) WHERE service LIKE 'vneid%%'""",
        march(5),
    )
    shown = [
        number(told, "cds-den-nguoi-cuoi-cung", panel, chosen(day))
        for panel in ("Chỉ tiêu", "Đã đạt", "Còn lại", "Kế hoạch đến hôm nay", "Chênh lệch")
    ]
    table = ask(told, "cds-den-nguoi-cuoi-cung", "Theo tổ dân phố, phường, xã", chosen(day))[1]
    reports = [
        number(told, "cds-bao-cao-chot-so-lieu", panel, chosen(day))
        for panel in ("Phải báo cáo", "Đã báo cáo", "Chưa báo cáo", "Số không khớp khi đối soát")
    ]
    overdue = told.ask("SELECT count(*) FROM grafana.feedback WHERE is_overdue")[0][0]

    assert tuple(shown) == progress
    assert (sum(row[2] for row in table), sum(row[3] for row in table)) == progress[:2]
    assert reports[0] == reports[1] + reports[2]
    assert reports[3] == 3
    assert number(told, "cds-y-kien-nguoi-dan", "Quá hạn", chosen(day)) == overdue > 0
    assert len(ask(told, "cds-y-kien-nguoi-dan", "Quá hạn lâu nhất", chosen(day))[1]) == overdue
    assert number(told, "cds-bao-cao-chot-so-lieu", "Ngày đã chốt gần nhất", chosen("today")) == "05/3/2026"
    assert clock.today() > march(31)
