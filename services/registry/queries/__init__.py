"""The read side, by feature: questions in an open, read-only transaction, answered in pages.

Guarantee: nothing here changes anything; a page is ordered by a unique key and continues after its last row.
"""
