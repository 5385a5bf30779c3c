"""From figures to the documents that an office signs: who reports, on which figures, in which words.

`units.py` says whose report it is, `closed.py` which figures of a day hold, `cumulative.py` how the cumulative figures
came about, `progress.py` and `parts.py` make the parts of a document, `remarks.py` asks for the officer's words, and
`build.py` puts the report together.
"""
