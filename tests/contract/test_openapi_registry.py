"""The registry answers as its OpenAPI document says, to generated requests of every operation, right and wrong ones.

Ids, codes and versions that exist are put in the place of generated ones most of the time, so that answers of success
are reached too. `CDS_FUZZ_CASES` is the number of cases per operation and way (right, wrong).
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from deploy.cds.registry_sample import load_sample
from shared.database import migrate
from tests.integration.registry_house import House, open_house, settings_of
from tests.support.postgres import TestPostgres

CASES = int(os.environ.get("CDS_FUZZ_CASES", "8"))
CHECKS = [not_a_server_error, response_schema_conformance, content_type_conformance, status_code_conformance]
WAYS = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
# Without a token from the registry's own address; tested over the real server in test_registry_tokens.py.
NOT_FUZZED = {"POST /oauth/token"}


def with_sample(url: str) -> None:
    migrate("registry", url)
    load_sample(settings_of(url))


@pytest.fixture(scope="module")
def house(postgres: TestPostgres) -> Iterator[House]:
    with open_house(postgres, with_sample) as opened:
        yield opened


class Fuzzer:
    """Sends generated cases as IT, and keeps what was answered."""

    def __init__(self, house: House) -> None:
        self.house, self.it = house, house.as_it()
        self.statuses: dict[str, Counter[int]] = defaultdict(Counter)
        self.broken: list[str] = []
        self.sent = 0
        self.known = self._known()

    def _known(self) -> dict[str, Any]:
        """Values that exist, by the name of their parameter or field."""

        def one(sql: str) -> str:
            return str(self.house.ask(sql)[0][0])

        area = self.house.area_id("11692", "2026-03-15")
        team = {"name": "Tổ thử", "area_id": area, "on": "2026-01-15"}
        formed = self.house.web.post("/v1/teams", json=team, headers=self.it).json["team_id"]
        return {
            "area_id": area,
            "campaign_id": one("SELECT campaign_id FROM campaign WHERE ends_on > now() LIMIT 1"),
            "client_id": "app-11692-2025",
            "code": "vneid_activation",
            "service": "vneid_activation",
            "team_id": formed,
            "venue_id": one("SELECT venue_id FROM venue WHERE closed_on IS NULL LIMIT 1"),
            "volunteer_id": one("SELECT volunteer_id FROM volunteer WHERE retired_on IS NULL LIMIT 1"),
            "year": 2026,
            "areas": [area],
            "services": ["vneid_activation"],
            "serves": [],
            "after": None,
            "before": None,
        }

    def send(self, case: Any) -> None:
        self.sent += 1
        if self.sent % 4:
            self._make_real(case)
        case.headers = {**self._headers(case), **self.it}
        answer = case.call()
        self.statuses[case.operation.label][answer.status_code] += 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except AssertionError as error:
            self.broken.append(f"{case.operation.label} {answer.status_code}: {str(error)[:600]}")
        except BaseExceptionGroup as errors:
            self.broken.append(f"{case.operation.label} {answer.status_code}: {str(errors.exceptions)[:600]}")

    def _make_real(self, case: Any) -> None:
        code = "bank" if "/offices" in case.operation.path else self.known["code"]
        known = self.known | {"code": code}
        for name in case.path_parameters or {}:
            case.path_parameters[name] = known.get(name, case.path_parameters[name])
        if isinstance(case.query, dict):
            for name in ("after", "before"):
                case.query.pop(name, None)
        if isinstance(case.body, dict):
            for name in case.body:
                case.body[name] = known.get(name, case.body[name])

    def _headers(self, case: Any) -> dict[str, str]:
        """Those generated, with the version that is there in the place of a generated one."""
        given = {k: v for k, v in dict(case.headers or {}).items() if k.lower() != "authorization"}
        if self.sent % 3 and any(name.lower() == "if-match" for name in given):
            base = "/".join(case.formatted_path.split("/")[:4])
            answer = self.house.web.get(base, headers=self.it)
            if "ETag" in answer.headers:
                given = {k: v for k, v in given.items() if k.lower() != "if-match"}
                given["If-Match"] = answer.headers["ETag"]
        return given


def fuzz(fuzzer: Fuzzer, operation: Any) -> None:
    for way in WAYS:

        @settings(
            max_examples=CASES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=way))
        def run(case: Any) -> None:
            fuzzer.send(case)

        try:
            run()
        except Unsatisfiable:
            # Nothing can be wrong about a request that has no parameter and no body.
            assert way is GenerationMode.NEGATIVE, operation.label


def test_every_operation_answers_as_the_document_says(house: House) -> None:
    fuzzer = Fuzzer(house)
    document = house.web.get("/openapi.json").json
    schema = schemathesis.openapi.from_wsgi("/openapi.json", house.app)

    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.label not in NOT_FUZZED:
            fuzz(fuzzer, operation)

    documented = {
        f"{method.upper()} {path}"
        for path, methods in document["paths"].items()
        for method in methods
        if method != "parameters"
    }
    assert fuzzer.broken == []
    assert set(fuzzer.statuses) == documented - NOT_FUZZED
    reached = {label for label, seen in fuzzer.statuses.items() if any(status < 300 for status in seen)}
    assert len(reached) > len(documented) / 2, sorted(documented - reached)
