"""Words of a document that no figure carries: short names of services, and what venues and units are called.

A service without a word here is called by the catalogue's name.
"""

from services.reporting.documents.formats import upper_first

# For one line in a chat group.
SHORT = {
    "vneid_activation": "VNeID",
    "vneid_registration": "thu nhận VNeID",
    "public_service_account": "tài khoản DVC",
    "online_public_service": "DVC trực tuyến",
    "cashless_payment": "thanh toán không dùng tiền mặt",
    "stall_qr_setup": "mã QR",
    "digital_skills": "kỹ năng số",
    "online_safety": "an toàn mạng",
}
# In the heading of its progress.
PURSUED = {"vneid_activation": "kích hoạt VNeID"}
# Venues of a kind, when there are several.
VENUES = {
    "cultural_house": "nhà văn hóa",
    "one_stop": "trung tâm phục vụ hành chính công",
    "market": "chợ",
    "school": "trường học",
    "police_station": "trụ sở công an",
    "public_place": "nơi công cộng",
    "home": "nhà dân",
    "online": "kênh trực tuyến",
}
LEVELS = {"ward": "xã, phường, đặc khu", "residential_group": "tổ dân phố"}
STALLS = "Hộ kinh doanh"
GROUP, GROUP_SHORT = "Tổ dân phố ", "TDP "


def area(name: str) -> str:
    """An area as a row or in a list: `TDP số 1`."""
    return GROUP_SHORT + name[len(GROUP) :] if name.startswith(GROUP) else name


def pursued(service: str, names: dict[str, str]) -> str:
    """A service in the middle of a sentence."""
    name = PURSUED.get(service) or names.get(service, service)
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def named(service: str, names: dict[str, str]) -> str:
    """A service as a row of a table."""
    return upper_first(names.get(service, service))
