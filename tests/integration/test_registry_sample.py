"""The sample in the registry, on a real PostgreSQL: loaded once, loaded again, loaded late, removed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import msgspec
import pytest
import sqlalchemy as sa

from deploy.cds.registry_commands import import_areas, load_sample, remove_sample
from deploy.cds.registry_sample import load_officer
from deploy.sample.place import SAMPLE
from services.registry.commands.placements import area_on
from services.registry.store import open_engine, reading
from shared import areas, clock
from shared.areas import AreaBook
from shared.database import transaction
from shared.events.facts import Logged, decode_fact
from shared.events.registry import AreaDeclared, AreaSucceeded
from tests.integration.registry_house import House, open_house
from tests.support.postgres import TestPostgres

TODAY = dt.date(2026, 3, 15)


@pytest.fixture
def house(postgres: TestPostgres) -> Iterator[House]:
    with open_house(postgres) as opened:
        yield opened


def test_the_sample_is_loaded_once(house: House) -> None:
    first = load_sample(house.settings)
    events = len(house.events())

    again = load_sample(house.settings)

    assert [client.client_id for client in first] == [client.client_id for client in SAMPLE.clients]
    assert all(client.client_secret for client in first)
    assert not any(client.client_secret for client in again)
    assert len(house.events()) == events
    assert house.ask("SELECT count(*) FROM venue") == [(len(SAMPLE.venues),)]
    assert house.ask("SELECT count(*) FROM volunteer") == [(len(SAMPLE.volunteers),)]


def test_the_clients_of_one_code_write_for_two_areas(house: House) -> None:
    load_sample(house.settings)

    areas = dict(house.ask("SELECT client_id, areas[1]::text FROM client WHERE client_id LIKE 'app-11692-%%'"))

    assert areas == {
        "app-11692-2023": house.area_id("11692", "2023-03-15"),
        "app-11692-2025": house.area_id("11692", "2026-03-15"),
    }


@pytest.mark.parametrize("areas_first", [False, True])
def test_every_group_is_in_the_ward_of_its_day_here_and_for_the_readers(
    house: House, postgres: TestPostgres, areas_first: bool
) -> None:
    if areas_first:
        import_areas(house.settings, province="31")

    load_sample(house.settings)

    with replica(postgres, house) as book, reading(house.engine) as session:
        for group in SAMPLE.groups:
            ward = house.area_id(group.ward, str(group.valid_from))
            assert str(area_on(session, group.area_id, group.valid_from)) == ward
            assert str(book.parent(group.area_id, group.valid_from)) == ward
            assert book.areas[group.area_id].valid_to == last_day(group.valid_to)
        assert [area.code for area in book.groups(UUID(house.area_id("11692", "2026-03-15")), TODAY)] == [
            group.code for group in SAMPLE.groups if group.ward == "11692" and group.valid_to is None
        ]


@pytest.mark.parametrize("areas_first", [False, True])
def test_a_second_load_appends_no_event(house: House, areas_first: bool) -> None:
    if areas_first:
        import_areas(house.settings, province="31")
    load_sample(house.settings)
    events = len(house.events())

    load_sample(house.settings)

    assert len(house.events()) == events


def test_a_removed_sample_leaves_no_names_and_no_valid_client_and_can_come_back(house: House) -> None:
    load_sample(house.settings)

    remove_sample(house.settings)

    assert house.ask("SELECT count(*) FROM volunteer") == [(0,)]
    assert house.ask("SELECT count(*) FROM change_personal") == [(0,)]
    assert house.ask("SELECT count(*) FROM venue WHERE closed_on IS NULL") == [(0,)]
    assert house.ask("SELECT count(*) FROM campaign WHERE closed_on IS NULL") == [(0,)]
    assert house.ask("SELECT count(*) FROM client WHERE revoked_at IS NULL") == [(0,)]
    assert len(house.told("volunteer.retired")) == len(SAMPLE.volunteers)
    remove_sample(house.settings)
    assert len(house.told("volunteer.retired")) == len(SAMPLE.volunteers)

    back = load_sample(house.settings)

    assert all(client.client_secret for client in back)
    open_venues = sum(venue.valid_to is None for venue in SAMPLE.venues)
    assert house.ask("SELECT count(*) FROM venue WHERE closed_on IS NULL") == [(open_venues,)]
    assert house.ask("SELECT count(*) FROM campaign WHERE closed_on IS NULL") == [(2,)]


def test_the_samples_officer_signs_in_until_the_sample_is_removed(house: House) -> None:
    load_sample(house.settings)
    officer = load_officer(house.settings)
    assert load_officer(house.settings).client_secret is None

    told = house.web.post("/oauth/token", data={"grant_type": "client_credentials"},
                          auth=(officer.client_id, officer.client_secret))  # fmt: skip
    assert told.json["name"] == officer.name
    assert {"events:write", "events:read"} <= set(told.json["scope"].split())

    remove_sample(house.settings)
    refused = house.web.post("/oauth/token", data={"grant_type": "client_credentials"},
                             auth=(officer.client_id, officer.client_secret))  # fmt: skip
    assert refused.status_code == 401
    assert load_officer(house.settings).client_secret not in (None, officer.client_secret)


def test_the_sample_has_plans_whose_groups_are_counted_on(house: House) -> None:
    load_sample(house.settings)
    headers, today = house.as_it(), str(clock.today())

    (this_year,) = house.web.get("/v1/calendar", headers=headers).json["items"]
    running = house.web.get(f"/v1/campaigns?running_on={today}", headers=headers).json["items"]
    past = house.web.get("/v1/campaigns?running_on=2023-03-15", headers=headers).json["items"]

    assert f"{today[:4]}-05-01" in this_year["off_days"]
    for (campaign,), day, groups in ((running, today, 2025), (past, "2023-03-15", 2020)):
        address = f"/v1/campaigns/{campaign['campaign_id']}"
        units = house.web.get(f"{address}/reporting-units?on={day}&limit=500", headers=headers).json
        expected = house.web.get(f"{address}/expected?on={day}&limit=500", headers=headers).json
        here = {str(group.area_id) for group in SAMPLE.groups if group.valid_from.year == groups}
        assert {unit["area_id"] for unit in units["items"]} == {row["area_id"] for row in expected["items"]} == here
        (total,) = expected["totals"]
        assert total["already_done"] < total["expected"] < total["goal"]


def test_no_name_and_no_phone_of_the_sample_is_in_an_event(house: House) -> None:
    load_sample(house.settings)

    ((text,),) = house.ask("SELECT string_agg(convert_from(body, 'UTF8'), ' ') FROM event_log")

    for volunteer in SAMPLE.volunteers:
        assert volunteer.name not in text
        assert volunteer.phone.removeprefix("+84") not in text


@contextmanager
def replica(postgres: TestPostgres, house: House) -> Iterator[AreaBook]:
    """The book of areas as a reader of the stream makes it."""
    url = postgres.fresh_database()
    engine = open_engine(url)
    metadata = sa.MetaData()
    areas.define_tables(metadata)
    metadata.create_all(engine)
    with transaction(engine) as connection:
        for event in house.events():
            fact = decode_fact(
                msgspec.convert(event | {"data": msgspec.Raw(json.dumps(event["data"]).encode())}, Logged)
            )
            if isinstance(fact, AreaDeclared):
                areas.declare(connection, fact)
            elif isinstance(fact, AreaSucceeded):
                areas.succeed(connection, fact)
        yield AreaBook.load(connection)
    engine.dispose()
    postgres.drop(url)


def last_day(first_without: dt.date | None) -> dt.date | None:
    return first_without - dt.timedelta(days=1) if first_without else None
