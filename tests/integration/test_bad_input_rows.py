"""Every kind of bad input over HTTP, to the intake and to the registry, with the test that shows its answer; and the
kinds that nothing else shows.

`ROWS` is checked: each kind is shown by a test that exists. "4xx" is final for the sender; nothing here is a 5xx but the
last two, which ask to send again. Where the design names another answer than the tests, the reason stands beside it.
"""

from __future__ import annotations

import ast
import json
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.sessions.contract import TYPES
from shared.events.base import has_area
from shared.events.facts import FACTS, decode_batch, decode_fact
from tests.fuzz.samples import DATA
from tests.support.events import DAY, assist, event, feedback, session, tally
from tests.support.intake import post, problem, rows, send
from tests.support.postgres import TestPostgres
from tests.support.stack import ANH_DUNG, HAI_THANH, Stack

TESTS = Path(__file__).resolve().parents[1]
HTTP = "integration/test_intake_http.py::"
EVENTS = "integration/test_intake_events.py::"
FATES = "integration/test_intake_fates.py::"
SERVER = "integration/test_bad_input_server.py::"
HERE = "integration/test_bad_input_rows.py::"
READING = "integration/test_sessions_reading.py::"
STRICT = "unit/test_strict_json.py::"
BAD_EVENT = EVENTS + "test_a_bad_event_is_refused_by_field_and_its_neighbours_are_kept"
UNREADABLE = HTTP + "test_a_body_that_cannot_be_read_is_a_problem_that_says_why"

# What is sent: (what is answered, the tests that show it).
ROWS: dict[str, tuple[str, list[str]]] = {
    "no, a bad or an expired token; a revoked client": ("401 with WWW-Authenticate", [
        FATES + "test_without_a_good_token_the_answer_is_401_and_nothing_is_kept",
        FATES + "test_a_token_with_our_signature_and_a_wrong_claim_is_refused",
        FATES + "test_a_revoked_client_is_refused_once_the_sessions_service_knows",
        "integration/test_registry_tokens.py::test_an_unknown_client_a_wrong_secret_and_a_revoked_client_are_told_the_same",
    ]),
    "another ward in an item of a batch": ("rejected: forbidden_area, kept among the refused", [
        BAD_EVENT, HERE + "test_what_was_refused_for_another_ward_is_kept_for_who_looks_after_the_apps",
    ]),
    # As an area that is not there: which wards there are elsewhere is nothing to ask for here.
    "another ward in a query": ("422, named by field", [READING + "test_a_wrong_parameter_is_named"]),
    "another ward's thing in an event": ("forbidden_area; nothing of it changes", [
        HERE + "test_what_a_ward_began_no_other_ward_goes_on_with",
        FATES + "test_another_wards_assist_can_be_neither_voided_nor_corrected",
    ]),
    "another ward's thing by its id": ("404", [
        FATES + "test_the_fate_of_an_event_is_told_to_its_own_app_only",
        READING + "test_a_thing_of_another_ward_is_as_if_it_were_not_there",
    ]),
    "the same id and content again": ("200 duplicate, with the first acceptance's time", [
        FATES + "test_the_same_event_again_is_a_duplicate_with_the_first_time",
        FATES + "test_the_same_content_in_another_spelling_is_a_duplicate",
    ]),
    "the same id with other content": ("409 id_conflict; both digests are kept", [
        FATES + "test_another_content_under_the_same_id_is_a_conflict_that_tells_when_the_first_came",
        "integration/test_state_machines.py::test_a_refused_event_is_kept_without_a_value_of_it",
    ]),
    "an id that another app used": ("an event of its own", [FATES + "test_an_id_of_another_app_is_an_event_of_its_own"]),
    "two identical requests at once": ("one row, two good answers", [
        "integration/test_intake_concurrency.py::test_the_same_event_from_twenty_threads_is_one_row_and_twenty_good_answers",
    ]),
    "a UUID in braces, as a URN, in capitals, without hyphens": ("400, or the same id", [
        BAD_EVENT, EVENTS + "test_an_upper_case_id_is_the_same_id", HERE + "test_an_id_in_capitals_or_without_hyphens_is_the_same_id",
    ]),
    "an empty body": ("400 malformed_json", [UNREADABLE, SERVER + "test_a_body_without_a_length_is_no_body"]),
    "a wrong or no content type": ("415", [
        HTTP + "test_another_content_type_is_refused_with_those_that_are_taken", HTTP + "test_binary_mode_wants_json",
    ]),
    "truncated JSON, a tail, a scalar, an array at the top": ("400", [
        UNREADABLE, HTTP + "test_a_batch_with_unreadable_json_is_refused_as_a_whole",
    ]),
    "nesting 100,000 deep": ("400", [UNREADABLE, HTTP + "test_nesting_of_any_depth_is_an_answer_and_not_an_error"]),
    "NaN, Infinity, 1e999": ("400", [UNREADABLE, STRICT + "test_what_is_no_number_is_refused"]),
    "a duplicate key": ("400", [UNREADABLE, STRICT + "test_a_key_given_twice_is_refused"]),
    "a NUL or a control character in a text": ("422, named by field", [BAD_EVENT]),
    # The text cannot be read alike by all readers, so it is the request that is refused, not a field of it.
    "half a character": ("400", [UNREADABLE, STRICT + "test_half_a_character_is_refused"]),
    "invalid UTF-8": ("400", [UNREADABLE]),
    "UTF-16; a byte order mark": ("400; a mark of UTF-8 is let pass", [
        UNREADABLE, HTTP + "test_a_byte_order_mark_is_accepted",
    ]),
    "an integer of 5,000 digits": ("400", [UNREADABLE]),
    "10**30 in an integer": ("422", [BAD_EVENT]),
    "5 as a text, 5.9": ("422", [BAD_EVENT]),
    "a boolean as a text or a number": ("422", [HERE + "test_a_boolean_is_true_or_false_and_nothing_else"]),
    "a time without an offset": ("422, with the remedy", [BAD_EVENT]),
    "the years 1, 1970 and 9999": ("422", [BAD_EVENT]),
    "23:59:60": ("422", [BAD_EVENT]),
    "three hours ahead, years back": ("kept, marked clock_suspect", [
        EVENTS + "test_a_time_that_is_odd_but_possible_is_kept_and_marked",
    ]),
    "an unknown field": ("422 on the way in; readers let it pass", [
        BAD_EVENT, "unit/test_event_decoders.py::test_an_unknown_field_is_refused_by_name",
        HERE + "test_a_reader_lets_a_field_of_a_newer_release_pass",
    ]),
    "a field that is the server's": ("422 in each type", [HERE + "test_no_type_takes_a_field_that_is_the_servers"]),
    "a name of 900 kB; 10,000 items; 1,001 events": ("422; 413 with the limit", [
        BAD_EVENT, HERE + "test_what_is_far_too_long_is_refused_by_name",
        HTTP + "test_a_batch_of_1000_is_taken_and_one_of_1001_is_refused_whole",
    ]),
    "a body over the limit, in chunks, with a length that lies": ("413, 400; nothing is stored", [
        HTTP + "test_a_body_over_the_limit_is_refused_by_its_length", SERVER + "test_a_body_over_the_limit_is_a_413",
        SERVER + "test_a_length_that_lies_stores_nothing", SERVER + "test_a_chunked_body_that_breaks_off_stores_nothing",
    ]),
    "gzip; a bomb; another encoding": ("taken; 413; 415", [
        HTTP + "test_a_gzip_body_is_taken", HTTP + "test_a_body_that_is_no_whole_gzip_is_refused",
        SERVER + "test_a_megabyte_that_expands_to_a_gigabyte_is_refused_without_being_made",
        HTTP + "test_another_content_encoding_is_refused_with_the_one_that_is_taken",
    ]),
    "one bad event among 500": ("499 accepted", [HERE + "test_one_bad_event_of_five_hundred_costs_the_others_nothing"]),
    "an id twice in a batch": ("duplicate, or conflict", [
        FATES + "test_an_id_twice_in_a_batch_is_a_duplicate_or_a_conflict",
    ]),
    "slow bodies and heads": ("others do not wait", [
        SERVER + "test_slow_bodies_and_heads_do_not_keep_others_waiting",
        SERVER + "test_a_body_that_comes_byte_by_byte_is_taken",
    ]),
    "a length and chunks, a bad chunk, a carriage return in a header": ("400, never two requests", [
        SERVER + "test_a_length_and_chunks_at_once_are_never_two_requests",
        SERVER + "test_a_length_or_a_header_that_two_servers_could_read_differently_is_refused",
    ]),
    # waitress bounds the whole head and not its parts; it carries the embedded default alone.
    "101 headers, a header of 9 kB, an address of 5 kB": ("400, 414 or 431 under gunicorn", [
        SERVER + "test_a_head_that_is_too_large_is_refused_by_gunicorn_and_bounded_by_waitress",
    ]),
    "an unknown path, a wrong method, HEAD, OPTIONS, TRACE": ("404; 405 with Allow", [
        HTTP + "test_an_unknown_path_or_method_is_a_problem",
        SERVER + "test_other_methods_have_an_answer_that_names_those_that_are_taken",
        SERVER + "test_a_request_line_that_is_none_is_no_server_error",
    ]),
    "limits and positions out of range": ("422; 409 ahead_of_source", [
        FATES + "test_the_feed_is_for_our_own_services", READING + "test_a_wrong_parameter_is_named",
        HERE + "test_an_unknown_or_wrong_parameter_is_named_and_nothing_is_stored",
    ]),
    "sort and filter by what is no column": ("422", [READING + "test_a_wrong_parameter_is_named"]),
    "a path with ../, %2e%2e, ; or %00": ("404 or 400", [SERVER + "test_an_address_in_disguise_is_not_found"]),
    # Any host is served: which names are asked is the proxy's to say. Only the `$id` of a schema repeats it, to its caller.
    "another host, forged X-Forwarded-For": ("ignored, and not repeated", [
        SERVER + "test_a_host_of_nobody_changes_nothing", HTTP + "test_headers_that_break_lines_or_grow_are_harmless",
    ]),
    "text that breaks a log": ("escaped", [SERVER + "test_text_that_breaks_a_log_is_escaped_in_it"]),
    "a name that a spreadsheet would run": ("data, and only text when it is taken out", [
        HERE + "test_a_name_that_a_spreadsheet_would_run_is_data",
        "unit/test_exports.py::test_no_text_is_a_formula_and_each_comes_back",
        "unit/test_sheets_writing.py::test_no_cell_of_a_workbook_is_a_formula_or_a_link",
        "unit/test_sheets_writing.py::test_characters_that_a_file_cannot_hold_never_break_it",
    ]),
    "one name in two forms of Unicode": ("the same, and found by both", [
        HTTP + "test_text_is_kept_in_one_normal_form",
        "integration/test_registry_people_search.py::test_a_name_is_found_however_it_is_typed",
    ]),
    "an event about what has not come; of another ward": ("202 pending_reference; refused", [
        FATES + "test_a_correction_and_a_void_before_their_record_wait_and_then_take_effect",
        FATES + "test_a_waiting_void_of_another_wards_assist_is_refused_when_the_assist_comes",
        EVENTS + "test_an_event_with_bad_references_is_kept_and_marked",
    ]),
    "an assist of a session that is closed, void, or another ward's": ("201; taken along only by its own ward", [
        HERE + "test_an_assist_of_a_session_that_has_ended_or_is_another_wards_is_kept",
        "integration/test_state_machines.py::test_a_voided_session_takes_its_assists_along_when_it_says_so_in_every_order",
        "integration/test_state_machines.py::test_the_assists_of_another_ward_are_not_taken_along",
        READING + "test_assists_of_another_ward_in_a_session_are_not_shown",
    ]),
    "an outcome, a stall, a quantity that the service does not have": ("422, now or when the service is known", [
        EVENTS + "test_an_outcome_that_the_service_does_not_have_is_refused_with_those_that_it_has",
        EVENTS + "test_a_line_of_a_book_with_an_outcome_that_the_service_does_not_have_is_named",
        EVENTS + "test_a_field_that_does_not_go_with_the_service_is_refused_by_name",
        "integration/test_resolver.py::test_what_a_service_cannot_have_is_found_when_the_service_is_known",
    ]),
    "a sheet that is a bomb, has outer links, macros, a password": ("422, before it is expanded", [
        "unit/test_sheets_guard.py::test_a_zip_bomb_is_stopped_while_it_inflates",
        "unit/test_sheets_guard.py::test_too_many_and_repeated_entries_are_refused",
        "unit/test_sheets_guard.py::test_entities_are_refused_before_they_are_expanded",
        "unit/test_sheets_guard.py::test_macros_and_links_stay_outside",
        "integration/test_registry_import_http.py::test_no_file_breaks_the_server",
    ]),
    "a phone in any notation": ("one number, or 422", [
        "unit/test_registry_phones.py::test_every_usual_notation_is_one_number",
        "unit/test_registry_phones.py::test_what_is_no_vietnamese_number_is_refused",
        "unit/test_sheets_writing.py::test_a_phone_is_text_and_a_date_a_real_date",
    ]),
    "%%%% and SQL in a search": ("text, never a pattern", [
        "integration/test_registry_people_search.py::test_what_is_typed_is_no_pattern_and_begins_a_word",
    ]),
    "while the broker is away": ("201", [
        "integration/test_health.py::test_the_intake_is_ready_and_accepts_while_the_broker_is_away",
    ]),
    "while the database is away": ("503 with Retry-After; nothing is lost", [
        "integration/test_intake_concurrency.py::test_a_database_that_stops_midway_means_503_until_it_is_back_and_nothing_is_lost",
        "integration/test_health.py::test_a_database_that_only_reads_makes_the_intake_ask_for_another_try",
    ]),
    # The intake does not ration yet, so no 429: it is bounded by its threads, and its callers wait.
    "a storm": ("each request is answered, and what is good is kept", [
        SERVER + "test_a_storm_of_bad_requests_is_answered_and_good_ones_between_are_kept",
    ]),
}  # fmt: skip


@pytest.mark.parametrize("kind", ROWS)
def test_every_kind_of_bad_input_is_shown_by_a_test_that_exists(kind: str) -> None:
    answer, tests = ROWS[kind]

    assert answer
    assert tests
    for test in tests:
        path, name = test.split("::")
        assert name in functions(path), test


@cache
def functions(path: str) -> frozenset[str]:
    tree = ast.parse((TESTS / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


# -- the kinds that nothing else shows ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://") as made:
        made.serve("registry", "sessions")
        yield made


@pytest.fixture(scope="module")
def web(stack: Stack) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {stack.token()}"}
    with httpx.Client(base_url=stack.url("sessions"), headers=headers, timeout=60, trust_env=False) as client:
        yield client


def test_what_was_refused_for_another_ward_is_kept_for_who_looks_after_the_apps(
    stack: Stack, web: httpx.Client
) -> None:
    sent = assist(area="11689")

    problem(post(web, sent), 403, "forbidden_area")

    found = "SELECT client_id, code, field FROM refused WHERE event_id = %s"
    assert stack.ask("sessions", found, sent["id"]) == [(HAI_THANH, "forbidden_area", "data.area")]
    assert rows(stack, sent["id"]) == 0


@pytest.mark.parametrize("spell", [str.upper, lambda i: i.replace("-", ""), lambda i: i.replace("-", "").upper()])
def test_an_id_in_capitals_or_without_hyphens_is_the_same_id(stack: Stack, web: httpx.Client, spell: Any) -> None:
    sent = assist()
    assert post(web, sent).status_code == 201

    again = post(web, sent | {"id": spell(sent["id"]), "subject": spell(sent["subject"])})

    assert (again.status_code, again.json()["status"]) == (200, "duplicate")
    assert rows(stack, sent["id"]) == 1


@pytest.mark.parametrize("value", ["on", "true", "false", "", 0, 1, 1.0, [], {}, "True"])
def test_a_boolean_is_true_or_false_and_nothing_else(stack: Stack, web: httpx.Client, value: Any) -> None:
    opened = session()
    assert post(web, opened).status_code == 201
    voided = event("session.voided", {"reason_code": "test", "void_assists": value}, subject=opened["subject"])
    incident = {"area": "tdp-03", "kind": "online_scam", "via": "zalo", "told_police": value}
    told = post(web, [voided, event("incident.reported", incident)]).json()["results"]

    assert [(one["code"], one["errors"][0]["field"]) for one in told] == [
        ("invalid_data", "data.void_assists"),
        ("invalid_data", "data.told_police"),
    ]
    assert "boolean" in told[0]["errors"][0]["message"]
    assert stack.ask("sessions", "SELECT is_void FROM entity WHERE subject = %s", opened["subject"]) == [(False,)]


def foreign(name: str, subject: str, **data: Any) -> dict[str, Any]:
    return event(name, data, ANH_DUNG, subject=subject)


def test_what_a_ward_began_no_other_ward_goes_on_with(stack: Stack, web: httpx.Client) -> None:
    begun = [session(), feedback(), tally(("digital_skills", "completed", 2))]
    begun.append(event("incident.reported", {"area": "tdp-03", "kind": "online_scam", "via": "zalo"}))
    about = {"area": "tdp-03", "addressed_to": "office", "theme": "other", "text": "Góp ý."}
    begun.append(event("proposal.submitted", about))
    assert post(web, begun).json()["counts"]["accepted"] == len(begun)
    opened, raised, counted, told, proposed = (one["subject"] for one in begun)
    sent = [
        foreign("session.closed", opened, area="tdp-01"),
        foreign("session.voided", opened, reason_code="test", void_assists=True),
        foreign("attendance.checked_in", opened, area="tdp-01", volunteer=str(uuid.uuid4())),
        foreign("feedback.answered", raised, office="police_ward", text="Đã trả lời."),
        foreign("feedback.resolved", raised, result="done"),
        foreign("tally.recorded", counted, area="tdp-01", day=DAY, version=9, covers="all", lines=[]),
        foreign("tally.voided", counted, reason_code="test"),
        foreign("incident.voided", told, reason_code="test"),
        foreign("proposal.answered", proposed, result="declined"),
    ]
    states = (
        "SELECT subject, is_void, content, changed_xid::text FROM entity WHERE subject = ANY(%s::uuid[]) ORDER BY 1"
    )
    before = stack.ask("sessions", states, [one["subject"] for one in begun])

    answers = stack.post(sent, ANH_DUNG).json()["results"]

    assert [(one["status"], one["code"]) for one in answers] == [("rejected", "forbidden_area")] * len(sent)
    assert stack.ask("sessions", states, [one["subject"] for one in begun]) == before
    assert [rows(stack, one["id"]) for one in sent] == [0] * len(sent)


def test_an_assist_of_a_session_that_has_ended_or_is_another_wards_is_kept(stack: Stack, web: httpx.Client) -> None:
    closed, void = session(), session()
    ends = [
        event("session.closed", {"area": "tdp-03"}, subject=closed["subject"]),
        event("session.voided", {"reason_code": "test", "void_assists": False}, subject=void["subject"]),
    ]
    assert post(web, [closed, void, *ends]).json()["counts"]["accepted"] == 4
    late = [assist(session=one["subject"]) for one in (closed, void)]
    theirs = assist(ANH_DUNG, area="tdp-01", session=closed["subject"])

    answers = [*post(web, late).json()["results"], stack.post(theirs, ANH_DUNG).json()]

    assert [one["status"] for one in answers] == ["accepted"] * 3
    assert not any("unverified:session" in one.get("marks", []) for one in answers)
    kept = "SELECT count(*) FROM entity WHERE subject = ANY(%s::uuid[]) AND NOT is_void"
    assert stack.ask("sessions", kept, [one["subject"] for one in (*late, theirs)]) == [(3,)]


SERVERS_OWN = ("id", "seq", "status", "ward_id", "ward", "received_at", "recordedtime", "role", "closed", "marks", "applies",
               "before", "content", "shard", "segment", "partitionkey", "receipt_code", "is_void", "client_id")  # fmt: skip


@pytest.mark.parametrize("ce_type", sorted(TYPES))
def test_no_type_takes_a_field_that_is_the_servers(stack: Stack, web: httpx.Client, ce_type: str) -> None:
    def made(**more: Any) -> dict[str, Any]:
        data = DATA[ce_type] | more
        if has_area(TYPES[ce_type]):  # type: ignore[arg-type]
            data["area"] = "tdp-03"
        return event(TYPES[ce_type].NAME, data)

    sent = [made(**{name: value}) for name in SERVERS_OWN for value in (None, "x", 1)]

    results = post(web, sent).json()["results"]

    for one, name in zip(results, [name for name in SERVERS_OWN for _ in range(3)], strict=True):
        assert (one["status"], one["code"]) == ("rejected", "invalid_data"), one
        assert (f"data.{name}", "unknown_field") in {(error["field"], error["code"]) for error in one["errors"]}
    ids = [one["id"] for one in sent]
    assert stack.ask("sessions", "SELECT count(*) FROM event_log WHERE event_id = ANY(%s::uuid[])", ids) == [(0,)]


def test_a_reader_lets_a_field_of_a_newer_release_pass() -> None:
    samples = sorted((TESTS / "golden" / "logged").glob("*.json"))
    assert len(samples) >= len(FACTS)

    for path in samples:
        logged = json.loads(path.read_text(encoding="utf-8"))
        logged = logged[0] if isinstance(logged, list) else logged
        newer = logged | {"newattribute": 1, "data": logged["data"] | {"of_a_newer_release": {"a": [1]}}}
        old, new = decode_batch(json.dumps([logged, newer]).encode())
        assert decode_fact(old) == decode_fact(new), path.name


@pytest.mark.parametrize(
    ("make", "field"),
    [
        (lambda: session(theme="Đ" * 450_000), "data.theme"),
        (lambda: feedback("x" * 900_000), "data.text"),
        (lambda: session(services=["vneid_activation"] * 10_000), "data.services"),
        (lambda: assist(volunteers=[str(uuid.uuid4())] * 10_000), "data.volunteers"),
        (lambda: event("session.closed", {"area": "tdp-03", "present": [str(uuid.uuid4())] * 10_000}), "data.present"),
        (lambda: assist() | {"data": {f"field_{number}": 1 for number in range(10_000)}}, "data.field_0"),
        (lambda: assist(attributes={"type": "vn.congdongso." + "x" * 900_000}), "type"),
        (lambda: assist(attributes={"traceparent": "0" * 900_000}), "traceparent"),
    ],
)
def test_what_is_far_too_long_is_refused_by_name(stack: Stack, web: httpx.Client, make: Any, field: str) -> None:
    sent, good = make(), assist()

    told, fine = post(web, [sent, good]).json()["results"]

    assert (told["status"], fine["status"]) == ("rejected", "accepted")
    assert field in {error["field"] for error in told["errors"]}
    assert all(len(error["message"]) < 1000 for error in told["errors"])
    assert rows(stack, sent["id"]) == 0


def test_one_bad_event_of_five_hundred_costs_the_others_nothing(stack: Stack, web: httpx.Client) -> None:
    sent: list[Any] = [assist() for _ in range(500)]
    sent[250] = sent[250] | {"data": {"area": ["deep"] * 50}}

    answer = post(web, sent).json()

    assert answer["counts"]["accepted"] == 499
    assert [place for place, result in enumerate(answer["results"]) if result["status"] != "accepted"] == [250]
    assert [result["id"] for result in answer["results"]] == [one["id"] for one in sent]


@pytest.mark.parametrize(
    "query", ["dry_run=maybe", "dry_run=", "dryrun=true", "dry_run=true&x=1", "x=%00", "dry_run=%ff"]
)
def test_an_unknown_or_wrong_parameter_is_named_and_nothing_is_stored(
    stack: Stack, web: httpx.Client, query: str
) -> None:
    sent = assist()

    answer = web.post(
        f"/v1/events?{query}", content=json.dumps(sent), headers={"Content-Type": "application/cloudevents+json"}
    )

    assert problem(answer, 422, "invalid")["errors"]
    assert rows(stack, sent["id"]) == 0


@pytest.mark.parametrize("theme", ['=HYPERLINK("http://x")', "@SUM(A1)", "-1+2", "+84901234567", "%%%%", "' OR 1=1 --"])
def test_a_name_that_a_spreadsheet_would_run_is_data(stack: Stack, web: httpx.Client, theme: str) -> None:
    sent = session(theme=theme)

    assert post(web, sent).status_code == 201

    content = stack.ask("sessions", "SELECT content FROM entity WHERE subject = %s", sent["subject"])[0][0]
    assert json.loads(bytes(content))["theme"] == theme


def test_a_header_that_is_sent_twice_makes_no_other_event(stack: Stack, web: httpx.Client) -> None:
    sent, other = assist(), str(uuid.uuid4())
    headers = [("Content-Type", "application/json"), ("ce-id", other)]
    headers += [(f"ce-{name}", value) for name, value in sent.items() if name != "data"]

    answer = web.post("/v1/events", content=json.dumps(sent["data"]), headers=headers)

    assert answer.status_code == 400
    assert [rows(stack, one) for one in (sent["id"], other)] == [0, 0]


def test_an_empty_encoding_is_none(stack: Stack, web: httpx.Client) -> None:
    sent = assist()

    assert send(web, json.dumps(sent), Content_Encoding="identity").status_code == 201
    assert rows(stack, sent["id"]) == 1
