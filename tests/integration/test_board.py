"""The board over real services: each figure beside those of the queries' own tests, who is let in, and what is not sent
again.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import jsonschema
import pytest

from deploy.cds.registry_commands import add_client
from services.reporting.app import create_app
from services.reporting.board import pages
from services.reporting.board.figures import View, board
from services.reporting.closing.figures import WHOLE
from shared import clock
from shared.areas import AreaBook
from shared.database import transaction
from tests.support.by_hand import count
from tests.support.events import event, tally
from tests.support.page import PASSWORD, TODAYS_APP, add_officer, from_app
from tests.support.postgres import TestPostgres
from tests.support.stack import VIEWER, Stack

DUONG_KINH = "11692"
HTML = {"Accept": "text/html"}
ASSIST = {"service": "vneid_activation", "outcome": "completed"}
Row = dict[str, Any]


def yesterday() -> str:
    return clock.rfc3339(clock.now() - dt.timedelta(days=1))


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    """The sample's registry with its running campaign; a ward's evening, and one assist of the day before."""
    with Stack(postgres, "memory://") as made:
        made.serve()
        day = clock.today().isoformat()
        session = from_app("session.opened", kind="support")
        token = "k1." + "A" * 43
        sent = [
            session,
            *(from_app("assist.recorded", **ASSIST) for _ in range(2)),
            from_app("assist.recorded", **ASSIST, resident_token=token),
            from_app("assist.recorded", **ASSIST, resident_token=token),
            from_app("assist.recorded", service="digital_skills", outcome="failed", reason="no_smartphone"),
            event("assist.recorded", {"area": "tdp-03", **ASSIST}, TODAYS_APP, time=yesterday()),
            tally(("vneid_activation", "completed", 5), client_id=TODAYS_APP, day=day, area="tdp-01"),
            tally(client_id=TODAYS_APP, day=day, area="tdp-02"),
            from_app("feedback.raised", kind="report", theme="infrastructure", text="Sóng yếu.", due_on="2026-01-05"),
        ]
        answer = made.post(sent, TODAYS_APP)
        assert answer.json()["counts"]["accepted"] == len(sent), answer.text
        count(made)
        yield made


@pytest.fixture
def web(stack: Stack) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {stack.token(VIEWER)}"}
    with httpx.Client(base_url=stack.url("reporting"), headers=headers, timeout=20, trust_env=False) as client:
        yield client


@pytest.fixture
def visitor(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.url("reporting"), timeout=20, trust_env=False) as client:
        yield client


def ask(web: httpx.Client, **query: str) -> Row:
    answer = web.get("/v1/board", params=query)
    assert answer.status_code == 200, answer.text
    found: Row = answer.json()
    return found


def at(stack: Stack, hour: int, area: str | None = None) -> Row:
    """The board at an hour of today."""
    now = dt.datetime.combine(clock.today(), dt.time(hour), clock.LOCAL_ZONE)
    engine = stack.engine("reporting")
    with transaction(engine) as connection:
        found = board(connection, pages.view_of(AreaBook.load(connection), area, now))
    engine.dispose()
    return found


def test_today_stands_beside_yesterday(web: httpx.Client) -> None:
    found = {row["figure"]: (row["today"], row["yesterday"]) for row in ask(web)["today"]}

    # F4: two without a token, one resident who came twice, five from paper.
    assert found == {"F2": (9, 1), "F4": (8, 1), "F7": (1, 0), "F8": (0, 0), "F9": (0, 0)}


def test_thirty_days_end_with_today_and_have_no_gap(web: httpx.Client) -> None:
    days = ask(web)["days"]
    today = clock.today()

    assert [row["day"] for row in days] == [str(today - dt.timedelta(days=back)) for back in range(29, -1, -1)]
    assert [row["credited"] for row in days] == [0] * 28 + [1, 8]
    assert (days[-1]["without_token"], days[-1]["from_paper"]) == (2, 5)


def test_progress_is_sorted_by_what_is_left_and_adds_up(web: httpx.Client, stack: Stack) -> None:
    (plan,) = ask(web)["progress"]
    whole, units = plan["whole"], plan["units"]

    assert [unit["left"] for unit in units] == sorted((unit["left"] for unit in units), reverse=True)
    assert {unit["area"]["level"] for unit in units} == {"ward"}
    for name in ("goal", "done", "left", "expected", "gap"):
        assert sum(unit[name] for unit in units) == whole[name]
    ((goal, base),) = stack.ask(
        "reporting",
        "SELECT sum(goal), sum(already_done) FROM target JOIN campaign USING (campaign_id) WHERE ends_on > %s",
        clock.today(),
    )
    assert (whole["goal"], whole["done"]) == (goal, base + 9)  # both days


def test_a_ward_has_its_groups_and_only_its_own_figures(web: httpx.Client) -> None:
    found = ask(web, area=DUONG_KINH)
    (plan,) = found["progress"]

    assert found["area"]["name"] == "Phường Dương Kinh"
    assert {unit["area"]["level"] for unit in plan["units"]} == {"residential_group"}
    assert sum(unit["goal"] for unit in plan["units"]) == plan["whole"]["goal"]
    assert found["today"][0] == {"figure": "F2", "name": "completed", "today": 9, "yesterday": 1}
    others = ask(web, area="11683")
    assert [row["today"] for row in others["today"]] == [0, 0, 0, 0, 0]


def test_a_group_is_its_own_unit(web: httpx.Client) -> None:
    found = ask(web, area=f"{DUONG_KINH}/tdp-01")

    assert found["today"][0]["today"] == 5
    assert found["progress"][0]["units"] == []


def test_services_are_sorted_and_those_without_success_left_out(web: httpx.Client) -> None:
    rows = ask(web)["services"]

    assert [(row["service"]["service"], row["today"], row["last_days"]) for row in rows] == [
        ("vneid_activation", 9, 10)
    ]


@pytest.mark.parametrize(("hour", "is_told"), [(19, False), (20, True), (23, True)])
def test_who_has_not_reported_is_told_from_20_on(stack: Stack, hour: int, is_told: bool) -> None:
    reports = at(stack, hour, DUONG_KINH)["reports"]

    assert reports["actual"] == 3
    if not is_told:
        assert reports["missing"] is None
        return
    missing = {row["code"] for row in reports["missing"]}
    assert len(missing) == reports["expected"] - 3
    assert missing.isdisjoint({"tdp-01", "tdp-02", "tdp-03"})
    assert {row["ward"]["code"] for row in reports["missing"]} == {DUONG_KINH}


def test_feedback_is_open_and_overdue_without_its_text(web: httpx.Client) -> None:
    found = ask(web)["feedback"]

    assert (found["raised_today"], found["open"], found["overdue"]) == (1, 1, 1)
    (late,) = found["overdue_list"]
    assert (late["theme"], late["due_on"], late["days"]) == (
        "infrastructure", "2026-01-05", (clock.today() - dt.date(2026, 1, 5)).days,
    )  # fmt: skip
    assert "Sóng yếu" not in json.dumps(found, ensure_ascii=False)


def test_the_state_of_the_closing_is_told(stack: Stack, visitor: httpx.Client, web: httpx.Client) -> None:
    assert ask(web)["closing"] == {"is_closed": False, "statement": None, "amendments": 0, "newest": []}
    before = clock.today() - dt.timedelta(days=1)
    closed_at = clock.now() - dt.timedelta(hours=2)
    line = {
        "figure": "F1",
        "service": "vneid_activation",
        "before": 1,
        "after": 2,
        "late": 1,
        "corrected": 0,
        "voided": 0,
    }
    stack.do("reporting", "INSERT INTO closing VALUES (%s, %s, true, '[]', '{sessions}')", before, closed_at)
    stack.do("reporting", "INSERT INTO statement VALUES (%s, %s, 7, '{}', %s, '{}')", WHOLE, before, "ab" * 32)
    stack.do("reporting", "INSERT INTO amendment VALUES (%s, %s, 2, %s, %s)", WHOLE, before, before, json.dumps([line]))
    try:
        found = ask(web)["closing"]
        page = web.get("/", headers=HTML).text
        ward = ask(web, area=DUONG_KINH)["closing"]
    finally:
        for table in ("amendment", "statement", "closing"):
            stack.do("reporting", f"DELETE FROM {table}")

    said = found["statement"]
    assert (said["day"], said["number"], said["sha256"], said["made_late"]) == (str(before), 7, "ab" * 32, True)
    assert found["newest"] == [{"day": str(before), "number": 2, "closing_day": str(before), "lines": [line]}]
    assert "Bản chốt số 7" in page
    assert "gửi muộn +1" in page
    assert "chốt muộn" in page
    assert "Không hỏi được: sessions" in page
    assert ward["statement"] is None


def test_the_page_tells_the_figures_without_a_script(web: httpx.Client) -> None:
    text = web.get("/", headers=HTML).text

    assert '<b class="number" data-key="F2">9</b>' in text
    assert "trong đó 2 chưa có mã, 5 từ sổ" in text
    assert text.count("<tr data-name=") == 30 + 1
    assert 'href="/don-vi/11692"' in text


def test_the_page_in_english_keeps_to_it(web: httpx.Client) -> None:
    text = web.get("/", params={"lang": "en"}, headers=HTML).text

    assert '<html lang="en">' in text
    assert "To the last person" in text
    assert 'href="/don-vi/11692?lang=en"' in text
    assert "Hôm nay" not in text


def test_the_etag_changes_at_20_and_at_midnight(stack: Stack) -> None:
    engine, made = stack.engine("reporting"), set()
    moments = [dt.datetime(2026, 11, 24, 12, 59, 59), dt.datetime(2026, 11, 24, 13), dt.datetime(2026, 11, 24, 17)]
    with transaction(engine) as connection, pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "language", lambda: "vi")
        patch.setattr(pages, "request", httpx.Request("GET", "http://localhost/"))
        patch.setattr(pages, "KEPT_SECONDS", 10**12)
        for moment in moments:
            made.add(pages._etag(connection, View(moment.replace(tzinfo=dt.UTC), None, "ward")))
    engine.dispose()

    assert len(made) == 3


@pytest.mark.parametrize("address", ["/don-vi/99999", "/don-vi/11692/tdp-99", "/don-vi/khong-co"])
def test_an_area_that_is_not_known_is_not_found(web: httpx.Client, address: str) -> None:
    answer = web.get(address, headers=HTML)

    assert answer.status_code == 404
    assert "Về bảng theo dõi" in answer.text


def test_who_has_no_right_to_figures_sees_none(stack: Stack, visitor: httpx.Client) -> None:
    made = add_client(stack.settings, "Chỉ gửi", areas=(DUONG_KINH,), scopes=("events:write",))
    stack.secrets[made.client_id] = made.client_secret or ""
    headers = {"Authorization": f"Bearer {stack.token(made.client_id)}"}

    assert visitor.get("/v1/board").status_code == 401
    assert visitor.get("/v1/board", headers=headers).status_code == 403
    assert visitor.get("/", headers=headers | HTML).status_code == 403
    assert visitor.get("/v1/board", params={"area": "x"}, headers=headers).status_code == 403


def test_a_person_signs_in_and_out(stack: Stack, visitor: httpx.Client) -> None:
    user = add_officer(stack, "Trần Văn Bình", DUONG_KINH)
    form = {"ten": user.upper(), "mat-khau": PASSWORD, "toi": "/don-vi/11692?lang=en"}

    wrong = visitor.post("/bang/dang-nhap", data=form | {"mat-khau": "x"})
    answer = visitor.post("/bang/dang-nhap", data=form)
    cookie = answer.headers["Set-Cookie"]
    shown = visitor.get("/", headers=HTML)
    as_json = visitor.get("/v1/board")
    out = visitor.post("/bang/dang-xuat")

    assert (wrong.status_code, "Set-Cookie" in wrong.headers) == (401, False)
    assert "chưa đúng" in wrong.text
    assert (answer.status_code, answer.headers["Location"]) == (303, "/don-vi/11692?lang=en")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert (shown.status_code, as_json.status_code) == (200, 200)
    assert "Đăng xuất" in shown.text
    assert PASSWORD not in shown.text
    assert out.status_code == 303
    assert visitor.get("/", headers=HTML).status_code == 303


def test_a_client_without_the_right_cannot_sign_in(stack: Stack, visitor: httpx.Client) -> None:
    user = add_officer(stack, "Lê Thị Cúc", DUONG_KINH, scopes=("events:write",))

    answer = visitor.post("/bang/dang-nhap", data={"ten": user, "mat-khau": PASSWORD})

    assert answer.status_code == 403
    assert "không có quyền xem số liệu" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_an_open_board_is_seen_by_everyone(stack: Stack) -> None:
    web = create_app(replace(stack.settings, board_public=True)).test_client()
    page, figures = web.get("/", headers=HTML), web.get("/v1/board")
    tallies = web.get("/v1/tallies")

    assert (page.status_code, figures.status_code) == (200, 200)
    assert "Đăng xuất" not in page.text
    assert tallies.status_code == 401  # the board only


def test_an_unknown_question_is_named(web: httpx.Client) -> None:
    answer = web.get("/v1/board", params={"ward": "11692"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "ward"


def test_the_figures_keep_to_their_schema(web: httpx.Client) -> None:
    document = web.get("/openapi.json").json()
    schema = document["components"]["schemas"]["Board"] | {"components": document["components"]}

    jsonschema.validate(ask(web), schema)


def test_a_page_that_has_not_changed_is_not_sent_again(web: httpx.Client, stack: Stack) -> None:
    first = web.get("/don-vi/11692", headers=HTML)
    known = HTML | {"If-None-Match": first.headers["ETag"]}

    again = web.get("/don-vi/11692", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert web.get("/don-vi/11683", headers=known).status_code == 200
    assert web.get("/don-vi/11692?lang=en", headers=known).status_code == 200

    before = ask(web)["services"][0]["today"]
    stack.post(from_app("assist.recorded", **ASSIST, area="tdp-07"), TODAYS_APP)
    count(stack)
    changed = web.get("/don-vi/11692", headers=known)
    assert changed.status_code == 200
    assert f'data-key="F2">{before + 1}<' in changed.text
