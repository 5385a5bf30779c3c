"""What a report says: the contract's example word by word, its sums, and what changes when a part is other or absent."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from services.reporting.documents import parts
from services.reporting.documents.blocks import Chart, Head, Note, Signature, Table, Text, Title
from services.reporting.documents.chat import one_line
from services.reporting.documents.composing import compose
from services.reporting.documents.periods import Period
from services.reporting.documents.reports import DailyReport, PeriodReport, Report
from tests.support.duong_kinh import ACTIVATION, COMMITTEE, DAY, PARTS, SERVICES, STATEMENT, UNION, daily, weekly

NBSP = "\u00a0"


def found(report: Report, kind: type[Any]) -> list[Any]:
    return [block for block in compose(report).blocks if isinstance(block, kind)]


def texts(report: Report) -> list[str]:
    return [block.text.replace(NBSP, " ") for block in found(report, Text)]


def said(report: Report) -> str:
    return "\n".join(texts(report))


def test_the_example_of_the_contract_says_what_the_contract_says() -> None:
    assert texts(daily()) == [
        "Kính gửi: Ủy ban nhân dân thành phố Hải Phòng (qua Sở Khoa học và Công nghệ).",
        "Thực hiện Kế hoạch Tháng Thanh niên năm 2026, Ủy ban nhân dân phường Dương Kinh báo cáo kết quả trong ngày (số liệu chốt lúc 22 giờ 00 ngày 15/3/2026) như sau:",
        "I. KẾT QUẢ TRONG NGÀY",
        "Tổ chức 03 buổi hỗ trợ tại 02 nhà văn hóa và Trung tâm Phục vụ hành chính công, 14 tình nguyện viên tham gia, 39,5 giờ; 61 lượt hỗ trợ, 53 lượt thành công (86,9%); 06 người chờ được hẹn lại ngày 16/3.",
        "Lý do hẹn lại, chưa thành công (07 lượt): SIM không chính chủ 03; chưa có điện thoại thông minh 02; lỗi hệ thống 02.",
        "Chợ dân sinh 4.0: trong ngày thêm 02 hộ được trang bị mã QR; lũy kế 21/30 hộ (70,0%), trong đó 09 hộ đã phát sinh giao dịch.",
        "II. TIẾN ĐỘ KÍCH HOẠT VNeID ĐẾN NGƯỜI CUỐI CÙNG (người, tính một lần)",
        "Chỉ tiêu theo số liệu Công an phường ngày 28/02/2026. TDP số 1 chậm 13 người so với kế hoạch. Điều chỉnh: ngày 14/3 bổ sung 02 lượt gửi muộn, hủy 01 lượt ghi trùng (bản điều chỉnh số 1).",
        "III. Ý KIẾN NGƯỜI DÂN, AN TOÀN TRÊN MẠNG",
        "Tiếp nhận 02 ý kiến; đang xử lý 05, quá hạn 01 (hạ tầng, sóng). 01 vụ lừa đảo trực tuyến, đã hướng dẫn trình báo Công an phường.",
        "IV. CHẾ ĐỘ BÁO CÁO",
        "03/03 tổ dân phố báo cáo (100,0%), đúng hạn 03/03 (100,0%).",
        "V. KHÓ KHĂN, VƯỚNG MẮC; KIẾN NGHỊ",
        "Không.",
        "VI. NHIỆM VỤ NGÀY TIẾP THEO",
        "Mời 06 người chờ; tập trung TDP số 1.",
        "Trên đây là kết quả ngày 15/3/2026, Ủy ban nhân dân phường Dương Kinh báo cáo./.",
    ]  # fmt: skip


def test_the_tables_of_the_example_are_those_of_the_contract() -> None:
    results, progress = found(daily(), Table)

    assert [column.heading for column in results.columns] == [
        "TT",
        "Nội dung",
        "Lượt",
        "Thành công",
        "Hẹn lại",
        "Chuyển",
        "Chưa được",
    ]
    assert results.rows == [
        ["1", "Kích hoạt VNeID mức độ 2", "30", "26", "3", "0", "1"],
        ["2", "Nộp hồ sơ dịch vụ công trực tuyến", "18", "15", "2", "1", "0"],
        ["3", "Thanh toán không dùng tiền mặt", "8", "7", "1", "0", "0"],
        ["4", "Hướng dẫn kỹ năng số", "5", "5", "0", "0", "0"],
        ["", "Cộng", "61", "53", "6", "1", "1"],
    ]
    assert [column.heading for column in progress.columns] == [
        "TT",
        "Đơn vị",
        "Chỉ tiêu",
        "Hôm qua",
        "Trong ngày",
        "Điều chỉnh",
        "Lũy kế",
        "Còn lại",
        "Tỷ lệ",
        "Kế hoạch",
    ]
    assert progress.rows == [
        ["1", "TDP số 1", "400", "298", "11", "+1", "310", "90", "77,5%", "323"],
        ["2", "TDP số 2", "350", "318", "9", "0", "327", "23", "93,4%", "268"],
        ["3", "TDP số 3", "280", "276", "4", "0", "280", "0", "100,0%", "213"],
        ["", "Toàn phường", "1.030", "892", "24", "+1", "917", "113", "89,0%", "804"],
    ]  # fmt: skip


def test_the_rows_of_the_tables_add_up() -> None:
    for table, columns in zip(found(daily(), Table), [range(2, 7), range(2, 8)], strict=True):
        *rows, total = [
            [int(text.replace(".", "")) for text in (row[index] for index in columns)] for row in table.rows
        ]
        assert [sum(column) for column in zip(*rows, strict=True)] == total
    whole = ACTIVATION.total("")
    assert (whole.before + whole.today + whole.adjusted, whole.done) == (892 + 24 + 1, 917)
    assert (whole.goal - whole.done, whole.left) == (1030 - 917, 113)


def test_more_completed_than_credited_is_printed_as_it_is() -> None:
    results, progress = found(daily(), Table)

    assert (results.rows[0][3], progress.rows[-1][4]) == ("26", "24")


def test_every_table_is_as_wide_as_the_text() -> None:
    assert {sum(column.width_mm for column in table.columns) for table in found(daily(), Table)} == {165}


def test_the_head_of_the_committee_has_the_state_title_and_leaves_the_number_blank() -> None:
    [head] = found(daily(), Head)
    [[names, titles], [number, date]] = head.rows

    assert [line.text for line in names] == ["ỦY BAN NHÂN DÂN", "PHƯỜNG DƯƠNG KINH"]
    assert [(line.text, line.size, line.is_bold, line.rule) for line in titles] == [
        ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 13, True, 0),
        ("Độc lập - Tự do - Hạnh phúc", 14, True, 1),
    ]
    assert number[0].text == f"Số:{NBSP * 10}/BC-UBND"
    assert (date[0].text, date[0].is_italic) == ("Dương Kinh, ngày 15 tháng 3 năm 2026", True)
    assert 1 / 3 <= names[-1].rule <= 1 / 2


def test_the_head_of_the_union_has_its_own_title_and_stars() -> None:
    [head], [signature] = found(daily(UNION), Head), found(daily(UNION), Signature)
    [[names, titles], [number, _]] = head.rows

    assert [line.text for line in names] == ["BCH PHƯỜNG DƯƠNG KINH", "***"]
    assert [(line.text, line.rule) for line in titles] == [("ĐOÀN TNCS HỒ CHÍ MINH", 1)]
    assert number[0].text.endswith("-BC/ĐTN")
    assert [line.text for line in signature.signers] == ["TM. BAN THƯỜNG VỤ", "BÍ THƯ"]


def test_a_superior_stands_upright_above_the_issuing_body() -> None:
    [head] = found(daily(replace(COMMITTEE, superior=("ỦY BAN NHÂN DÂN TP. HẢI PHÒNG",))), Head)

    assert [(line.text, line.is_bold) for line in head.rows[0][0]][:2] == [
        ("ỦY BAN NHÂN DÂN TP. HẢI PHÒNG", False), ("ỦY BAN NHÂN DÂN", True),
    ]  # fmt: skip


def test_recipients_and_signature_have_no_name_and_the_code_stands_below() -> None:
    [signature], [note] = found(daily(), Signature), found(daily(), Note)

    assert [line.text for line in signature.recipients] == [
        "Nơi nhận:", "- Như trên;", "- TT Đảng ủy, TT HĐND phường;", "- CT, các PCT UBND phường;",
        "- Đoàn TNCS Hồ Chí Minh phường;", "- Lưu: VT, VHXH.",
    ]  # fmt: skip
    assert [line.text for line in signature.signers] == ["TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"]
    assert note.text == "Mã đối chiếu: 11692/2026-03-15/số 15 · sha256 3f9a…c41e (số liệu chốt; không thay số văn bản)"
    assert compose(daily()).keywords == f"sha256 {STATEMENT.sha256}"
    assert compose(daily()).blocks[-1] is not signature


def test_the_chart_has_what_was_reached_and_what_was_planned() -> None:
    [chart] = found(daily(), Chart)

    assert chart.title == "Biểu đồ: lũy kế và kế hoạch từ ngày 01/3"
    assert (chart.points[-1].done, chart.points[-1].expected) == (917, 804)


def test_what_the_officer_wrote_stands_in_its_place_paragraph_by_paragraph() -> None:
    report = daily(remarks=parts.Remarks("Thiếu máy.\n\nMạng yếu\x00.", "Mời lại."))

    said_of = texts(report)
    first = said_of.index("V. KHÓ KHĂN, VƯỚNG MẮC; KIẾN NGHỊ")
    assert said_of[first + 1 : first + 5] == ["Thiếu máy.", "Mạng yếu.", "VI. NHIỆM VỤ NGÀY TIẾP THEO", "Mời lại."]


def test_a_day_on_which_nothing_happened_says_so() -> None:
    report = DailyReport(
        office=COMMITTEE, period=Period.of_day(DAY), issued_on=DAY, cut_at=PARTS["cut_at"], statements=(STATEMENT,)
    )

    assert found(report, Table) == found(report, Chart) == []
    assert texts(report)[1:-1] == [
        "Ủy ban nhân dân phường Dương Kinh báo cáo kết quả trong ngày (số liệu chốt lúc 22 giờ 00 ngày 15/3/2026) như sau:",
        "I. KẾT QUẢ TRONG NGÀY", "Trong ngày không phát sinh buổi hỗ trợ, lượt hỗ trợ nào.",
        "II. TIẾN ĐỘ CHỈ TIÊU", "Không có chỉ tiêu đang thực hiện.",
        "III. Ý KIẾN NGƯỜI DÂN, AN TOÀN TRÊN MẠNG",
        "Tiếp nhận 00 ý kiến; đang xử lý 00, quá hạn 00. Không ghi nhận vụ việc mất an toàn trên mạng.",
        "IV. CHẾ ĐỘ BÁO CÁO", "Trong ngày không có đơn vị phải báo cáo.",
        "V. KHÓ KHĂN, VƯỚNG MẮC; KIẾN NGHỊ", "Không.", "VI. NHIỆM VỤ NGÀY TIẾP THEO", "Không.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"results": parts.Results(SERVICES, from_paper=12)}, "61 lượt hỗ trợ (trong đó 12 lượt tổng hợp từ sổ), 53 lượt thành công (86,9%)"),
        ({"credited": parts.Credited(24, 3, 5)}, "Người được hỗ trợ thành công (tính một lần): 24 người, trong đó 03 chưa có mã, 05 từ sổ."),
        ({"field_work": parts.FieldWork(sessions=1, reach=120, households_visited=8)}, "Tuyên truyền đến 120 lượt người; đến 08 hộ gia đình."),
        ({"field_work": parts.FieldWork()}, "Không tổ chức buổi hỗ trợ; 61 lượt hỗ trợ, 53 lượt thành công (86,9%)."),
        ({"reasons": ()}, "Lý do hẹn lại, chưa thành công (07 lượt): chưa ghi lý do 07."),
        ({"reasons": (parts.Reason("lỗi hệ thống", 4),)}, "(07 lượt): lỗi hệ thống 04; chưa ghi lý do 03."),
        ({"feedback": parts.Feedback(1, 2, median_days=Decimal("2.5"))}, "Tiếp nhận 01 ý kiến; đang xử lý 02, quá hạn 00; thời gian trả lời (trung vị) 2,5 ngày."),
        ({"incidents": (parts.Incidents("mã độc", 3, 2),)}, "03 vụ mã độc, đã hướng dẫn trình báo Công an phường 02 vụ."),
        ({"incidents": (parts.Incidents("mã độc", 3),)}, "03 vụ mã độc."),
        ({"incidents": (parts.Incidents("mã độc", 0),)}, "Không ghi nhận vụ việc mất an toàn trên mạng."),
        ({"proposals": parts.Proposals(4, 3, 1)}, "04 tham mưu, góp ý; đã trả lời 03, tiếp thu 01."),
        ({"completeness": parts.Completeness("tổ dân phố", 3, 3, 2, 1, ("TDP số 2",))}, "02/03 tổ dân phố báo cáo (66,7%), đúng hạn 01/03 (33,3%). Chưa báo cáo: TDP số 2."),
        ({"statements": (replace(STATEMENT, made_late=True),)}, "(số liệu chốt lúc 22 giờ 00 ngày 15/3/2026); bản chốt lập muộn, cùng mốc chốt như sau:"),
        ({"statements": ()}, "(số liệu tạm tính đến 22 giờ 00 ngày 15/3/2026, chưa chốt) như sau:"),
    ],
)  # fmt: skip
def test_a_part_that_is_other_is_said_otherwise(changes: dict[str, Any], sentence: str) -> None:
    assert sentence not in said(daily())

    assert sentence in said(daily(**changes))


def test_without_a_closing_there_is_no_code_that_looks_like_one() -> None:
    [note] = found(daily(statements=()), Note)

    assert note.text == "Số liệu tạm tính, chưa chốt: 15/3/2026 (không thay số văn bản)"
    assert compose(daily(statements=())).keywords == ""


def test_a_share_over_a_hundred_percent_is_shown_and_explained_and_helps_nobody_else() -> None:
    over = replace(ACTIVATION, units=(*ACTIVATION.units[:2], replace(ACTIVATION.units[2], before=300)))
    report = daily(progress=(over,))

    assert found(report, Table)[1].rows[2][6:9] == ["304", "0", "108,6%"]
    assert "TDP số 3 vượt 100% (108,6% so với chỉ tiêu 280 của Công an phường ngày 28/02/2026)." in said(report)
    assert found(report, Table)[1].rows[3][7] == "89"  # 1030 - 941
    assert "Cộng số còn lại của từng đơn vị là 113 người." in said(report)


def test_a_unit_without_a_goal_has_a_dash() -> None:
    unit = parts.UnitProgress("Chưa rõ tổ", 0, 3, 1, 0, 0)

    assert found(daily(progress=(replace(ACTIVATION, units=(unit,)),)), Table)[1].rows[0] == [
        "1", "Chưa rõ tổ", "0", "3", "1", "0", "4", "0", "–", "0",
    ]  # fmt: skip


def test_several_services_each_have_a_heading_and_a_table() -> None:
    report = daily(progress=(ACTIVATION, replace(ACTIVATION, service="thanh toán không dùng tiền mặt", amendments=())))

    headings = [block.text.replace(NBSP, " ") for block in found(report, Text) if block.level]
    assert headings[1:4] == [
        "II. TIẾN ĐỘ CHỈ TIÊU ĐẾN NGƯỜI CUỐI CÙNG (người, tính một lần)", "1. Kích hoạt VNeID", "2. Thanh toán không dùng tiền mặt",
    ]  # fmt: skip
    assert len(found(report, Table)) == 3


def test_corrections_in_an_amendment_have_a_direction() -> None:
    amendments = (
        parts.Amendment(2, dt.date(2026, 3, 12), corrected=-3),
        parts.Amendment(1, dt.date(2026, 2, 9), corrected=1, voided=2),
    )

    assert (
        "Điều chỉnh: ngày 12/3 đính chính giảm 03 lượt (bản điều chỉnh số 2); "
        "ngày 09/02 đính chính tăng 01 lượt, hủy 02 lượt (bản điều chỉnh số 1)."
    ) in said(daily(progress=(replace(ACTIVATION, amendments=amendments),)))


@pytest.mark.parametrize(
    ("period", "about", "words"),
    [
        (Period.of_week(DAY), ["Kết quả hỗ trợ chuyển đổi số cộng đồng tuần 11 năm 2026", "(từ ngày 09/3/2026 đến ngày 15/3/2026)"], ("I. KẾT QUẢ TRONG TUẦN", "VI. NHIỆM VỤ TUẦN TIẾP THEO", "Tuần trước")),
        (Period.of_month(2026, 3), ["Kết quả hỗ trợ chuyển đổi số cộng đồng tháng 3 năm 2026", "(từ ngày 01/3/2026 đến ngày 31/3/2026)"], ("I. KẾT QUẢ TRONG THÁNG", "VI. NHIỆM VỤ THÁNG TIẾP THEO", "Tháng trước")),
        (Period.of_report_month(2026, 3), ["Kết quả hỗ trợ chuyển đổi số cộng đồng kỳ báo cáo tháng 3 năm 2026", "(từ ngày 15/02/2026 đến ngày 14/3/2026)"], ("I. KẾT QUẢ TRONG KỲ", "VI. NHIỆM VỤ KỲ TIẾP THEO", "Kỳ trước")),
        (Period.of_campaign("Tháng Thanh niên năm 2026", dt.date(2026, 3, 1), dt.date(2026, 3, 31)), ["Tổng kết Tháng Thanh niên năm 2026", "(từ ngày 01/3/2026 đến ngày 31/3/2026)"], ("I. KẾT QUẢ TRONG ĐỢT", "VI. NHIỆM VỤ THỜI GIAN TỚI", "Trước đợt")),
    ],
)  # fmt: skip
def test_a_longer_period_has_the_same_sections_in_its_own_words(
    period: Period, about: list[str], words: tuple[str, str, str]
) -> None:
    report = weekly(period)
    first, last, before = words

    assert [line.text for line in found(report, Title)[0].lines] == ["BÁO CÁO", *about]
    headings = [text for text in texts(report) if text in (first, last)]
    assert headings == [first, last]
    assert found(report, Table)[1].columns[3].heading == before
    assert "trong ngày" not in said(report).lower()


def test_a_week_names_its_statements_and_the_hash_of_all_their_hashes() -> None:
    statements = tuple(
        replace(STATEMENT, day=dt.date(2026, 3, 9 + index), number=9 + index, sha256=f"{index:064x}")
        for index in range(7)
    )
    report = weekly(statements=statements, completeness=parts.Completeness("tổ dân phố", 3, 21, 20, 18))

    lines = "".join(f"{statement.sha256}\n" for statement in statements)
    assert report.sha256 == hashlib.sha256(lines.encode()).hexdigest()
    assert (
        f"11692/2026-03-09/số 9 đến 11692/2026-03-15/số 15 · sha256 {report.sha256[:4]}…" in found(report, Note)[0].text
    )
    assert "20/21 báo cáo ngày của 03 tổ dân phố (95,2%), đúng hạn 18/21 (85,7%)." in said(report)


def test_a_daily_report_is_about_one_day_and_a_longer_one_is_not() -> None:
    with pytest.raises(ValueError, match="tuần 11"):
        daily(period=Period.of_week(DAY))
    with pytest.raises(ValueError, match="one statement"):
        daily(statements=(STATEMENT, STATEMENT))
    with pytest.raises(ValueError, match="daily report"):
        PeriodReport(office=COMMITTEE, period=Period.of_day(DAY), issued_on=DAY, cut_at=PARTS["cut_at"])


def test_the_line_for_a_chat_group() -> None:
    assert one_line(daily()) == (
        "Phường Dương Kinh 15/3/2026: 61 lượt hỗ trợ, 53 thành công (86,9%); VNeID 26; DVC trực tuyến 15; "
        "thanh toán không dùng tiền mặt 7; kỹ năng số 5; kích hoạt VNeID: lũy kế 917/1.030 (89,0%), còn 113; báo cáo 03/03."
    )


def test_the_line_for_a_chat_group_says_when_it_is_not_closed_or_empty() -> None:
    nothing = daily(results=parts.Results(), progress=(), completeness=None, statements=())

    assert one_line(nothing) == "Phường Dương Kinh 15/3/2026: 0 lượt hỗ trợ (tạm tính)."
    assert "\n" not in one_line(daily(office=replace(COMMITTEE, area="phường\nDương Kinh")))
