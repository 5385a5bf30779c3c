"""The door for workbooks: a file of an unknown sender becomes a plain copy with nothing in it but counted cells.

Guarantee: the library that reads cells sees only parts that were inflated here to their true size and walked as XML
(shared/sheets/walk.py): no macro, no external link, no picture, no document type, no entry twice, and no sheet that
would occupy more than the limits. An encrypted, broken or foreign file is refused with one line in Vietnamese.
It does not look for what a spreadsheet program itself might do with the file: the copy is for reading only.
"""

import io
import os
import re
import tempfile
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.parsers.expat import ExpatError

from shared.sheets.columns import SheetError
from shared.sheets.walk import Merges, OdsWalk, Walk, XlsxWalk

CHUNK = 1 << 16
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BROKEN = (zipfile.BadZipFile, zlib.error, ExpatError, EOFError, NotImplementedError, ValueError, LookupError)
# What reading cells needs of each format; everything else stays outside.
XLSX_PARTS = re.compile(
    r"\[content_types\]\.xml|_rels/\.rels|xl/(?:_rels/)?workbook\.xml(?:\.rels)?|xl/sharedstrings\.xml|xl/styles\.xml"
    r"|xl/worksheets/[^/]+\.xml",
    re.IGNORECASE,
)
ODS_PARTS = re.compile(r"mimetype|content\.xml|META-INF/manifest\.xml")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost. A list of 50,000 people in 12 columns needs at most a quarter of each."""

    file_bytes: int = 32 << 20
    entries: int = 2_000
    inflated_bytes: int = 400 << 20
    ratio: int = 250  # deflate itself ends at 1032; a sheet of 50,000 equal rows comes to 27
    rows: int = 200_000
    columns: int = 200
    cells: int = 6_000_000  # the smallest rectangle around the cells, which is what the reader allocates
    cell_length: int = 32_767  # Excel's own
    text_length: int = 200_000_000


LIMITS = Limits()
# Of a file that is sent over HTTP.
UPLOAD_LIMITS = Limits(
    file_bytes=10 << 20, inflated_bytes=100 << 20, rows=50_000, cells=1_000_000, text_length=20_000_000
)
MOST_UPLOADED_ROWS = 5_000  # entries: the answer has to come within thirty seconds


@dataclass(slots=True)
class SafeWorkbook:
    """The plain copy, and the merged cells of its sheets where the format needs them found here (ODS)."""

    copy: IO[bytes]
    format: str
    merges: dict[str, Merges] = field(default_factory=dict)


def kind_of_file(source: bytes | Path, limits: Limits) -> str:
    """`zip`, or `text` for everything that may be a CSV; refuses what is too large, empty, encrypted or too old."""
    size = len(source) if isinstance(source, bytes) else os.stat(source).st_size
    if size > limits.file_bytes:
        raise SheetError("file_too_large", f"Tệp lớn {size >> 20} MB; nhiều nhất là {limits.file_bytes >> 20} MB.")
    with opened(source) as stream:
        head = stream.read(8)
        if not head:
            raise SheetError("empty", "Tệp trống.")
        if head == OLE:
            raise _old_or_encrypted(stream.read())
    return "zip" if head.startswith(b"PK") else "text"


def opened(source: bytes | Path) -> IO[bytes]:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _old_or_encrypted(content: bytes) -> SheetError:
    if "EncryptedPackage".encode("utf-16-le") in content:
        return _encrypted()
    return SheetError("old_format", "Tệp có dạng cũ (.xls); vui lòng mở bằng Excel, lưu thành .xlsx rồi gửi lại.")


def _encrypted() -> SheetError:
    return SheetError("encrypted", "Tệp đặt mật khẩu; vui lòng bỏ mật khẩu rồi gửi lại.")


def _corrupt() -> SheetError:
    return SheetError("corrupt", "Tệp bị hỏng, không đọc được; vui lòng mở bằng Excel, lưu lại rồi gửi lại.")


def _unsafe(reason: str) -> SheetError:
    return SheetError("unsafe", f"Tệp không an toàn ({reason}); vui lòng chép danh sách sang một tệp mới rồi gửi lại.")


def safe_workbook(source: bytes | Path, limits: Limits) -> SafeWorkbook:
    """The plain copy of an XLSX or ODS file, walked; the caller closes it."""
    try:
        with opened(source) as stream, zipfile.ZipFile(stream) as archive:
            return _copied(archive, limits)
    except BROKEN as error:
        raise _corrupt() from error


def _copied(archive: zipfile.ZipFile, limits: Limits) -> SafeWorkbook:
    form, parts = _parts_of(archive, limits)
    safe = SafeWorkbook(tempfile.SpooledTemporaryFile(max_size=8 << 20), form)  # noqa: SIM115 closed by the caller
    budget, lengths = limits.inflated_bytes, list[int]()
    try:
        with zipfile.ZipFile(safe.copy, "w", zipfile.ZIP_STORED) as copy:
            for part in parts:
                walk: Walk = XlsxWalk(limits, lengths) if form == "xlsx" else OdsWalk(limits, safe.merges)
                budget -= _copy_part(archive, part, copy, walk, min(budget, limits.inflated_bytes), limits)
    except BaseException:
        safe.copy.close()
        raise
    safe.copy.seek(0)
    return safe


def _parts_of(archive: zipfile.ZipFile, limits: Limits) -> tuple[str, list[zipfile.ZipInfo]]:
    """The parts to read, shared strings first because the sheets count by them."""
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(entries) > limits.entries or len({name.casefold() for name in names}) < len(names):
        raise _unsafe(f"có {len(entries)} mục nén" if len(entries) > limits.entries else "có mục nén trùng tên")
    if any(entry.flag_bits & 1 for entry in entries):
        raise _encrypted()
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise _unsafe("nén theo cách lạ")  # bzip2 and LZMA inflate without a bound for one read
    lower = {name.casefold() for name in names}
    if "xl/workbook.xml" in lower:
        form, wanted = "xlsx", XLSX_PARTS
    elif "content.xml" in lower and b"opendocument.spreadsheet" in archive.open("mimetype").read(200):
        form, wanted = "ods", ODS_PARTS
    else:
        raise SheetError("unknown_format", "Tệp không phải bảng tính; vui lòng gửi tệp .xlsx, .ods hoặc .csv.")
    parts = [entry for entry in entries if wanted.fullmatch(entry.filename)]
    return form, sorted(parts, key=lambda entry: "sharedstrings" not in entry.filename.casefold())


def _copy_part(
    archive: zipfile.ZipFile, part: zipfile.ZipInfo, copy: zipfile.ZipFile, walk: Walk, budget: int, limits: Limits
) -> int:
    """Inflates one part into the copy while it is walked; returns its true size."""
    size, allowed = 0, min(budget, max(part.compress_size, 1 << 12) * limits.ratio)
    is_xml = part.filename != "mimetype"
    with archive.open(part) as packed, copy.open(zipfile.ZipInfo(part.filename), "w", force_zip64=True) as plain:
        while chunk := packed.read(CHUNK):
            size += len(chunk)
            if size > allowed:
                raise _unsafe("nén quá mức, giải nén ra rất lớn")
            if is_xml:
                walk.feed(chunk)
            plain.write(chunk)
    if is_xml:
        walk.close()
    if part.filename == "META-INF/manifest.xml" and walk.is_encrypted:
        raise _encrypted()
    return size
