"""Reporting filled through the intake with a little of everything, before and after the reform of 2025-07-01.

In March 2023 phường Hải Thành (11692) and phường Anh Dũng (11689), which are divided later, and in 2025 phường Dương Kinh.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from deploy.cds import wiring
from deploy.cds.registry_commands import add_client
from deploy.sample import place
from shared import database, segments
from shared.consumer import Applier
from tests.support.events import about, assist, correction, event, feedback, session, tally, void
from tests.support.postgres import TestPostgres
from tests.support.stack import ANH_DUNG, HAI_THANH, VIEWER, Stack

TODAYS = "app-11692-2025"  # a ward app of phường Dương Kinh
PEOPLE = "people-test"  # may read by volunteer
CAMPAIGN_DAYS = ("2023-03-01", "2023-03-31")
DAY, NEXT_DAY, AFTER = "2023-03-08", "2023-03-09", "2025-08-01"
ALL = {"from": "2023-01-01", "to": "2025-12-31"}


def at(day: str, hour: int = 10) -> dict[str, Any]:
    return {"time": f"{day}T{hour:02}:00:00+07:00"}


def move(stack: Stack) -> None:
    """What the relay and the consumer do: cut the log, and apply it to the figures."""
    source, target = stack.engine("sessions"), stack.engine("reporting")
    with database.transaction(source) as connection:
        while segments.cut(connection, range(4)):
            pass
        epoch, shards = segments.open_stream(connection, "sessions", 4)
        found = [segments.read(connection, "sessions", epoch, shard, 0, 1000) for shard in range(shards)]
    applier = Applier(wiring.CONSUMERS["reporting"], target)
    for segment in (one for shard in found for one in shard):
        applier.apply(segment)
    source.dispose()
    target.dispose()


def of_hai_thanh() -> list[dict[str, Any]]:
    """Eleven assists, of which one is voided, one corrected by an hour; ten of a book; a session, feedback and more."""
    wrong, gone = assist(attributes=at(DAY)), assist(attributes=at(DAY))
    helper = str(next(one.volunteer for one in place.SAMPLE.volunteers if one.ward == "11692"))
    held = session(partners=["police"])
    evening = held["subject"]
    fed = feedback()
    proposed = event(
        "proposal.submitted", {"area": "tdp-03", "addressed_to": "youth_union", "theme": "policy", "text": "Thêm máy."}
    )
    return [
        *(assist(attributes=at(DAY), age_band="60_plus", helper_age_band="16_30") for _ in range(2)),
        assist(attributes=at(DAY), area="tdp-01", session=evening, volunteers=[helper]),
        assist(attributes=at(DAY), outcome="failed", reason="no_smartphone"),
        assist(attributes=at(NEXT_DAY), service="digital_skills"),
        assist(attributes=at(NEXT_DAY), area="11692", resident_area="11689/tdp-02"),
        assist(attributes=at(DAY), service="stall_qr_setup", stall="CHO-HT/A1"),
        assist(attributes=at(DAY), service="stall_first_payment", stall="CHO-HT/A1"),
        assist(attributes=at(DAY), citizen_number="031099001234"),
        wrong,
        correction(wrong["subject"], "2023-03-10T00:00:00+07:00", happened_at=f"{NEXT_DAY}T10:00:00+07:00"),
        gone,
        void(gone["subject"]),
        tally(("digital_skills", "completed", 8), ("digital_skills", "failed", 2), day=DAY, area="tdp-01"),
        held,
        about(evening, "attendance.checked_in", area="tdp-03", volunteer=helper),
        about(evening, "attendance.checked_out", f"{DAY}T21:00:00+07:00", area="tdp-03", volunteer=helper),
        about(evening, "session.closed", f"{DAY}T21:30:00+07:00", area="tdp-03", attendees=12, left_waiting=2),
        fed,
        about(fed["subject"], "feedback.forwarded", f"{NEXT_DAY}T08:00:00+07:00", to_office="police_ward"),
        event("incident.reported", {"area": "tdp-03", "kind": "online_scam", "via": "zalo"}),
        proposed,
    ]


def events() -> dict[str, list[dict[str, Any]]]:
    """What each app sends."""
    theirs = [
        assist(ANH_DUNG, attributes=at(DAY), area="tdp-02"),
        tally(("vneid_activation", "completed", 4), client_id=ANH_DUNG, day=DAY, area="11689"),
    ]
    todays = [assist(TODAYS, attributes=at(AFTER), area="tdp-03") for _ in range(3)]
    return {HAI_THANH: of_hai_thanh(), ANH_DUNG: theirs, TODAYS: todays}


@dataclass
class Reported:
    """A stack whose figures are there, asked as a client."""

    stack: Stack
    _tokens: dict[str, str] = field(default_factory=dict)

    def headers(self, client_id: str = VIEWER) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.stack.token(client_id)}"}

    def get(self, path: str, client_id: str = VIEWER, **query: Any) -> httpx.Response:
        url = f"{self.stack.url('reporting')}/v1/{path}"
        return httpx.get(url, params=query, headers=self.headers(client_id), timeout=30, trust_env=False)

    def ask(self, path: str, client_id: str = VIEWER, **query: Any) -> dict[str, Any]:
        answer = self.get(path, client_id, **query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def ids(self, sql: str) -> list[str]:
        return [str(row[0]) for row in self.stack.ask("reporting", sql)]

    @property
    def next_page(self) -> str:
        return str(self.ask("evidence", limit=1, **ALL)["next"])


@contextmanager
def reported(postgres: TestPostgres) -> Iterator[Reported]:
    with Stack(postgres, "memory://") as stack:
        made = add_client(
            stack.settings, "Thống kê", client_id=PEOPLE, scopes=("reports:read", "reports:volunteers")
        )  # fmt: skip
        stack.secrets[PEOPLE] = made.client_secret or ""
        stack.serve()
        for client_id, sent in events().items():
            answer = stack.post(sent, client_id)
            assert answer.json()["counts"]["accepted"] == len(sent), answer.text
        move(stack)
        yield Reported(stack)
