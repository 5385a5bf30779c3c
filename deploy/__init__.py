"""How Congdongso is set up and operated: the `cds` command, and the files for compose, Kubernetes and systemd.

Nothing in `services/` or `shared/` imports from here.
"""
