"""The sample in the registry, on a real PostgreSQL: loaded once, loaded again, loaded late, removed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.cds.registry_commands import import_areas, load_sample, remove_sample
from deploy.sample.place import SAMPLE
from tests.integration.registry_house import House, open_house
from tests.support.postgres import TestPostgres


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

    areas = dict(
        house.ask("SELECT client_id, areas[1]::text FROM client WHERE client_id LIKE 'app-11692-%%'")
    )

    assert areas == {
        "app-11692-2023": house.area_id("11692", "2023-03-15"),
        "app-11692-2025": house.area_id("11692", "2026-03-15"),
    }


@pytest.mark.parametrize("areas_first", [False, True])
def test_every_group_is_in_the_ward_of_its_day(house: House, areas_first: bool) -> None:
    if areas_first:
        import_areas(house.settings, province="31")
    load_sample(house.settings)
    events = len(house.events())

    headers = house.as_it()
    for group in SAMPLE.groups:
        for day in (group.valid_from, group.valid_to):
            if day is None:
                continue
            found = house.web.get(f"/v1/areas/{group.area_id}?on={group.valid_from}", headers=headers).json
            assert found["parent_id"] == house.area_id(group.ward, str(group.valid_from))

    assert house.ask("SELECT count(*) FROM area WHERE level = 'residential_group' AND valid_to IS NULL") == [
        (sum(group.valid_to is None for group in SAMPLE.groups),)
    ]
    load_sample(house.settings)
    assert len(house.events()) == events + 1  # the IT client of this test


def test_a_removed_sample_leaves_no_names_and_no_valid_client_and_can_come_back(house: House) -> None:
    load_sample(house.settings)

    remove_sample(house.settings)

    assert house.ask("SELECT count(*) FROM volunteer") == house.ask("SELECT count(*) FROM venue") == [(0,)]
    assert house.ask("SELECT count(*) FROM client WHERE revoked_at IS NULL") == [(0,)]
    assert len(house.told("volunteer.retired")) == len(SAMPLE.volunteers)
    remove_sample(house.settings)
    assert len(house.told("volunteer.retired")) == len(SAMPLE.volunteers)

    back = load_sample(house.settings)

    assert all(client.client_secret for client in back)


def test_no_name_and_no_phone_of_the_sample_is_in_an_event(house: House) -> None:
    load_sample(house.settings)

    ((text,),) = house.ask("SELECT string_agg(convert_from(body, 'UTF8'), ' ') FROM event_log")

    for volunteer in SAMPLE.volunteers:
        assert volunteer.name not in text
        assert volunteer.phone.removeprefix("+84") not in text
