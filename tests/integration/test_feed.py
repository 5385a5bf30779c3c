"""The feed over HTTP: what was cut is served byte for byte, to our own services, and a source that went back is noticed."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator

import httpx
import pytest

from shared import database, segments
from shared.feed import FRAME, EpochChanged, FeedClient, FeedError
from tests.support.events import assist
from tests.support.ports import free_port
from tests.support.postgres import TestPostgres
from tests.support.stack import INTERNAL_SECRET, Stack, WebServer


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    """A sessions service with five segments of one event each in one shard."""
    with Stack(postgres, "memory://") as made:
        made.serve("registry", "sessions")
        for _ in range(5):
            assert made.post(assist()).status_code == 201
            with database.transaction(made.engine("sessions")) as connection:
                assert segments.cut(connection, range(4)) == 1
        yield made


@pytest.fixture(scope="module")
def feed(stack: Stack) -> Iterator[FeedClient]:
    client = FeedClient(stack.url("sessions"), "sessions", INTERNAL_SECRET)
    yield client
    client.close()


@pytest.fixture(scope="module")
def shard(stack: Stack) -> int:
    found: int = stack.ask("sessions", "SELECT DISTINCT shard FROM segment")[0][0]
    return found


def test_heads_tell_the_last_number_of_every_shard(stack: Stack, feed: FeedClient, shard: int) -> None:
    heads = feed.heads()

    assert heads.numbers == [5 if number == shard else 0 for number in range(4)]
    assert heads.epoch == stack.ask("sessions", "SELECT epoch FROM stream_state")[0][0]


def test_the_bytes_served_are_the_bytes_cut(stack: Stack, feed: FeedClient, shard: int) -> None:
    page = feed.read(feed.heads().epoch, shard, 0)

    stored = stack.ask("sessions", "SELECT number, events, sha256(body) FROM segment ORDER BY number")
    assert [(s.number, s.events, hashlib.sha256(s.body).digest()) for s in page] == stored


@pytest.mark.parametrize(("after", "limit", "numbers"), [(0, 2, [1, 2]), (2, 2, [3, 4]), (4, 2, [5]), (5, 2, [])])
def test_pages_follow_each_other_without_gap_or_overlap(
    feed: FeedClient, shard: int, after: int, limit: int, numbers: list[int]
) -> None:
    page = feed.read(feed.heads().epoch, shard, after, limit)

    assert [segment.number for segment in page] == numbers


def test_a_position_of_another_epoch_is_refused(feed: FeedClient, shard: int) -> None:
    with pytest.raises(EpochChanged, match="epoch_mismatch"):
        feed.read(uuid.uuid4(), shard, 0)


def test_a_position_past_the_head_is_refused_and_not_answered_as_nothing_new(feed: FeedClient, shard: int) -> None:
    with pytest.raises(EpochChanged, match="ahead_of_source"):
        feed.read(feed.heads().epoch, shard, 6)


def test_a_shard_that_is_not_there_is_an_error(feed: FeedClient) -> None:
    with pytest.raises(FeedError, match="404"):
        feed.read(feed.heads().epoch, 4, 0)


@pytest.mark.parametrize("secret", ["", "wrong", INTERNAL_SECRET[:-1], "khóa"])
def test_who_does_not_know_the_secret_reads_nothing(stack: Stack, shard: int, secret: str) -> None:
    headers = {"Authorization": f"Bearer {secret}".strip().encode()}

    for path in ("heads", f"epochs/{uuid.uuid4()}/shards/{shard}/segments"):
        url = f"{stack.url('sessions')}/internal/v1/streams/sessions/{path}"
        answer = httpx.get(url, headers=[(name.encode(), value) for name, value in headers.items()], trust_env=False)
        assert answer.status_code == 401
        assert "epoch" not in answer.text


def test_a_ward_apps_token_is_no_secret_of_ours(stack: Stack) -> None:
    url = f"{stack.url('sessions')}/internal/v1/streams/sessions/heads"

    answer = httpx.get(url, headers={"Authorization": f"Bearer {stack.token()}"}, trust_env=False)

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "query", ["after=-1", "after=abc", "after=", f"after={2**63}", "limit=501", "limit=-1", "after=٣"]
)
def test_a_number_that_is_none_is_a_problem_and_never_an_error(stack: Stack, feed: FeedClient, query: str) -> None:
    path = f"epochs/{feed.heads().epoch}/shards/0/segments?{query}"
    url = f"{stack.url('sessions')}/internal/v1/streams/sessions/{path}"

    answer = httpx.get(url, headers={"Authorization": f"Bearer {INTERNAL_SECRET}"}, trust_env=False)

    assert answer.status_code == 422, answer.text


def _cut_short(whole: bytes) -> list[bytes]:
    return [whole[:-1], whole[: FRAME.size], whole[: FRAME.size - 1], whole + b"\0"]


def test_a_page_that_is_cut_short_is_refused_whole(stack: Stack, feed: FeedClient, shard: int) -> None:
    whole = b"".join(
        FRAME.pack(s.number, s.events, len(s.body)) + s.body for s in feed.read(feed.heads().epoch, shard, 0)
    )
    answers = iter(_cut_short(whole))

    def app(_environ: object, start: object) -> list[bytes]:
        start("200 OK", [("Content-Type", "application/octet-stream")])  # type: ignore[operator]
        return [next(answers)]

    port = free_port()
    server = WebServer(app, port)
    client = FeedClient(f"http://127.0.0.1:{port}", "sessions", INTERNAL_SECRET)
    try:
        for _ in _cut_short(whole):
            with pytest.raises(FeedError, match="truncated"):
                client.read(feed.heads().epoch, shard, 0)
    finally:
        client.close()
        server.close()


def test_a_feed_that_is_away_is_waited_for(shard: int) -> None:
    client = FeedClient(f"http://127.0.0.1:{free_port()}", "sessions", INTERNAL_SECRET)

    with pytest.raises(FeedError):
        client.heads()
    client.close()
