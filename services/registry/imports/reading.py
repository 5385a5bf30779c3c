"""Reading a list as one of volunteers or of groups, and saying what is assumed before the first row.

Guarantee: what a list does not say and the import assumes is stated in a sentence; a list that does not say enough to
import anything is refused as a whole, with what is missing.
"""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from services.registry.imports.columns import GROUPS, READ_OF_VOLUNTEERS, required
from services.registry.imports.matching import KEYS, Key
from services.registry.imports.report import Report, titles_of
from services.registry.model import Area
from shared.sheets import LIMITS, Column, Limits, Reading, SheetError, read_sheet

# A list without a kind is taken by its next column that tells people from totals and signatures.
WAYS: dict[Key, tuple[tuple[str, ...], ...]] = {
    "auto": (("full_name", "kind"), ("full_name", "phone"), ("full_name", "birth_year")),
    "phone": (("full_name", "phone"), ("phone", "kind")),
    "name_birth": (("full_name", "kind"), ("full_name", "birth_year"), ("full_name", "phone")),
    "id": (("volunteer_id",),),
}
GROUP_WAYS = (("name", "households"), ("name", "residents"), ("name", "group_code"), ("name",), ("group_code",))
EMPTY = "Ô trống không xóa điều đã biết."
AGAIN = "Một người ở nhiều dòng: dòng sau bổ sung điều dòng trước để trống; ghi khác thì không nhận dòng sau."


def read_volunteers(source: bytes | Path, key: Key, limits: Limits = LIMITS) -> Reading:
    """Raises SheetError where there is no such list in the file."""
    return _read(source, READ_OF_VOLUNTEERS, WAYS[key], limits)


def read_groups(source: bytes | Path, limits: Limits = LIMITS) -> Reading:
    """Raises SheetError where there is no such list in the file."""
    return _read(source, GROUPS, GROUP_WAYS, limits)


def _read(source: bytes | Path, columns: Sequence[Column], ways: Sequence[tuple[str, ...]], limits: Limits) -> Reading:
    first: SheetError | None = None
    for keys in ways:
        try:
            return read_sheet(source, required(columns, *keys), limits=limits)
        except SheetError as error:
            if error.code != "missing_columns":
                raise
            first = first or error
    assert first
    raise first


def report_on_volunteers(reading: Reading, key: Key, day: dt.date, ward: Area | None) -> Report:
    understood = reading.understanding
    has = {heading.key for heading in understood.columns}
    assumed = [f"Nhận ra người đã có theo {KEYS[key]}.", *_ward_assumed(has, ward), EMPTY, AGAIN]
    if "kind" not in has:
        assumed.append("Không có cột Đối tượng: người mới được ghi là «Khác».")
    if has & {"ward", "ward_code", "group", "group_code"} or ward:
        assumed.append(f"Tên và mã đơn vị hiểu theo ngày {_shown(day)}; ai đổi tổ, xã thì chuyển từ ngày đó.")
    if "birth_year" in has:
        assumed.append("Chỉ lưu năm sinh, không lưu ngày sinh.")
    if "note" in has:
        assumed.append("Cột Ghi chú không được lưu.")
    return Report(understood, titles_of(READ_OF_VOLUNTEERS), assumed, None if "kind" in has else "other")


def report_on_groups(reading: Reading, day: dt.date, ward: Area | None) -> Report:
    has = {heading.key for heading in reading.understanding.columns}
    assumed = [
        "Nhận ra tổ đã có theo mã tổ trong xã, phường; không có mã thì theo tên.",
        *_ward_assumed(has, ward),
        EMPTY,
        f"Tên và mã xã, phường hiểu theo ngày {_shown(day)}; tổ mới có từ ngày đầu của xã, phường.",
    ]
    return Report(reading.understanding, titles_of(GROUPS), assumed)


def _ward_assumed(has: set[str | None], ward: Area | None) -> list[str]:
    if ward is None:
        if not has & {"ward", "ward_code", "volunteer_id"}:
            message = "Danh sách không có cột Xã/phường. Vui lòng thêm cột đó, hoặc chọn xã, phường khi nhập."
            raise SheetError("missing_ward", message)
        return []
    which = "Dòng không ghi xã, phường" if has & {"ward", "ward_code"} else "Cả danh sách"
    return [f"{which}: thuộc {ward.name} ({ward.code})."]


def _shown(day: dt.date) -> str:
    return f"{day.day:02}/{day.month:02}/{day.year}"
