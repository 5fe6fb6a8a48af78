"""docker-compose.yml and the image: valid for the real program, hardened throughout, with no default password."""

from __future__ import annotations

import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from contract.hardening import faults, read
from driftgauge.cli.traffic import ROUND
from driftgauge.config import load_config
from driftgauge.config.alert_settings import token
from driftgauge.config.durations import parse_duration
from driftgauge.demo.composed import SINK, alertmanager_file
from driftgauge.demo.explaining import SHAP_SHARE
from driftgauge.demo.incidents import timeline
from driftgauge.demo.live import CANARY_SHARE
from driftgauge.demo.model import MODEL_NAME
from driftgauge.demo.sink import ADDRESS
from driftgauge.drift.registry import TESTS

if TYPE_CHECKING:
    from fixtures.stack import Stack

ROOT: Final = Path(__file__).parents[2]
COMPOSE: Final = read()
SERVICES: Final[dict[str, dict[str, Any]]] = COMPOSE["services"]
DOCKERFILE: Final = (ROOT / "exporter" / "Dockerfile").read_text(encoding="utf-8")

each_service = pytest.mark.parametrize("name", SERVICES)


def validate(compose: Path, env_file: Path) -> subprocess.CompletedProcess[str]:
    """Ask the real program, for every profile, with nothing set but what the file says."""
    command = [compose, "--env-file", env_file, "--profile", "*", "--file", ROOT / "docker-compose.yml", "config", "-q"]
    return subprocess.run(command, env={"HOME": str(env_file.parent)}, capture_output=True, text=True, check=False)


def contents(folder: Path) -> dict[str, str]:
    """Return what the files of a folder hold, by name."""
    return {file.name: file.read_text(encoding="ascii") for file in folder.iterdir() if file.is_file()}


@pytest.fixture
def passwords(tmp_path: Path) -> Path:
    """A folder in which `make secrets` has run."""
    script = tmp_path / "scripts" / "passwords.py"
    script.parent.mkdir()
    shutil.copy(ROOT / "scripts" / script.name, script)
    subprocess.run([sys.executable, script], check=True, capture_output=True)
    return tmp_path


def test_compose_accepts_the_file(stack: Stack, passwords: Path) -> None:
    checked = validate(stack.docker_compose, passwords / ".env")
    assert (checked.returncode, checked.stderr) == (0, "")


def test_compose_refuses_to_start_without_passwords(stack: Stack, tmp_path: Path) -> None:
    (tmp_path / ".env").touch()
    refused = validate(stack.docker_compose, tmp_path / ".env")
    assert refused.returncode != 0
    assert "there are no passwords yet, run `make secrets` first" in refused.stderr


def test_compose_pins_the_prometheus_that_is_tested(stack: Stack) -> None:
    tested = stack.current.prometheus.resolve().parent.name.removeprefix("prometheus-")
    assert SERVICES["prometheus"]["image"].endswith(f":v{tested}")


def test_compose_pins_the_alertmanager_that_is_tested(stack: Stack) -> None:
    tested = stack.alertmanager.resolve().parent.name.removeprefix("alertmanager-")
    assert SERVICES["alertmanager"]["image"].endswith(f":v{tested}")


def test_passwords_are_long_kept_and_closed_to_others(passwords: Path) -> None:
    folder = passwords / "secrets"
    before = contents(folder)
    subprocess.run([sys.executable, passwords / "scripts" / "passwords.py"], check=True, capture_output=True)
    assert contents(folder) == before
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert before["exporter_password"].strip() in before["exporter_dsn"]
    assert before["traffic_password"].strip() in before["traffic_dsn"]
    drawn = [value for name, value in before.items() if not name.endswith("_dsn")]
    assert len(set(drawn)) == len(drawn)
    assert all(len(value.strip()) >= 32 for value in drawn)
    assert not any("$" in value for value in before.values())  # Grafana would take that for a variable


def test_every_secret_is_generated(passwords: Path) -> None:
    assert contents(passwords / "secrets").keys() == set(COMPOSE["secrets"])


def test_alertmanager_and_the_exporter_know_each_other_and_share_a_token() -> None:
    exporter, alertmanager = SERVICES["exporter"], SERVICES["alertmanager"]
    told = exporter["environment"]
    assert told["DRIFTGAUGE_ALERTMANAGER_URL"] == "http://alertmanager:9093"
    assert told["DRIFTGAUGE_WEBHOOK_TOKEN_FILE"] == "/run/secrets/webhook_token"  # noqa: S105 - a path
    assert "webhook_token" in exporter["secrets"]
    assert "webhook_token" in alertmanager["secrets"]
    routed = yaml.safe_load((ROOT / "prometheus" / "alertmanager.yml").read_text(encoding="utf-8"))
    [[hook]] = [one["webhook_configs"] for one in routed["receivers"] if one["name"] == "history"]
    assert hook["url"] == "http://exporter:9799/api/v1/alerts"
    assert hook["http_config"]["authorization"]["credentials_file"] == told["DRIFTGAUGE_WEBHOOK_TOKEN_FILE"]


def test_the_generated_token_is_one_that_the_exporter_takes(passwords: Path) -> None:
    made = contents(passwords / "secrets")["webhook_token"].strip()
    assert token(made, place="http.webhook_token_file") == made


@each_service
def test_a_service_is_pinned_confined_bounded_and_watched(name: str) -> None:
    """What that means, and that each breach of it is found, is in hardening.py and test_compose_mutants.py."""
    assert [fault for fault in faults(COMPOSE) if fault.startswith(f"{name}: ")] == []


@each_service
def test_a_service_of_the_demonstration_is_not_in_the_way_of_others(name: str) -> None:
    needed = SERVICES[name].get("depends_on", {})
    assert "profiles" in SERVICES[name] or not any("profiles" in SERVICES[other] for other in needed)


def test_the_demonstration_sets_nothing_but_what_the_file_asks_for() -> None:
    lines = (ROOT / "exporter" / "compose" / "demo.env").read_text(encoding="utf-8").splitlines()
    settings = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert settings.pop("COMPOSE_PROFILES") == "demo"
    for variable, file in settings.items():
        assert f"${{{variable}:-./" in text
        assert (ROOT / file).is_file()


def test_the_demonstration_is_started_by_its_settings(stack: Stack, passwords: Path) -> None:
    command = [
        stack.docker_compose, "--project-directory", ROOT, "--env-file", passwords / ".env",
        "--env-file", ROOT / "exporter" / "compose" / "demo.env", "--file", ROOT / "docker-compose.yml",
        "config", "--services",
    ]  # fmt: skip
    listed = subprocess.run(command, env={"HOME": str(passwords)}, capture_output=True, text=True, check=True)
    assert set(listed.stdout.split()) == SERVICES.keys()


def test_the_demonstrations_configuration_is_one_that_the_exporter_takes() -> None:
    settings = load_config(ROOT / "exporter" / "compose" / "demo.yml", environ={}, known_tests=TESTS)
    assert settings.drift.policy == "two_sample"
    assert MODEL_NAME in settings.models


def test_every_version_of_the_demonstration_has_its_reference_before_the_first_incident() -> None:
    settings = load_config(ROOT / "exporter" / "compose" / "demo.yml", environ={}, known_tests=TESTS)
    [rate] = [float(word.removeprefix("--rate=")) for word in SERVICES["traffic"]["command"] if "--rate=" in word]
    healthy = timeline(parse_duration(ROUND).total_seconds())[0]
    of_the_canary = rate * CANARY_SHARE * (healthy.end - healthy.start)
    assert settings.reference.automatic_rows < 0.8 * of_the_canary
    assert settings.explanations.automatic_rows < 0.8 * of_the_canary * SHAP_SHARE


def test_the_demonstrations_routes_are_the_shipped_ones() -> None:
    """`python -m driftgauge.demo.composed > exporter/compose/demo-alertmanager.yml` mends it."""
    written = (ROOT / "exporter" / "compose" / "demo-alertmanager.yml").read_text(encoding="utf-8")
    assert written == alertmanager_file()


def test_alertmanager_takes_the_demonstrations_routes(stack: Stack, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "prometheus" / "templates", tmp_path / "templates")
    shutil.copy(ROOT / "exporter" / "compose" / "demo-alertmanager.yml", tmp_path / "alertmanager.yml")
    command = [stack.amtool, "check-config", tmp_path / "alertmanager.yml"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_sink_is_where_the_routes_send() -> None:
    assert f"http://sink:{ADDRESS[1]}" == SINK
    assert str(SERVICES["sink"]["healthcheck"]["test"][-1]).count(f":{ADDRESS[1]}/") == 1


def test_the_image_is_pinned_hashed_and_not_root() -> None:
    assert re.search(r"^ARG PYTHON=3\.\d+\.\d+-slim", DOCKERFILE, flags=re.MULTILINE)
    assert re.findall(r"^USER (.+)$", DOCKERFILE, flags=re.MULTILINE) == ["10001:10001"]
    assert re.findall(r"^FROM (\S+) AS (demo|exporter)$", DOCKERFILE, flags=re.MULTILINE) == [
        ("base", "demo"),
        ("base", "exporter"),  # the last, so that it is what is built where no target is named
    ]
    installs = re.findall(r"pip install (.+)", DOCKERFILE)
    assert all("--require-hashes" in words or "--no-index" in words for words in installs)
    assert all("--no-deps" in words for words in installs)  # resolving again would find newer releases than the lock
    assert not re.search(r"\b(?:curl|wget|apt-get|netcat)\b", DOCKERFILE)
    assert "/-/healthy" in DOCKERFILE


def test_the_image_gets_all_that_the_wheel_is_made_of() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, flags=re.MULTILINE)
    for source in " ".join(copied).split():
        assert (ROOT / source).exists(), source
        assert any(f"!{part}" in ignored for part in (source, *map(str, Path(source).parents))), source
