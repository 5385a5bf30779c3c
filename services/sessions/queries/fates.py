"""What became of an event: where it is on its way, or what it waits for.

Guarantee: a caller sees only events of its own source.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.database import Connection
from shared.events.answer_names import refusal_in_words, wait_in_words


@dataclass(frozen=True, slots=True)
class EventFate:
    """Where an accepted event is on its way."""

    id: UUID
    status: str
    recorded_at: datetime
    shard: int
    segment: int | None
    waits_for: str | None = None
    refused: str | None = None

    @property
    def pending_since(self) -> datetime | None:
        return self.recorded_at if self.status == "pending_reference" else None

    @property
    def waits_for_text(self) -> str | None:
        return wait_in_words(self.waits_for) if self.waits_for else None

    @property
    def refused_text(self) -> str | None:
        return refusal_in_words(self.refused)


FATE = """
SELECT recorded_at, shard, NULL::bigint, false, NULL, NULL FROM event_log JOIN source USING (source_id)
 WHERE name = %(source)s AND event_id = %(id)s
UNION ALL
SELECT k.recorded_at, k.shard, k.segment, k.segment IS NULL, p.waits_for, p.refused FROM event_key AS k
  JOIN source USING (source_id) LEFT JOIN pending AS p USING (source_id, event_id)
 WHERE name = %(source)s AND event_id = %(id)s
LIMIT 1
"""


def fate(connection: Connection, source: str, event_id: UUID) -> EventFate | None:
    """The fate of an event of a source; None when it was never accepted."""
    row = connection.execute(FATE, {"source": source, "id": event_id}).fetchone()
    if row is None:
        return None
    recorded_at, shard, segment, is_pending, waits_for, refused = row
    status = "pending_reference" if is_pending else "accepted"
    return EventFate(event_id, status, recorded_at, shard, segment, waits_for, refused)
