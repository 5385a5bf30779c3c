"""Valid events of every type of the sessions stream, as a ward app makes them: what the fuzzer begins with.

Some begin a thing, some go on with one that was begun, so that state machines are met in every state.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from shared.events import catalogue
from tests.support.stack import HAI_THANH

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
TYPES = catalogue.of_stream("sessions")
DATA: dict[str, dict[str, Any]] = {
    name: json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8")) for name in sorted(TYPES)
}
BEGIN = ("session.opened", "assist.recorded", "tally.recorded", "feedback.raised", "incident.reported",
         "proposal.submitted")  # fmt: skip
EVENING = dt.datetime.fromisoformat("2023-03-08T19:30:00+07:00")
MOST_SUBJECTS = 200
Event = dict[str, Any]


@dataclass
class Samples:
    """Makes events; the same seed makes the same ones."""

    random: random.Random
    client_id: str = HAI_THANH
    begun: dict[str, list[str]] = field(default_factory=dict)
    is_fresh: bool = False  # the event made last begins a thing that nobody has heard of

    def uuid(self) -> str:
        return str(UUID(int=self.random.getrandbits(128), version=4))

    def make(self) -> Event:
        """A valid event of a random type."""
        ce_type = self.random.choice(sorted(TYPES))
        name = TYPES[ce_type].NAME
        data = copy.deepcopy(DATA[ce_type])
        if "area" in data:
            data["area"] = self.random.choice(["tdp-03", "tdp-05", "11692", "11692/tdp-01"])
        if "resident_area" in data:
            data["resident_area"] = "tdp-03"
        for name in ("stall", "quantity", "service_level"):  # they go with some services only
            data.pop(name, None)
        if "service" in data:
            data["service"] = "not_declared_yet" if self.random.random() < 0.1 else "vneid_activation"
        if "session" in data and self.random.random() < 0.5 and (sessions := self.begun.get("session")):
            data["session"] = self.random.choice(sessions[-5:])
        at = EVENING + dt.timedelta(minutes=self.random.randrange(-60, 60 * 24))
        return {
            "specversion": "1.0",
            "id": self.uuid(),
            "source": f"/apps/{self.client_id}",
            "type": ce_type,
            "subject": self._subject(TYPES[ce_type].SUBJECT, begins=name in BEGIN),
            "time": at.isoformat(),
            "data": data,
        }

    def _subject(self, kind: str, *, begins: bool) -> str:
        """A new one, or one that was begun; now and then one that is not there (yet), or is of another kind."""
        self.is_fresh = begins and self.random.random() < 0.95
        kinds = sorted(self.begun)
        if kinds and self.random.random() < 0.05:
            kind = self.random.choice(kinds)
        known = self.begun.get(kind)
        if self.is_fresh or not known or self.random.random() < 0.1:
            return self.uuid()
        return self.random.choice(known[-self.random.choice((5, 50, MOST_SUBJECTS)) :])

    def begin(self, kind: str, subject: str) -> None:
        """Remember a thing that the intake knows now."""
        known = self.begun.setdefault(kind, [])
        known.append(subject)
        del known[:-MOST_SUBJECTS]
