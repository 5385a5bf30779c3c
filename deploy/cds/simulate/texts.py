"""Vietnamese texts of the simulated apps: what sessions are called, what residents and volunteers say.

Invented, in the tone in which residents speak to volunteers; no person, shop or place is named. Each
feedback is (kind, theme, text) with the codes of the contract.
"""

THEMES = {
    "cultural_house": "Kích hoạt VNeID đến người cuối cùng",
    "one_stop": "Hỗ trợ nộp hồ sơ dịch vụ công trực tuyến",
    "market": "Chợ dân sinh 4.0: thanh toán không dùng tiền mặt",
    "school": "Kỹ năng số cho học sinh, phụ huynh",
}

FEEDBACK = (
    ("question", "identity", "Thẻ căn cước mới nhận rồi thì có phải kích hoạt lại VNeID không?"),
    ("question", "identity", "Tôi đổi số điện thoại thì phải làm lại tài khoản định danh ở đâu?"),
    ("question", "public_service", "Nộp hồ sơ khai sinh cho cháu trên mạng thì bao lâu có kết quả?"),
    ("question", "payment", "Quét mã QR ở chợ có mất phí không?"),
    ("question", "policy", "Người già không có điện thoại thông minh thì nhận lương hưu thế nào?"),
    ("need", "identity", "Mẹ tôi 82 tuổi không đi lại được, mong các cháu đến nhà kích hoạt giúp."),
    ("need", "infrastructure", "Nhà văn hóa tổ chưa có wifi, đề nghị lắp để bà con làm thủ tục."),
    ("need", "payment", "Sạp rau của tôi muốn có mã QR in to, dán được ngoài trời."),
    ("need", "online_safety", "Mong tổ mở buổi hướng dẫn nhận biết cuộc gọi lừa đảo cho các cụ."),
    ("concern", "online_safety", "Có người gọi tự xưng công an phường yêu cầu cài ứng dụng lạ, tôi rất lo."),
    ("concern", "identity", "Tôi sợ đưa căn cước cho người khác chụp thì bị lộ thông tin."),
    ("concern", "payment", "Chuyển khoản nhầm tiền chợ thì lấy lại được không?"),
    (
        "aspiration",
        "public_service",
        "Mong thủ tục đất đai cũng làm được hết trên mạng, khỏi đi lại nhiều lần.",
    ),
    ("aspiration", "policy", "Mong có lớp kỹ năng số buổi tối cho người đi làm ca."),
    ("recommendation", "infrastructure", "Sóng điện thoại ở cuối ngõ rất yếu, không nhận được mã xác thực."),
    ("recommendation", "public_service", "Đề nghị bộ phận một cửa mở thêm sáng thứ Bảy."),
    ("recommendation", "staff_attitude", "Nên có bảng tên tình nguyện viên để bà con dễ nhờ."),
    ("recommendation", "infrastructure", "Máy tính ở điểm hỗ trợ chạy chậm, đề nghị thay máy khác."),
    ("report", "public_service", "Cổng dịch vụ công báo lỗi khi tải ảnh lên, tôi làm ba lần chưa được."),
    ("report", "staff_attitude", "Các cháu đoàn viên hướng dẫn tận tình, bà con rất cảm ơn."),
    ("report", "online_safety", "Trong nhóm Zalo của tổ có người gửi đường dẫn lạ, nhờ kiểm tra giúp."),
    ("report", "identity", "Tôi nộp hồ sơ định danh hơn một tháng chưa thấy duyệt."),
    ("report", "other", "Loa của tổ thông báo lịch hỗ trợ hơi nhỏ, phía sau không nghe rõ."),
    ("need", "other", "Xin thêm ghế ngồi cho người già trong lúc chờ đến lượt."),
)

ANSWERS = (
    "Đã cử tình nguyện viên đến nhà hướng dẫn.",
    "Tổ đã kiểm tra và khắc phục trong ngày.",
    "Bộ phận một cửa đã liên hệ và hướng dẫn lại từng bước.",
    "Đề nghị mang thẻ căn cước đến công an phường để được hỗ trợ.",
    "Không mất phí; mời bà đến điểm hỗ trợ tối thứ Tư.",
)

INCIDENTS = (
    "Giả danh công an gọi yêu cầu cài ứng dụng VNeID giả.",
    "Nhắn tin báo trúng thưởng, xin mã OTP.",
    "Mất quyền vào tài khoản Zalo, kẻ gian mượn tiền người quen.",
    "Đường dẫn giả trang dịch vụ công gửi trong nhóm của tổ.",
)

PROPOSALS = (
    ("identity", "Lập đội đến nhà người già, người khuyết tật vào sáng Chủ nhật."),
    ("payment", "In mã QR bằng nhựa cho các sạp ngoài trời."),
    ("public_service", "Đặt một máy quét ở nhà văn hóa để bà con khỏi ra phường."),
    ("online_safety", "Phát bản tin cảnh báo lừa đảo trên loa mỗi tối thứ Sáu."),
    ("infrastructure", "Xin kinh phí lắp wifi tại ba nhà văn hóa."),
)
