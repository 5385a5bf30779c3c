"""Spreadsheets as offices keep them: read with patience and bounds, written so that they come back unchanged.

Guarantee: `read_sheet` tells what it understood before the first row, gives every cell either a clean value or one
error in Vietnamese, and refuses a file that is encrypted, broken or made to exhaust the machine with one `SheetError`;
what `write_csv`, `write_xlsx` and `write_template` make, it reads again without any difference.
It knows no service, opens no database, follows no link, runs no formula, and logs nothing.
"""

from shared.sheets.columns import CellError, Column, SheetError
from shared.sheets.guard import LIMITS, MOST_UPLOADED_ROWS, UPLOAD_LIMITS, Limits
from shared.sheets.reading import Ignored, Reading, Row, Understanding, read_sheet
from shared.sheets.template import write_template
from shared.sheets.writing import open_csv, write_csv, write_xlsx

__all__ = [
    "LIMITS",
    "MOST_UPLOADED_ROWS",
    "UPLOAD_LIMITS",
    "CellError",
    "Column",
    "Ignored",
    "Limits",
    "Reading",
    "Row",
    "SheetError",
    "Understanding",
    "open_csv",
    "read_sheet",
    "write_csv",
    "write_template",
    "write_xlsx",
]
