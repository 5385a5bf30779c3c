"""The words of the page: every code that it shows, in Vietnamese, and what it says after a step.

Guarantee: the names of codes are those of the contract (`shared/events/names.py`); services are named by the
catalogue, and one that has no name is shown by its code. Nothing is left out because it has no word.
"""

from shared.events import names
from shared.events.answer_names import MARKS as MARK_NAMES
from shared.events.answer_names import SUBJECT_STATUSES
from shared.events.names import Group


def _words(group: Group, *left_out: str) -> dict[str, str]:
    """The names of a group as they begin a line."""
    return {code: name.vi[:1].upper() + name.vi[1:] for code, name in group.items() if code not in left_out}


# The form begins with these; then come the other services in this order, then those that have joined since.
COMMON = ("vneid_activation", "online_public_service", "cashless_payment", "digital_skills")
SERVICES = (
    *COMMON,
    "vneid_registration",
    "public_service_account",
    "stall_qr_setup",
    "stall_first_payment",
    "app_installation",
    "online_safety",
    "digital_signature",
    "health_record",
    "health_declaration",
    "sampling_entry",
    "vaccination_entry",
    "contact_tracing_entry",
)
# For one line in a chat group.
SHORT = {
    "vneid_activation": "VNeID",
    "online_public_service": "DVC trực tuyến",
    "cashless_payment": "thanh toán không dùng tiền mặt",
    "digital_skills": "kỹ năng số",
    "vneid_registration": "hồ sơ VNeID",
    "public_service_account": "tài khoản DVC",
    "stall_qr_setup": "mã QR hộ kinh doanh",
    "stall_first_payment": "hộ kinh doanh có giao dịch",
    "online_safety": "an toàn trên mạng",
    "digital_signature": "chữ ký số",
    "health_record": "sổ sức khỏe điện tử",
}
OUTCOMES = _words(names.OUTCOMES)
OUTCOME_COLUMNS = {"completed": "Thành công", "to_return": "Hẹn lại", "referred": "Chuyển", "failed": "Chưa được"}
REASONS = _words(names.REASONS)
AGE_BANDS = _words(names.AGE_BANDS)
CHANNELS = _words(names.CHANNELS)
SERVICE_LEVELS = _words(names.SERVICE_LEVELS)
SESSION_KINDS = _words(names.SESSION_KINDS)
PARTNERS = _words(names.PARTNERS)
VOID_REASONS = _words(names.VOID_REASONS)
CORRECTION_REASONS = _words(names.CORRECTION_REASONS)
FEEDBACK_KINDS = _words(names.FEEDBACK_KINDS)
THEMES = _words(names.THEMES)
STATES = _words(SUBJECT_STATUSES)
# "duplicate" is shown and not offered: it needs the other feedback's id.
RESULTS = _words(names.FEEDBACK_RESULTS)
OFFERED_RESULTS = _words(names.FEEDBACK_RESULTS, "duplicate")
REOPENING = _words(names.REOPENING_REASONS)
MARKS = {code: name.vi for code, name in MARK_NAMES.items()}
KINDS = {"assist": "Lượt hỗ trợ", "tally": "Số liệu tổng hợp từ sổ", "session": "Buổi hỗ trợ"}
OFFICES = {
    "police_ward": "Công an xã, phường, đặc khu",
    "peoples_committee": "Ủy ban nhân dân xã, phường, đặc khu",
    "one_stop": "Bộ phận một cửa; Trung tâm Phục vụ hành chính công",
    "health_station": "Trạm Y tế xã, phường, đặc khu",
    "social_insurance": "Cơ quan Bảo hiểm xã hội",
    "tax": "Cơ quan Thuế",
    "bank": "Ngân hàng phối hợp trên địa bàn",
    "telecom": "Doanh nghiệp viễn thông phối hợp trên địa bàn",
}
SECTIONS = {
    "difficulties": "V. Khó khăn, vướng mắc; kiến nghị",
    "tasks": "VI. Nhiệm vụ ngày tiếp theo",
}
EVENTS = {
    "assist.recorded": "Lượt hỗ trợ",
    "assist.corrected": "Đính chính lượt hỗ trợ",
    "assist.voided": "Hủy lượt hỗ trợ",
    "tally.recorded": "Số liệu tổng hợp từ sổ",
    "tally.voided": "Hủy số liệu tổng hợp từ sổ",
    "session.opened": "Mở buổi hỗ trợ",
    "session.closed": "Kết thúc buổi hỗ trợ",
    "session.voided": "Hủy buổi hỗ trợ",
    "attendance.checked_in": "Tình nguyện viên đến",
    "attendance.checked_out": "Tình nguyện viên về",
    "feedback.raised": "Ý kiến người dân",
    "feedback.forwarded": "Chuyển ý kiến",
    "feedback.answered": "Trả lời ý kiến",
    "feedback.resolved": "Giải quyết ý kiến",
    "feedback.reopened": "Mở lại ý kiến",
    "incident.reported": "Vụ việc mất an toàn trên mạng",
    "incident.voided": "Hủy vụ việc mất an toàn trên mạng",
    "proposal.submitted": "Tham mưu, góp ý",
    "proposal.answered": "Trả lời tham mưu, góp ý",
}
# The fields of forms, where what was typed is shown again.
FIELDS = {
    "ngay": "Ngày",
    "noi": "Địa bàn",
    "text": "Nội dung trả lời",
    "bat-dau": "Bắt đầu lúc",
    "du-kien": "Dự kiến kết thúc lúc",
    "chu-de": "Chủ đề",
    "ket-thuc": "Kết thúc lúc",
    "attendees": "Số người đến",
    "households_visited": "Số hộ đã đến tận nhà",
    "left_waiting": "Số người còn chờ",
} | SECTIONS
# What the page says after a step; the address names it.
DONE = {
    "so-lieu": "Đã gửi số liệu. Số trong ngày cập nhật sau vài giây.",
    "khong-phat-sinh": "Đã gửi báo cáo không phát sinh.",
    "bi-thay": "Đã nhận, nhưng một bản mới hơn đang được dùng. Vui lòng xem lại số liệu bên dưới.",
    "huy": "Đã hủy. Số trong ngày cập nhật sau vài giây.",
    "sua": "Đã đính chính. Số trong ngày cập nhật sau vài giây.",
    "mo-buoi": "Đã mở buổi hỗ trợ.",
    "dong-buoi": "Đã ghi kết thúc buổi hỗ trợ và số liệu của buổi.",
    "cho": "Đã nhận, đang chờ đối chiếu.",
    "forwarded": "Đã chuyển ý kiến.",
    "answered": "Đã ghi câu trả lời.",
    "resolved": "Đã ghi kết quả giải quyết.",
    "reopened": "Đã mở lại ý kiến.",
    "ghi-chu": "Đã lưu ghi chú.",
}
