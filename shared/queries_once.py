"""How a query string is read: a parameter that is given twice could be read either way, so it is refused.

It knows no schema: which parameters there are is each route's to say.
"""

from typing import Any

import flask
import flask_smorest
from webargs.flaskparser import FlaskParser

from shared.problems import FieldError, Problem


class OnceParser(FlaskParser):
    """Refuses what is repeated; the schemas decide about unknown fields and parameters."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {}

    def load_querystring(self, req: flask.Request, schema: Any) -> Any:
        """The query, each parameter once.

        Raises:
            Problem: 422 naming a parameter that is given again.
        """
        again = sorted(name for name, values in req.args.lists() if len(values) > 1)
        if again:
            message = "Tham số này được gửi nhiều lần. Vui lòng chỉ gửi một lần."
            raise Problem("invalid", errors=[FieldError(again[0][:40], "repeated", message)])
        return super().load_querystring(req, schema)


class Blueprint(flask_smorest.Blueprint):
    """Routes whose parameters are given once."""

    ARGUMENTS_PARSER = OnceParser()
