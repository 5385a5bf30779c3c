"""The measures of Decree 30/2020/NĐ-CP, Appendix I, as this house chooses them within what it allows.

Guarantee: every margin and size is inside the Appendix's span, which stands beside it; documents of the Youth Union
take the same page.
"""

MM = 72 / 25.4  # in points

# Page: A4; top 20 to 25, bottom 20 to 25, left 30 to 35, right 15 to 20 mm.
PAGE_WIDTH_MM, PAGE_HEIGHT_MM = 210, 297
TOP_MM, BOTTOM_MM, LEFT_MM, RIGHT_MM = 20, 20, 30, 15
TEXT_WIDTH_MM = PAGE_WIDTH_MM - LEFT_MM - RIGHT_MM
TEXT_WIDTH = TEXT_WIDTH_MM * MM  # points
PAGE_NUMBER_MM = 10  # from the upper edge to the page number, inside the margin

# Sizes in points.
STATE = 13  # quốc hiệu, capitals, bold: 12 to 13
MOTTO = 14  # tiêu ngữ, bold: 13 to 14, one more than the above
SUPERIOR = 13  # 12 to 13, upright
BODY_NAME = 13  # 12 to 13, bold
NUMBER = 13  # upright
DATE = 14  # 13 to 14, italic
TITLE = 14  # 13 to 14, bold
TEXT = 14  # 13 to 14
PAGE_NUMBER = 14  # 13 to 14
RECIPIENTS_HEAD = 12  # bold italic
RECIPIENTS = 11
NOTE = 11  # our own line, below everything that the Appendix knows

# Paragraphs: justified, first line 1 or 1.27 cm, at least 6 pt between, lines single to 1.5.
FIRST_LINE_MM = 12.7
BETWEEN = 6
LINES = 1.1
LINE_HEIGHT = 1.15  # of the font's size: what a single line of Times New Roman takes

# Rules: under the motto as long as its line, under the body's name and the title a third to a half of the line.
RULE_WHOLE = 1.0
RULE_PART = 0.4

FONT = "Times New Roman"
