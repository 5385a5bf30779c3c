"""The closing of a day: one statement a ward and one for the whole, by a cut that does not depend on when it is made.

`days.py` says which days are due, `figures.py` adds them up, `statements.py` keeps them, `amendments.py` says what has
changed since, `run.py` does one closing after the other.
"""
