"""The office that signs, from the name of its area: as the head, a sentence and the addressee call it.

Guarantee: names are those of the registry. Of areas that ended with the reform of 2025-07-01 the office of then is
named, above them the district's. Who receives a report is the layout's usual list, which the office completes.
"""

from services.reporting.documents.formats import AREA_KINDS, in_sentence, upper_first
from services.reporting.documents.reports import Layout, Office
from services.reporting.reports.units import Unit
from shared.areas import Area

NOWHERE = "địa bàn"
COMMITTEE, UNION = "Ủy ban nhân dân", "Đoàn TNCS Hồ Chí Minh"


def kind_of(name: str) -> str:
    """`phường`; what it is where the name does not say."""
    return next((kind.strip().lower() for kind in AREA_KINDS if name.startswith(kind)), NOWHERE)


def place_of(name: str) -> str:
    """`Dương Kinh`: where a document is signed."""
    kind = kind_of(name)
    return name if kind == NOWHERE else name[len(kind) + 1 :]


def office_of(unit: Unit, layout: Layout) -> Office:
    """The office of a unit in a layout."""
    name = unit.area.name if unit.area else upper_first(NOWHERE)
    make = _union if layout == "youth_union" else _committee
    return make(name, unit.above if unit.area else None, is_ward=unit.is_by_group)


def _committee(name: str, above: Area | None, *, is_ward: bool) -> Office:
    area, level = in_sentence(name), kind_of(name)
    return Office(
        layout="peoples_committee",
        body=("ỦY BAN NHÂN DÂN", name.upper()),
        name=f"{COMMITTEE} {area}",
        level=level,
        area=area,
        place=place_of(name),
        addressed_to=_committee_above(above),
        recipients=(
            *(["Như trên"] if above else []),
            f"TT Đảng ủy, TT HĐND {level}",
            f"CT, các PCT UBND {level}",
            f"{UNION} {level}",
            "Lưu: VT, VHXH" if is_ward else "Lưu: VT",
        ),
        signed_by=("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"),
    )


def _committee_above(above: Area | None) -> str:
    if above is None:
        return ""
    by_department = " (qua Sở Khoa học và Công nghệ)" if above.level == "province" else ""
    return f"{COMMITTEE} {in_sentence(above.name)}{by_department}"


def _union(name: str, above: Area | None, *, is_ward: bool) -> Office:
    area, level = in_sentence(name), kind_of(name)
    return Office(
        layout="youth_union",
        body=(f"BCH {name.upper()}",),
        name=f"Ban Chấp hành {UNION} {area}",
        level=level,
        area=area,
        place=place_of(name),
        addressed_to=f"Ban Thường vụ {UNION} {in_sentence(above.name)}" if above else "",
        recipients=(*(["Như trên"] if above else []), f"TT Đảng ủy, UBND {level}", "Lưu: VP"),
    )
