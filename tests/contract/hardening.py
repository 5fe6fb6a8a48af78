"""What docker-compose.yml must hold that compose itself does not ask for: each rule says what a service breaks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[2]
FILE: Final = ROOT / "docker-compose.yml"

Document = dict[str, Any]
Rule = Callable[[Document, str], Iterator[str]]

# What health checks run, and whence it is known that the image has it. None of these images has curl.
PROGRAMS: Final = {
    "postgres": {"pg_isready"},  # docker-library/postgres installs Debian's postgresql-NN, which has it
    "prom/prometheus": {"wget"},  # its Dockerfile is made from quay.io/prometheus/busybox
    "prom/alertmanager": {"wget"},  # the same
    "grafana/grafana": {"wget"},  # its Dockerfile is made from Alpine, whose busybox has it
    "driftgauge": {"python"},  # exporter/Dockerfile
}
FORBIDDEN: Final = {"privileged", "cap_add", "network_mode", "pid", "ipc", "devices", "userns_mode", "cgroup"}
EXACT: Final = re.compile(r"[\w./-]+:v?\d+\.\d+(?:\.\d+)?(?:-\w+)?")
SECRET_NAME: Final = re.compile(r"(?:PASSWORD|DSN|TOKEN|SECRET|SECRET_KEY)$")


def read() -> Document:
    """Return docker-compose.yml as it is."""
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def faults(document: Document) -> list[str]:
    """Return every breach, as `service: what`."""
    return [f"{name}: {fault}" for name in document["services"] for rule in RULES for fault in rule(document, name)]


def _image(document: Document, name: str) -> Iterator[str]:
    service = document["services"][name]
    image = str(service.get("image", ""))
    if not EXACT.fullmatch(image) and not ("build" in service and image.startswith("driftgauge:")):
        yield f"the image {image!r} has no exact tag"


def _user(document: Document, name: str) -> Iterator[str]:
    service = document["services"][name]
    if not re.fullmatch(r"[1-9]\d*:[1-9]\d*", str(service.get("user", ""))):
        yield "runs as root"
    if service.get("cap_drop") != ["ALL"]:
        yield "keeps capabilities"
    if "no-new-privileges:true" not in service.get("security_opt", []):
        yield "may gain privileges"
    for key in sorted(FORBIDDEN & service.keys()):
        yield f"has {key}"


def _writes(document: Document, name: str) -> Iterator[str]:
    service = document["services"][name]
    if service.get("read_only") is not True:
        yield "can write to its image"
    if "/tmp" not in service.get("tmpfs", []):  # noqa: S108 - a container's own
        yield "has no /tmp"
    for volume in service.get("volumes", []):
        source = re.sub(r"^\$\{\w+:-([^}]*)\}", r"\1", str(volume))
        source = re.sub(r"^(\$\{[^}]*\}[^:]*|[^:]*):.*", r"\1", source)
        if source not in document["volumes"] and not str(volume).endswith(":ro"):
            yield f"can write to {source}"
        if source.startswith("./") and not (ROOT / source).exists():
            yield f"mounts {source}, which is not there"


def _bounds(document: Document, name: str) -> Iterator[str]:
    service = document["services"][name]
    limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
    for limit in ("cpus", "memory", "pids"):
        if limit not in limits:
            yield f"has no limit of {limit}"
    if not {"max-size", "max-file"} <= service.get("logging", {}).get("options", {}).keys():
        yield "logs without an end"


def _ports(document: Document, name: str) -> Iterator[str]:
    for port in document["services"][name].get("ports", []):
        if not str(port).startswith("127.0.0.1:"):
            yield f"is open to other machines by {port}"
        for other, service in document["services"].items():
            taken = {str(one).rpartition(":")[0] for one in service.get("ports", [])}
            if other != name and str(port).rpartition(":")[0] in taken:
                yield f"takes the port of {other}"


def _secrets(document: Document, name: str) -> Iterator[str]:
    service = document["services"][name]
    for variable, value in service.get("environment", {}).items():
        if SECRET_NAME.search(variable):
            yield f"has a secret in {variable}"
        if str(value).startswith("/run/secrets/") and Path(value).name not in service.get("secrets", []):
            yield f"{variable} names a secret that it is not given"


def _health(document: Document, name: str) -> Iterator[str]:
    services = document["services"]
    service = services[name]
    test = service.get("healthcheck", {}).get("test", [])
    if not test and service.get("restart") != "no":
        yield "lasts, and has no health check"
    if test and test[0] != "CMD":
        yield "has a health check that needs a shell"
    if test and (program := test[1]) not in PROGRAMS.get(str(service["image"]).partition(":")[0], set()):
        yield f"its image is not known to have {program}"
    if any(" " in word for word in test):
        yield "has a health check that Podman would split"
    for other, how in service.get("depends_on", {}).items():
        if how["condition"] == "service_healthy" and "test" not in services[other].get("healthcheck", {}):
            yield f"waits for the health of {other}, which has no check"


RULES: Final[tuple[Rule, ...]] = (_image, _user, _writes, _bounds, _ports, _secrets, _health)
