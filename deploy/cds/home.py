"""What a deployment on one machine keeps under CDS_HOME: its secrets and the credentials of the sample's clients.

Guarantee: files are 0600 in a folder of 0700; secrets are made once and kept, since tokens and figures depend on them.
"""

import json
import os
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

from deploy.cds.postgres import EmbeddedPostgres
from shared import process, token_keys
from shared.settings import SERVICES, Settings, SettingsError


def with_secrets(settings: Settings) -> Settings:
    """The settings with the secrets of this home where the environment gives none."""
    kept = read_json(settings.home / "secrets.json") or {}
    made = {
        "internal_secret": kept.get("internal_secret") or secrets.token_urlsafe(32),
        "resident_token_key": kept.get("resident_token_key") or secrets.token_hex(32),
        "certificate_key": kept.get("certificate_key") or secrets.token_hex(32),
    }
    if made != kept:
        write_json(settings.home / "secrets.json", made)
    return replace(
        settings,
        internal_secret=settings.internal_secret or made["internal_secret"],
        resident_token_keys=settings.resident_token_keys or _keys(made["resident_token_key"]),
        certificate_key=settings.certificate_key or bytes.fromhex(made["certificate_key"]),
    )


def _keys(text: str) -> token_keys.TokenKeys:
    try:
        return token_keys.parse(text)
    except token_keys.WrongKeys as error:
        raise SettingsError(f"resident_token_key in secrets.json {error}") from None


def read_json(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_suffix(".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(value, file, ensure_ascii=False, indent=2)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def operator_settings() -> Settings:
    """The settings of an operator's command: the environment's, and for what it leaves out, this home's own server."""
    settings = with_secrets(process.begin())
    embedded = EmbeddedPostgres(settings.home / "pg")
    urls = {service: settings.database_urls.get(service) or embedded.url(service) for service in SERVICES}
    return replace(settings, database_urls=urls)
