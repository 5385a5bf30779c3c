"""`cds push`: a small offline-first client, as a command and as a library. Only the standard library and httpx.

Guarantee: an event that `Queue.put` has taken is kept on disk until the platform has told its fate, and is sent again,
unchanged, until then; the platform counts it once. The package knows nothing of the platform's code: a ward app may
copy it.

    with Queue("events.sqlite") as queue, Sender(queue, sessions_url, Token(registry_url, client_id, secret)) as sender:
        queue.put([event])
        sender.send_waiting()
"""

from deploy.cds.push.courier import CannotSend, Courier, Patience, Unanswered
from deploy.cds.push.fates import KEPT, REFUSED, Fate
from deploy.cds.push.queue import Queue, Waiting
from deploy.cds.push.sender import Sender
from deploy.cds.push.token import Token

__all__ = [
    "KEPT",
    "REFUSED",
    "CannotSend",
    "Courier",
    "Fate",
    "Patience",
    "Queue",
    "Sender",
    "Token",
    "Unanswered",
    "Waiting",
]
