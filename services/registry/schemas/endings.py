"""The end of something, and its coming back, as the API takes them: nothing is deleted, it ends with a day."""

from services.registry.schemas.base import Body, day


class Closure(Body):
    """The first day without it."""

    on = day(required=True)


class Reopening(Body):
    """It is there again, as if it had not been closed."""
