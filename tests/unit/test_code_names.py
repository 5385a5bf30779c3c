"""Every code that an event of the sessions stream can carry has a name in Vietnamese and English, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from shared.events import catalogue, registry
from shared.events.answer_names import ALL_CODES, PILLARS, REFUSALS, VENUE_KINDS, refusal_in_words, wait_in_words
from shared.events.names import EVENT_CODES, Group

SESSIONS = Path(__file__).resolve().parents[2] / "services" / "sessions"


def literals(annotation: Any) -> Iterator[frozenset[str]]:
    if get_origin(annotation) is Literal:
        yield frozenset(get_args(annotation))
    for inner in get_args(annotation):
        if hasattr(inner, "__struct_fields__"):
            yield from literals_of(inner)
        elif not isinstance(inner, str):
            yield from literals(inner)


def literals_of(struct: type) -> Iterator[frozenset[str]]:
    for annotation in get_type_hints(struct, include_extras=True).values():
        yield from literals(annotation)


SENT = {codes for event in catalogue.of_stream("sessions").values() for codes in literals_of(event)}


def missing_names(codes: set[frozenset[str]], groups: dict[str, Group]) -> set[frozenset[str]]:
    return codes - {frozenset(group) for group in groups.values()}


def test_every_code_of_an_event_has_a_name_and_no_name_is_of_no_code() -> None:
    assert len(SENT) >= 19
    assert missing_names(SENT, EVENT_CODES) == set()
    assert {frozenset(group) for group in EVENT_CODES.values()} == SENT


def test_a_code_without_a_name_would_be_found() -> None:
    assert missing_names(SENT | {frozenset({"completed", "invented"})}, EVENT_CODES)


@pytest.mark.parametrize("group", ALL_CODES)
def test_a_name_is_there_in_both_languages_and_each_says_another_thing(group: str) -> None:
    names = ALL_CODES[group].values()

    assert all(name.vi and name.en for name in names)
    assert len({name.vi for name in names}) == len({name.en for name in names}) == len(names)


def test_the_kinds_of_venues_and_the_pillars_of_the_registry_have_names() -> None:
    assert set(VENUE_KINDS) == set(get_args(registry.VenueKind))
    assert set(PILLARS) == set(get_args(registry.Pillar))


def test_every_reason_for_which_the_intake_refuses_is_in_words() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in SESSIONS.rglob("*.py"))
    raised = set(re.findall(r'(?:Rejected|_wrong)\(\s*"([a-z_]+)"', source)) | {"undecodable", "unknown_version"}

    assert raised <= set(REFUSALS)


def test_what_has_no_name_is_shown_as_it_is() -> None:
    assert refusal_in_words("of_a_newer_release") == "of_a_newer_release"
    assert refusal_in_words(None) is None
    assert wait_in_words("service:new_thing").endswith(": new_thing")
    assert wait_in_words("moon") == "moon"
