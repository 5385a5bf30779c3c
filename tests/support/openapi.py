"""Requests generated from a service's OpenAPI document, right and wrong ones, and what its answers break of it.

Guarantee: every operation of the document is called, or is named with the reason why not; each is called at least
once with a request that the test gives as a right one, and has to answer it with success. The same seed sends the
same requests, but for the ids that the service makes itself.

`CDS_FUZZ_CASES` is the number of cases per operation and way (right, wrong), `CDS_FUZZ_SEED` another run of them.
"""

from __future__ import annotations

import copy
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CASES = int(os.environ.get("CDS_FUZZ_CASES", "3"))
SEED = int(os.environ.get("CDS_FUZZ_SEED", "20260315"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
WAYS = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
JSON = "application/json"


@dataclass(frozen=True)
class Right:
    """A request that has to be answered with success."""

    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


Examples = Mapping[str, Callable[[], Right]]
Headers = Callable[[], Mapping[str, str]]


class Fuzzer:
    """Sends requests to one application in the name of one client, and keeps what was answered.

    `values` are those that exist, by the name of a parameter or field; `examples` give a right request for each
    operation, each time a new one; `headers` are asked for again and again, since a token expires in a long run.
    """

    def __init__(self, app: Flask, headers: Headers, values: Mapping[str, list[Any]], examples: Examples):
        self.headers, self.values, self.examples = headers, values, examples
        self.web: Any = app.test_client()
        self.document: Any = self.web.get("/openapi.json").json
        self.schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
        self.random = Random(SEED)
        self.statuses: dict[str, Counter[int]] = defaultdict(Counter)
        self.broken: dict[tuple[str, int, str], str] = {}
        self.refused: list[str] = []

    @property
    def documented(self) -> set[str]:
        methods = {"get", "put", "post", "patch", "delete", "head", "options"}
        return {
            f"{one.upper()} {path}" for path, item in self.document["paths"].items() for one in item if one in methods
        }

    @property
    def sent(self) -> int:
        return sum(sum(seen.values()) for seen in self.statuses.values())

    def run(self, without: Mapping[str, str]) -> None:
        """Call every operation, but for those `without`, each of which has its reason."""
        for found in self.schema.get_all_operations():
            operation = found.ok()
            if operation.label not in without:
                self._succeed(operation)
                for way in WAYS:
                    self._generate(operation, way)

    def _succeed(self, operation: Any) -> None:
        right = self.examples[operation.label]()
        is_body = right.body is not None
        case = operation.Case(
            path_parameters=dict(right.path),
            query=dict(right.query),
            headers=self._with_version(operation, right, dict(right.headers)),
            **({"body": right.body, "media_type": right.media_type} if is_body else {}),
        )
        answer = self._send(case)
        if not 200 <= answer.status_code < 300:
            self.refused.append(f"{operation.label} {answer.status_code}: {answer.text[:600]}")

    def _generate(self, operation: Any, way: GenerationMode) -> None:
        @seed(SEED)
        @settings(
            max_examples=CASES,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=way))
        def run(case: Any) -> None:
            self._mix(operation, case)
            self._send(case)

        try:
            run()
        except Unsatisfiable:
            # Nothing can be wrong about a request that has no parameter and no body.
            assert way is GenerationMode.NEGATIVE, operation.label

    def _mix(self, operation: Any, case: Any) -> None:
        """A quarter stays as it is, the rest gets ids that exist, half of it the parts of a right request."""
        dice = self.random.random()
        headers = {k: v for k, v in dict(case.headers or {}).items() if k.lower() != "authorization"}
        case.headers = headers
        if dice < 0.25:
            return
        right = self.examples[operation.label]() if dice < 0.65 else Right()
        case.path_parameters = self._real(case.path_parameters or {}) | dict(right.path)
        if isinstance(case.query, dict):
            case.query = self._partly(self._real(case.query), right.query)
        if right.body is not None:
            case.body = self._body(case.body, right.body)
            case.media_type = right.media_type
            headers |= right.headers
        else:
            case.body = self._real(case.body)
        if self.random.random() < 0.85:
            case.headers = self._with_version(operation, Right(path=case.path_parameters), headers)

    def _body(self, made: Any, right: Any) -> Any:
        if isinstance(right, bytes):
            at = self.random.randrange(len(right) + 1)
            return right[:at] + (made if isinstance(made, bytes) else b"") + right[at + self.random.randrange(3) :]
        if isinstance(right, list):
            made = [one if isinstance(one, dict) else right[0] for one in (made if isinstance(made, list) else [made])]
            return [*right, *(self._body(one, right[0]) for one in made[:5])]
        return self._partly(self._real(made), right) if isinstance(made, dict) else right

    def _partly(self, made: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
        """What is right, with some of what was generated in its place or beside it."""
        share = self.random.choice((0.0, 0.2, 0.5))
        return dict(copy.deepcopy(dict(right))) | {k: v for k, v in made.items() if self.random.random() < share}

    def _real(self, made: Any, name: str = "") -> Any:
        """With values that exist in the place of most generated ones."""
        known = self.values.get(name)
        if known and not isinstance(made, dict | list) and self.random.random() < 0.8:
            return self.random.choice(known)
        if isinstance(made, dict):
            return {key: self._real(inner, str(key)) for key, inner in made.items()}
        return [self._real(inner, name) for inner in made] if isinstance(made, list) else made

    def _with_version(self, operation: Any, right: Right, headers: dict[str, str]) -> dict[str, str]:
        """With the version that is there, if the operation asks for one."""
        item = operation.definition.raw.get("parameters", [])
        if not any("If-Match" in (one.get("name", ""), one.get("$ref", "").rsplit("/")[-1]) for one in item):
            return headers
        path = "/".join(operation.path.split("/")[:4])
        for name, value in right.path.items():
            path = path.replace(f"{{{name}}}", str(value))
        answer = self.web.get(path, headers=dict(self.headers())) if "{" not in path and path.isprintable() else None
        etag = answer.headers.get("ETag") if answer else None
        return {k: v for k, v in headers.items() if k.lower() != "if-match"} | ({"If-Match": etag} if etag else {})

    def _send(self, case: Any) -> Any:
        label = case.operation.label
        case.headers = {**dict(case.headers or {}), **self.headers()}
        answer = case.call()
        self.statuses[label][answer.status_code] += 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except AssertionError as error:
            self._note(label, answer.status_code, error)
        except BaseExceptionGroup as group:
            for one in group.exceptions:
                self._note(label, answer.status_code, one)
        return answer

    def _note(self, label: str, status: int, error: BaseException) -> None:
        self.broken.setdefault((label, status, type(error).__name__), str(error)[:1200])
