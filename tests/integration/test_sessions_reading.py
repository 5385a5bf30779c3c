"""Reading what was reported, over real HTTP: one's own wards and nothing else, page by page, and nothing personal."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.events import DAY, about, assist, correction, event, feedback, session, tally, void
from tests.support.postgres import TestPostgres
from tests.support.reading import DISTRICT, IT, NOBODY, arrive, changed, foreign, get, pages, read, served, subjects
from tests.support.stack import ANH_DUNG, VIEWER, Stack

CANARY = "Bà Nguyễn Thị Kín nói máy bị khóa"
CITIZEN = "031158001234"
ROUTES = [
    "sessions", f"sessions/{NOBODY}", f"sessions/{NOBODY}/assists", f"assists/{NOBODY}", f"subjects/{NOBODY}", "feedback",
    f"feedback/{NOBODY}", f"events/{NOBODY}", "pending", "refused", "refused/summary", "catalogue", "changes",
]  # fmt: skip


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with served(postgres) as made:
        yield made


# -- sessions and assists ----------------------------------------------------------------------------------------------


def test_a_session_is_read_with_its_closing_its_attendance_and_its_assists(stack: Stack) -> None:
    opened = session(theme="VNeID")
    subject, volunteer = opened["subject"], str(uuid.uuid4())
    helped, again = assist(session=subject), assist(session=subject)
    came = about(subject, "attendance.checked_in", area="tdp-03", volunteer=volunteer)
    left = about(subject, "attendance.checked_out", f"{DAY}T21:00:00+07:00", area="tdp-03", volunteer=volunteer)
    more = about(subject, "attendance.checked_in", area="tdp-03", volunteer=str(uuid.uuid4()))
    closed = about(subject, "session.closed", f"{DAY}T21:05:00+07:00", area="tdp-03", attendees=12, present=[volunteer])
    arrive(stack, opened, helped, again, came, left, more, closed, void(again["subject"]))

    found = read(stack, f"sessions/{subject}")
    named = {item["subject"]: item for item in pages(stack, f"sessions/{subject}/assists", limit=1)}

    assert (found["kind"], found["status"], found["is_void"]) == ("session", "closed", False)
    assert found["state"]["attendees"] == 12
    assert found["state"]["present"] == [volunteer]
    assert found["state"]["households_visited"] == 0
    assert found["attendance"] == {"checked_in": 2, "checked_out": 1}
    assert found["marks"] == ["clock_suspect", "unverified:volunteer"]
    assert found["last_event_at"] == "2023-03-08T14:05:00Z"
    assert {key: item["status"] for key, item in named.items()} == {
        helped["subject"]: "recorded",
        again["subject"]: "voided",
    }


def test_a_check_out_that_arrives_before_the_check_in_makes_no_difference(stack: Stack) -> None:
    opened, volunteer = session(), str(uuid.uuid4())
    subject = opened["subject"]
    left = about(subject, "attendance.checked_out", f"{DAY}T21:00:00+07:00", area="tdp-03", volunteer=volunteer)
    came = about(subject, "attendance.checked_in", area="tdp-03", volunteer=volunteer)

    arrive(stack, left, came, opened, about(subject, "attendance.checked_in", area="tdp-03", volunteer=volunteer))

    assert read(stack, f"sessions/{subject}")["attendance"] == {"checked_in": 1, "checked_out": 1}


def test_an_assist_is_read_as_its_newest_correction_says(stack: Stack) -> None:
    recorded = assist(citizen_number=CITIZEN)
    mended = correction(recorded["subject"], f"{DAY}T20:00:00+07:00", service="digital_skills")
    arrive(stack, recorded, mended)

    found = read(stack, f"assists/{recorded['subject']}")

    assert found["state"]["service"] == "digital_skills"
    assert found["version"] == {"time": "2023-03-08T13:00:00Z", "event_id": mended["id"]}
    assert found["status"] == "corrected"
    del found["state"]["resident_token"]
    assert read(stack, f"subjects/{recorded['subject']}") == found


def test_whom_an_assist_was_for_is_told_to_its_ward_alone_and_one_by_one(stack: Stack) -> None:
    opened = session()
    helped = assist(citizen_number=CITIZEN, session=opened["subject"])
    arrive(stack, opened, helped)
    path = f"assists/{helped['subject']}"

    token = read(stack, path)["state"]["resident_token"]
    others = [get(stack, path, DISTRICT), get(stack, f"sessions/{opened['subject']}/assists"),
              get(stack, f"subjects/{helped['subject']}"), get(stack, "changes")]  # fmt: skip

    assert token.startswith("k1.")
    assert [answer.status_code for answer in others] == [200] * 4
    assert not any(token in answer.text for answer in others)


@pytest.mark.parametrize(
    ("made", "status"),
    [
        (assist, "recorded"),
        (session, "opened"),
        (feedback, "raised"),
        (lambda: tally(("vneid_activation", "completed", 5)), "recorded"),
        (lambda: event("incident.reported", {"area": "tdp-03", "kind": "malware", "via": "sms"}), "reported"),
        (lambda: event("proposal.submitted", {"area": "tdp-03", "addressed_to": "office", "theme": "payment", "text": "Thêm điểm."}), "submitted"),
    ],
    ids=["assist", "session", "feedback", "tally", "incident", "proposal"],
)  # fmt: skip
def test_every_kind_is_read_in_one_shape(stack: Stack, made: Any, status: str) -> None:
    sent = made()
    arrive(stack, sent)

    found = read(stack, f"subjects/{sent['subject']}")

    assert found["status"] == status
    assert set(found) == {
        "subject", "kind", "status", "is_void", "version", "marks", "last_event_at", "changed_at", "state"
    }  # fmt: skip
    assert found["state"]["day"] == DAY
    assert found["last_event_at"] == "2023-03-08T12:30:00Z"


def test_sessions_are_listed_by_day_and_area_newest_first_in_stable_pages(stack: Stack) -> None:
    days = ["2023-04-01", "2023-04-02", "2023-04-02", "2023-04-03"]
    made = [session() | {"time": f"{day}T19:00:00+07:00"} for day in days]
    made.append(session(area="tdp-01") | {"time": "2023-04-03T19:00:00+07:00"})
    arrive(stack, *made)
    wanted = {one["subject"] for one in made}

    first = read(stack, "sessions", limit=2)
    late = session() | {"time": "2023-04-09T19:00:00+07:00"}
    arrive(stack, late)
    rest = follow(stack, first)
    listed = [item for item in [*first["items"], *rest] if item["subject"] in wanted]

    assert len(listed) == len(wanted)
    assert [item["state"]["day"] for item in listed] == sorted((item["state"]["day"] for item in listed), reverse=True)
    assert late["subject"] not in subjects(rest)
    assert {i["state"]["day"] for i in pages(stack, "sessions", day="2023-04-02")} == {"2023-04-02"}
    assert len(read(stack, "sessions", day="2023-04-03", area="tdp-01")["items"]) == 1
    assert len(read(stack, "sessions", day="2023-04-03", area="11692/tdp-03")["items"]) == 1
    assert len(read(stack, "sessions", day="2023-04-03", area="11692")["items"]) == 2


def follow(stack: Stack, page: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    """The items of the pages after a first one."""
    found = []
    while page["next"] is not None:
        page = read(stack, "sessions", limit=2, after=page["next"], **query)
        found += page["items"]
    return found


# -- who may see what --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ROUTES)
def test_without_a_token_nothing_is_read_and_without_the_scope_neither(stack: Stack, path: str) -> None:
    assert get(stack, path, None).status_code == 401
    refused = get(stack, path, VIEWER)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


def test_a_thing_of_another_ward_is_as_if_it_were_not_there(stack: Stack) -> None:
    opened, raised = session(), feedback(CANARY)
    helped = assist(session=opened["subject"])
    arrive(stack, opened, helped, raised)
    asked = [
        f"sessions/{opened['subject']}", f"sessions/{opened['subject']}/assists", f"assists/{helped['subject']}",
        f"subjects/{helped['subject']}", f"subjects/{raised['subject']}", f"feedback/{raised['subject']}",
        f"events/{helped['id']}",
    ]  # fmt: skip

    mine = [get(stack, path).status_code for path in asked]
    theirs = [get(stack, path, ANH_DUNG) for path in asked]
    nothing = get(stack, f"assists/{NOBODY}", ANH_DUNG).json()

    assert mine == [200] * 7
    assert [answer.status_code for answer in theirs] == [404] * 7
    told = theirs[2].json()
    assert told["detail"].replace(helped["subject"], NOBODY) == nothing["detail"]
    assert opened["subject"] not in subjects(pages(stack, "sessions", ANH_DUNG))
    assert raised["subject"] not in subjects(pages(stack, "feedback", ANH_DUNG))
    assert helped["subject"] not in subjects(changed(stack, ANH_DUNG)[0])


def test_a_thing_of_another_kind_is_not_found_under_this_address(stack: Stack) -> None:
    helped = assist()
    arrive(stack, helped)

    assert get(stack, f"sessions/{helped['subject']}").status_code == 404
    assert get(stack, f"feedback/{helped['subject']}").status_code == 404


def test_assists_of_another_ward_in_a_session_are_not_shown(stack: Stack) -> None:
    opened = session()
    arrive(stack, opened, assist(session=opened["subject"]))
    theirs = foreign(assist(session=opened["subject"]))
    arrive(stack, theirs, client=ANH_DUNG)

    listed = subjects(pages(stack, f"sessions/{opened['subject']}/assists"))

    assert len(listed) == 1
    assert theirs["subject"] not in listed
    assert len(subjects(pages(stack, f"sessions/{opened['subject']}/assists", DISTRICT))) == 2


def test_the_app_of_a_ward_that_was_merged_reads_on_in_the_ward_that_took_over(stack: Stack) -> None:
    later = assist() | {"time": "2025-08-01T09:00:00+07:00"}
    arrive(stack, later)

    found = read(stack, f"assists/{later['subject']}")

    ward = stack.ask("sessions", "SELECT code, valid_from::text FROM area WHERE area_id = %s", found["state"]["ward"])
    assert ward == [("11692", "2025-07-01")]


def test_the_sandbox_and_what_counts_are_never_seen_together(stack: Stack) -> None:
    client = stack.sandbox("11692", on=DAY)
    tried, real = session() | {"source": f"/apps/{client}"}, session()
    arrive(stack, tried, client=client)
    arrive(stack, real)

    assert read(stack, f"sessions/{tried['subject']}", client)["status"] == "opened"
    assert subjects(pages(stack, "sessions", client)) == [tried["subject"]]
    assert subjects(changed(stack, client)[0]) == [tried["subject"]]
    assert get(stack, f"sessions/{real['subject']}", client).status_code == 404
    assert get(stack, f"sessions/{tried['subject']}").status_code == 404
    assert tried["subject"] not in subjects(changed(stack)[0])
    assert read(stack, f"events/{tried['id']}", client)["status"] == "accepted"


# -- feedback ----------------------------------------------------------------------------------------------------------


def test_feedback_is_read_with_its_steps_and_its_texts_by_its_own_ward_only(stack: Stack) -> None:
    raised = feedback(CANARY)
    subject = raised["subject"]
    forwarded = about(subject, "feedback.forwarded", f"{DAY}T20:00:00+07:00", to_office="telecom", due_on="2023-03-15")
    answered = about(subject, "feedback.answered", f"{DAY}T21:00:00+07:00", office="telecom", text="Đã mở khóa máy.")
    arrive(stack, answered, raised, forwarded)

    own, district = read(stack, f"feedback/{subject}"), read(stack, f"feedback/{subject}", DISTRICT)

    assert own["status"] == "answered"
    assert own["due_on"] == "2023-03-15"
    assert [step["step"] for step in own["state"]["steps"]] == ["forwarded", "answered"]
    assert {text["step"]: text["text"] for text in own["texts"]} == {"raised": CANARY, "answered": "Đã mở khóa máy."}
    assert district["texts"] is None
    assert {key: value for key, value in district.items() if key != "texts"} == {
        key: value for key, value in own.items() if key != "texts"
    }
    assert get(stack, f"feedback/{subject}", ANH_DUNG).status_code == 404


def test_the_text_of_an_answer_that_still_waits_is_not_shown(stack: Stack) -> None:
    raised = feedback("Khi nào có kết quả?")
    subject = raised["subject"]
    resolved = about(subject, "feedback.resolved", f"{DAY}T20:00:00+07:00", result="explained")
    answered = about(subject, "feedback.answered", f"{DAY}T21:00:00+07:00", office="telecom", text="Quá muộn.")
    arrive(stack, raised, resolved, answered)

    assert [text["text"] for text in read(stack, f"feedback/{subject}")["texts"]] == ["Khi nào có kết quả?"]


def test_feedback_is_listed_by_status_and_by_what_is_overdue(stack: Stack) -> None:
    made = {name: feedback(f"Ý {name}") for name in ("raised", "late", "later", "resolved", "undated")}
    made["late"]["data"]["due_on"] = "2023-03-10"
    made["later"]["data"]["due_on"] = "2023-03-10"
    made["resolved"]["data"]["due_on"] = "2023-03-10"
    steps = [
        about(
            made["later"]["subject"],
            "feedback.forwarded",
            f"{DAY}T20:00:00+07:00",
            to_office="bank",
            due_on="2199-01-01",
        ),
        about(made["resolved"]["subject"], "feedback.resolved", f"{DAY}T20:00:00+07:00", result="done"),
    ]
    arrive(stack, *made.values(), *steps)
    mine = {one["subject"]: name for name, one in made.items()}

    def listed(**query: Any) -> set[str]:
        return {mine[one] for one in subjects(pages(stack, "feedback", limit=3, **query)) if one in mine}

    assert listed(status="raised") == {"raised", "late", "undated"}
    assert listed(status="resolved") == {"resolved"}
    assert listed(overdue="true") == {"late"}
    assert listed(overdue="false") == {"raised", "later", "resolved", "undated"}
    assert listed(area="tdp-01") == set()
    assert listed() == set(made)


def test_the_feedback_of_a_session_is_listed(stack: Stack) -> None:
    opened, other = session(), session()
    raised = [feedback("Một", session=opened["subject"]), feedback("Hai", session=opened["subject"].upper())]
    arrive(stack, opened, other, *raised, feedback("Ba", session=other["subject"]), feedback("Bốn"))

    found = subjects(pages(stack, "feedback", limit=1, session=opened["subject"]))
    theirs = subjects(pages(stack, "feedback", ANH_DUNG, session=opened["subject"]))

    assert set(found) == {one["subject"] for one in raised}
    assert set(theirs) == set()


# -- questions that are wrong ------------------------------------------------------------------------------------------

WRONG = [
    ("sessions", {"day": "08/03/2023"}, "day"),
    ("sessions", {"day": ""}, "day"),
    ("sessions", {"area": "tdp-99"}, "area"),
    ("sessions", {"area": "00000"}, "area"),
    ("sessions", {"area": NOBODY}, "area"),
    ("sessions", {"area": "11689", "day": DAY}, "area"),
    ("sessions", {"area": "a\x00b"}, "area"),
    ("sessions", {"area": "tổ 3"}, "area"),
    ("sessions", {"limit": "0"}, "limit"),
    ("sessions", {"limit": "501"}, "limit"),
    ("sessions", {"limit": "x"}, "limit"),
    ("sessions", {"after": "x"}, "after"),
    ("sessions", {"after": f"2023-03-08~{NOBODY}~x"}, "after"),
    ("sessions", {"after": "2023-13-08~" + NOBODY}, "after"),
    ("sessions", {"after": "\x00~\x00"}, "after"),
    ("sessions", {"dau": "1"}, "dau"),
    (f"sessions/{NOBODY}/assists", {"after": "1"}, "after"),
    ("feedback", {"status": "open"}, "status"),
    ("feedback", {"overdue": "1"}, "overdue"),
    ("feedback", {"session": "x"}, "session"),
    ("feedback", {"area": "tdp-99"}, "area"),
    ("feedback", {"after": "~"}, "after"),
    ("pending", {"client": "Ứng dụng"}, "client"),
    ("pending", {"after": f"2023-03-08T00:00:00~{NOBODY}"}, "after"),
    ("pending", {"limit": "-1"}, "limit"),
    ("refused", {"after": "9223372036854775808"}, "after"),
    ("refused", {"after": "-1"}, "after"),
    ("refused", {"code": "A"}, "code"),
    ("refused/summary", {"after": "1"}, "after"),
    ("refused/summary", {"client": "a" * 64}, "client"),
    ("catalogue", {"on": "2023-02-30"}, "on"),
    ("catalogue", {"area": "tdp-03"}, "area"),
    ("changes", {"since": "1"}, "since"),
    ("changes", {"since": f"{NOBODY}~99999999999999999999~{NOBODY}"}, "since"),
    ("changes", {"area": "tdp-99"}, "area"),
    ("changes", {"after": "1"}, "after"),
]


@pytest.mark.parametrize(("path", "query", "field"), WRONG, ids=lambda value: str(value)[:40])
def test_a_wrong_parameter_is_named(stack: Stack, path: str, query: dict[str, str], field: str) -> None:
    if path.startswith("sessions/"):
        opened = session()
        arrive(stack, opened)
        path = path.replace(NOBODY, opened["subject"])

    answer = httpx.get(
        f"{stack.url('sessions')}/v1/{path}", params=query, trust_env=False,
        headers={"Authorization": f"Bearer {stack.token()}"},
    )  # fmt: skip

    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("path", ["sessions", "feedback", "pending", "refused", "refused/summary", "changes"])
def test_a_parameter_that_is_given_twice_is_refused_and_named(stack: Stack, path: str) -> None:
    answer = get(stack, f"{path}?limit=5&limit=6")

    assert answer.status_code == 422
    assert answer.json()["errors"][0] == {
        "field": "limit", "code": "repeated", "message": "Tham số này được gửi nhiều lần. Vui lòng gửi một lần.",
    }  # fmt: skip


def test_an_address_that_is_no_id_is_not_found(stack: Stack) -> None:
    assert get(stack, "assists/x").status_code == 404
    assert get(stack, f"subjects/{NOBODY}").status_code == 404


# -- nothing personal --------------------------------------------------------------------------------------------------


def test_no_free_text_and_no_citizen_number_is_in_any_answer_but_in_the_feedback_of_its_own_ward(stack: Stack) -> None:
    raised = feedback(CANARY)
    opened = session()
    helped = assist(citizen_number=CITIZEN, session=opened["subject"])
    reported = event("incident.reported", {"area": "tdp-03", "kind": "malware", "via": "sms", "text": CANARY})
    proposed = event(
        "proposal.submitted", {"area": "tdp-03", "addressed_to": "office", "theme": "payment", "text": CANARY}
    )
    waits = about(str(uuid.uuid4()), "feedback.answered", office="bank", text=CANARY)
    arrive(stack, raised, opened, helped, reported, proposed, waits)
    wrong = [
        assist(citizen_number=f"{CITIZEN}x"),
        assist(service=CITIZEN),
        feedback(CANARY, area="tdp-99"),
        assist() | {"data": {CANARY: 1}},
        assist() | {"type": CANARY},
    ]
    assert all(stack.post(one).status_code == 422 for one in wrong)
    asked = [
        "sessions", f"sessions/{opened['subject']}", f"sessions/{opened['subject']}/assists", "feedback", "pending",
        "refused", "refused/summary", "catalogue", "changes", f"assists/{helped['subject']}",
        *(f"subjects/{one['subject']}" for one in (raised, helped, reported, proposed)),
        *(f"events/{one['id']}" for one in (raised, helped, reported, proposed, waits)),
    ]  # fmt: skip

    answers = {path: json.dumps(read(stack, path), ensure_ascii=False) for path in asked}
    answers |= {f"{path} it": get(stack, path, IT).text for path in ("pending", "refused", "refused/summary")}
    answers["district"] = get(stack, f"feedback/{raised['subject']}", DISTRICT).text

    assert {path for path, answer in answers.items() if "Kín" in answer or CITIZEN in answer} == set()
    assert CANARY in get(stack, f"feedback/{raised['subject']}").text


# -- the documents -----------------------------------------------------------------------------------------------------


def test_every_reading_route_is_documented_with_an_example_and_its_scopes(stack: Stack) -> None:
    told = httpx.get(f"{stack.url('sessions')}/openapi.json", trust_env=False).json()
    heads = {path.split("/")[0] for path in ROUTES}
    paths = {path: item["get"] for path, item in told["paths"].items() if path.split("/")[2] in heads and "get" in item}

    assert len(paths) == len(ROUTES)
    for path, operation in paths.items():
        assert operation["security"], path
        content = operation["responses"]["200"]["content"]["application/json"]
        assert content["schema"], path
        assert content["example"], path


def test_an_answer_is_what_its_schema_says(stack: Stack) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    opened, raised, helped = session(), feedback("Hỏi."), assist()
    arrive(stack, opened, raised, helped)
    told = httpx.get(f"{stack.url('sessions')}/openapi.json", trust_env=False).json()
    asked = {
        "/v1/sessions": "sessions", "/v1/sessions/{session_id}": f"sessions/{opened['subject']}",
        "/v1/feedback/{feedback_id}": f"feedback/{raised['subject']}", "/v1/assists/{assist_id}": f"assists/{helped['subject']}",
        "/v1/pending": "pending", "/v1/refused": "refused", "/v1/refused/summary": "refused/summary",
        "/v1/catalogue": "catalogue", "/v1/changes": "changes", "/v1/subjects/{subject_id}": f"subjects/{raised['subject']}",
        "/v1/events/{event_id}": f"events/{helped['id']}",
    }  # fmt: skip

    for path, address in asked.items():
        schema = told["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        jsonschema.validate(read(stack, address), schema | {"components": told["components"]})
