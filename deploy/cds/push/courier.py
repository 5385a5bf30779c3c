"""The courier: posts one body until it has an answer for good.

Guarantee: no answer, an ended token, 408, 425, 429, a 5xx and an answer that is not the platform's are tried again with
the same bytes, after a pause of full jitter that is never shorter than `Retry-After` says. It gives up only after its
patience, and says so; it never takes silence for an acceptance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import Random
from threading import Event
from time import monotonic
from urllib.parse import urlsplit

import httpx

from deploy.cds.push.fates import body_of
from deploy.cds.push.token import CannotSend, Token

__all__ = ["CannotSend", "Courier", "Patience", "Unanswered", "browser"]

BUSY = frozenset({401, 408, 425, 429})
SURELY_NOT_TAKEN = frozenset({401, 425, 429})
NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
HOME = ("127.0.0.1", "::1", "localhost")
Told = Callable[[str, int | None, float], None]


class Unanswered(Exception):
    """Patience is at its end, or somebody has asked to stop; what was sent may have been taken."""


@dataclass(slots=True)
class Patience:
    """How long one body is tried, and how long the pauses between are at most, in seconds."""

    give_up_after: float = 300.0
    first_pause: float = 0.2
    longest_pause: float = 20.0

    def pause(self, attempt: int, answer: httpx.Response | None, rng: Random) -> float:
        """Full jitter: clients that lost the platform at one moment do not come back at one moment."""
        longest = min(self.first_pause * 2 ** min(attempt, 30), self.longest_pause)
        return min(retry_after(answer), 10 * self.longest_pause) + rng.uniform(0, longest)


def retry_after(answer: httpx.Response | None) -> float:
    """What `Retry-After` asks for, as seconds from now; it may be a number or a date."""
    asked = answer.headers.get("Retry-After", "").strip() if answer is not None else ""
    if asked.isdigit():
        return float(asked)
    try:
        return max(0.0, (parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0


def browser(url: str = "", timeout: float = 30.0) -> httpx.Client:
    """An HTTP client; it asks a proxy of the environment for every address but this machine's."""
    is_home = not url or urlsplit(url).hostname in HOME
    return httpx.Client(timeout=httpx.Timeout(timeout, connect=5.0), trust_env=not is_home)


class Courier:
    """`told` hears of each attempt: `ok`, `fail` (surely not taken) or `unknown`, the HTTP status, the seconds."""

    def __init__(
        self, url: str, token: Token, http: httpx.Client, patience: Patience | None = None, stop: Event | None = None
    ) -> None:
        self.url, self.token, self.http = url, token, http
        self.patience, self.stop, self.rng = patience or Patience(), stop or Event(), Random()
        self._refused: str | None = None
        self._has_left, self._last = False, ""

    def post(self, content: bytes, headers: Mapping[str, str], told: Told = lambda *_: None) -> httpx.Response:
        """The platform's answer.

        Raises:
            Unanswered: after its patience, or asked to stop.
            CannotSend: when the registry refuses the client.
        """
        deadline, attempt = monotonic() + self.patience.give_up_after, 0
        while True:
            begun, (verdict, answer) = monotonic(), self._attempt(content, headers)
            told(verdict, answer.status_code if answer is not None else None, monotonic() - begun)
            if answer is not None and verdict == "ok":
                return answer
            if monotonic() > deadline or self.stop.wait(self._pause(attempt, answer)):
                raise Unanswered(self._last)
            attempt += 1

    def _attempt(self, content: bytes, headers: Mapping[str, str]) -> tuple[str, httpx.Response | None]:
        """One try, with what is known of it."""
        self._has_left = False
        try:
            answer = self._send(content, headers)
        except httpx.HTTPError as problem:
            self._last = f"{type(problem).__name__} {problem}".strip()
            is_unsent = isinstance(problem, NEVER_LEFT) or not self._has_left
            return ("fail" if is_unsent else "unknown"), None
        self._last = str(answer.status_code)
        return verdict_of(answer), answer

    def _send(self, content: bytes, headers: Mapping[str, str]) -> httpx.Response:
        token = self.token.get(self.http, refused=self._refused)
        self._has_left = True
        answer = self.http.post(self.url, content=content, headers={**headers, "Authorization": f"Bearer {token}"})
        self._refused = token if answer.status_code == 401 else None
        return answer

    def _pause(self, attempt: int, answer: httpx.Response | None) -> float:
        if attempt == 0 and answer is not None and answer.status_code == 401:
            return 0.0
        return self.patience.pause(attempt, answer, self.rng)


def verdict_of(answer: httpx.Response) -> str:
    if answer.status_code in SURELY_NOT_TAKEN:
        return "fail"
    is_ours = answer.status_code not in BUSY and not answer.is_server_error and not answer.has_redirect_location
    return "ok" if is_ours and body_of(answer) is not None else "unknown"
