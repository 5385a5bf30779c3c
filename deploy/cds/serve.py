"""`cds serve`: one service's web application under gunicorn, in place of this process.

Guarantee: a wrong setting ends it with one line and status 2 before a port is opened; metrics of an earlier run are
gone, and all workers are counted together. SIGTERM lets requests at work finish.
Step 2 of the event path (docs/architecture.md).
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

import deploy
from deploy.cds import wiring
from shared import metrics, process
from shared.settings import SERVICES, Settings, SettingsError

CONFIGURATION = Path(deploy.__file__).with_name("gunicorn.conf.py")


def serve(
    service: Annotated[str, typer.Argument(help=f"one of {', '.join(SERVICES)}")],
    workers: Annotated[
        int | None, typer.Option(min=1, help="worker processes (default: CDS_WEB_WORKERS, or 2)")
    ] = None,
) -> None:
    """Chạy một dịch vụ web bằng gunicorn · serve a service with gunicorn, until stopped."""
    settings = process.begin()
    try:
        command = gunicorn_command(service, settings, workers)
        wiring.check_start(service, settings)
    except SettingsError as error:
        typer.echo(f"cds: {error}", err=True)
        raise typer.Exit(2) from error
    folder = metrics_folder(service, settings)
    metrics.wipe(folder)
    # The metrics library reads it when it is imported: it must be there before the new program begins.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    os.execv(command[0], command)


def gunicorn_command(service: str, settings: Settings, workers: int | None = None) -> list[str]:
    """The program that takes this one's place.

    Raises:
        SettingsError: when there is no such service, or its database is not named.
    """
    if service not in SERVICES:
        raise SettingsError(f"no service {service!r}: give one of {', '.join(SERVICES)}")
    settings.database_url(service)
    command = [sys.executable, "-m", "gunicorn", "--config", str(CONFIGURATION)]
    command += ["--bind", f"{settings.bind}:{settings.ports[service]}"]
    if workers is not None:
        command += ["--workers", str(workers)]
    return [*command, f"services.{service}.wsgi:app"]


def metrics_folder(service: str, settings: Settings) -> Path:
    """Where the workers of one server keep their counts; another server of the same home has another port."""
    return settings.home / "metrics" / f"{service}-{settings.ports[service]}"
