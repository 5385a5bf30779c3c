"""`cds quarantine`: what could not be applied, for a person: list, show, retry, drop.

Guarantee: nothing leaves quarantine but applied, or dropped by a person with a reason, and both are noted.
"""

import json
from typing import Annotated, Any

import typer
from rich.console import Console

from deploy.cds import tables, wiring
from deploy.cds.home import operator_settings
from shared import database, quarantine
from shared.consumer import Applier
from shared.quarantine import Held

app = typer.Typer(help="Sự kiện chờ xử lý · events that could not be applied.", no_args_is_help=True)
Service = Annotated[str, typer.Argument(help="the consuming service: sessions or reporting")]
AsJson = Annotated[bool, typer.Option("--json", help="for programs")]


def _applier(service: str) -> Applier:
    if service not in wiring.CONSUMERS:
        typer.echo(f"cds: “{service}” consumes nothing; one of {', '.join(wiring.CONSUMERS)}", err=True)
        raise typer.Exit(2)
    settings = operator_settings()
    return Applier(wiring.CONSUMERS[service], database.engine(settings.database_url(service), pool_size=2))


@app.command("list")
def list_held(service: Service, as_json: AsJson = False) -> None:
    """Xem các sự kiện chờ, cũ nhất trước · list what waits. Exit status 1 when something does."""
    held = _waiting(_applier(service))
    if as_json:
        typer.echo(json.dumps([_as_dict(item) for item in held], ensure_ascii=False))
    else:
        _print(held)
    raise typer.Exit(1 if held else 0)


@app.command()
def show(service: Service, quarantine_id: int) -> None:
    """Xem một sự kiện và lỗi của nó · show one event whole, with its error, as JSON."""
    held = _waiting(_applier(service), [quarantine_id])
    if not held:
        _nothing(quarantine_id)
    data = json.loads(bytes(held[0].event.data))
    typer.echo(json.dumps(_as_dict(held[0]) | {"data": data}, ensure_ascii=False, indent=2))


@app.command()
def retry(service: Service, quarantine_ids: Annotated[list[int] | None, typer.Argument()] = None) -> None:
    """Thử lại · try again, all or those named, oldest first. Exit status 1 when some still cannot be applied."""
    applied, waiting = _applier(service).retry(quarantine_ids or None)
    typer.echo(f"applied {applied}, still waiting {waiting}")
    raise typer.Exit(1 if waiting else 0)


@app.command()
def drop(
    service: Service, quarantine_id: int, reason: Annotated[str, typer.Option(help="why, for the record")]
) -> None:
    """Bỏ một sự kiện, có lý do · give one event up, with a reason; the figures lack it."""
    applier = _applier(service)
    if not _waiting(applier, [quarantine_id]):
        _nothing(quarantine_id)
    with database.transaction(applier.engine) as connection:
        quarantine.release(connection, quarantine_id, f"dropped: {reason}")
    typer.echo(f"dropped {quarantine_id}")


def _waiting(applier: Applier, ids: list[int] | None = None) -> list[Held]:
    with database.transaction(applier.engine) as connection:
        return quarantine.waiting(connection, ids)


def _nothing(quarantine_id: int) -> None:
    typer.echo(f"cds: nothing waits under {quarantine_id}; see cds quarantine list", err=True)
    raise typer.Exit(2)


def _as_dict(item: Held) -> dict[str, Any]:
    return {
        "id": item.quarantine_id,
        "stream": item.place.stream,
        "shard": item.place.shard,
        "segment": item.place.segment,
        "event_id": str(item.event.id),
        "type": item.event.type,
        "subject": str(item.event.subject),
        "reason": item.reason,
        "error": item.error,
    }


def _print(held: list[Held]) -> None:
    if not held:
        typer.echo("nothing in quarantine")
        return
    table = tables.whole("id", "where", "type", "subject", "reason", "error")
    for item in held:
        where = f"{item.place.stream}/{item.place.shard}/{item.place.segment}"
        table.add_row(
            str(item.quarantine_id), where, item.event.type, str(item.event.subject), item.reason, item.error[:80]
        )
    Console().print(table)
