"""The read side of the intake, by feature: what is stored of reported things, and what became of events.

Guarantee: a query takes an open connection and changes nothing; who may see what is decided by `Reach`, and the
sandbox and what counts are never seen together.
"""

from services.sessions.queries.fates import EventFate, fate

__all__ = ["EventFate", "fate"]
