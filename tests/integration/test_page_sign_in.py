"""Signing in to the ward officer's page over real HTTP: who gets in, for how long, and what an ended session keeps."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import httpx
import pytest

from deploy.cds.registry_commands import add_client, revoke_client
from services.registry import store, tokens
from services.sessions.page.rendering import HEADERS
from tests.support.page import PASSWORD, Visitor, add_officer
from tests.support.postgres import TestPostgres
from tests.support.stack import VIEWER, Stack, wait_for


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    with Stack(postgres, "memory://") as made:
        made.serve("registry", "sessions")
        yield made


@pytest.fixture
def user(stack: Stack) -> str:
    return add_officer(stack, "Nguyễn Văn A", "11692")


@pytest.fixture
def visitor(stack: Stack) -> Visitor:
    return Visitor(stack)


def tallies(stack: Stack) -> int:
    (row,) = stack.ask("sessions", "SELECT count(*) FROM entity WHERE kind = 'tally'")
    return int(row[0])


def test_a_page_leads_to_the_sign_in_and_back(visitor: Visitor, user: str) -> None:
    page = visitor.open("/phuong/da-gui")
    assert (page.status, page.answer.url.path) == (200, "/phuong/dang-nhap")

    page = visitor.send(page.form("/dang-nhap"), {"ten": user.upper(), "mat-khau": PASSWORD})

    assert (page.status, page.answer.url.path) == (200, "/phuong/da-gui")
    assert "Nguyễn Văn A" in page.text
    assert "Phường Dương Kinh" in page.text


def test_the_cookie_is_kept_from_scripts_and_other_sites_and_ends_with_the_token(stack: Stack, user: str) -> None:
    visitor = Visitor(stack)
    form = visitor.open("/phuong/dang-nhap").form("/dang-nhap")
    answer = httpx.post(
        stack.url("sessions") + form.action, data=form.filled({"ten": user, "mat-khau": PASSWORD}),
        headers={"Origin": "https://cds.example"}, trust_env=False,
    )  # fmt: skip

    cookies = answer.headers.get_list("set-cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert {"HttpOnly", "SameSite=Strict", "Path=/phuong", "Secure", "Max-Age=28800"} <= set(cookie.split("; "))
    assert "Nguyễn" not in answer.headers["set-cookie"]


def test_over_plain_http_the_cookie_is_still_sent(visitor: Visitor, user: str) -> None:
    visitor.sign_in(user)

    assert not any(cookie.secure for cookie in visitor.web.cookies.jar)


def test_a_wrong_password_and_an_unknown_name_are_told_the_same(stack: Stack, user: str) -> None:
    def told(name: str, password: str) -> tuple[int, str]:
        page = Visitor(stack).sign_in(name, password)
        return page.status, re.sub(r'value="[^"]*"', "", page.answer.text)

    wrong = told(user, "khong-dung-1234")

    assert wrong == told("cb-00000-none", "khong-dung-1234")
    assert wrong[0] == 401
    assert "chưa đúng" in wrong[1]
    revoke_client(stack.settings, user)
    assert wrong == told(user, PASSWORD)


def test_who_does_not_exist_is_refused_as_slowly_as_who_does(stack: Stack, user: str) -> None:
    def seconds(name: str) -> float:
        took = []
        for _ in range(5):
            began = time.perf_counter()
            Visitor(stack).sign_in(name, "khong-dung-1234")
            took.append(time.perf_counter() - began)
        return sorted(took)[1]

    known, unknown = seconds(user), seconds("cb-00000-else")

    assert 0.4 < known / unknown < 2.5


def test_after_twenty_wrong_passwords_also_the_right_one_waits(stack: Stack, user: str) -> None:
    for _ in range(20):
        assert Visitor(stack).sign_in(user, "sai-mat-khau-1").status == 401

    page = Visitor(stack).sign_in(user)

    assert page.status == 429
    assert 0 < int(page.answer.headers["Retry-After"]) <= 600
    assert "Vui lòng thử lại sau" in page.text
    other = add_officer(stack, "Trần Thị B", "11692")
    assert Visitor(stack).sign_in(other).status == 200


def test_a_password_with_signs_that_mean_something_in_a_form_is_taken(stack: Stack, visitor: Visitor) -> None:
    made = add_client(stack.settings, "C", areas=["11692"], is_person=True, password="a%2Fb+c:d&e=ệ 10")

    assert visitor.sign_in(made.client_id, "a%2Fb+c:d&e=ệ 10").answer.url.path == "/phuong"


def test_a_revoked_person_is_out_with_the_next_step(stack: Stack, visitor: Visitor, user: str) -> None:
    visitor.sign_in(user)
    revoke_client(stack.settings, user)
    stack.do("sessions", "INSERT INTO client (client_id, areas, is_revoked) VALUES (%s, '{}', true)", user)

    wait_for(lambda: visitor.open("/phuong").answer.url.path == "/phuong/dang-nhap", 60)


def test_who_may_not_write_sees_a_page_that_says_so(stack: Stack, visitor: Visitor) -> None:
    page = visitor.sign_in(VIEWER, stack.secrets[VIEWER])

    assert page.status == 403
    assert "không có quyền ghi số liệu" in page.text


def test_signing_out_ends_it(visitor: Visitor, user: str) -> None:
    page = visitor.sign_in(user)

    assert visitor.send(page.form("/dang-xuat")).answer.url.path == "/phuong/dang-nhap"
    assert visitor.open("/phuong").answer.url.path == "/phuong/dang-nhap"


@pytest.mark.parametrize("change", ["", "0" * 64, "ế"])
def test_a_form_without_the_code_of_its_sign_in_changes_nothing(
    stack: Stack, visitor: Visitor, user: str, change: str
) -> None:
    page = visitor.sign_in(user)
    before = tallies(stack)

    for form in page.forms:
        if form.method == "post":
            assert visitor.send(form, {"csrf": change, "n.vneid_activation.completed": 3}).status == 403

    assert tallies(stack) == before
    assert visitor.open("/phuong").status == 200


def test_the_code_of_somebody_else_is_not_taken(stack: Stack, visitor: Visitor, user: str) -> None:
    visitor.sign_in(user)
    other = Visitor(stack).sign_in(add_officer(stack, "Lê Văn C", "11692"))

    assert visitor.send(other.form("/khong-phat-sinh")).status == 403


def test_what_was_typed_outlives_the_end_of_the_session(stack: Stack, visitor: Visitor, user: str) -> None:
    page = visitor.sign_in(user)
    typed = page.form("/so-lieu").filled({"n.vneid_activation.completed": 26})
    before = tallies(stack)
    visitor.web.cookies.clear()

    ended = visitor.post("/phuong/so-lieu", typed, Sec_Fetch_Site="same-origin")
    assert ended.status == 401
    assert "vẫn còn" in ended.text
    resumed = visitor.send(ended.form("/dang-nhap"), {"ten": user, "mat-khau": PASSWORD})
    assert "chưa được gửi" in resumed.text
    assert tallies(stack) == before
    sent = visitor.send(resumed.form("/so-lieu"))

    assert "Đã gửi số liệu" in sent.text
    assert tallies(stack) == before + 1


def test_what_another_site_typed_is_not_kept(visitor: Visitor) -> None:
    fields = {"csrf": "x", "n.vneid_activation.completed": "999"}

    for headers in ({"Sec_Fetch_Site": "cross-site"}, {"Origin": "https://evil.example"}, {}):
        page = visitor.post("/phuong/so-lieu", fields, **headers)
        assert page.status == 401
        assert "999" not in page.answer.text
    assert visitor.post("/phuong/dang-nhap", {"ten": "x"}, Sec_Fetch_Site="cross-site").status == 403


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "/phuongx", "/phuong/..//evil", "\\\\evil"])
def test_the_sign_in_leads_nowhere_else(stack: Stack, user: str, to: str) -> None:
    form = Visitor(stack).open("/phuong/dang-nhap").form("/dang-nhap")

    answer = httpx.post(
        stack.url("sessions") + form.action, data=form.filled({"ten": user, "mat-khau": PASSWORD, "toi": to}),
        trust_env=False,
    )  # fmt: skip

    assert answer.headers["Location"].startswith("/phuong")
    assert not answer.headers["Location"].startswith("/phuongx")


def test_a_token_that_has_ended_or_is_none_leads_to_the_sign_in(stack: Stack, user: str) -> None:
    engine = store.open_engine(stack.settings.database_url("registry"))
    ended = tokens.issue(tokens.ensure_signing_key(engine), user, ["events:write", "events:read"], [], -120)
    engine.dispose()

    for cookie in (ended, "x", "a.b.c", "%C3%A9"):
        visitor = Visitor(stack)
        visitor.web.cookies.set("cds_phuong", cookie, path="/phuong")
        assert visitor.open("/phuong").answer.url.path == "/phuong/dang-nhap"


def test_while_the_registry_is_away_the_sign_in_says_so(stack: Stack, user: str) -> None:
    visitor = Visitor(stack)
    signed_in = Visitor(stack)
    signed_in.sign_in(user)
    stack.stop_serving("registry")
    try:
        page = visitor.sign_in(user)
        assert page.status == 503
        assert "Vui lòng thử lại" in page.text
        assert signed_in.open("/phuong").status == 200
        assert signed_in.open("/phuong/y-kien").status == 200
    finally:
        stack.serve("registry")


def test_every_answer_forbids_what_the_page_does_not_need(visitor: Visitor, user: str) -> None:
    visitor.sign_in(user)

    for address in ("/phuong", "/phuong/da-gui", "/phuong/y-kien", "/phuong/ghi-chu", "/phuong/da-gui/x/huy"):
        answer = visitor.open(address).answer
        if answer.status_code == 200:
            assert {name: answer.headers[name] for name in HEADERS} == HEADERS
            assert not re.search(r"<style|<script(?![^>]*\ssrc=)|\son[a-z]+=|\sstyle=|javascript:", answer.text)
            assert len(answer.content) < 60_000
            assert '<html lang="vi">' in answer.text
    for name in ("phuong.css", "phuong.js", "bieu-tuong.svg"):
        assert len(visitor.open(f"/phuong/tep/{name}").answer.content) < 20_000
    assert visitor.open("/phuong/tep/nothing.css").status == 404
