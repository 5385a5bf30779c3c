"""Migrations of reporting keep what dashboards read: the same columns, comments and grants over other tables."""

from __future__ import annotations

import datetime as dt
from typing import Any

import psycopg
import pytest
from alembic import command

from shared import database
from tests.support.postgres import TestPostgres
from tests.support.reporting import identify

DAY = dt.date(2026, 3, 2)
VIEWS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), col_description(c.oid, a.attnum),
       obj_description(c.oid), coalesce(c.relacl::text, '')
  FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
 WHERE c.relnamespace = 'grafana'::regnamespace ORDER BY c.relname, a.attnum
"""


@pytest.fixture
def url(postgres: TestPostgres) -> Any:
    made = postgres.fresh_database()
    yield made
    postgres.drop(made)


def ask(url: str, sql: str, *values: Any) -> list[Any]:
    with psycopg.connect(url) as connection:
        cursor = connection.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def raised(url: str) -> list[Any]:
    return ask(url, "SELECT day, ward, theme, theme_vi, raised FROM grafana.feedback_by_day ORDER BY theme")


def test_the_view_of_feedback_stays_as_it_is_there_and_back(url: str) -> None:
    config = database.alembic_config("reporting", url)
    command.upgrade(config, "0004")
    ask(url, "GRANT SELECT ON grafana.feedback_by_day TO public")
    before = ask(url, VIEWS)
    area = (identify("w1"), "00001", "Phường Một", "ward", dt.date(2020, 1, 1))
    ask(url, "INSERT INTO area (area_id, code, name, level, valid_from) VALUES (%s, %s, %s, %s, %s)", *area)
    ask(url, """INSERT INTO area_ancestor (area_id, ancestor_id, level, valid_from, valid_to)
                VALUES (%s, %s, 'ward', '0001-01-01', '9999-12-31')""", area[0], area[0])  # fmt: skip

    command.upgrade(config, "0005")
    for name, theme in (("a", "payment"), ("b", "payment"), ("c", "identity")):
        ask(url, """INSERT INTO feedback (feedback_id, day, ward_id, area_id, kind, theme, raised_at, status, steps)
                    VALUES (%s, %s, %s, %s, 'need', %s, now(), 'raised', '[]')""",
            identify(name), DAY, area[0], area[0], theme)  # fmt: skip
    after, found = ask(url, VIEWS), raised(url)
    command.downgrade(config, "0004")

    assert found == [
        (DAY, "Phường Một", "identity", "định danh điện tử", 1),
        (DAY, "Phường Một", "payment", "thanh toán", 2),
    ]
    assert after == before
    assert raised(url) == found
    assert ask(url, VIEWS) == before
    assert ask(url, "SELECT count(*) FROM feedback_by_day") == [(2,)]


FUNCTIONS = """
SELECT oid::regprocedure::text, pg_get_functiondef(oid), obj_description(oid) FROM pg_proc
 WHERE pronamespace = 'grafana'::regnamespace ORDER BY 1
"""
LABELS = "SELECT kind, code, label_vi, position FROM grafana.labels ORDER BY kind, position"


def test_the_schema_grafana_is_as_before_there_and_back(url: str) -> None:
    config = database.alembic_config("reporting", url)
    command.upgrade(config, "0007")
    before = [ask(url, sql) for sql in (VIEWS, FUNCTIONS, LABELS)]

    command.upgrade(config, "head")
    after = [ask(url, sql) for sql in (VIEWS, FUNCTIONS, LABELS)]
    command.downgrade(config, "0007")

    assert [ask(url, sql) for sql in (VIEWS, FUNCTIONS, LABELS)] == before
    kept = {row[:2]: row for row in after[0]}
    changed = [row[:2] for row in before[0] if kept[row[:2]] != row]
    assert changed == [("labels", "kind")]  # it says of more kinds than before
    assert set(after[1]) > set(before[1])
    assert set(after[2]) > set(before[2])
