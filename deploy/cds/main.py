"""`cds`: the operator's command. Exit status 0 well, 1 something is wrong, 2 it could not be tried.

Each command reads the settings once; `--help` is everywhere, `--json` where a program would read the answer.
"""

import sys
from typing import Annotated

import typer

from deploy.cds import (
    area_commands,
    import_commands,
    intake_commands,
    quarantine_commands,
    reconcile_commands,
    registry_commands,
    report_commands,
    reporting_commands,
    run_commands,
)
from deploy.cds.push.command import PASS_ON, push
from deploy.cds.secret_files import secrets_command
from deploy.cds.serve import serve
from deploy.cds.simulate.command import simulate
from shared import database, process
from shared.settings import SERVICES, SettingsError

app = typer.Typer(
    name="cds",
    help="Cộng đồng số: chuyển đổi số cộng đồng, từ nhiều phường, xã về một số liệu · from many wards to one truth.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
Service = Annotated[str, typer.Argument(help=f"one of {', '.join(SERVICES)}")]
Shards = Annotated[str, typer.Option(help="only these shards, for example 0,1 (default: all)")]


def _shards(text: str) -> list[int] | None:
    try:
        return [int(part) for part in text.split(",")] if text else None
    except ValueError:
        raise typer.BadParameter(f"“{text}” is no list of shards, for example 0,1") from None


@app.command()
def relay(service: Service, shards: Shards = "") -> None:
    """Chuyển nhật ký sự kiện của một dịch vụ tới RabbitMQ · relay a service's log to the broker, until stopped."""
    from deploy.cds import workers

    workers.relay(service, process.begin(), _shards(shards))


@app.command()
def consume(service: Service, shards: Shards = "") -> None:
    """Nhận sự kiện cho một dịch vụ · consume what a service reads, until stopped."""
    from deploy.cds import workers

    workers.consume(service, process.begin(), _shards(shards))


@app.command()
def migrate(service: Annotated[str, typer.Argument(help="a service, or all")] = "all") -> None:
    """Cập nhật cấu trúc cơ sở dữ liệu · bring databases to the tables of this release."""
    settings = process.begin()
    for name in SERVICES if service == "all" else [service]:
        database.migrate(name, settings.database_url(name))
        typer.echo(f"{name}: at head")


app.command()(run_commands.up)
app.command()(serve)
app.command()(run_commands.init)
app.command()(simulate)
app.command("push", context_settings=PASS_ON, add_help_option=False)(push)
app.command("secrets")(secrets_command)
app.command()(intake_commands.pending)
app.command()(intake_commands.refused)
app.command("close-day")(reporting_commands.close_day)
app.command()(reporting_commands.rebuild)
app.add_typer(report_commands.app, name="report")
app.command()(reconcile_commands.reconcile)
app.add_typer(quarantine_commands.app, name="quarantine")
app.add_typer(area_commands.app, name="area")
app.add_typer(registry_commands.import_app, name="import")
app.add_typer(import_commands.export_app, name="export")
app.add_typer(registry_commands.client_app, name="client")
app.add_typer(run_commands.sample_app, name="sample")


def main() -> None:
    """The console command: what no command has put into words of its own becomes one line here."""
    try:
        app()
    except SettingsError as error:
        print(f"cds: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except database.AWAY as error:
        reason = str(error.__cause__ or error).strip().splitlines()[0][:200]
        print(f"cds: cơ sở dữ liệu không trả lời; “cds up” có đang chạy không? ({reason})", file=sys.stderr)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
