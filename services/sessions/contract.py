"""From a parsed JSON value to a submission that fits the contract, or to the reasons why it does not.

Guarantee: what passes has a known type, the caller's own source, typed data and a plausible time; write-only fields are
taken out of the data before anything is stored. What does not pass is told by field, with what was expected.
It does not know what is stored already: `commands.py` does.
Step 2 of the event path (docs/architecture.md).
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import marshmallow as ma
import msgspec

from services.sessions import residents
from shared.clock import LOCAL_ZONE, local_day
from shared.event_log import digest_of
from shared.events import catalogue
from shared.events.base import Envelope, Event
from shared.events.schema import schema_of
from shared.events.sessions import AssistCorrected, AssistFields, TallyRecorded
from shared.problems import FieldError, flatten, without_numbers
from shared.token_keys import TokenKeys

EARLIEST = dt.datetime(2020, 1, 1, tzinfo=LOCAL_ZONE)
FUTURE_ALLOWED = dt.timedelta(days=2)
FUTURE_SUSPECT = dt.timedelta(minutes=10)
PAST_SUSPECT = dt.timedelta(days=730)
TYPES = catalogue.of_stream("sessions")
SHOWN = 40
TAKEN_OUT = "-"  # in the place of a free text, which is stored apart


@dataclass(frozen=True)
class Rejected(Exception):
    """Why an event is not accepted; its sender need not send it again."""

    code: str
    message: str
    errors: tuple[FieldError, ...] = ()
    digests: tuple[bytes, bytes] | None = None  # of a conflict: of the content accepted, and of the one refused

    def __post_init__(self) -> None:
        super().__init__(self.code)

    def as_errors(self) -> list[FieldError]:
        return list(self.errors) or [FieldError("", self.code, self.message)]


class Older(NamedTuple):
    """A resident under an older key."""

    token: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Submission:
    """An event that fits the contract: `data` is without its write-only fields, `text` is the free text or None.

    `older`: what the resident's token and the digest would be under each older key, where a citizen number was sent.
    """

    id: UUID
    source: str
    type: str
    subject: UUID
    time: dt.datetime
    data: Event
    digest: bytes
    text: str | None = None
    traceparent: str | None = None
    older: tuple[Older, ...] = ()

    def is_content_of(self, digest: bytes) -> bool:
        """Whether this is the content that was accepted, under whichever of the keys."""
        return digest == self.digest or any(digest == one.digest for one in self.older)

    @property
    def happened_at(self) -> dt.datetime:
        return self.data.happened_at if isinstance(self.data, AssistCorrected) else self.time

    @property
    def day(self) -> dt.date:
        """The local day on which it counts."""
        return self.data.day if isinstance(self.data, TallyRecorded) else local_day(self.happened_at)


def read(value: Any, source: str, token_keys: TokenKeys, now: dt.datetime) -> Submission:
    """The submission in a parsed CloudEvent in its JSON format.

    Raises:
        Rejected: with the fields that are wrong.
    """
    envelope = _envelope(value)
    event = TYPES.get(envelope.type)
    if event is None:
        raise _unknown_type(envelope.type)
    if envelope.source != source:
        given = without_numbers(envelope.source)[:SHOWN]
        raise Rejected(
            "forbidden_source",
            f"Nguồn “{given}” không phải của ứng dụng này. Vui lòng gửi source là {source}.",
        )
    if envelope.data is msgspec.UNSET:
        raise Rejected("missing_data", "Sự kiện thiếu data (đối tượng JSON).")
    data = _data(event, envelope.data)
    _check_times(envelope, data, now)
    return _submission(envelope, data, token_keys)


def _envelope(value: Any) -> Envelope:
    if not isinstance(value, dict):
        raise Rejected(
            "not_cloudevents", "Cần một đối tượng JSON theo CloudEvents 1.0 (specversion, id, source, type…)."
        )
    try:
        return msgspec.convert(value, Envelope)
    except msgspec.ValidationError as error:
        try:
            schema_of(Envelope)(exclude=("data",)).load(value)
        except ma.ValidationError as explained:
            raise _wrong("not_cloudevents", explained, "") from error
        raise Rejected("not_cloudevents", "Sự kiện không đúng CloudEvents 1.0.") from error


def _data(event: type[Event], value: Any) -> Event:
    try:
        return msgspec.convert(value, event)
    except msgspec.ValidationError as error:
        try:
            schema_of(event)().load(value)
        except ma.ValidationError as explained:
            raise _wrong("invalid_data", explained, "data") from error
        raise Rejected("invalid_data", "Nội dung data không đúng kiểu của sự kiện.") from error


def _wrong(code: str, error: ma.ValidationError, prefix: str) -> Rejected:
    errors = tuple(flatten(error.messages, prefix))
    return Rejected(code, "; ".join(f"{e.field}: {e.message}" for e in errors[:5]), errors)


def _unknown_type(ce_type: str) -> Rejected:
    code = catalogue.why_unknown(ce_type, "sessions")
    known = ", ".join(sorted(event.NAME for event in TYPES.values()))
    if code == "unknown_version":
        return Rejected(code, f"Phiên bản của “{without_numbers(ce_type)[:80]}” chưa được hỗ trợ. Vui lòng gửi bản v1.")
    return Rejected(code, f"Loại sự kiện “{without_numbers(ce_type)[:80]}” không có. Các loại được nhận: {known}.")


def _check_times(envelope: Envelope, data: Event, now: dt.datetime) -> None:
    _check_time("time", envelope.time, now)
    if isinstance(data, AssistCorrected):
        _check_time("data.happened_at", data.happened_at, now)
    if isinstance(data, TallyRecorded):
        _check_day(data.day, now)


def _check_time(field: str, moment: dt.datetime, now: dt.datetime) -> None:
    if not EARLIEST <= moment <= now + FUTURE_ALLOWED:
        shown = moment.isoformat()[:SHOWN]
        message = f"Thời điểm {shown} ngoài khoảng từ 1/1/2020 đến hai ngày tới. Vui lòng kiểm tra đồng hồ của máy."
        raise Rejected("time_out_of_range", message, (FieldError(field, "time_out_of_range", message),))


def _check_day(day: dt.date, now: dt.datetime) -> None:
    if not EARLIEST.date() <= day <= local_day(now + FUTURE_ALLOWED):
        message = f"Ngày {day.isoformat()} ngoài khoảng từ 1/1/2020 đến hai ngày tới. Vui lòng kiểm tra lại ngày."
        raise Rejected("time_out_of_range", message, (FieldError("data.day", "time_out_of_range", message),))


def clock_marks(submission: Submission, now: dt.datetime) -> list[str]:
    """`clock_suspect` where the time is possible but odd: ahead of ours, or years ago."""
    age = now - submission.happened_at
    return ["clock_suspect"] if age < -FUTURE_SUSPECT or age > PAST_SUSPECT else []


def _submission(envelope: Envelope, data: Event, token_keys: TokenKeys) -> Submission:
    text: str | None = getattr(data, "text", None)
    lasting, *older = _without_write_only(data, token_keys)
    return Submission(
        envelope.id,
        envelope.source,
        envelope.type,
        envelope.subject,
        envelope.time,
        lasting,
        _digest(envelope, lasting, text),
        text,
        envelope.traceparent,
        tuple(Older(one.resident_token, _digest(envelope, one, text)) for one in older),  # type: ignore[attr-defined]
    )


def _digest(envelope: Envelope, lasting: Event, text: str | None) -> bytes:
    content = [envelope.type, envelope.subject, envelope.time.astimezone(dt.UTC), lasting, text]
    return digest_of(msgspec.json.encode(content, order="deterministic"))


def _without_write_only(data: Event, token_keys: TokenKeys) -> list[Event]:
    """The data to keep; with a citizen number, once for each key, that of the newest first."""
    if isinstance(data, AssistFields) and data.citizen_number is not None:
        return [
            msgspec.structs.replace(data, citizen_number=None, resident_token=token)
            for token in residents.tokens_of(data.citizen_number, token_keys)
        ]
    if getattr(data, "text", None) is not None:
        return [msgspec.structs.replace(data, text=TAKEN_OUT)]
    return [data]
