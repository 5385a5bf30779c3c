"""The client of `cds push` against a server that cuts connections, is busy, or is not the platform at all."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Event, Thread, Timer
from time import sleep
from typing import Any

import httpx
import pytest

from deploy.cds.push import CannotSend, Patience, Queue, Sender, Token, Unanswered
from deploy.cds.push.command import main
from deploy.cds.push.courier import retry_after
from deploy.cds.push.feeding import feed, keep_feeding

SOON = Patience(give_up_after=10, first_pause=0.01, longest_pause=0.05)


class Platform(ThreadingHTTPServer):
    """`answers` gives for the n-th request of events (status, headers, body) instead of what is right."""

    daemon_threads = True

    def __init__(self, answers: dict[int, tuple[int, dict[str, str], bytes]]) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.answers, self.requests, self.tokens = answers, 0, 0
        self.fate: Callable[[dict[str, Any]], dict[str, Any]] = lambda event: {}
        self.known: Counter[str] = Counter()
        self.sizes: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answering(BaseHTTPRequestHandler):
    server: Platform

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/oauth/token":
            self.server.tokens += 1
            return self.say(200, {}, {"access_token": f"t{self.server.tokens}", "expires_in": 900})
        self.server.requests += 1
        if (answer := self.server.answers.get(self.server.requests)) is not None:
            status, headers, content = answer
            if status == 0:
                return self.connection.close()
            return self.say(status, headers, content)
        try:
            batch = json.loads(gzip.decompress(body), object_pairs_hook=once)
        except ValueError as problem:
            return self.say(400, {}, {"code": "malformed_json", "detail": str(problem)})
        self.server.sizes.append(len(batch))
        return self.say(200, {}, {"results": [self.take(event) for event in batch]})

    def take(self, event: dict[str, Any]) -> dict[str, Any]:
        self.server.known[event["id"]] += 1
        status = "accepted" if self.server.known[event["id"]] == 1 else "duplicate"
        return {"id": event["id"], "status": status} | self.server.fate(event)

    def say(self, status: int, headers: dict[str, str], body: Any) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(content))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key twice")
    return dict(pairs)


@pytest.fixture
def serve() -> Iterator[Callable[..., Platform]]:
    running: list[Platform] = []

    def start(answers: dict[int, tuple[int, dict[str, str], bytes]] | None = None) -> Platform:
        running.append(Platform(answers or {}))
        Thread(target=running[-1].serve_forever, args=(0.02,), daemon=True).start()
        return running[-1]

    yield start
    for one in running:
        one.shutdown()
        one.server_close()


def events(count: int) -> list[dict[str, Any]]:
    return [{"id": f"e{number}", "type": "vn.congdongso.assist.recorded.v1", "data": {}} for number in range(count)]


def sender(queue: Queue, platform: Platform, **more: Any) -> Sender:
    options: dict[str, Any] = {"patience": SOON, "batch": 4} | more
    return Sender(queue, platform.url, Token(platform.url, "app", "secret"), **options)


def test_every_event_gets_its_fate_and_only_the_fate_stays(serve: Any, tmp_path: Path) -> None:
    platform = serve()
    with Queue(tmp_path / "q.sqlite") as queue, sender(queue, platform) as sending:
        queue.put(events(10))

        assert sending.send_waiting() == 10

        assert queue.counts() == {"accepted": 10}
        assert platform.sizes == [4, 4, 2]
        assert all(b'"data"' not in file.read_bytes() for file in tmp_path.iterdir())
        assert all(file.stat().st_mode & 0o077 == 0 for file in tmp_path.iterdir())


@pytest.mark.parametrize(
    "answer",
    [
        (0, {}, b""),
        (503, {"Retry-After": "0"}, b"{}"),
        (429, {"Retry-After": "0"}, b"{}"),
        (500, {}, b"oops"),
        (401, {}, b"{}"),
        (200, {}, b"<html>Xin chao, vui long dang nhap wifi</html>"),
        (302, {"Location": "http://192.0.2.1/login"}, b""),
        (403, {}, b"<html>proxy</html>"),
    ],
    ids=["cut", "503", "429", "500", "401", "login page", "redirect", "proxy"],
)
def test_what_is_no_answer_of_the_platform_is_tried_again(serve: Any, answer: Any) -> None:
    platform = serve({1: answer, 2: answer})
    with Queue(":memory:") as queue, sender(queue, platform) as sending:
        queue.put(events(3))

        sending.send_waiting()

        assert queue.counts() == {"accepted": 3}
        assert platform.tokens == (3 if answer[0] == 401 else 1)


def test_one_event_that_spoils_its_batch_holds_up_nobody(serve: Any) -> None:
    platform = serve()
    with Queue(":memory:") as queue, sender(queue, platform, batch=8) as sending:
        queue.put(
            [*events(5), b'{"id": "twice", "id": "twice"}', *events(8)[5:], b"no json at all", b'{"a":1},{"b":2}']
        )

        sending.send_waiting()

        assert queue.counts() == {"accepted": 8, "rejected": 3}
        assert [one.code for one in queue.refused()] == ["malformed_json", "unreadable", "unreadable"]
        assert max(platform.known.values()) == 1


def test_refused_events_stay_with_the_reason_and_can_be_sent_again(serve: Any) -> None:
    platform = serve()
    platform.fate = lambda event: (
        {"status": "rejected", "code": "forbidden_area", "errors": [{"field": "data.area", "message": "không phải"}]}
        if event["id"] == "e1"
        else {}
    )
    with Queue(":memory:") as queue, sender(queue, platform) as sending:
        queue.put(events(3))
        sending.send_waiting()
        (refused,) = queue.refused()
        assert (refused.event_id, refused.code, refused.message) == ("e1", "forbidden_area", "data.area: không phải")
        assert json.loads(refused.body) == events(3)[1]

        platform.fate = lambda event: {}
        assert queue.retry_refused() == 1
        sending.send_waiting()

        assert queue.counts() == {"accepted": 2, "duplicate": 1}


def test_a_batch_refused_for_its_sender_loses_nothing(serve: Any) -> None:
    platform = serve({1: (403, {}, b'{"code": "insufficient_scope", "detail": "no"}')})
    with Queue(":memory:") as queue, sender(queue, platform) as sending:
        queue.put(events(3))

        with pytest.raises(CannotSend, match="insufficient_scope"):
            sending.send_waiting()

        assert queue.counts() == {"waiting": 3}


def test_patience_ends_and_a_stop_is_heard(serve: Any) -> None:
    platform = serve({n: (503, {}, b"{}") for n in range(1, 1000)})
    stop = Event()
    with Queue(":memory:") as queue, sender(queue, platform, patience=Patience(0.05, 0.01, 0.01)) as sending:
        queue.put(events(1))
        with pytest.raises(Unanswered):
            sending.send_waiting()
    with Queue(":memory:") as queue, sender(queue, platform, patience=Patience(60, 60, 60), stop=stop) as sending:
        queue.put(events(1))
        Timer(0.2, stop.set).start()
        with pytest.raises(Unanswered):
            sending.send_waiting()


def test_the_same_bytes_wait_once_also_after_a_restart(serve: Any, tmp_path: Path) -> None:
    with Queue(tmp_path / "q") as queue:
        assert queue.put(events(3)) == 3
        assert queue.put(events(4)) == 1
    with Queue(tmp_path / "q") as queue, sender(queue, serve()) as sending:
        sending.send_waiting()
        assert queue.put(events(4)) == 0
        assert queue.counts() == {"accepted": 4}


def test_two_programs_share_a_queue(serve: Any, tmp_path: Path) -> None:
    platform = serve()
    with Queue(tmp_path / "q") as one, Queue(tmp_path / "q") as other:
        one.put(events(40))
        with sender(one, platform) as first, sender(other, platform) as second:
            threads = [Thread(target=sending.send_waiting) for sending in (first, second)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        assert sum(one.counts().values()) == 40
        assert "waiting" not in one.counts()


def test_pauses_are_jittered_grow_and_honour_retry_after() -> None:
    patience, chance = Patience(first_pause=1, longest_pause=8), Random(1)
    answer = httpx.Response(503, headers={"Retry-After": "3"})
    later = httpx.Response(503, headers={"Retry-After": format_datetime(datetime.now(UTC) + timedelta(seconds=90))})

    pauses = [[patience.pause(attempt, None, chance) for _ in range(300)] for attempt in range(6)]

    assert [round(max(some)) for some in pauses] == [1, 2, 4, 8, 8, 8]
    assert all(min(some) < 0.1 * max(some) for some in pauses)
    assert 3 <= patience.pause(0, answer, chance) <= 4
    assert 80 < retry_after(later) <= 90
    assert patience.pause(10_000, None, chance) <= 8


def test_a_file_is_fed_line_by_line_and_a_half_line_is_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "events.ndjson"
    file.write_text("".join(json.dumps(one) + "\n\n" for one in events(3)) + '{"id": "half', encoding="utf-8")
    stop = Event()
    with Queue(":memory:") as queue, file.open("rb") as source:
        follower = Thread(target=keep_feeding, args=(queue, source, stop))
        follower.start()
        try:
            wait(lambda: queue.counts() == {"waiting": 3})
            with file.open("a", encoding="utf-8") as more:
                more.write('"}\n')
            wait(lambda: queue.counts() == {"waiting": 4})
        finally:
            stop.set()
            follower.join()
        with file.open("rb") as again:
            assert feed(queue, again) == 0


def wait(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        sleep(0.01)
    raise AssertionError("not within ten seconds")


def test_the_command_line_ends_with_the_status_of_the_queue(
    serve: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    platform, backlog = serve(), tmp_path / "backlog"
    backlog.write_text("".join(json.dumps(one) + "\n" for one in events(3)) + "broken\n", encoding="utf-8")
    monkeypatch.setenv("CDS_CLIENT_SECRET", "secret")
    queue = ["--queue", str(tmp_path / "q")]
    sending = [*queue, "--to", platform.url, "--client-id", "app"]

    assert main([*sending, "--from", str(backlog)]) == 1
    assert "gửi xong 3 sự kiện: 3 được ghi nhận" in capsys.readouterr().out
    assert main([*queue, "--show-refused"]) == 1
    assert main([*queue, "--forget-refused"]) == 0
    assert main(sending) == 0
    assert main([*sending, "--from", str(tmp_path / "nowhere")]) == 2
    assert main([*sending, "--to", "http://127.0.0.1:9", "--give-up", "0", "--from", str(backlog)]) == 1
