"""Feedback with its way, incidents, proposals; campaigns, targets, official counts, days off; who reported in time.

The view `grafana.feedback_by_day` keeps its columns, comments and grants, over the new table. Counts by day do not tell
which feedback they are of, so the new table is empty until reporting is built again from the feed.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FEEDBACK = """
CREATE OR REPLACE VIEW grafana.feedback_by_day AS
SELECT cell.day, place.province, place.district, place.ward_id, place.ward_code, place.ward, place.group_code,
       place.residential_group,
       cell.theme, coalesce(theme.label_vi, cell.theme) AS theme_vi, cell.raised
  FROM {cells} AS cell
  LEFT JOIN grafana.lineage AS place
         ON place.area_id = cell.area_id AND cell.day BETWEEN place.valid_from AND place.valid_to
  LEFT JOIN grafana.labels AS theme ON theme.kind = 'theme' AND theme.code = cell.theme
"""
CELLS = "(SELECT day, ward_id, area_id, theme, count(*) AS raised FROM public.feedback GROUP BY 1, 2, 3, 4)"


def upgrade() -> None:
    _feedback()
    _voices()
    _plans()
    op.create_table("day_closed", sa.Column("day", sa.Date(), nullable=False), sa.PrimaryKeyConstraint("day"))
    op.create_table(
        "report_on_time",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("day", "area_id"),
    )
    op.execute(FEEDBACK.format(cells=CELLS))
    op.drop_table("feedback_by_day")


def _feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("feedback_id", sa.UUID(), nullable=False),
        *_place(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True, comment="the day named last; null: nobody named one"),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=True, comment="where it is now"),
        sa.Column(
            "first_answered_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="or resolved, where that came first",
        ),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True, comment="null while it is open"),
        sa.Column("result", sa.Text(), nullable=True, comment="of a resolved one"),
        sa.Column("age_band", sa.Text(), nullable=True),
        sa.Column("first_due_on", sa.Date(), nullable=True, comment="the day named when it was raised"),
        sa.Column("steps", sa.LargeBinary(), nullable=False, comment="list of FeedbackStep as JSON, by time"),
        sa.PrimaryKeyConstraint("feedback_id"),
    )
    op.create_index("feedback_day", "feedback", ["day"])
    op.create_index("feedback_open", "feedback", ["ward_id"], postgresql_where=sa.text("resolved_at IS NULL"))


def _voices() -> None:
    op.create_table(
        "incident",
        sa.Column("incident_id", sa.UUID(), nullable=False),
        *_place(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("age_band", sa.Text(), nullable=False),
        sa.Column("loss", sa.Text(), nullable=False),
        sa.Column("told_police", sa.Boolean(), nullable=True, comment="null: not known"),
        sa.PrimaryKeyConstraint("incident_id"),
    )
    op.create_index("incident_day", "incident", ["day"])
    op.create_table(
        "proposal",
        sa.Column("proposal_id", sa.UUID(), nullable=False),
        *_place(),
        sa.Column("addressed_to", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("volunteer", sa.UUID(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True, comment="of the newest answer; null while there is none"),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("proposal_id"),
    )
    op.create_index("proposal_day", "proposal", ["day"])


def _plans() -> None:
    op.create_table(
        "campaign",
        sa.Column("campaign_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("part_of", sa.UUID(), nullable=True),
        sa.Column("areas", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("services", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False, comment="the last day"),
        sa.Column("daily_report", sa.Boolean(), nullable=False),
        sa.Column("reporting_level", sa.Text(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True, comment="the first day without it, when it was closed"),
        sa.PrimaryKeyConstraint("campaign_id"),
    )
    op.create_table(
        "target",
        sa.Column("campaign_id", sa.UUID(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False, comment="the day that the numbers are of"),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("eligible", sa.BigInteger(), nullable=False),
        sa.Column("already_done", sa.BigInteger(), nullable=False),
        sa.Column("excluded", sa.BigInteger(), nullable=False),
        sa.Column("goal", sa.BigInteger(), nullable=False, comment="cumulative, includes already_done"),
        sa.Column("curve_days", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.Column(
            "curve_people", postgresql.ARRAY(sa.BigInteger()), nullable=False, comment="cumulative, by curve_days"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "area_id", "service", "version"),
    )
    op.create_table(
        "official_count",
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False, comment="cumulative"),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("area_id", "service", "as_of"),
    )
    op.create_table("day_off", sa.Column("day", sa.Date(), nullable=False), sa.PrimaryKeyConstraint("day"))


def downgrade() -> None:
    op.create_table(
        "feedback_by_day",
        *_place(),
        sa.Column("theme", sa.Text(), nullable=False),
        sa.Column("raised", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "ward_id", "area_id", "theme"),
    )
    op.execute(f"INSERT INTO feedback_by_day (day, ward_id, area_id, theme, raised) SELECT * FROM {CELLS} AS cell")
    op.execute(FEEDBACK.format(cells="public.feedback_by_day"))
    for table in (
        "report_on_time", "day_closed", "day_off", "official_count", "target", "campaign", "proposal", "incident",
        "feedback",
    ):  # fmt: skip
        op.drop_table(table)


def _place() -> list[sa.Column[object]]:
    return [
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ward_id", sa.UUID(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
    ]
