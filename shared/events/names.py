"""The names of the contract's codes, in Vietnamese and English: the one place from which documents take them.

Guarantee: every code that an event of the sessions stream can carry has a name here, and a group has no code that no
event can carry; a test compares. Services, areas and offices are data of the registry and are not here.
"""

from typing import NamedTuple


class Name(NamedTuple):
    """What people read in the place of a code."""

    vi: str
    en: str


Group = dict[str, Name]

OUTCOMES: Group = {
    "completed": Name("thành công", "completed"),
    "to_return": Name("hẹn lại", "to return"),
    "referred": Name("chuyển cơ quan khác", "referred"),
    "failed": Name("chưa thành công", "not successful"),
}
REASONS: Group = {
    "no_smartphone": Name("chưa có điện thoại thông minh", "no smartphone"),
    "sim_not_owner": Name("SIM không chính chủ", "SIM registered to someone else"),
    "not_approved": Name("hồ sơ chưa được phê duyệt", "application not approved yet"),
    "biometric_mismatch": Name("sinh trắc học không khớp", "biometrics do not match"),
    "forgot_password": Name("quên mật khẩu", "forgot the password"),
    "system_error": Name("lỗi hệ thống", "system error"),
    "declined": Name("người dân chưa đồng ý", "the resident declined"),
    "other": Name("khác", "other"),
}
AGE_BANDS: Group = {
    "0_5": Name("dưới 6 tuổi", "under 6"),
    "6_13": Name("6–13 tuổi", "6–13"),
    "14_15": Name("14–15 tuổi", "14–15"),
    "16_30": Name("thanh niên 16–30", "youth 16–30"),
    "31_59": Name("31–59 tuổi", "adult 31–59"),
    "60_plus": Name("người cao tuổi (từ đủ 60)", "elderly, 60 and over"),
    "unknown": Name("chưa rõ", "unknown"),
}
CHANNELS: Group = {
    "at_venue": Name("tại điểm hỗ trợ", "at a venue"),
    "door_to_door": Name("tại nhà", "door to door"),
    "phone": Name("qua điện thoại", "by phone"),
    "online": Name("trực tuyến", "online"),
}
SERVICE_LEVELS: Group = {
    "full": Name("toàn trình", "end to end"),
    "partial": Name("một phần", "in part"),
    "unknown": Name("chưa rõ", "unknown"),
}
SESSION_KINDS: Group = {
    "support": Name("hỗ trợ", "support"),
    "awareness": Name("tuyên truyền", "awareness"),
    "training": Name("tập huấn", "training"),
    "launch": Name("ra quân", "launch"),
    "data_entry": Name("nhập liệu", "data entry"),
}
PARTNERS: Group = {
    "police": Name("công an", "police"),
    "health": Name("y tế", "health"),
    "bank": Name("ngân hàng", "bank"),
    "telecom": Name("viễn thông", "telecom"),
    "women": Name("Hội Liên hiệp Phụ nữ", "Women's Union"),
    "veterans": Name("Hội Cựu chiến binh", "Veterans' Association"),
    "farmers": Name("Hội Nông dân", "Farmers' Union"),
    "elderly": Name("Hội Người cao tuổi", "Association of the Elderly"),
    "school": Name("trường học", "school"),
    "other": Name("khác", "other"),
}
COVERS: Group = {
    "unlisted": Name("chỉ những lượt chưa ghi từng người", "only those not recorded one by one"),
    "all": Name("tất cả, kể cả lượt đã ghi từng người", "all, also those recorded one by one"),
}
FEEDBACK_KINDS: Group = {
    "question": Name("hỏi đáp", "question"),
    "need": Name("nhu cầu", "need"),
    "concern": Name("tâm tư", "concern"),
    "aspiration": Name("nguyện vọng", "aspiration"),
    "recommendation": Name("kiến nghị", "recommendation"),
    "report": Name("phản ánh", "report"),
    "legal_complaint": Name("khiếu nại, tố cáo (chỉ hướng dẫn)", "statutory complaint (guidance only)"),
}
THEMES: Group = {
    "identity": Name("định danh điện tử", "electronic identity"),
    "public_service": Name("dịch vụ công", "public services"),
    "payment": Name("thanh toán", "payment"),
    "online_safety": Name("an toàn mạng", "online safety"),
    "infrastructure": Name("hạ tầng, sóng, thiết bị", "infrastructure, signal, devices"),
    "staff_attitude": Name("thái độ phục vụ", "attitude of staff"),
    "policy": Name("cơ chế, chính sách", "policy"),
    "other": Name("khác", "other"),
}
FEEDBACK_RESULTS: Group = {
    "done": Name("đã xử lý", "done"),
    "explained": Name("đã giải thích", "explained"),
    "guided": Name("đã hướng dẫn", "guided"),
    "not_competent": Name("không thuộc thẩm quyền", "not competent"),
    "withdrawn": Name("người dân rút", "withdrawn"),
    "duplicate": Name("trùng", "duplicate"),
}
REOPENING_REASONS: Group = {
    "not_done": Name("chưa được giải quyết", "not done"),
    "wrong_answer": Name("trả lời chưa đúng nội dung", "wrong answer"),
    "new_facts": Name("có thông tin mới", "new facts"),
}
INCIDENT_KINDS: Group = {
    "online_scam": Name("lừa đảo trực tuyến", "online scam"),
    "account_takeover": Name("chiếm đoạt tài khoản", "account takeover"),
    "data_leak": Name("lộ, lọt thông tin cá nhân", "leak of personal data"),
    "malware": Name("mã độc", "malware"),
    "harmful_content": Name("nội dung độc hại", "harmful content"),
}
VIA: Group = {
    "phone": Name("điện thoại", "phone"),
    "sms": Name("tin nhắn SMS", "SMS"),
    "zalo": Name("Zalo", "Zalo"),
    "facebook": Name("Facebook", "Facebook"),
    "website": Name("trang web", "website"),
    "app": Name("ứng dụng", "app"),
    "other": Name("khác", "other"),
}
LOSSES: Group = {
    "none": Name("không mất tiền", "none"),
    "under_5m": Name("dưới 5 triệu đồng", "under 5 million dong"),
    "5m_50m": Name("5–50 triệu đồng", "5–50 million dong"),
    "over_50m": Name("trên 50 triệu đồng", "over 50 million dong"),
    "unknown": Name("chưa rõ", "unknown"),
}
ADDRESSEES: Group = {
    "party_committee": Name("cấp ủy Đảng", "Party committee"),
    "peoples_committee": Name("Ủy ban nhân dân", "People's Committee"),
    "youth_union": Name("Đoàn Thanh niên", "Youth Union"),
    "office": Name("cơ quan, đơn vị", "an office"),
}
PROPOSAL_RESULTS: Group = {
    "accepted": Name("tiếp thu", "accepted"),
    "partly": Name("tiếp thu một phần", "partly accepted"),
    "declined": Name("chưa tiếp thu", "declined"),
    "noted": Name("ghi nhận", "noted"),
}
VOID_REASONS: Group = {
    "duplicate": Name("trùng", "duplicate"),
    "test": Name("gửi thử", "test"),
    "not_happened": Name("không diễn ra", "did not happen"),
    "wrong_person": Name("nhầm người", "wrong person"),
    "other": Name("khác", "other"),
}
CORRECTION_REASONS: Group = {
    "typo": Name("gõ nhầm", "typing error"),
    "wrong_area": Name("sai địa bàn", "wrong area"),
    "wrong_service": Name("sai nội dung hỗ trợ", "wrong service"),
    "wrong_outcome": Name("sai kết quả", "wrong outcome"),
    "wrong_person": Name("nhầm người", "wrong person"),
    "other": Name("khác", "other"),
}

# By the name under which the catalogue gives them: just the codes that an event of the sessions stream can carry.
EVENT_CODES: dict[str, Group] = {
    "outcome": OUTCOMES,
    "reason": REASONS,
    "age_band": AGE_BANDS,
    "channel": CHANNELS,
    "service_level": SERVICE_LEVELS,
    "session_kind": SESSION_KINDS,
    "partner": PARTNERS,
    "covers": COVERS,
    "feedback_kind": FEEDBACK_KINDS,
    "theme": THEMES,
    "feedback_result": FEEDBACK_RESULTS,
    "reopening_reason": REOPENING_REASONS,
    "incident_kind": INCIDENT_KINDS,
    "via": VIA,
    "loss": LOSSES,
    "addressee": ADDRESSEES,
    "proposal_result": PROPOSAL_RESULTS,
    "void_reason": VOID_REASONS,
    "correction_reason": CORRECTION_REASONS,
}
