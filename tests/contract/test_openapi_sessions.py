"""The sessions service answers as its OpenAPI document says, to generated requests of every operation, right and wrong ones.

Events of every type go in, in each of the three modes of CloudEvents, whole and with generated parts in the place of
right ones; what was reported is then read by ids and cursors that exist, and by such as do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import cycle
from random import Random
from typing import Any

import pytest

from deploy.cds import wiring
from tests.fuzz.samples import Samples
from tests.support.events import DAY, assist, event, feedback, session
from tests.support.openapi import SEED, Examples, Fuzzer, Right
from tests.support.postgres import TestPostgres
from tests.support.stack import HAI_THANH, Stack

SHEETS = {
    "tallies": "Ngày,Tổ dân phố,Nội dung hỗ trợ,Thành công\n08/03/2023,tdp-03,Kích hoạt VNeID,4\n",
    "assists": "Mã,Ngày,Tổ,Nội dung hỗ trợ,Kết quả\n1,08/03/2023,tdp-03,Kích hoạt VNeID,Thành công\n",
}
STRUCTURED, BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://") as made:
        made.serve("registry", "sessions")
        yield made


class Ward:
    """A ward app that has reported something of everything, and knows its ids and cursors."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.samples = Samples(Random(SEED))
        self.modes = cycle((self.structured, self.batch, self.binary))
        self.opened, self.helped, self.raised = session(), assist(), feedback()
        named = assist(session=self.opened["subject"])
        waiting = event("assist.voided", {"reason_code": "test"})
        sent = [self.opened, self.helped, self.raised, named, waiting, *(self.samples.make() for _ in range(200))]
        assert stack.post(sent).status_code == 200
        self.ids = [one["id"] for one in sent]
        self.subjects = [self.opened["subject"], self.helped["subject"], self.raised["subject"]]

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.stack.token()}"}

    def structured(self) -> Right:
        return Right(body=assist(), media_type=STRUCTURED)

    def batch(self) -> Right:
        return Right(body=[assist(), *(self.samples.make() for _ in range(3))], media_type=BATCH)

    def binary(self) -> Right:
        """The attributes as headers."""
        sent = assist()
        return Right(body=sent.pop("data"), headers={f"ce-{name}": value for name, value in sent.items()})

    def cursor(self, path: str) -> str:
        """The end of a first page."""
        return str(self.page(path)["next"])

    def page(self, path: str) -> Any:
        return self.web.get(path, headers=self.headers()).json

    def fuzzer(self) -> Fuzzer:
        app = wiring.create_app("sessions", self.stack.settings)
        self.web = app.test_client()
        return Fuzzer(app, self.headers, self.values(), self.examples())

    def values(self) -> dict[str, list[Any]]:
        """What exists, by the names of parameters and fields."""
        after = [self.cursor(f"/v1/{name}?limit=1") for name in ("sessions", "feedback", "pending", "changes")]
        days = [DAY, "2023-03-09", "2025-07-01"]
        return {
            "event_id": self.ids,
            "session_id": self.subjects[:1],
            "assist_id": self.subjects[1:2],
            "feedback_id": self.subjects[2:],
            "subject_id": self.subjects,
            "subject": self.subjects,
            "id": self.ids,
            "source": [f"/apps/{HAI_THANH}"],
            "after": after,
            "since": after,
            "area": ["tdp-03", "11692", "11692/tdp-05", "11689"],
            "ward": ["11692", "11689"],
            "day": days,
            "on": days,
            "client": [HAI_THANH],
            "code": ["invalid_data", "unknown_area"],
        }

    def examples(self) -> Examples:
        """For each operation a right request."""
        opened, helped, raised = self.subjects
        one_session = "GET /v1/sessions/{session_id}"
        here = {"area": "11692", "day": DAY}
        return {
            "POST /v1/events": lambda: next(self.modes)(),
            "GET /v1/events/{event_id}": lambda: Right({"event_id": self.helped["id"]}),
            "GET /v1/sessions": lambda: Right(query=here | {"limit": 2}),
            one_session: lambda: Right({"session_id": opened}),
            f"{one_session}/assists": lambda: Right({"session_id": opened}, {"limit": 1}),
            "GET /v1/assists/{assist_id}": lambda: Right({"assist_id": helped}),
            "GET /v1/subjects/{subject_id}": lambda: Right({"subject_id": raised}),
            "GET /v1/changes": lambda: Right(query={"limit": 2, "since": self.cursor("/v1/changes?limit=1")}),
            "GET /v1/feedback": lambda: Right(query={"status": "raised", "overdue": "true", "limit": 2}),
            "GET /v1/feedback/{feedback_id}": lambda: Right({"feedback_id": raised}),
            "GET /v1/pending": lambda: Right(query={"client": HAI_THANH, "limit": 1}),
            "GET /v1/refused": lambda: Right(query={"code": "invalid_data"}),
            "GET /v1/refused/summary": lambda: Right(query={"limit": 1}),
            "GET /v1/catalogue": lambda: Right(query={"on": DAY}),
            "GET /v1/remarks": lambda: Right(query={"ward": "11692", "day": DAY}),
            **{f"POST /v1/sheets/{what}": partial(self.sheet, what) for what in SHEETS},
            **{f"GET /v1/sheets/{what}/template.{form}": Right for what in SHEETS for form in ("csv", "xlsx")},
        }

    def sheet(self, what: str) -> Right:
        return Right(query={"ward": "11692", "on": DAY}, body=SHEETS[what].encode(), media_type="text/csv")


def test_every_operation_answers_as_the_document_says(stack: Stack) -> None:
    fuzzer = Ward(stack).fuzzer()

    fuzzer.run(without={})

    assert fuzzer.broken == {}
    assert fuzzer.refused == []  # each operation was answered with success at least once
    assert set(fuzzer.statuses) == fuzzer.documented
    assert {200, 201} < set(fuzzer.statuses["POST /v1/events"]), "batches, and single events"
