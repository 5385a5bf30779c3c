"""The ward officer's page in a real browser, on a phone and on an office PC: what an officer does in a day.

Debian's `chromium` is driven by playwright. No step may leave a message in the console, and no page may be wider than
the screen. CDS_SCREENSHOTS names a folder for pictures of every page.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from shared import clock
from shared.sheets.over_http import XLSX
from tests.integration.sheets_ward import tallies
from tests.support.by_hand import count
from tests.support.page import PASSWORD, add_officer, from_app
from tests.support.postgres import TestPostgres
from tests.support.stack import Stack

SCREENS = {"phone": (360, 740), "office": (1280, 800)}
SCHEMES: tuple[Literal["dark"], Literal["light"]] = ("dark", "light")
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
HEAVIEST = 60_000
VNEID = "Kích hoạt tài khoản định danh điện tử (VNeID) mức độ 2"
Visit = Callable[..., None]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--lang=vi"])
        yield started
        started.close()


@pytest.fixture(params=SCREENS)
def screen(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def stack(postgres: TestPostgres, screen: str) -> Iterator[Stack]:
    """A ward of today with an app that has sent something."""
    with Stack(postgres, "memory://") as made:
        made.serve()
        sent = [from_app("assist.recorded", service="vneid_activation", outcome="completed") for _ in range(3)]
        sent.append(from_app("assist.recorded", service="online_public_service", outcome="to_return",
                             reason="system_error"))  # fmt: skip
        sent.append(from_app("assist.recorded", service="chua_co_ten", outcome="completed"))
        sent.append(from_app("assist.recorded", service="vneid_activation", outcome="failed"))
        sent.append(from_app("session.opened", kind="support"))
        for kind, theme, text, due in (
            ("report", "infrastructure", "Sóng điện thoại khu vực nhà văn hóa yếu, không nhận được mã xác thực OTP.",
             "2026-01-05"),
            ("question", "public_service", "Bà con hỏi thủ tục cấp đổi thẻ bảo hiểm y tế trên Cổng Dịch vụ công.", None),
        ):  # fmt: skip
            data = {"kind": kind, "theme": theme, "text": text} | ({"due_on": due} if due else {})
            sent.append(from_app("feedback.raised", **data))
        assert made.post(sent, "app-11692-2025").status_code == 200
        count(made)
        yield made


@pytest.fixture
def context(browser: Browser, stack: Stack, screen: str) -> Iterator[BrowserContext]:
    width, height = SCREENS[screen]
    made = browser.new_context(
        base_url=stack.url("sessions"), viewport={"width": width, "height": height}, locale="vi-VN",
        timezone_id="Asia/Ho_Chi_Minh", is_mobile=screen == "phone", has_touch=screen == "phone",
    )  # fmt: skip
    made.set_default_timeout(60_000)
    made.grant_permissions(["clipboard-read", "clipboard-write"])
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that complains about nothing, and weighs little."""
    told: list[str] = []
    weights: dict[str, int] = {}
    opened = context.new_page()
    opened.on("console", lambda message: told.append(f"{message.type}: {message.text}"))
    opened.on("pageerror", lambda error: told.append(str(error)))
    opened.on("response", lambda answer: weights.update({answer.url: int(answer.headers.get("content-length", 0))}))
    yield opened
    assert [one for one in told if "401" not in one] == []  # the browser's own word on an ended sign-in
    assert all(weight < HEAVIEST for weight in weights.values()), weights


@pytest.fixture
def look(page: Page, screen: str) -> Visit:
    """Nothing is wider than the screen, what is touched is large enough, what is read stands out, by day and at night;
    a picture when asked for."""

    def see(name: str, heading: str = "") -> None:
        if heading:
            expect(page.get_by_role("heading", name=heading)).to_be_visible()
        page.wait_for_load_state("load")
        width = SCREENS[screen][0]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.evaluate(CUT_OFF) == [], name
        assert page.evaluate(TOO_SMALL) == [], name
        assert page.evaluate(UNNAMED) == [], name
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate(TOO_PALE) == [], f"{name}, {scheme}"
        if folder := os.environ.get("CDS_SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{screen}.png", full_page=True)

    return see


# What is wider than its place; inputs scroll inside by themselves.
CUT_OFF = """[...document.querySelectorAll('main *:not(input):not(textarea):not(option):not(.away)')]
  .filter(e => e.offsetParent && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0
               && getComputedStyle(e).display !== 'inline')
  .map(e => e.outerHTML.slice(0, 120))"""
TOO_SMALL = """[...document.querySelectorAll('button, a.button, select, summary, .radios label, .checks label, input:not([type=hidden], [type=radio], [type=checkbox])')]
  .filter(e => e.offsetParent && e.getBoundingClientRect().height < 38).map(e => e.outerHTML.slice(0, 120))"""

# Text whose colour is too near to that of its ground (WCAG 2.2, 1.4.3: 4.5 to 1, and 3 to 1 where it is large).
TOO_PALE = """(() => {
  const parts = text => { const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number); return {rgb: [r, g, b], a}; };
  const light = rgb => rgb.map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const ground = e => { for (; e; e = e.parentElement) { const c = parts(getComputedStyle(e).backgroundColor); if (c.a === 1) return c.rgb; }
    return [255, 255, 255]; };
  return [...document.querySelectorAll('body *:not(script):not(option):not(.away):not(.skip)')]
    .filter(e => e.offsetParent && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .map(e => { const s = getComputedStyle(e), [a, b] = [light(parts(s.color).rgb), light(ground(e))];
      const isLarge = parseFloat(s.fontSize) >= 24 || (parseFloat(s.fontSize) >= 18.66 && s.fontWeight >= 700);
      return {ratio: (Math.max(a, b) + .05) / (Math.min(a, b) + .05), least: isLarge ? 3 : 4.5, told: e.outerHTML.slice(0, 120)}; })
    .filter(one => one.ratio < one.least).map(one => `${one.ratio.toFixed(2)} ${one.told}`);
})()"""
# A field or a button that a reader of the screen could not name.
UNNAMED = """[...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, summary, a')]
  .filter(e => e.offsetParent && !(e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim()))
  .map(e => e.outerHTML.slice(0, 120))"""


def sign_in(page: Page, stack: Stack, user: str) -> None:
    page.goto("/phuong")
    page.get_by_label("Tên đăng nhập").fill(user)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("heading", name="Số liệu hôm nay")).to_be_visible()


@pytest.fixture
def officer(page: Page, stack: Stack, look: Visit) -> str:
    """Signed in, on the first page."""
    user = add_officer(stack, "Nguyễn Thị Hồng Nhung", "11692")
    page.goto("/phuong")
    look("1-sign-in")
    sign_in(page, stack, user)
    return user


def test_a_day_without_anything_is_told_with_one_button(page: Page, officer: str, look: Visit, stack: Stack) -> None:
    look("2-today")

    page.get_by_role("button", name="Báo cáo không phát sinh").click()

    expect(page.get_by_role("status").first).to_contain_text("Đã gửi báo cáo không phát sinh.")
    look("3-zero")
    rows = stack.ask("sessions", "SELECT convert_from(content, 'UTF8')::jsonb FROM entity WHERE kind = 'tally'")
    assert [row[0].get("lines", []) for row in rows] == [[]]


def test_a_paper_count_takes_less_than_a_minute(page: Page, officer: str, look: Visit, stack: Stack) -> None:
    began = time.monotonic()
    for label, typed in ((f"{VNEID}: thành công", "26"), (f"{VNEID}: hẹn lại", "3"),
                         ("Nộp hồ sơ dịch vụ công trực tuyến: thành công", "15")):  # fmt: skip
        page.get_by_label(label).fill(typed)
    page.get_by_role("button", name="Gửi số liệu").click()
    expect(page.get_by_role("status").first).to_contain_text("Đã gửi số liệu.")
    assert time.monotonic() - began < 60

    count(stack)
    page.reload()
    expect(page.get_by_text("Gửi lại sẽ thay bản đó.")).to_be_visible()
    assert page.get_by_label(f"{VNEID}: thành công").input_value() == "26"
    page.get_by_text("Theo nội dung hỗ trợ").click()
    look("4-counted")
    expect(page.locator("tfoot")).to_contain_text("48")


def test_a_zero_report_over_a_count_is_asked_for_again(page: Page, officer: str, stack: Stack) -> None:
    page.get_by_label(f"{VNEID}: thành công").fill("5")
    page.get_by_role("button", name="Gửi số liệu").click()
    expect(page.get_by_role("status").first).to_be_visible()

    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Báo cáo không phát sinh").click()

    rows = stack.ask(
        "sessions", "SELECT convert_from(content, 'UTF8')::jsonb -> 'version' FROM entity WHERE kind = 'tally'"
    )
    assert rows == [(1,)]


def test_another_group_is_chosen_and_shown_at_once(page: Page, officer: str) -> None:
    page.get_by_label("Địa bàn").select_option("Tổ dân phố số 3")

    page.wait_for_url("**noi=11692%2Ftdp-03*")
    assert page.get_by_label("Địa bàn").input_value() == "11692/tdp-03"


def test_numbers_that_are_not_sent_yet_are_not_lost_to_another_place(page: Page, officer: str) -> None:
    page.get_by_label(f"{VNEID}: thành công").fill("5")

    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_label("Địa bàn").select_option("Tổ dân phố số 3")

    assert page.get_by_label("Địa bàn").input_value() == "11692"
    assert page.get_by_label(f"{VNEID}: thành công").input_value() == "5"


def test_a_day_before_is_chosen(page: Page, officer: str, screen: str) -> None:
    page.get_by_label("Ngày", exact=True).fill("2026-03-15")
    if screen == "office":
        page.get_by_role("button", name="Xem").click()

    expect(page.get_by_role("heading", name="Số liệu ngày 15/3/2026")).to_be_visible()


def test_what_was_typed_outlives_the_end_of_the_sign_in(
    page: Page, context: BrowserContext, officer: str, look: Visit
) -> None:
    page.get_by_label(f"{VNEID}: thành công").fill("26")
    context.clear_cookies()
    page.get_by_role("button", name="Gửi số liệu").click()
    look("12-ended", "Đăng nhập")

    page.get_by_label("Tên đăng nhập").fill(officer)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    look("13-resume", "Nội dung vừa nhập vẫn còn")
    page.get_by_role("button", name="Gửi tiếp").click()

    expect(page.get_by_role("status").first).to_contain_text("Đã gửi số liệu.")


def test_a_sheet_is_checked_confirmed_and_told(page: Page, officer: str, look: Visit, stack: Stack) -> None:
    today = f"{clock.today():%d/%m/%Y}"
    page.get_by_role("link", name="Nộp tệp Excel, CSV").click()
    look("14-sheet", "Nộp tệp bảng tính")
    body = tallies((today, "Tổ 3", "VNeID", 26, 2), (today, None, "Kỹ năng số", 5), (today, "Tổ 99", "VNeID", 1))
    page.get_by_label("Tệp (.xlsx, .ods, .csv)").set_input_files({"name": "so.xlsx", "mimeType": XLSX, "buffer": body})
    page.get_by_role("button", name="Kiểm tra tệp").click()
    look("15-sheet-checked", "Kiểm tra trước khi gửi")
    expect(page.get_by_text("Không tìm thấy «Tổ 99»")).to_be_visible()

    page.get_by_role("button", name="Gửi 2 dòng").click()

    expect(page.get_by_role("status").first).to_contain_text("Đã gửi.")
    look("16-sheet-sent", "Kết quả nộp tệp")
    assert stack.ask("sessions", "SELECT count(*) FROM entity WHERE kind = 'tally'") == [(2,)]


def test_an_entry_is_taken_back(page: Page, officer: str, look: Visit, stack: Stack) -> None:
    page.get_by_role("link", name="Đã gửi").click()
    look("5-sent", "Chưa vào số liệu")
    row = page.get_by_role("listitem").filter(has_text="hẹn lại")
    row.get_by_role("link", name="Hủy").click()
    look("6-void", "Hủy lượt hỗ trợ")

    page.get_by_label("Trùng").check()
    page.get_by_role("button", name="Hủy bản ghi").click()

    expect(page.get_by_role("status").first).to_contain_text("Đã hủy.")
    look("7-voided")
    assert stack.ask("sessions", "SELECT count(*) FROM entity WHERE is_void") == [(1,)]


def test_an_assist_is_corrected(page: Page, officer: str, look: Visit, stack: Stack) -> None:
    page.get_by_role("link", name="Đã gửi").click()
    page.get_by_role("listitem").filter(has_text="hẹn lại").get_by_role("link", name="Sửa").click()
    look("8-correct", "Sửa lượt hỗ trợ")

    page.get_by_label("Thành công", exact=True).check()
    page.get_by_label("Sai kết quả").check()
    page.get_by_role("button", name="Gửi đính chính").click()

    expect(page.get_by_role("status").first).to_contain_text("Đã đính chính.")
    rows = stack.ask(
        "sessions", "SELECT convert_from(content, 'UTF8')::jsonb ->> 'outcome' FROM entity WHERE version_id IS NOT NULL"
    )
    assert rows == [("completed",)]


def test_a_session_is_opened_closed_and_corrected(page: Page, officer: str, look: Visit, stack: Stack) -> None:
    page.get_by_role("link", name="Buổi", exact=True).click()
    look("14-sessions", "Mở buổi hỗ trợ")
    page.get_by_label("Địa điểm").select_option("Nhà văn hóa liên tổ dân phố số 1 phường Dương Kinh")
    expect(page.get_by_label("Địa bàn")).to_be_hidden()
    page.get_by_label(VNEID).check()
    page.get_by_text("Chủ đề, đơn vị phối hợp").click()
    page.get_by_label("Chủ đề").fill("Tối thứ Sáu")
    page.get_by_role("button", name="Mở buổi hỗ trợ").click()
    expect(page.get_by_role("status").first).to_contain_text("Đã mở buổi hỗ trợ.")
    row = page.get_by_role("listitem").filter(has_text="Tối thứ Sáu")
    expect(row).to_contain_text("Đang mở")

    row.get_by_role("link", name="Kết thúc").click()
    page.get_by_label("Số người đến").fill("40")
    look("15-closing", "Kết thúc buổi hỗ trợ")
    page.get_by_role("button", name="Kết thúc buổi hỗ trợ").click()
    expect(page.get_by_role("status").first).to_contain_text("Đã ghi kết thúc")

    page.get_by_text("Sửa số liệu kết thúc").click()
    page.get_by_label("Số người đến").fill("42")
    look("16-closed")
    page.get_by_role("button", name="Gửi số liệu đã sửa").click()
    expect(page.get_by_role("row").filter(has_text="Số người đến")).to_contain_text("42")
    rows = stack.ask(
        "sessions",
        """SELECT convert_from(content, 'UTF8')::jsonb -> 'attendees' FROM entity
            WHERE convert_from(content, 'UTF8')::jsonb ->> 'theme' = 'Tối thứ Sáu'""",
    )
    assert rows == [(42,)]


def test_a_session_is_taken_back(page: Page, officer: str, look: Visit, stack: Stack) -> None:
    page.get_by_role("link", name="Buổi", exact=True).click()
    page.get_by_role("listitem").first.get_by_role("link", name="Hủy").click()
    look("17-void-session", "Hủy buổi hỗ trợ")
    page.get_by_label("Không diễn ra").check()
    page.get_by_role("button", name="Hủy bản ghi").click()

    expect(page.get_by_role("status").first).to_contain_text("Đã hủy.")
    expect(page.get_by_role("listitem").first).to_contain_text("Đã hủy")
    look("18-voided-session")
    assert stack.ask("sessions", "SELECT is_void FROM entity WHERE kind = 'session'") == [(True,)]


def test_the_entries_of_the_day_are_downloaded(page: Page, officer: str) -> None:
    for ending, name in (("xlsx", "Excel"), ("csv", "CSV")):
        with page.expect_download() as downloading:
            page.get_by_role("link", name=re.compile(f"^{name}.*từng bản ghi")).click()

        file = downloading.value
        assert file.suggested_filename.startswith("ban-ghi_11692_")
        assert file.suggested_filename.endswith(f".{ending}")
        assert Path(file.path()).stat().st_size > 500


def test_a_session_is_opened_with_the_keyboard_alone(page: Page, officer: str) -> None:
    page.get_by_role("link", name="Buổi", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/phuong/buoi")
    page.get_by_label("Địa điểm").focus()
    for _ in range(40):
        if page.evaluate("document.activeElement.textContent.trim()") == "Mở buổi hỗ trợ":
            break
        assert page.evaluate("document.activeElement.closest('form').className") == "opening"
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status").first).to_contain_text("Đã mở buổi hỗ trợ.")


def test_feedback_is_answered(page: Page, officer: str, look: Visit, stack: Stack) -> None:
    page.get_by_role("link", name="Ý kiến").click()
    oldest = page.get_by_role("article").first
    expect(oldest).to_contain_text("Quá hạn")
    oldest.get_by_text("Trả lời", exact=True).first.click()
    look("9-feedback", "Ý kiến người dân")

    oldest.get_by_label("Nội dung trả lời").fill("Đã đề nghị nhà mạng lắp thêm trạm phát sóng trong tháng này.")
    oldest.get_by_role("button", name="Trả lời").click()

    expect(page.get_by_role("status").first).to_contain_text("Đã ghi câu trả lời.")
    expect(page.get_by_role("article").first).to_contain_text("Đã đề nghị nhà mạng")
    look("10-answered")


def test_remarks_are_kept(page: Page, officer: str, look: Visit) -> None:
    page.get_by_role("link", name="Ghi chú").click()
    page.get_by_label("V. Khó khăn, vướng mắc; kiến nghị", exact=True).fill("Mạng yếu tại nhà văn hóa tổ dân phố số 3.")
    page.get_by_label("VI. Nhiệm vụ ngày tiếp theo").fill("Mời 06 người chờ; tập trung tổ dân phố số 1.")
    page.get_by_role("button", name="Lưu ghi chú").click()

    expect(page.get_by_role("status").first).to_contain_text("Đã lưu ghi chú.")
    look("11-remarks")


def test_the_line_for_zalo_is_copied(page: Page, officer: str, look: Visit) -> None:
    page.get_by_role("button", name="Sao chép cho Zalo").click()

    expect(page.locator("#da-chep")).to_contain_text("Đã sao chép.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Phường Dương Kinh ")
    assert copied.endswith(": 4 lượt hỗ trợ, 3 thành công (75,0%); VNeID 3.")


def test_the_first_page_can_be_used_with_the_keyboard_alone(page: Page, officer: str) -> None:
    page.reload()
    page.keyboard.press("Tab")

    focused = page.evaluate("document.activeElement.textContent")
    assert focused == "Tới nội dung chính"
    page.keyboard.press("Enter")
    assert page.url.endswith("#chinh")
