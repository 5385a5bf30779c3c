"""Every figure equal after a month of ward apps with all bad habits: embedded, and with RabbitMQ and gunicorn.

The simulator uses nothing that a ward app cannot, and computes what must come of it by itself. The whole acceptance
run is `cds simulate --events 20000 --all-bad-habits --verify`; here the same with fewer events, while parts die.
"""

import os
import random
import signal
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from deploy.cds import settle
from deploy.cds.developer import Developer
from deploy.cds.embedded import Embedded
from deploy.cds.registry_commands import add_client
from deploy.cds.registry_sample import load_sample
from deploy.cds.simulate import Outcome, run, verify
from deploy.cds.simulate.habits import Habits
from deploy.cds.simulate.inside import Inside
from deploy.cds.simulate.targets import Targets, Viewer
from deploy.cds.simulate.world import Plan
from deploy.sample import story
from shared.events.catalogue import of_stream
from shared.settings import SERVICES, Settings
from tests.support.ports import free_port
from tests.support.postgres import TestPostgres

VIEWER = "viewer-of-the-test"


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    folder.chmod(0o711)
    return folder


def settings_in(home: Path, urls: dict[str, str], broker_url: str) -> Settings:
    return Settings(
        home=home,
        broker_url=broker_url,
        database_urls=urls,
        ports={service: free_port() for service in SERVICES},
        heads_interval_seconds=1.0 if broker_url.startswith("memory") else 3.0,
        log_level="WARNING",
    )


def prepare(settings: Settings) -> tuple[Targets, Plan]:
    """The sample's wards and apps, and a plan with every bad habit over the days of the reform."""
    secrets = {client.client_id: client.client_secret or "" for client in load_sample(settings)}
    viewer = add_client(settings, "Người xem", client_id=VIEWER, scopes=("reports:read",))
    assert settle.wait(settings, 60)
    urls = {service: settings.url_of(service) for service in SERVICES}
    targets = Targets(**urls, secrets=secrets, viewer=Viewer(VIEWER, viewer.client_secret or ""))
    return targets, Plan(story.sites(), date(2025, 6, 24), date(2025, 7, 8), 2000, "bad-habits", Habits.all())


def inside(settings: Settings) -> Inside:
    return Inside(settings.database_url("sessions"), settings.database_url("reporting"))


def databases(postgres: TestPostgres) -> dict[str, str]:
    return {service: postgres.fresh_database() for service in SERVICES}


def assert_every_figure_is_equal(targets: Targets, outcome: Outcome) -> None:
    verdict = verify(outcome, targets, deadline_seconds=120)
    assert verdict.is_equal, (verdict.differences[:20], verdict.others[:20])
    assert outcome.expected, "nothing was expected: the run proved nothing"
    assert set(outcome.summary()["fates"]) - {"malformed"} == {event.NAME for event in of_stream("sessions").values()}
    assert min(verdict.compared.values()) > 0, verdict.compared
    assert not outcome.surprises, outcome.surprises[:10]


def test_all_bad_habits_end_in_equal_figures_on_the_embedded_default(postgres: TestPostgres, home: Path) -> None:
    with Embedded(settings_in(home, databases(postgres), "memory://")) as running:
        targets, plan = prepare(running.settings)

        outcome = run(plan, targets, inside=inside(running.settings))

        assert_every_figure_is_equal(targets, outcome)


def test_all_bad_habits_end_in_equal_figures_with_rabbitmq_while_parts_are_killed(
    postgres: TestPostgres, broker_url: str, home: Path
) -> None:
    with Developer(settings_in(home, databases(postgres), broker_url)) as running:
        targets, plan = prepare(running.settings)
        ending = threading.Event()
        killed: list[str] = []
        killer = threading.Thread(target=_kill_at_random, args=(running, ending, killed))
        killer.start()

        outcome = run(replace(plan, events=4000), targets, rate=500.0, inside=inside(running.settings))
        ending.set()
        killer.join()

        assert_every_figure_is_equal(targets, outcome)
        assert len(killed) >= 3, "too few parts died for the run to prove anything"


def _kill_at_random(running: Developer, ending: threading.Event, killed: list[str]) -> None:
    """SIGKILL a relay or a consumer every second or so; the developer's stack starts it again."""
    chance = random.Random(7)
    victims = [name for name in running.parts if name.startswith(("relay", "consumer"))]
    while not ending.wait(chance.uniform(0.6, 1.6)):
        part = running.parts[chance.choice(victims)]
        if part.process is not None and part.process.poll() is None:
            os.kill(part.process.pid, signal.SIGKILL)
            killed.append(part.name)
