"""`cds import volunteers|groups` and `cds export volunteers|groups`: lists in, lists out, and sheets to fill in.

Guarantee: it says what it understood before it changes anything. Exit status 0: every row is in; 1: some rows were
refused; 2: it could not be tried, or not to its end. A list can be imported again at any time.
"""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from deploy.cds import import_operations as operations
from deploy.cds.command_line import AsJson, one_line, typed_day
from deploy.cds.home import operator_settings
from deploy.cds.import_operations import Import, What
from deploy.cds.import_text import print_report, print_understood
from services.registry.imports.matching import Key
from services.registry.imports.report import Report, shown

SHOWN = 1_000_000  # rows in JSON: all of them
export_app = typer.Typer(no_args_is_help=True, help="Xuất danh sách; tệp xuất nhập lại không khác gì.")


class KeyOption(StrEnum):
    """`auto`: the id, else the phone, else the name with birth year and ward."""

    auto = "auto"
    phone = "phone"
    name_birth = "name_birth"
    id = "id"


File = Annotated[Path | None, typer.Argument(help="Tệp .xlsx, .ods hoặc .csv.", show_default=False)]
Ward = Annotated[str | None, typer.Option(help="Mã xã, phường của dòng không ghi xã, phường, ví dụ 11692.")]
On = Annotated[str | None, typer.Option(help="Ngày của danh sách (YYYY-MM-DD); mặc định hôm nay.")]
ByKey = Annotated[KeyOption, typer.Option(help="Nhận ra người đã có: auto là mã, rồi điện thoại, rồi họ tên.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Chỉ diễn tập: không ghi gì.")]
ReportTo = Annotated[Path | None, typer.Option(help="Ghi kết quả từng dòng vào tệp .xlsx hoặc .csv.")]
Template = Annotated[Path | None, typer.Option(help="Chỉ ghi tệp mẫu .xlsx để điền, rồi dừng.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Không hỏi lại.")]


def volunteers(
    file: File = None,
    ward: Ward = None,
    on: On = None,
    key: ByKey = KeyOption.auto,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    report: ReportTo = None,
    template: Template = None,
    yes: Yes = False,
) -> None:
    """Nhập danh sách tình nguyện viên từ bảng tính. Chạy lại không đổi gì."""
    with one_line(2):
        if template:
            _write_template("volunteers", template)
            return
        settings, day = operator_settings(), typed_day(on)
        with operations.prepared(
            settings, "volunteers", _needed(file), ward=ward, on=day, key=_key(key), dry_run=dry_run
        ) as found:
            _carry_out(found, as_json, report, yes)


def groups(
    file: File = None,
    ward: Ward = None,
    on: On = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
    report: ReportTo = None,
    template: Template = None,
    yes: Yes = False,
) -> None:
    """Nhập danh sách tổ dân phố, số hộ, nhân khẩu từ bảng tính. Chạy lại không đổi gì."""
    with one_line(2):
        if template:
            _write_template("groups", template)
            return
        settings, day = operator_settings(), typed_day(on)
        with operations.prepared(
            settings, "groups", _needed(file), ward=ward, on=day, key="auto", dry_run=dry_run
        ) as found:
            _carry_out(found, as_json, report, yes)


OutTo = Annotated[Path, typer.Option("--output", "-o", help="Tệp .xlsx hoặc .csv.")]
OfWard = Annotated[str | None, typer.Option("--ward", help="Chỉ một xã, phường, ví dụ 11692.")]


@export_app.command("volunteers")
def export_volunteers(output: OutTo, ward: OfWard = None, on: On = None) -> None:
    """Xuất tình nguyện viên, có họ tên và số điện thoại: chỉ người ghi tệp đọc được."""
    _export("volunteers", output, ward, on)


@export_app.command("groups")
def export_groups(output: OutTo, ward: OfWard = None, on: On = None) -> None:
    """Xuất tổ dân phố với số hộ, nhân khẩu."""
    _export("groups", output, ward, on)


def _export(what: What, output: Path, ward: str | None, on: str | None) -> None:
    with one_line(2):
        count = operations.export(operator_settings(), what, output, ward=ward, on=typed_day(on))
    typer.echo(f"Đã ghi {count} dòng vào {output}.")


def _carry_out(found: Import, as_json: bool, report_to: Path | None, yes: bool) -> None:
    console = Console(stderr=as_json)
    if not as_json:
        print_understood(found.report, len(found.rows), console)
    asks = sys.stdin.isatty() and sys.stdout.isatty() and not (yes or as_json or found.report.is_dry_run)
    if asks and not typer.confirm(f"Nhập {len(found.rows)} dòng này?", default=False):
        typer.echo("Chưa nhập gì.")
        raise typer.Exit(2)
    report = _with_progress(found, console)
    if report_to:
        operations.write_report(report, report_to)
    if as_json:
        typer.echo(json.dumps(shown(report, SHOWN), ensure_ascii=False, indent=2))
    else:
        print_report(report, console)
        if report_to:
            console.print(f"Kết quả từng dòng: {report_to}", markup=False)
    raise typer.Exit(1 if report.counts()["refused"] else 0)


def _with_progress(found: Import, console: Console) -> Report:
    """Import, with a bar on a terminal; of a list that breaks off, say how far it came."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task("Đang nhập", total=len(found.rows))
            return found.carry_out(lambda done: bar.update(task, completed=done))
    except BaseException:
        if (done := len(found.report.outcomes)) and not found.report.is_dry_run:
            typer.echo(f"Dừng giữa chừng: {done} dòng đầu đã nhập. Vui lòng chạy lại cùng lệnh này.", err=True)
        raise


def _write_template(what: What, target: Path) -> None:
    operations.write_sheet_to_fill_in(what, target)
    typer.echo(f"Đã ghi tệp mẫu {target}.")


def _needed(file: Path | None) -> Path:
    if file is None:
        raise typer.BadParameter("Cần tên tệp, hoặc --template TỆP.xlsx để lấy mẫu.")
    return file


def _key(option: KeyOption) -> Key:
    return option.value
