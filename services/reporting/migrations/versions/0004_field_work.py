"""Sessions, attendance, volunteers with their hours and teams, venues and offices, in place of counts of sessions.

Guarantee: the view `grafana.sessions_by_day` has the columns that it had. The new tables are empty: they fill as the
streams are applied from their beginning.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

PLACE = """place.province, place.district, place.ward_id, place.ward_code, place.ward, place.group_code,
       place.residential_group"""
OVER_COUNTS = "public.sessions_by_day"
OVER_SESSIONS = "(SELECT day, area_id, kind, count(*) AS sessions FROM public.session GROUP BY day, area_id, kind)"
COMMENTS = {
    "day": "local day (Asia/Ho_Chi_Minh) on which it happened",
    "province": "name on that day",
    "district": "name on that day; null from 2025-07-01, when districts ended",
    "ward_id": "the ward (xã, phường, đặc khu) of that day; null for what was recorded above the wards",
    "ward_code": "official code on that day; one code may mean two wards, before and from 2025-07-01",
    "ward": "name on that day",
    "group_code": "code within the ward; null for what was recorded for the whole ward",
    "residential_group": "name of the residential group (tổ dân phố, thôn …)",
    "kind": "support, awareness, training, launch, data_entry",
    "kind_vi": "its label on screen",
    "sessions": "how many were opened",
}


def upgrade() -> None:
    op.execute("DROP VIEW grafana.sessions_by_day")
    op.drop_table("sessions_by_day")
    op.create_table(
        "attendance",
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("volunteer", sa.UUID(), nullable=False, comment="as told, perhaps merged into another since"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_in", sa.Boolean(), nullable=False, comment="came; else left"),
        sa.PrimaryKeyConstraint("session_id", "volunteer", "at", "is_in"),
    )
    op.create_index("attendance_volunteer", "attendance", ["volunteer"], unique=False)
    op.create_table(
        "office",
        sa.Column("office", sa.Text(), nullable=False, comment="code"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True, comment="the first day on which nothing is referred to it"),
        sa.PrimaryKeyConstraint("office"),
    )
    op.create_table(
        "session",
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="local day of the opening"),
        sa.Column("ward_id", sa.UUID(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("venue_id", sa.UUID(), nullable=True),
        sa.Column("team_id", sa.UUID(), nullable=True),
        sa.Column("services", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("partners", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("present", postgresql.ARRAY(sa.UUID()), nullable=False, comment="volunteers whom the leader saw"),
        sa.Column("attendees", sa.Integer(), nullable=False),
        sa.Column("households_visited", sa.Integer(), nullable=False),
        sa.Column("left_waiting", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("session_id"),
    )
    op.create_index("session_day", "session", ["day"], unique=False)
    op.create_index("session_present", "session", ["present"], unique=False, postgresql_using="gin")
    op.create_table(
        "team",
        sa.Column("team", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("area_id", sa.UUID(), nullable=False, comment="as formed; of later days: team_place"),
        sa.Column("formed_on", sa.Date(), nullable=True, comment="null until it is told"),
        sa.Column("dissolved_on", sa.Date(), nullable=True, comment="the first day without it"),
        sa.PrimaryKeyConstraint("team"),
    )
    op.create_table(
        "team_member",
        sa.Column("team", sa.UUID(), nullable=False),
        sa.Column("volunteer", sa.UUID(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("position", sa.Text(), nullable=True, comment="null: not in the team from this day on"),
        sa.PrimaryKeyConstraint("team", "volunteer", "since"),
    )
    op.create_table(
        "team_place",
        sa.Column("team", sa.UUID(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("team", "since"),
    )
    op.create_table(
        "venue",
        sa.Column("venue", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False, comment="as first declared; of later days: venue_place"),
        sa.Column(
            "serves", postgresql.ARRAY(sa.UUID()), server_default="{}", nullable=False, comment="residential groups"
        ),
        sa.Column("stalls", sa.Integer(), nullable=True, comment="of a market, where it is known"),
        sa.Column("closed_on", sa.Date(), nullable=True, comment="the first day on which it is not used"),
        sa.PrimaryKeyConstraint("venue"),
    )
    op.create_table(
        "venue_place",
        sa.Column("venue", sa.UUID(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("venue", "since"),
    )
    op.create_table(
        "volunteer",
        sa.Column("volunteer", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True, comment="null until the volunteer is registered"),
        sa.Column("area_id", sa.UUID(), nullable=True, comment="as registered; of later days: volunteer_place"),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("birth_year", sa.SmallInteger(), nullable=True),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), server_default="active", nullable=False, comment="active, retired, erased"),
        sa.Column("status_on", sa.Date(), nullable=True, comment="the first day of it; null: since joining"),
        sa.PrimaryKeyConstraint("volunteer"),
    )
    op.create_table(
        "volunteer_alias",
        sa.Column("volunteer", sa.UUID(), nullable=False),
        sa.Column("merged_into", sa.UUID(), nullable=False),
        sa.Column("root", sa.UUID(), nullable=False, comment="the record that holds after all merges"),
        sa.PrimaryKeyConstraint("volunteer"),
    )
    op.create_index("volunteer_alias_root", "volunteer_alias", ["root"], unique=False)
    op.create_table(
        "volunteer_book", sa.Column("volunteer", sa.UUID(), nullable=False), sa.PrimaryKeyConstraint("volunteer")
    )
    op.create_table(
        "volunteer_hours",
        sa.Column("volunteer", sa.UUID(), nullable=False, comment="the id that holds after all merges"),
        sa.Column("session_id", sa.UUID(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ward_id", sa.UUID(), nullable=False, comment="of the session"),
        sa.Column("area_id", sa.UUID(), nullable=False, comment="of the session"),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.Column("is_assumed", sa.Boolean(), nullable=False, comment="nobody noted the coming"),
        sa.Column("is_forgotten", sa.Boolean(), nullable=False, comment="nobody noted the leaving"),
        sa.Column("is_overlapping", sa.Boolean(), nullable=False, comment="another session claims a part of it too"),
        sa.Column("is_long_day", sa.Boolean(), nullable=False, comment="over 16 hours on this day in all"),
        sa.PrimaryKeyConstraint("volunteer", "session_id", "day"),
    )
    op.create_index("volunteer_hours_day", "volunteer_hours", ["day"], unique=False)
    op.create_table(
        "volunteer_place",
        sa.Column("volunteer", sa.UUID(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("volunteer", "since"),
    )
    _view(OVER_SESSIONS)


def downgrade() -> None:
    op.execute("DROP VIEW grafana.sessions_by_day")
    op.drop_table("volunteer_place")
    op.drop_index("volunteer_hours_day", table_name="volunteer_hours")
    op.drop_table("volunteer_hours")
    op.drop_table("volunteer_book")
    op.drop_index("volunteer_alias_root", table_name="volunteer_alias")
    op.drop_table("volunteer_alias")
    op.drop_table("volunteer")
    op.drop_table("venue_place")
    op.drop_table("venue")
    op.drop_table("team_place")
    op.drop_table("team_member")
    op.drop_table("team")
    op.drop_index("session_present", table_name="session", postgresql_using="gin")
    op.drop_index("session_day", table_name="session")
    op.drop_table("session")
    op.drop_table("office")
    op.drop_index("attendance_volunteer", table_name="attendance")
    op.drop_table("attendance")
    op.create_table(
        "sessions_by_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ward_id", sa.UUID(), nullable=False),
        sa.Column("area_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sessions", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "ward_id", "area_id", "kind"),
    )
    _view(OVER_COUNTS)


def _view(cells: str) -> None:
    op.execute(
        f"""CREATE VIEW grafana.sessions_by_day AS
SELECT cell.day, {PLACE},
       cell.kind, coalesce(kind.label_vi, cell.kind) AS kind_vi, cell.sessions
  FROM {cells} AS cell
  LEFT JOIN grafana.lineage AS place
         ON place.area_id = cell.area_id AND cell.day BETWEEN place.valid_from AND place.valid_to
  LEFT JOIN grafana.labels AS kind ON kind.kind = 'session_kind' AND kind.code = cell.kind"""
    )
    op.execute("COMMENT ON VIEW grafana.sessions_by_day IS 'Support sessions by day of opening (F7)'")
    for column, said in COMMENTS.items():
        op.execute(f"COMMENT ON COLUMN grafana.sessions_by_day.{column} IS '{said}'")
