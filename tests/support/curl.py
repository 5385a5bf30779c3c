"""`curl`, as far as the documents use it, for a machine that has none: -sS, -u, -d, -H, --data-binary, and an address."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import httpx


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-sS", action="store_true")
    parser.add_argument("-u", dest="user")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", "--data-binary", dest="data")
    parser.add_argument("address")
    asked = parser.parse_args()
    headers = dict(line.split(": ", 1) for line in asked.headers)
    content = _content(asked.data)
    if content is not None:
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    user = tuple(asked.user.split(":", 1)) if asked.user else None
    answer = httpx.request(
        "GET" if content is None else "POST",
        asked.address,
        headers=headers,
        content=content,
        auth=user,
        trust_env=False,
    )
    sys.stdout.buffer.write(answer.content)


def _content(data: str | None) -> str | bytes | None:
    if data == "@-":
        return sys.stdin.buffer.read()
    return Path(data[1:]).read_bytes() if data and data.startswith("@") else data


if __name__ == "__main__":
    main()
