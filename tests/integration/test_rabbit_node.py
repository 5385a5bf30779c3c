"""The private RabbitMQ node keeps what it confirmed, can be lost on purpose, and leaves no process behind."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator

import pika
import pytest

from tests.support.ordinary_user import ordinary_user
from tests.support.processes import processes_naming, wait_until_none
from tests.support.rabbitmq import RabbitNode

pytestmark = pytest.mark.faults

START_AND_WAIT = """
import sys, time
from pathlib import Path
from tests.support.rabbitmq import RabbitNode
node = RabbitNode()
node.start()
print(node.folder, node._epmd_port, flush=True)
time.sleep(600)
"""

START_AND_STOP = """
from tests.support.rabbitmq import RabbitNode
with RabbitNode() as node:
    node.add_vhost("mine")
    print(node.folder.owner(), *node.ctl("list_vhosts", "name").split())
"""


@pytest.fixture(scope="module")
def node() -> Iterator[RabbitNode]:
    with RabbitNode() as started:
        yield started


def publish(url: str, body: bytes) -> None:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.queue_declare("kept", durable=True, arguments={"x-queue-type": "quorum"})
    channel.confirm_delivery()
    channel.basic_publish("", "kept", body, pika.BasicProperties(delivery_mode=2), mandatory=True)
    connection.close()


def get(url: str) -> bytes | None:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    _, _, body = connection.channel().basic_get("kept", auto_ack=True)
    connection.close()
    return body


def test_a_confirmed_message_survives_a_crash_and_a_restart(node: RabbitNode) -> None:
    url = node.add_vhost("survives")
    publish(url, b"one")

    node.settle()
    node.kill()
    node.start()
    assert get(url) == b"one"

    publish(url, b"two")
    node.restart()
    assert get(url) == b"two"


def test_a_wiped_node_has_forgotten_everything_and_keeps_its_address(node: RabbitNode) -> None:
    url = node.url
    node.add_vhost("forgotten")

    node.wipe()

    assert node.url == url
    assert node.ctl("list_vhosts", "name").split() == ["/"]


def test_each_test_gets_a_vhost_of_its_own(broker_url: str, rabbit: RabbitNode) -> None:
    publish(broker_url, b"here")

    assert get(broker_url) == b"here"
    assert rabbit.ctl("list_queues", "name") == ""


def test_nothing_remains_of_a_node_after_its_end() -> None:
    node = RabbitNode()
    node.start()
    assert processes_naming(node.folder)

    node.close()

    assert not wait_until_none(node.folder)
    assert not wait_until_none(f"-port {node._epmd_port}")
    assert not node.folder.exists()


def test_nothing_remains_of_a_node_whose_owner_was_killed() -> None:
    owner = subprocess.Popen([sys.executable, "-c", START_AND_WAIT], stdout=subprocess.PIPE, text=True)
    assert owner.stdout
    folder, epmd_port = owner.stdout.readline().split()
    assert processes_naming(folder)

    owner.kill()
    owner.communicate()

    assert not wait_until_none(folder)
    assert not wait_until_none(f"-port {epmd_port}")
    shutil.rmtree(folder)


def test_an_ordinary_user_can_run_a_node() -> None:
    with ordinary_user() as user:
        owner, *vhosts = user.run(START_AND_STOP).split()

    assert owner == user.name
    assert sorted(vhosts) == ["/", "mine"]
