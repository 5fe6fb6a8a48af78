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

from driftgauge.config.alert_settings import token

if TYPE_CHECKING:
    from fixtures.stack import Stack

ROOT: Final = Path(__file__).parents[2]
COMPOSE: Final[dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
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
    assert len(before["postgres_password"].strip()) >= 32
    assert before["exporter_password"].strip() in before["exporter_dsn"]
    assert before["postgres_password"] != before["exporter_password"]


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
def test_image_is_pinned(name: str) -> None:
    image = str(SERVICES[name]["image"])
    assert "build" in SERVICES[name] or re.search(r":v?\d+\.\d+", image), image


@each_service
def test_service_is_not_root_and_cannot_become_it(name: str) -> None:
    service = SERVICES[name]
    uid, _, gid = str(service["user"]).partition(":")
    assert int(uid) > 0
    assert int(gid) > 0
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not {"privileged", "cap_add", "network_mode", "pid", "ipc", "devices"} & service.keys()


@each_service
def test_service_writes_to_memory_and_named_volumes_only(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert "/tmp" in service["tmpfs"]  # noqa: S108 - a container's own
    for volume in service.get("volumes", []):
        source = str(volume).partition(":")[0]
        assert source in COMPOSE["volumes"] or str(volume).endswith(":ro"), volume


@each_service
def test_service_is_bounded(name: str) -> None:
    limits = SERVICES[name]["deploy"]["resources"]["limits"]
    assert {"cpus", "memory", "pids"} <= limits.keys()
    assert {"max-size", "max-file"} <= SERVICES[name]["logging"]["options"].keys()


@each_service
def test_ports_are_open_to_this_machine_only(name: str) -> None:
    assert all(str(port).startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@each_service
def test_passwords_come_from_files(name: str) -> None:
    for variable in SERVICES[name].get("environment", {}):
        assert not re.search(r"PASSWORD$|DSN$|TOKEN$|SECRET$", variable), variable


@each_service
def test_what_is_waited_for_can_become_healthy(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        if how["condition"] == "service_healthy":
            assert "test" in SERVICES[other]["healthcheck"], other


@each_service
def test_every_lasting_service_has_a_health_check(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "no" or "test" in service["healthcheck"]


def test_the_image_is_pinned_hashed_and_not_root() -> None:
    assert re.search(r"^ARG PYTHON=3\.\d+\.\d+-slim", DOCKERFILE, flags=re.MULTILINE)
    assert re.findall(r"^USER (.+)$", DOCKERFILE, flags=re.MULTILINE) == ["10001:10001"]
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
