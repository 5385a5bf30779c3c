"""The feed: the sure way. Heads and segments of a stream over HTTP, as they were cut.

Guarantee: what was cut is served, byte for byte, whatever happened to the broker; a position of another epoch or
past the head is refused, so a reader notices that its source went back.
It does not wait for new segments: readers compare heads.
Step 6 of the event path (docs/architecture.md).
"""

import datetime as dt
import struct
import uuid
from dataclasses import dataclass
from typing import Any

import httpx
import sqlalchemy as sa
from flask import Blueprint, Response, request

from shared import clock, segments
from shared.auth import internal
from shared.database import transaction
from shared.problems import FieldError, Problem
from shared.segments import Segment

FRAME = struct.Struct(">QII")  # number, events, length of the body that follows
PAGE = 64
MAX_PAGE = 500
MEDIA_TYPE = "application/vnd.congdongso.segments"


class FeedError(Exception):
    """The feed could not be read now; try again."""


class EpochChanged(Exception):
    """The source speaks of another epoch, or is behind us: it was restored. A person must decide."""


def blueprint(engine: sa.Engine, stream: str, shards: int) -> Blueprint:
    """The routes of a producing service: `/internal/v1/streams/<stream>/heads` and `.../segments`."""
    routes = Blueprint("feed", __name__, url_prefix=f"/internal/v1/streams/{stream}")

    @routes.get("/heads")
    @internal
    def heads() -> dict[str, Any]:
        with transaction(engine) as connection:
            epoch, count = segments.open_stream(connection, stream, shards)
            # Before the heads: what is cut between the two is in them.
            waiting = segments.waiting(connection)
            found = segments.heads(connection, count)
            complete_to = segments.complete_to(connection)
        return {
            "stream": stream,
            "epoch": str(epoch),
            "heads": [found[shard] for shard in range(count)],
            "complete_to": clock.rfc3339(complete_to),
            "waiting": list(waiting) if waiting else None,
        }

    @routes.get("/epochs/<uuid:epoch>/shards/<int:shard>/segments")
    @internal
    def page(epoch: uuid.UUID, shard: int) -> Response:
        after, limit = _number("after", 0, 2**63 - 1), min(_number("limit", PAGE, MAX_PAGE), MAX_PAGE)
        with transaction(engine) as connection:
            current, count = segments.open_stream(connection, stream, shards)
            _check_position(connection, current, epoch, count, shard, after)
            found = segments.read(connection, stream, epoch, shard, after, limit)
        return Response(b"".join(map(_frame, found)), content_type=MEDIA_TYPE)

    return routes


def _check_position(connection: Any, current: uuid.UUID, epoch: uuid.UUID, count: int, shard: int, after: int) -> None:
    if epoch != current:
        raise Problem("epoch_mismatch", f"Kỷ nguyên hiện tại là {current}.", extra={"epoch": str(current)})
    if shard >= count:
        raise Problem("not_found", f"Luồng có {count} shard.")
    head = segments.head(connection, shard)
    if after > head:
        raise Problem("ahead_of_source", f"Đầu luồng là {head}.", extra={"epoch": str(current), "head": head})


def _number(name: str, default: int, most: int) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    # Measured before it is read: Python refuses to read thousands of digits.
    if not text.isascii() or not text.isdecimal() or len(text) > 19 or int(text) > most:
        raise Problem("invalid", errors=[FieldError(name, "invalid", f"Cần một số nguyên từ 0 đến {most}.")])
    return int(text)


def _frame(segment: Segment) -> bytes:
    return FRAME.pack(segment.number, segment.events, len(segment.body)) + segment.body


@dataclass(frozen=True, slots=True)
class Heads:
    """The last number cut of every shard of a stream, in one epoch.

    What was recorded before `complete_to` is in them; None where the producer does not say. `waiting` are the lowest
    and the highest number in the log of what was there and not cut yet; None where nothing was.
    """

    epoch: uuid.UUID
    numbers: list[int]
    complete_to: dt.datetime | None = None
    waiting: tuple[int, int] | None = None


class FeedClient:
    """Reads the feed of one stream."""

    def __init__(self, base_url: str, stream: str, secret: str) -> None:
        self.stream = stream
        self._client = httpx.Client(
            base_url=f"{base_url}/internal/v1/streams/{stream}",
            headers={"Authorization": f"Bearer {secret}"},
            timeout=httpx.Timeout(10.0, connect=3.0),
            follow_redirects=False,
            # Our own services are reached directly, whatever proxy the environment names.
            trust_env=False,
        )

    def heads(self) -> Heads:
        """The producer's heads.

        Raises:
            FeedError: when they cannot be had now.
        """
        answer = self._get("/heads")
        try:
            body = answer.json()
            told = body.get("complete_to")
            complete_to = dt.datetime.fromisoformat(told) if told else None
            waiting = tuple(int(number) for number in body["waiting"]) if body.get("waiting") else None
            heads = [int(number) for number in body["heads"]]
            return Heads(uuid.UUID(body["epoch"]), heads, complete_to, waiting)  # type: ignore[arg-type]
        except (ValueError, KeyError, TypeError) as error:
            raise FeedError(f"feed of {self.stream}: heads not understood") from error

    def read(self, epoch: uuid.UUID, shard: int, after: int, limit: int = PAGE) -> list[Segment]:
        """The segments after a number, in order.

        Raises:
            FeedError: when they cannot be had now.
            EpochChanged: when the source is another than the one that the position came from.
        """
        answer = self._get(f"/epochs/{epoch}/shards/{shard}/segments", after=after, limit=limit)
        return list(self._frames(answer.content, epoch, shard))

    def _get(self, path: str, **query: int) -> httpx.Response:
        try:
            answer = self._client.get(path, params=query)
        except httpx.HTTPError as error:
            raise FeedError(f"feed of {self.stream}: {type(error).__name__}") from error
        if answer.status_code == 409:
            raise EpochChanged(answer.text)
        if answer.status_code != 200:
            raise FeedError(f"feed of {self.stream}: status {answer.status_code}")
        return answer

    def _frames(self, body: bytes, epoch: uuid.UUID, shard: int) -> Any:
        position = 0
        while position < len(body):
            if position + FRAME.size > len(body):
                raise FeedError(f"feed of {self.stream}: truncated page")
            number, events, length = FRAME.unpack_from(body, position)
            position += FRAME.size
            if position + length > len(body):
                raise FeedError(f"feed of {self.stream}: truncated page")
            yield Segment(self.stream, epoch, shard, number, events, body[position : position + length])
            position += length

    def close(self) -> None:
        self._client.close()
