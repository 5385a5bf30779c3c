"""Crash points: named places where a test may kill, stop or delay this process.

Guarantee: without CDS_FAULT in the environment `hit` does nothing. `CDS_FAULT=relay.after_cut:kill@3` sends this
process SIGKILL at the third hit; `:sleep` waits 5 seconds, `:raise` raises.
A test iterates over all points and fails when one is never reached.
"""

import os
import signal
import time
from enum import StrEnum


class Point(StrEnum):
    """Every crash point of the event path, in its order."""

    INTAKE_BEFORE_BEGIN = "intake.before_begin"
    INTAKE_BEFORE_COMMIT = "intake.before_commit"
    INTAKE_AFTER_COMMIT = "intake.after_commit"
    RELAY_AFTER_SELECT = "relay.after_select"
    RELAY_BEFORE_CUT_COMMIT = "relay.before_cut_commit"
    RELAY_AFTER_CUT = "relay.after_cut"
    RELAY_AFTER_PUBLISH = "relay.after_publish"
    RELAY_AFTER_CONFIRM = "relay.after_confirm"
    RELAY_BEFORE_MARK_COMMIT = "relay.before_mark_commit"
    RELAY_AFTER_MARK = "relay.after_mark"
    CONSUMER_DELIVERED = "consumer.delivered"
    CONSUMER_AFTER_POSITION = "consumer.after_position"
    CONSUMER_BEFORE_COMMIT = "consumer.before_commit"
    CONSUMER_AFTER_COMMIT = "consumer.after_commit"
    CONSUMER_AFTER_ACK = "consumer.after_ack"
    CONSUMER_CATCHING_UP = "consumer.catching_up"


class InjectedFault(Exception):
    """Raised at a crash point by request of a test."""


class _Armed:
    point = ""
    action = ""
    countdown = 0


def arm(specification: str) -> None:
    """Arm one point, given as `point:action@count`; an empty text disarms. Called once at the start of a process."""
    _Armed.point, _, rest = specification.partition(":")
    _Armed.action, _, count = rest.partition("@")
    _Armed.countdown = int(count or 1)


def hit(point: Point) -> None:
    """Pass a crash point."""
    if point != _Armed.point:
        return
    _Armed.countdown -= 1
    if _Armed.countdown != 0:
        return
    if _Armed.action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if _Armed.action == "sleep":
        time.sleep(5)
    if _Armed.action == "raise":
        raise InjectedFault(point)
