"""Every defect that is put into docker-compose.yml is found: by the real program, or by what the program misses."""

from __future__ import annotations

import copy
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import yaml

from contract.hardening import FILE, ROOT, Document, faults, read

if TYPE_CHECKING:
    from fixtures.stack import Stack

Change = Callable[[Document], object]

# Found by `docker compose config`.
BROKEN: Final[dict[str, Change]] = {
    "unknown key of a service": lambda all_: all_["services"]["grafana"].update(imagee="grafana"),
    "unknown key of the file": lambda all_: all_.update(server={}),
    "port that is no number": lambda all_: all_["services"]["grafana"].update(ports=["127.0.0.1:http:3000"]),
    "port out of range": lambda all_: all_["services"]["grafana"].update(ports=["127.0.0.1:3000:99999"]),
    "secret that nobody defines": lambda all_: all_["services"]["grafana"]["secrets"].append("forgotten"),
    "volume that nobody defines": lambda all_: all_["volumes"].pop("grafana"),
    "network that nobody defines": lambda all_: all_["services"]["sink"].update(networks=["inner"]),
    "condition that does not exist": lambda all_: all_["services"]["grafana"]["depends_on"]["prometheus"].update(
        condition="service_ready"
    ),
    "dependency that does not exist": lambda all_: all_["services"]["traffic"].update(depends_on=["exportr"]),
    "dependency in a circle": lambda all_: all_["services"]["postgres"].update(depends_on=["exporter"]),
    "service without an image": lambda all_: all_["services"]["prometheus"].pop("image"),
    "memory that is no size": lambda all_: all_["services"]["sink"]["deploy"]["resources"]["limits"].update(
        memory="a lot"
    ),
    "interval that is no duration": lambda all_: all_["services"]["grafana"]["healthcheck"].update(interval="often"),
    "flag that is a word": lambda all_: all_["services"]["grafana"].update(read_only="perhaps"),
    "tmpfs that is a number": lambda all_: all_["services"]["grafana"].update(tmpfs=7),
    "secret that is a text": lambda all_: all_["secrets"].update(webhook_token="plain"),  # noqa: S106 - no secret
    "variable that is not closed": lambda all_: all_["services"]["grafana"].update(image="grafana/grafana:${TAG"),
}
TEXTS: Final[dict[str, tuple[str, str]]] = {
    "key twice": (r"(?m)^(    image: grafana/.*\n)", r"\1\1"),
    "service twice": (r"(?m)^  sink:\n", "  sink:\n    image: other:1.0.0\n  sink:\n"),
    "anchor that does not exist": (r"<<: \*exporter", "<<: *exportr"),
    "indentation": (r"(?m)^    user: \"472:472\"", '   user: "472:472"'),
}

# Not found by it. The name is followed by what the rules here say.
MISSED: Final[dict[str, tuple[str, Change, str]]] = {
    "image without a tag": ("grafana", lambda it: it.update(image="grafana/grafana"), "no exact tag"),
    "image of any day": ("grafana", lambda it: it.update(image="grafana/grafana:latest"), "no exact tag"),
    "image of a major": ("grafana", lambda it: it.update(image="grafana/grafana:13"), "no exact tag"),
    "root": ("grafana", lambda it: it.update(user="0:0"), "runs as root"),
    "no user": ("sink", lambda it: it.pop("user"), "runs as root"),
    "capabilities": ("traffic", lambda it: it.pop("cap_drop"), "keeps capabilities"),
    "more privileges": ("grafana", lambda it: it.pop("security_opt"), "may gain privileges"),
    "privileged": ("sink", lambda it: it.update(privileged=True), "has privileged"),
    "the host's network": ("grafana", lambda it: it.update(network_mode="host"), "has network_mode"),
    "an image that is written to": ("traffic", lambda it: it.pop("read_only"), "can write to its image"),
    "no tmp": ("grafana", lambda it: it.update(tmpfs=[]), "has no /tmp"),
    "a folder that is written to": (
        "grafana",
        lambda it: it["volumes"].append("./grafana:/etc/grafana/all"),
        "can write to ./grafana",
    ),
    "a folder that is not there": (
        "grafana",
        lambda it: it["volumes"].append("./grafana/provisionings:/etc/x:ro"),
        "which is not there",
    ),
    "no memory limit": ("sink", lambda it: it["deploy"]["resources"]["limits"].pop("memory"), "no limit of memory"),
    "no limit of processes": ("grafana", lambda it: it["deploy"]["resources"]["limits"].pop("pids"), "limit of pids"),
    "no limits": ("traffic", lambda it: it.pop("deploy"), "no limit of cpus"),
    "logs that grow": ("grafana", lambda it: it.pop("logging"), "logs without an end"),
    "a port for everybody": ("grafana", lambda it: it.update(ports=["3000:3000"]), "open to other machines"),
    "a port on all addresses": ("grafana", lambda it: it.update(ports=["0.0.0.0:3000:3000"]), "open to other machines"),
    "a port of another": (
        "grafana",
        lambda it: it.update(ports=["127.0.0.1:${PROMETHEUS_PORT:-9090}:3000"]),
        "takes the port of prometheus",
    ),
    "a password in the file": (
        "grafana",
        lambda it: it["environment"].update(GF_SECURITY_ADMIN_PASSWORD="admin"),  # noqa: S106 - the defect
        "has a secret in GF_SECURITY_ADMIN_PASSWORD",
    ),
    "a secret that is not given": ("traffic", lambda it: it.update(secrets=[]), "a secret that it is not given"),
    "no health check": ("sink", lambda it: it.pop("healthcheck"), "has no health check"),
    "no check of what is waited for": ("prometheus", lambda it: it.pop("healthcheck"), "which has no check"),
    "a program that is not there": (
        "grafana",
        lambda it: it["healthcheck"].update(test=["CMD", "curl", "-f", "http://127.0.0.1:3000/"]),
        "not known to have curl",
    ),
    "a check by a shell": (
        "prometheus",
        lambda it: it["healthcheck"].update(test=["CMD-SHELL", "wget -q http://127.0.0.1:9090/"]),
        "needs a shell",
    ),
    "a check with a space": (
        "sink",
        lambda it: it["healthcheck"].update(test=["CMD", "python", "-c", "import os"]),
        "Podman would split",
    ),
}


@pytest.fixture(scope="module")
def env_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make secrets` writes."""
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "scripts").mkdir()
    script = folder / "scripts" / "passwords.py"
    script.write_bytes((ROOT / "scripts" / "passwords.py").read_bytes())
    subprocess.run([sys.executable, script], check=True, capture_output=True)
    return folder / ".env"


def config(program: Path, file: Path, env_file: Path) -> subprocess.CompletedProcess[str]:
    """Ask the real program about a file, for every profile."""
    command = [
        program, "--project-directory", ROOT, "--env-file", env_file, "--profile", "*", "--file", file, "config", "-q",
    ]  # fmt: skip
    return subprocess.run(command, env={"HOME": str(file.parent)}, capture_output=True, text=True, check=False)


def test_the_file_itself_is_accepted_when_it_is_written_anew(stack: Stack, tmp_path: Path, env_file: Path) -> None:
    copied = tmp_path / "copy.yml"
    copied.write_text(yaml.safe_dump(read()), encoding="utf-8")
    accepted = config(stack.docker_compose, copied, env_file)
    assert (accepted.returncode, accepted.stderr) == (0, "")


@pytest.mark.parametrize("name", BROKEN)
def test_compose_rejects(name: str, stack: Stack, tmp_path: Path, env_file: Path) -> None:
    document = copy.deepcopy(read())
    BROKEN[name](document)
    assert document != read()
    mutant = tmp_path / "mutant.yml"
    mutant.write_text(yaml.safe_dump(document), encoding="utf-8")
    rejected = config(stack.docker_compose, mutant, env_file)
    assert rejected.returncode != 0
    assert rejected.stderr


@pytest.mark.parametrize("name", TEXTS)
def test_compose_rejects_what_is_no_sound_text(name: str, stack: Stack, tmp_path: Path, env_file: Path) -> None:
    text, count = re.subn(*TEXTS[name], FILE.read_text(encoding="utf-8"), count=1)
    assert count == 1
    mutant = tmp_path / "mutant.yml"
    mutant.write_text(text, encoding="utf-8")
    assert config(stack.docker_compose, mutant, env_file).returncode != 0


@pytest.mark.parametrize("name", MISSED)
def test_what_compose_takes_and_should_not_is_found(name: str) -> None:
    service, change, expected = MISSED[name]
    document = copy.deepcopy(read())
    change(document["services"][service])
    assert [fault for fault in faults(document) if expected in fault]


def test_compose_does_not_ask_whether_what_is_waited_for_can_be_healthy(
    stack: Stack, tmp_path: Path, env_file: Path
) -> None:
    """If this fails, a newer compose does, and the rule here is not needed any more."""
    document = copy.deepcopy(read())
    document["services"]["prometheus"].pop("healthcheck")
    mutant = tmp_path / "mutant.yml"
    mutant.write_text(yaml.safe_dump(document), encoding="utf-8")
    assert config(stack.docker_compose, mutant, env_file).returncode == 0
