"""The certificate of volunteer hours (giấy xác nhận), ready to sign, with its check code.

Guarantee: the code covers every fact that is printed about the person and nothing that is not; hours are those of F9,
rounded once, as printed. Number and signature stay blank. No id, phone or address of the person stands on it.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from services.reporting.documents import check_code, formats, heads
from services.reporting.documents.blocks import Block, Note, Paper, Text, plain
from services.reporting.documents.composing import ABOUT
from services.reporting.documents.reports import Office


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """What is certified: F9 seconds and sessions of a person over days, both included."""

    office: Office
    full_name: str
    first_day: dt.date
    last_day: dt.date
    seconds: int
    sessions: int
    issued_on: dt.date
    birth_year: int | None = None
    unit: str = ""
    activity: str = ""

    def printed(self) -> dict[str, str]:
        """The facts as they are printed, by name: what the code covers and what a check asks for."""
        told = {
            "office": self.office.name,
            "area": self.office.area,
            "full_name": self.full_name,
            "birth_year": str(self.birth_year or ""),
            "unit": self.unit,
            "activity": self.activity,
            "first_day": formats.day(self.first_day),
            "last_day": formats.day(self.last_day),
            "hours": formats.hours(self.seconds),
            "sessions": formats.counted(self.sessions),
            "issued_on": formats.day(self.issued_on),
        }
        return {name: plain(text) for name, text in told.items()}


def compose(certificate: Certificate, secret: bytes) -> Paper:
    """The document of a certificate.

    Raises:
        ValueError: the secret has fewer than 32 bytes.
    """
    return Paper(
        issued_on=certificate.issued_on,
        title=plain(f"Giấy xác nhận giờ tình nguyện: {certificate.full_name}"),
        author=plain(certificate.office.name),
        subject="Giấy xác nhận giờ tình nguyện",
        keywords="",
        blocks=list(_blocks(certificate, check_code.code(secret, certificate.printed()))),
    )


def _blocks(certificate: Certificate, code: str) -> Iterator[Block]:
    office, printed = certificate.office, certificate.printed()
    yield heads.head(office, "GXN", formats.day_in_words(certificate.issued_on))
    yield heads.title("GIẤY XÁC NHẬN", [f"Giờ tình nguyện {ABOUT}"])
    yield Text(f"{formats.upper_first(printed['office'])} xác nhận:")
    for name, value in _person(printed):
        yield Text(f"{name}: {value}", is_kept=True)
    during = f", trong khuôn khổ {printed['activity']}" if printed["activity"] else ""
    yield Text(
        plain(
            f"Từ ngày {printed['first_day']} đến ngày {printed['last_day']}, anh/chị đã tham gia {ABOUT} tại "
            f"{printed['area']}{during}, với {printed['hours']} giờ trong {printed['sessions']} buổi."
        )
    )
    yield Text("Giấy này có giá trị xác nhận thời gian hoạt động tình nguyện của người có tên trên./.", is_kept=True)
    yield heads.signature(office)
    yield Note(f"Mã xác nhận: {code} (để kiểm tra những gì in trên giấy này; không thay số văn bản)")


def _person(printed: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The lines about the person; what is not known has none."""
    names = {"full_name": "Họ và tên", "birth_year": "Năm sinh", "unit": "Đơn vị"}
    return ((title, printed[key]) for key, title in names.items() if printed[key])
