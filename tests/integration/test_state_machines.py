"""What events do to the thing they are about, over HTTP and through the resolver: in every order of arrival the same.

The resolver is called by hand until nothing moves.
"""

from __future__ import annotations

import itertools
import json
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from services.sessions import resolver
from tests.support.by_hand import resolve_all
from tests.support.events import about, assist, correction, event, feedback, session, tally
from tests.support.postgres import TestPostgres
from tests.support.stack import HAI_THANH, Stack

Event = dict[str, Any]


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://") as made:
        made.serve("registry", "sessions")
        yield made


def send(stack: Stack, sent: Event, status: str) -> dict[str, Any]:
    answer = stack.post(sent)
    assert answer.json().get("status") == status, answer.text
    return dict(answer.json())


def refusal(stack: Stack, sent: Event) -> dict[str, Any]:
    answer = stack.post(sent)
    assert answer.status_code in (403, 409, 410, 422), answer.text
    return dict(answer.json())


def arrive(stack: Stack, events: Sequence[Event]) -> None:
    """All of them, each accepted at once or to wait, and then what waits is resolved."""
    for one in events:
        assert stack.post(one).status_code in (201, 202)
    resolve_all(stack)


def state(stack: Stack, subject: str) -> dict[str, Any]:
    rows = stack.ask("sessions", "SELECT content, is_void FROM entity WHERE subject = %s", subject)
    assert len(rows) == 1
    return json.loads(rows[0][0]) | {"is_void": rows[0][1]}


def waiting(stack: Stack, subject: str) -> int:
    return int(stack.ask("sessions", "SELECT count(*) FROM pending WHERE subject = %s", subject)[0][0])


def facts(stack: Stack, subject: str) -> list[dict[str, Any]]:
    """What the log tells of a subject, in its order."""
    rows = stack.ask("sessions", "SELECT body FROM event_log ORDER BY xid, log_id")
    return [found for row in rows if (found := json.loads(row[0]))["subject"] == subject]


def net(told: Sequence[dict[str, Any]]) -> Counter[str]:
    """What an additive reader makes of facts: states after, less states before."""
    count: Counter[str] = Counter()
    for one in told:
        data = one["data"]
        before = data.get("before")
        after = data.get("content") if data.get("applies", True) else before
        for content, sign in ((before, -1), (after, +1)):
            if content is not None:
                count[json.dumps(content, sort_keys=True)] += sign
    return Counter({key: value for key, value in count.items() if value})


def again(events: Sequence[Event], subject: str) -> list[Event]:
    """The same events about another subject, with other ids."""
    return [one | {"id": str(uuid.uuid4()), "subject": subject} for one in events]


# -- feedback ----------------------------------------------------------------------------------------------------------


def on_its_way() -> list[Event]:
    subject = str(uuid.uuid4())
    return [
        feedback() | {"subject": subject, "time": "2023-03-08T08:00:00+07:00"},
        about(subject, "feedback.forwarded", "2023-03-08T09:00:00+07:00", to_office="telecom", due_on="2023-03-15"),
        about(subject, "feedback.answered", "2023-03-08T10:00:00+07:00", office="telecom", text="Đã sửa."),
        about(subject, "feedback.reopened", "2023-03-08T11:00:00+07:00", reason_code="not_done"),
        about(subject, "feedback.resolved", "2023-03-08T12:00:00+07:00", result="done"),
    ]


def test_the_steps_of_a_feedback_stand_in_the_order_of_their_times_whatever_order_they_arrive_in(stack: Stack) -> None:
    steps = on_its_way()
    outcomes = []
    for seed, order in enumerate(itertools.permutations(range(len(steps)))):
        if seed % 3:
            continue
        mine = again(steps, str(uuid.uuid4()))
        arrive(stack, [mine[place] for place in order])

        subject = mine[0]["subject"]
        assert waiting(stack, subject) == 0
        outcomes.append([step["step"] for step in state(stack, subject)["steps"]])
        assert sum(net(facts(stack, subject)).values()) == 1

    assert len(outcomes) == 40
    assert all(steps == ["forwarded", "answered", "reopened", "resolved"] for steps in outcomes)


def test_a_reopening_without_an_answer_waits_for_the_answer(stack: Stack) -> None:
    raised, _, answered, reopened, _ = on_its_way()
    arrive(stack, [raised])

    send(stack, reopened, "pending_reference")
    arrive(stack, [])
    assert waiting(stack, raised["subject"]) == 1
    arrive(stack, [answered])

    assert waiting(stack, raised["subject"]) == 0
    assert [step["step"] for step in state(stack, raised["subject"])["steps"]] == ["answered", "reopened"]


def test_an_answer_after_the_resolution_waits_for_a_reopening(stack: Stack) -> None:
    raised, _, answered, *_ = on_its_way()
    resolved = about(raised["subject"], "feedback.resolved", "2023-03-08T09:30:00+07:00", result="explained")
    arrive(stack, [raised, resolved])

    send(stack, answered, "pending_reference")

    assert [step["step"] for step in state(stack, raised["subject"])["steps"]] == ["resolved"]


def test_the_text_of_an_answer_that_came_too_early_is_kept_and_finds_its_area(stack: Stack) -> None:
    raised, _, answered, *_ = on_its_way()
    send(stack, answered, "pending_reference")
    (before,) = stack.ask("sessions", "SELECT text, area_id FROM free_text WHERE event_id = %s", answered["id"])

    arrive(stack, [raised])

    (after,) = stack.ask("sessions", "SELECT text, area_id FROM free_text WHERE event_id = %s", answered["id"])
    assert before == ("Đã sửa.", None)
    assert after[0] == "Đã sửa."
    assert str(after[1]) == state(stack, raised["subject"])["area"]
    assert "Đã sửa" not in json.dumps(facts(stack, raised["subject"]), ensure_ascii=False)


def test_a_step_before_the_raising_is_impossible_and_says_what_is_possible(stack: Stack) -> None:
    raised, *_ = on_its_way()
    arrive(stack, [raised])

    body = refusal(stack, about(raised["subject"], "feedback.resolved", "2023-03-07T09:00:00+07:00", result="done"))

    assert body["reason"] == "impossible_step"
    assert "feedback.answered, feedback.forwarded, feedback.resolved" in body["detail"]


def test_a_feedback_is_no_duplicate_of_itself_and_a_duplicate_names_the_other(stack: Stack) -> None:
    raised, *_ = on_its_way()
    subject = raised["subject"]
    arrive(stack, [raised])

    itself = refusal(stack, about(subject, "feedback.resolved", result="duplicate", duplicate_of=subject))
    nobody = refusal(stack, about(subject, "feedback.resolved", result="duplicate"))

    assert (itself["errors"][0]["field"], nobody["errors"][0]["field"]) == ("data.duplicate_of", "data.duplicate_of")
    other = str(uuid.uuid4())
    send(stack, about(subject, "feedback.resolved", result="duplicate", duplicate_of=other), "accepted")


def test_an_answer_that_stood_before_an_earlier_resolution_arrived_waits_too(stack: Stack) -> None:
    raised, _, answered, reopened, _ = on_its_way()
    resolved = about(raised["subject"], "feedback.resolved", "2023-03-08T09:30:00+07:00", result="explained")
    between = reopened | {"time": "2023-03-08T09:45:00+07:00"}
    for order in itertools.permutations([raised, resolved, answered]):
        mine = again(order, str(uuid.uuid4()))
        arrive(stack, mine)
        subject = mine[0]["subject"]
        assert [step["step"] for step in state(stack, subject)["steps"]] == ["resolved"]

        arrive(stack, again([between], subject))

        assert [step["step"] for step in state(stack, subject)["steps"]] == ["resolved", "reopened", "answered"]


# -- sessions ----------------------------------------------------------------------------------------------------------


def gathering(*, void_assists: bool) -> tuple[list[Event], list[str]]:
    """A session with two assists, one of them corrected, closed and voided; and the subjects of the assists."""
    opened = session()
    subject = opened["subject"]
    first, second = assist(session=subject), assist(session=subject, service="digital_skills")
    closed = about(subject, "session.closed", "2023-03-08T21:00:00+07:00", area="tdp-03", attendees=12)
    mended = correction(second["subject"], "2023-03-08T20:00:00+07:00", service="online_safety", session=subject)
    voided = about(
        subject, "session.voided", "2023-03-09T08:00:00+07:00", reason_code="duplicate", void_assists=void_assists
    )
    return [opened, first, second, mended, closed, voided], [first["subject"], second["subject"]]


@pytest.mark.parametrize("void_assists", [True, False])
def test_a_voided_session_takes_its_assists_along_when_it_says_so_in_every_order(
    stack: Stack, void_assists: bool
) -> None:
    for seed, order in enumerate(itertools.permutations(range(6))):
        if seed % 23:
            continue
        events, assists = gathering(void_assists=void_assists)
        arrive(stack, [events[place] for place in order])

        assert state(stack, events[0]["subject"])["is_void"]
        assert net(facts(stack, events[0]["subject"])) == {}
        for subject in assists:
            told = net(facts(stack, subject))
            assert state(stack, subject)["is_void"] is void_assists
            assert sum(told.values()) == (0 if void_assists else 1), (order, told)
        if not void_assists:
            assert "online_safety" in next(iter(net(facts(stack, assists[1]))))


def test_an_assist_that_was_not_held_at_the_voided_session_counts_in_every_order(stack: Stack) -> None:
    for order in itertools.permutations(range(3)):
        opened = session()
        held = assist(session=opened["subject"])
        moved = correction(held["subject"], "2023-03-08T21:00:00+07:00")
        gone = about(opened["subject"], "session.voided", reason_code="test", void_assists=True)
        arrive(stack, [opened, *([held, moved, gone][place] for place in order)])

        assert not state(stack, held["subject"])["is_void"], order
        assert sum(net(facts(stack, held["subject"])).values()) == 1, order


def test_no_id_that_a_sender_chooses_is_in_the_way_of_a_void(stack: Stack) -> None:
    opened = session()
    held = assist(session=opened["subject"])
    gone = about(opened["subject"], "session.voided", reason_code="test", void_assists=True)
    taken = assist() | {"id": str(uuid.uuid5(uuid.UUID(gone["id"]), held["subject"]))}

    arrive(stack, [opened, held, taken, gone])

    assert state(stack, held["subject"])["is_void"]


def test_the_assists_of_another_ward_are_not_taken_along(stack: Stack) -> None:
    opened = session()
    foreign = assist("app-11689-2023", area="tdp-01", session=opened["subject"])
    arrive(stack, [opened])
    assert stack.post(foreign, "app-11689-2023").json()["status"] == "accepted"

    arrive(stack, [about(opened["subject"], "session.voided", reason_code="test", void_assists=True)])

    assert not state(stack, foreign["subject"])["is_void"]


def test_a_closing_is_put_together_with_its_opening(stack: Stack) -> None:
    opened = session(theme="VNeID")
    closed = about(opened["subject"], "session.closed", "2023-03-08T21:00:00+07:00", area="tdp-03", attendees=12)
    arrive(stack, [closed, opened])

    found = state(stack, opened["subject"])

    assert (found["kind"], found["theme"], found["attendees"]) == ("support", "VNeID", 12)
    assert (found["opened_at"], found["closed_at"]) == (opened["time"], closed["time"])


def test_who_comes_before_the_opening_waits_for_it_and_a_void_session_has_nobody(stack: Stack) -> None:
    opened = session()
    come = about(opened["subject"], "attendance.checked_in", area="tdp-03", volunteer=str(uuid.uuid4()))
    gone = about(opened["subject"], "attendance.checked_out", area="tdp-03", volunteer=come["data"]["volunteer"])
    send(stack, come, "pending_reference")
    arrive(stack, [opened, about(opened["subject"], "session.voided", reason_code="test", void_assists=False), gone])

    told = {one["type"]: one["data"] for one in facts(stack, opened["subject"])}

    assert told["vn.congdongso.attendance.checked_in.v1"]["content"]["session"] == opened["subject"]
    assert told["vn.congdongso.attendance.checked_in.v1"]["content"]["marks"][-1:] == ["unverified:volunteer"]
    assert told["vn.congdongso.attendance.checked_out.v1"]["applies"] is False


def test_an_attendance_of_an_erased_person_is_gone(stack: Stack) -> None:
    opened, erased = session(), str(uuid.uuid4())
    arrive(stack, [opened])
    stack.do("sessions", "INSERT INTO volunteer (volunteer_id, is_erased) VALUES (%s, true)", erased)

    body = refusal(stack, about(opened["subject"], "attendance.checked_in", area="tdp-03", volunteer=erased))

    assert body["status"] == 410
    assert erased not in body["detail"]


def test_an_assist_that_names_an_erased_person_counts_for_the_resident(stack: Stack) -> None:
    erased = str(uuid.uuid4())
    helped = assist(volunteers=[erased])
    stack.do("sessions", "INSERT INTO volunteer (volunteer_id, is_erased) VALUES (%s, true)", erased)

    send(stack, helped, "accepted")

    assert state(stack, helped["subject"])["volunteers"] == [erased]


# -- tallies, incidents, proposals -------------------------------------------------------------------------------------


def test_a_voided_tally_stays_void_in_every_order(stack: Stack) -> None:
    first = tally(("vneid_activation", "completed", 5))
    subject = first["subject"]
    second = tally(("vneid_activation", "completed", 9), version=2) | {"subject": subject}
    voided = about(subject, "tally.voided", reason_code="test")
    for order in itertools.permutations([first, second, voided]):
        mine = again(order, str(uuid.uuid4()))
        arrive(stack, mine)

        assert state(stack, mine[0]["subject"])["is_void"]
        assert net(facts(stack, mine[0]["subject"])) == {}


def test_a_voided_incident_counts_nowhere_in_every_order(stack: Stack) -> None:
    reported = event("incident.reported", {"area": "tdp-03", "kind": "online_scam", "via": "zalo", "text": "Giả danh."})
    voided = about(reported["subject"], "incident.voided", reason_code="duplicate")
    for order in ([reported, voided], [voided, reported], [voided, voided | {"id": str(uuid.uuid4())}, reported]):
        mine = again(order, str(uuid.uuid4()))
        arrive(stack, mine)

        assert state(stack, mine[0]["subject"])["is_void"]
        assert net(facts(stack, mine[0]["subject"])) == {}


def test_the_newest_answer_to_a_proposal_holds_in_every_order(stack: Stack) -> None:
    submitted = event(
        "proposal.submitted",
        {"area": "tdp-03", "addressed_to": "youth_union", "theme": "payment", "text": "Thêm mã QR ở chợ."},
    )
    subject = submitted["subject"]
    early = about(subject, "proposal.answered", "2023-03-09T08:00:00+07:00", result="noted")
    late = about(subject, "proposal.answered", "2023-03-10T08:00:00+07:00", result="accepted", text="Đồng ý.")
    for order in itertools.permutations([submitted, early, late]):
        mine = again(order, str(uuid.uuid4()))
        arrive(stack, mine)

        found = state(stack, mine[0]["subject"])
        assert (found["result"], found["answered_at"]) == ("accepted", late["time"])
        assert sum(net(facts(stack, mine[0]["subject"])).values()) == 1


@pytest.mark.parametrize(
    ("second", "possible"),
    [
        (assist, "assist.corrected, assist.voided"),
        (session, "session.closed, session.voided"),
        (feedback, "feedback.answered, feedback.forwarded, feedback.resolved"),
    ],
)
def test_a_subject_is_begun_once_and_the_answer_says_what_is_possible(stack: Stack, second: Any, possible: str) -> None:
    first = second()
    arrive(stack, [first])

    body = refusal(stack, second() | {"subject": first["subject"]})

    assert body["reason"] == "subject_exists"
    assert possible in body["detail"]


# -- dry runs, refused events, the sandbox -----------------------------------------------------------------------------


def test_a_dry_run_answers_the_same_and_stores_nothing(stack: Stack) -> None:
    good, bad = assist(), assist(service="VNeID")

    tried = [stack.post(one, params={"dry_run": "true"}) for one in (good, bad)]
    kept = stack.ask("sessions", "SELECT count(*) FROM event_log WHERE event_id = %s", good["id"])[0][0]
    refused = stack.ask("sessions", "SELECT count(*) FROM refused WHERE event_id = %s", bad["id"])[0][0]

    assert [answer.status_code for answer in tried] == [201, 422]
    assert (kept, refused) == (0, 0)
    send(stack, good, "accepted")


def test_a_refused_event_is_kept_without_a_value_of_it(stack: Stack) -> None:
    name = "Nguyễn Thị Bí Mật 0912345678"
    unknown = assist() | {"type": name}
    wrong = assist(service=name, hoten=name)
    conflict = assist()
    arrive(stack, [conflict])
    for one in (unknown, wrong, conflict | {"data": conflict["data"] | {"outcome": "failed", "reason": "other"}}):
        refusal(stack, one)

    columns = "client_id, event_id::text, type, code, field, ward_id IS NOT NULL, first_digest, digest"
    rows = stack.ask("sessions", f"SELECT {columns} FROM refused ORDER BY refused_id DESC LIMIT 3")

    clash, bad, strange = rows
    assert strange[:5] == (HAI_THANH, unknown["id"], None, "unknown_type", None)
    assert bad[:4] == (HAI_THANH, wrong["id"], wrong["type"], "invalid_data")
    assert bad[4] in ("data.service", None)
    assert clash[3] == "id_conflict"
    assert clash[6] != clash[7]
    assert len(clash[6]) == len(clash[7]) == 16
    assert all(row[5] for row in rows)
    assert "Bí Mật" not in str(stack.ask("sessions", "SELECT * FROM refused"))


def test_refused_events_are_bounded_by_client_and_age(stack: Stack) -> None:
    many = "INSERT INTO refused (client_id, received_at, code) SELECT %s, now() - %s * interval '1 day', 'x' FROM generate_series(1, %s)"
    stack.do("sessions", many, "app-many", 1, 1200)
    stack.do("sessions", many, "app-old", 31, 5)

    engine = stack.engine("sessions")
    resolver.forget(engine)
    engine.dispose()

    left = dict(stack.ask("sessions", "SELECT client_id, count(*) FROM refused GROUP BY 1"))
    assert left["app-many"] == 1000
    assert "app-old" not in left


def test_what_a_sandbox_client_sends_is_decided_and_counts_nowhere(stack: Stack) -> None:
    client = stack.sandbox("11692", on="2023-03-08")
    mine, real = assist(client), assist()
    arrive(stack, [real])

    first = stack.post(mine, client)
    twice = stack.post(mine, client)
    voided = stack.post(
        about(mine["subject"], "assist.voided", reason_code="test") | {"source": mine["source"]}, client
    )
    foreign = stack.post(
        about(real["subject"], "assist.voided", reason_code="test") | {"source": mine["source"]}, client
    )
    shards = stack.ask(
        "sessions", "SELECT DISTINCT shard FROM event_log JOIN source USING (source_id) WHERE name = %s", mine["source"]
    )

    assert [answer.status_code for answer in (first, twice, voided, foreign)] == [201, 200, 201, 422]
    assert shards == [(-1,)]
    assert not state(stack, real["subject"])["is_void"]


def test_the_sandbox_is_emptied_after_a_week(stack: Stack) -> None:
    client = stack.sandbox("11692", on="2023-03-08")
    mine, real = feedback() | {"source": f"/apps/{client}"}, assist()
    arrive(stack, [real])
    assert stack.post(mine, client).status_code == 201
    stack.do("sessions", "UPDATE entity SET changed_at = now() - interval '8 days'")
    stack.do("sessions", "UPDATE event_log SET recorded_at = now() - interval '8 days'")

    engine = stack.engine("sessions")
    resolver.forget(engine)
    engine.dispose()

    assert stack.ask("sessions", "SELECT count(*) FROM event_log WHERE shard = -1") == [(0,)]
    assert stack.ask("sessions", "SELECT count(*) FROM free_text WHERE subject = %s", mine["subject"]) == [(0,)]
    assert stack.ask("sessions", "SELECT count(*) FROM entity WHERE subject = %s", mine["subject"]) == [(0,)]
    assert stack.ask("sessions", "SELECT count(*) FROM entity WHERE subject = %s", real["subject"]) == [(1,)]
