"""`cds up`, `cds init`, `cds sample`: start everything, or make a deployment to start.

`up` runs in the foreground and says in a few lines where to look; Ctrl-C stops it cleanly. Without a broker it is the
embedded default in one process; with `--broker amqp://…` each part is a process of its own.
"""

import socket
import sys
import time
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Annotated, Any

import typer
from rich.console import Console

from deploy.cds import report, sample_story
from deploy.cds.developer import Developer
from deploy.cds.embedded import Embedded, start_databases
from deploy.cds.home import operator_settings, with_secrets
from deploy.cds.postgres import EmbeddedPostgres, EmbeddedPostgresError
from deploy.cds.registry_commands import CommandError, import_areas, load_catalogue
from deploy.cds.registry_sample import remove_sample
from deploy.cds.workers import Stop
from shared import logs, process
from shared.settings import SERVICES, Settings

sample_app = typer.Typer(help="Dữ liệu mẫu: quận Dương Kinh, Hải Phòng · the sample.", no_args_is_help=True)
console = Console(highlight=False, soft_wrap=True)
Running = AbstractContextManager[Any]
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def up(
    broker: Annotated[str, typer.Option(help="amqp://… runs each part as a process on RabbitMQ")] = "",
    sample: Annotated[bool, typer.Option("--sample/--no-sample", help="load the sample wards")] = True,
) -> None:
    """Khởi động tất cả; Ctrl-C để dừng · start everything in the foreground; Ctrl-C stops it."""
    begun = time.monotonic()
    settings = process.begin()
    logs.configure("WARNING", json_lines=False)
    if broker:
        settings = replace(settings, broker_url=broker, heads_interval_seconds=60.0)
    if sample and settings.bind in LOOPBACK:
        settings = replace(settings, board_public=True)  # invented figures, and nobody else can reach them
    _check_ports(settings)
    stop = Stop()
    stop.on_signals()
    running: Any = Embedded(settings) if settings.is_embedded else Developer(settings)
    try:
        with running:
            _greet(running.settings, time.monotonic() - begun)
            if sample:
                _load(running.settings)
            report.print_today(running.settings, console)
            while not stop() and not running.failure():
                stop.wait(0.5)
            console.print("Đang dừng… · stopping")
    except (EmbeddedPostgresError, CommandError, sample_story.SampleError) as error:
        _fail(str(error))
    if running.failure():
        _fail(running.failure())
    console.print("Đã dừng; dữ liệu còn nguyên · stopped, everything is kept")


def _check_ports(settings: Settings) -> None:
    for service in SERVICES:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.bind, settings.ports[service]))
            except OSError as error:
                _fail(
                    f"port {settings.ports[service]} for {service} cannot be used ({error.strerror}): "
                    f"set CDS_{service.upper()}_PORT to a free one"
                )


def _fail(message: str) -> None:
    print(f"cds: {message}", file=sys.stderr)
    raise SystemExit(2)


def _greet(settings: Settings, seconds: float) -> None:
    console.print(f"[bold]Cộng đồng số[/bold] đang chạy · up in {seconds:.1f} s")
    for service in SERVICES:
        console.print(f"  {service:<10} {settings.url_of(service)}   (/docs /readyz /metrics)")
    access = "" if settings.board_public else "   (đăng nhập · sign in)"
    console.print(f"  [bold]Bảng theo dõi · the board[/bold]  {settings.url_of('reporting')}/{access}")


def _load(settings: Settings) -> None:
    with console.status("Đang nạp dữ liệu mẫu · loading the sample") as status:
        loaded = sample_story.load(
            settings,
            lambda name, sent, total: status.update(
                f"Đang nạp dữ liệu mẫu · loading the sample: {name} {sent}/{total}"
            ),
        )
    report.print_loaded(settings, loaded, console)


def init(
    province: Annotated[str, typer.Option(help="code of a province or city, for example 31")] = "",
    ward: Annotated[list[str] | None, typer.Option(help="code of a ward; may be repeated")] = None,
    whole: Annotated[bool, typer.Option("--whole", help="the whole country")] = False,
) -> None:
    """Tạo hệ thống trống cho một tỉnh, một số xã hoặc một xã · make an empty deployment."""
    settings = process.begin()
    if not (province or ward or whole or settings.top_area):
        raise typer.BadParameter("choose --province, --ward or --whole, or set CDS_TOP_AREA")
    settings = with_secrets(settings)
    postgres = None if len(settings.database_urls) == len(SERVICES) else EmbeddedPostgres(settings.home / "pg")
    try:
        settings = start_databases(settings, postgres)
        load_catalogue(settings)
        made = import_areas(settings, province or None, ward or (), whole)
    except (CommandError, EmbeddedPostgresError) as error:
        _fail(str(error))
    finally:
        if postgres is not None:
            postgres.stop()
    console.print(f"Đã tạo: {made.areas} đơn vị, {made.successions} kế thừa · areas and successions declared.")
    console.print("Tiếp theo · next: [bold]cds up --no-sample[/bold], [bold]cds client add --help[/bold]")


@sample_app.command("remove")
def remove() -> None:
    """Gỡ người, địa điểm, ứng dụng mẫu; số liệu đã gửi vẫn còn · remove the sample; its reports stay."""
    try:
        remove_sample(operator_settings())
    except CommandError as error:
        _fail(str(error))
    console.print("Đã gỡ dữ liệu mẫu khỏi registry · the sample is removed from the registry")


@sample_app.command("load")
def load() -> None:
    """Nạp dữ liệu mẫu vào hệ thống đang chạy · load the sample into running services."""
    try:
        _load(operator_settings())
    except (CommandError, sample_story.SampleError) as error:
        _fail(str(error))
