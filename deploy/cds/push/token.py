"""A token by client credentials, shared by the threads of a client.

Guarantee: it is renewed a minute before it ends, and when an answer has refused it. A client that the registry does not
know is `CannotSend`; a registry that does not answer is an `httpx.HTTPError`, and one tries again.
"""

from __future__ import annotations

from threading import Lock
from time import monotonic

import httpx

from deploy.cds.push.fates import body_of

LIFETIME_SECONDS = 900.0
EARLY_SECONDS = 60.0


class CannotSend(Exception):
    """Nothing can be sent, whatever the events are; the message says what to do."""


class Token:
    def __init__(self, registry: str, client_id: str, secret: str) -> None:
        self.url, self.auth = f"{registry.rstrip('/')}/oauth/token", (client_id, secret)
        self._value, self._ends, self._lock = "", 0.0, Lock()

    def get(self, http: httpx.Client, *, refused: str | None = None) -> str:
        """The token; another one than `refused`, which an answer did not take."""
        with self._lock:
            if self._value == refused or monotonic() > self._ends:
                self._fetch(http)
            return self._value

    def _fetch(self, http: httpx.Client) -> None:
        answer = http.post(self.url, data={"grant_type": "client_credentials"}, auth=self.auth)
        body = body_of(answer)
        if answer.status_code in (400, 401, 403) and body is not None:
            raise CannotSend(
                f"Registry không nhận ứng dụng {self.auth[0]} ({answer.status_code} {body.get('error', '')}). "
                "Vui lòng kiểm tra mã ứng dụng và mật khẩu; đơn vị quản trị cấp lại bằng “cds client renew”."
            )
        answer.raise_for_status()
        if body is None or "access_token" not in body:
            raise httpx.DecodingError("no token in the answer", request=answer.request)
        lifetime = float(body.get("expires_in", LIFETIME_SECONDS))
        self._value, self._ends = body["access_token"], monotonic() + max(lifetime - EARLY_SECONDS, lifetime / 2)
