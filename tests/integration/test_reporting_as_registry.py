"""What reporting makes of plans is what the registry says of them: the units of a day, and what is expected by it.

Both read the sample: six wards that are merged into two, one group into a third. Reporting knows it from the stream.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from uuid import UUID

import pytest
import sqlalchemy as sa

from deploy.cds import wiring
from deploy.sample.place import SAMPLE
from services.reporting.progress_parts import Asked
from services.reporting.queries_completeness import units
from services.reporting.queries_progress import progress
from shared import database, segments
from shared.consumer import Applier
from tests.integration.registry_house import open_house
from tests.integration.test_registry_places_venues import Desk
from tests.integration.test_registry_plans_campaigns import launch
from tests.integration.test_registry_plans_units import AFTER, BEFORE, LONG, with_sample
from tests.integration.test_registry_plans_units import units as registry_units
from tests.support.postgres import TestPostgres
from tests.support.reporting import NEIGHBOURS

DAYS = [*(f"2025-06-{day}" for day in ("01", "29", "30")), AFTER, "2025-07-02", "2025-07-31"]


@pytest.fixture(scope="module")
def desk(postgres: TestPostgres) -> Iterator[Desk]:
    with open_house(postgres, with_sample) as house:
        yield Desk(house, house.as_it())


def migrate(url: str) -> None:
    database.migrate("reporting", url)


@pytest.fixture
def reporting(desk: Desk, postgres: TestPostgres) -> Iterator[sa.Engine]:
    url = postgres.fresh_database(migrate)
    engine = database.engine(url, options=database.JOB_OPTIONS)
    yield engine
    engine.dispose()
    postgres.drop(url)


def take_in(desk: Desk, reporting: sa.Engine) -> None:
    """The registry's stream, as far as it goes."""
    source = database.engine(desk.house.url)
    with database.transaction(source) as connection:
        while segments.cut(connection, [0]):
            pass
        epoch, _ = segments.open_stream(connection, "registry", 1)
        found = segments.read(connection, "registry", epoch, 0, 0, 1000)
    source.dispose()
    applier = Applier(wiring.CONSUMERS["reporting"], reporting)
    for segment in found:
        applier.apply(segment)
    with database.transaction(reporting) as connection:
        connection.execute(NEIGHBOURS)
        assert connection.execute("SELECT count(*) FROM quarantine").fetchone() == (0,)


def test_the_units_of_each_day_are_those_of_the_registry(desk: Desk, reporting: sa.Engine) -> None:
    house = desk.house
    stays = desk.send("POST", "/v1/areas", {"parent": house.area_id("11692", BEFORE), "code": "tdp-99",
                                            "name": "Tổ 99", "valid_from": "2024-01-01"}, 201)  # fmt: skip
    group = SAMPLE.group_successions[0]
    places = [
        [house.area_id("11692", BEFORE)],
        [house.area_id("11692", AFTER)],
        [house.area_id("11740", BEFORE)],
        [house.area_id("309", BEFORE)],
        [house.area_id("31", AFTER)],
        [house.area_id("309", BEFORE), house.area_id("31", AFTER), house.area_id("11692", AFTER)],
    ]
    launched = [
        launch(desk, areas=areas, reporting_level=level, **LONG)
        for areas in places
        for level in ("ward", "residential_group")
    ]
    launched += [launch(desk, areas=areas, **LONG) for areas in ([str(group.old[0])], [stays["area_id"]])]
    take_in(desk, reporting)

    seen = 0
    for campaign in launched:
        for day in DAYS:
            wanted = {one["area_id"]: one["parent_name"] for one in registry_units(desk, campaign, day)}
            with database.transaction(reporting) as connection:
                told = units(connection, dt.date.fromisoformat(day), campaign_id=UUID(campaign["campaign_id"]))
            assert sorted(str(one["area_id"]) for one in told) == sorted(wanted), (campaign, day)
            if campaign["reporting_level"] == "residential_group":
                assert {str(one["area_id"]): one["ward"]["name"] for one in told} == wanted
            seen += len(wanted)
    assert seen > 500


def test_what_is_expected_by_each_day_is_what_the_registry_expects(desk: Desk, reporting: sa.Engine) -> None:
    take_in(desk, reporting)
    campaigns = [one for one in desk.get("/v1/campaigns?limit=200")["items"] if "người cuối cùng" in one["name"]]

    compared = 0
    for campaign in campaigns:
        first, last = (dt.date.fromisoformat(campaign[name]) for name in ("starts_on", "ends_on"))
        for day in (first - dt.timedelta(days=1), first, first + (last - first) / 2, last, last + dt.timedelta(days=1)):
            path = f"/v1/campaigns/{campaign['campaign_id']}/expected?on={day}&limit=500"
            answer = desk.get(path)
            wanted = {(one["area_id"], one["service"]): (one["goal"], one["expected"]) for one in answer["items"]}
            totals = {one["service"]: (one["goal"], one["expected"]) for one in answer["totals"]}
            with database.transaction(reporting) as connection:
                rows = progress(connection, Asked(day=day, campaign_id=UUID(campaign["campaign_id"])))
            own = {
                (str(row["area"]["area_id"]), row["service"]): (row["goal"], row["expected"])
                for row in rows
                if row["area"] and not row["of_parts"]
            }
            assert own == wanted
            assert {row["service"]: (row["goal"], row["expected"]) for row in rows if not row["area"]} == totals
            compared += len(wanted)
    assert compared > 50
