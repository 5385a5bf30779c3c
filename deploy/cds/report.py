"""What `cds up` says: what was loaded, and today's figures, in a few readable lines.

The figures are read as anyone reads them: over the reporting service's API.
"""

from typing import Any

import httpx
from rich.console import Console

from deploy.cds import settle
from deploy.cds.home import read_json
from deploy.cds.sample_story import CLIENTS_FILE
from shared import clock
from shared.settings import Settings

SETTLE_SECONDS = 20.0


def print_loaded(settings: Settings, loaded: dict[str, Any], console: Console) -> None:
    clients = read_json(settings.home / CLIENTS_FILE) or {}
    names = (str(entry.get("name", "")).removeprefix("Ứng dụng ") for entry in clients.get("clients", []))
    wards = ", ".join(dict.fromkeys(names))
    console.print(f"Dữ liệu mẫu · sample: quận Dương Kinh, Hải Phòng ({wards})")
    for name, heading in (("march_2023", "3/2023 (Tháng Thanh niên)"), ("last_days", "30 ngày gần đây · last 30 days")):
        if name in loaded:
            console.print(f"  {heading}: {loaded[name]['events']} sự kiện · events")
    if not loaded:
        console.print("  đã có từ trước · was loaded before")
    console.print(f"  mã truy cập của ứng dụng mẫu · the sample apps' credentials: {settings.home / CLIENTS_FILE}")
    if officer := clients.get("officer"):
        console.print(f"[bold]Trang của cán bộ phường[/bold] · the ward officer's page: {officer['page']}")
        told = f"  tên đăng nhập · user: {officer['user']}   mật khẩu · password: {officer['password']}"
        console.print(told, markup=False)


def print_today(settings: Settings, console: Console) -> None:
    """Today's figures by ward, when there is someone to read them as."""
    viewer = (read_json(settings.home / CLIENTS_FILE) or {}).get("viewer")
    if viewer is None:
        return
    settle.wait(settings, SETTLE_SECONDS)
    try:
        found = _today(settings, viewer)
    except (httpx.HTTPError, KeyError) as error:
        console.print(f"Chưa đọc được số liệu · figures cannot be read yet: {type(error).__name__}")
        return
    day = clock.today()
    totals = found["totals"]
    console.print(
        f"[bold]Hôm nay {day.day}/{day.month}/{day.year}[/bold]: {totals['assists']} lượt hỗ trợ, "
        f"{totals['completed']} thành công ({_percent(totals['success_rate'])}) · assists, completed"
    )
    for row in found["rows"]:
        console.print(f"  {row['area']['name']}: {row['assists']} lượt (từ sổ · from paper: {row['paper']})")


def _today(settings: Settings, viewer: dict[str, str]) -> dict[str, Any]:
    with httpx.Client(timeout=10) as http:
        token = http.post(
            f"{settings.url_of('registry')}/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(viewer["client_id"], viewer["client_secret"]),
        ).raise_for_status()
        answer = http.get(
            f"{settings.url_of('reporting')}/v1/tallies",
            params={"group_by": "area", "level": "ward"},
            headers={"Authorization": f"Bearer {token.json()['access_token']}"},
        ).raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1f}%".replace(".", ",")
