"""The key of resident tokens is replaced: the same person counts once, a re-sent event is a duplicate, and a key that does
not belong to the database stops the start.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from services.sessions import app
from services.sessions.residents import token_of
from shared import database, token_keys
from shared.settings import SettingsError
from tests.integration import sheets_ward
from tests.support.by_hand import resolve
from tests.support.events import assist, correction
from tests.support.postgres import TestPostgres
from tests.support.stack import HAI_THANH, PROJECT, TOKEN_KEY, Stack

OLD, NEW, NEWEST = TOKEN_KEY, bytes(range(100, 132)), bytes(range(200, 232))
ANNA, BINH, CHI = "099001000001", "099001000002", "099001000003"
BEFORE, AFTER, AGAIN = {1: OLD}, {1: OLD, 2: NEW}, {1: OLD, 2: NEW, 3: NEWEST}


@pytest.fixture
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://") as made:
        made.serve("registry", "sessions")
        yield made


def restart(stack: Stack, keys: token_keys.TokenKeys) -> None:
    """The intake ends, and begins with these keys."""
    stack.stop_serving("sessions")
    stack.with_settings(resident_token_keys=keys)
    stack.serve("sessions")


def send(stack: Stack, status: str, number: str, client_id: str = HAI_THANH, **data: Any) -> dict[str, Any]:
    sent = assist(client_id, citizen_number=number, **data)
    again(stack, sent, status, client_id)
    return sent


def again(stack: Stack, sent: dict[str, Any], status: str, client_id: str = HAI_THANH) -> None:
    answer = stack.post(sent, client_id)
    assert answer.json().get("status") == status, answer.text


def tokens(stack: Stack) -> list[str | None]:
    """In the order of the log, the tokens that figures are made from."""
    rows = stack.ask("sessions", "SELECT body FROM event_log ORDER BY xid, log_id")
    return [json.loads(row[0])["data"]["content"].get("resident_token") for row in rows]


def old(number: str) -> str:
    return token_of(number, OLD, 1)


def test_a_person_who_was_seen_before_and_comes_after_is_one_person(stack: Stack) -> None:
    send(stack, "accepted", ANNA)
    restart(stack, AFTER)

    send(stack, "accepted", ANNA, service="digital_skills")
    batch = [assist(citizen_number=number) for number in (BINH, ANNA, BINH)]
    assert stack.post(batch).json()["counts"]["accepted"] == 3
    restart(stack, AGAIN)
    for number in (CHI, BINH, ANNA):
        send(stack, "accepted", number)

    anna, binh, chi = old(ANNA), token_of(BINH, NEW, 2), token_of(CHI, NEWEST, 3)
    assert tokens(stack) == [anna, anna, binh, anna, binh, chi, binh, anna]


def test_the_sheet_of_a_ward_is_the_same_sheet_after_the_rotation(stack: Stack) -> None:
    def row(number: str) -> tuple[Any, ...]:
        return (None, "08/03/2023", "tdp-03", "Kích hoạt VNeID", "Thành công", None, None, number)

    book = sheets_ward.assists(row(ANNA))
    assert sheets_ward.counts(sheets_ward.done(stack, "assists", book)) == (1, 0, 0, 0)
    restart(stack, AFTER)

    again = sheets_ward.done(stack, "assists", book)
    more = sheets_ward.done(stack, "assists", sheets_ward.assists(row(ANNA), row(BINH)))

    assert sheets_ward.counts(again) == (0, 0, 1, 0)
    assert sheets_ward.counts(more) == (1, 0, 1, 0)
    assert tokens(stack) == [old(ANNA), token_of(BINH, NEW, 2)]


def test_what_is_sent_again_after_the_rotation_is_a_duplicate_and_other_content_a_conflict(stack: Stack) -> None:
    first = send(stack, "accepted", ANNA)
    waiting = send(stack, "pending_reference", BINH, service="not_declared_yet")
    restart(stack, AFTER)
    second = send(stack, "accepted", ANNA)
    restart(stack, AGAIN)

    for sent in (first, second, waiting):
        again(stack, sent, "duplicate")
        other = stack.post(sent | {"data": sent["data"] | {"citizen_number": CHI}})
        assert (other.status_code, other.json()["code"]) == (409, "id_conflict")
    assert tokens(stack) == [old(ANNA)] * 2


def test_who_waited_when_the_key_was_replaced_is_the_same_person(stack: Stack) -> None:
    send(stack, "pending_reference", ANNA, service="not_declared_yet")
    restart(stack, AFTER)
    send(stack, "accepted", ANNA)
    stack.do("sessions", "INSERT INTO service (service, unit) VALUES ('not_declared_yet', 'resident')")

    assert resolve(stack) == 1

    assert tokens(stack) == [old(ANNA)] * 2


def test_a_correction_to_another_person_finds_that_person_too(stack: Stack) -> None:
    send(stack, "accepted", ANNA)
    recorded = send(stack, "accepted", BINH)
    restart(stack, AFTER)

    again(stack, correction(recorded["subject"], citizen_number=ANNA), "accepted")

    assert tokens(stack)[-1] == old(ANNA)


def test_the_sandbox_makes_nobody_known_and_a_dry_run_neither(stack: Stack) -> None:
    client = stack.sandbox("11692", on="2023-03-08")
    send(stack, "accepted", ANNA, client)
    tried = stack.post(assist(citizen_number=ANNA), params={"dry_run": "true"})
    assert tried.json()["status"] == "accepted"
    restart(stack, AFTER)

    send(stack, "accepted", ANNA)

    assert stack.ask("sessions", "SELECT token FROM resident_token") == [(token_of(ANNA, NEW, 2),)]


def test_without_the_older_key_a_person_counts_anew_and_a_warning_says_so(
    stack: Stack, capfd: pytest.CaptureFixture[str]
) -> None:
    send(stack, "accepted", ANNA)
    restart(stack, AFTER)
    send(stack, "accepted", BINH)
    restart(stack, {2: NEW})

    send(stack, "accepted", ANNA)

    assert tokens(stack)[-1] == token_of(ANNA, NEW, 2)
    captured = capfd.readouterr()
    assert "will count anew" in captured.out + captured.err


WRONG = {
    "another key under the version that was used": ({1: NEW}, "version 1"),
    "another older key": ({1: NEWEST, 2: NEW}, "version 1"),
    "without the newest version": (BEFORE, "version 2"),
}


@pytest.mark.parametrize("name", WRONG)
def test_keys_that_are_not_those_of_the_database_stop_the_start_and_take_nothing(
    stack: Stack, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    keys, said = WRONG[name]
    restart(stack, AFTER)
    send(stack, "accepted", ANNA)

    restart(stack, keys)

    with pytest.raises(SettingsError, match=f"CDS_RESIDENT_TOKEN_KEY is wrong: .*{said}") as refused:
        app.check_start(stack.settings)
    answer = stack.post([assist(citizen_number=BINH), assist()])
    ready = httpx.get(f"{stack.url('sessions')}/readyz", trust_env=False)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert (ready.status_code, said in ready.json()["checks"]["resident tokens"]) == (503, True)
    assert len(tokens(stack)) == 1
    captured = capfd.readouterr()
    assert said in captured.out + captured.err
    for text in (str(refused.value), answer.text, ready.text, captured.out, captured.err):
        assert not [key for key in (*AGAIN.values(), *keys.values()) if key.hex() in text or repr(key)[2:20] in text]


def test_the_command_that_serves_ends_with_one_line(stack: Stack) -> None:
    send(stack, "accepted", ANNA)
    stack.with_settings(resident_token_keys={1: NEW})

    command = [sys.executable, "-m", "deploy.cds.main", "serve", "sessions"]
    done = subprocess.run(command, env=stack.environment(), cwd=PROJECT, capture_output=True, text=True, timeout=30)

    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "CDS_RESIDENT_TOKEN_KEY is wrong" in done.stderr
    assert NEW.hex() not in done.stdout + done.stderr


def test_a_database_that_is_away_or_not_migrated_is_looked_at_later(stack: Stack, postgres: TestPostgres) -> None:
    urls = dict(stack.settings.database_urls)
    stack.with_settings(database_urls=urls | {"sessions": "postgresql://nobody@127.0.0.1:1/nothing"})
    app.check_start(stack.settings)
    empty = postgres.fresh_database()
    stack.with_settings(database_urls=urls | {"sessions": empty})

    app.check_start(stack.settings)

    stack.with_settings(database_urls=urls)
    postgres.drop(empty)


def test_of_a_key_there_is_nothing_in_the_database_but_a_fingerprint(stack: Stack) -> None:
    restart(stack, AFTER)
    send(stack, "accepted", ANNA)

    found = stack.ask("sessions", "SELECT version, fingerprint FROM token_key ORDER BY version")

    assert [row[0] for row in found] == [1, 2]
    assert all(len(row[1]) == 16 and bytes(row[1]) not in OLD + NEW for row in found)


def test_residents_of_an_earlier_release_are_known_after_the_migration(postgres: TestPostgres) -> None:
    with Stack(postgres, "memory://") as stack:
        stack.serve("registry", "sessions")
        send(stack, "accepted", ANNA)
        send(stack, "pending_reference", BINH, service="not_declared_yet")
        stack.do("sessions", "DROP TABLE resident_token, token_key")
        stack.do("sessions", "UPDATE alembic_version SET version_num = '0005'")

        database.migrate("sessions", stack.settings.database_url("sessions"))

        known = {row[0] for row in stack.ask("sessions", "SELECT token FROM resident_token")}
        assert known == {old(ANNA), old(BINH)}
