"""`cds secrets`: the secrets of a deployment as files, made where they are missing and never changed unless asked for.

Guarantee: a password is made once and kept; addresses and the broker's users are written anew from the passwords. The
folder is 0700 and its owner's; the files are readable to whoever can enter it, since a container sees single files as
a user of its own. Losing `resident_token_key` loses the link between a resident's visits: keep a copy elsewhere. A new
key of a higher version is put beside the old ones and never in their place. Losing `certificate_key` loses the codes of
the certificates that were issued.
"""

import json
import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from deploy.rabbitmq import definitions
from shared import token_keys
from shared.settings import SERVICES, SettingsError

PASSWORDS = (
    "postgres_password",
    *(f"{service}_database_password" for service in SERVICES),
    "grafana_database_password",
    *(f"{user}_broker_password" for user in (*definitions.service_users(), definitions.OPERATOR)),
    "grafana_admin_password",
    "internal_secret",
)
TOKEN_KEY = "resident_token_key"
KEYS = (TOKEN_KEY, "certificate_key")


def secrets_command(
    folder: Annotated[Path, typer.Argument(help="where the files are, or are to be made")],
    postgres: Annotated[
        str, typer.Option(help="host and port of PostgreSQL, as the services reach it")
    ] = "postgres:5432",
    rabbitmq: Annotated[
        str, typer.Option(help="host and port of RabbitMQ, as the services reach it")
    ] = "rabbitmq:5672",
    new_token_key: Annotated[
        bool, typer.Option("--new-token-key", help="put a key of a new version beside those of resident tokens")
    ] = False,
) -> None:
    """Make the secrets of a deployment as files; what is there stays."""
    made = make(folder, postgres, rabbitmq)
    if new_token_key:
        version = add_token_key(folder)
        typer.echo(f"{folder / TOKEN_KEY}: version {version} makes new tokens once all of sessions has been restarted")
    typer.echo(f"{folder}: {len(made)} secrets made" if made else f"{folder}: all secrets were there")


def make(folder: Path, postgres: str, rabbitmq: str) -> list[str]:
    """Make what is missing; the names of what was made."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    made = [name for name in (*PASSWORDS, *KEYS) if not (folder / name).exists()]
    for name in made:
        _write(folder / name, secrets.token_hex(32) if name in KEYS else secrets.token_urlsafe(24))
    for service in SERVICES:
        password = _read(folder / f"{service}_database_password")
        _write(folder / f"{service}_database_url", f"postgresql://{service}:{password}@{postgres}/{service}")
    passwords = {
        user: _read(folder / f"{user}_broker_password") for user in (*definitions.service_users(), definitions.OPERATOR)
    }
    for user in definitions.service_users():
        address = f"amqp://{user}:{passwords[user]}@{rabbitmq}/{definitions.VHOST}"
        _write(folder / f"{user}_broker_url", address)
    _write(folder / "rabbitmq_users.json", json.dumps(definitions.users(passwords), indent=2))
    return made


def add_token_key(folder: Path) -> int:
    """Put a new key beside those that are there; its version."""
    try:
        keys = token_keys.with_new(token_keys.parse(_read(folder / TOKEN_KEY)))
    except token_keys.WrongKeys as error:
        raise SettingsError(f"{TOKEN_KEY} {error}") from None
    _write(folder / TOKEN_KEY, token_keys.text_of(keys))
    return max(keys)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip()


def _write(path: Path, content: str) -> None:
    """Whole or not at all; readable in the folder, which is closed."""
    temporary = path.with_suffix(".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o444)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.chmod(0o444)
    temporary.replace(path)
