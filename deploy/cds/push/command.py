"""`cds push`: the client's command line, its summary and its exit status.

0: nothing waits and nothing was refused; 1: refused events are in the queue (`--show-refused`); 2: something could not
be tried and waits. The status tells what is in the queue, so it is the same after a crash and a second start.
"""

from __future__ import annotations

import argparse
import os
import signal
import sqlite3
import sys
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Thread

import httpx

from deploy.cds.push.courier import CannotSend, Patience, Unanswered
from deploy.cds.push.feeding import feed, keep_feeding, opened
from deploy.cds.push.queue import Queue
from deploy.cds.push.sender import Sender
from deploy.cds.push.summary import list_refused, status_of, summarize
from deploy.cds.push.token import Token

LOOK_EVERY_SECONDS = 1.0
# How `cds` hands everything on to this command line.
PASS_ON = {"ignore_unknown_options": True}


def push(arguments: list[str]) -> None:
    """Gửi sự kiện từ hàng đợi bền trên máy này, kể cả khi mạng chập chờn · send events from a durable queue."""
    raise SystemExit(main(arguments))


def main(arguments: list[str]) -> int:
    asked = parser().parse_args(arguments)
    try:
        with Queue(asked.queue) as queue:
            if asked.show_refused or asked.forget_refused:
                return look(queue, is_forgotten=asked.forget_refused)
            if not (asked.to and asked.client_id):
                parser().error("cần --to và --client-id")
            return send(asked, queue)
    except (OSError, sqlite3.DatabaseError, httpx.InvalidURL, ValueError) as problem:
        print(f"cds push: {problem}", file=sys.stderr)
        return 2


def look(queue: Queue, *, is_forgotten: bool) -> int:
    found = list_refused(queue, sys.stdout)
    if is_forgotten:
        queue.forget_refused()
    return 1 if found and not is_forgotten else 0


def send(asked: argparse.Namespace, queue: Queue) -> int:
    before, stop, problem = queue.counts(), Event(), ""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if asked.retry_refused:
        queue.retry_refused()
    with ExitStack() as open_:
        # First into the queue: what comes after may fail.
        source = open_.enter_context(opened(asked.source)) if asked.source else None
        if source is not None and asked.follow:
            Thread(target=keep_feeding, args=(queue, source, stop), daemon=True).start()
        elif source is not None:
            feed(queue, source)
        try:
            sender = open_.enter_context(make_sender(asked, queue, stop))
            follow(sender, stop) if asked.follow else sender.send_waiting()
        except (CannotSend, Unanswered) as why:
            problem = str(why)
    summarize(queue, before, problem, sys.stdout)
    return status_of(queue.counts())


def make_sender(asked: argparse.Namespace, queue: Queue, stop: Event) -> Sender:
    token = Token(asked.registry or asked.to, asked.client_id, read_secret(asked.secret_file))
    patience = Patience(give_up_after=float("inf") if asked.follow else asked.give_up)
    return Sender(queue, asked.to, token, batch=asked.batch, patience=patience, stop=stop)


def follow(sender: Sender, stop: Event) -> None:
    """Send what comes into the queue, from here or from another process, until asked to stop."""
    while not stop.is_set():
        sender.send_waiting()
        stop.wait(LOOK_EVERY_SECONDS)


def read_secret(file: str | None) -> str:
    secret = Path(file).read_text(encoding="utf-8").strip() if file else os.environ.get("CDS_CLIENT_SECRET", "")
    if not secret:
        raise ValueError("thiếu mật khẩu của ứng dụng: dùng --secret-file FILE hoặc biến môi trường CDS_CLIENT_SECRET")
    return secret


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="cds push", description=push.__doc__, allow_abbrev=False)
    add = made.add_argument
    add("--to", metavar="URL", help="địa chỉ của sessions, ví dụ http://127.0.0.1:8002")
    add("--registry", metavar="URL", help="địa chỉ của registry, nơi cấp token (mặc định: như --to)")
    add("--client-id", metavar="ID", help="mã ứng dụng")
    add("--secret-file", metavar="FILE", help="tệp chứa mật khẩu; nếu không có: biến môi trường CDS_CLIENT_SECRET")
    add("--queue", metavar="FILE", default="cds-push.sqlite", help="tệp hàng đợi (mặc định: %(default)s)")
    add("--from", dest="source", metavar="FILE", help="sự kiện, mỗi dòng một CloudEvent JSON; “-” là đầu vào chuẩn")
    add("--batch", type=int, default=200, help="số sự kiện mỗi lô, tối đa 1000 (mặc định: %(default)s)")
    add("--give-up", type=float, default=300.0, metavar="GIÂY", help="thôi thử một lô sau ngần này giây (%(default)s)")
    mode = made.add_mutually_exclusive_group()
    mode.add_argument("--once", action="store_true", help="gửi hết rồi dừng (mặc định)")
    mode.add_argument("--follow", action="store_true", help="gửi tiếp những gì đến sau, cho đến khi bị dừng")
    add("--retry-refused", action="store_true", help="gửi lại cả những sự kiện đã bị từ chối")
    add("--show-refused", action="store_true", help="chỉ liệt kê sự kiện bị từ chối và lý do")
    add("--forget-refused", action="store_true", help="liệt kê sự kiện bị từ chối rồi xóa khỏi hàng đợi")
    return made
