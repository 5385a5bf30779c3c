"""Problem details: one shape for every error, with a stable code, and nothing in it that nobody put there."""

from __future__ import annotations

import json
from typing import Any

import marshmallow as ma
import pytest
from flask import Flask, g

from shared.events.schema import schema_of
from shared.events.sessions import AssistRecorded, SessionOpened, TallyRecorded
from shared.problems import CATALOGUE, FieldError, Problem, flatten, unavailable, without_numbers

EVERY_CODE = pytest.mark.parametrize("code", CATALOGUE)


@EVERY_CODE
def test_every_problem_has_the_one_shape(code: str) -> None:
    status, title = CATALOGUE[code]

    answer = Problem(code, "Chi tiết.", [FieldError("data.area", "invalid", "Sai.")]).response()

    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert json.loads(answer.data) == {
        "type": f"urn:congdongso:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": "Chi tiết.",
        "errors": [{"field": "data.area", "code": "invalid", "message": "Sai."}],
    }


@EVERY_CODE
def test_what_is_not_said_is_left_out(code: str) -> None:
    assert set(Problem(code).body()) == {"type", "title", "status", "code"}


def test_every_status_of_the_catalogue_is_an_error_and_every_title_says_something() -> None:
    assert all(400 <= status < 600 and title for status, title in CATALOGUE.values())


def test_vietnamese_is_written_as_it_is() -> None:
    assert "Không tìm thấy".encode() in Problem("not_found").response().data


def test_the_request_id_is_told_where_there_is_one() -> None:
    with Flask("test").test_request_context():
        assert "request_id" not in Problem("not_found").body()
        g.request_id = "abc"
        assert Problem("not_found").body()["request_id"] == "abc"


def test_headers_and_extra_members_are_passed_on() -> None:
    problem = Problem("gone", headers={"Location": "/x"}, extra={"head": 7})

    assert problem.response().headers["Location"] == "/x"
    assert problem.body()["head"] == 7


def test_the_text_of_the_exception_is_only_its_code() -> None:
    assert str(Problem("invalid", "031060000001")) == "invalid"


def test_unavailable_says_when_to_come_back() -> None:
    answer = unavailable(7).response()

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")
    assert "sau 7 giây" in json.loads(answer.data)["detail"]


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ({"area": ["Sai."]}, [("area", "Sai.")]),
        ({"lines": {0: {"count": ["Sai.", "Rất sai."]}}}, [("lines[0].count", "Sai."), ("lines[0].count", "Rất sai.")]),
        ({"lines": {"12": ["Sai."]}}, [("lines[12]", "Sai.")]),
        ({"_schema": ["Sai."]}, [("", "Sai.")]),
        ({"lines": {1: {"_schema": ["Sai."]}}}, [("lines[1]", "Sai.")]),
        ({"area": "Sai."}, [("area", "Sai.")]),
        (["Sai."], [("", "Sai.")]),
        ({}, []),
        ({"a": ["Sai."], "b": ["Sai."]}, [("a", "Sai."), ("b", "Sai.")]),
    ],
    ids=repr,
)
def test_nested_messages_become_a_flat_list_of_paths(messages: Any, expected: list[tuple[str, str]]) -> None:
    assert [(error.field, error.message) for error in flatten(messages)] == expected


def test_the_prefix_stands_before_every_path() -> None:
    found = flatten({"lines": {0: {"count": ["Sai."]}}, "_schema": ["Sai."]}, "data")

    assert [error.field for error in found] == ["data.lines[0].count", "data"]


ASSIST = {"area": "tdp-03", "service": "vneid", "outcome": "completed"}


@pytest.mark.parametrize(
    ("event", "value", "expected"),
    [
        (AssistRecorded, {}, {("area", "required"), ("service", "required"), ("outcome", "required")}),
        (AssistRecorded, ASSIST | {"areas": 1}, {("areas", "unknown_field")}),
        (AssistRecorded, ASSIST | {"outcome": "failed"}, {("reason", "required")}),
        (AssistRecorded, ASSIST | {"quantity": 0, "session": 5}, {("quantity", "invalid"), ("session", "invalid")}),
        (SessionOpened, {"area": "tdp-03", "kind": "support", "planned_end": "2026-03-15T18:10:00"},
         {("planned_end", "time_without_offset")}),
        (SessionOpened, {"area": "tdp-03", "kind": "support", "services": ["ok", "KO"]}, {("services[1]", "invalid")}),
        (TallyRecorded, {"area": "11692", "day": "2023-03-08", "version": 1, "covers": "all",
                         "lines": [{"service": "a", "outcome": "completed"}]}, {("lines[0].count", "required")}),
        (AssistRecorded, [], {("", "invalid")}),
    ],
)  # fmt: skip
def test_what_an_event_schema_refuses_comes_out_with_path_and_code(
    event: type, value: Any, expected: set[tuple[str, str]]
) -> None:
    with pytest.raises(ma.ValidationError) as refused:
        schema_of(event)().load(value)

    assert {(error.field, error.code) for error in flatten(refused.value.messages)} == expected


def test_a_name_that_is_the_number_of_a_person_is_not_told_back() -> None:
    told = flatten(
        {"031087654321": ["Không có trường này (unknown field)."], "lines": {3: {"count": ["Sai."]}}}, "data"
    )

    assert [error.field for error in told] == ["data.…", "data.lines[3].count"]
    assert without_numbers("/apps/031087654321") == "/apps/…"
    assert without_numbers("/apps/app-11692-2025") == "/apps/app-11692-2025"
