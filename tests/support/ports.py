"""Free TCP ports on 127.0.0.1 for servers that the tests start.

They lie below the kernel's range for outgoing connections: a client that dials a port of that range while
its server is down can connect to itself, and hold the port that the server wants back.
"""

from __future__ import annotations

import random
import socket

LOWEST, HIGHEST = 15_000, 32_000
_given: set[int] = set()


def free_port() -> int:
    """A port that nobody listens on now and that this process has not been given before."""
    for _ in range(1000):
        port = random.SystemRandom().randint(LOWEST, HIGHEST)
        if port not in _given and _is_free(port):
            _given.add(port)
            return port
    raise RuntimeError(f"no free port between {LOWEST} and {HIGHEST}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
