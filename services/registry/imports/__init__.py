"""Lists of people and of residential groups, from spreadsheets and back.

Guarantee: what is refused leaves no trace and has a reason for the person who imports; the same list again changes
nothing and tells nothing; what is exported imports again without a difference. Nothing here commits, and nothing here
logs: names and phones are in the answer and nowhere else.
"""
