"""`python -m tests.bench` (`make bench`): what the event path carries on this machine, beside its raw limits.

Guarantee: one run on a RabbitMQ and a PostgreSQL of its own, with safe settings; traffic goes to 127.0.0.1 only and is
bounded in time and count; every figure in reporting is compared with what was sent, and a difference fails the run.
It tells nothing about other machines, or about this one while others use it: look at the ratios first.
The method is in docs/performance.md.
"""
