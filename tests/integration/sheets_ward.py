"""Sheets of a ward for the tests: made as offices make them, uploaded over HTTP, and what is stored afterwards."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import httpx
import xlsxwriter

from shared.sheets.over_http import CSV, XLSX
from tests.support.stack import HAI_THANH, Stack

DAY = "08/03/2023"
TALLY_HEAD = (
    "Ngày",
    "Tổ dân phố",
    "Nội dung hỗ trợ",
    "Thành công",
    "Hẹn lại",
    "Chuyển cơ quan khác",
    "Chưa thành công",
)
ASSIST_HEAD = ("Mã", "Ngày", "Tổ", "Nội dung hỗ trợ", "Kết quả", "Độ tuổi", "Lý do", "Số CCCD")


def xlsx(head: Sequence[str], *rows: Sequence[Any]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet("Sổ")
        sheet.write_row(0, 0, head)
        for number, row in enumerate(rows, 1):
            for index, value in enumerate(row):
                if isinstance(value, str):
                    sheet.write_string(number, index, value)
                elif value is not None:
                    sheet.write(number, index, value)
    return stream.getvalue()


def tallies(*rows: Sequence[Any]) -> bytes:
    return xlsx(TALLY_HEAD, *rows)


def assists(*rows: Sequence[Any]) -> bytes:
    return xlsx(ASSIST_HEAD, *rows)


def post(
    stack: Stack, what: str, body: bytes, client_id: str = HAI_THANH, kind: str = XLSX, **query: Any
) -> httpx.Response:
    return httpx.post(
        f"{stack.url('sessions')}/v1/sheets/{what}", content=body, params=query, timeout=60, trust_env=False,
        headers={"Authorization": f"Bearer {stack.token(client_id)}", "Content-Type": kind},
    )  # fmt: skip


def done(stack: Stack, what: str, body: bytes, client_id: str = HAI_THANH, kind: str = XLSX, **query: Any) -> Any:
    answer = post(stack, what, body, client_id, kind, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def counts(report: Any) -> tuple[int, int, int, int]:
    """created, changed, unchanged, refused"""
    told = report["counts"]
    return told["created"], told["changed"], told["unchanged"], told["refused"]


def states(stack: Stack, kind: str) -> list[dict[str, Any]]:
    rows = stack.ask(
        "sessions",
        """SELECT convert_from(content, 'UTF8')::jsonb || jsonb_build_object('void', is_void, 'subject', subject)
             FROM entity WHERE kind = %s ORDER BY day, changed_at, subject""",
        kind,
    )
    return [row[0] for row in rows]


def events(stack: Stack) -> int:
    ((logged,),) = stack.ask("sessions", "SELECT count(*) FROM event_log")
    return int(logged)


def as_csv(text: str) -> tuple[bytes, str]:
    return text.encode("utf-8"), CSV
