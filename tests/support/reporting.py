"""A reporting database for a test: facts are told to it as segments, through the consumer that applies them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import msgspec
import sqlalchemy as sa

from deploy.cds.wiring import CONSUMERS
from shared import database
from shared.clock import LOCAL_ZONE
from shared.consumer import Applier, Outcome
from shared.events import plans, registry, sessions
from shared.events.base import Event
from shared.events.facts import (
    AssistFact,
    AssistState,
    Logged,
    SessionFact,
    SessionState,
    TallyFact,
    TallyState,
    encode,
    encode_data,
)
from shared.segments import Segment, pack

# Tables of other slices that figures read, where these slices have not made them yet.
NEIGHBOURS = """
CREATE TABLE IF NOT EXISTS session (session_id uuid PRIMARY KEY, day date NOT NULL, ward_id uuid NOT NULL,
                                    area_id uuid NOT NULL);
CREATE TABLE IF NOT EXISTS credited_by_day (
    day date, area_id uuid, service text, age_band text, kind text, credited bigint NOT NULL, unkeyed bigint NOT NULL,
    PRIMARY KEY (day, area_id, service, age_band, kind));
"""
EPOCH = uuid.UUID("0190f5c2-7b1c-7d3e-9a4b-0000000000ff")
Row = dict[str, Any]


def identify(name: str) -> uuid.UUID:
    """The same id for the same name, so that a test can speak of `w1`."""
    return uuid.uuid5(uuid.NAMESPACE_URL, name)


class Told:
    """Tells facts to reporting, each in a segment of its own, and asks what it has made of them."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._applier = Applier(CONSUMERS["reporting"], engine)

    def tell(self, event: type[Event], fact: msgspec.Struct, subject: uuid.UUID | None = None, **more: Any) -> None:
        """Apply a fact of a type; it must not be put aside."""
        at = more.get("at") or dt.datetime(2026, 1, 1, tzinfo=LOCAL_ZONE)
        logged = Logged(
            specversion="1.0", id=uuid.uuid4(), source="/apps/a", type=event.ce_type(), subject=subject or uuid.uuid4(),
            time=at, recordedtime=more.get("recorded") or at, partitionkey="w", data=encode_data(fact),
        )  # fmt: skip
        number = self._applier.position(event.STREAM, 0, EPOCH).segment + 1
        segment = Segment(event.STREAM, EPOCH, 0, number, 1, pack([encode(logged)]))
        assert self._applier.apply(segment) is Outcome.APPLIED
        assert self.ask("SELECT error FROM quarantine") == []

    def registry(self, event: Event, **more: Any) -> None:
        """A fact of the registry is its event."""
        self.tell(type(event), event, **more)

    def area(self, name: str, parent: str | None = None, level: str = "residential_group", **more: Any) -> uuid.UUID:
        """An area with the name as code, valid from 2020 on unless told otherwise."""
        usual = {"valid_from": dt.date(2020, 1, 1), "code": name, "name": name.upper()} | more
        made = registry.AreaDeclared(
            area_id=identify(name), level=level, parent=identify(parent) if parent else None, **usual  # type: ignore[arg-type]
        )  # fmt: skip
        self.registry(made)
        return made.area_id

    def succession(self, on: dt.date, from_: list[str], to: dict[str, list[str]], main: str | None = None) -> None:
        """`to` has the groups that go to each successor."""
        successors = [
            registry.Successor(area_id=identify(name), is_main=name == (main or next(iter(to))),
                               groups=[identify(group) for group in groups])
            for name, groups in to.items()
        ]  # fmt: skip
        self.registry(
            registry.AreaSucceeded(on=on, kind="merge", from_=[identify(one) for one in from_], to=successors)
        )

    def assist(self, day: dt.date, area: str, ward: str, **more: Any) -> None:
        state = AssistState(
            day=day, area=identify(area), ward=identify(ward), resident_area=identify(area),
            **({"service": "s", "outcome": "completed"} | more),
        )  # fmt: skip
        self.tell(sessions.AssistRecorded, AssistFact(content=state))

    def tally(self, day: dt.date, area: str, ward: str, **more: Any) -> None:
        """A paper count; without lines a zero report."""
        usual = {"covers": "unlisted", "version": 1} | more
        state = TallyState(day=day, area=identify(area), ward=identify(ward), **usual)  # type: ignore[arg-type]
        self.tell(sessions.TallyRecorded, TallyFact(content=state))

    def session(self, day: dt.date, area: str, ward: str) -> uuid.UUID:
        opened = dt.datetime.combine(day, dt.time(8), LOCAL_ZONE)
        state = SessionState(day=day, area=identify(area), ward=identify(ward), kind="support", opened_at=opened)
        subject = uuid.uuid4()
        self.tell(sessions.SessionOpened, SessionFact(content=state), subject)
        self.do("""INSERT INTO session (session_id, day, ward_id, area_id) SELECT * FROM (VALUES (%s, %s, %s, %s)) AS v
                    WHERE NOT EXISTS (SELECT FROM session WHERE session_id = v.column1)""",
                subject, day, state.ward, state.area)  # fmt: skip
        return subject

    def credited(self, day: dt.date, area: str, people: int, **more: Any) -> None:
        """F4 of a day in a resident area, as its projection keeps it."""
        row = {"service": "s", "age_band": "unknown", "kind": "resident", "unkeyed": 0} | more
        self.do("""INSERT INTO credited_by_day (day, area_id, credited, service, age_band, kind, unkeyed)
                   VALUES (%s, %s, %s, %s, %s, %s, %s)""", day, identify(area), people, *row.values())  # fmt: skip

    def service(self, code: str = "s", **more: Any) -> None:
        usual: Row = {"unit": "resident", "once": True} | more
        self.registry(registry.ServiceDeclared(service=code, name_vi=code, name_en=code, pillars=[], **usual))

    def campaign(self, name: str, areas: list[str], **more: Any) -> uuid.UUID:
        """A campaign of March 2026 for the service `s`, by residential groups, that wants a daily report."""
        usual: Row = {
            "kind": "campaign", "services": ["s"], "starts_on": dt.date(2026, 3, 1), "ends_on": dt.date(2026, 3, 31),
            "daily_report": True, "reporting_level": "residential_group", "state": "running",
        } | more  # fmt: skip
        made = plans.CampaignLaunched(campaign=identify(name), name=name, areas=[identify(a) for a in areas], **usual)
        self.registry(made)
        return made.campaign

    def close(self, name: str, areas: list[str], on: dt.date, **more: Any) -> None:
        """Close a campaign: it has no day from `on`."""
        self.campaign(name, areas, **more)
        row = self.ask("SELECT starts_on, ends_on, daily_report, reporting_level FROM campaign WHERE name = %s", name)[
            0
        ]
        closed = plans.CampaignClosed(
            campaign=identify(name), name=name, kind="campaign", areas=[identify(a) for a in areas], services=["s"],
            starts_on=row[0], ends_on=row[1], daily_report=row[2], reporting_level=row[3], state="closed",
        )  # fmt: skip
        self.registry(closed, at=dt.datetime.combine(on, dt.time.min, LOCAL_ZONE).astimezone(dt.UTC))

    def target(self, campaign: str, area: str, **more: Any) -> None:
        """Four hundred of four hundred and twenty by the end, with two hundred and fifty of them done before March."""
        usual: Row = {
            "service": "s", "version": 1, "as_of": dt.date(2026, 2, 28), "source": "Công an phường", "eligible": 420,
            "already_done": 250, "excluded": 20, "goal": 400,
        } | more  # fmt: skip
        self.registry(plans.TargetSet(campaign=identify(campaign), area=identify(area), **usual))

    def official(self, area: str, as_of: dt.date, done: int, service: str = "s") -> None:
        self.registry(
            plans.OfficialCountRecorded(
                area=identify(area), service=service, as_of=as_of, done=done, source="Bộ Công an"
            )
        )

    def days_off(self, year: int, *days: dt.date) -> None:
        self.registry(plans.CalendarSet(year=year, off_days=list(days)))

    def ask(self, sql: str, *values: Any) -> list[Any]:
        with database.transaction(self.engine) as connection:
            return connection.execute(sql.encode(), values).fetchall()

    def do(self, sql: str, *values: Any) -> None:
        with database.transaction(self.engine) as connection:
            connection.execute(sql.encode(), values)
