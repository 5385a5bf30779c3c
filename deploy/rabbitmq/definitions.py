"""What the broker knows from its boot: vhost, policy, and what each service's user may touch.

Written from the topology and the consumers' tables: `python -m deploy.rabbitmq.definitions` writes `definitions.json`.
Guarantee: a broker that lost its disk comes back with the same rights; nobody may touch another service's queues, and
only who relays a stream may publish under its keys. A broker before 4.0 does not look at the keys in a `CC` header, so
this is no wall against a service that has been taken over. Queues are not here: whoever uses one declares it.
Users and their password hashes are secrets, in a file of their own that is loaded before this one.
Step 5 of the event path (docs/architecture.md).
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deploy.cds import wiring
from shared.topology import EXCHANGE, POLICY, queue_name

VHOST = "cds"
# Sees queues and connections in the management pages, changes nothing.
OPERATOR = "operator"
FILE = Path(__file__).with_name("definitions.json")


def definitions() -> dict[str, Any]:
    """Everything but the users, in the form that RabbitMQ loads."""
    return {
        "vhosts": [{"name": VHOST}],
        "permissions": [permission(user) for user in service_users()],
        "topic_permissions": [topic_permission(stream) for stream in wiring.producers()],
        "policies": [POLICY | {"vhost": VHOST}],
    }


def service_users() -> list[str]:
    """One user a service that publishes or consumes, in a fixed order."""
    return sorted({*wiring.producers(), *wiring.CONSUMERS})


def permission(user: str) -> dict[str, str]:
    """The least that a service needs: it declares and binds what it publishes to and what it reads."""
    publishes = [_queues(reader, user) for reader in wiring.readers_of(user)]
    consumer = wiring.CONSUMERS.get(user)
    reads = [_queues(user, stream) for stream in consumer.streams] if consumer else []
    exchange = re.escape(EXCHANGE)
    # To bind is to write the queue and to read the exchange; to publish is to write the exchange.
    return {
        "user": user,
        "vhost": VHOST,
        "configure": _any(exchange, *publishes, *reads),
        "write": _any(*([exchange] if publishes else []), *publishes, *reads),
        "read": _any(exchange, *reads),
    }


def topic_permission(stream: str) -> dict[str, str]:
    """Who relays a stream publishes under the keys of that stream only, and may bind any."""
    place = {"user": stream, "vhost": VHOST, "exchange": EXCHANGE}
    return place | {"write": rf"^{re.escape(stream)}\.[0-9]+$", "read": ".*"}


def _queues(reader: str, stream: str) -> str:
    return re.escape(queue_name(reader, stream, 0)).removesuffix("0") + "[0-9]+"


def _any(*patterns: str) -> str:
    return f"^({'|'.join(patterns)})$"


def users(passwords: Mapping[str, str]) -> dict[str, Any]:
    """The users with the hashes of their passwords, in the form that RabbitMQ loads."""
    return {
        "users": [
            {
                "name": name,
                "password_hash": password_hash(password),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": ["monitoring"] if name == OPERATOR else [],
            }
            for name, password in sorted(passwords.items())
        ]
    }


def password_hash(password: str) -> str:
    """RabbitMQ's salted SHA-256: base64(salt + sha256(salt + password)), the salt 4 bytes."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def generated() -> dict[Path, str]:
    """The generated file with its content."""
    return {FILE: json.dumps(definitions(), indent=2) + "\n"}


if __name__ == "__main__":
    for path, content in generated().items():
        path.write_text(content, encoding="utf-8")
