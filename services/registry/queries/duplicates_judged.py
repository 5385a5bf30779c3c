"""How likely two records are one person, and why, in a sentence for whoever decides. Pure: it reads no table.

The points are a ranking, not a probability: a shared phone may be a family's, a shared name is common.
"""

from typing import Any, Protocol


class Signs(Protocol):
    """What two records have in common; None where one of them does not say."""

    same_phone: bool | None
    same_name: bool
    same_year: bool | None
    same_unit: bool
    same_ward: bool | None


POINTS = {"same_phone": 50, "same_name": 35, "same_year": 20, "same_unit": 10, "same_ward": 10}
SAYS = {
    "same_phone": "trùng số điện thoại",
    "same_name": "trùng họ tên (không phân biệt dấu)",
    "same_year": "cùng năm sinh",
    "same_unit": "cùng chi đoàn",
    "same_ward": "cùng xã, phường",
}
OTHER_YEAR, OTHER_YEAR_SAYS = -20, "khác năm sinh"
MOST = 100


def judged(signs: Signs) -> dict[str, Any]:
    """The score, 1 to 100, and the reason."""
    common = [name for name in POINTS if getattr(signs, name)]
    points, says = [POINTS[name] for name in common], [SAYS[name] for name in common]
    if signs.same_year is False:
        points, says = [*points, OTHER_YEAR], [*says, OTHER_YEAR_SAYS]
    reason = ", ".join(says)
    return {"score": min(MOST, sum(points)), "reason": reason[:1].upper() + reason[1:]}
