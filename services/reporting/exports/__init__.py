"""Figures as files: CSV and XLSX of any length, made row by row.

Guarantee: memory does not grow with the rows, no cell is a formula or a link, and both formats hold the same values.
"""

from services.reporting.exports.as_csv import csv_stream
from services.reporting.exports.as_xlsx import write_xlsx, xlsx_stream
from services.reporting.exports.columns import Column, Kind
from services.reporting.exports.headings import COLUMNS

__all__ = ["COLUMNS", "Column", "Kind", "csv_stream", "write_xlsx", "xlsx_stream"]
