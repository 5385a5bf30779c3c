"""The daily report that the contract gives as its example: phường Dương Kinh on 15 March 2026."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from services.reporting.documents.parts import (
    Amendment,
    Completeness,
    Feedback,
    FieldWork,
    Incidents,
    Place,
    Point,
    Progress,
    Reason,
    Results,
    ServiceResult,
    Stalls,
    Statement,
    UnitProgress,
)
from services.reporting.documents.periods import Period
from services.reporting.documents.reports import DailyReport, Office, PeriodReport
from shared.clock import LOCAL_ZONE

DAY = dt.date(2026, 3, 15)
COMMITTEE = Office(
    layout="peoples_committee",
    body=("ỦY BAN NHÂN DÂN", "PHƯỜNG DƯƠNG KINH"),
    name="Ủy ban nhân dân phường Dương Kinh",
    level="phường",
    area="phường Dương Kinh",
    place="Dương Kinh",
    addressed_to="Ủy ban nhân dân thành phố Hải Phòng (qua Sở Khoa học và Công nghệ)",
    recipients=(
        "Như trên",
        "TT Đảng ủy, TT HĐND phường",
        "CT, các PCT UBND phường",
        "Đoàn TNCS Hồ Chí Minh phường",
        "Lưu: VT, VHXH",
    ),
)
UNION = Office(
    layout="youth_union",
    body=("BCH PHƯỜNG DƯƠNG KINH",),
    name="Ban Chấp hành Đoàn TNCS Hồ Chí Minh phường Dương Kinh",
    level="phường",
    area="phường Dương Kinh",
    place="Dương Kinh",
    addressed_to="Ban Thường vụ Thành đoàn Hải Phòng",
    recipients=("Như trên", "TT Đảng ủy, UBND phường", "Lưu: VP"),
)
DONE = [742, 753, 760, 771, 779, 786, 798, 806, 817, 829, 841, 856, 874, 892, 917]
POINTS = [
    Point(dt.date(2026, 3, 1 + index), done, 600 + -(-204 * (index + 1) // 15)) for index, done in enumerate(DONE)
]
ACTIVATION = Progress(
    service="kích hoạt VNeID",
    units=(
        UnitProgress("TDP số 1", goal=400, before=298, today=11, adjusted=1, expected=323),
        UnitProgress("TDP số 2", goal=350, before=318, today=9, adjusted=0, expected=268),
        UnitProgress("TDP số 3", goal=280, before=276, today=4, adjusted=0, expected=213),
    ),
    source="Công an phường",
    as_of=dt.date(2026, 2, 28),
    amendments=(Amendment(1, dt.date(2026, 3, 14), late=2, voided=1, voided_as="ghi trùng"),),
    points=POINTS,
)
SERVICES = (
    ServiceResult("Kích hoạt VNeID mức độ 2", 26, 3, 0, 1, short="VNeID"),
    ServiceResult("Nộp hồ sơ dịch vụ công trực tuyến", 15, 2, 1, 0, short="DVC trực tuyến"),
    ServiceResult("Thanh toán không dùng tiền mặt", 7, 1, 0, 0, short="thanh toán không dùng tiền mặt"),
    ServiceResult("Hướng dẫn kỹ năng số", 5, 0, 0, 0, short="kỹ năng số"),
)
STATEMENT = Statement("11692", DAY, 15, f"3f9a{'07' * 28}c41e")
PARTS: dict[str, Any] = {
    "issued_on": DAY,
    "cut_at": dt.datetime(2026, 3, 15, 22, tzinfo=LOCAL_ZONE),
    "basis": "Kế hoạch Tháng Thanh niên năm 2026",
    "field_work": FieldWork(
        sessions=3,
        places=(Place("nhà văn hóa", 2), Place("Trung tâm Phục vụ hành chính công")),
        volunteers=14,
        seconds=142_200,
        left_waiting=6,
        invited_on=dt.date(2026, 3, 16),
    ),
    "results": Results(SERVICES),
    "reasons": (
        Reason("SIM không chính chủ", 3),
        Reason("chưa có điện thoại thông minh", 2),
        Reason("lỗi hệ thống", 2),
    ),
    "stalls": (Stalls("Chợ dân sinh 4.0", new=2, equipped=21, stalls=30, paid=9),),
    "progress": (ACTIVATION,),
    "feedback": Feedback(raised=2, open=5, overdue=1, overdue_themes=("hạ tầng, sóng",)),
    "incidents": (Incidents("lừa đảo trực tuyến", 1, guided=1),),
    "completeness": Completeness("tổ dân phố", units=3, expected=3, actual=3, on_time=3),
    "statements": (STATEMENT,),
}


def daily(office: Office = COMMITTEE, **changes: Any) -> DailyReport:
    """The example, or the example with other parts."""
    return replace(DailyReport(office=office, period=Period.of_day(DAY), **PARTS), **changes)


def weekly(period: Period | None = None, **changes: Any) -> PeriodReport:
    """The example's parts over a week, or over another period."""
    whole = PeriodReport(office=COMMITTEE, period=period or Period.of_week(DAY), **PARTS)
    return replace(whole, **changes)
