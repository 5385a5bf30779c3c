"""The story of one event, told in the nine steps of docs/architecture.md, over RabbitMQ and PostgreSQL.

A volunteer in Hải Thành has helped a resident of group 3 to activate VNeID; the ward's app reports it, and the
district reads the figure. Each paragraph looks at what its step has left behind.
"""

import json

import httpx
import msgspec
import pika

from shared import segments, strict_json
from shared.events import facts
from shared.events.base import Envelope
from shared.events.sessions import AssistRecorded
from tests.support.events import DAY, assist
from tests.support.postgres import TestPostgres
from tests.support.stack import HAI_THANH, Stack, wait_for


def test_one_event_goes_from_a_ward_apps_request_to_the_districts_figure(
    postgres: TestPostgres, broker_url: str
) -> None:
    with Stack(postgres, broker_url) as stack:
        sent = assist(citizen_number="031099000123", age_band="60_plus")

        # 1. The contract: the event is plain JSON that every reader reads alike, and fits its annotated class.
        value = strict_json.loads(json.dumps(sent).encode())
        assert str(msgspec.convert(value, Envelope).id) == sent["id"]
        assert msgspec.convert(value["data"], AssistRecorded).service == "vneid_activation"

        # 2. The intake: an app with a token of the registry posts it and reads its fate.
        stack.serve()
        answer = stack.post(sent, HAI_THANH)
        assert (answer.status_code, answer.json()["status"]) == (201, "accepted")

        # 3. The event log: one row, written with the state of the assist, without the citizen number.
        ((body,),) = stack.ask("sessions", "SELECT body FROM event_log")
        fact = facts.decode_fact(facts.decode_batch(b"[" + body + b"]")[0])
        assert isinstance(fact, facts.AssistFact)
        assert fact.after is not None
        assert str(fact.after.day) == DAY
        assert b"031099000123" not in body
        assert stack.ask("sessions", "SELECT kind FROM entity WHERE subject = %s", sent["subject"]) == [("assist",)]

        # 4. and 5. The relay cuts the log into a numbered segment, and the broker confirms it.
        stack.relay("sessions")
        wait_for(lambda: stack.ask("sessions", "SELECT 1 FROM segment WHERE published_at IS NOT NULL"))
        ((shard, number, stored),) = stack.ask("sessions", "SELECT shard, number, body FROM segment")
        assert number == 1
        assert stack.ask("sessions", "SELECT count(*) FROM event_log") == [(0,)]
        assert _message_of(broker_url, shard) == stored

        # 6. The feed serves the same bytes to whoever missed the message.
        ((epoch,),) = stack.ask("sessions", "SELECT epoch FROM stream_state")
        page = httpx.get(
            f"{stack.url('sessions')}/internal/v1/streams/sessions/epochs/{epoch}/shards/{shard}/segments",
            headers={"Authorization": f"Bearer {stack.settings.internal_secret}"},
            trust_env=False,
        )
        assert stored in page.content
        assert segments.Segment("sessions", epoch, shard, 1, 1, stored).inflate() == b"[" + body + b"]"

        # 7. and 8. The consumer applies it once: position and projection move in one transaction.
        stack.consumer("reporting")
        stack.settle()
        position = stack.ask(
            "reporting", "SELECT segment FROM position WHERE stream = 'sessions' AND shard = %s", shard
        )
        assert position == [(1,)]
        assert stack.ask("reporting", "SELECT service, age_band, assists FROM assists_by_day") == [
            ("vneid_activation", "60_plus", 1)
        ]

        # 9. The district reads the figure, rolled up to the ward of that day.
        found = stack.tallies(from_=DAY, to=DAY, group_by="area,service", level="ward")
        (row,) = found["rows"]
        assert (row["area"]["code"], row["service"], row["assists"], row["single"]) == (
            "11692", "vneid_activation", 1, 1,
        )  # fmt: skip
        assert found["totals"]["success_rate"] == 100.0

        # And sent again, because the app never saw the answer, it changes nothing.
        again = stack.post(sent, HAI_THANH)
        assert (again.status_code, again.json()["status"]) == (200, "duplicate")
        assert again.json()["recordedtime"] == answer.json()["recordedtime"]
        stack.settle()
        assert stack.tallies(from_=DAY, to=DAY)["totals"]["assists"] == 1


def _message_of(broker_url: str, shard: int) -> bytes:
    """The message waiting for reporting, looked at and not acknowledged: it goes back when the connection closes."""
    connection = pika.BlockingConnection(pika.URLParameters(broker_url))
    channel = connection.channel()
    _method, properties, body = next(channel.consume(f"reporting.sessions.{shard}", inactivity_timeout=10))
    assert properties.content_type == "application/cloudevents-batch+json"
    assert properties.headers["segment"] == 1
    connection.close()
    return bytes(body)
