"""The services of examples/ under load, as docs/connect.md starts them: who is served never waits for Postgres."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import httpx
import psycopg
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from fixtures.exporter import wait_until
from fixtures.page import ROOT, read_page
from fixtures.proxy import Proxy

TUMOUR: Final = {
    "mean radius": 14.1,
    "mean texture": 20.3,
    "mean smoothness": 0.1,
    "mean concavity": 0.09,
    "mean symmetry": 0.18,
}
AT_ONCE: Final = 12
EVERY_FAILING: Final = 7
parse = cast("Callable[[str], Iterator[Metric]]", text_string_to_metric_families)  # pyright: ignore[reportUnknownMemberType] - untyped there

ONCE: Final = """
SELECT id::text, status, predicted_label, predicted_score, latency_ms, features ? 'mean radius'
FROM driftgauge.prediction_logs
WHERE model_name = 'tumours' AND latency_ms > 0
"""
TRUE_ANSWERS: Final = """
SELECT logged.id::text, outcomes.label
FROM driftgauge.prediction_logs AS logged
INNER JOIN driftgauge.prediction_outcomes AS outcomes ON outcomes.prediction_id = logged.id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a service answered, and how long it took."""

    prediction_id: str
    ok: bool
    seconds: float


class Service:
    """The processes of one service, and its address."""

    def __init__(self, url: str, process: subprocess.Popen[bytes], output: Path) -> None:
        self.url = url
        self._process = process
        self._output = output

    def predict(self, count: int) -> list[Answer]:
        """Ask many times, some of them without a feature; return the answers."""

        async def ask_all() -> list[Answer]:
            limit = asyncio.Semaphore(AT_ONCE)
            async with httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=30) as client:

                async def ask(number: int) -> Answer:
                    features = {"mean radius": 14.1} if number % EVERY_FAILING == 0 else TUMOUR
                    async with limit:
                        started = time.perf_counter()
                        response = await client.post("/predict", json=features)
                        seconds = time.perf_counter() - started
                    assert response.status_code == (200 if features is TUMOUR else 422), response.text
                    body: dict[str, Any] = response.json()
                    told = body.get("detail", body)
                    return Answer(prediction_id=told["prediction_id"], ok=features is TUMOUR, seconds=seconds)

                return await asyncio.gather(*[ask(number) for number in range(count)])

        return asyncio.run(ask_all())

    def tell(self, answers: list[Answer], label: str) -> None:
        """Report what turned out to be true."""
        with httpx.Client(base_url=self.url, trust_env=False, timeout=30) as client:
            for answer in answers:
                response = client.post("/outcome", json={"prediction_id": answer.prediction_id, "label": label})
                assert response.status_code == 202

    def rows(self) -> dict[str, float]:
        """Return the books of one of its processes, as scraped."""
        text = httpx.get(f"{self.url}/metrics", trust_env=False, timeout=30).text
        books: dict[str, float] = {}
        for family in parse(text):
            for sample in family.samples:
                if sample.name.startswith("driftgauge_client_"):
                    assert (sample.labels["model"], sample.labels["version"]) == ("tumours", "1")
                    books[sample.name] = books.get(sample.name, 0.0) + sample.value
        return books

    def stop(self) -> str:
        """End it as a service manager does; return what it wrote."""
        self._process.send_signal(signal.SIGTERM)
        code = self._process.wait(20)
        output = self._output.read_text()
        assert code == 0, output
        return output


@contextmanager
def serving(program: str, environment: dict[str, str], output: Path) -> Generator[Service]:
    """Start a service by the page's own command, at a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    address = ["--port", str(port)] if program == "uvicorn" else ["--bind", f"127.0.0.1:{port}"]
    command = [str(Path(sys.executable).parent / program), *command_of_the_page(program), *address]
    with output.open("wb") as file:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: process.poll() is not None or answers(url), f"{program} to answer")
        yield Service(url, process, output)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def command_of_the_page(program: str) -> list[str]:
    """Return the arguments that docs/connect.md gives to a server."""
    _, blocks = read_page("docs/connect.md")
    lines = [line for block in blocks if block.info == "sh" for line in block.source.splitlines()]
    (line,) = [line for line in lines if line.startswith(f"{program} ")]
    return shlex.split(line, comments=True)[1:]


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/metrics", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def quantiles(answers: list[Answer]) -> str:
    cuts = statistics.quantiles([answer.seconds * 1000 for answer in answers], n=100)
    return f"p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms"


@pytest.mark.parametrize("program", ["uvicorn", "gunicorn"])
def test_every_answer_is_stored_once_and_none_waits_for_a_silent_postgres(
    program: str, writer_dsn: str, database: str, tmp_path: Path
) -> None:
    spools = program == "uvicorn"  # the other keeps rows in memory
    environment = {"HOME": str(tmp_path)} | ({"SPOOL": str(tmp_path / "spool")} if spools else {})
    waiting = f"driftgauge_client_{'spooled' if spools else 'queued'}_rows"
    with Proxy(writer_dsn) as proxy, psycopg.connect(database, autocommit=True) as connection:
        with serving(program, {**environment, "DRIFTGAUGE_DSN": proxy.dsn}, tmp_path / "output") as service:

            def stored() -> int:
                return len(connection.execute(ONCE).fetchall())

            before = service.predict(300)
            wait_until(lambda: stored() == len(before), "the first rows")

            proxy.swallow()
            during = service.predict(300)  # each is answered while Postgres says nothing
            wait_until(lambda: service.rows()[waiting], "rows that wait")
            assert stored() == len(before)
            proxy.flow()
            wait_until(lambda: stored() == len(before) + len(during), "the rows that waited")

            # A scrape reaches any worker, and one of them may have had nothing to do.
            wait_until(lambda: service.rows()["driftgauge_client_accepted_rows_total"] > 0, "a worker that logged")
            assert service.rows()["driftgauge_client_dropped_rows_total"] == 0

            service.tell(during[:50], "benign")
            after = service.predict(100)
            output = service.stop()
        print(f"\n{program}: {quantiles(before)}; while Postgres is silent: {quantiles(during)}")  # noqa: T201 - a figure for who runs it with -s
        assert "lost" not in output

        asked = {answer.prediction_id: answer for answer in (*before, *during, *after)}
        rows = connection.execute(ONCE).fetchall()
        assert len(rows) == len(asked) == 700
        for key, status, label, score, _, complete in rows:
            assert (status, complete) == (("success", True) if asked[key].ok else ("error", True))
            assert (label in {"benign", "malignant"}, score is not None) == (asked[key].ok, asked[key].ok)
        assert dict(connection.execute(TRUE_ANSWERS).fetchall()) == {
            answer.prediction_id: "benign" for answer in during[:50]
        }
