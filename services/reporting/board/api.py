"""The board's figures as JSON: `/v1/board`."""

from typing import Any

import sqlalchemy as sa
from flask_smorest import Blueprint

from services.reporting.board.figures import board
from services.reporting.board.guard import reads_figures
from services.reporting.board.pages import view_of
from services.reporting.board.schemas import BoardQuerySchema, BoardSchema
from shared import clock
from shared.areas import AreaCache
from shared.database import transaction


def blueprint(engine: sa.Engine, areas: AreaCache) -> Blueprint:
    """The documented route `/v1/board`."""
    routes = Blueprint("board_figures", __name__, url_prefix="/v1", description="The board")

    @routes.get("/board")
    @reads_figures
    @routes.arguments(BoardQuerySchema, location="query", unknown=None)
    @routes.response(200, BoardSchema)
    def get_board(asked: dict[str, Any]) -> dict[str, Any]:
        """What the board shows, of everything or of an area, as of now."""
        view = view_of(areas.current(), asked.get("area"), clock.now())
        with transaction(engine) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            return board(connection, view)

    return routes
