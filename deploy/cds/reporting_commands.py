"""`cds close-day`, `cds rebuild`: what a person does to the figures.

Guarantee: a statement is never made twice and never changed by a command; a rebuild puts nothing in place by halves.
"""

import datetime as dt
import json
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from deploy.cds.home import operator_settings
from services.reporting import rebuild as rebuilding
from services.reporting.closing.recompute import Difference, NotClosed
from services.reporting.closing.recompute import recompute as add_up_again
from services.reporting.closing.run import Closer
from services.reporting.replay import feeds_of
from shared.feed import EpochChanged, FeedError

AsJson = Annotated[bool, typer.Option("--json", help="for programs")]


def close_day(
    check: Annotated[
        str, typer.Option(help="add the statements of this closed day up again from the events, YYYY-MM-DD")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Chốt các ngày đã đến hạn (22 giờ 00) · close the days that are due; --check compares a closed one.

    Exit status 1 when a statement does not come out the same.
    """
    settings = operator_settings()
    url, feeds = settings.database_url("reporting"), feeds_of(settings)
    try:
        if check:
            _check(url, feeds, _day(check), as_json)
            return
        closed = [day.isoformat() for day in Closer(url, feeds).run_due()]
    except (FeedError, EpochChanged) as error:
        typer.echo(f"cds: chưa đọc được sự kiện của dịch vụ khác; “cds up” có đang chạy không? ({error})", err=True)
        raise typer.Exit(2) from error
    if as_json:
        typer.echo(json.dumps({"closed": closed}))
    else:
        typer.echo(f"Đã chốt · closed: {', '.join(closed)}" if closed else "Không có ngày nào đến hạn · nothing is due")


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"“{text}” không phải ngày; ví dụ 2026-03-15 (no date)") from None


def _check(url: str, feeds: object, day: dt.date, as_json: bool) -> None:
    try:
        count, found = add_up_again(url, feeds, day)  # type: ignore[arg-type]
    except NotClosed:
        typer.echo(f"cds: ngày {day} chưa chốt (not closed)", err=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps({"day": str(day), "statements": count, "different": [_as_dict(one) for one in found]}))
    elif found:
        for one in found:
            typer.echo(f"  {one.unit_id}: {one.figure} {one.service}: {one.stated} ≠ {one.recomputed}")
        typer.echo(f"{len(found)}/{count} bản chốt ngày {day} tính lại không khớp · differ")
    else:
        typer.echo(f"{count} bản chốt ngày {day} tính lại đều khớp · all the same")
    raise typer.Exit(1 if found else 0)


def _as_dict(one: Difference) -> dict[str, object]:
    return {
        "unit": str(one.unit_id), "figure": one.figure, "service": one.service, "stated": one.stated,
        "recomputed": one.recomputed,
    }  # fmt: skip


def rebuild(as_json: AsJson = False) -> None:
    """Dựng lại mọi số liệu từ sự kiện · rebuild every figure from the events, beside the running ones."""
    settings = operator_settings()
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
    )
    try:
        with Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal) as bar:
            task = bar.add_task("đoạn sự kiện · segments", total=None)
            done = rebuilding.rebuild(
                settings.database_url("reporting"),
                feeds_of(settings),
                lambda count, total: bar.update(task, completed=count, total=total),
            )
    except (FeedError, EpochChanged) as error:
        typer.echo(f"cds: chưa đọc được sự kiện; số liệu đang dùng vẫn như cũ (nothing was changed): {error}", err=True)
        raise typer.Exit(2) from error
    if as_json:
        typer.echo(json.dumps({"events": done.events, "changed": done.changed}))
        return
    changed = ", ".join(f"{table} {rows}" for table, rows in done.changed.items()) or "không có gì khác · nothing"
    typer.echo(f"Đã dựng lại từ {done.events} sự kiện · rebuilt; khác trước · rows that differ: {changed}")
