"""The columns of the two sheets, with the headings that offices use.

Guarantee: what is read and the sheet to fill in are made of the same columns. Services come from the catalogue, so a
district's own is read as soon as it is known here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from services.sessions.imports import wordings
from shared.sheets import Column

What = Literal["tallies", "assists"]
OUTCOMES = ("completed", "to_return", "referred", "failed")
CITIZEN = "citizen_number"

DAY = Column(
    "day", "Ngày", "date", required=True, example="15/03/2026", also=["Ngày hỗ trợ", "Ngày báo cáo", "Ngày tháng"]
)
WARD_CODE = Column("ward_code", "Mã xã/phường", also=["Mã phường", "Mã xã", "Mã đơn vị hành chính"], max_length=20)
WARD = Column(
    "ward", "Xã/phường", max_length=100,
    also=["Phường/xã", "Xã", "Phường", "Xã, phường", "Phường, xã", "Xã/phường/đặc khu"],
    help="Tên hoặc mã; bỏ trống khi tài khoản chỉ có một xã, phường.",
)  # fmt: skip
GROUP_CODE = Column("group_code", "Mã tổ", also=["Mã tổ dân phố", "Mã TDP", "Mã thôn"], max_length=60)
GROUP = Column(
    "group", "Tổ dân phố", max_length=100, example="Tổ dân phố số 3",
    also=["TDP", "Tổ DP", "Tổ", "Thôn", "Khu phố", "Ấp", "Khóm", "Bản", "Buôn", "Địa bàn", "Tổ dân phố/thôn",
          "Thôn/tổ dân phố", "Thôn, tổ dân phố", "Tổ dân phố, thôn", "Nơi hỗ trợ"],
    help="Tên, số hoặc mã: «Tổ dân phố số 3», «tổ 3», «tdp-03»; bỏ trống là toàn xã, phường.",
)  # fmt: skip
SERVICE = Column(
    "service", "Nội dung hỗ trợ", "choice", required=True, example="Kích hoạt VNeID",
    also=["Nội dung", "Loại hỗ trợ", "Dịch vụ", "Nội dung công việc", "Công việc"],
)  # fmt: skip
OUTCOME = Column(
    "outcome", "Kết quả", "choice", choices=wordings.OUTCOME_CHOICES, example="Thành công",
    also=["Kết quả hỗ trợ", "Tình trạng"],
)  # fmt: skip
AGE_BAND = Column(
    "age_band", "Độ tuổi", "choice", choices=wordings.AGE_BAND_CHOICES, also=["Nhóm tuổi", "Lứa tuổi"],
    example="Người cao tuổi (từ đủ 60)",
)  # fmt: skip
SESSION = Column(
    "session", "Mã buổi hỗ trợ", also=["Mã buổi"], max_length=40, help="Mã (UUID) của buổi đã mở; thường bỏ trống."
)

TALLIES = (
    DAY,
    WARD_CODE,
    WARD,
    GROUP_CODE,
    GROUP,
    SERVICE,
    AGE_BAND,
    Column("completed", "Thành công", "integer", also=["Số thành công", "Lượt thành công", "Đạt"], example="26"),
    Column("to_return", "Hẹn lại", "integer", also=["Số hẹn lại", "Lượt hẹn lại", "Phải hẹn lại"], example="2"),
    Column("referred", "Chuyển cơ quan khác", "integer", also=["Chuyển", "Chuyển cơ quan"]),
    Column(
        "failed", "Chưa thành công", "integer", example="1", also=["Không thành công", "Chưa được", "Chưa đạt"]
    ),
    OUTCOME,
    Column(
        "count", "Số lượt", "integer", also=["Số lượng", "Số lượt hỗ trợ", "Lượt", "Số người"],
        help="Cùng cột Kết quả, thay cho bốn cột số ở trên.",
    ),
    SESSION,
)  # fmt: skip
ASSISTS = (
    Column(
        "code", "Mã", also=["Mã lượt", "Mã phiếu", "Số phiếu", "Mã số phiếu", "Mã hỗ trợ"], max_length=64,
        example="P-001",
        help="Mã riêng của lượt trong ngày. Có mã thì sửa dòng rồi nộp lại là đính chính; không có mã thì là lượt mới.",
    ),
    DAY,
    Column("time", "Giờ", also=["Thời gian", "Lúc"], max_length=20, example="08:30", help="Giờ:phút."),
    WARD_CODE,
    WARD,
    GROUP_CODE,
    GROUP,
    SERVICE,
    replace(OUTCOME, required=True),
    AGE_BAND,
    Column(
        "birth_year", "Năm sinh", "date", year_alone=True, also=["Ngày sinh", "Năm sinh/Ngày sinh", "Sinh năm", "NS"],
        help="Chỉ để tính độ tuổi khi cột Độ tuổi trống; không được lưu.",
    ),
    Column("channel", "Hình thức", "choice", choices=wordings.CHANNEL_CHOICES, also=["Hình thức hỗ trợ", "Kênh"]),
    Column(
        "reason", "Lý do", "choice", choices=wordings.REASON_CHOICES, also=["Lí do", "Lý do chưa thành công"],
        help="Cần khi kết quả là hẹn lại hoặc chưa thành công.",
    ),
    Column(
        "referred_to", "Chuyển đến", also=["Cơ quan nhận", "Chuyển cơ quan nào", "Cơ quan chuyển đến"], max_length=100,
        help="Tên hoặc mã cơ quan; cần khi kết quả là chuyển cơ quan khác.",
    ),
    Column("stall", "Mã hộ kinh doanh", also=["Mã quầy", "Mã hộ KD"], max_length=40),
    Column("service_level", "Mức độ DVC", "choice", choices=wordings.LEVEL_CHOICES, also=["Mức độ dịch vụ công"]),
    Column("quantity", "Số bản ghi", "integer", help="Chỉ với nội dung nhập liệu."),
    Column(
        "helper_age_band", "Độ tuổi người hỗ trợ", "choice", choices=wordings.AGE_BAND_CHOICES,
        also=["Độ tuổi TNV", "Độ tuổi tình nguyện viên"],
    ),
    SESSION,
    Column(
        CITIZEN, "Số CCCD", max_length=40,
        also=["CCCD", "Số định danh", "Số căn cước", "Căn cước", "Số định danh cá nhân", "Số căn cước công dân"],
        help="12 số; chỉ để tính một người một lần, được mã hóa ngay và không lưu.",
    ),
)  # fmt: skip
ALL = {"tallies": TALLIES, "assists": ASSISTS}


def columns_of(what: What, catalogue: Mapping[str, str], *, has_day: bool = False) -> Sequence[Column]:
    """The columns of a sheet with the services of the catalogue; `has_day`: rows without a day have one already."""
    services = wordings.service_choices(catalogue) | (wordings.NOTHING_CHOICE if what == "tallies" else {})
    made = {"service": replace(SERVICE, choices=services), "day": replace(DAY, required=not has_day)}
    return [made.get(column.key, column) for column in ALL[what]]


def title_of(key: str, what: What) -> str:
    return next((column.title for column in ALL[what] if column.key == key), "")
