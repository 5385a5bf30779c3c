"""Reconciling: what reporting counts is compared with what stands where it was reported.

Guarantee: nothing is changed by it. What is still under way is no difference: see `compare.py`.
"""
