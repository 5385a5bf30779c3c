"""The empty sheet that an office fills in: headings, one example, choices to pick from, and how to fill it in.

Guarantee: `read_sheet` reads the template without an entry, because the example is marked `Ví dụ` in the number
column and put aside; the guide sheet is never taken for the list. Choices are offered as a list in the cell, whatever
their length. It holds no macro and no formula but the references of those lists.
"""

import tempfile
from collections.abc import Sequence
from typing import IO, Any

import xlsxwriter

from shared.sheets.columns import Column
from shared.sheets.writing import write_headings

LIST, GUIDE, CHOICES = "Danh sách", "Hướng dẫn", "Danh mục"
MADE_FOR_ROWS = 5_000
ORDINAL = Column("stt", "STT", kind="integer")
HOW = {
    "text": "Chữ có dấu, phông Unicode.",
    "date": "Ngày/tháng/năm, ví dụ 05/09/1998.",
    "integer": "Số nguyên.",
    "phone": "Một số điện thoại, ví dụ 0912 345 678.",
    "list": "Nhiều mục cách nhau bằng dấu chấm phẩy.",
    "choice": "Chọn trong danh sách của ô.",
}


def write_template(columns: Sequence[Column], *, title: str = "", entry: str = "Mỗi người một dòng.") -> IO[bytes]:
    """The workbook as an open temporary file at its beginning; the caller closes it. `entry` says what a row is."""
    stream = tempfile.SpooledTemporaryFile(max_size=8 << 20)  # noqa: SIM115 closed by the caller
    with xlsxwriter.Workbook(stream) as workbook:
        target = workbook.add_worksheet(LIST)
        all_columns = [ORDINAL, *columns]
        write_headings(workbook, target, all_columns)
        example = workbook.add_format({"italic": True, "font_color": "#7F7F7F", "num_format": "@"})
        for index, text in enumerate(["Ví dụ", *(column.example for column in columns)]):
            target.write_string(1, index, text, example)
        _write_guide(workbook, columns, title, entry)
        _offer_choices(workbook, target, all_columns)
    stream.seek(0)
    return stream


def _write_guide(workbook: Any, columns: Sequence[Column], title: str, entry: str) -> None:
    guide = workbook.add_worksheet(GUIDE)
    bold, wrap = workbook.add_format({"bold": True}), workbook.add_format({"text_wrap": True, "valign": "top"})
    guide.set_column(0, 0, 24)
    guide.set_column(1, 1, 12)
    guide.set_column(2, 2, 80)
    lines = [
        f"Hướng dẫn điền {title or 'danh sách'}",
        f"{entry} Dòng «Ví dụ» không được nhập vào; có thể xóa.",
        "Không cần đúng thứ tự cột. Có thể thêm cột khác; cột không hiểu sẽ được báo lại và bỏ qua.",
    ]
    for row, text in enumerate(lines):
        guide.write_string(row, 0, text, bold if row == 0 else None)
    for index, text in enumerate(["Cột", "Bắt buộc", "Cách điền"]):
        guide.write_string(len(lines) + 1, index, text, bold)
    for row, column in enumerate(columns, len(lines) + 2):
        for index, text in enumerate([column.title, "Có" if column.required else "Không", how(column)]):
            guide.write_string(row, index, text, wrap)


def how(column: Column) -> str:
    """How to fill a column in, in Vietnamese."""
    parts = [column.help, HOW[column.kind]]
    if column.year_alone:
        parts.append("Nếu không rõ ngày, chỉ ghi năm.")
    if column.choices:
        parts.append("Có thể ghi: " + "; ".join(wordings[0] for wordings in column.choices.values()) + ".")
    if column.also:
        parts.append("Tiêu đề khác cũng được hiểu: " + "; ".join(column.also) + ".")
    return " ".join(part for part in parts if part)


def _offer_choices(workbook: Any, target: Any, columns: Sequence[Column]) -> None:
    """A list in the cell refers to a sheet of its own: written into the cell's rule, it may have 255 characters."""
    offered = [(index, column) for index, column in enumerate(columns) if column.choices and column.kind == "choice"]
    if not offered:
        return
    choices = workbook.add_worksheet(CHOICES)
    for place, (index, column) in enumerate(offered):
        names = [wordings[0] for wordings in column.choices.values()]
        for row, name in enumerate(names):
            choices.write_string(row, place, name)
        letter = xlsxwriter.utility.xl_col_to_name(place, True)
        rule = {
            "validate": "list",
            "source": f"='{CHOICES}'!{letter}$1:{letter}${len(names)}",
            "error_title": "Không có trong danh mục",
            "error_message": "Vui lòng chọn một mục trong danh sách.",
        }
        target.data_validation(1, index, MADE_FOR_ROWS, index, rule)
    choices.hide()
