"""What offices write in the cells of the two sheets, by the contract's code.

Guarantee: the first wording of a code is its name in the contract or the catalogue; the others are usual ones.
"""

from collections.abc import Mapping, Sequence

from shared.events import names
from shared.events.names import Group

Choices = dict[str, tuple[str, ...]]
NOTHING = "nothing"  # in the place of a service: a report that nothing happened

SERVICES: Mapping[str, Sequence[str]] = {
    "vneid_activation": ("Kích hoạt VNeID", "VNeID", "Kích hoạt định danh điện tử", "Định danh mức 2",
                         "Kích hoạt tài khoản VNeID", "Kích hoạt tài khoản định danh điện tử"),
    "vneid_registration": ("Đăng ký VNeID", "Thu nhận hồ sơ định danh", "Hồ sơ định danh điện tử", "Cấp định danh"),
    "public_service_account": ("Tài khoản dịch vụ công", "Tài khoản DVC", "Tạo tài khoản Cổng Dịch vụ công"),
    "online_public_service": ("Dịch vụ công trực tuyến", "DVC trực tuyến", "DVCTT", "Nộp hồ sơ trực tuyến",
                              "Dịch vụ công"),
    "cashless_payment": ("Không dùng tiền mặt", "TTKDTM", "Ví điện tử", "Thanh toán điện tử"),
    "stall_qr_setup": ("Mã QR", "Cài mã QR", "Trang bị mã QR"),
    "stall_first_payment": ("Giao dịch đầu tiên", "Phát sinh giao dịch"),
    "app_installation": ("Cài ứng dụng", "Cài đặt app", "Cài app"),
    "digital_skills": ("Kỹ năng số", "Bình dân học vụ số", "Hướng dẫn kỹ năng số"),
    "online_safety": ("An toàn trên mạng", "An toàn mạng"),
    "digital_signature": ("Chữ ký số", "CKS"),
    "health_record": ("Sổ sức khỏe điện tử", "Sổ sức khoẻ điện tử", "SSKĐT", "Tích hợp BHYT"),
}  # fmt: skip
OUTCOMES: Mapping[str, Sequence[str]] = {
    "completed": ("Đạt", "Xong", "Hoàn thành", "Đã xong", "Đã hoàn thành", "TC"),
    "to_return": ("Hẹn", "Hẹn quay lại", "Phải hẹn lại"),
    "referred": ("Chuyển", "Chuyển cơ quan"),
    "failed": ("Không thành công", "Chưa được", "Không được", "Chưa đạt", "Thất bại"),
}
AGE_BANDS: Mapping[str, Sequence[str]] = {
    "0_5": ("0-5", "Dưới 6"),
    "6_13": ("6-13", "Từ 6 đến 13"),
    "14_15": ("14-15", "Từ 14 đến 15"),
    "16_30": ("16-30", "Thanh niên", "Từ 16 đến 30"),
    "31_59": ("31-59", "Từ 31 đến 59", "Trung niên"),
    "60_plus": ("60+", "Từ 60", "Từ đủ 60", "Trên 60", "Người cao tuổi", "60 trở lên", "Từ 60 tuổi trở lên"),
    "unknown": ("Không rõ",),
}
CHANNELS: Mapping[str, Sequence[str]] = {
    "at_venue": ("Tại điểm", "Điểm hỗ trợ", "Nhà văn hóa"),
    "door_to_door": ("Tận nhà", "Đến nhà", "Đi từng nhà", "Tại nhà dân"),
    "phone": ("Điện thoại", "Gọi điện"),
    "online": ("Online", "Qua mạng", "Zalo"),
}
REASONS: Mapping[str, Sequence[str]] = {
    "no_smartphone": ("Không có điện thoại thông minh", "Không có smartphone"),
    "sim_not_owner": ("SIM không chính chủ", "Sim người khác"),
    "not_approved": ("Chưa duyệt", "Hồ sơ chưa duyệt"),
    "biometric_mismatch": ("Không khớp khuôn mặt", "Lỗi sinh trắc học"),
    "forgot_password": ("Quên mật khẩu",),
    "system_error": ("Lỗi hệ thống", "Hệ thống lỗi"),
    "declined": ("Không đồng ý", "Chưa đồng ý"),
    "other": ("Lý do khác",),
}
LEVELS: Mapping[str, Sequence[str]] = {"full": ("Toàn phần",), "partial": ("Một phần",), "unknown": ()}
# The shipped offices; another one is written by its code.
OFFICES: Choices = {
    "police_ward": ("Công an xã, phường", "Công an", "Công an phường", "Công an xã", "CAP", "CAX"),
    "peoples_committee": ("Ủy ban nhân dân", "UBND", "UBND phường", "UBND xã", "Uỷ ban nhân dân"),
    "one_stop": ("Bộ phận một cửa", "Một cửa", "Trung tâm Phục vụ hành chính công", "TTPVHCC"),
    "health_station": ("Trạm Y tế", "Y tế"),
    "social_insurance": ("Bảo hiểm xã hội", "BHXH"),
    "tax": ("Cơ quan Thuế", "Thuế", "Chi cục Thuế"),
    "bank": ("Ngân hàng",),
    "telecom": ("Viễn thông", "Nhà mạng"),
}


def choices(group: Group, also: Mapping[str, Sequence[str]]) -> Choices:
    """The codes of a group with their names and other wordings."""
    return {code: (name.vi[:1].upper() + name.vi[1:], *also.get(code, ())) for code, name in group.items()}


def service_choices(catalogue: Mapping[str, str]) -> Choices:
    """The services of the catalogue, by code: its own name first. A district's own service has just that."""
    return {code: (name, *SERVICES.get(code, ())) for code, name in catalogue.items()}


OUTCOME_CHOICES = choices(names.OUTCOMES, OUTCOMES)
AGE_BAND_CHOICES = choices(names.AGE_BANDS, AGE_BANDS)
CHANNEL_CHOICES = choices(names.CHANNELS, CHANNELS)
REASON_CHOICES = choices(names.REASONS, REASONS)
LEVEL_CHOICES = choices(names.SERVICE_LEVELS, LEVELS)
NOTHING_CHOICE = {NOTHING: ("Không phát sinh", "Báo cáo không phát sinh", "Không có phát sinh")}
