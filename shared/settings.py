"""Settings: read once, from the environment, at the start of a process.

Guarantee: a wrong or missing setting stops the start with one line that names it; nothing reads the environment later.
The table in README.md lists every one.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from environs import Env, EnvError

from shared import token_keys
from shared.token_keys import TokenKeys

SERVICES = ("registry", "sessions", "reporting")
DEFAULT_PORTS = {"registry": 8001, "sessions": 8002, "reporting": 8003}


class SettingsError(Exception):
    """One line for the operator: which setting is wrong, and what is expected."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What every process of Congdongso needs to know. Urls are per service name."""

    home: Path
    broker_url: str = "memory://"
    database_urls: dict[str, str] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=lambda: dict(DEFAULT_PORTS))
    urls: dict[str, str] = field(default_factory=dict)
    internal_secret: str = ""
    resident_token_keys: TokenKeys = field(default_factory=dict, repr=False)
    certificate_key: bytes = field(default=b"", repr=False)
    shards: int = 4
    heads_interval_seconds: float = 60.0
    max_body_bytes: int = 4 * 1024 * 1024
    metrics_port: int = 0
    bind: str = "127.0.0.1"
    log_level: str = "INFO"
    top_area: str = ""
    board_public: bool = False

    @property
    def is_embedded(self) -> bool:
        return self.broker_url.startswith("memory://")

    def url_of(self, service: str) -> str:
        """Where another process finds a service, without a trailing slash."""
        return self.urls.get(service) or f"http://127.0.0.1:{self.ports[service]}"

    def database_url(self, service: str) -> str:
        if service not in SERVICES:
            raise SettingsError(f"no service {service!r}: give one of {', '.join(SERVICES)}")
        try:
            return self.database_urls[service]
        except KeyError:
            raise SettingsError(
                f"CDS_{service.upper()}_DATABASE_URL is missing: give postgresql://user@host/database"
            ) from None

    @classmethod
    def from_environment(cls) -> Self:
        """The settings of this process.

        Raises:
            SettingsError: naming the first variable that is wrong.
        """
        env = Env(prefix="CDS_")
        try:
            return cls(**_read(env))
        except EnvError as error:
            raise SettingsError(f"wrong setting: {error}") from error


def _read(env: Env) -> dict[str, Any]:
    broker_url = _address("BROKER_URL", _secret(env, "BROKER_URL") or "memory://", ("amqp", "amqps", "memory"))
    embedded = broker_url.startswith("memory://")
    return {
        "home": Path(env.str("HOME", ".cds")).absolute(),
        "broker_url": broker_url,
        "database_urls": {
            name: _address(f"{name.upper()}_DATABASE_URL", url, ("postgresql", "postgres"))
            for name, url in _by_service(env, "DATABASE_URL").items()
        },
        "ports": {name: _port(env, f"{name.upper()}_PORT", port) for name, port in DEFAULT_PORTS.items()},
        "urls": {name: url.rstrip("/") for name, url in _by_service(env, "URL").items()},
        "internal_secret": _secret(env, "INTERNAL_SECRET"),
        "resident_token_keys": _keys(_secret(env, "RESIDENT_TOKEN_KEY")),
        "certificate_key": _key("CERTIFICATE_KEY", _secret(env, "CERTIFICATE_KEY")),
        "shards": _positive(env, "SHARDS", 4),
        "heads_interval_seconds": _seconds(env, "HEADS_INTERVAL_SECONDS", 1.0 if embedded else 60.0),
        "max_body_bytes": _positive(env, "MAX_BODY_BYTES", 4 * 1024 * 1024),
        "metrics_port": _port(env, "METRICS_PORT", 0),
        "bind": env.str("BIND", "127.0.0.1") or "127.0.0.1",
        "log_level": _level(env.str("LOG_LEVEL", "INFO")),
        "top_area": _code(env.str("TOP_AREA", "")),
        "board_public": env.bool("BOARD_PUBLIC", False),
    }


def _by_service(env: Env, suffix: str) -> dict[str, str]:
    found = {name: _secret(env, f"{name.upper()}_{suffix}") for name in SERVICES}
    return {name: value for name, value in found.items() if value}


def _secret(env: Env, name: str) -> str:
    """A secret from `CDS_<name>`, or from the file that `CDS_<name>_FILE` names."""
    path = env.str(f"{name}_FILE", "")
    if not path:
        return env.str(name, "")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise SettingsError(f"CDS_{name}_FILE: cannot read {path}: {reason}") from error


def _key(name: str, text: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        raise SettingsError(f"CDS_{name} is wrong: give at least 64 hexadecimal digits") from None
    if text and len(key) < 32:
        raise SettingsError(f"CDS_{name} is too short: give at least 64 hexadecimal digits")
    return key


def _keys(text: str) -> TokenKeys:
    try:
        return token_keys.parse(text)
    except token_keys.WrongKeys as error:
        raise SettingsError(f"CDS_RESIDENT_TOKEN_KEY {error}") from None


def _address(name: str, url: str, schemes: tuple[str, ...]) -> str:
    """The address, when it begins as one of these; its text may hold a password and is not repeated."""
    if url.partition("://")[0] not in schemes:
        raise SettingsError(f"CDS_{name} is wrong: give an address that begins with {schemes[0]}://")
    return url


def _port(env: Env, name: str, default: int) -> int:
    value = env.int(name, default)
    if not 0 <= value <= 65535:
        raise SettingsError(f"CDS_{name} is {value}: give a port from 1 to 65535")
    return value


def _seconds(env: Env, name: str, default: float) -> float:
    value = env.float(name, default)
    if not 0.05 <= value <= 86_400:
        raise SettingsError(f"CDS_{name} is {value}: give seconds from 0.05 to 86400")
    return value


def _level(text: str) -> str:
    levels = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
    if text.upper() not in levels:
        raise SettingsError(f"CDS_LOG_LEVEL is {text!r}: give one of {', '.join(levels)}")
    return text.upper()


def _code(text: str) -> str:
    if text and not (text.isascii() and text.isdigit() and len(text) in (2, 3, 5)):
        raise SettingsError(f"CDS_TOP_AREA is {text!r}: give the code of a province, a district or a ward, like 11692")
    return text


def _positive(env: Env, name: str, default: int) -> int:
    value = env.int(name, default)
    if value < 1:
        raise SettingsError(f"CDS_{name} is {value}: give a number from 1 up")
    return value
