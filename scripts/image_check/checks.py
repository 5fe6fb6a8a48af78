"""The checks of the stack of docker-compose.yml, once it runs in containers."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PROJECT: Final = "driftgauge-check"
SERVICES: Final = ("postgres", "exporter", "prometheus", "alertmanager", "traffic", "sink")
UP_SECONDS: Final = 300
POLL_SECONDS: Final = 2.0
PATIENCE: Final = 120.0
PARQUET: Final = """\
import pyarrow as pa, pyarrow.parquet as pq
pq.write_table(pa.table({"age": [1, 2, 3]}), "/tmp/rows.parquet")
assert pq.read_table("/tmp/rows.parquet").num_rows == 3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Podman behind Docker's API, and compose in front of it."""

    root: Path
    directory: Path
    compose: Path

    @property
    def socket(self) -> Path:
        """Where the API is."""
        return self.directory / "podman.sock"

    def podman(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run podman; Podman's complaints that there is no systemd to run health checks are left out."""
        done = subprocess.run(["podman", *words], capture_output=True, text=True, check=False)  # noqa: S603, S607 - ours
        done.stderr = "\n".join(line for line in done.stderr.splitlines() if "healthcheck" not in line)
        return done

    def run_compose(self, *words: str, timeout: float = UP_SECONDS) -> subprocess.CompletedProcess[str]:
        """Run compose as the documentation says, with passwords of this run."""
        env_file = self.directory / "secrets.env"
        command = [
            self.compose, "--project-name", PROJECT, "--project-directory", self.root,
            "--env-file", env_file, "--env-file", self.root / "exporter" / "compose" / "demo.env", *words,
        ]  # fmt: skip
        environment = os.environ | {"DOCKER_HOST": f"unix://{self.socket}"}
        return subprocess.run(  # noqa: S603 - no shell, arguments of our own
            [str(word) for word in command],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )

    def within(self, service: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a service's container."""
        return self.podman("exec", f"{PROJECT}-{service}-1", *command)


@contextmanager
def serving(engine: Engine) -> Generator[None]:
    """Serve Podman's API, and run health checks, which Podman leaves to systemd, every two seconds."""
    log = (engine.directory / "podman.log").open("w")
    command = ["podman", "system", "service", "--time=0", f"unix://{engine.socket}"]
    service = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603 - ours
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(POLL_SECONDS):
            for name in engine.podman("ps", "--quiet").stdout.split():
                engine.podman("healthcheck", "run", name)

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        while not engine.socket.exists():
            time.sleep(0.1)
        yield
    finally:
        ended.set()
        looking.join()
        service.terminate()
        service.wait()
        log.close()


def check_stack(engine: Engine, say: Callable[[str], None]) -> bool:
    """Bring the stack up, check it, and take it down; return whether all is well."""
    write_passwords(engine)
    faults: list[str] = []

    def check(what: str, fault: str) -> None:
        say(f"{'ok' if not fault else 'FAILED'}: {what}{f': {fault}' if fault else ''}")
        if fault:
            faults.append(what)

    with serving(engine):
        began = time.monotonic()
        try:
            up = engine.run_compose("up", "--detach", "--wait", "--no-build", "--pull", "never", "--scale", "grafana=0")
            check(
                f"docker compose up --wait, in {time.monotonic() - began:.0f} s",
                "" if up.returncode == 0 else " | ".join(up.stderr.splitlines()[-3:]),
            )
            for service in SERVICES:
                check(f"{service} is healthy", unhealthy(engine, service))
                check(f"{service} is not root and cannot write to its image", unconfined(engine, service))
            took = seconds_to_start(engine)
            check(f"the exporter serves {took:.1f} s after its container was started", "" if took < PATIENCE else "no")
            check("the exporter's image reads Parquet", failed(engine.within("exporter", "python", "-c", PARQUET)))
            check("Grafana's login reads the views, and cannot write", grafana_login(engine))
            check("the traffic is stored, counted and scraped, and its notification arrives", path(engine))
            smoke = subprocess.run(  # noqa: S603 - ours
                [sys.executable, str(engine.root / "scripts" / "smoke"), "--without-grafana"],
                capture_output=True,
                text=True,
                check=False,
            )
            say("scripts/smoke --without-grafana:\n" + (smoke.stdout + smoke.stderr).rstrip())
            check("scripts/smoke --without-grafana", "" if smoke.returncode == 0 else f"exit code {smoke.returncode}")
            if faults:
                for service in ("migrate", *SERVICES):
                    logs = engine.podman("logs", "--tail", "8", f"{PROJECT}-{service}-1")
                    say(f"last words of {service}:\n{logs.stdout}{logs.stderr}")
        finally:
            engine.run_compose("down", "--volumes", "--timeout", "5")
    return not faults


def write_passwords(engine: Engine) -> None:
    """Make passwords of this run, as `make secrets` does, beside everything else that is removed."""
    scripts = engine.directory / "checkout" / "scripts"
    scripts.mkdir(parents=True, exist_ok=True)
    script = scripts / "passwords.py"
    script.write_bytes((engine.root / "scripts" / "passwords.py").read_bytes())
    subprocess.run([sys.executable, str(script)], check=True, capture_output=True)  # noqa: S603 - ours
    secrets = scripts.parent / "secrets"
    (engine.directory / "secrets.env").write_text(f"DRIFTGAUGE_SECRETS={secrets}\n", encoding="utf-8")


def failed(done: subprocess.CompletedProcess[str]) -> str:
    """Return why a command failed; nothing if it did not."""
    return "" if done.returncode == 0 else (done.stderr or done.stdout or "no word").strip().splitlines()[-1]


def inspected(engine: Engine, service: str) -> dict[str, Any]:
    """Return what Podman knows of a container; nothing where there is none."""
    done = engine.podman("inspect", f"{PROJECT}-{service}-1")
    return json.loads(done.stdout)[0] if done.returncode == 0 else {}


def unhealthy(engine: Engine, service: str) -> str:
    """Return why a service is not healthy."""
    health = inspected(engine, service).get("State", {}).get("Health", {}).get("Status", "absent")
    return "" if health == "healthy" else f"it is {health}"


def unconfined(engine: Engine, service: str) -> str:
    """Return what a service may do beyond what it needs."""
    user = engine.within(service, "id", "-u").stdout.strip()
    if user in ("", "0"):
        return f"it runs as {user or 'nobody knows whom'}"
    if engine.within(service, "sh", "-c", "touch /usr/written /etc/written 2>/dev/null").returncode == 0:
        return "it can write to its image"
    status = engine.within(service, "cat", "/proc/1/status").stdout
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    if fields.get("NoNewPrivs") != "1" or int(fields.get("CapBnd", "1"), 16):
        return f"NoNewPrivs {fields.get('NoNewPrivs')}, CapBnd {fields.get('CapBnd')}"
    return ""


def seconds_to_start(engine: Engine) -> float:
    """Return how long the exporter takes from the order to start until it serves; infinity where it does not."""
    engine.podman("stop", "--time", "10", f"{PROJECT}-exporter-1")
    began = time.monotonic()
    engine.podman("start", f"{PROJECT}-exporter-1")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() - began < PATIENCE:
        try:
            with opener.open("http://127.0.0.1:9799/-/healthy", timeout=1):
                return time.monotonic() - began
        except OSError:
            time.sleep(0.02)
    return math.inf


def grafana_login(engine: Engine) -> str:
    """Return what is wrong with the login that the data source uses; asked from Postgres' container, by password."""
    script = (
        "PGPASSWORD=$(cat /run/secrets/grafana_database_password) exec psql --no-psqlrc --quiet --tuples-only "
        '--no-align --host=127.0.0.1 --username=driftgauge_grafana --dbname=driftgauge --command="$1"'
    )
    read = engine.within("postgres", "sh", "-c", script, "sh", "SELECT count(*) FROM driftgauge.alert_history")
    write = engine.within("postgres", "sh", "-c", script, "sh", "CREATE TEMPORARY TABLE mine (a int)")
    if read.returncode:
        return failed(read)
    return "it can write" if write.returncode == 0 or "read-only" not in write.stderr else ""


def path(engine: Engine) -> str:
    """Return what is missing of the ways from a prediction to Prometheus, and from an alert to whom it is told."""
    query = "http://127.0.0.1:9090/api/v1/query?query=sum(ml_predictions_total)"
    fault = ""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = engine.within("prometheus", "wget", "-q", "-O", "-", query)
        result: list[Any] = json.loads(answer.stdout)["data"]["result"] if answer.returncode == 0 else []
        told = engine.podman("logs", f"{PROJECT}-sink-1").stdout
        if result and float(result[0]["value"][1]) > 0 and "Watchdog" in told:
            return ""
        fault = f"Prometheus has {result}, the sink was told {told.splitlines()[-1:]}"
        time.sleep(POLL_SECONDS)
    return fault
