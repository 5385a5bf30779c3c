"""`cds report daily`: a report as a file, as anyone gets it who may read the figures: over the reporting service's API.

Guarantee: the file is written whole or not at all; the client's secret is read from a file or the environment, and from
this home where the sample has left one, never from the command line.
"""

import datetime as dt
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import httpx
import typer

from deploy.cds.home import read_json
from deploy.cds.sample_story import CLIENTS_FILE
from shared import clock, process
from shared.settings import Settings

FORMS = (".docx", ".pdf", ".json")
SECONDS = 60
app = typer.Typer(help="Báo cáo ra tệp · reports as files.", no_args_is_help=True)


class Layout(StrEnum):
    """Whose layout a report has."""

    peoples_committee = "peoples_committee"
    youth_union = "youth_union"


class Refused(Exception):
    """One line for the operator: why there is no report."""


@app.callback()
def reports() -> None:
    """Báo cáo ra tệp · reports as files."""


@app.command()
def daily(
    out: Annotated[Path, typer.Option(help="the file: .docx, .pdf or .json")],
    day: Annotated[str, typer.Option(help="YYYY-MM-DD; default: today")] = "",
    unit: Annotated[str, typer.Option(help="code of a ward, for example 11692; default: the whole")] = "",
    layout: Annotated[Layout, typer.Option(help="whose layout")] = Layout.peoples_committee,
    client_id: Annotated[str, typer.Option(help="who reads; default: the sample's viewer of this home")] = "",
    secret_file: Annotated[str, typer.Option(help="a file with its secret; default: CDS_CLIENT_SECRET")] = "",
) -> None:
    """Báo cáo ngày, sẵn sàng để ký · the report of a day, ready to sign.

    Exit status 2 when there is no report, with the reason.
    """
    settings = process.begin()
    try:
        path = f"/v1/reports/daily/{_day(day)}{_form(out)}"
        asked = {"layout": layout.value} | ({"unit": unit} if unit else {})
        content = _fetch(settings, path, asked, _token(settings, client_id, secret_file))
        _write(out, content)
    except (Refused, OSError, httpx.HTTPError) as error:
        typer.echo(f"cds: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(f"{out}: {len(content)} byte")


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text) if text else clock.today()
    except ValueError:
        raise Refused(f"“{text}” không phải ngày; ví dụ 2026-03-15 (no date)") from None


def _form(out: Path) -> str:
    if out.suffix not in FORMS:
        raise Refused(f"{out}: tên tệp phải kết thúc bằng {', '.join(FORMS)}")
    return out.suffix


def _token(settings: Settings, client_id: str, secret_file: str) -> str:
    """A token of the client; without one, of the sample's viewer."""
    viewer = (read_json(settings.home / CLIENTS_FILE) or {}).get("viewer") or {}
    if client_id:
        secret = (
            Path(secret_file).read_text("utf-8").strip() if secret_file else os.environ.get("CDS_CLIENT_SECRET", "")
        )
    else:
        client_id, secret = str(viewer.get("client_id", "")), str(viewer.get("client_secret", ""))
    if not client_id or not secret:
        raise Refused("cần --client-id của người xem có quyền reports:read, và --secret-file hoặc CDS_CLIENT_SECRET")
    answer = httpx.post(
        f"{settings.url_of('registry')}/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(client_id, secret),
        timeout=SECONDS,
    )
    return str(_checked(answer).json()["access_token"])


def _fetch(settings: Settings, path: str, asked: dict[str, str], token: str) -> bytes:
    url, headers = f"{settings.url_of('reporting')}{path}", {"Authorization": f"Bearer {token}"}
    return _checked(httpx.get(url, params=asked, headers=headers, timeout=SECONDS)).content


def _checked(answer: httpx.Response) -> httpx.Response:
    """The answer, when it is one.

    Raises:
        Refused: with what the service says.
    """
    if answer.is_success:
        return answer
    try:
        told = answer.json()
        errors = "; ".join(f"{one['field']}: {one['message']}" for one in told.get("errors", []))
        raise Refused(errors or told.get("detail") or told.get("title") or str(answer.status_code))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused(f"HTTP {answer.status_code}") from None


def _write(out: Path, content: bytes) -> None:
    temporary = out.with_name(f"{out.name}.new")
    temporary.write_bytes(content)
    temporary.replace(out)
