"""The teams of a day in the schema `grafana` are those that the reporting service tells, also across a merger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from services.reporting.queries_teams import teams
from shared import database
from shared.events import people
from tests.support.postgres import TestPostgres
from tests.support.reporting import Told, identify

MERGER = dt.date(2026, 3, 10)


def march(day: int) -> dt.date:
    return dt.date(2026, 3, day)


def prepare(url: str) -> None:
    """Two wards that become one on 10 March, a third, a district's own team, and what happens to teams meanwhile."""
    database.migrate("reporting", url)
    engine = database.engine(url)
    told = Told(engine)
    told.area("p", None, "province")
    told.area("w1", "p", "ward", residents=900, valid_to=march(9))
    told.area("w2", "p", "ward", valid_to=march(9))
    told.area("w3", "p", "ward", valid_from=MERGER)
    told.area("w4", "p", "ward", residents=70)
    for name, ward, residents in (("g1", "w1", 100), ("g2", "w1", 200), ("h1", "w2", 300), ("h2", "w2", None)):
        told.area(name, ward, residents=residents)
    told.succession(MERGER, ["w1", "w2"], {"w3": ["g1", "g2", "h1", "h2"]})
    for name in ("an", "binh", "chi", "dung"):
        told.registry(people.VolunteerRegistered(volunteer=identify(name), kind="youth", area=identify("g1")))
    told.registry(people.VolunteerMerged(volunteer=identify("dung"), into=identify("chi"), on=march(1)))
    for team, area, day in (("t1", "g1", 1), ("t2", "w2", 2), ("t3", "h1", 3), ("t4", "p", 4), ("t5", "g1", 5)):
        told.registry(people.TeamFormed(team=identify(team), area=identify(area), on=march(day)))
    for who, team, day in (("an", "t1", 1), ("binh", "t1", 1), ("binh", "t2", 2), ("chi", "t3", 3), ("dung", "t3", 3),
                           ("an", "t5", 5), ("chi", "t4", 4)):  # fmt: skip
        told.registry(people.VolunteerJoinedTeam(volunteer=identify(who), team=identify(team), on=march(day)))
    told.registry(people.VolunteerLeftTeam(volunteer=identify("an"), team=identify("t1"), on=march(6)))
    told.registry(people.TeamMoved(team=identify("t5"), area=identify("w4"), on=march(12)))
    told.registry(people.TeamDissolved(team=identify("t3"), area=identify("h1"), on=march(14)))
    engine.dispose()


@pytest.fixture(scope="module")
def told(postgres: TestPostgres) -> Iterator[Told]:
    url = postgres.fresh_database(prepare)
    engine = database.engine(url)
    yield Told(engine)
    engine.dispose()
    postgres.drop(url)


@pytest.mark.parametrize("day", range(1, 17))
def test_teams_of_a_day_are_those_of_the_service(told: Told, day: int) -> None:
    with database.transaction(told.engine) as connection:
        rows = teams(connection, march(day), march(day), None, ("area",), level="ward")
    found = told.ask(
        "SELECT ward_code, teams, members, groups, groups_with_team, residents FROM grafana.teams(%s)", march(day)
    )

    expected = [
        (row["area"]["code"], row["teams"], row["members"], row["groups"], row["groups_with_team"],
         row["residents"] if row["area"]["level"] == "ward" else None)
        for row in rows
    ]  # fmt: skip
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_across_the_merger_no_team_is_lost(told: Told) -> None:
    before, after = (
        told.ask("SELECT ward_code, teams, groups_with_team FROM grafana.teams(%s) ORDER BY 1", march(day))
        for day in (9, 10)
    )

    assert before == [("p", 1, 0), ("w1", 2, 1), ("w2", 2, 1), ("w4", 0, 0)]
    assert after == [("p", 1, 0), ("w3", 4, 2), ("w4", 0, 0)]
