"""What `cds push` says at its end, in Vietnamese: what was taken, what was refused and why, what waits.

Guarantee: the counts of this run are differences of what the queue holds, so a killed run is told by the next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from deploy.cds.push.fates import KEPT, REFUSED
from deploy.cds.push.queue import Queue, Refused

WORDS = {
    "accepted": "được ghi nhận",
    "duplicate": "đã có từ trước",
    "pending_reference": "được giữ, chờ sự kiện liên quan",
    "conflict": "trùng mã nhưng khác nội dung",
    "rejected": "bị từ chối",
}
SHOWN = 20


def status_of(counts: Mapping[str, int]) -> int:
    """The exit status that what is in the queue deserves."""
    if counts.get("waiting"):
        return 2
    return 1 if any(counts.get(status) for status in REFUSED) else 0


def summarize(queue: Queue, before: Mapping[str, int], problem: str, out: TextIO) -> None:
    counts = queue.counts()
    new = {status: counts.get(status, 0) - before.get(status, 0) for status in WORDS}
    said = ", ".join(f"{count} {WORDS[status]}" for status, count in new.items() if count > 0)
    kept = sum(max(0, new[status]) for status in KEPT)
    print(f"Lần này gửi xong {kept} sự kiện" + (f": {said}." if said else "."), file=out)
    if counts.get("waiting"):
        print(f"Còn {counts['waiting']} sự kiện trong hàng đợi, sẽ gửi ở lần sau; không sự kiện nào bị mất.", file=out)
    if problem:
        print(f"Chưa gửi được hết: {problem}", file=out)
    if any(counts.get(status) for status in REFUSED):
        list_refused(queue, out, SHOWN)


def list_refused(queue: Queue, out: TextIO, most: int | None = None) -> int:
    """The refused events with their reasons; how many there are."""
    refused = queue.refused()
    if not refused:
        print("Không có sự kiện nào bị từ chối.", file=out)
        return 0
    print(f"{len(refused)} sự kiện bị từ chối; gửi lại nguyên như cũ cũng không được nhận:", file=out)
    for one in refused[:most]:
        print(f"  {line_of(one)}", file=out)
    if most is not None and len(refused) > most:
        print(f"  … và {len(refused) - most} sự kiện nữa: cds push --show-refused", file=out)
    return len(refused)


def line_of(one: Refused) -> str:
    name = one.event_id or f"dòng thứ {one.number}"
    return f"{name} {one.type or ''} [{one.code}] {one.message}".replace("\n", " ")
