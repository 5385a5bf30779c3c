"""The board in a real browser: on a phone, on a PC, in dark and light, by keyboard, on paper, alive, and without any other
host.

Debian's `chromium` is driven by playwright. Nothing may leave a message in the console, and no page may be wider than the
screen. CDS_SCREENSHOTS names a folder for pictures of every page.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

from shared import clock
from tests.support.by_hand import count
from tests.support.events import event, tally
from tests.support.page import PASSWORD, TODAYS_APP, add_officer, from_app
from tests.support.postgres import TestPostgres
from tests.support.stack import Stack

SCREENS = {"phone": (360, 740), "office": (1280, 800)}
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ASSIST = {"service": "vneid_activation", "outcome": "completed"}
# What is wider than its place and does not scroll there.
CUT_OFF = """[...document.querySelectorAll('main *:not(.away):not(canvas)')]
  .filter(e => e.offsetParent && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0
               && !['inline', 'table-header-group'].includes(getComputedStyle(e).display) && !e.closest('thead'))
  .map(e => e.outerHTML.slice(0, 120))"""
TOO_SMALL = """[...document.querySelectorAll('button, summary, .quiet, .anchors a, .path a, input:not([type=hidden])')]
  .filter(e => e.offsetParent && e.getBoundingClientRect().height < 36).map(e => e.outerHTML.slice(0, 120))"""
# The ratio of WCAG 2.1 between each text and what is behind it; large text may have less.
LOW_CONTRAST = """(() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const found = rgb(getComputedStyle(e).backgroundColor);
      if (found.length === 3 || found[3] === 1) return found;
    }
    return [255, 255, 255];
  };
  const texts = [...document.querySelectorAll('body *')].filter((e) => e.checkVisibility() && !e.closest('svg, .away, .skip')
    && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()));
  return texts.map((e) => {
    const style = getComputedStyle(e), a = light(rgb(style.color)), b = light(behind(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    return [ratio, ratio < (parseFloat(style.fontSize) >= 24 ? 3 : 4.5), e.className + ': ' + e.textContent.trim().slice(0, 30)];
  }).filter(([, isLow]) => isLow);
})()"""
DRAWN = """[...document.querySelectorAll('figure[data-chart] canvas')].map((canvas) => {
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let painted = 0;
  for (let at = 3; at < data.length; at += 4) painted += data[at] > 0;
  return painted > data.length / 4 / 100;
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--lang=vi"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def stack(postgres: TestPostgres) -> Iterator[Stack]:
    """The sample's registry and campaign, and something on most of the last thirty days; the board is open."""
    with Stack(postgres, "memory://", board_public=True) as made:
        made.serve()
        sent: list[dict[str, Any]] = [
            event("assist.recorded", {"area": f"tdp-0{1 + back % 9}", **ASSIST}, TODAYS_APP, time=days_ago(back))
            for back in range(25)
            for _ in range(1 + back * 5 % 9)
        ]
        for number, service in enumerate(("digital_skills", "online_public_service", "cashless_payment")):
            sent += [from_app("assist.recorded", service=service, outcome="completed") for _ in range(number + 1)]
        sent.append(from_app("session.opened", kind="support"))
        sent.append(tally(("vneid_activation", "completed", 4), client_id=TODAYS_APP, day=str(clock.today())))
        for number in range(7):
            sent.append(from_app("feedback.raised", kind="report", theme="infrastructure", text="Sóng yếu.",
                                 due_on=f"2026-01-{10 + number}"))  # fmt: skip
        assert made.post(sent, TODAYS_APP).status_code == 200
        count(made)
        yield made


def days_ago(days: int) -> str:
    return clock.rfc3339(clock.now() - dt.timedelta(days=days))


@pytest.fixture(params=SCREENS)
def screen(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def opened(browser: Browser, stack: Stack, screen: str, **more: Any) -> BrowserContext:
    width, height = SCREENS[screen]
    made = browser.new_context(
        base_url=stack.url("reporting"), viewport={"width": width, "height": height}, locale="vi-VN",
        timezone_id="Asia/Ho_Chi_Minh", is_mobile=screen == "phone", has_touch=screen == "phone", **more,
    )  # fmt: skip
    made.set_default_timeout(30_000)
    return made


@pytest.fixture
def context(browser: Browser, stack: Stack) -> Iterator[BrowserContext]:
    made = opened(browser, stack, "office")
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """On the PC, complaining about nothing."""
    made = context.new_page()
    told = listen(made)
    yield made
    assert told == []


def listen(page: Page) -> list[str]:
    told: list[str] = []
    page.on("console", lambda message: told.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: told.append(str(error)))
    return told


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("CDS_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def is_live(page: Page) -> None:
    expect(page.locator(".state")).to_have_attribute("data-state", "live")


@pytest.mark.parametrize(
    ("screen", "scheme", "address"),
    [
        *((screen, scheme, "/") for screen in SCREENS for scheme in ("light", "dark")),
        ("phone", "light", "/don-vi/11692"),
        ("office", "dark", "/don-vi/11692?lang=en"),
    ],
)
def test_the_board_fits_and_can_be_read(browser: Browser, stack: Stack, screen: str, scheme: Any, address: str) -> None:
    context = opened(browser, stack, screen, color_scheme=scheme)
    page = context.new_page()
    told, asked = listen(page), []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(address)
    is_live(page)

    picture(page, f"board-{screen}-{scheme}-{re.sub('[^a-z0-9]+', '-', address)}")
    assert page.evaluate("document.documentElement.scrollWidth") <= SCREENS[screen][0]
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate(TOO_SMALL) == []
    assert page.evaluate(LOW_CONTRAST) == []
    assert page.evaluate(DRAWN) == [True, True]
    assert all(url.startswith(stack.url("reporting") + "/") for url in asked), asked
    assert told == []
    context.close()


def test_a_change_is_shown_without_a_reload_and_what_was_opened_stays_open(page: Page, stack: Stack) -> None:
    page.clock.install()
    page.goto("/")
    is_live(page)
    page.locator("#ba-muoi-ngay summary").click()
    page.locator("#ba-muoi-ngay summary").focus()
    before = int(page.locator("[data-key=F2]").inner_text())
    page.evaluate("window.isTheSamePage = true")

    stack.post(from_app("assist.recorded", **ASSIST), TODAYS_APP)
    count(stack)
    page.clock.run_for(11_000)

    expect(page.locator("[data-key=F2]")).to_have_text(str(before + 1))
    expect(page.locator("[data-key=F2]")).to_have_class(re.compile("changed"))
    expect(page.get_by_role("status")).to_contain_text("Số liệu vừa thay đổi")
    expect(page.locator("#ba-muoi-ngay tbody tr").last).to_be_visible()
    expect(page.locator("#ba-muoi-ngay summary")).to_be_focused()
    assert page.evaluate(DRAWN) == [True, True]
    assert page.evaluate("window.isTheSamePage")


def test_a_lost_connection_is_told_and_found_again(context: BrowserContext) -> None:
    page = context.new_page()
    page.clock.install()
    page.goto("/")
    is_live(page)

    context.set_offline(True)
    page.clock.run_for(11_000)
    expect(page.locator(".state")).to_have_attribute("data-state", "stale")
    expect(page.get_by_role("status")).to_contain_text("Mất kết nối; số liệu lúc")
    assert page.locator("[data-key=F2]").inner_text() != ""

    context.set_offline(False)
    is_live(page)


def test_the_end_of_a_session_is_told_and_nothing_more_is_asked(context: BrowserContext) -> None:
    page = context.new_page()
    page.clock.install()
    page.goto("/")
    is_live(page)
    asked: list[str] = []

    def end(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=401, body="")

    page.route("**/*", end)
    page.clock.run_for(11_000)
    expect(page.get_by_role("status")).to_have_text("Phiên làm việc đã hết")
    page.clock.run_for(60_000)

    assert len(asked) == 1


def test_everything_is_reached_by_keyboard_and_named_for_a_screen_reader(page: Page) -> None:
    page.goto("/")
    is_live(page)

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Tới nội dung chính")).to_be_focused()
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim().split('\\n')[0]"))
    assert {"In", "English", "Chốt số liệu", "Phường Dương Kinh", "Xem bảng số liệu"} <= set(reached)

    for name in ("Hôm nay", "Đến người cuối cùng", "30 ngày qua", "Chưa báo cáo", "Nội dung hỗ trợ", "Ý kiến người dân",
                 "Chốt số liệu"):  # fmt: skip
        expect(page.get_by_role("region", name=name)).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    expect(page.get_by_role("img", name=re.compile("Biểu đồ cột: .* người trong 30 ngày"))).to_be_visible()
    row = page.get_by_role("row", name=re.compile("^Phường Dương Kinh"))
    expect(row.get_by_role("rowheader")).to_have_text("Phường Dương Kinh")
    expect(row.get_by_role("img", name=re.compile("đạt .*%, kế hoạch đến hôm nay"))).to_be_visible()
    assert page.locator("table caption").count() == page.locator("table").count()


def test_an_area_is_chosen_by_keyboard_and_led_back(page: Page) -> None:
    page.goto("/")
    page.locator("details.menu summary").press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator("details.menu")).not_to_have_attribute("open", "")
    page.locator("details.menu summary").press("Enter")
    page.locator("details.menu").get_by_role("link", name="Phường Dương Kinh").press("Enter")

    page.wait_for_url("**/don-vi/11692")
    expect(page.get_by_role("banner")).to_contain_text("Phường Dương Kinh")
    rows = page.locator("table.units tbody tr")
    shown = rows.locator("visible=true").count()
    page.get_by_role("button", name=re.compile("Xem tất cả")).press("Enter")
    assert rows.locator("visible=true").count() > shown == 15

    page.get_by_role("link", name="Toàn địa bàn").click()
    expect(page.get_by_role("row", name=re.compile("^Phường Hưng Đạo"))).to_be_visible()


def test_a_theme_that_was_chosen_is_kept(page: Page) -> None:
    page.goto("/")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    button = page.get_by_role("button", name="Giao diện")
    button.click()
    button.click()
    expect(button).to_have_text("Giao diện: tối")

    page.goto("/don-vi/11692")
    assert page.evaluate(ground) != light
    button.click()
    expect(button).to_have_text("Giao diện: theo máy")
    assert page.evaluate(ground) == light


def test_on_paper_it_is_light_whole_and_without_buttons(browser: Browser, stack: Stack) -> None:
    context = opened(browser, stack, "office", color_scheme="dark")
    page = context.new_page()
    page.goto("/don-vi/11692")
    is_live(page)
    page.emulate_media(media="print", color_scheme="dark")

    picture(page, "board-print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("button, .tools, .anchors, summary").locator("visible=true").count() == 0
    rows = page.locator("table.units tbody tr")
    assert rows.locator("visible=true").count() == rows.count() > 15
    bar = "(() => { const chart = Chart.getChart(document.querySelector('figure[data-chart=services] canvas'));" \
          " return chart.data.datasets[0].backgroundColor[0] })()"  # fmt: skip
    assert page.evaluate(bar) == "#1f6fc4"
    assert page.pdf().startswith(b"%PDF")
    context.close()


def test_without_a_script_the_numbers_are_there(browser: Browser, stack: Stack) -> None:
    context = opened(browser, stack, "phone", java_script_enabled=False)
    page = context.new_page()
    page.goto("/don-vi/11692")

    expect(page.locator("[data-key=F2]")).to_be_visible()
    rows = page.locator("table.units tbody tr")
    assert rows.locator("visible=true").count() == rows.count()
    page.locator("#noi-dung summary").click()
    expect(page.get_by_role("rowheader", name="Thanh toán không dùng tiền mặt")).to_be_visible()
    context.close()


def test_signing_in_leads_to_the_page_that_was_asked_for(browser: Browser, postgres: TestPostgres, screen: str) -> None:
    with Stack(postgres, "memory://") as stack:
        stack.serve("registry", "reporting")
        user = add_officer(stack, "Nguyễn Thị Hồng Nhung", "11692")
        context = opened(browser, stack, screen)
        page = context.new_page()
        page.goto("/don-vi/11692")
        picture(page, f"board-sign-in-{screen}")
        assert page.evaluate(CUT_OFF) == []

        page.get_by_label("Tên đăng nhập").fill(user)
        page.get_by_label("Mật khẩu").fill(PASSWORD)
        page.keyboard.press("Enter")

        page.wait_for_url("**/don-vi/11692")
        is_live(page)
        page.get_by_role("button", name="Đăng xuất").click()
        expect(page.get_by_role("heading", name="Đăng nhập")).to_be_visible()
        context.close()
