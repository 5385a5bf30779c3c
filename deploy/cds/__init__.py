"""The operator's command `cds`, and the embedded PostgreSQL that `cds up` runs when no database is named.

`deploy.cds.main` holds the command line; the other modules can be used without it (the tests do).
"""
