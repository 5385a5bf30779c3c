"""Sheets of wards without an app: paper counts and assists from a spreadsheet, as ordinary events.

Guarantee: every row goes through the intake like any other event, or is refused with its column and a reason; the same
sheet again counts nothing twice, and what a person has corrected elsewhere stands (docs/decisions/0038). Nothing here
commits or logs. A citizen number becomes a token while its row is read, and is in no report.
"""
