"""Placements of everything over time, teams, campaigns, targets, official counts, days off, the audit, versions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

VERSIONED = ("area", "venue", "service", "office", "volunteer")


def upgrade() -> None:
    for table in VERSIONED:
        op.add_column(table, sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    _areas()
    _placements()
    _places()
    _volunteers()
    _teams()
    _plans()
    _audit()


def _areas() -> None:
    eligible = "residents who may hold a level-2 account"
    op.add_column("area", sa.Column("eligible", sa.Integer(), nullable=True, comment=eligible))
    op.create_check_constraint("area_with_negative_eligible", "area", "eligible >= 0")
    op.create_table(
        "area_transfer",
        sa.Column("from_id", pg.UUID(), nullable=False),
        sa.Column("to_id", pg.UUID(), nullable=False),
        sa.Column("transferred_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.CheckConstraint("from_id <> to_id", name="area_gave_to_itself"),
        sa.CheckConstraint("kind IN ('merge', 'split', 'rename', 'move')", name="transfer_of_no_known_kind"),
        sa.ForeignKeyConstraint(["from_id"], ["area.area_id"]),
        sa.ForeignKeyConstraint(["to_id"], ["area.area_id"]),
        sa.PrimaryKeyConstraint("from_id", "to_id", "transferred_on"),
    )
    op.create_index("area_transfer_to", "area_transfer", ["to_id"])


def _placements() -> None:
    op.create_table(
        "placement",
        sa.Column("subject_id", pg.UUID(), nullable=False),
        sa.Column("placed_on", sa.Date(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("area_id", pg.UUID(), nullable=False),
        sa.CheckConstraint("subject IN ('group', 'volunteer', 'team', 'venue')", name="placement_of_no_known_subject"),
        sa.ForeignKeyConstraint(["area_id"], ["area.area_id"]),
        sa.PrimaryKeyConstraint("subject_id", "placed_on"),
    )
    op.create_index("placement_area", "placement", ["area_id", "subject"])
    op.execute("INSERT INTO placement SELECT group_id, placed_on, 'group', ward_id FROM group_placement")
    op.drop_table("group_placement")
    _place_what_was_in_an_area("volunteer", "volunteer_id", "coalesce(s.joined_on, a.valid_from)")
    _place_what_was_in_an_area("venue", "venue_id", "a.valid_from")
    op.drop_column("volunteer", "area_id")
    op.drop_column("venue", "area_id")


# What stood in an area follows its main successors, as if it had been placed when it was declared.
PLACE = """
WITH RECURSIVE chain AS (
    SELECT s.{key} AS subject_id, greatest({since}, a.valid_from) AS placed_on, a.area_id
      FROM {table} AS s JOIN area AS a USING (area_id)
     UNION ALL
    SELECT c.subject_id, greatest(h.succeeds_on, c.placed_on), h.to_id
      FROM chain AS c JOIN area_succession AS h ON h.from_id = c.area_id AND h.is_main)
INSERT INTO placement
SELECT DISTINCT ON (subject_id, placed_on) subject_id, placed_on, '{table}', area_id
  FROM chain JOIN area USING (area_id) ORDER BY subject_id, placed_on, area.valid_from DESC
"""


def _place_what_was_in_an_area(table: str, key: str, since: str) -> None:
    op.execute(PLACE.format(table=table, key=key, since=since))


def _places() -> None:
    op.add_column("venue", sa.Column("latitude", sa.Float(), nullable=True))
    op.add_column("venue", sa.Column("longitude", sa.Float(), nullable=True))
    hours = sa.Column(
        "opening_hours",
        pg.JSONB(),
        server_default="[]",
        nullable=False,
        comment='[{"days": [1..7, 1 is Monday], "opens": "07:30", "closes": "11:30"}]',
    )
    op.add_column("venue", hours)
    op.create_check_constraint("venue_off_the_globe_north_or_south", "venue", "latitude BETWEEN -90 AND 90")
    op.create_check_constraint("venue_off_the_globe_east_or_west", "venue", "longitude BETWEEN -180 AND 180")
    half = "(latitude IS NULL) = (longitude IS NULL)"
    op.create_check_constraint("venue_with_half_a_position", "venue", half)
    may_return: sa.Column[bool] = sa.Column(
        "may_return", sa.Boolean(), server_default=sa.true(), nullable=False, comment="outcome to_return is possible"
    )
    op.add_column("service", may_return)
    closed = sa.Column("closed_on", sa.Date(), nullable=True, comment="the first day without it")
    op.add_column("office", closed)
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("off_days", pg.ARRAY(sa.Date()), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("year"),
    )


def _volunteers() -> None:
    op.alter_column("volunteer", "full_name", nullable=True, comment="null: erased")
    op.alter_column("volunteer", "unit", comment="the Youth Union branch (chi đoàn)")
    text, day = sa.Text(), sa.Date()
    for column in (
        sa.Column("folded_name", text, server_default="", nullable=False, comment="for search: no case, no diacritics"),
        sa.Column("folded_unit", text, server_default="", nullable=False),
        sa.Column("skills", pg.ARRAY(text), server_default="{}", nullable=False),
        sa.Column("languages", pg.ARRAY(text), server_default="{}", nullable=False),
        sa.Column("consent_on", day, nullable=True, comment="when the person agreed to be kept here"),
        sa.Column("consent_text", text, nullable=True, comment="the version of the text that was agreed to"),
        sa.Column("merged_into", pg.UUID(), sa.ForeignKey("volunteer.volunteer_id"), nullable=True),
        sa.Column("erased_on", day, nullable=True),
    ):
        op.add_column("volunteer", column)
    _fold_what_is_there()
    erased = "erased_on IS NULL OR (full_name IS NULL AND phone IS NULL AND folded_name = '')"
    for name, rule in (
        ("volunteer_without_a_name", "full_name IS NOT NULL OR erased_on IS NOT NULL"),
        ("erased_volunteer_with_a_name", erased),
        ("volunteer_merged_into_itself", "merged_into <> volunteer_id"),
        ("consent_without_day_or_text", "(consent_on IS NULL) = (consent_text IS NULL)"),
    ):
        op.create_check_constraint(name, "volunteer", rule)
    op.create_index("volunteer_phone", "volunteer", ["phone"])
    op.create_index("volunteer_name", "volunteer", ["folded_name"])
    op.create_index("volunteer_merged", "volunteer", ["merged_into"])
    op.create_table(
        "not_duplicate",
        sa.Column("one_id", pg.UUID(), nullable=False),
        sa.Column("other_id", pg.UUID(), nullable=False),
        sa.Column("noted_on", day, nullable=False),
        sa.CheckConstraint("one_id < other_id", name="pair_noted_the_other_way_round"),
        sa.ForeignKeyConstraint(["one_id"], ["volunteer.volunteer_id"]),
        sa.ForeignKeyConstraint(["other_id"], ["volunteer.volunteer_id"]),
        sa.PrimaryKeyConstraint("one_id", "other_id"),
    )
    op.create_index("not_duplicate_other", "not_duplicate", ["other_id"])


# As `names.fold` does, whatever the locale: the marks go before the letters are lowered.
FOLD = """btrim(regexp_replace(lower(translate(regexp_replace(normalize(coalesce({0}, ''), NFKD),
    E'[\\u0300-\\u036F\\u200B-\\u200F\\u2060\\uFEFF\\u00AD]', '', 'g'), 'ĐđÐðƉɖ', 'dddddd')), E'\\\\s+', ' ', 'g'))"""


def _fold_what_is_there() -> None:
    """The search keys of volunteers registered before."""
    name, unit = FOLD.format("full_name"), FOLD.format("unit")
    op.execute(sa.text("UPDATE volunteer SET folded_name = " + name + ", folded_unit = " + unit))


def _teams() -> None:
    op.create_table(
        "team",
        sa.Column("team_id", pg.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("formed_on", sa.Date(), nullable=False),
        sa.Column("dissolved_on", sa.Date(), nullable=True, comment="the first day without it"),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("dissolved_on >= formed_on", name="team_dissolved_before_it_was_formed"),
        sa.PrimaryKeyConstraint("team_id"),
    )
    op.create_table(
        "team_member",
        sa.Column("team_id", pg.UUID(), nullable=False),
        sa.Column("volunteer_id", pg.UUID(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("position", sa.Text(), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "position IN ('leader', 'deputy', 'secretary', 'member')", name="member_in_no_known_position"
        ),
        sa.CheckConstraint("left_on >= joined_on", name="member_left_before_joining"),
        sa.ForeignKeyConstraint(["team_id"], ["team.team_id"]),
        sa.ForeignKeyConstraint(["volunteer_id"], ["volunteer.volunteer_id"]),
        sa.PrimaryKeyConstraint("team_id", "volunteer_id", "joined_on"),
    )
    op.create_index(
        "team_member_once",
        "team_member",
        ["team_id", "volunteer_id"],
        unique=True,
        postgresql_where=sa.text("left_on IS NULL"),
    )
    op.create_index("team_member_volunteer", "team_member", ["volunteer_id"])


def _plans() -> None:
    op.create_table(
        "campaign",
        sa.Column("campaign_id", pg.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("part_of", pg.UUID(), nullable=True, comment="the campaign of a công trình or phần việc"),
        sa.Column("areas", pg.ARRAY(pg.UUID()), nullable=False),
        sa.Column("services", pg.ARRAY(sa.Text()), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False, comment="the last day"),
        sa.Column("daily_report", sa.Boolean(), nullable=False),
        sa.Column("reporting_level", sa.Text(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True, comment="the first day without it, when it was closed"),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name="campaign_ends_before_it_starts"),
        sa.CheckConstraint("reporting_level IN ('ward', 'residential_group')", name="campaign_of_no_reporting_level"),
        sa.CheckConstraint("part_of <> campaign_id", name="campaign_part_of_itself"),
        sa.ForeignKeyConstraint(["part_of"], ["campaign.campaign_id"]),
        sa.PrimaryKeyConstraint("campaign_id"),
    )
    op.create_table(
        "target",
        sa.Column("campaign_id", pg.UUID(), nullable=False),
        sa.Column("area_id", pg.UUID(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False, comment="the day that the numbers are of"),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("eligible", sa.Integer(), nullable=False),
        sa.Column("already_done", sa.Integer(), nullable=False),
        sa.Column("excluded", sa.Integer(), nullable=False),
        sa.Column("goal", sa.Integer(), nullable=False, comment="cumulative, includes already_done"),
        sa.Column(
            "curve",
            pg.JSONB(),
            server_default="[]",
            nullable=False,
            comment='[{"date": "2026-03-15", "cumulative": 320}], by day',
        ),
        sa.CheckConstraint(
            "eligible >= 0 AND already_done >= 0 AND excluded >= 0 AND goal >= 0", name="target_with_negative_people"
        ),
        sa.CheckConstraint("excluded <= eligible", name="target_excludes_more_than_are_eligible"),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.campaign_id"]),
        sa.ForeignKeyConstraint(["area_id"], ["area.area_id"]),
        sa.ForeignKeyConstraint(["service"], ["service.code"]),
        sa.PrimaryKeyConstraint("campaign_id", "area_id", "service", "version"),
    )
    op.create_index("target_area", "target", ["area_id"])
    op.create_table(
        "official_count",
        sa.Column("area_id", pg.UUID(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("done >= 0", name="official_count_below_zero"),
        sa.ForeignKeyConstraint(["area_id"], ["area.area_id"]),
        sa.ForeignKeyConstraint(["service"], ["service.code"]),
        sa.PrimaryKeyConstraint("area_id", "service", "as_of"),
    )


def _audit() -> None:
    op.create_table(
        "change",
        sa.Column("change_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "actor", sa.Text(), nullable=False, comment="a client's id, or operator:<user> on the machine itself"
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False, comment="the table"),
        sa.Column("subject", sa.Text(), nullable=False, comment="its primary key, parts joined by /"),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("before", pg.JSONB(), nullable=True, comment="the columns that changed, as they were"),
        sa.Column("after", pg.JSONB(), nullable=True, comment="the columns that changed, as they are"),
        sa.CheckConstraint("action IN ('added', 'changed', 'removed')", name="change_of_no_known_action"),
        sa.PrimaryKeyConstraint("change_id"),
    )
    op.create_index("change_subject", "change", ["kind", "subject", "change_id"])
    op.create_table(
        "change_personal",
        sa.Column("change_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("before", pg.JSONB(), nullable=True),
        sa.Column("after", pg.JSONB(), nullable=True),
        sa.ForeignKeyConstraint(["change_id"], ["change.change_id"]),
        sa.PrimaryKeyConstraint("change_id"),
    )
