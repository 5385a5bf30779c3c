"""Who may send, and what becomes of an event: recorded once, waiting for another, told to its own app."""

from __future__ import annotations

import base64
import datetime as dt
import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from deploy.cds.registry_commands import revoke_client
from services.registry import store, tokens
from shared.events.facts import decode_batch
from tests.support.by_hand import cut, resolve, take_in
from tests.support.events import assist, correction, tally, void
from tests.support.intake import STRUCTURED, app_of, ask, post, problem, rows, served
from tests.support.postgres import TestPostgres
from tests.support.stack import ANH_DUNG, HAI_THANH, VIEWER, Stack, wait_for


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with served(postgres) as made:
        yield made


@pytest.fixture(scope="module")
def web(stack: Stack) -> Iterator[httpx.Client]:
    with app_of(stack) as client:
        yield client


# -- who calls ---------------------------------------------------------------------------------------------------------


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


GARBAGE = [
    "x",
    "a.b.c",
    "..",
    "a.b.c.d.e",
    "é.é.é",
    "A" * 3000,
    f"{encoded('[]')}.{encoded('{}')}.x",
    f"{encoded('5')}.{encoded('{}')}.x",
    f"{encoded('null')}.{encoded('{}')}.x",
    f"{encoded('{}')}.{encoded('{}')}.x",
    f"{encoded(json.dumps({'alg': 'none'}))}.{encoded('{}')}.",
    f"{encoded(json.dumps({'alg': 'HS256', 'kid': 'x'}))}.{encoded('{}')}.AAAA",
    f"{encoded(json.dumps({'alg': 'Ed25519', 'kid': {}}))}.{encoded('{}')}.AAAA",
    f"{encoded(json.dumps({'alg': [], 'kid': 5}))}.{encoded('{}')}.AAAA",
    f"{encoded(json.dumps({'alg': 'Ed25519', 'crit': 5}))}.{encoded('{}')}.AAAA",
    f"{encoded(json.dumps({'alg': 'Ed25519', 'b64': False, 'crit': ['b64']}))}.{encoded('{}')}.AAAA",
    f"{encoded('[' * 20_000)}.{encoded('{}')}.AAAA",
]


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Basic YTpi", "x", *(f"Bearer {token}" for token in GARBAGE)],
    ids=lambda header: header[:30],
)
def test_without_a_good_token_the_answer_is_401_and_nothing_is_kept(
    stack: Stack, web: httpx.Client, header: str
) -> None:
    sent = assist()

    answer = web.post(
        "/v1/events",
        content=json.dumps(sent),
        headers={b"Content-Type": STRUCTURED.encode(), b"Authorization": header.encode()},
    )

    problem(answer, 401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert rows(stack, sent["id"]) == 0


@pytest.fixture(scope="module")
def signing_key(stack: Stack) -> OKPKey:
    stack.token()
    engine = stack.engine("registry")
    with store.reading(engine) as opened:
        found = tokens.signing_key(opened)
    engine.dispose()
    assert found is not None
    return found


def signed(key: OKPKey, algorithm: str = "Ed25519", kid: str | None = None, **claims: Any) -> str:
    now = int(time.time())
    made = {
        "iss": "congdongso",
        "aud": ["sessions"],
        "sub": HAI_THANH,
        "scope": "events:write",
        "areas": [],
        "iat": now,
        "exp": now + 900,
    } | claims
    kept = {name: value for name, value in made.items() if value is not None}
    return jwt.encode({"alg": algorithm, "kid": kid or key.kid}, kept, key, algorithms=[algorithm])


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "expired": {"exp": int(time.time()) - 120, "iat": int(time.time()) - 1020},
    "expired long ago": {"exp": 1},
    "without an end": {"exp": None},
    "of another issuer": {"iss": "someone"},
    "without an issuer": {"iss": None},
    "for another audience": {"aud": ["reporting"]},
    "without an audience": {"aud": None},
    "without a subject": {"sub": None},
    "issued in the future": {"iat": int(time.time()) + 7200},
    "not valid yet": {"nbf": int(time.time()) + 7200},
    "with areas that are no ids": {"areas": ["x"]},
    "with areas that are no list": {"areas": 5},
    "with an end that is no number": {"exp": "soon"},
}


@pytest.mark.parametrize("name", WRONG_CLAIMS)
def test_a_token_with_our_signature_and_a_wrong_claim_is_refused(
    stack: Stack, web: httpx.Client, signing_key: OKPKey, name: str
) -> None:
    sent = assist()

    problem(ask(web, signed(signing_key, **WRONG_CLAIMS[name]), sent), 401, "unauthenticated")

    assert rows(stack, sent["id"]) == 0


def test_a_clock_that_is_half_a_minute_off_does_no_harm(web: httpx.Client, signing_key: OKPKey) -> None:
    late = signed(signing_key, exp=int(time.time()) - 30)

    answer = ask(web, late, assist(area="11692"))

    assert problem(answer, 403, "forbidden_area")  # the token is good; it was given no areas


def test_a_token_signed_by_another_key_is_refused(web: httpx.Client, signing_key: OKPKey) -> None:
    other = OKPKey.generate_key("Ed25519", auto_kid=True)

    problem(ask(web, signed(other)), 401, "unauthenticated")
    problem(ask(web, signed(other, kid=signing_key.kid)), 401, "unauthenticated")


def test_a_token_without_the_scope_is_forbidden(stack: Stack, web: httpx.Client) -> None:
    problem(ask(web, stack.token(VIEWER)), 403, "forbidden")


def test_a_revoked_client_is_refused_once_the_sessions_service_knows(stack: Stack, web: httpx.Client) -> None:
    client_id = "app-11740-2023"
    token = stack.token(client_id)
    first = assist(client_id)
    assert ask(web, token, first).status_code == 201

    revoke_client(stack.settings, client_id)
    take_in(stack, "sessions", cut(stack, "registry"))

    sent = assist(client_id)
    answer = wait_for(
        lambda: (made := ask(web, token, assist(client_id))).status_code == 401 and made, 5, "the revocation is felt"
    )
    problem(answer, 401, "unauthenticated")
    assert ask(web, token, sent).status_code == 401
    assert [rows(stack, one["id"]) for one in (first, sent)] == [1, 0]
    assert post(web, assist()).status_code == 201  # others go on


# -- the same id again, the same subject again -------------------------------------------------------------------------


def test_the_same_event_again_is_a_duplicate_with_the_first_time(stack: Stack, web: httpx.Client) -> None:
    sent = assist()

    first, again = post(web, sent), post(web, sent)
    cut(stack)
    after_the_cut = post(web, sent)

    assert (first.status_code, first.json()["status"]) == (201, "accepted")
    for answer in (again, after_the_cut):
        assert (answer.status_code, answer.json()["status"]) == (200, "duplicate")
        assert answer.json()["recordedtime"] == first.json()["recordedtime"]
    assert rows(stack, sent["id"]) == 1


def test_the_same_content_in_another_spelling_is_a_duplicate(web: httpx.Client) -> None:
    sent = assist(age_band="unknown", quantity=1)
    same = dict(reversed(sent.items())) | {
        "time": "2023-03-08T12:30:00Z",
        "data": dict(reversed(assist()["data"].items())),
    }

    assert post(web, sent).status_code == 201
    assert post(web, same).json()["status"] == "duplicate"


def test_another_content_under_the_same_id_is_a_conflict_that_tells_when_the_first_came(
    stack: Stack, web: httpx.Client
) -> None:
    sent = assist()
    first = post(web, sent)
    moment = dt.datetime.fromisoformat(first.json()["recordedtime"]).astimezone(dt.timezone(dt.timedelta(hours=7)))

    told = problem(post(web, sent | {"data": sent["data"] | {"quantity": 2}}), 409, "id_conflict")

    assert f"ngày {moment.day}/{moment.month}/{moment.year} lúc {moment:%H:%M}" in told["detail"]
    assert told["id"] == sent["id"]
    cut(stack)
    batch = post(web, [sent | {"data": sent["data"] | {"quantity": 2}}, sent])
    assert [result["status"] for result in batch.json()["results"]] == ["conflict", "duplicate"]
    assert rows(stack, sent["id"]) == 1


def test_an_id_twice_in_a_batch_is_a_duplicate_or_a_conflict(stack: Stack, web: httpx.Client) -> None:
    sent = assist()
    other = sent | {"data": sent["data"] | {"quantity": 3}}

    answer = post(web, [sent, sent, other, assist()])

    assert [result["status"] for result in answer.json()["results"]] == [
        "accepted", "duplicate", "conflict", "accepted",
    ]  # fmt: skip
    assert rows(stack, sent["id"]) == 1


def test_an_id_of_another_app_is_an_event_of_its_own(stack: Stack, web: httpx.Client) -> None:
    mine = assist()
    theirs = assist(ANH_DUNG, attributes={"id": mine["id"]})

    assert [post(web, mine).status_code, ask(web, stack.token(ANH_DUNG), theirs).status_code] == [201, 201]
    assert rows(stack, mine["id"]) == 2


def test_a_subject_used_again_is_refused_and_says_what_is_possible(stack: Stack, web: httpx.Client) -> None:
    first = assist()
    second = assist(attributes={"subject": first["subject"]})
    assert post(web, first).status_code == 201

    told = problem(post(web, second), 422, "rejected")
    batch = post(web, [second, tally(("digital_skills", "completed", 1)) | {"subject": first["subject"]}, assist()])

    assert told["reason"] == "subject_exists"
    assert "assist.corrected" in told["detail"]
    assert [result.get("code") for result in batch.json()["results"]] == ["subject_exists", "wrong_subject", None]
    assert rows(stack, second["id"]) == 0


def test_a_subject_twice_in_a_batch_is_recorded_once(stack: Stack, web: httpx.Client) -> None:
    first, second = assist(), assist()
    second["subject"] = first["subject"]

    answer = post(web, [first, second])

    assert [result["status"] for result in answer.json()["results"]] == ["accepted", "rejected"]
    assert [rows(stack, sent["id"]) for sent in (first, second)] == [1, 0]


# -- what refers to something that has not come ------------------------------------------------------------------------


def test_a_correction_and_a_void_before_their_record_wait_and_then_take_effect(stack: Stack, web: httpx.Client) -> None:
    record = assist()
    early = correction(record["subject"], "2023-03-09T10:00:00+07:00", service="vaccination_entry", quantity=7)
    final = void(record["subject"], "2023-03-09T11:00:00+07:00")

    waiting = [post(web, early), post(web, final)]
    again = post(web, early)
    assert [answer.status_code for answer in waiting] == [202, 202]
    assert waiting[0].json()["status"] == "pending_reference"
    assert (again.status_code, again.json()["status"]) == (200, "duplicate")
    assert web.get(f"/v1/events/{early['id']}").json()["status"] == "pending_reference"
    resolve(stack)
    assert web.get(f"/v1/events/{early['id']}").json()["status"] == "pending_reference"

    assert post(web, record).status_code == 201
    assert resolve(stack) >= 2

    assert stack.ask("sessions", "SELECT is_void FROM entity WHERE subject = %s", record["subject"]) == [(True,)]
    order = [str(logged.id) for segment in cut(stack) for logged in decode_batch(segment.inflate())]
    found = [event_id for event_id in order if event_id in (record["id"], early["id"], final["id"])]
    assert found == [record["id"], early["id"], final["id"]]
    assert [web.get(f"/v1/events/{sent['id']}").json()["status"] for sent in (early, final)] == ["accepted", "accepted"]
    assert [rows(stack, sent["id"]) for sent in (record, early, final)] == [1, 1, 1]
    assert (conflict := post(web, early | {"data": early["data"] | {"quantity": 8}})).status_code == 409, conflict.text


def test_in_one_batch_a_correction_finds_the_record_before_it_and_waits_for_the_one_after(
    stack: Stack, web: httpx.Client
) -> None:
    first, second = assist(), assist()

    answer = post(web, [first, correction(first["subject"]), correction(second["subject"]), second])

    assert [result["status"] for result in answer.json()["results"]] == [
        "accepted", "accepted", "pending_reference", "accepted",
    ]  # fmt: skip
    assert resolve(stack) >= 1


def test_an_event_of_a_service_that_is_not_declared_yet_waits(stack: Stack, web: httpx.Client) -> None:
    sent = assist(service="brand_new_service")

    answer = post(web, sent)

    assert (answer.status_code, answer.json()["status"]) == (202, "pending_reference")
    assert rows(stack, sent["id"]) == 1


def test_another_wards_assist_can_be_neither_voided_nor_corrected(stack: Stack, web: httpx.Client) -> None:
    theirs = assist(ANH_DUNG)
    assert ask(web, stack.token(ANH_DUNG), theirs).status_code == 201
    mine = [void(theirs["subject"]), correction(theirs["subject"])]

    for sent in mine:
        assert problem(post(web, sent), 403, "forbidden_area")["errors"][0]["field"] == "data.area"
    batch = post(web, [*mine, assist()])

    assert [result.get("code") for result in batch.json()["results"]] == ["forbidden_area", "forbidden_area", None]
    assert [rows(stack, sent["id"]) for sent in mine] == [0, 0]
    assert stack.ask("sessions", "SELECT is_void FROM entity WHERE subject = %s", theirs["subject"]) == [(False,)]


def test_a_waiting_void_of_another_wards_assist_is_refused_when_the_assist_comes(
    stack: Stack, web: httpx.Client
) -> None:
    theirs = assist(ANH_DUNG)
    sent = void(theirs["subject"])
    assert post(web, sent).status_code == 202
    assert ask(web, stack.token(ANH_DUNG), theirs).status_code == 201

    assert resolve(stack) >= 1

    fate = web.get(f"/v1/events/{sent['id']}").json()
    assert fate["refused"] == "forbidden_area"
    assert stack.ask("sessions", "SELECT is_void FROM entity WHERE subject = %s", theirs["subject"]) == [(False,)]


# -- asking ------------------------------------------------------------------------------------------------------------


def test_the_fate_of_an_event_tells_its_segment_once_it_is_cut(stack: Stack, web: httpx.Client) -> None:
    sent = assist()
    recorded = post(web, sent).json()["recordedtime"]

    before = web.get(f"/v1/events/{sent['id']}").json()
    cut(stack)
    after = web.get(f"/v1/events/{sent['id']}").json()

    assert (before["id"], before["status"], before["segment"]) == (sent["id"], "accepted", None)
    assert after["segment"] >= 1
    assert after["shard"] == before["shard"]
    for fate in (before, after):
        assert dt.datetime.fromisoformat(fate["recordedtime"]) == dt.datetime.fromisoformat(recorded)


def test_the_fate_of_an_event_is_told_to_its_own_app_only(stack: Stack, web: httpx.Client) -> None:
    sent = assist()
    assert post(web, sent).status_code == 201
    path = f"/v1/events/{sent['id']}"

    problem(web.get(path, headers={"Authorization": f"Bearer {stack.token(ANH_DUNG)}"}), 404, "not_found")
    problem(web.get(path, headers={"Authorization": ""}), 401, "unauthenticated")
    problem(web.get(path, headers={"Authorization": f"Bearer {stack.token(VIEWER)}"}), 403, "forbidden")
    problem(web.get(f"/v1/events/{uuid.uuid4()}"), 404, "not_found")


def test_the_schemas_of_all_types_are_open_to_everyone(web: httpx.Client) -> None:
    listed = web.get("/v1/schemas", headers={"Authorization": ""}).json()["schemas"]

    assert len(listed) == 19
    for path in listed:
        answer = web.get(path, headers={"Authorization": ""})
        schema = answer.json()
        assert answer.status_code == 200
        assert schema["$id"].endswith(path)
        assert schema["title"] == path.rsplit("/", 1)[1]
    recorded = web.get("/v1/schemas/vn.congdongso.assist.recorded.v1").text
    assert '"writeOnly"' in recorded


def test_the_feed_is_for_our_own_services(stack: Stack, web: httpx.Client) -> None:
    path = "/internal/v1/streams/sessions/heads"

    problem(web.get(path), 401, "unauthenticated")
    problem(web.get(path, headers={b"Authorization": "Bearer é".encode()}), 401, "unauthenticated")
    answer = web.get(path, headers={"Authorization": f"Bearer {stack.settings.internal_secret}"})
    assert (answer.status_code, answer.json()["stream"]) == (200, "sessions")
    segments_of = f"/internal/v1/streams/sessions/epochs/{answer.json()['epoch']}/shards"
    secret = {"Authorization": f"Bearer {stack.settings.internal_secret}"}
    for query in ("after=-1", "after=abc", "limit=1000000", "after=" + "9" * 5000, "after=", "after=٣"):
        problem(web.get(f"{segments_of}/0/segments?{query}", headers=secret), 422, "invalid")
    ahead = problem(web.get(f"{segments_of}/0/segments?after=999999999", headers=secret), 409, "ahead_of_source")
    assert ahead["epoch"] == answer.json()["epoch"]
    problem(web.get(f"{segments_of}/99/segments", headers=secret), 404, "not_found")
    problem(web.get(f"{segments_of}/{'9' * 30}/segments", headers=secret), 404, "not_found")
    other = f"/internal/v1/streams/sessions/epochs/{uuid.uuid4()}/shards/0/segments"
    problem(web.get(other, headers=secret), 409, "epoch_mismatch")
