"""What the registry's commands have in common: a day as it is typed, `--json`, and an error that is one line."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from deploy.cds.registry_operations import CommandError
from shared.settings import SettingsError

AsJson = Annotated[bool, typer.Option("--json", help="In JSON cho chương trình đọc.")]


def typed_day(text: str | None) -> dt.date | None:
    """The day of an option; none where it was not given."""
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter(f"“{text}” không phải ngày dạng 2026-03-15.") from None


@contextmanager
def one_line(status: int = 1) -> Iterator[None]:
    """What cannot be done is told in one line, and is the exit status."""
    try:
        yield
    except (CommandError, SettingsError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(status) from error
