"""A visitor of the ward officer's page without a browser: opens pages, finds forms, fills them in and sends them."""

from __future__ import annotations

import datetime as dt
import html.parser
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from deploy.cds.registry_commands import add_client
from shared import clock
from tests.support.events import event
from tests.support.stack import Stack

PASSWORD = "hoa-phượng-đỏ-12"


@dataclass
class Form:
    """A form of a page, with its fields as they stand."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)

    def filled(self, typed: Mapping[str, Any]) -> dict[str, Any]:
        """The fields with what was typed; a list for boxes of one name."""
        return self.fields | {name: value if isinstance(value, list) else str(value) for name, value in typed.items()}


class _Reader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.text: list[str] = []
        self._open: Form | None = None
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get"))
            self.forms.append(self._open)
        elif self._open is None:
            return
        elif tag == "input" and given.get("name"):
            if given.get("type") not in ("radio", "checkbox") or "checked" in given:
                self._open.fields[given["name"]] = given.get("value", "")
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and ("selected" in given or self._select not in self._open.fields):
            self._open.fields[self._select] = given.get("value", "")
        elif tag == "textarea" and given.get("name"):
            self._area = given["name"]
            self._open.fields[self._area] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._area and self._open is not None:
            self._open.fields[self._area] += data


@dataclass
class Page:
    """What came back."""

    answer: httpx.Response
    forms: list[Form]
    text: str

    @property
    def status(self) -> int:
        return self.answer.status_code

    def form(self, action: str) -> Form:
        """The one form whose action ends so."""
        found = [form for form in self.forms if form.action.endswith(action)]
        assert len(found) == 1, f"{len(found)} forms end with {action}: {[form.action for form in self.forms]}"
        return found[0]


class Visitor:
    """Keeps cookies, follows redirects."""

    def __init__(self, stack: Stack) -> None:
        self.web = httpx.Client(base_url=stack.url("sessions"), timeout=60, follow_redirects=True, trust_env=False)
        weakref.finalize(self, self.web.close)

    def open(self, address: str, **query: Any) -> Page:
        return _page(self.web.get(address, params=query or None))

    def send(self, form: Form, typed: Mapping[str, Any] | None = None) -> Page:
        return self.post(form.action, form.filled(typed or {}))

    def post(self, address: str, fields: dict[str, Any], **headers: str) -> Page:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return _page(self.web.post(address, data=fields, headers=given))

    def sign_in(self, user: str, password: str = PASSWORD) -> Page:
        return self.send(self.open("/phuong/dang-nhap").form("/dang-nhap"), {"ten": user, "mat-khau": password})


def _page(answer: httpx.Response) -> Page:
    reader = _Reader()
    reader.feed(answer.text)
    return Page(answer, reader.forms, " ".join(" ".join(reader.text).split()))


def signed_in(stack: Stack, user: str) -> Visitor:
    made = Visitor(stack)
    made.sign_in(user)
    return made


def add_officer(stack: Stack, name: str, *areas: str, **more: Any) -> str:
    """A person who may sign in; the password is that of the tests."""
    made = add_client(stack.settings, name, areas=areas, is_person=True, password=PASSWORD, **more)
    stack.secrets[made.client_id] = PASSWORD
    return made.client_id


TODAYS_APP = "app-11692-2025"  # the ward app of Dương Kinh since the reform


def now() -> str:
    return clock.rfc3339(clock.now())


def from_app(name: str, client_id: str = TODAYS_APP, **data: Any) -> dict[str, Any]:
    """What a ward app sends now."""
    return event(name, {"area": "tdp-03"} | data, client_id, time=now())


def states(stack: Stack, day: dt.date, kind: str = "tally") -> list[dict[str, Any]]:
    """What is reported of a day, in the order in which it changed last."""
    rows = stack.ask(
        "sessions",
        """SELECT convert_from(content, 'UTF8')::jsonb || jsonb_build_object('void', is_void) FROM entity
            WHERE kind = %s AND day = %s ORDER BY changed_at""",
        kind,
        day,
    )
    return [row[0] for row in rows]


def send_one(stack: Stack, event: dict[str, Any], client_id: str = TODAYS_APP) -> str:
    answer = stack.post(event, client_id)
    assert answer.status_code == 201, answer.text
    return str(event["subject"])


def raise_feedback(stack: Stack, text: str, **data: Any) -> str:
    given = {"kind": "report", "theme": "infrastructure", "text": text} | data
    return send_one(stack, from_app("feedback.raised", **given))
