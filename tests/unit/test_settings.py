"""Settings: read once from the environment; a wrong one stops the start with one line that names it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shared import token_keys
from shared.settings import SERVICES, Settings, SettingsError

KEY = "0f" * 32


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("CDS_")]:
        monkeypatch.delenv(name)


def refused() -> str:
    with pytest.raises(SettingsError) as error:
        Settings.from_environment()
    return str(error.value)


def test_without_any_setting_everything_has_a_default() -> None:
    found = Settings.from_environment()

    assert found.is_embedded
    assert found.home == Path(".cds").absolute()
    assert found.ports == {"registry": 8001, "sessions": 8002, "reporting": 8003}
    assert found.database_urls == {}
    assert found.resident_token_keys == {}
    assert (found.shards, found.bind, found.metrics_port) == (4, "127.0.0.1", 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CDS_REGISTRY_PORT", "http"),
        ("CDS_SESSIONS_PORT", "80.5"),
        ("CDS_REPORTING_PORT", "8003x"),
        ("CDS_TOP_AREA", "Dương Kinh"),
        ("CDS_TOP_AREA", "1169"),
        ("CDS_TOP_AREA", "tdp-03"),
        ("CDS_SHARDS", "four"),
        ("CDS_SHARDS", "0"),
        ("CDS_SHARDS", "-1"),
        ("CDS_HEADS_INTERVAL_SECONDS", "often"),
        ("CDS_MAX_BODY_BYTES", "4MB"),
        ("CDS_MAX_BODY_BYTES", "0"),
        ("CDS_METRICS_PORT", "none"),
        ("CDS_RESIDENT_TOKEN_KEY", "not hexadecimal"),
        ("CDS_RESIDENT_TOKEN_KEY", "0f" * 31),
        ("CDS_RESIDENT_TOKEN_KEY", KEY[:-1]),
        ("CDS_RESIDENT_TOKEN_KEY", f"0:{KEY}"),
        ("CDS_RESIDENT_TOKEN_KEY", f"k2:{KEY}"),
        ("CDS_RESIDENT_TOKEN_KEY", f"2:{KEY} 2:{'ab' * 32}"),
        ("CDS_RESIDENT_TOKEN_KEY", f"{KEY} 1:{'ab' * 32}"),
        ("CDS_RESIDENT_TOKEN_KEY", f"1:{KEY} 2:{KEY}"),
        ("CDS_RESIDENT_TOKEN_KEY", f"1:{KEY} 2:"),
        ("CDS_CERTIFICATE_KEY", "not hexadecimal"),
        ("CDS_CERTIFICATE_KEY", "0f" * 31),
        ("CDS_INTERNAL_SECRET_FILE", "/nowhere/secret"),
        ("CDS_RESIDENT_TOKEN_KEY_FILE", "/nowhere/key"),
        ("CDS_RESIDENT_TOKEN_KEY_FILE", "/"),
        ("CDS_REGISTRY_PORT", "70000"),
        ("CDS_METRICS_PORT", "-1"),
        ("CDS_HEADS_INTERVAL_SECONDS", "-5"),
        ("CDS_BROKER_URL", "htp:/x"),
        ("CDS_SESSIONS_DATABASE_URL", "mysql://x"),
        ("CDS_LOG_LEVEL", "LOUD"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    told = refused()

    assert name in told
    assert "\n" not in told


@pytest.mark.parametrize("value", ["031060000001", "0f" * 31, "secret words", f"1:{KEY} 1:{KEY}", f"1:{KEY} 2:{KEY}"])
def test_a_wrong_key_is_not_shown(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CDS_RESIDENT_TOKEN_KEY", value)

    told = refused()

    assert value not in told
    assert KEY not in told


@pytest.mark.parametrize("service", SERVICES)
def test_a_missing_database_is_one_line_that_names_the_setting(service: str) -> None:
    with pytest.raises(SettingsError, match=f"^CDS_{service.upper()}_DATABASE_URL is missing: .*$"):
        Settings.from_environment().database_url(service)


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_has_its_own_database_port_and_address(monkeypatch: pytest.MonkeyPatch, service: str) -> None:
    name = service.upper()
    monkeypatch.setenv(f"CDS_{name}_DATABASE_URL", "postgresql://somewhere/one")
    monkeypatch.setenv(f"CDS_{name}_PORT", "9000")
    assert Settings.from_environment().url_of(service) == "http://127.0.0.1:9000"
    monkeypatch.setenv(f"CDS_{name}_URL", "https://one.example/")

    found = Settings.from_environment()

    assert found.database_url(service) == "postgresql://somewhere/one"
    assert found.url_of(service) == "https://one.example"
    assert set(found.database_urls) == set(found.urls) == {service}


@pytest.mark.parametrize(
    ("broker", "embedded", "seconds"), [("memory://", True, 1.0), ("amqp://guest@localhost//", False, 60.0)]
)
def test_positions_are_compared_often_only_without_a_broker(
    monkeypatch: pytest.MonkeyPatch, broker: str, embedded: bool, seconds: float
) -> None:
    monkeypatch.setenv("CDS_BROKER_URL", broker)

    found = Settings.from_environment()

    assert (found.is_embedded, found.heads_interval_seconds) == (embedded, seconds)


def test_a_key_of_sixty_four_digits_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDS_RESIDENT_TOKEN_KEY", KEY)

    assert Settings.from_environment().resident_token_keys == {1: bytes.fromhex(KEY)}


@pytest.mark.parametrize("between", [" ", ",", "\n", ", \n"])
def test_keys_of_several_versions_are_told_apart_and_are_in_no_text_of_the_settings(
    monkeypatch: pytest.MonkeyPatch, between: str
) -> None:
    other = "ab" * 32
    monkeypatch.setenv("CDS_RESIDENT_TOKEN_KEY", f"{KEY}{between}2:{other}\n")

    found = Settings.from_environment()

    assert found.resident_token_keys == {1: bytes.fromhex(KEY), 2: bytes.fromhex(other)}
    assert token_keys.parse(token_keys.text_of(found.resident_token_keys)) == found.resident_token_keys
    assert "x0f" not in repr(found)
    assert KEY not in repr(found)
    assert max(token_keys.with_new(found.resident_token_keys)) == 3


def test_a_secret_may_stand_in_a_file_which_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from the file\n", encoding="utf-8")
    monkeypatch.setenv("CDS_INTERNAL_SECRET", "from the environment")
    assert Settings.from_environment().internal_secret == "from the environment"
    monkeypatch.setenv("CDS_INTERNAL_SECRET_FILE", str(tmp_path / "secret"))

    assert Settings.from_environment().internal_secret == "from the file"


def test_nothing_reads_the_environment_later(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Settings.from_environment()
    monkeypatch.setenv("CDS_SHARDS", "16")

    assert found.shards == 4
