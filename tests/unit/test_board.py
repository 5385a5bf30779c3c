"""The board's parts that need no database: its vendored library, its words, its formats, and who is let in."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from services.reporting.app import create_app
from services.reporting.board import rendering
from services.reporting.board.formats import Formats
from services.reporting.board.words import LANGUAGES, TEXTS
from shared.settings import Settings

BOARD = Path(rendering.__file__).parent
SOURCES = [*BOARD.glob("templates/*.html"), *BOARD.glob("*.py")]


def client(*, is_open: bool = False) -> FlaskClient:
    url = "postgresql://nobody@127.0.0.1:1/nothing"
    return create_app(
        Settings(home=Path("/nowhere"), database_urls={"reporting": url}, board_public=is_open)
    ).test_client()


def test_the_chart_library_is_the_file_of_the_lock_with_its_licence() -> None:
    lock = rendering.lock()
    content = rendering.file(rendering.CHARTS)

    assert hashlib.sha256(content).hexdigest() == lock["sha256"]
    assert content.decode().startswith(f"/*!\n * Chart.js v{lock['version']}\n")
    assert lock["licence"] == "MIT"
    assert "MIT License" in (BOARD / "files" / "chartjs" / "LICENSE.md").read_text(encoding="utf-8")


def test_no_file_of_the_board_names_another_host() -> None:
    ours = [*BOARD.glob("templates/*"), *(path for path in BOARD.glob("files/*") if path.is_file())]
    found = {address for path in ours for address in re.findall(r"(?:https?:)?//[a-z][\w.]+", path.read_text("utf-8"))}

    assert len(ours) >= 14
    assert found <= {"http://www.w3.org"}  # the name of SVG


def test_nothing_runs_or_is_styled_inline() -> None:
    for path in BOARD.glob("templates/*.html"):
        assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", path.read_text("utf-8")) == [], (
            path.name
        )


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_a_text_has_both_languages_with_the_same_places_and_is_used(name: str) -> None:
    texts = TEXTS[name]
    places = [sorted(re.findall(r"\{\d\}", text)) for text in texts]
    computed = r"^(F\d+|note_F4|theme_|unit_|left_|error_|on_track|behind|at_risk|late|corrected|voided|no_token)"

    assert len(texts) == len(LANGUAGES)
    assert all(texts)
    assert places[0] == places[1]
    used = any(f'"{name}"' in path.read_text("utf-8") for path in SOURCES if path.name != "words.py")
    assert used or re.match(computed, name)


def test_vietnamese_formats_are_those_of_official_texts() -> None:
    f = Formats("vi")

    assert [f.day(dt.date(2026, 3, 5)), f.day(dt.date(2026, 2, 15)), f.day(None)] == ["05/3/2026", "15/02/2026", "–"]
    assert f.long_day(dt.date(2026, 3, 15)) == "Chủ Nhật, 15/3/2026"
    assert f.short_day(dt.date(2026, 1, 9)) == "09/01"
    assert [f.number(1497360), f.number(39.5), f.number(-1234), f.number(None)] == ["1.497.360", "39,5", "−1.234", "–"]
    assert [f.signed(12), f.signed(-13), f.signed(0), f.signed(None)] == ["+12", "−13", "0", "–"]
    assert [f.share(86.9), f.share(100.0), f.share(None)] == ["86,9%", "100,0%", "–"]
    assert f.moment(dt.datetime(2026, 3, 15, 15, 0, tzinfo=dt.UTC)) == "22:00 15/3/2026"


def test_english_formats() -> None:
    f = Formats("en")

    assert [f.number(1497360), f.number(1039.5), f.share(86.9)] == ["1,497,360", "1,039.5", "86.9%"]
    assert f.long_day(dt.date(2026, 3, 15)) == "Sunday, 15/3/2026"


@pytest.mark.parametrize("address", ["/", "/don-vi/11692", "/don-vi/11692/tdp-03?lang=en"])
def test_a_page_leads_to_the_sign_in_and_back(address: str) -> None:
    answer = client().get(address, headers={"Accept": "text/html"})

    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/bang/dang-nhap?toi=%2F")
    assert answer.headers["Content-Security-Policy"] == rendering.POLICY


@pytest.mark.parametrize("address", ["/", "/don-vi/11692"])
def test_what_the_script_asks_is_told_that_the_session_has_ended(address: str) -> None:
    answer = client().get(address, headers={"Accept": "text/html", "X-Board-Live": "1"})

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "to", ["https://example.org/", "//example.org", "/\\example.org", "javascript:alert(1)", "bang"]
)
def test_a_sign_in_leads_nowhere_else(to: str) -> None:
    answer = client().get("/bang/dang-nhap", query_string={"toi": to})

    assert '<input type="hidden" name="toi" value="">' in answer.text


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("address", ["/bang/dang-nhap", "/bang/dang-xuat"])
def test_a_form_on_another_page_is_refused(address: str, site: str) -> None:
    answer = client().post(address, data={"ten": "a", "mat-khau": "b"}, headers={"Sec-Fetch-Site": site})

    assert answer.status_code == 403
    assert "Biểu mẫu không từ trang này" in answer.text


def test_files_are_kept_by_browsers_and_packed_for_those_who_take_it() -> None:
    web = client()
    plain = web.get(f"/bang/tep/{rendering.CHARTS}")
    packed = web.get(f"/bang/tep/{rendering.CHARTS}", headers={"Accept-Encoding": "gzip, br"})

    assert plain.data == rendering.file(rendering.CHARTS)
    assert "immutable" in plain.headers["Cache-Control"]
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < 90_000
    assert web.get("/bang/tep/chartjs/lock.json").status_code == 404


def test_an_open_board_still_verifies_a_token_that_is_shown() -> None:
    answer = client(is_open=True).get("/v1/board", headers={"Authorization": "Basic x"})

    assert answer.status_code == 401
