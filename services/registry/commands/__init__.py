"""The write side, by feature: imperative functions that take an open transaction and append their events.

Guarantee: none of them commits; a refusal is a `Problem` that names the field. Callers open the transaction
with `store.writing`, one per request or per thousand rows.
"""
