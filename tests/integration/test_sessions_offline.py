"""What a phone takes along: the catalogue of its wards, and what changed since; and where it comes from."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from deploy.cds.registry_commands import revoke_client
from services.registry import store
from services.registry.commands import venues
from services.registry.model import Venue
from shared import database
from tests.support.by_hand import cut, take_in
from tests.support.events import AT, DAY, about, assist, session, void
from tests.support.postgres import TestPostgres
from tests.support.reading import DISTRICT, arrive, changed, get, read, served, subjects
from tests.support.stack import ANH_DUNG, Stack


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with served(postgres) as made:
        yield made


# -- the catalogue -----------------------------------------------------------------------------------------------------


def test_the_catalogue_has_what_a_phone_needs_offline(stack: Stack) -> None:
    found = read(stack, "catalogue", on=DAY)

    services = {one["service"]: one for one in found["services"]}
    assert services["vneid_activation"]["name_vi"].startswith("Kích hoạt")
    assert services["vneid_activation"]["once"] is True
    assert {one["unit"] for one in found["services"]} == {"resident", "stall", "record"}
    assert {one["may_return"] for one in found["services"]} == {True, False}
    assert {"code": "to_return", "vi": "hẹn lại", "en": "to return"} in found["codes"]["outcome"]
    (ward,) = found["wards"]
    assert ward["code"] == "11692"
    assert "tdp-03" in {group["code"] for group in ward["groups"]}
    assert {venue["kind"] for venue in ward["venues"]} >= {"cultural_house"}
    assert all(venue["name"] for venue in ward["venues"])
    assert ward["volunteers"]
    assert all(uuid.UUID(one) for one in ward["volunteers"])
    assert found["on"] == DAY


def test_the_catalogue_of_another_day_has_the_ward_of_that_day(stack: Stack) -> None:
    (then,) = read(stack, "catalogue", on=DAY)["wards"]
    venue = then["venues"][0]["venue"]
    stack.do("sessions", "UPDATE venue SET closed_on = NULL WHERE venue_id = %s", venue)

    now = {ward["code"]: ward for ward in read(stack, "catalogue", on="2026-03-15")["wards"]}["11692"]

    assert then["area_id"] != now["area_id"]
    assert "tdp-03" in {group["code"] for group in now["groups"]}
    assert venue in {one["venue"] for one in now["venues"]}, "what nobody moved is where its area went"
    assert len(read(stack, "catalogue", DISTRICT, on=DAY)["wards"]) == 6


def test_the_catalogue_is_told_by_its_tag_and_not_sent_again(stack: Stack) -> None:
    first = get(stack, "catalogue", on=DAY)
    tag = first.headers["ETag"]

    same = get(stack, "catalogue", headers={"If-None-Match": tag}, on=DAY)
    weak = get(stack, "catalogue", headers={"If-None-Match": f'"x", W/{tag}'}, on=DAY)
    other = get(stack, "catalogue", ANH_DUNG, headers={"If-None-Match": tag}, on=DAY)
    before = stack.ask("sessions", "SELECT name_vi FROM service WHERE service = 'vneid_activation'")[0][0]
    stack.do("sessions", "UPDATE service SET name_vi = 'tên mới' WHERE service = 'vneid_activation'")
    changed_ = get(stack, "catalogue", headers={"If-None-Match": tag}, on=DAY)
    stack.do("sessions", "UPDATE service SET name_vi = %s WHERE service = 'vneid_activation'", before)

    assert tag.startswith('"')
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", tag)
    assert weak.status_code == 304
    assert (other.status_code, changed_.status_code) == (200, 200)
    assert changed_.headers["ETag"] != tag
    assert get(stack, "catalogue", on=DAY).headers["ETag"] == tag


def test_a_closed_venue_and_a_retired_or_erased_volunteer_are_offered_no_more(stack: Stack) -> None:
    (ward,) = read(stack, "catalogue", on=DAY)["wards"]
    venue, (retired, erased, moved, *_) = ward["venues"][0]["venue"], ward["volunteers"]
    other = read(stack, "catalogue", ANH_DUNG, on=DAY)["wards"][0]["area_id"]
    stack.do("sessions", "UPDATE venue SET closed_on = '2023-03-08' WHERE venue_id = %s", venue)
    stack.do("sessions", "UPDATE volunteer SET retired_on = '2023-03-08' WHERE volunteer_id = %s", retired)
    stack.do("sessions", "UPDATE volunteer SET is_erased = true WHERE volunteer_id = %s", erased)
    stack.do("sessions", "INSERT INTO placement VALUES (%s, '2023-03-08', %s)", moved, other)

    (after,), (before,) = (read(stack, "catalogue", on=day)["wards"] for day in (DAY, "2023-03-07"))

    assert venue not in {one["venue"] for one in after["venues"]}
    assert venue in {one["venue"] for one in before["venues"]}
    assert not {retired, erased, moved} & set(after["volunteers"])
    assert {retired, moved} <= set(before["volunteers"])
    assert moved in read(stack, "catalogue", ANH_DUNG, on=DAY)["wards"][0]["volunteers"]


# -- what changed ------------------------------------------------------------------------------------------------------


def test_what_other_phones_changed_comes_once_and_what_changes_again_comes_again(stack: Stack) -> None:
    _, since = changed(stack, limit=7)
    first, second = assist(), session()
    arrive(stack, first, second)
    fresh, since = changed(stack, since=since, limit=1)
    arrive(stack, void(first["subject"]), assist(area="tdp-01"))
    again, since = changed(stack, since=since)
    came = about(second["subject"], "attendance.checked_in", area="tdp-03", volunteer=str(uuid.uuid4()))
    arrive(stack, came)
    third, since = changed(stack, since=since)

    assert subjects(fresh) == [first["subject"], second["subject"]]
    assert again[0]["subject"] == first["subject"]
    assert (again[0]["status"], again[0]["is_void"]) == ("voided", True)
    assert subjects(third) == [second["subject"]]
    assert changed(stack, since=since) == ([], since)


def test_changes_inside_one_area_only(stack: Stack) -> None:
    _, since = changed(stack)
    here, there = assist(), assist(area="tdp-01")
    arrive(stack, here, there)

    assert subjects(changed(stack, since=since, area="tdp-03")[0]) == [here["subject"]]
    assert subjects(changed(stack, since=since, area="11692")[0]) == [here["subject"], there["subject"]]


def test_a_change_that_commits_late_is_not_skipped(stack: Stack) -> None:
    early, late = assist(), assist()
    arrive(stack, early, late)
    _, since = changed(stack)
    url = stack.settings.database_url("sessions")
    touch = "UPDATE entity SET changed_at = now(), changed_xid = pg_current_xact_id() WHERE subject = %s"
    with database.connect(url) as slow:
        slow.execute(touch, [early["subject"]])
        stack.do("sessions", touch, late["subject"])

        waiting, between = changed(stack, since=since)
        slow.commit()
    done, _ = changed(stack, since=between)

    assert waiting == []
    assert subjects(done) == [early["subject"], late["subject"]]


def test_a_cursor_of_another_epoch_begins_anew(stack: Stack) -> None:
    everything, since = changed(stack)
    epoch, rest = since.split("~", 1)

    assert len(changed(stack, since=f"{uuid.uuid4()}~{rest}")[0]) == len(everything)
    assert changed(stack, since=f"{epoch}~{rest}")[0] == []


# -- what is taken from the registry -----------------------------------------------------------------------------------


REPLICAS = ("area", "area_parent", "client", "placement", "service", "venue", "volunteer")


def replicas(stack: Stack) -> dict[str, list[Any]]:
    return {name: sorted(map(str, stack.ask("sessions", f"SELECT * FROM {name}"))) for name in REPLICAS}


def test_the_registrys_stream_taken_again_from_its_beginning_changes_nothing(postgres: TestPostgres) -> None:
    with Stack(postgres, "memory://") as stack:
        revoke_client(stack.settings, ANH_DUNG)
        with store.writing(stack.engine("registry")) as writing:
            venue = writing.scalars(sa.select(Venue).where(Venue.closed_on.is_(None))).first()
            assert venue is not None
            venues.move_venue(writing, venue, venues._area_now(writing, venue), dt.date(2025, 9, 1))
            venues.close_venue(writing, venue, dt.date(2026, 1, 1))
        told = cut(stack, "registry")
        take_in(stack, "sessions", told)
        before = replicas(stack)
        stack.do("sessions", "UPDATE position SET segment = 0")
        revoked = "SELECT is_revoked FROM client WHERE client_id = %s"

        for segment in told:
            take_in(stack, "sessions", [segment])
            assert stack.ask("sessions", revoked, ANH_DUNG) == [(True,)]

        assert replicas(stack) == before
        assert stack.ask("sessions", "SELECT closed_on FROM venue WHERE venue_id = %s", venue.venue_id) == [
            (dt.date(2026, 1, 1),)
        ]
        assert all(row[0] for row in stack.ask("sessions", "SELECT name IS NOT NULL FROM venue"))


def test_what_was_stored_before_the_reading_routes_came_is_read_by_them(postgres: TestPostgres) -> None:
    url = postgres.fresh_database()
    command.upgrade(database.alembic_config("sessions", url), "0002")
    ward, subject = uuid.uuid4(), uuid.uuid4()
    content = {"day": DAY, "area": str(ward), "ward": str(ward), "kind": "support", "opened_at": AT,
               "closed_at": f"{DAY}T21:00:00+07:00"}  # fmt: skip
    row = "INSERT INTO entity (subject, kind, shard, ward_id, changed_at, content) VALUES (%s, 'session', 0, %s, now(), %s)"
    with database.connect(url) as connection:
        connection.execute(row, [subject, ward, json.dumps(content).encode()])
        connection.execute("INSERT INTO position (stream, shard, epoch, segment) VALUES ('registry', 0, %s, 7)", [ward])
        connection.execute("INSERT INTO position (stream, shard, epoch, segment) VALUES ('other', 0, %s, 7)", [ward])

    database.migrate("sessions", url)

    with database.connect(url) as connection:
        found = connection.execute("SELECT day, last_event_at, changed_xid IS NOT NULL FROM entity").fetchall()
        positions = dict(connection.execute("SELECT stream, segment FROM position").fetchall())
    postgres.drop(url)
    assert found == [(dt.date(2023, 3, 8), dt.datetime(2023, 3, 8, 14, tzinfo=dt.UTC), True)]
    assert positions == {"registry": 0, "other": 7}
