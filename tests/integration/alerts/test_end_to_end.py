"""From a row in Postgres to a notification and back: the real programs on the shipped files, in seconds."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest
from psycopg.rows import dict_row

from fixtures.alerting import TOKEN, free_address, route_quickly, running_alertmanager, running_rules, watch_quickly
from fixtures.program import driftgauge

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fixtures.alerting import Arrival, Sink
    from fixtures.exporter import RunningExporter, StartExporter
    from fixtures.stack import Edition

ESCALATED: Final = "20s"  # on a busy machine a person's command takes some
SECONDS: Final[dict[str, dict[str, object]]] = {
    "rollup": {"every": "1s", "bucket": "2s", "profile_bucket": "2s"},
    "drift": {"policy": "two_sample", "every": "1s", "window": "20s", "minimum_rows": 50},
    "reference": {"automatic_rows": 300},
    "acknowledgement": {"warning": ESCALATED, "critical": ESCALATED},
}
MEASURED: Final = {"current": 8, "floor": 4}
LATE: Final = "5s"  # a scrape that a busy machine is late with ends no alert
SETTLED: Final = 5.0  # seconds: another notice of an escalation, or one that another way brings, would have come
PATIENCE: Final = 120.0
FEED_SECONDS: Final = 0.5
INSERT: Final = """
INSERT INTO driftgauge.prediction_logs (model_name, latency_ms, features, "timestamp")
SELECT
    %(model)s, 5,
    jsonb_build_object(
        'age', CASE WHEN %(drifted)s THEN 60 + random() * 37 ELSE random() * 97 END,
        'plan', (ARRAY['free', 'pro', 'team'])[CASE WHEN %(drifted)s THEN 1 ELSE 1 + i %% 3 END]
    ),
    now() - %(ago)s::interval - i * interval '1 millisecond'
FROM generate_series(1, %(rows)s) AS i
"""


@dataclass(kw_only=True)
class WholePath:
    """The whole path, and what is written into its beginning."""

    dsn: str
    sink: Sink
    exporter: RunningExporter
    alertmanager: str
    drifted: dict[str, bool] = field(default_factory=dict[str, bool])

    def write(self, model: str, *, drifted: bool, rows: int = 60, ago: str = "0s") -> None:
        with psycopg.connect(self.dsn) as connection:
            connection.execute(INSERT, {"model": model, "drifted": drifted, "rows": rows, "ago": ago})

    def until(self, condition: Callable[[], object]) -> float:
        """Log rows of each model until a condition holds; return how long that took, in seconds."""
        started, fed = time.monotonic(), 0.0
        while not condition():
            passed = time.monotonic() - started
            assert passed < PATIENCE, f"{self.rows()}\n{self.sink.told()}"
            if passed >= fed:
                fed = passed + FEED_SECONDS
                for model, drifted in self.drifted.items():
                    self.write(model, drifted=drifted)
            time.sleep(0.02)
        return time.monotonic() - started

    def until_told(self, receiver: str, model: str, state: str = "firing") -> float:
        return self.until(lambda: self.told(receiver, model, state))

    def escalated(self, model: str) -> list[dict[str, Any]]:
        """Return what who is told of unacknowledged alerts has been told fires of a model, as often as it was."""
        told = [one for arrival in self.sink.at("/escalation") for one in arrival.body["alerts"]]
        return [one for one in told if one["labels"].get("model") == model and one["status"] == "firing"]

    def told(self, receiver: str, model: str, state: str = "firing", name: str = "DatasetDrift") -> list[Arrival]:
        """Return the notifications that a receiver has had of a model's alerts of a name in a state."""
        return [
            arrival
            for arrival in self.sink.at(f"/{receiver}")
            if arrival.body["groupLabels"].get("model") == model and (name, state) in arrival.alerts
        ]

    def rows(self, name: str = "DatasetDrift") -> list[dict[str, Any]]:
        """Return the history of an alert, the oldest first."""
        with psycopg.connect(self.dsn) as connection, connection.cursor(row_factory=dict_row) as cursor:
            asked = "SELECT * FROM driftgauge.model_alerts WHERE alert_type = %s ORDER BY id"
            return cursor.execute(asked, (name,)).fetchall()

    def only(self, model: str) -> dict[str, Any]:
        (row,) = [row for row in self.rows() if row["model_name"] == model]
        return row

    def run(self, *arguments: str) -> str:
        environ = {"DRIFTGAUGE_DSN": self.dsn, "DRIFTGAUGE_ALERTMANAGER_URL": self.alertmanager}
        done = driftgauge(*arguments, environ=environ)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout


@pytest.fixture
def path(  # noqa: PLR0917 - fixtures, by name
    database: str, exporter_dsn: str, start_exporter: StartExporter, edition: Edition, sink: Sink, tmp_path: Path
) -> Iterator[WholePath]:
    """All of it, running, of one edition."""
    token_file = tmp_path / "token"
    token_file.write_text(TOKEN, encoding="ascii")
    address = free_address()
    known = {
        "http": {"webhook_token_file": str(token_file)},
        "alertmanager": {"url": f"http://{address}", "every": "1s", "grace": "5s"},
    }
    exporter = start_exporter(exporter_dsn, SECONDS | known)
    routes = route_quickly(tmp_path, sink, history=exporter.url, escalated=ESCALATED)
    rules = watch_quickly(
        tmp_path, exporters=[exporter.url.removeprefix("http://")], alertmanager=address, keep_firing_for=LATE
    )
    with (
        running_alertmanager(edition.alertmanager.alertmanager, routes, address),
        running_rules(edition.prometheus.prometheus, rules),
    ):
        yield WholePath(dsn=database, sink=sink, exporter=exporter, alertmanager=f"http://{address}")


@pytest.mark.timeout(400)
def test_drift_is_told_once_acknowledged_escalated_and_resolved(path: WholePath) -> None:
    for model in ("churn", "fraud"):
        path.write(model, drifted=False, rows=400, ago="1h")
    path.until(lambda: path.exporter.value("ml_reference_info", model="fraud"))
    path.drifted["churn"] = True
    path.until_told("team", "churn")
    path.until(lambda: any(row["model_name"] == "churn" for row in path.rows()))
    row = path.only("churn")
    assert (row["severity"], row["resolved"], row["acknowledged"]) == ("warning", False, False)
    assert (row["value"], row["threshold"]) == (1, 0.5), "all of its features, and from where on it is told"
    said = path.run("alerts", "ack", str(row["id"]), "--by", "anna", "--comment", "looking")
    assert f"alert {row['id']} (DatasetDrift) is acknowledged by anna" in said

    path.drifted["fraud"] = True
    path.until(lambda: path.escalated("fraud"))
    since = time.monotonic()
    path.until(lambda: time.monotonic() > since + SETTLED)
    [escalated] = path.escalated("fraud")
    assert (escalated["labels"]["alertname"], escalated["labels"]["alert"]) == ("AlertUnacknowledged", "DatasetDrift")
    assert path.escalated("churn") == [], "it began earlier, and was acknowledged"
    assert [len(path.told("team", model)) for model in ("churn", "fraud")] == [1, 1]
    assert not path.only("churn")["resolved"]
    [features, *_] = path.told("nobody", "fraud", name="FeatureDrift")
    assert {one["labels"]["feature"] for one in features.body["alerts"]} == {"age", "plan"}, "one notification"
    drifted = [row["labels"]["feature"] for row in path.rows("FeatureDrift") if row["model_name"] == "fraud"]
    assert sorted(drifted) == ["age", "plan"]

    path.drifted.update(churn=False, fraud=False)
    path.until(lambda: path.only("churn")["resolved"] and path.only("fraud")["resolved"])
    path.until(lambda: path.told("team", "fraud", "resolved"))
    acknowledged, escalated = path.only("churn"), path.only("fraud")
    assert acknowledged["acknowledged_by"] == "anna"
    assert acknowledged["resolution"] in {"alertmanager", "reconciled"}, "its silence ends with it: either may be first"
    assert (escalated["acknowledged"], escalated["resolved"]) == (False, True)
    for ended in (acknowledged, escalated):
        assert ended["triggered_at"] < ended["resolved_at"]


@pytest.mark.timeout(400)
def test_how_long_a_notification_takes_is_printed(
    path: WholePath, edition: Edition, capsys: pytest.CaptureFixture[str]
) -> None:
    models = [f"model-{number}" for number in range(MEASURED[edition.name])]
    for model in models:
        path.write(model, drifted=False, rows=400, ago="1h")
    path.until(lambda: all(path.exporter.value("ml_reference_info", model=model) for model in models))
    took: list[float] = []
    for model in models:
        path.drifted = {model: True}
        took.append(path.until_told("team", model))
    with capsys.disabled():
        print(  # noqa: T201 - a figure for people
            f"\n{edition.name}: from insert to notification, all intervals 1 s: "
            f"median {statistics.median(took):.1f} s, longest {max(took):.1f} s of {len(took)}"
        )
    path.until(lambda: sorted(row["model_name"] for row in path.rows()) == models)
