"""Projection: campaigns, targets in every version, official counts and days off, as the registry tells them.

Guarantee: of what is told again, what was told last holds; a version of a target is a row of its own. `closed_on` is
the first day that a closed campaign does not have.
Formulas F20, F21, F24 and F30 read these tables.
Step 8 of the event path (docs/architecture.md).
"""

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from shared import clock
from shared.consumer import Work
from shared.events.facts import Logged
from shared.events.plans import CalendarSet, CampaignFields, OfficialCountRecorded, TargetSet


def define_tables(metadata: sa.MetaData) -> None:
    sa.Table(
        "campaign",
        metadata,
        sa.Column("campaign_id", pg.UUID, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("theme", sa.Text),
        sa.Column("part_of", pg.UUID),
        sa.Column("areas", pg.ARRAY(pg.UUID), nullable=False),
        sa.Column("services", pg.ARRAY(sa.Text), nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False, comment="the last day"),
        sa.Column("daily_report", sa.Boolean, nullable=False),
        sa.Column("reporting_level", sa.Text, nullable=False),
        sa.Column("closed_on", sa.Date, comment="the first day without it, when it was closed"),
    )
    _define_targets(metadata)
    sa.Table(
        "official_count",
        metadata,
        sa.Column("area_id", pg.UUID, primary_key=True),
        sa.Column("service", sa.Text, primary_key=True),
        sa.Column("as_of", sa.Date, primary_key=True),
        sa.Column("done", sa.BigInteger, nullable=False, comment="cumulative"),
        sa.Column("source", sa.Text, nullable=False),
    )
    sa.Table("day_off", metadata, sa.Column("day", sa.Date, primary_key=True))


def _define_targets(metadata: sa.MetaData) -> None:
    sa.Table(
        "target",
        metadata,
        sa.Column("campaign_id", pg.UUID, primary_key=True),
        sa.Column("area_id", pg.UUID, primary_key=True),
        sa.Column("service", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("as_of", sa.Date, nullable=False, comment="the day that the numbers are of"),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("eligible", sa.BigInteger, nullable=False),
        sa.Column("already_done", sa.BigInteger, nullable=False),
        sa.Column("excluded", sa.BigInteger, nullable=False),
        sa.Column("goal", sa.BigInteger, nullable=False, comment="cumulative, includes already_done"),
        sa.Column("curve_days", pg.ARRAY(sa.Date), nullable=False),
        sa.Column("curve_people", pg.ARRAY(sa.BigInteger), nullable=False, comment="cumulative, by curve_days"),
    )


def keep_campaign(work: Work, event: Logged, fact: CampaignFields) -> None:
    """A campaign as a whole, or closed from the local day of the closing on."""
    closed_on = clock.local_day(event.time) if fact.state == "closed" else None
    work.connection.execute(
        """INSERT INTO campaign (campaign_id, name, kind, theme, part_of, areas, services, starts_on, ends_on,
                                 daily_report, reporting_level, closed_on)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
           ON CONFLICT (campaign_id) DO UPDATE SET name = excluded.name, kind = excluded.kind, theme = excluded.theme,
             part_of = excluded.part_of, areas = excluded.areas, services = excluded.services,
             starts_on = excluded.starts_on, ends_on = excluded.ends_on, daily_report = excluded.daily_report,
             reporting_level = excluded.reporting_level, closed_on = excluded.closed_on""",
        [fact.campaign, fact.name, fact.kind, fact.theme, fact.part_of, fact.areas, fact.services, fact.starts_on,
         fact.ends_on, fact.daily_report, fact.reporting_level, closed_on],
    )  # fmt: skip


def keep_target(work: Work, _event: Logged, fact: TargetSet) -> None:
    curve = sorted(fact.curve, key=lambda point: point.date)
    work.connection.execute(
        """INSERT INTO target (campaign_id, area_id, service, version, as_of, source, eligible, already_done, excluded,
                               goal, curve_days, curve_people)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::date[], %s::bigint[])
           ON CONFLICT (campaign_id, area_id, service, version) DO UPDATE SET as_of = excluded.as_of,
             source = excluded.source, eligible = excluded.eligible, already_done = excluded.already_done,
             excluded = excluded.excluded, goal = excluded.goal, curve_days = excluded.curve_days,
             curve_people = excluded.curve_people""",
        [fact.campaign, fact.area, fact.service, fact.version, fact.as_of, fact.source, fact.eligible,
         fact.already_done, fact.excluded, fact.goal, [point.date for point in curve],
         [point.cumulative for point in curve]],
    )  # fmt: skip


def keep_official_count(work: Work, _event: Logged, fact: OfficialCountRecorded) -> None:
    """One count for an area, a service and a day; told again it is corrected."""
    work.connection.execute(
        """INSERT INTO official_count (area_id, service, as_of, done, source) VALUES (%s, %s, %s, %s, %s)
           ON CONFLICT (area_id, service, as_of) DO UPDATE SET done = excluded.done, source = excluded.source""",
        [fact.area, fact.service, fact.as_of, fact.done, fact.source],
    )


def keep_days_off(work: Work, _event: Logged, fact: CalendarSet) -> None:
    """The days off of a year replace those told before."""
    work.connection.execute(
        "DELETE FROM day_off WHERE day BETWEEN %s AND %s", [dt.date(fact.year, 1, 1), dt.date(fact.year, 12, 31)]
    )
    work.connection.execute(
        "INSERT INTO day_off (day) SELECT DISTINCT unnest(%s::date[]) ON CONFLICT DO NOTHING", [fact.off_days]
    )
