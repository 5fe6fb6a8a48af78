"""What the shipped rules and routes make arrive, by the real Prometheus and Alertmanager before a local sink."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from contract.bundle import ALERTMANAGER, ALERTS, BUNDLE, OF_PROMETHEUS, read
from driftgauge.exposition.family import MetricFamily, MetricKind
from driftgauge.exposition.inventory import INVENTORY
from fixtures.alerting import (
    ALWAYS,
    SHOWN,
    TOKEN,
    route_quickly,
    running_alertmanager,
    running_rules,
    watch_quickly,
    with_channels,
)
from fixtures.exporter import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from fixtures.alerting import Json, Sink
    from fixtures.stack import Alertmanager, Edition, Prometheus, Stack

MODEL: Final = {"job": "driftgauge", "instance": "one:9799", "model": "churn", "version": "2", "environment": "live"}


def alert(name: str, severity: str = "", **labels: str) -> Json:
    """Return an alert as Prometheus posts it, with the annotations of its rule."""
    [rule, *_] = [one for one in ALERTS if one["alert"] == name and severity in (one["labels"]["severity"], "")]
    chosen = severity or rule["labels"]["severity"]
    numbers = dict.fromkeys(rule["annotations"].keys() & {"value", "threshold"}, "1.5")  # Prometheus has filled them in
    notes = {**rule["annotations"], "description": f"{name} in numbers.", **numbers}
    return {"labels": {"alertname": name, "severity": chosen, **MODEL, **labels}, "annotations": notes}


def post(client: httpx.Client, *alerts: Json) -> None:
    """Post alerts that fire."""
    assert client.post("/api/v2/alerts", json=list(alerts)).status_code == 200


def alerts_of(sink: Sink, receiver: str) -> list[Json]:
    """Return every alert that a receiver was told of, as often as it was."""
    return [one for arrival in sink.at(f"/{receiver}") for one in arrival.body["alerts"]]


def settle(client: httpx.Client, sink: Sink, receiver: str, *names: str) -> None:
    """Wait until a receiver was told of alerts, and for one more flush of every group."""
    wait_until(lambda: set(names) <= sink.firing(receiver), sink.told)
    assert client.get("/api/v2/alerts").status_code == 200
    time.sleep(1.5)


def test_everything_is_kept_and_whoever_should_is_told(
    alertmanager_release: Alertmanager, sink: Sink, tmp_path: Path
) -> None:
    config = route_quickly(tmp_path, sink)
    with running_alertmanager(alertmanager_release.alertmanager, config) as client:
        post(
            client,
            alert("FeatureDrift", feature="age"),
            alert("FeatureDrift", feature="plan"),
            alert("DatasetDrift"),
            alert("ErrorBudgetBurn", "critical"),
            alert("ErrorBudgetBurn", "warning"),
            alert("RollupLagging"),
            alert("AlertmanagerDown"),
            alert("AlertUnacknowledged", "warning", alert="DatasetDrift"),
            alert("AlertUnacknowledged", "critical", alert="ErrorBudgetBurn"),
            alert("AlertUnacknowledged", "warning", alert="RollupLagging"),
            alert("Watchdog"),
        )
        settle(client, sink, "history", "FeatureDrift", "DatasetDrift", "ErrorBudgetBurn", "Watchdog")
        settle(client, sink, "escalation", "AlertUnacknowledged", "RollupLagging", "AlertmanagerDown")
        wait_until(lambda: len(sink.at("/heartbeat")) > 1, sink.told)
    assert sink.firing("pager") == {"ErrorBudgetBurn", "AlertmanagerDown"}
    assert sink.firing("team") == {"DatasetDrift", "RollupLagging"}
    escalated = [(one["labels"]["alertname"], one["labels"].get("alert")) for one in alerts_of(sink, "escalation")]
    assert sorted(escalated, key=str) == [
        ("AlertUnacknowledged", "DatasetDrift"),
        ("AlertUnacknowledged", "ErrorBudgetBurn"),
        ("AlertmanagerDown", None),
        ("RollupLagging", None),
    ], "each once: the history knows of models' alerts, Alertmanager of the monitor's own"
    assert sink.labels("nobody", "alert") == {("FeatureDrift", ""), ("AlertUnacknowledged", "RollupLagging")}
    assert sink.firing("heartbeat") == {"Watchdog"}
    [features] = [one for one in sink.at("/history") if one.alerts[0][0] == "FeatureDrift"]
    assert len(features.alerts) == 2  # one notification for all features of a model
    assert ("ErrorBudgetBurn", "warning") not in sink.labels("history", "severity")  # hidden by the critical one
    assert {one.headers["Authorization"] for one in sink.at("/history")} == {f"Bearer {TOKEN}"}
    assert not any("Authorization" in one.headers for name in SHOWN for one in sink.at(f"/{name}"))


def test_what_follows_from_something_that_is_told_is_hidden(
    alertmanager_release: Alertmanager, sink: Sink, tmp_path: Path
) -> None:
    down, stale, away = {"instance": "down:9799"}, {"instance": "stale:9799"}, {"instance": "away:9799"}
    silent, broken = {"model": "silent"}, {"model": "broken"}
    with running_alertmanager(alertmanager_release.alertmanager, route_quickly(tmp_path, sink)) as client:
        post(
            client,
            alert("ExporterDown", **down),
            alert("DatasetDrift", **down),
            alert("JobFailing", **down),
            alert("DatabaseDown", **away),
            *(alert(name, **away) for name in ("JobFailing", "NoticesRefused")),
            alert("ModelSilent", **away, model="resting"),
            *(alert("NotificationsFailing", integration=name, job="alertmanager") for name in ("webhook", "email")),
            alert("DatasetDrift", **away),
            alert("EvaluationStale", **stale, exported_job="drift"),
            alert("DatasetDrift", **stale),
            alert("PerformanceBelowFloor", **stale),
            alert("ModelSilent", **silent),
            *(alert(name, **silent) for name in ("FeatureDrift", "DatasetDrift", "ConceptDrift", "ExplanationDrift")),
            *(alert(name, **silent) for name in ("PerformanceBelowFloor", "EstimatedPerformanceBelowFloor")),
            alert("MetricAnomaly", **silent, metric="predictions"),
            alert("DatasetDrift", **silent | {"version": "3"}),
            alert("DataQuality", "critical", **broken, feature="age", check="invalid_share"),
            alert("DataQuality", "warning", **broken, feature="age", check="missing_share"),
            alert("DataQuality", "warning", **broken, feature="plan", check="missing_share"),
            alert("FeatureDrift", **broken, feature="age"),
            alert("DatasetDrift", **broken),
            alert("ConceptDrift", **broken),
            alert("Watchdog"),
        )
        settle(client, sink, "history", "ExporterDown", "DatabaseDown", "ModelSilent", "ConceptDrift", "Watchdog")
    told = {
        (one["labels"]["alertname"], one["labels"]["instance"], one["labels"]["model"], one["labels"]["version"])
        for one in alerts_of(sink, "history")
    }
    assert told == {
        ("ExporterDown", "down:9799", "churn", "2"),
        ("JobFailing", "down:9799", "churn", "2"),
        ("DatabaseDown", "away:9799", "churn", "2"),
        ("DatasetDrift", "away:9799", "churn", "2"),
        ("NotificationsFailing", "one:9799", "churn", "2"),
        ("EvaluationStale", "stale:9799", "churn", "2"),
        ("PerformanceBelowFloor", "stale:9799", "churn", "2"),
        ("ModelSilent", "one:9799", "silent", "2"),
        ("DatasetDrift", "one:9799", "silent", "3"),
        ("DataQuality", "one:9799", "broken", "2"),
        ("ConceptDrift", "one:9799", "broken", "2"),
        ("Watchdog", "one:9799", "churn", "2"),
    }
    assert sink.labels("history", "integration") >= {("NotificationsFailing", "email")}
    assert ("NotificationsFailing", "webhook") not in sink.labels("history", "integration")
    labels = [one["labels"] for one in alerts_of(sink, "history")]
    faults = {(one["feature"], one["severity"]) for one in labels if one["alertname"] == "DataQuality"}
    assert faults == {("age", "critical"), ("plan", "warning")}, (
        "a critical alert hides the warning of its feature only"
    )


def test_at_night_warnings_wait_and_what_is_critical_does_not(
    alertmanager_release: Alertmanager, sink: Sink, tmp_path: Path
) -> None:
    with running_alertmanager(
        alertmanager_release.alertmanager, route_quickly(tmp_path, sink, off_hours=ALWAYS)
    ) as client:
        waiting = [
            alert("AlertUnacknowledged", severity, alert=name)
            for severity, name in (("critical", "ModelSilent"), ("warning", "DatasetDrift"))
        ]
        own = alert("AlertmanagerDown"), alert("RollupLagging")
        post(client, alert("DatasetDrift"), alert("ModelSilent", model="fraud"), *waiting, *own)
        settle(client, sink, "history", "DatasetDrift", "ModelSilent")
        settle(client, sink, "escalation", "AlertUnacknowledged", "AlertmanagerDown")
    assert sink.firing("pager") == {"ModelSilent", "AlertmanagerDown"}
    assert sink.firing("team") == set()
    assert sink.labels("escalation", "severity") == {
        ("AlertUnacknowledged", "critical"),
        ("AlertmanagerDown", "critical"),
    }


def test_what_is_silenced_in_time_is_not_escalated(
    alertmanager_release: Alertmanager, sink: Sink, tmp_path: Path
) -> None:
    with running_alertmanager(alertmanager_release.alertmanager, route_quickly(tmp_path, sink)) as client:
        post(client, alert("AlertmanagerDown", model="seen"), alert("AlertmanagerDown", model="unseen"))
        now = datetime.now(UTC)
        silence = {
            "matchers": [
                {"name": name, "value": value, "isRegex": False}
                for name, value in (("alertname", "AlertmanagerDown"), ("model", "seen"), ("environment", "live"))
            ],
            "startsAt": now.isoformat(),
            "endsAt": (now + timedelta(hours=4)).isoformat(),
            "createdBy": "a person",
            "comment": "looking",
        }
        wait_until(lambda: len(sink.labels("pager", "model")) == 2, sink.told)
        assert client.post("/api/v2/silences", json=silence).status_code == 200
        settle(client, sink, "escalation", "AlertmanagerDown")
    assert sink.labels("escalation", "model") == {("AlertmanagerDown", "unseen")}


def test_notifications_say_what_where_since_when_and_what_to_do(stack: Stack, sink: Sink, tmp_path: Path) -> None:
    now = datetime.now(UTC)  # what began long ago would not wait for its group
    started, since = now.isoformat(), f"{now:%Y-%m-%d %H:%M} UTC"
    burning: Json = {
        **alert("LatencyBudgetBurn", "critical"),
        "startsAt": started,
        "generatorURL": "http://prometheus/graph",
    }
    drifted = [{**alert("DataQuality", "warning", feature=name), "startsAt": started} for name in ("age", "plan")]
    with running_alertmanager(stack.alertmanager, with_channels(tmp_path, sink)) as client:
        post(client, burning, *drifted, alert("Watchdog"))
        wait_until(lambda: {"/chat", "/v2/enqueue", "/heartbeat"} <= {one.path for one in sink.arrivals}, sink.told)
    [paged] = sink.at("/v2/enqueue")
    assert paged.body["routing_key"] == "the-key"
    assert paged.body["payload"]["summary"] == "[CRITICAL] LatencyBudgetBurn of churn (live)"
    text = paged.body["payload"]["custom_details"]["alerts"]
    assert text.startswith(
        "Predictions are slow so often that the budget of slow ones will be used up in days.\n"
        f"LatencyBudgetBurn in numbers.\nSince {since}\n"
        "Runbook: docs/runbook.md#latencybudgetburn\nQuery: http://prometheus/graph\n"
    )
    [written] = sink.at("/chat")[0].body["attachments"]
    assert written["title"] == "[WARNING] DataQuality of churn (live): 2 alerts"
    assert written["text"].count("Runbook: docs/runbook.md#dataquality") == 2
    assert "\nSilence: http" in written["text"]


def test_the_shipped_file_starts_as_it_is(alertmanager_release: Alertmanager, tmp_path: Path) -> None:
    (tmp_path / "templates").symlink_to(ALERTMANAGER.parent / "templates")
    config = tmp_path / ALERTMANAGER.name
    config.write_bytes(ALERTMANAGER.read_bytes())
    with running_alertmanager(alertmanager_release.alertmanager, config) as client:
        status = client.get("/api/v2/status").json()
        assert "repeat_interval: 12h" in status["config"]["original"]
        assert client.get("/api/v2/receivers").json()


def test_an_exporter_that_goes_down_is_told_and_so_is_its_return(
    prometheus: Prometheus, stack: Stack, sink: Sink, tmp_path: Path
) -> None:
    sink.exposition = "driftgauge_database_up 1\n"
    exporter = sink.url.removeprefix("http://")

    def down() -> set[str]:
        """Return what the pager was told of the exporter; before the first scrape there is none, which is told too."""
        return {one["status"] for one in alerts_of(sink, "pager") if one["labels"].get("instance") == exporter}

    with running_alertmanager(stack.alertmanager, route_quickly(tmp_path, sink)) as notified:
        config = watch_quickly(tmp_path, exporters=[exporter], alertmanager=notified.base_url.netloc.decode())
        with running_rules(prometheus.prometheus, config):
            wait_until(lambda: "Watchdog" in sink.firing("heartbeat"), sink.told)
            assert down() == set()
            sink.exposition = None
            wait_until(lambda: "firing" in down(), sink.told)
            sink.exposition = "driftgauge_database_up 1\n"
            wait_until(lambda: "resolved" in down(), sink.told)
    told = next(one for one in alerts_of(sink, "pager") if one["labels"].get("instance") == exporter)
    assert told["labels"]["severity"] == "critical"
    assert told["annotations"]["description"] == f"The exporter at {exporter} does not answer."
    assert told["generatorURL"]


def test_prometheus_and_alertmanager_tell_of_themselves_what_the_rules_read(
    edition: Edition, sink: Sink, tmp_path: Path
) -> None:
    [job] = [one for one in read(BUNDLE / "prometheus.yml")["scrape_configs"] if one["job_name"] == "prometheus"]
    assert job["static_configs"] == [{"targets": ["localhost:9090"]}]
    with running_alertmanager(edition.alertmanager.alertmanager, route_quickly(tmp_path, sink)) as notified:
        peer = notified.base_url.netloc.decode()
        config = watch_quickly(tmp_path, exporters=[sink.url.removeprefix("http://")], alertmanager=peer)
        with running_rules(edition.prometheus.prometheus, config) as client:
            told = client.get("/metrics").text + notified.get("/metrics").text
            for name in OF_PROMETHEUS - {"up"}:
                assert f"\n{name}" in told, name

            def down() -> set[str]:
                found = client.get("/api/v1/alerts").json()["data"]["alerts"]
                return {
                    one["labels"].get("job", "") for one in found if one["labels"]["alertname"] == "AlertmanagerDown"
                }

            asked = {"query": 'up{job="alertmanager"} == 1'}
            wait_until(lambda: client.get("/api/v1/query", params=asked).json()["data"]["result"], "a scrape")
            wait_until(lambda: down() == set(), lambda: str(down()))


def series_of(family: MetricFamily) -> list[str]:
    """Return lines of a family with two values of each label: of two models with two versions each, and so on."""
    texts = {"severity": ("critical", "warning"), "basis": ("realised", "estimated"), "bound": ("lower", "upper")}
    texts |= {"check": ("invalid_share", "staleness"), "slo": ("errors", "latency"), "status": ("success", "error")}
    texts |= {"test": ("invalid_share", "psi")}
    names = family.labels
    pairs = [texts.get(name, (f"{name} 1", f"{name} 2")) for name in names]
    parts = ("_bucket", "_sum", "_count") if family.kind is MetricKind.HISTOGRAM else ("",)
    value = 1.5 if family.name == "ml_explanation_drift_score" else 1
    labels = [",".join(map('{}="{}"'.format, names, chosen)) for chosen in product(*pairs)]
    return [f"{family.name}{part}{{{one}}} {value}" for part in parts for one in labels]


def test_no_rule_fails_on_many_models_versions_and_two_exporters(
    prometheus: Prometheus, sink: Sink, tmp_path: Path
) -> None:
    sink.exposition = "\n".join(line for family in INVENTORY.values() for line in series_of(family)) + "\n"
    port = sink.url.rpartition(":")[2]
    config = watch_quickly(
        tmp_path, exporters=[f"127.0.0.1:{port}", f"localhost:{port}"], alertmanager=sink.url.removeprefix("http://")
    )
    with running_rules(prometheus.prometheus, config) as client:

        def evaluated() -> list[dict[str, Any]]:
            groups = client.get("/api/v1/rules").json()["data"]["groups"]
            return [rule for group in groups for rule in group["rules"]]

        wait_until(lambda: all(rule["health"] != "unknown" for rule in evaluated()), "all rules evaluated")
        asked = {"query": 'sum(up{job="driftgauge"})'}
        wait_until(
            lambda: (
                [one["value"][1] for one in client.get("/api/v1/query", params=asked).json()["data"]["result"]] == ["2"]
            ),
            "both exporters scraped",
        )
        time.sleep(4)
        rules = evaluated()
    failing = {rule["name"]: rule["lastError"] for rule in rules if rule["health"] != "ok"}
    assert failing == {}
    firing = {rule["name"] for rule in rules if rule.get("state") == "firing"}
    assert {"UserRule", "FeatureDrift", "DataQuality", "ExplanationDrift", "ConceptDrift", "Watchdog"} <= firing
