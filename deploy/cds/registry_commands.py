"""The operator's registry commands: `cds import …` and `cds client add|renew|list|revoke`.

Guarantee: what a program would read comes with `--json`; a refusal is one line on standard error, status 1.
The functions behind them, and those of the sample, can be taken from here.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Annotated

import typer

from deploy.cds import import_commands
from deploy.cds.area_imports import ImportReport, import_areas
from deploy.cds.command_line import AsJson, one_line, typed_day
from deploy.cds.home import operator_settings
from deploy.cds.registry_operations import (
    CommandError,
    Credentials,
    add_client,
    list_clients,
    load_catalogue,
    renew_client,
    revoke_client,
)
from deploy.cds.registry_sample import SampleClient, load_sample, remove_sample
from services.registry import passwords
from services.registry.commands.clients import CLIENT_ID, SCOPES, WARD_APP_SCOPES
from shared.settings import Settings

__all__ = [
    "CommandError",
    "Credentials",
    "ImportReport",
    "SampleClient",
    "add_client",
    "client_app",
    "import_app",
    "import_areas",
    "list_clients",
    "load_catalogue",
    "load_sample",
    "remove_sample",
    "renew_client",
    "revoke_client",
]

LISTED = 20  # wards named in full on a terminal

import_app = typer.Typer(no_args_is_help=True, help="Nhập dữ liệu vào registry.")
client_app = typer.Typer(no_args_is_help=True, help="Ứng dụng của xã, phường: cấp, xem, thu hồi.")
AskPassword = Annotated[
    bool, typer.Option("--ask-password", help="Tự nhập mật khẩu (ít nhất 10 ký tự), không tự sinh.")
]


@import_app.callback()
def _import() -> None:
    """Groups of commands keep their names even with one command."""


@import_app.command("areas")
def areas_command(
    province: Annotated[str | None, typer.Option(help="Mã tỉnh, thành phố, ví dụ 31.")] = None,
    ward: Annotated[list[str] | None, typer.Option(help="Mã xã, phường; có thể lặp lại.")] = None,
    whole: Annotated[bool, typer.Option("--whole", help="Cả nước.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ diễn tập: không ghi gì.")] = False,
    as_json: AsJson = False,
) -> None:
    """Nhập đơn vị hành chính trước và từ 01/7/2025, cùng việc kế thừa. Chạy lại không đổi gì.

    Không chọn gì thì nhập đơn vị nêu ở CDS_TOP_AREA và mọi đơn vị bên dưới.
    """
    settings = _settings()
    if not (province or ward or whole or settings.top_area):
        raise typer.BadParameter("Chọn --province, --ward hoặc --whole, hoặc đặt CDS_TOP_AREA.")
    with one_line():
        report = import_areas(settings, province, ward or (), whole, dry_run)
    if as_json:
        _print_json(asdict(report))
        return
    _print_import(report)


KIND_NAMES = {"merge": "sáp nhập", "split": "chia tách", "rename": "đổi tên", "move": "chuyển"}
THING_NAMES = {"groups": "tổ", "volunteers": "tình nguyện viên", "teams": "tổ công nghệ số", "venues": "địa điểm"}


def _print_import(report: ImportReport) -> None:
    if report.dry_run:
        typer.echo("Diễn tập: chưa ghi gì.")
    kinds = ", ".join(f"{KIND_NAMES[kind]} {count}" for kind, count in report.kinds.items())
    moved = ", ".join(f"{count} {THING_NAMES[what]}" for what, count in report.moved.items())
    typer.echo(f"Đơn vị: {report.areas}, mới hoặc đổi: {report.areas_new}.")
    typer.echo(f"Kế thừa: {report.successions}, mới: {report.successions_new}{f' ({kinds})' if kinds else ''}.")
    if moved:
        typer.echo(f"Chuyển theo đơn vị kế thừa: {moved}.")
    _print_unknown("Kế thừa đã khai khác dữ liệu kèm theo, giữ nguyên như đã khai", report.declared_otherwise)
    _print_unknown("Xã, phường cũ chưa rõ đơn vị kế thừa", report.without_successor)
    _print_unknown("Xã, phường mới chưa rõ đơn vị tiền thân", report.without_predecessor)
    _print_unknown("Xã, phường cũ chưa rõ đơn vị kế thừa chính", report.without_main)


def _print_unknown(title: str, found: list[str]) -> None:
    if found:
        more = f" … (và {len(found) - LISTED} đơn vị nữa; xem đủ bằng --json)" if len(found) > LISTED else ""
        typer.echo(f"{title}: {len(found)}: {', '.join(found[:LISTED])}{more}")


import_app.command("volunteers")(import_commands.volunteers)
import_app.command("groups")(import_commands.groups)


@client_app.command("add")
def add_command(
    name: Annotated[str, typer.Argument(help="Tên để người đọc, ví dụ 'Ứng dụng phường Dương Kinh'.")],
    client_id: Annotated[str | None, typer.Option("--id", help="Mã ứng dụng; bỏ trống thì tự đặt.")] = None,
    area: Annotated[list[str] | None, typer.Option(help="Mã đơn vị được ghi; có thể lặp lại.")] = None,
    on: Annotated[str | None, typer.Option(help="Mã có nghĩa vào ngày nào (YYYY-MM-DD); mặc định hôm nay.")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="Quyền; mặc định của ứng dụng xã, phường.")] = None,
    person: Annotated[bool, typer.Option("--person", help="Một người, đăng nhập trang của phường.")] = False,
    ask_password: AskPassword = False,
    as_json: AsJson = False,
) -> None:
    """Cấp một ứng dụng, hoặc một cán bộ (--person); khóa hoặc mật khẩu chỉ hiện một lần."""
    if ask_password and not person:
        raise typer.BadParameter("--ask-password chỉ dùng cùng --person; khóa của ứng dụng luôn tự sinh.")
    if client_id and not re.fullmatch(CLIENT_ID, client_id):
        raise typer.BadParameter(f"Mã “{client_id}” không dùng được. Cần chữ thường, số, gạch nối: app-duong-kinh.")
    scopes = tuple(scope or WARD_APP_SCOPES)
    if unknown := sorted(set(scopes) - set(SCOPES)):
        raise typer.BadParameter(f"Không có quyền {', '.join(unknown)}. Các quyền: {', '.join(SCOPES)}.")
    password = _typed_password() if ask_password else None
    with one_line():
        made = add_client(
            _settings(), name, client_id=client_id, areas=area or (), on=typed_day(on), scopes=scopes,
            is_person=person, password=password,
        )  # fmt: skip
    _print_credentials(made, as_json, is_person=person)


@client_app.command("renew")
def renew_command(client_id: str, ask_password: AskPassword = False, as_json: AsJson = False) -> None:
    """Cấp khóa hoặc mật khẩu mới; khóa cũ hết hiệu lực, ứng dụng đã thu hồi được mở lại."""
    with one_line():
        is_person = any(one["is_person"] for one in list_clients(_settings()) if one["client_id"] == client_id)
        if ask_password and not is_person:
            raise CommandError(f"{client_id} không phải tài khoản của một người; khóa của ứng dụng luôn tự sinh.")
        made = renew_client(_settings(), client_id, _typed_password() if ask_password else None)
    _print_credentials(made, as_json, is_person=is_person)


@client_app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """Xem các ứng dụng."""
    with one_line():
        found = list_clients(_settings())
    if as_json:
        _print_json(found)
        return
    for client in found:
        state = f"thu hồi {client['revoked_at'][:10]}" if client["revoked_at"] else "đang dùng"
        kind = "  (cán bộ)" if client["is_person"] else ""
        typer.echo(f"{client['client_id']}  {client['name']}{kind}  {' '.join(client['scopes'])}  {state}")


@client_app.command("revoke")
def revoke_command(client_id: str) -> None:
    """Thu hồi một ứng dụng; số liệu đã gửi vẫn giữ nguyên."""
    with one_line():
        revoke_client(_settings(), client_id)
    typer.echo(f"Đã thu hồi {client_id}.")


def _settings() -> Settings:
    return operator_settings()


def _typed_password() -> str:
    """A password typed twice; what is too short is asked for again."""
    while True:
        typed: str = typer.prompt("Mật khẩu (ít nhất 10 ký tự)", hide_input=True, confirmation_prompt=True)
        if passwords.is_fit(typed):
            return typed
        typer.echo(f"Cần ít nhất {passwords.SHORTEST} ký tự. Vui lòng nhập lại.", err=True)


def _print_credentials(made: Credentials, as_json: bool, *, is_person: bool = False) -> None:
    if as_json:
        _print_json(asdict(made))
        return
    if is_person:
        _print_person(made)
        return
    typer.echo(f"client_id:     {made.client_id}\nclient_secret: {made.client_secret}")
    typer.echo("Khóa chỉ hiện một lần này; vui lòng cất giữ ngay.")


def _print_person(made: Credentials) -> None:
    typer.echo(f"Tên đăng nhập: {made.client_id}")
    if made.client_secret:
        typer.echo(f"Mật khẩu:      {made.client_secret}")
        typer.echo("Mật khẩu chỉ hiện một lần này; vui lòng trao tận tay.")
    typer.echo("Trang đăng nhập: /phuong của dịch vụ sessions.")


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
