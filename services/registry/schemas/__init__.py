"""What the registry's API takes and gives, as marshmallow schemas, by feature; the OpenAPI document is made from them.

Guarantee: see `base`: every wrong field is named.
"""
