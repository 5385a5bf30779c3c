"""Passwords of persons: made, hashed with argon2id, verified in the same time whether the person exists or not.

Guarantee: a password is never stored, logged or told; its text is taken in one Unicode form (NFC), so that what a
phone and a computer type is the same. Wrong ones are counted by user: too many, and the next wait.
The count is kept in memory by each process, and is gone with it: with n web processes there are n counts.
"""

import secrets
import time
import unicodedata
from collections import OrderedDict, deque
from collections.abc import Callable
from functools import cache
from threading import Lock

from argon2 import PasswordHasher, Type
from argon2.exceptions import Argon2Error, InvalidHashError

SHORTEST, LONGEST = 10, 200
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read as something else: no i, l, o, 0, 1
GROUPS, GROUP = 3, 4  # 12 of 31 characters: 59 bits
MOST_WRONG, WITHIN_SECONDS, MOST_USERS = 20, 600, 10_000
# The least memory that OWASP names for argon2id: a small machine verifies eight at once.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID)


def generate() -> str:
    """A password to be shown once: `k7mf-3xqa-tw9d`."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def is_fit(password: str) -> bool:
    """Whether a password that a person has chosen is long enough to be taken."""
    return SHORTEST <= len(_one_form(password)) <= LONGEST and password.isprintable()


def hash_password(password: str) -> str:
    return _HASHER.hash(_one_form(password))


def verify(password: str, stored: str | None) -> bool:
    """Whether a password is the one of a hash; without a hash it takes as long and is wrong."""
    try:
        return _HASHER.verify(stored or _nobody(), _one_form(password)[:LONGEST]) and stored is not None
    except (Argon2Error, InvalidHashError):
        return False


def _one_form(password: str) -> str:
    return unicodedata.normalize("NFC", password)


@cache
def _nobody() -> str:
    """The hash that stands for whoever does not exist."""
    return _HASHER.hash(secrets.token_urlsafe())


class WrongLogins:
    """Wrong logins of the last ten minutes, by user. The users that were wrong longest ago are forgotten first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = Lock()

    def wait_seconds(self, user: str) -> int:
        """How long a user has to wait before the next try; 0: not at all."""
        with self._lock:
            times = self._times.get(user, deque())
            if len(times) < MOST_WRONG:
                return 0
            return max(0, int(times[0] + WITHIN_SECONDS - self._clock()) + 1)

    def note(self, user: str) -> None:
        with self._lock:
            self._times.setdefault(user, deque(maxlen=MOST_WRONG)).append(self._clock())
            self._times.move_to_end(user)
            while len(self._times) > MOST_USERS:
                self._times.popitem(last=False)

    def forget(self, user: str) -> None:
        with self._lock:
            self._times.pop(user, None)
