"""`cds reconcile`: does reporting count what stands where it was reported?

Guarantee: it only reads. Exit status 0: every number is the same; 1: one is not; 2: it could not be tried, or some
numbers never held still.
"""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep
from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from deploy.cds.home import operator_settings
from services.reporting import copies
from services.reporting.reconcile import compare
from services.reporting.reconcile.compare import Compared, Difference, Reconciler
from services.reporting.reconcile.kept import in_words
from services.reporting.reconcile.sources import Sources
from services.reporting.replay import feeds_of
from shared import clock
from shared.areas import AreaBook
from shared.database import transaction
from shared.feed import EpochChanged, FeedError

DAYS = 31
SHOWN = 20


def reconcile(
    first: Annotated[str, typer.Option("--from", help="first day, YYYY-MM-DD; default: 31 days back")] = "",
    last: Annotated[str, typer.Option("--to", help="last day; default: today")] = "",
    ward: Annotated[str, typer.Option(help="only this ward, by its code, in every period of it")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Đối soát số liệu với nơi ghi nhận · compare reporting with its sources by ward, day and service.

    Exit status 0: equal; 1: different; 2: it could not be tried.
    """
    end = _day(last) if last else clock.local_day(clock.now())
    start = _day(first) if first else end - dt.timedelta(days=DAYS - 1)
    if start > end:
        raise typer.BadParameter(f"“--from” {start} sau “--to” {end} (after)")
    settings = operator_settings()
    live, sources = copies.engine(settings.database_url("reporting"), copies.LIVE), Sources(settings)
    try:
        reconciler = Reconciler(live, feeds_of(settings), sources, sleep)
        with _bar() as progress:
            made = reconciler.run(start, end, _wards(live, ward) if ward else None, progress)
    except (FeedError, EpochChanged) as error:
        typer.echo(f"cds: chưa đối soát được; “cds up” có đang chạy không? ({error})", err=True)
        raise typer.Exit(2) from error
    finally:
        sources.close()
        live.dispose()
    if as_json:
        typer.echo(json.dumps(_as_dict(made), ensure_ascii=False))
    else:
        _print(made)
    raise typer.Exit(1 if made.differences else 2 if made.moving else 0)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"“{text}” không phải ngày; ví dụ 2026-03-15 (no date)") from None


def _wards(live: sa.Engine, code: str) -> list[UUID]:
    with transaction(live) as connection:
        book = AreaBook.load(connection)
    found = [area.area_id for area in book.areas.values() if area.code == code and area.level != "residential_group"]
    if not found:
        raise typer.BadParameter(f"không có đơn vị nào có mã “{code}” (no such ward)")
    return found


@contextmanager
def _bar() -> Iterator[compare.Progress]:
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
    )
    with Progress(*columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("phường, xã · wards", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _print(made: Compared) -> None:
    for one in made.differences[:SHOWN]:
        typer.echo(f"  {in_words(one)}")
    if len(made.differences) > SHOWN:
        typer.echo(f"  … và {len(made.differences) - SHOWN} số khác (more; all of them with --json)")
    days = f"{made.first} – {made.last}"
    if made.differences:
        typer.echo(f"{days}: {len(made.differences)}/{made.numbers} số không khớp · differ (nguồn ≠ báo cáo)")
    else:
        typer.echo(f"{days}: {made.numbers} số của {made.wards} phường, xã đều khớp · all the same")
    if made.moving:
        typer.echo(f"{made.moving} số đang thay đổi nên chưa so được · still moving, ask again")
    if made.quarantined:
        typer.echo(f"{made.quarantined} sự kiện chờ xử lý, chưa tính · in quarantine: cds quarantine list reporting")


def _as_dict(made: Compared) -> dict[str, Any]:
    return {
        "from": str(made.first), "to": str(made.last), "wards": made.wards, "numbers": made.numbers,
        "moving": made.moving, "quarantined": made.quarantined,
        "differences": [_difference(one) for one in made.differences],
    }  # fmt: skip


def _difference(one: Difference) -> dict[str, Any]:
    found: dict[str, Any] = {"what": one.what, "source": one.source, "reporting": one.reporting}
    if one.key is not None:
        found |= {"ward": str(one.ward), "ward_name": one.ward_name, "day": str(one.key.day), "part": one.key.part}
        found |= {"outcome": one.key.outcome}
    if one.newest is not None:
        found |= {"shard": one.newest.shard, "segment": one.newest.segment}
        found |= {"recorded_at": clock.rfc3339(one.newest.recorded_at)}
    return found
