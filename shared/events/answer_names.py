"""The names of the codes that the platform answers with: states, refusals, marks, and the kinds of places.

Guarantee: what is shown of a code that has no name is the code itself, so a newer release's code is never hidden.
"""

from shared.events.names import EVENT_CODES, Group, Name

EVENT_STATUSES: Group = {
    "accepted": Name("đã nhận", "accepted"),
    "duplicate": Name("đã nhận từ trước", "duplicate"),
    "pending_reference": Name("chờ đối chiếu", "waits for what it refers to"),
    "conflict": Name("trùng mã, khác nội dung", "same id, other content"),
    "rejected": Name("không được nhận", "rejected"),
}
SUBJECT_STATUSES: Group = {
    "recorded": Name("đã ghi", "recorded"),
    "corrected": Name("đã đính chính", "corrected"),
    "opened": Name("đang mở", "opened"),
    "closed": Name("đã kết thúc", "closed"),
    "raised": Name("tiếp nhận", "raised"),
    "forwarded": Name("đã chuyển", "forwarded"),
    "answered": Name("đã trả lời", "answered"),
    "resolved": Name("đã giải quyết", "resolved"),
    "reopened": Name("mở lại", "reopened"),
    "reported": Name("đã báo", "reported"),
    "submitted": Name("đã gửi", "submitted"),
    "voided": Name("đã hủy", "voided"),
}
REFUSALS: Group = {
    "not_cloudevents": Name("không phải CloudEvents 1.0", "not CloudEvents 1.0"),
    "unknown_type": Name("loại sự kiện không có", "unknown event type"),
    "unknown_version": Name("phiên bản sự kiện chưa được hỗ trợ", "unknown version of an event type"),
    "forbidden_source": Name("source không phải của ứng dụng này", "the source is another app's"),
    "missing_data": Name("thiếu nội dung (data)", "no data"),
    "invalid_data": Name("nội dung không đúng: có trường thiếu, thừa hoặc sai", "a field is missing, unknown or wrong"),
    "time_out_of_range": Name("thời điểm ngoài khoảng cho phép", "time out of range"),
    "unknown_area": Name("không tìm thấy đơn vị hoặc tổ dân phố", "unknown area"),
    "forbidden_area": Name("ứng dụng không được ghi cho đơn vị này", "not the app's area"),
    "area_too_high": Name("số liệu tổng hợp phải theo xã, phường hoặc tổ", "a paper count above the wards"),
    "subject_exists": Name("mã subject đã được dùng", "the subject is taken"),
    "wrong_subject": Name("mã subject là của một đối tượng khác loại", "the subject is of another kind"),
    "impossible_step": Name("bước này không thể xảy ra", "impossible step"),
    "impossible_outcome": Name("nội dung hỗ trợ này không có kết quả đó", "the service has no such outcome"),
    "id_conflict": Name("mã sự kiện đã được nhận với nội dung khác", "id accepted before with other content"),
    "gone": Name("thông tin đã được xóa", "erased"),
    "undecodable": Name("bản phần mềm này không đọc được sự kiện đã giữ", "this release cannot read it"),
}
WAITS: Group = {
    "subject": Name("chờ sự kiện mở đầu của đối tượng này", "waits for the event that begins its subject"),
    "step": Name("chờ bước trước của đối tượng này", "waits for an earlier step of its subject"),
    "service": Name("chờ nội dung hỗ trợ có trong danh mục", "waits for a service of the catalogue"),
}
MARKS: Group = {
    "apportioned": Name("quy về đơn vị kế thừa chính", "given to the main successor"),
    "clock_suspect": Name("nghi sai giờ máy", "clock suspect"),
    "unverified:session": Name("chưa xác minh: buổi hỗ trợ", "unverified session"),
    "unverified:volunteer": Name("chưa xác minh: tình nguyện viên", "unverified volunteer"),
}
VENUE_KINDS: Group = {
    "cultural_house": Name("nhà văn hóa tổ dân phố, liên tổ dân phố", "cultural house"),
    "one_stop": Name("bộ phận một cửa, Trung tâm Phục vụ hành chính công", "one-stop desk, public service centre"),
    "market": Name("chợ", "market"),
    "school": Name("trường học", "school"),
    "police_station": Name("trụ sở công an", "police station"),
    "public_place": Name("nơi công cộng", "public place"),
    "home": Name("tại nhà dân", "at home"),
    "online": Name("mạng xã hội", "online"),
}
PILLARS: Group = {
    "transform": Name("Chuyển đổi", "transform"),
    "initiative": Name("Chủ động", "initiative"),
    "technology": Name("Công nghệ số", "technology"),
    "caution": Name("Cẩn trọng", "caution"),
    "sharing": Name("Chia sẻ", "sharing"),
}
UNITS: Group = {
    "resident": Name("người dân", "resident"),
    "stall": Name("hộ kinh doanh", "stall"),
    "record": Name("bản ghi", "record"),
}

ALL_CODES: dict[str, Group] = EVENT_CODES | {
    "event_status": EVENT_STATUSES,
    "subject_status": SUBJECT_STATUSES,
    "refusal": REFUSALS,
    "waits_for": WAITS,
    "mark": MARKS,
    "venue_kind": VENUE_KINDS,
    "pillar": PILLARS,
    "unit": UNITS,
}


def refusal_in_words(code: str | None) -> str | None:
    """Why an event was refused, for a person; None when it was not."""
    if code is None:
        return None
    return REFUSALS[code].vi if code in REFUSALS else code


def wait_in_words(waits_for: str) -> str:
    """What an event waits for, for a person; of a service its code too."""
    kind, _, what = waits_for.partition(":")
    name = WAITS[kind].vi if kind in WAITS else kind
    return f"{name}: {what}" if what else name
