"""What the tests stand on: a private RabbitMQ node, a private PostgreSQL, free ports.

Everything started here is stopped again, by process id, also when the test run is killed.
"""
