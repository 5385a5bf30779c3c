"""Today's ward 11692 with groups, people, teams and venues: short ways to declare and ask, for tests of areas."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from services.registry.commands import people, venues
from services.registry.commands.placements import area_on, place
from services.registry.model import Team
from services.registry.store import reading, writing
from tests.integration.registry_house import House

NOW, NEXT = "2026-03-15", "2027-01-01"
LAST, LATER = "2026-12-31", "2028-01-01"


class Ward:
    """Today's ward 11692 with groups; short ways to declare and ask."""

    since = NOW  # from when on people, teams and venues are there

    def __init__(self, house: House, it: dict[str, str], groups: int = 3) -> None:
        self.house, self.it = house, it
        self.id = house.area_id("11692", NOW)
        self.groups = [self.group(f"tdp-{number:02d}") for number in range(1, groups + 1)]

    def post(self, path: str, status: int = 201, **body: Any) -> Any:
        answer = self.house.web.post(path, json=body, headers=self.it)
        assert answer.status_code == status, answer.text
        return answer.json

    def group(self, code: str, ward: str | None = None, **more: Any) -> str:
        body: dict[str, Any] = {"parent": ward or self.id, "code": code, "name": f"Tổ {code}"} | more
        return str(self.post("/v1/areas", **body)["area_id"])

    def ward(self, code: str, since: str = NEXT) -> str:
        parent = self.house.area_id("31", NOW)
        body: dict[str, Any] = {
            "level": "ward",
            "code": code,
            "name": f"Phường {code}",
            "parent": parent,
            "valid_from": since,
        }
        return str(self.post("/v1/areas", **body)["area_id"])

    def succeed(self, old: str | list[str], to: list[dict[str, Any]], **how: Any) -> Any:
        status = how.pop("status", 201)
        froms = [old] if isinstance(old, str) else old
        return self.post("/v1/successions", status, **({"on": NEXT, "kind": "split", "from": froms, "to": to} | how))

    def refused(self, old: str | list[str], to: list[dict[str, Any]], **how: Any) -> dict[str, str]:
        answer = self.succeed(old, to, status=422, **how)
        return {error["field"]: error["code"] for error in answer["errors"]}

    def above(self, area: str, day: str) -> str:
        answer = self.house.web.get(f"/v1/areas/{area}?on={day}", headers=self.it)
        return str(answer.json["parent_id"])

    def get(self, path: str) -> Any:
        answer = self.house.web.get(path, headers=self.it)
        assert answer.status_code == 200, answer.text
        return answer.json

    def where(self, thing: Any, day: str) -> str:
        with reading(self.house.engine) as session:
            return str(area_on(session, thing, dt.date.fromisoformat(day)))

    def things(self, area: str) -> dict[str, Any]:
        """A volunteer, a venue and a team, each in an area of today."""
        since, area_id = dt.date.fromisoformat(self.since), UUID(area)
        with writing(self.house.engine) as session:
            new = people.NewVolunteer(full_name="Nguyễn Thị Bưởi", kind="youth", area_id=area_id, joined_on=since)
            volunteer = people.register_volunteer(session, new).volunteer_id
            house = venues.NewVenue(name="Nhà văn hóa", kind="cultural_house", area_id=area_id, placed_on=since)
            venue = venues.declare_venue(session, house).venue_id
            team = Team(team_id=uuid4(), name="Tổ công nghệ số cộng đồng", formed_on=since)
            session.add(team)
            place(session, "team", team.team_id, area_id, since)
            return {"volunteer": volunteer, "venue": venue, "team": team.team_id}


def everything(house: House) -> dict[str, Any]:
    """All that is stored, by table."""
    tables = (
        "area",
        "area_succession",
        "area_transfer",
        "placement",
        "volunteer",
        "venue",
        "team",
        "change",
        "event_log",
    )
    return {
        name: house.ask(f"SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {name} AS t") for name in tables
    }
