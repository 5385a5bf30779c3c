"""Assists as the log tells them, shard by shard, and the tables of figures computed from what holds in the end.

The recomputation knows no event: it adds up current assists, in the words of the contract.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from deploy.cds.wiring import CONSUMERS
from shared import database
from shared.consumer import Applier, Outcome
from shared.events import facts, sessions
from shared.events.base import Event
from shared.events.facts import AssistFact, AssistState, Logged
from shared.segments import Segment, pack

EPOCH = uuid.UUID(int=77)
NOON = dt.datetime(2023, 3, 8, 5, tzinfo=dt.UTC)  # 12:00 in Vietnam
WARD, GROUP, OTHER_GROUP, HOME, NOBODY = (uuid.UUID(int=number) for number in (1, 2, 3, 4, 0))
SESSION, VENUE = uuid.UUID(int=10), uuid.UUID(int=11)
TOKEN, OTHER_TOKEN = "k1." + "a" * 43, "k1." + "b" * 43
KINDS = {
    "assists_by_day", "assists_in_detail", "assists_by_helpers", "assists_quality", "visit", "credit",
    "credited_by_day",
}  # fmt: skip
Table = dict[tuple[Any, ...], tuple[Any, ...]]


def assist(**told: Any) -> AssistState:
    base: dict[str, Any] = {
        "day": dt.date(2023, 3, 8), "area": GROUP, "ward": WARD, "resident_area": told.get("area", GROUP),
        "service": "vneid_activation", "outcome": "completed", "happened_at": NOON,
    }  # fmt: skip
    return AssistState(**(base | told))


def at(minutes: int) -> dt.datetime:
    return NOON + dt.timedelta(minutes=minutes)


def logged(kind: type[Event], subject: uuid.UUID, fact: AssistFact, client: str = "app") -> Logged:
    return Logged(
        specversion="1.0", id=uuid.uuid4(), source=f"/apps/{client}", type=kind.ce_type(), subject=subject, time=NOON,
        recordedtime=NOON, partitionkey="k", data=facts.encode_data(fact),
    )  # fmt: skip


def history(subject: uuid.UUID, *states: AssistState | None, client: str = "app") -> list[Logged]:
    """The events of one assist: recorded, corrected from each state to the next; None is a void."""
    before, events = None, []
    for index, state in enumerate(states):
        kind = sessions.AssistVoided if state is None else sessions.AssistCorrected
        fact = AssistFact(content=state, before=before)
        events.append(logged(kind if index else sessions.AssistRecorded, subject, fact, client))
        before = state
    return events


def segment(shard: int, number: int, events: Sequence[Logged]) -> Segment:
    return Segment("sessions", EPOCH, shard, number, len(events), pack([facts.encode(event) for event in events]))


class Reporting:
    """A consumer of reporting that is fed segment by segment."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self.applier = Applier(CONSUMERS["reporting"], engine)
        self.numbers: Counter[int] = Counter()

    def tell(self, *events: Logged, shard: int = 0) -> None:
        """Apply events as the next segment of a shard."""
        self.numbers[shard] += 1
        assert self.applier.apply(segment(shard, self.numbers[shard], events)) is Outcome.APPLIED
        held = self.query("SELECT type, reason, error FROM quarantine")
        assert held == [], held

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with database.transaction(self.engine) as connection:
            return connection.execute(sql).fetchall()

    def tables(self) -> dict[str, Table]:
        """Every row of the tables of assists: key, counts."""
        return {
            "assists_by_day": self._table("assists_by_day", KEY, "assists"),
            "assists_in_detail": self._table(
                "assists_in_detail", f"{KEY}, channel, session_id, venue_id, reason, young_help", "assists"
            ),
            "assists_by_helpers": self._table(
                "assists_by_helpers", "helpers, day, ward_id, area_id, service, outcome", "assists"
            ),
            "assists_quality": self._table(
                "assists_quality", "day, ward_id, area_id, client",
                "assists, without_token, unverified, clock_suspect, apportioned",
            ),
            "visit": self._table(
                "visit", "key, service, assist_id",
                """kind, day, ward_id, area_id, resident_area_id, age_band, outcome, happened_at, session_id, venue_id,
                quantity, is_credited""",
            ),
            "credit": self._table("credit", "key, service", "assist_id"),
            "credited_by_day": self._table(
                "credited_by_day", "day, area_id, service, age_band, kind", "credited, unkeyed"
            ),
        }  # fmt: skip

    def _table(self, name: str, key: str, rest: str) -> Table:
        width = key.count(",") + 1
        return {row[:width]: row[width:] for row in self.query(f"SELECT {key}, {rest} FROM {name}")}


KEY = "day, ward_id, area_id, service, outcome, age_band, resident_area_id"


def recomputed(
    current: Mapping[uuid.UUID, AssistState], clients: Mapping[uuid.UUID, str] | None = None
) -> dict[str, Table]:
    """The same tables from the assists that hold."""
    sums: dict[str, dict[tuple[Any, ...], Counter[int]]] = {kind: defaultdict(Counter) for kind in KINDS}
    visits: dict[tuple[str, str], list[tuple[dt.datetime, uuid.UUID]]] = defaultdict(list)
    for subject, s in current.items():
        q, place = s.quantity, (s.day, s.ward, s.area)
        key = (*place, s.service, s.outcome, s.age_band, s.resident_area)
        young = s.helper_age_band == "16_30" and s.age_band in ("0_5", "6_13", "14_15", "60_plus")
        details = (s.channel, s.session or NOBODY, s.venue or NOBODY, s.reason or "", young)
        sums["assists_by_day"][key][0] += q
        sums["assists_in_detail"][(*key, *details)][0] += q
        if s.volunteers:
            helpers = ",".join(sorted({str(one) for one in s.volunteers}))
            sums["assists_by_helpers"][(helpers, *place, s.service, s.outcome)][0] += q
        flaws = ("unverified:session" in s.marks or "unverified:volunteer" in s.marks, "clock_suspect" in s.marks,
                 "apportioned" in s.marks)  # fmt: skip
        cell = sums["assists_quality"][(*place, s.client)]
        cell.update({0: q, 1: q * (s.resident_token is None), **{i: q * flaw for i, flaw in enumerate(flaws, 2)}})
        for kind, name in names(s):
            if name is not None and s.outcome == "completed":
                visits[(name, s.service)].append((s.happened_at or NOON, subject))
            elif s.outcome == "completed":
                sums["credited_by_day"][(s.day, s.resident_area, s.service, s.age_band, kind)][1] += 1
    credit = {pair: min(found)[1] for pair, found in visits.items()}
    rows: Table = {}
    for subject, s in current.items():
        for kind, name in names(s):
            if name is None:
                continue
            is_credited = credit.get((name, s.service)) == subject
            rows[(name, s.service, subject)] = (
                kind, s.day, s.ward, s.area, s.resident_area, s.age_band, s.outcome, s.happened_at,
                s.session or NOBODY, s.venue or NOBODY, s.quantity, is_credited,
            )  # fmt: skip
            if is_credited:
                sums["credited_by_day"][(s.day, s.resident_area, s.service, s.age_band, kind)][0] += 1
    width = {"assists_quality": 5, "credited_by_day": 2}
    found = {
        kind: {key: tuple(cell[i] for i in range(width.get(kind, 1))) for key, cell in table.items()}
        for kind, table in sums.items()
    }
    return found | {"credit": {pair: (one,) for pair, one in credit.items()}, "visit": rows}


def names(state: AssistState) -> Iterable[tuple[str, str | None]]:
    yield "resident", state.resident_token
    if state.stall is not None or state.service.startswith("stall_"):
        yield "stall", None if state.stall is None else f"stall {state.stall}"
