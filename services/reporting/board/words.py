"""What the board says, in Vietnamese and in English; codes are named by the contract (`shared/events/names.py`).

Guarantee: a text has both languages, so a page is never half in one of them. The language is that of `?lang=`, and
Vietnamese unless it is given.
"""

from collections.abc import Callable
from typing import Any

from flask import request

from shared.events import names
from shared.events.names import Group

LANGUAGES = ("vi", "en")
LANGUAGE_NAMES = {"vi": "Tiếng Việt", "en": "English"}
Words = Callable[..., str]

TEXTS: dict[str, tuple[str, str]] = {
    # The frame
    "title": ("Bảng theo dõi chuyển đổi số cộng đồng", "Community digital transformation board"),
    "whole": ("Toàn địa bàn", "The whole area"),
    "skip": ("Tới nội dung chính", "Skip to the content"),
    "parts": ("Các phần của trang", "Parts of the page"),
    "path": ("Đơn vị đang xem", "The area shown"),
    "choose": ("Chọn đơn vị", "Choose an area"),
    "print": ("In", "Print"),
    "theme": ("Giao diện", "Theme"),
    "theme_auto": ("theo máy", "automatic"),
    "theme_light": ("sáng", "light"),
    "theme_dark": ("tối", "dark"),
    "sign_out": ("Đăng xuất", "Sign out"),
    "sign_in": ("Đăng nhập", "Sign in"),
    "live": ("Đang cập nhật", "Live"),
    "stale": ("Mất kết nối; số liệu lúc {0}", "Not connected; figures of {0}"),
    "ended": ("Phiên làm việc đã hết", "The session has ended"),
    "static": ("Số liệu lúc {0}", "Figures of {0}"),
    "changed": ("Số liệu vừa thay đổi, lúc {0}", "Figures have just changed, at {0}"),
    "updated": ("Số liệu đến {0}", "Figures up to {0}"),
    "never": ("Chưa có số liệu", "No figures yet"),
    "footer": (
        "Giờ Việt Nam. Số liệu trong ngày còn thay đổi cho đến khi chốt lúc 22:00.",
        "Time of Việt Nam. Today's figures change until the closing at 22:00.",
    ),
    "licence": ("Biểu đồ: {0} {1} (giấy phép {2})", "Charts: {0} {1} ({2} licence)"),
    # Today
    "today": ("Hôm nay", "Today"),
    "yesterday": ("Hôm qua", "Yesterday"),
    "F2": ("Lượt thành công", "Completed assists"),
    "F4": ("Người được hỗ trợ thành công", "Residents served"),
    "F7": ("Buổi hỗ trợ", "Sessions"),
    "F8": ("Tình nguyện viên tham gia", "Active volunteers"),
    "F9": ("Giờ tình nguyện", "Volunteer hours"),
    "note_F4": ("tính một lần", "each once"),
    "of_these": ("trong đó {0} chưa có mã, {1} từ sổ", "{0} of them without a token, {1} from paper"),
    "without_token": ("Chưa có mã", "Without a token"),
    "from_paper": ("Từ sổ", "From paper"),
    # To the last person
    "progress": ("Đến người cuối cùng", "To the last person"),
    "no_progress": (
        "Hôm nay không có chiến dịch nào có chỉ tiêu ở đây.",
        "No campaign with a target is running here today.",
    ),
    "left_resident": ("người còn lại", "residents left"),
    "left_stall": ("hộ kinh doanh còn lại", "stalls left"),
    "left_record": ("còn lại", "left"),
    "left": ("Còn lại", "Left"),
    "done": ("Đã đạt", "Done"),
    "goal": ("Chỉ tiêu", "Goal"),
    "coverage": ("so với người thuộc diện", "of the eligible"),
    "expected": ("Kế hoạch đến hôm nay", "Expected by today"),
    "plan": ("Kế hoạch", "Expected"),
    "gap": ("Chênh lệch", "Gap"),
    "pace": ("Nhịp độ/ngày", "Pace a day"),
    "need": ("cần {0}", "{0} needed"),
    "projected": ("Dự kiến hoàn thành", "Projected"),
    "not_projected": ("chưa dự kiến được", "cannot be told yet"),
    "reached": ("đã đạt {0}", "reached {0}"),
    "bar": ("Tiến độ", "Progress"),
    "bar_told": ("đạt {0}, kế hoạch đến hôm nay {1}", "{0} done, {1} expected by today"),
    "on_track": ("Đạt", "On track"),
    "behind": ("Chậm", "Behind"),
    "at_risk": ("Nguy cơ", "At risk"),
    "over": ("Trên 100%", "Over 100%"),
    "sources": ("Chỉ tiêu theo", "Goals by"),
    "as_of": ("{0} (ngày {1})", "{0} (of {1})"),
    "elsewhere": (
        "Ngoài ra {0} người ở đơn vị chưa có chỉ tiêu.",
        "Besides, {0} people in areas without a target.",
    ),
    "mark": ("Vạch đứng: kế hoạch đến hôm nay. Xếp theo số còn lại.", "The mark: expected by today. Sorted by left."),
    "show_all": ("Xem tất cả {0} đơn vị", "Show all {0} areas"),
    "show_fewer": ("Thu gọn", "Show fewer"),
    "unit_ward": ("Xã, phường", "Ward"),
    "unit_residential_group": ("Tổ dân phố, thôn", "Residential group"),
    "unit_district": ("Đơn vị", "Area"),
    "unit_province": ("Đơn vị", "Area"),
    # Thirty days and services
    "days": ("30 ngày qua", "The last 30 days"),
    "days_what": (
        "Người được hỗ trợ thành công (tính một lần), theo ngày",
        "Residents served (each once), by day",
    ),
    "days_told": (
        "Biểu đồ cột: {0} người trong 30 ngày, nhiều nhất {1} người ngày {2}. Số liệu ở bảng bên dưới.",
        "Bar chart: {0} residents in 30 days, at most {1} on {2}. The numbers are in the table below.",
    ),
    "average": ("Trung bình 7 ngày", "Average of 7 days"),
    "so_far": ("hôm nay, đến lúc này", "today, so far"),
    "day": ("Ngày", "Day"),
    "people": ("Người", "Residents"),
    "table": ("Xem bảng số liệu", "Show the table"),
    "services": ("Nội dung hỗ trợ", "Services"),
    "services_what": ("Lượt thành công trong 30 ngày", "Completed assists in 30 days"),
    "services_told": (
        "Biểu đồ thanh: lượt thành công theo nội dung hỗ trợ. Số liệu ở bảng bên dưới.",
        "Bar chart: completed assists by service. The numbers are in the table below.",
    ),
    "service": ("Nội dung", "Service"),
    "thirty": ("30 ngày", "30 days"),
    "others": ("Nội dung khác", "Other services"),
    "nothing": ("Chưa có số liệu.", "No figures yet."),
    # Reports
    "reports": ("Chưa báo cáo", "Not reported"),
    "reported": ("Đã báo cáo hôm nay", "Reported today"),
    "of": ("{0} trên {1}", "{0} of {1}"),
    "no_reports": ("Hôm nay không có đơn vị nào phải báo cáo ngày.", "Nobody has to report today."),
    "from_20": ("Danh sách đơn vị chưa báo cáo hiện từ 20:00.", "Who has not reported is shown from 20:00."),
    "all_reported": ("Tất cả đơn vị đã báo cáo.", "Everybody has reported."),
    "silent": ("{0} đơn vị chưa báo cáo", "{0} areas have not reported"),
    "before": ("Hôm qua: báo cáo {0}, đúng hạn {1}", "Yesterday: {0} reported, {1} on time"),
    # Feedback
    "feedback": ("Ý kiến người dân", "Feedback"),
    "open": ("Đang mở", "Open"),
    "overdue": ("Quá hạn", "Overdue"),
    "raised_today": ("Tiếp nhận hôm nay", "Raised today"),
    "median": ("Số ngày trả lời (trung vị 30 ngày)", "Days to answer (median of 30 days)"),
    "overdue_list": ("Quá hạn lâu nhất", "Longest overdue"),
    "late_days": ("quá {0} ngày", "{0} days"),
    "due_on": ("hạn {0}", "due {0}"),
    "and_more": ("và {0} ý kiến khác", "and {0} more"),
    "no_overdue": ("Không có ý kiến nào quá hạn.", "No feedback is overdue."),
    # The closing
    "closing": ("Chốt số liệu", "Closing"),
    "closed": ("Ngày {0} đã chốt", "{0} is closed"),
    "not_closed": ("Ngày {0} chưa chốt; chốt lúc 22:00.", "{0} is not closed yet; it closes at 22:00."),
    "statement": ("Bản chốt số {0}", "Statement {0}"),
    "of_day": ("ngày {0}", "of {0}"),
    "closed_at": ("Chốt lúc", "Closed at"),
    "made_late": ("chốt muộn", "made late"),
    "not_reached": ("Không hỏi được: {0}", "Could not be asked: {0}"),
    "sha256": ("Mã đối chiếu (sha256)", "Hash (sha256)"),
    "no_statement": ("Chưa có bản chốt nào.", "No statement yet."),
    "no_unit_statement": (
        "Bản chốt được lập cho xã, phường và toàn địa bàn.",
        "Statements are made of wards and of the whole.",
    ),
    "amendments": ("Điều chỉnh số liệu", "Amendments"),
    "no_amendments": ("Chưa có bản điều chỉnh nào.", "No amendment yet."),
    "amendment": ("Bản số {0}, ngày {1}", "Number {0}, of {1}"),
    "made_on": ("lập {0}", "made {0}"),
    "changes": ("{0} số liệu thay đổi", "{0} figures changed"),
    "late": ("gửi muộn {0}", "late {0}"),
    "corrected": ("đính chính {0}", "corrected {0}"),
    "voided": ("hủy {0}", "voided {0}"),
    # Signing in, and what goes wrong
    "user": ("Tên đăng nhập", "User name"),
    "password": ("Mật khẩu", "Password"),
    "who_for": (
        "Dành cho lãnh đạo và cán bộ theo dõi. Dùng tên và mật khẩu như ở trang của phường, xã.",
        "For those who follow the figures. The name and password are those of the ward officer's page.",
    ),
    "forgotten": (
        "Quên mật khẩu? Vui lòng liên hệ IT phụ trách để được cấp lại.",
        "Password forgotten? Please ask your IT for a new one.",
    ),
    "wrong_password": (
        "Tên đăng nhập hoặc mật khẩu chưa đúng. Vui lòng kiểm tra và nhập lại.",
        "The user name or the password is not right. Please check and enter them again.",
    ),
    "registry_away": (
        "Chưa đăng nhập được vì máy chủ danh mục đang bận. Vui lòng thử lại sau ít phút.",
        "The registry is busy. Please try again in a few minutes.",
    ),
    "wait": (
        "Đã nhập sai nhiều lần. Vui lòng thử lại sau 10 phút, hoặc liên hệ IT phụ trách để cấp lại.",
        "Too many wrong tries. Please try again in 10 minutes, or ask your IT for a new password.",
    ),
    "no_scope": (
        "Tài khoản này không có quyền xem số liệu. Vui lòng liên hệ IT phụ trách.",
        "This account may not read figures. Please ask your IT.",
    ),
    "no_token": (
        "Thiếu mã truy cập. Vui lòng lấy mã ở /oauth/token và gửi trong Authorization: Bearer.",
        "No access token. Get one at /oauth/token and send it as Authorization: Bearer.",
    ),
    "not_ours": (
        "Biểu mẫu không từ trang này. Vui lòng mở lại trang.",
        "The form is not from this page. Please open the page again.",
    ),
    "no_file": ("Không có tệp này.", "There is no such file."),
    "not_read": ("Yêu cầu không đọc được.", "The request could not be read."),
    "away": (
        "Máy chủ đang bận. Vui lòng tải lại trang sau 30 giây.",
        "Busy. Please load the page again in 30 seconds.",
    ),
    "error": ("Chưa thực hiện được", "That did not work"),
    "error_403": ("Không có quyền", "Not allowed"),
    "error_404": ("Không tìm thấy", "Not found"),
    "error_503": ("Máy chủ đang bận", "The server is busy"),
    "home": ("Về bảng theo dõi", "Back to the board"),
}
CODES: dict[str, Group] = {"theme": names.THEMES, "kind": names.FEEDBACK_KINDS}


def language() -> str:
    """The language of this request."""
    asked = request.args.get("lang", "")
    return asked if asked in LANGUAGES else LANGUAGES[0]


def words(spoken: str | None = None) -> Words:
    """What looks a text up by its name, and fills in {0}, {1}."""
    place = LANGUAGES.index(spoken or language())

    def text(name: str, *values: Any) -> str:
        return TEXTS[name][place].format(*values)

    return text


def code_name(group: str, code: str) -> str:
    """A code of the contract as it begins a line; itself where it has no name."""
    found = CODES[group].get(code)
    text = found[LANGUAGES.index(language())] if found else code
    return text[:1].upper() + text[1:]


def short_service(service: dict[str, str]) -> str:
    """A service by its name in the catalogue."""
    text = service[f"name_{language()}"]
    return text[:1].upper() + text[1:]
