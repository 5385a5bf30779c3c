"""`cds area`: declaring an area, and rehearsing and declaring a succession.

Guarantee: a succession is shown before it is declared; without `--yes` the operator is asked. A refusal is one line on
standard error, status 1.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from deploy.cds import area_operations
from deploy.cds.area_text import print_rehearsal
from deploy.cds.command_line import AsJson, one_line, typed_day
from deploy.cds.home import operator_settings
from services.registry.model import LEVELS

app = typer.Typer(no_args_is_help=True, help="Đơn vị hành chính: khai đơn vị mới, diễn tập và khai việc sắp xếp.")


@app.command("declare")
def declare_command(
    level: Annotated[str, typer.Argument(help=f"Cấp: {', '.join(LEVELS)}.")],
    code: Annotated[str, typer.Argument(help="Mã, ví dụ 11692 hoặc tdp-03.")],
    name: Annotated[str, typer.Argument(help="Tên, ví dụ 'Phường Dương Kinh'.")],
    parent: Annotated[str | None, typer.Option(help="Mã đơn vị cấp trên (ở ngày bắt đầu), hoặc UUID.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="Ngày bắt đầu (YYYY-MM-DD).")] = None,
    label: Annotated[str | None, typer.Option(help="Tên gọi của tổ, ví dụ 'khu dân cư'.")] = None,
    as_json: AsJson = False,
) -> None:
    """Khai một đơn vị: tổ dân phố của một xã, hoặc xã, huyện, tỉnh của lần sắp xếp tới."""
    day = typed_day(since)
    body: dict[str, Any] = {"level": level, "code": code, "name": name}
    body |= {"valid_from": since} if since else {}
    body |= {"local_label": label} if label else {}
    with one_line():
        made = area_operations.declare_area(operator_settings(), body, parent, day)
    if as_json:
        typer.echo(json.dumps(made, ensure_ascii=False))
    else:
        typer.echo(f"Đã khai {made['name']} ({made['code']}): {made['area_id']}")


@app.command("succeed")
def succeed_command(
    file: Annotated[Path, typer.Argument(help="Tệp JSON như nội dung của POST /v1/successions; mã thay được cho id.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Chỉ diễn tập: không ghi gì.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Khai luôn, không hỏi lại.")] = False,
    as_json: AsJson = False,
) -> None:
    """Diễn tập rồi khai một việc sáp nhập, chia tách, đổi tên hoặc chuyển."""
    if as_json and not (dry_run or yes):
        raise typer.BadParameter("Với --json cần thêm --dry-run hoặc --yes.")
    settings = operator_settings()
    with one_line():
        rehearsed = area_operations.rehearse(settings, file)
    declares = not (dry_run or rehearsed.report["is_known"])
    if not as_json:
        print_rehearsal(rehearsed.report, Console())
    if declares:
        if not yes:
            typer.confirm("Khai việc này?", abort=True)
        with one_line():
            area_operations.declare(settings, rehearsed)
    if as_json:
        typer.echo(json.dumps(rehearsed.report | {"declared": declares}, ensure_ascii=False, indent=2))
    else:
        typer.echo("Đã khai." if declares else "Chưa ghi gì." if dry_run else "Không cần ghi gì.")
