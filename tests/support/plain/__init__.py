"""The figures once more, in plain Python, from a list of logged facts: the judge of reporting's model test.

Written from the words of the contract (figures F1 to F70) and of the decisions, not from the projections: naive loops
over everything there is, obviously right, slow. Every module is one family of figures. What is counted is a list of
cells, dictionaries of a figure's dimensions with a number `n`; `cells.total` adds them up by any grouping.
"""
