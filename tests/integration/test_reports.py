"""Reports over a real stack: three days of a ward whose numbers are added up here by hand, and the documents of them.

Day 1 is closed; on day 2 something of day 1 comes late and something is voided, and day 2 is closed; day 3 is open.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import html
import io
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import httpx
import pypdf
import pytest
from typer.testing import CliRunner

from deploy.cds.main import app
from deploy.sample import place, plans
from tests.support.evenings import APP, Evenings, assist, book, told, void
from tests.support.libreoffice import saved_as
from tests.support.postgres import TestPostgres
from tests.support.stack import VIEWER, Stack

WARD = "11692"
CULTURAL_HOUSE = str(place.identify("venue", "nvh-to-3-11692-2025"))
MARKET = str(place.identify("venue", "cho-dan-sinh-11692-2025"))


@dataclass
class Told:
    """The stack after its three days, and what is expected of the targets, from the sample's plain data."""

    stack: Stack
    evenings: Evenings
    goals: dict[str, int]
    already: dict[str, int]
    helpers: list[str]
    campaign: str


def volunteers(stack: Stack) -> list[str]:
    rows = stack.ask(
        "reporting",
        """SELECT v.volunteer FROM volunteer AS v JOIN area AS a ON a.area_id = v.area_id
             JOIN area_ancestor AS x ON x.area_id = a.area_id AND x.level = 'ward' AND x.valid_to > '2026-01-01'
             JOIN area AS w ON w.area_id = x.ancestor_id
            WHERE w.code = '11692' AND w.valid_to IS NULL ORDER BY v.volunteer LIMIT 3""",
    )
    return [str(row[0]) for row in rows]


def first_day(evenings: Evenings, helpers: list[str]) -> list[str]:
    """Seven assists recorded one by one (five persons done), five more in the book of group 2; a session of two hours."""
    at = evenings.at
    session = told(
        "session.opened",
        at(1, 8),
        area="tdp-03",
        kind="support",
        venue=CULTURAL_HOUSE,
        planned_end=at(1, 12).isoformat(),
    )
    subjects = evenings.send(
        at(1, 21),
        session,
        assist(at(1, 9), "tdp-01", 1, session=session["subject"], volunteers=helpers[:1]),
        assist(at(1, 9), "tdp-01", 2, session=session["subject"]),
        assist(at(1, 10), "tdp-01", 3),
        assist(at(1, 11), "tdp-01", 1),  # came twice: an assist more, and no person more
        assist(at(1, 10), "tdp-03"),  # without a number: one person
        assist(at(1, 10), "tdp-02", 9, outcome="to_return", reason="sim_not_owner"),
        assist(at(1, 10), "tdp-02", service="digital_skills"),
        book(at(1, 20), "tdp-02", [("vneid_activation", "completed", 5), ("digital_skills", "failed", 2)]),
        told("attendance.checked_in", at(1, 8), session["subject"], area="tdp-03", volunteer=helpers[0]),
        told("attendance.checked_out", at(1, 10), session["subject"], area="tdp-03", volunteer=helpers[0]),
        told("session.closed", at(1, 12), session["subject"], area="tdp-03", present=[], left_waiting=6),
    )
    assert evenings.close(1) == [evenings.day(1)]
    return subjects


def second_day(evenings: Evenings, subjects: list[str]) -> None:
    """Two late activations of day 1 and one of it voided; two persons of its own in group 1, one in group 3."""
    at = evenings.at
    evenings.send(
        at(2, 9), assist(at(1, 21), "tdp-01", 4), assist(at(1, 21, 5), "tdp-01", 5), void(at(2, 9), subjects[3])
    )
    evenings.send(
        at(2, 20),
        assist(at(2, 9), "tdp-01", 6),
        assist(at(2, 9), "tdp-01", 7),
        assist(at(2, 9), "tdp-03", 8),
        assist(at(2, 9), "tdp-04", service="stall_qr_setup", stall="CHO-DK/A01", venue=MARKET),
        told("feedback.raised", at(2, 10), area="tdp-01", kind="need", theme="infrastructure", text="Sóng yếu."),
        told("incident.reported", at(2, 11), area="tdp-01", kind="online_scam", via="zalo", told_police=True),
    )
    assert evenings.close(2) == [evenings.day(2)]
    evenings.send(at(2, 22, 30), assist(at(2, 21), "tdp-03", 10))  # after the cut: of day 2, and not in its statement


def third_day(evenings: Evenings) -> None:
    evenings.send(evenings.at(3, 9), assist(evenings.at(3, 8), "tdp-01", 11))
    evenings.consume()


@pytest.fixture(scope="module")
def made(postgres: TestPostgres) -> Iterator[Told]:
    with pytest.MonkeyPatch.context() as patch, Stack(postgres, "memory://") as stack:
        stack.serve()
        for client_id in (APP, VIEWER):
            stack.token(client_id)
        evenings = Evenings(stack, patch)
        helpers = volunteers(stack)
        second_day(evenings, first_day(evenings, helpers))
        third_day(evenings)
        campaign = plans.campaigns(evenings.today)[1]
        groups = {one.area_id: one for one in place.SAMPLE.groups if one.ward == WARD and one.valid_to is None}
        targets = {groups[one.group].code: one for one in campaign.targets if one.group in groups}
        yield Told(
            stack,
            evenings,
            {code: one.eligible - one.excluded for code, one in targets.items()},
            {code: one.already_done for code, one in targets.items()},
            helpers,
            str(campaign.campaign),
        )


def get(made: Told, path: str, **query: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {made.stack.token(VIEWER)}"}
    return httpx.get(
        f"{made.stack.url('reporting')}/v1{path}", params=query, headers=headers, timeout=30, trust_env=False
    )


def report(made: Told, day: int, unit: str | None = WARD, **query: Any) -> dict[str, Any]:
    asked = query | ({"unit": unit} if unit else {})
    answer = get(made, f"/reports/daily/{made.evenings.day(day)}.json", **asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def rows_of(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The rows of the one table of progress, by the number of the group."""
    (part,) = found["progress"]
    return {row["name"].removeprefix("TDP số "): row for row in part["units"]}


def told_of(row: dict[str, Any]) -> tuple[int, int, int, int]:
    return row["before"], row["today"], row["adjusted"], row["done"]


def pages(made: Told, path: str, **query: Any) -> str:
    """The text of a PDF in one line, without the pages' numbers."""
    answer = get(made, path, **query)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return text_of(answer.content)


def text_of(pdf: bytes) -> str:
    pages = enumerate(pypdf.PdfReader(io.BytesIO(pdf)).pages, 1)
    return " ".join(" ".join(page.extract_text().strip().removeprefix(str(number)) for number, page in pages).split())


# -- the table of progress ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("day", [1, 2, 3])
def test_every_row_adds_up_and_so_does_the_whole(made: Told, day: int) -> None:
    found = report(made, day)
    rows, total = rows_of(found), found["progress"][0]["total"]

    assert list(rows) == [str(number) for number in range(1, 19)]
    for row in [*rows.values(), total]:
        assert row["done"] == row["before"] + row["today"] + row["adjusted"]
        assert row["left"] == max(0, row["goal"] - row["done"])
        assert row["gap"] == row["done"] - row["expected"]
        assert row["share"] == f"{half_up(row['done'], row['goal'])}%".replace(".", ",")
    for name in ("goal", "before", "today", "adjusted", "done", "expected"):
        assert total[name] == sum(row[name] for row in rows.values())
    assert {f"tdp-{int(number):02}": row["goal"] for number, row in rows.items()} == made.goals
    assert found["progress"][0]["points"][-1] == {
        "day": str(made.evenings.day(day)), "done": total["done"], "expected": total["expected"]
    }  # fmt: skip


def half_up(part: int, whole: int) -> Decimal:
    return (Decimal(part * 100) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP)


def test_what_is_expected_is_the_plan_of_the_day(made: Told) -> None:
    """Already done, and the share of the counting days of the campaign that have passed; rounded up for each group."""
    first, last, day = made.evenings.day(-30), made.evenings.day(30), made.evenings.day(2)
    off = {
        row[0]
        for row in made.stack.ask("reporting", "SELECT day FROM day_off WHERE day BETWEEN %s AND %s", first, last)
    }
    whole = 61 - len(off)
    passed = 33 - len({one for one in off if one <= day})

    for number, row in rows_of(report(made, 2)).items():
        already, goal = made.already[f"tdp-{int(number):02}"], made.goals[f"tdp-{int(number):02}"]
        assert row["expected"] == already + math.ceil((goal - already) * passed / whole)


def test_the_first_day_begins_with_what_was_done_already(made: Told) -> None:
    rows, already = rows_of(report(made, 1)), made.already

    assert told_of(rows["1"]) == (already["tdp-01"], 3, 0, already["tdp-01"] + 3)
    assert told_of(rows["2"]) == (already["tdp-02"], 5, 0, already["tdp-02"] + 5)
    assert told_of(rows["3"]) == (already["tdp-03"], 1, 0, already["tdp-03"] + 1)
    assert told_of(rows["4"]) == (already["tdp-04"], 0, 0, already["tdp-04"])


def test_yesterday_today_and_the_amendments_are_told_apart(made: Told) -> None:
    """Two of yesterday came late, one of yesterday was void."""
    found = report(made, 2)
    rows, already = rows_of(found), made.already

    assert told_of(rows["1"]) == (already["tdp-01"] + 3, 2, 1, already["tdp-01"] + 6)
    assert told_of(rows["2"]) == (already["tdp-02"] + 5, 0, 0, already["tdp-02"] + 5)
    assert told_of(rows["3"]) == (already["tdp-03"] + 1, 1, 0, already["tdp-03"] + 2)
    assert found["progress"][0]["amendments"] == [
        {"day": str(made.evenings.day(1)), "number": 1, "late": 2, "corrected": 0, "voided": 1, "others": 0,
         "residents": 1}
    ]  # fmt: skip
    assert (found["progress"][0]["rebased"], found["progress"][0]["elsewhere"]) == (0, 0)


def test_an_open_day_begins_with_what_is_closed_and_adjusts_by_what_is_not_issued_yet(made: Told) -> None:
    found = report(made, 3)
    rows, already = rows_of(found), made.already

    assert told_of(rows["1"]) == (already["tdp-01"] + 6, 1, 0, already["tdp-01"] + 7)
    assert told_of(rows["3"]) == (already["tdp-03"] + 2, 0, 1, already["tdp-03"] + 3)
    assert (found["is_closed"], found["statements"], found["sha256"]) == (False, [], None)
    assert "chưa chốt" in pages(made, f"/reports/daily/{made.evenings.day(3)}.pdf", unit=WARD)


def test_the_whole_is_told_by_ward_and_equals_its_wards(made: Told) -> None:
    whole, ward = report(made, 2, None), report(made, 2)
    rows = rows_of(whole)

    assert set(rows) == {"Phường Dương Kinh", "Phường Hưng Đạo", "Phường Đồ Sơn"}
    of_ward, total = rows["Phường Dương Kinh"], ward["progress"][0]["total"]
    assert {k: v for k, v in of_ward.items() if k != "name"} == {k: v for k, v in total.items() if k != "name"}
    assert whole["office"] == "Ủy ban nhân dân thành phố Hải Phòng"
    assert whole["statements"][0]["unit"] == "31"


# -- the figures of the day --------------------------------------------------------------------------------------------


def test_a_closed_day_is_printed_as_it_was_closed(made: Told) -> None:
    """Made after day 2, which has changed day 1: fourteen assists, though there are fifteen by now."""
    found = report(made, 1)
    (now,) = get(made, "/tallies", **{"from": made.evenings.day(1), "to": made.evenings.day(1)}).json()["rows"]

    assert now["assists"] == 15
    assert {name: found["total"][name] for name in ("assists", "completed", "to_return", "referred", "failed")} == {
        "assists": 14, "completed": 11, "to_return": 1, "referred": 0, "failed": 2
    }  # fmt: skip
    assert [(one["assists"], one["completed"]) for one in found["results"]] == [(11, 10), (3, 1)]
    assert found["from_paper"] == 7
    assert found["credited"] == {"residents": 9, "without_token": 1, "from_paper": 5}
    assert found["reasons"] == [{"name": "SIM không chính chủ", "assists": 1}]


def test_field_work_and_completeness_are_those_of_the_day(made: Told) -> None:
    found = report(made, 1)

    assert found["field_work"] == {
        "sessions": 1, "places": [{"name": "Nhà văn hóa tổ dân phố số 3 phường Dương Kinh", "count": None}],
        "volunteers": 1, "seconds": 7200, "reach": 0, "households_visited": 0, "left_waiting": 6,
    }  # fmt: skip
    completeness = found["completeness"]
    assert (completeness["expected"], completeness["actual"], completeness["on_time"]) == (18, 3, 3)
    assert completeness["missing"] == [f"TDP số {number}" for number in range(4, 19)]
    assert report(made, 3)["completeness"]["missing"] == []  # it is nine in the morning


def test_what_residents_said_and_the_stalls_of_the_market(made: Told) -> None:
    found = report(made, 2)

    assert (found["feedback"]["raised"], found["feedback"]["open"], found["feedback"]["overdue"]) == (1, 1, 0)
    assert found["incidents"] == [{"name": "lừa đảo trực tuyến", "count": 1, "guided": 1}]
    assert found["stalls"] == [
        {"title": "Chợ dân sinh 4.0 phường Dương Kinh", "new": 1, "equipped": 1, "stalls": 36, "paid": 0}
    ]
    assert report(made, 1)["stalls"] == []


def test_the_statement_is_named_below(made: Told) -> None:
    day = made.evenings.day(2)
    statement = get(made, f"/daily-closings/{day}", area=WARD).json()

    (named,) = report(made, 2)["statements"]

    assert named == {"unit": WARD, "day": str(day), "number": 2, "sha256": statement["sha256"], "made_late": False}
    sha256 = statement["sha256"]
    printed = f"Mã đối chiếu: {WARD}/{day}/số 2 · sha256 {sha256[:4]}…{sha256[-4:]}"
    assert printed in pages(made, f"/reports/daily/{day}.pdf", unit=WARD)


# -- documents ---------------------------------------------------------------------------------------------------------


def test_the_amended_day_says_so_in_a_sentence(made: Told) -> None:
    earlier = made.evenings.day(1)
    month = f"{earlier.month:02}" if earlier.month < 3 else str(earlier.month)

    text = pages(made, f"/reports/daily/{made.evenings.day(2)}.pdf", unit=WARD)

    assert (
        f"Điều chỉnh: ngày {earlier.day:02}/{month} bổ sung 02 lượt gửi muộn, hủy 01 lượt (bản điều chỉnh số 1)."
        in text
    )
    assert "Điều chỉnh: ngày" not in pages(made, f"/reports/daily/{earlier}.pdf", unit=WARD)


def test_libreoffice_reads_the_same_values_from_the_docx(made: Told, tmp_path: Path) -> None:
    found = report(made, 2)
    answer = get(made, f"/reports/daily/{made.evenings.day(2)}.docx", unit=WARD)
    path = tmp_path / "bao-cao.docx"
    path.write_bytes(answer.content)

    page = saved_as(path, "html", tmp_path, "--writer").read_text("utf-8", "replace")

    tables = [cells_of(table) for table in re.findall(r"<table.*?</table>", page, re.DOTALL)]
    (progress,) = [table for table in tables if "Lũy kế" in table[0]]
    (part,) = found["progress"]
    assert progress[1:] == [
        [number, row["name"], *(dotted(row[name]) for name in ("goal", "before", "today")), signed(row["adjusted"]),
         dotted(row["done"]), dotted(row["left"]), row["share"], dotted(row["expected"])]
        for number, row in [*((str(n), row) for n, row in enumerate(part["units"], 1)), ("", part["total"])]
    ]  # fmt: skip
    (results,) = [table for table in tables if "Thành công" in table[0]]
    assert results[-1][1:] == ["Cộng", "4", "4", "0", "0", "0"]
    assert answer.headers["content-disposition"].endswith(f'"bao-cao_{WARD}_{made.evenings.day(2)}.docx"')


def cells_of(table: str) -> list[list[str]]:
    rows = re.findall(r"<tr.*?</tr>", table, re.DOTALL)
    cells = [re.findall(r"<td.*?</td>", row, re.DOTALL) for row in rows]
    return [[" ".join(html.unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for cell in row] for row in cells]


def dotted(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def signed(number: int) -> str:
    return f"+{number}" if number > 0 else str(number)


def test_each_layout_has_its_own_head(made: Told) -> None:
    path = f"/reports/daily/{made.evenings.day(2)}.pdf"

    committee, union = (pages(made, path, unit=WARD, layout=one) for one in ("peoples_committee", "youth_union"))

    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in committee
    assert "ỦY BAN NHÂN DÂN PHƯỜNG DƯƠNG KINH" in committee
    assert "Ủy ban nhân dân thành phố Hải Phòng (qua Sở Khoa học và Công nghệ)" in committee
    assert "ĐOÀN TNCS HỒ CHÍ MINH" in union
    assert "BCH PHƯỜNG DƯƠNG KINH" in union
    assert "CỘNG HÒA" not in union


@pytest.mark.parametrize("kind", ["weekly", "monthly", "report-month", "campaign"])
def test_reports_of_longer_periods_have_the_same_parts(made: Told, kind: str) -> None:
    day = made.evenings.day(2)
    month = f"{day:%Y-%m}" if kind == "monthly" else f"{(day + dt.timedelta(days=17)):%Y-%m}"
    by_kind: dict[str, dict[str, Any]] = {"weekly": {"day": day}, "campaign": {"campaign": made.campaign}}
    query = by_kind.get(kind, {"month": month})

    found = get(made, f"/reports/{kind}.json", unit=WARD, **query)

    assert found.status_code == 200, found.text
    assert found.json()["first_day"] <= str(day) <= found.json()["last_day"] <= str(made.evenings.day(3))
    for row in rows_of(found.json()).values():
        assert row["done"] == row["before"] + row["today"] + row["adjusted"]
    assert "BÁO CÁO" in pages(made, f"/reports/{kind}.pdf", unit=WARD, **query)
    assert get(made, f"/reports/{kind}.docx", unit=WARD, **query).content[:2] == b"PK"


def test_a_campaign_adds_closed_days_with_their_amendments_and_the_open_day(made: Told) -> None:
    """Fifteen assists of day 1, four of day 2 as far as they are issued, one of day 3; and sixteen persons."""
    found = get(made, "/reports/campaign.json", unit=WARD, campaign=made.campaign).json()
    already = made.already

    assert found["total"]["assists"] == 15 + 4 + 1
    assert found["field_work"]["volunteers"] == 1
    assert told_of(rows_of(found)["1"]) == (already["tdp-01"], 7, 0, already["tdp-01"] + 7)
    assert told_of(rows_of(found)["3"]) == (already["tdp-03"], 3, 0, already["tdp-03"] + 3)
    assert not found["is_closed"]


def test_the_result_of_a_day_in_one_line(made: Told) -> None:
    found = get(made, "/reports/chat-line", unit=WARD, day=made.evenings.day(1)).json()
    done, goal = sum(made.already.values()) + 9, sum(made.goals.values())

    assert found["is_closed"]
    assert found["line"].startswith("Phường Dương Kinh ")
    assert ": 14 lượt hỗ trợ, 11 thành công (78,6%); VNeID 10; kỹ năng số 1; " in found["line"]
    assert f"lũy kế {dotted(done)}/{dotted(goal)} " in found["line"]
    assert found["line"].endswith("báo cáo 03/18.")
    assert "(tạm tính)" in get(made, "/reports/chat-line", unit=WARD, day=made.evenings.day(3)).json()["line"]


# -- the officer's words -----------------------------------------------------------------------------------------------


def test_the_officers_words_stand_in_their_place(made: Told) -> None:
    day = made.evenings.day(2)
    remark(made, day, "difficulties", "Sóng yếu ở tổ 9.\nThiếu máy.")

    found, whole = report(made, 2), report(made, 2, None)

    assert found["remarks"] == {"difficulties": "Sóng yếu ở tổ 9.\nThiếu máy.", "tasks": ""}
    assert whole["remarks"]["difficulties"] == "Phường Dương Kinh: Sóng yếu ở tổ 9.\nThiếu máy."
    text = pages(made, f"/reports/daily/{day}.pdf", unit=WARD)
    assert "V. KHÓ KHĂN, VƯỚNG MẮC; KIẾN NGHỊ Sóng yếu ở tổ 9. Thiếu máy. " in text
    assert "NHIỆM VỤ NGÀY TIẾP THEO Tập trung TDP số" in text
    assert "V. KHÓ KHĂN, VƯỚNG MẮC; KIẾN NGHỊ Không. " in pages(
        made, f"/reports/daily/{made.evenings.day(1)}.pdf", unit=WARD
    )


def remark(made: Told, day: dt.date, section: str, text: str) -> None:
    ward = made.stack.ask("sessions", "SELECT area_id FROM area WHERE code = %s AND valid_to IS NULL", WARD)[0][0]
    made.stack.do(
        "sessions",
        """INSERT INTO remark (ward_id, day, section, text, client_id, written_at) VALUES (%s, %s, %s, %s, 'cb', now())
           ON CONFLICT (ward_id, day, section) DO UPDATE SET text = excluded.text""",
        ward, day, section, text,
    )  # fmt: skip


def test_a_report_is_made_and_says_so_when_the_words_cannot_be_had(made: Told) -> None:
    made.stack.stop_serving("sessions")
    try:
        found = report(made, 1)
    finally:
        made.stack.serve("sessions")

    assert found["remarks"] == dict.fromkeys(("difficulties", "tasks"), "(chưa lấy được ý kiến của cán bộ)")
    assert found["total"]["assists"] == 14


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"unit": "11692/tdp-01"}, "unit"),
        ({"unit": "99999"}, "area"),
        ({"layout": "party"}, "layout"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_question_is_named(made: Told, query: dict[str, str], field: str) -> None:
    answer = get(made, f"/reports/daily/{made.evenings.day(1)}.pdf", **query)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_days_that_are_not_here_yet_and_campaigns_that_do_not_exist_are_refused(made: Told) -> None:
    asked = {
        f"/reports/daily/{made.evenings.day(9)}.json": {},
        "/reports/daily/soon.pdf": {},
        "/reports/monthly.pdf": {"month": "2026-13"},
        "/reports/campaign.pdf": {"campaign": "0190f5c2-7b1c-7d3e-9a4b-1c2d3e4f5a6b"},
        "/reports/weekly.docx": {},
    }

    assert {path: get(made, path, **query).status_code for path, query in asked.items()} == dict.fromkeys(asked, 422)


# -- certificates ------------------------------------------------------------------------------------------------------


def certify(made: Told, **more: Any) -> httpx.Response:
    body = {
        "volunteer": made.helpers[0], "full_name": "Nguyễn Thị An", "unit": WARD, "branch": "Chi đoàn tổ dân phố số 3",
        "first_day": str(made.evenings.day(1)), "last_day": str(made.evenings.day(2)),
    } | more  # fmt: skip
    headers = {"Authorization": f"Bearer {made.stack.token(VIEWER)}"}
    url = f"{made.stack.url('reporting')}/v1/certificates"
    return httpx.post(url, json=body, headers=headers, timeout=30, trust_env=False)


def check(made: Told, **printed: str) -> bool:
    url = f"{made.stack.url('reporting')}/v1/certificates/check"
    answer = httpx.post(url, json=printed, timeout=30, trust_env=False)
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"is_right"}
    return bool(answer.json()["is_right"])


def test_a_certificate_is_checked_by_what_is_printed_on_it(made: Told) -> None:
    answer = certify(made)
    assert answer.status_code == 200, answer.text
    text = text_of(answer.content)
    (code,) = re.findall(r"Mã xác nhận: ([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})", text)
    first, last, today = (vietnamese(made.evenings.day(number)) for number in (1, 2, 3))
    printed = {
        "code": code, "office": "Ban Chấp hành Đoàn TNCS Hồ Chí Minh phường Dương Kinh", "area": "phường Dương Kinh",
        "full_name": "nguyễn thị an", "unit": "Chi đoàn tổ dân phố số 3", "first_day": first, "last_day": last,
        "hours": "2,0", "sessions": "01", "issued_on": today,
    }  # fmt: skip

    assert f"Từ ngày {first} đến ngày {last}" in text
    assert "với 2,0 giờ trong 01 buổi" in text
    assert check(made, **printed)
    for name, text in (("hours", "20,0"), ("full_name", "Nguyễn Thị Bình"), ("code", "0000-0000-0000-0000")):
        assert not check(made, **printed | {name: text})


def vietnamese(day: dt.date) -> str:
    return f"{day.day:02}/{day.month if day.month > 2 else f'{day.month:02}'}/{day.year}"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"volunteer": "0190f5c2-7b1c-7d3e-9a4b-1c2d3e4f5a6b"}, "volunteer"),
        ({"last_day": "2020-01-01"}, "last_day"),
        ({"full_name": ""}, "full_name"),
        ({"full_name": "A\u202eB"}, "full_name"),
        ({"phone": "0900000000"}, "phone"),
    ],
)
def test_a_certificate_of_nobody_or_of_no_days_is_refused(made: Told, more: dict[str, str], field: str) -> None:
    answer = certify(made, **more)

    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]


def test_who_has_no_hours_gets_no_certificate(made: Told) -> None:
    answer = certify(made, volunteer=made.helpers[1])

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "no_hours")
    elsewhere = certify(made, unit="11689")  # the hours were in another ward
    assert (elsewhere.status_code, elsewhere.json()["errors"][0]["code"]) == (422, "no_hours")
    assert certify(made, unit="31").status_code == 200


# -- the command -------------------------------------------------------------------------------------------------------


def test_the_command_writes_the_report_to_a_file(made: Told, tmp_path: Path) -> None:
    target, day = tmp_path / "bao-cao.pdf", made.evenings.day(2)
    asked = ["report", "daily", "--day", str(day), "--unit", WARD, "--layout", "youth_union", "--out", str(target)]
    environment = {"CDS_CLIENT_SECRET": made.stack.secrets[VIEWER]} | made.stack.environment()

    done = CliRunner().invoke(app, [*asked, "--client-id", VIEWER], env=environment)

    assert done.exit_code == 0, done.output
    assert str(target) in done.output
    assert "ĐOÀN TNCS HỒ CHÍ MINH" in pypdf.PdfReader(target).pages[0].extract_text()


@pytest.mark.parametrize(
    ("more", "said"),
    [(["--out", "bao-cao.txt"], ".docx"), (["--unit", "99999", "--out", "x.pdf"], "99999"), (["--day", "15/3", "--out", "x.pdf"], "15/3")],
)  # fmt: skip
def test_the_command_says_in_one_line_what_is_wrong(made: Told, tmp_path: Path, more: list[str], said: str) -> None:
    asked = ["report", "daily", "--client-id", VIEWER, "--day", str(made.evenings.day(2)), *more]
    environment = {"CDS_CLIENT_SECRET": made.stack.secrets[VIEWER]} | made.stack.environment()

    with contextlib.chdir(tmp_path):
        done = CliRunner().invoke(app, asked, env=environment)

    assert done.exit_code == 2
    assert said in done.output
    assert not list(tmp_path.iterdir())
