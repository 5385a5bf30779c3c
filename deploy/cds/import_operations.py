"""Importing and exporting lists as the operator on the machine: the registry's database is opened directly.

Guarantee: every file that is written here (reports, exports) is whole or absent, and only its owner reads it, since it
holds names and phones; nothing of a list is logged.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Literal

import sqlalchemy as sa

from deploy.cds.registry_operations import CommandError, area_or_error, registry
from services.registry.imports import exports
from services.registry.imports.columns import GROUPS, GROUPS_TO_FILL_IN, VOLUNTEERS, VOLUNTEERS_TO_FILL_IN
from services.registry.imports.groups import GroupJob
from services.registry.imports.matching import Job, Key
from services.registry.imports.reading import (
    read_groups,
    read_volunteers,
    report_on_groups,
    report_on_volunteers,
)
from services.registry.imports.report import RESULTS, Report
from services.registry.imports.running import all_rows, import_list
from services.registry.model import Area
from services.registry.store import reading, writing
from shared import clock
from shared.settings import Settings
from shared.sheets import Column, Row, SheetError, write_csv, write_template, write_xlsx

What = Literal["volunteers", "groups"]
COLUMNS: dict[What, Sequence[Column]] = {"volunteers": VOLUNTEERS, "groups": GROUPS}
TO_FILL_IN: dict[What, Sequence[Column]] = {"volunteers": VOLUNTEERS_TO_FILL_IN, "groups": GROUPS_TO_FILL_IN}
TITLES: dict[What, str] = {"volunteers": "danh sách tình nguyện viên", "groups": "danh sách tổ dân phố"}
REPORT = (
    Column("number", "Dòng", "integer"),
    Column("result", "Kết quả"),
    Column("name", "Tên"),
    Column("detail", "Chi tiết", max_length=32_000),
    Column("subject", "Mã"),
)


@dataclass(slots=True)
class Import:
    """A list that was read and understood, and is not imported yet."""

    report: Report
    rows: list[Row]
    _database: sa.Engine
    _job: Job | GroupJob

    def carry_out(self, on_progress: Callable[[int], None] = lambda done: None) -> Report:
        import_list(partial(writing, self._database), self._job, self.rows, self.report, on_progress)
        return self.report


@contextmanager
def prepared(
    settings: Settings, what: What, file: Path, *, ward: str | None, on: dt.date | None, key: Key, dry_run: bool
) -> Iterator[Import]:
    """The list in a file, understood.

    Raises:
        CommandError: nothing can be imported: the file, the ward or the database.
    """
    day = on or clock.today()
    with registry(settings) as opened:
        area = ward_or_error(opened, ward or _top_ward(settings), day)
        try:
            yield _prepared(opened, what, file, area, day, key, dry_run)
        except SheetError as error:
            raise CommandError(error.message) from error
        except OSError as error:
            raise CommandError(f"Không đọc được tệp {file}: {error.strerror or error}.") from error


def _prepared(
    opened: sa.Engine, what: What, file: Path, area: Area | None, day: dt.date, key: Key, dry_run: bool
) -> Import:
    ward, job = area.area_id if area else None, None
    if what == "groups":
        read = read_groups(file)
        report, job = report_on_groups(read, day, area), GroupJob(day, ward)
        return Import(_rehearsing(report, dry_run), all_rows(read, report), opened, job)
    read = read_volunteers(file, key)
    report = report_on_volunteers(read, key, day, area)
    return Import(
        _rehearsing(report, dry_run), all_rows(read, report), opened, Job(day, ward, key, report.default_kind)
    )


def _rehearsing(report: Report, dry_run: bool) -> Report:
    report.is_dry_run = dry_run
    return report


def ward_or_error(opened: sa.Engine, code: str | None, day: dt.date) -> Area | None:
    """The ward with a code on a day."""
    if not code:
        return None
    with reading(opened) as session:
        area = area_or_error(session, code, day)
        if area.level != "ward":
            raise CommandError(
                f"{code} là {area.name}, không phải xã, phường. Vui lòng ghi mã xã, phường gồm 5 chữ số."
            )
        return area


def _top_ward(settings: Settings) -> str | None:
    """A deployment of one ward need not be told which."""
    return settings.top_area if len(settings.top_area) == 5 else None


def export(settings: Settings, what: What, target: Path, *, ward: str | None, on: dt.date | None) -> int:
    """Write the list of a day; how many rows it has."""
    day = on or clock.today()
    with registry(settings) as opened:
        area = ward_or_error(opened, ward, day)
        with reading(opened) as session:
            make = exports.volunteers if what == "volunteers" else exports.groups
            return write_list(target, COLUMNS[what], make(session, day, area.area_id if area else None))


def write_list(target: Path, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> int:
    """Write rows as XLSX or CSV, by the name of the file; how many there were."""
    counted = _Counted(rows)
    if target.suffix.lower() == ".csv":
        write_private(target, write_csv(columns, counted))
    elif target.suffix.lower() == ".xlsx":
        with write_xlsx(columns, counted) as stream:
            write_private(target, pieces(stream))
    else:
        raise CommandError(f"Tên tệp {target.name} cần có đuôi .xlsx hoặc .csv.")
    return counted.count


class _Counted:
    """Counts what passes."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._rows, self.count = rows, 0

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        for row in self._rows:
            self.count += 1
            yield row


def write_report(report: Report, target: Path) -> None:
    """Every row of the list with what became of it."""
    write_list(target, REPORT, _told(report))


def _told(report: Report) -> Iterator[dict[str, Any]]:
    for one in report.outcomes:
        detail = "\n".join(report.told(refusal) for refusal in one.refusals)
        detail = detail or ", ".join(report.title(key) for key in one.changed)
        subject = str(one.subject) if one.subject and not (report.is_dry_run and one.result == "created") else None
        yield {
            "number": one.number,
            "result": RESULTS[one.result],
            "name": one.name,
            "detail": detail,
            "subject": subject,
        }
    for aside in report.ignored:
        yield {"number": aside.number, "result": "bỏ qua", "name": None, "detail": f"{aside.told}: {aside.text}"}
    for twin in report.twins:
        detail = f"{twin.reason} ({twin.score}/100): {twin.other_name}, {twin.other}"
        yield {"number": twin.number, "result": "có thể trùng", "name": twin.name, "detail": detail}


def write_sheet_to_fill_in(what: What, target: Path) -> None:
    if target.suffix.lower() != ".xlsx":
        raise CommandError(f"Tên tệp mẫu {target.name} cần có đuôi .xlsx.")
    with write_template(TO_FILL_IN[what], title=TITLES[what]) as stream:
        write_private(target, pieces(stream))


def write_private(target: Path, content: Iterable[bytes]) -> None:
    """A file that only its owner reads, whole or not at all."""
    temporary = target.with_name(f".{target.name}.new")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(content)
        temporary.replace(target)
    except OSError as error:
        raise CommandError(f"Không ghi được tệp {target}: {error.strerror or error}.") from error
    finally:
        temporary.unlink(missing_ok=True)


def pieces(stream: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: stream.read(1 << 16), b"")
