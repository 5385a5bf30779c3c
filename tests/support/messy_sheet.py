"""A list of volunteers as a ward office keeps it, with every trait that importing has to bear, and the truth beside it.

Guarantee: the same seed gives the same list; every row of the truth says where it stands in the sheet, what a patient
reader makes of it, and which cells are bad on purpose. People and numbers are invented.
"""

from __future__ import annotations

import datetime as dt
import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xlsxwriter

from shared.sheets import Column

KINDS = {
    "union_officer": ("Cán bộ Đoàn", "CB Đoàn", "Bí thư chi đoàn"),
    "union_member": ("Đoàn viên", "ĐV"),
    "young_person": ("Thanh niên", "TN"),
    "student": ("Sinh viên", "SV"),
}
SKILLS = ("VNeID", "dịch vụ công", "ví điện tử", "Zalo", "an toàn mạng")
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ")
MIDDLE = ("Văn", "Thị", "Minh", "Hoàng", "Thuỳ", "Quốc", "Ngọc", "Đức")
GIVEN = ("An", "Bình", "Chiến", "Dũng", "Hạnh", "Hương", "Khải", "Linh", "Phượng", "Quỳnh", "Sửu", "Tuấn", "Yến")
WARD = "Phường Xuân Hòa"
GROUP_SIZE = 7
FIRST_ROW = 10  # the first row of data, as the sheet shows it
EPOCH = dt.date(1899, 12, 30)

COLUMNS = [
    Column("name", "Họ và tên", also=["Họ tên", "Họ và tên tình nguyện viên"], required=True, example="Nguyễn Văn Mẫu"),
    Column("born", "Ngày sinh", "date", also=["Năm sinh", "Năm sinh/Ngày sinh"], year_alone=True, example="05/09/1998"),
    Column("phone", "Điện thoại", "phone", also=["SĐT", "Số điện thoại", "ĐT"], required=True, example="0912 345 678"),
    Column("kind", "Đối tượng", "choice", also=["Thành phần"], required=True, choices=KINDS, example="Đoàn viên"),
    Column("branch", "Chi đoàn", also=["Đơn vị"], example="Chi đoàn khu phố 1"),
    Column("group", "Tổ dân phố", also=["TDP", "Khu phố"], example="Tổ 1"),
    Column("ward", "Xã/phường", also=["Phường/xã", "Xã"], example=WARD),
    Column("skills", "Kỹ năng", "list", also=["Kĩ năng"], example="VNeID; Zalo"),
    Column("joined", "Ngày tham gia", "date", also=["Ngày vào"], example="01/10/2025"),
    Column("note", "Ghi chú", example="Rảnh buổi tối"),
]


@dataclass
class Truth:
    """One entry: the row as the sheet shows it, the values by key, and the code of each bad cell by key."""

    number: int
    values: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)


def messy_volunteers(path: Path, rows: int, seed: int, *, with_merges: bool = True) -> list[Truth]:
    """Writes an XLSX of so many entries among titles, sections, blank lines, totals and signatures."""
    chance = random.Random(seed)
    with xlsxwriter.Workbook(str(path), {"constant_memory": False}) as workbook:
        workbook.add_worksheet("Bìa").write_string(2, 1, "HỒ SƠ TÌNH NGUYỆN VIÊN")
        sheet = workbook.add_worksheet("DS tổng hợp")
        other = workbook.add_worksheet("Tổng hợp số liệu")
        other.write_row(0, 0, ["STT", "Đối tượng", "Số lượng"])
        formats = {"date": workbook.add_format({"num_format": "dd/mm/yyyy"}), "none": workbook.add_format()}
        _write_head(sheet, with_merges)
        truth, row = list[Truth](), FIRST_ROW - 1
        for branch, members in _branches(rows):
            row = _write_section(sheet, row, branch, with_merges)
            for _ in range(members):
                truth.append(_write_entry(sheet, row, len(truth) + 1, branch, chance, formats))
                row += 1
            if with_merges and members > 1:
                sheet.merge_range(row - members, 5, row - 1, 5, branch, formats["none"])
        _write_foot(sheet, row, rows)
        sheet.activate()
    return truth


def _branches(rows: int) -> Iterator[tuple[str, int]]:
    for number, start in enumerate(range(0, rows, GROUP_SIZE), 1):
        yield f"Chi đoàn khu phố {number}", min(GROUP_SIZE, rows - start)


def _write_head(sheet: Any, with_merges: bool) -> None:
    """An agency, a title, blank lines, headings in two lines with marks and line breaks, and the line (1) (2) (3)."""
    sheet.write_string(0, 0, "ĐOÀN TNCS HỒ CHÍ MINH")
    sheet.write_string(1, 0, "ĐOÀN PHƯỜNG XUÂN HÒA")
    sheet.write_string(3, 2, "DANH SÁCH TÌNH NGUYỆN VIÊN TỔ CÔNG NGHỆ SỐ CỘNG ĐỒNG")
    sheet.write_string(4, 2, "(Kèm theo Công văn số 12-CV/ĐP)")
    upper = ["STT", unicodedata.normalize("NFD", "HỌ VÀ TÊN (*)"), "Năm sinh/\nNgày sinh", "so dien thoai (*)"]
    upper += ["Đối  tượng *", "Chi đoàn"]
    after = ["Kỹ năng", "Ngày tham gia\n(ngày/tháng/năm)", "Ghi chú", "Cỡ áo"]
    columns = [*enumerate(upper), *enumerate(after, 8)]
    for index, text in columns:
        if with_merges:
            sheet.merge_range(6, index, 7, index, text)
        else:
            sheet.write_string(6, index, text)
    if with_merges:
        sheet.merge_range(6, 6, 6, 7, "Địa chỉ")
    else:
        sheet.write_string(6, 6, "Địa chỉ")
    sheet.write_string(7, 6, "Tổ dân phố")
    sheet.write_string(7, 7, "Xã/ phường")
    for index in range(12):
        sheet.write_string(8, index, f"({index + 1})")


def _write_section(sheet: Any, row: int, branch: str, with_merges: bool) -> int:
    if with_merges:
        sheet.merge_range(row, 0, row, 11, branch.upper())
    else:
        sheet.write_string(row, 0, branch.upper())
    return row + 2  # and a blank line


def _write_foot(sheet: Any, row: int, rows: int) -> None:
    sheet.write_string(row, 1, f"Tổng cộng: {rows} người")
    sheet.write_string(row + 2, 8, "Xuân Hòa, ngày 15 tháng 10 năm 2026")
    sheet.write_string(row + 3, 1, "NGƯỜI LẬP BIỂU")
    sheet.write_string(row + 3, 8, "TM. BAN CHẤP HÀNH")
    sheet.write_string(row + 6, 1, "Nguyễn Thị Ký")


def _write_entry(sheet: Any, row: int, ordinal: int, branch: str, chance: random.Random, formats: Any) -> Truth:
    truth = Truth(row + 1, {"branch": branch, "ward": WARD, "group": f"Tổ {chance.randint(1, 30)}"})
    sheet.write(row, 0, ordinal)
    sheet.write_string(row, 5, branch)
    sheet.write_string(row, 6, truth.values["group"])
    sheet.write_string(row, 7, f" {WARD}\u00a0" if chance.random() < 0.2 else WARD)
    _write_name(sheet, row, chance, truth)
    _write_born(sheet, row, chance, truth, formats)
    _write_phone(sheet, row, chance, truth)
    _write_kind(sheet, row, chance, truth)
    _write_skills(sheet, row, chance, truth)
    _write_joined(sheet, row, chance, truth, formats)
    _write_note(sheet, row, chance, truth)
    sheet.write_string(row, 11, chance.choice("SML"))
    return truth


def _write_name(sheet: Any, row: int, chance: random.Random, truth: Truth) -> None:
    name = f"{chance.choice(FAMILY)} {chance.choice(MIDDLE)} {chance.choice(GIVEN)}"
    truth.values["name"] = name
    form = chance.random()
    if form < 0.3:
        name = unicodedata.normalize("NFD", name)
    elif form < 0.4:
        name = f"  {name.replace(' ', '  ')} "
    elif form < 0.42:
        truth.values["name"] = name = f"=HYPERLINK({name})"
    sheet.write_string(row, 1, name)


def _write_born(sheet: Any, row: int, chance: random.Random, truth: Truth, formats: Any) -> None:
    born = dt.date(1960, 1, 1) + dt.timedelta(days=chance.randrange(17_000))
    truth.values["born"] = born
    form = chance.randrange(6)
    if form == 0:
        sheet.write_datetime(row, 2, born, formats["date"])
    elif form == 1:
        sheet.write_string(row, 2, f"{born.day}/{born.month}/{born.year}")
    elif form == 2:
        sheet.write_string(row, 2, f"{born.day:02}-{born.month:02}-{born.year}")
    elif form == 3:
        sheet.write_number(row, 2, (born - EPOCH).days)
    else:
        truth.values["born"] = born.year
        (sheet.write_number if form == 4 else sheet.write)(row, 2, born.year if form == 4 else f"{born.year}")
    if chance.random() < 0.01:
        sheet.write_string(row, 2, "31/02/1990")
        truth.values["born"], truth.errors["born"] = None, "bad_date"


def _write_phone(sheet: Any, row: int, chance: random.Random, truth: Truth) -> None:
    digits = f"{chance.choice('35789')}{chance.randrange(10**8):08}"
    truth.values["phone"] = f"0{digits}"
    form = chance.random()
    if form < 0.4:
        sheet.write_number(row, 3, int(digits))
    elif form < 0.6:
        sheet.write_string(row, 3, f"0{digits[:3]} {digits[3:6]}.{digits[6:]}")
    elif form < 0.7:
        sheet.write_string(row, 3, digits)
    elif form < 0.8:
        sheet.write_string(row, 3, f"+84 {digits}")
        truth.values["phone"] = f"+84{digits}"
    elif form < 0.99:
        sheet.write_string(row, 3, f"0{digits}")
    else:
        sheet.write_string(row, 3, "không có")
        truth.values["phone"], truth.errors["phone"] = None, "bad_phone"


def _write_kind(sheet: Any, row: int, chance: random.Random, truth: Truth) -> None:
    kind = chance.choice(list(KINDS))
    wording = chance.choice(KINDS[kind])
    truth.values["kind"] = kind
    sheet.write_string(row, 4, wording.upper() if chance.random() < 0.2 else wording)
    if chance.random() < 0.01:
        sheet.write_string(row, 4, "Phụ huynh")
        truth.values["kind"], truth.errors["kind"] = None, "unknown_choice"


def _write_skills(sheet: Any, row: int, chance: random.Random, truth: Truth) -> None:
    skills = chance.sample(SKILLS, chance.randrange(4))
    truth.values["skills"] = skills or None
    sheet.write_string(row, 8, chance.choice([", ", "; ", "\n"]).join(skills))


def _write_joined(sheet: Any, row: int, chance: random.Random, truth: Truth, formats: Any) -> None:
    joined = dt.date(2025, 7, 1) + dt.timedelta(days=chance.randrange(400))
    truth.values["joined"] = joined
    if chance.random() < 0.5:
        sheet.write_datetime(row, 9, joined, formats["date"])
    else:
        sheet.write_string(row, 9, f"{joined:%d/%m/%Y}")


def _write_note(sheet: Any, row: int, chance: random.Random, truth: Truth) -> None:
    note = chance.choice([None, None, "Rảnh buổi tối", "'Cộng tác viên'", "+ hỗ trợ cuối tuần", "Dòng 1\nDòng 2"])
    truth.values["note"] = note
    if note:
        sheet.write_string(row, 10, note)
