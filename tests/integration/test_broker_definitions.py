"""The broker of a deployment, with the shipped configuration and definitions: who may do what, and what it knows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pika
import pika.exceptions
import pytest
from pika.adapters.blocking_connection import BlockingChannel

from deploy.cds import secret_files, wiring
from deploy.rabbitmq.definitions import OPERATOR, VHOST, service_users
from shared.topology import EXCHANGE, QUEUE_ARGUMENTS, StreamTopology
from tests.integration.deployed import configure
from tests.support.rabbitmq import RabbitNode


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deployment") / "secrets"
    secret_files.make(folder, "postgres:5432", "rabbitmq:5672")
    return folder


@pytest.fixture(scope="module")
def node(secrets: Path) -> Iterator[RabbitNode]:
    broker = RabbitNode()
    configure(broker, secrets / "rabbitmq_users.json")
    with broker:
        yield broker


class Client:
    """A service's user on its own connection; each refused try costs a channel, so each has one."""

    def __init__(self, node: RabbitNode, secrets: Path, user: str) -> None:
        password = (secrets / f"{user}_broker_password").read_text()
        self.connection = pika.BlockingConnection(pika.URLParameters(node.url_of(VHOST, user, password)))

    def may(self, what: str, *names: str) -> bool:
        channel = self.connection.channel()
        try:
            getattr(self, what)(channel, *names)
        except pika.exceptions.ChannelClosedByBroker as error:
            if error.reply_code != 403:
                raise
            return False
        channel.close()
        return True

    def declare(self, channel: BlockingChannel, queue: str) -> None:
        channel.queue_declare(queue, durable=True, arguments=QUEUE_ARGUMENTS)

    def bind(self, channel: BlockingChannel, queue: str, key: str) -> None:
        channel.queue_bind(queue, EXCHANGE, key)

    def publish(self, channel: BlockingChannel, exchange: str, key: str) -> None:
        channel.confirm_delivery()
        channel.basic_publish(exchange, key, b"x")

    def read(self, channel: BlockingChannel, queue: str) -> None:
        channel.basic_cancel(channel.basic_consume(queue, lambda *_: None))

    def purge(self, channel: BlockingChannel, queue: str) -> None:
        channel.queue_purge(queue)

    def delete(self, channel: BlockingChannel, queue: str) -> None:
        channel.queue_delete(queue)


@pytest.fixture(scope="module")
def clients(node: RabbitNode, secrets: Path) -> Iterator[dict[str, Client]]:
    made = {user: Client(node, secrets, user) for user in service_users()}
    made["registry"].connection.channel().exchange_declare(EXCHANGE, "topic", durable=True)
    yield made
    for client in made.values():
        client.connection.close()


@pytest.fixture(scope="module")
def queues(clients: dict[str, Client]) -> list[str]:
    """Every queue, declared and bound by the relay of its stream, as it does before it publishes."""
    found = []
    for stream in wiring.producers():
        topology = StreamTopology(stream, wiring.SHARDS.get(stream, 4), wiring.readers_of(stream))
        for queue, key in topology.bindings():
            assert clients[stream].may("declare", queue)
            assert clients[stream].may("bind", queue, key)
            found.append(queue)
    return found


def test_a_relay_publishes_and_a_consumer_reads(clients: dict[str, Client], queues: list[str]) -> None:
    assert clients["registry"].may("publish", EXCHANGE, "registry.0")
    assert clients["sessions"].may("publish", EXCHANGE, "sessions.3")
    for queue in queues:
        reader, stream, shard = queue.split(".")
        assert clients[reader].may("declare", queue)
        assert clients[reader].may("bind", queue, f"{stream}.{shard}")
        assert clients[reader].may("read", queue)


def test_nobody_reads_or_empties_what_another_consumes(clients: dict[str, Client], queues: list[str]) -> None:
    for queue in queues:
        reader, stream, _ = queue.split(".")
        for user, client in clients.items():
            if user != reader:
                assert not client.may("read", queue), (user, queue)
                assert not client.may("purge", queue), (user, queue)
            if user not in (reader, stream):
                assert not client.may("delete", queue), (user, queue)
                assert not client.may("declare", queue), (user, queue)


def test_a_service_without_a_log_cannot_publish(clients: dict[str, Client], queues: list[str]) -> None:
    assert not clients["reporting"].may("publish", EXCHANGE, "sessions.0")


@pytest.mark.parametrize("key", ["sessions.0", "registry.0", "registry", "registry.x", "registry.0.sessions.0", ""])
def test_who_relays_a_stream_cannot_publish_as_another(clients: dict[str, Client], queues: list[str], key: str) -> None:
    assert clients["registry"].may("publish", EXCHANGE, key) is (key == "registry.0")
    assert clients["sessions"].may("publish", EXCHANGE, key) is (key == "sessions.0")


def test_nobody_declares_anything_else(clients: dict[str, Client]) -> None:
    for user, client in clients.items():
        for queue in ("mine", f"{user}.other.0", "sessions.registry.0x", "xsessions.registry.0"):
            assert not client.may("declare", queue), (user, queue)
        assert not client.may("publish", "amq.topic", "sessions.0"), user
        assert not client.may("publish", "", "reporting.sessions.0"), user


def test_the_operator_may_look_and_touch_nothing(node: RabbitNode, secrets: Path) -> None:
    with pytest.raises(pika.exceptions.ProbableAccessDeniedError):
        Client(node, secrets, OPERATOR)


@pytest.mark.parametrize("vhost", ["/", VHOST])
def test_there_is_no_guest(node: RabbitNode, vhost: str) -> None:
    with pytest.raises(pika.exceptions.ProbableAuthenticationError):
        pika.BlockingConnection(pika.URLParameters(node.url_of(vhost)))


def test_the_policy_holds_every_queue(node: RabbitNode, queues: list[str]) -> None:
    arguments = ("list_queues", "--vhost", VHOST, "--formatter", "json", "name", "policy", "type")
    found = {one["name"]: (one["policy"], one["type"]) for one in json.loads(node.ctl(*arguments))}

    assert found == dict.fromkeys(queues, ("cds-cache", "quorum"))


@pytest.mark.faults
def test_a_wiped_broker_comes_back_with_its_users_and_policy(secrets: Path) -> None:
    broker = RabbitNode()
    configure(broker, secrets / "rabbitmq_users.json")
    with broker:
        broker.wipe()

        client = Client(broker, secrets, "registry")
        client.connection.channel().exchange_declare(EXCHANGE, "topic", durable=True)
        assert client.may("declare", "reporting.registry.0")
        assert not client.may("read", "reporting.registry.0")
        client.connection.close()
