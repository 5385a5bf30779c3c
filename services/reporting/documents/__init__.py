"""Documents that an office signs: the daily report and its longer kin, and the certificate of volunteer hours.

Guarantee: built on plain data and nothing else (no SQL, no clock, no setting); one description in blocks is set by two
writers, DOCX and PDF, so both say the same.
"""
