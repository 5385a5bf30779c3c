"""Short ways to register people in a house, for the tests of volunteers and teams."""

from __future__ import annotations

from typing import Any

from tests.integration.registry_house import House

OLD, NEW = "2023-03-15", "2026-03-15"  # before and after the reform of 2025
NOBODY = "00000000-0000-4000-8000-000000000000"


class Office:
    """Whoever keeps the book of volunteers: an IT client of one house."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.headers = house.as_it()
        self.ward = house.area_id("11692", NEW)
        self.old_ward = house.area_id("11692", OLD)

    def post(self, path: str, body: dict[str, Any], status: int = 200, **headers: str) -> Any:
        answer = self.house.web.post(path, json=body, headers=self.headers | headers)
        assert answer.status_code == status, answer.text
        return answer.json

    def get(self, path: str, status: int = 200) -> Any:
        answer = self.house.web.get(path, headers=self.headers)
        assert answer.status_code == status, answer.text
        return answer.json

    def register(self, full_name: str = "Nguyễn Văn An", **fields: Any) -> Any:
        body = {"full_name": full_name, "kind": "union_member", "area_id": self.ward} | fields
        return self.post("/v1/volunteers", body, 201)

    def id(self, full_name: str = "Nguyễn Văn An", **fields: Any) -> str:
        return str(self.register(full_name, **fields)["volunteer_id"])

    def etag(self, path: str) -> str:
        answer = self.house.web.get(path, headers=self.headers)
        return str(answer.headers["ETag"])

    def change(self, path: str, body: dict[str, Any], action: str = "", status: int = 200) -> Any:
        """A PATCH, or an action, on what was just read."""
        method = self.house.web.post if action else self.house.web.patch
        headers = self.headers | {"If-Match": self.etag(path)}
        answer = method(f"{path}/{action}" if action else path, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json

    def refused(self, path: str, body: dict[str, Any], action: str = "", status: int = 422) -> tuple[str, str]:
        """The field and the code of the one refusal."""
        (error,) = self.change(path, body, action, status)["errors"]
        return error["field"], error["code"]

    def search(self, **wanted: Any) -> list[str]:
        return [one["full_name"] for one in self.post("/v1/volunteers/search", wanted)["items"]]

    def group(self, code: str, ward: str | None = None) -> str:
        body = {"parent": ward or self.ward, "code": code, "name": f"Tổ dân phố {code}"}
        return str(self.post("/v1/areas", body, 201)["area_id"])

    def history(self, volunteer_id: str) -> list[Any]:
        found: list[Any] = self.get(f"/v1/changes?kind=volunteer&subject={volunteer_id}")["items"]
        return found


def at(volunteer_id: str) -> str:
    return f"/v1/volunteers/{volunteer_id}"
