"""The columns of the two lists, with the headings and the wordings that offices use.

Guarantee: an import, an export and a template are made of the same columns, so each is read as the other is written.
"""

from collections.abc import Sequence
from dataclasses import replace

from shared.sheets import Column

KINDS = {
    "union_cadre": (
        "Cán bộ Đoàn", "CB Đoàn", "CBĐ", "Bí thư chi đoàn", "Phó bí thư chi đoàn", "Bí thư", "Phó bí thư",
        "Ủy viên BCH", "UV BCH", "BCH Đoàn", "BCH chi đoàn",
    ),
    "union_member": ("Đoàn viên", "ĐV", "ĐVTN", "Đoàn viên thanh niên", "Đoàn viên TNCS"),
    "youth": ("Thanh niên", "TN", "Thanh niên tình nguyện", "TNTN"),
    "association_member": (
        "Hội viên", "HV", "Hội viên Hội LHTN", "Hội viên phụ nữ", "Hội viên nông dân", "Hội viên cựu chiến binh",
        "Hội viên hội phụ nữ", "Hội viên hội nông dân", "Hội viên hội cựu chiến binh",
    ),
    "civil_servant": (
        "Công chức", "CC", "Cán bộ", "Cán bộ công chức", "CBCC", "CBCCVC", "Viên chức", "Công chức phường",
        "Công chức xã", "Cán bộ phường", "Cán bộ xã",
    ),
    "police": ("Công an", "CA", "Công an phường", "Công an xã", "CAP", "CAX", "Cảnh sát khu vực", "CSKV"),
    "group_head": (
        "Tổ trưởng", "Tổ trưởng tổ dân phố", "Tổ trưởng TDP", "Tổ phó", "Tổ phó tổ dân phố", "Trưởng thôn",
        "Trưởng khu phố", "Trưởng ấp", "Trưởng bản", "Trưởng buôn", "Trưởng khóm", "Trưởng khu",
    ),
    "student": ("Học sinh, sinh viên", "Học sinh", "Sinh viên", "HS", "SV", "HSSV"),
    "other": ("Khác", "Đối tượng khác"),
}  # fmt: skip

WARD_CODE = Column(
    "ward_code", "Mã xã/phường", also=["Mã phường", "Mã xã", "Mã đơn vị hành chính"], max_length=20, example="11692"
)
WARD = Column(
    "ward",
    "Xã/phường",
    also=["Phường/xã", "Xã", "Phường", "Xã, phường", "Phường, xã", "Xã/phường/thị trấn", "Xã/phường/đặc khu"],
    max_length=100,
    example="Phường Dương Kinh",
    help="Tên hoặc mã; có thể bỏ trống khi cả danh sách thuộc một xã, phường.",
)
GROUP_CODE = Column("group_code", "Mã tổ", also=["Mã tổ dân phố", "Mã TDP", "Mã thôn"], max_length=40, example="tdp-03")
GROUP = Column(
    "group",
    "Tổ dân phố",
    also=["TDP", "Tổ DP", "Tổ", "Thôn", "Khu phố", "Ấp", "Khóm", "Bản", "Buôn", "Tổ dân phố/thôn", "Thôn/tổ dân phố",
          "Thôn, tổ dân phố", "Tổ dân phố, thôn", "Nơi ở", "Thôn/TDP", "TDP/thôn"],
    max_length=100,
    example="Tổ dân phố số 3",
    help="Ghi tên, số hoặc mã: «Tổ dân phố số 3», «TDP 3», «tổ 3», «tdp-03».",
)  # fmt: skip
ID = Column(
    "volunteer_id",
    "Mã tình nguyện viên",
    also=["Mã TNV", "Mã (id)", "ID", "Mã số tình nguyện viên"],
    max_length=40,
    help="Mã trong tệp đã xuất; người mới thì bỏ trống.",
)
NOTE = Column("note", "Ghi chú", also=["Ghi chú khác"], max_length=32_767, help="Không được lưu.")

VOLUNTEERS = (
    ID,
    Column(
        "full_name", "Họ và tên", max_length=200, example="Nguyễn Văn Mẫu",
        also=["Họ tên", "Họ và tên tình nguyện viên", "Tên tình nguyện viên", "Họ, tên", "Họ và tên đoàn viên"],
    ),
    Column(
        "birth_year", "Năm sinh", "date", year_alone=True, example="1998", help="Chỉ lưu năm.",
        also=["Ngày sinh", "Năm sinh/Ngày sinh", "Ngày sinh/Năm sinh", "Ngày, tháng, năm sinh", "Sinh năm", "NS"],
    ),
    Column(
        "phone", "Điện thoại", "phone", example="0912 345 678",
        also=["SĐT", "Số điện thoại", "ĐT", "Điện thoại di động", "Số ĐT", "Di động", "SĐT liên hệ", "Zalo"],
    ),
    Column(
        "kind", "Đối tượng", "choice", choices=KINDS, example="Đoàn viên",
        also=["Thành phần", "Chức danh", "Chức vụ", "Loại", "Đối tượng tham gia"],
    ),
    Column(
        "unit", "Chi đoàn", max_length=200, example="Chi đoàn tổ dân phố số 3",
        also=["Đơn vị", "Chi đoàn/đơn vị", "Đơn vị công tác", "Đoàn cơ sở", "Nơi sinh hoạt"],
    ),
    WARD_CODE,
    WARD,
    GROUP_CODE,
    GROUP,
    Column("skills", "Kỹ năng", "list", also=["Kĩ năng", "Sở trường"], example="dịch vụ công; VNeID"),
    Column("languages", "Ngôn ngữ", "list", also=["Tiếng", "Ngoại ngữ", "Tiếng dân tộc"], example="Tiếng Anh"),
    Column(
        "joined_on", "Ngày tham gia", "date", example="01/10/2025",
        also=["Ngày vào", "Ngày vào tổ", "Tham gia từ", "Ngày bắt đầu"],
    ),
    Column(
        "retired_on", "Ngày thôi tham gia", "date", also=["Ngày thôi", "Ngày nghỉ", "Ngày kết thúc", "Thôi tham gia từ"]
    ),
    Column(
        "consent_on", "Ngày đồng ý", "date", also=["Ngày ký đồng ý", "Ngày đồng ý cung cấp thông tin"],
        example="01/10/2025", help="Cần cùng với văn bản đồng ý.",
    ),
    Column(
        "consent_text", "Văn bản đồng ý", also=["Bản đồng ý", "Mẫu đồng ý", "Phiên bản đồng ý"],
        max_length=200, example="v1-2025", help="Phiên bản của bản văn đã đồng ý.",
    ),
)  # fmt: skip
READ_OF_VOLUNTEERS = (*VOLUNTEERS, NOTE)

NUMBERS = {"households": "Số hộ", "residents": "Nhân khẩu", "eligible": "Số người thuộc diện"}
GROUPS = (
    WARD_CODE,
    WARD,
    replace(GROUP_CODE, also=[*GROUP_CODE.also, "Mã", "Mã đơn vị"]),
    replace(
        GROUP, key="name", title="Tên tổ", help="",
        also=[
            "Tên tổ dân phố", "Tên TDP", "Tên thôn", "Tên khu phố", "Tên ấp", "Tên khóm", "Tên bản", "Tên buôn",
            "Tên thôn/tổ dân phố", "Tên tổ dân phố/thôn", "Tên", "Tên đơn vị", GROUP.title, *GROUP.also,
        ],
    ),
    Column(
        "local_label", "Nhãn địa phương", also=["Nhãn", "Loại", "Tên gọi", "Loại hình"], max_length=100,
        example="tổ dân phố", help="Ở đây gọi là gì: tổ dân phố, thôn, ấp, khu phố…",
    ),
    Column("households", NUMBERS["households"], "integer", also=["Hộ", "Số hộ gia đình", "Tổng số hộ"], example="240"),
    Column(
        "residents", NUMBERS["residents"], "integer", example="880",
        also=["Số nhân khẩu", "Số dân", "Dân số", "Tổng số nhân khẩu", "Số khẩu"],
    ),
    Column(
        "eligible", NUMBERS["eligible"], "integer", example="610", help="Người đủ điều kiện có tài khoản mức 2.",
        also=["Thuộc diện", "Số người đủ điều kiện", "Đủ điều kiện", "Đủ điều kiện định danh mức 2"],
    ),
)  # fmt: skip


def required(columns: Sequence[Column], *keys: str) -> tuple[Column, ...]:
    """The columns, where a list must have these."""
    return tuple(replace(column, required=column.key in keys) for column in columns)


VOLUNTEERS_TO_FILL_IN = required(VOLUNTEERS, "full_name", "kind")
GROUPS_TO_FILL_IN = required(GROUPS, "name")
