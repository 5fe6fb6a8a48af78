"""What the job tells of the history, and what it does about silences in the real Alertmanager."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from driftgauge.alertmanager.client import Alertmanager
from driftgauge.app.alerting import alertmanager as configured
from driftgauge.config import load_config
from driftgauge.config.drift_settings import DEFAULT_TESTS
from driftgauge.errors import ConfigError
from driftgauge.jobs.alerts import AlertOptions, AlertsJob
from integration.alerts.conftest import LABELS, MINUTE, ended, firing

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.alertmanager import RunningAlertmanager
    from integration.alerts.conftest import History

OPTIONS = AlertOptions(grace=5 * MINUTE, receiver="history")


def told(history: History) -> dict[str, dict[tuple[str, ...], float]]:
    """Return the samples of a run by family and labels."""
    samples: dict[str, dict[tuple[str, ...], float]] = {}
    for sample in AlertsJob(history.database, None, OPTIONS).run():
        series = samples.setdefault(sample.family, {})
        assert sample.labels not in series
        series[sample.labels] = sample.value
    return samples


def test_without_alerts_there_is_nothing_to_tell(history: History) -> None:
    assert told(history) == {}


def test_alerts_that_fire_are_counted_by_model_severity_and_acknowledgement(history: History) -> None:
    now = datetime.now(UTC)
    history.record(
        firing(now, "0" * 16),
        firing(now, "1" * 16, feature="plan"),
        firing(now, "2" * 16, severity="critical", model="fraud", version="1", environment="staging"),
        firing(now, "3" * 16, severity="info"),
        ended(now, now + MINUTE, "4" * 16),
    )
    history.execute("UPDATE model_alerts SET acknowledged = TRUE WHERE labels ->> 'feature' = 'plan'")
    assert told(history)["ml_alerts_active"] == {
        ("churn", "", "", "warning", "false"): 1,
        ("churn", "", "", "warning", "true"): 1,
        ("churn", "", "", "info", "false"): 1,
        ("fraud", "1", "staging", "critical", "false"): 1,
    }


def test_grave_alerts_wait_from_their_beginning_until_somebody_cares(history: History) -> None:
    began = datetime.now(UTC) - timedelta(hours=2)
    history.record(
        firing(began, "0" * 16),
        firing(began + timedelta(hours=1), "1" * 16, test="ks"),
        firing(began, "2" * 16, feature="plan", severity="critical"),
        firing(began, "3" * 16, feature="seen", severity="info"),
        firing(began, "4" * 16, feature="suppressed"),
        firing(began, "5" * 16, feature="acknowledged"),
        firing(began, "6" * 16, alertname="AlertUnacknowledged", severity="critical"),
    )
    history.execute("UPDATE model_alerts SET suppressed = TRUE WHERE labels ->> 'feature' = 'suppressed'")
    history.execute("UPDATE model_alerts SET acknowledged = TRUE WHERE labels ->> 'feature' = 'acknowledged'")
    waiting = told(history)["ml_alert_unacknowledged_seconds"]
    assert waiting.keys() == {
        ("churn", "", "", "FeatureDrift", "age", "warning"),
        ("churn", "", "", "FeatureDrift", "plan", "critical"),
    }, "two of one name and feature are one series; nobody waits for the escalation itself"
    for seconds in waiting.values():
        assert timedelta(hours=2) <= timedelta(seconds=seconds) < timedelta(hours=2, minutes=5)


def test_rows_that_others_insert_wait_as_well(history: History) -> None:
    history.execute(
        "INSERT INTO model_alerts (model_name, version, environment, alert_type, severity, message, triggered_at)"
        " VALUES ('churn', '3', 'production', 'revenue', 'critical', '', now() + interval '1 hour')"
    )
    waiting = told(history)["ml_alert_unacknowledged_seconds"]
    assert waiting == {("churn", "3", "production", "revenue", "", "critical"): 0}


SILENCED = "UPDATE model_alerts SET acknowledged = TRUE, acknowledged_by = 'anna', silence_id = %s, silenced_until = %s"
LOST = "018f0000-0000-7000-8000-000000000000"


def look(history: History, alertmanager: RunningAlertmanager, options: AlertOptions = OPTIONS) -> AlertsJob:
    """Run the job once beside the real Alertmanager, too young for its list to tell what ended."""
    job = AlertsJob(history.database, Alertmanager(alertmanager.url), options)
    job.run()
    assert job.problem is None
    return job


def test_a_silence_that_was_lost_is_put_in_force_again_for_the_rest_of_its_time(
    history: History, alertmanager: RunningAlertmanager
) -> None:
    alertmanager.start("http://127.0.0.1:9/")
    history.record(firing())
    until = datetime.now(UTC) + timedelta(hours=3)
    history.execute(SILENCED, LOST, until)
    look(history, alertmanager)
    (silence,) = alertmanager.silences()
    assert (silence["createdBy"], history.only()["silence_id"]) == ("anna", silence["id"])
    assert abs(datetime.fromisoformat(silence["endsAt"]) - until) < timedelta(seconds=1)
    look(history, alertmanager)
    assert [one["id"] for one in alertmanager.silences()] == [silence["id"]]


def test_a_silence_whose_time_is_over_is_not(history: History, alertmanager: RunningAlertmanager) -> None:
    alertmanager.start("http://127.0.0.1:9/")
    history.record(firing())
    until = datetime.now(UTC) - MINUTE
    history.execute(SILENCED, LOST, until)
    look(history, alertmanager)
    assert alertmanager.silences() == []
    row = history.only()
    assert (row["acknowledged"], row["silence_id"], row["silenced_until"]) == (True, None, until)


def test_where_somebody_was_faster_one_silence_stays(history: History, alertmanager: RunningAlertmanager) -> None:
    alertmanager.start("http://127.0.0.1:9/")
    history.record(firing())
    history.execute(SILENCED, LOST, datetime.now(UTC) + timedelta(hours=3))
    history.execute(
        "CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        " CREATE TRIGGER skipped BEFORE UPDATE OF silence_id ON model_alerts FOR EACH ROW EXECUTE FUNCTION skip()"
    )
    look(history, alertmanager)
    assert (alertmanager.silences(), len(alertmanager.silences("expired"))) == ([], 1)


def test_the_silence_of_what_is_over_is_ended_and_that_is_kept(
    history: History, alertmanager: RunningAlertmanager
) -> None:
    alertmanager.start("http://127.0.0.1:9/")
    history.record(firing())
    history.execute(SILENCED, LOST, datetime.now(UTC) + timedelta(hours=3))
    look(history, alertmanager)
    history.record(ended())
    look(history, alertmanager)
    row = history.only()
    assert (alertmanager.silences(), row["silence_id"]) == ([], None)
    assert row["silenced_until"] <= datetime.now(UTC)


GRAVE, LESS = "00000000000000aa", "00000000000000bb"


def silence_the_graver(history: History, alertmanager: RunningAlertmanager, *, severity: str) -> str:
    """Let a critical alert and its warning fire, and acknowledge the one of a severity; return its silence."""
    alertmanager.start("http://127.0.0.1:9/")
    history.record(firing(severity="critical"), firing(fingerprint=LESS), firing(fingerprint="0" * 16, feature="plan"))
    until = datetime.now(UTC) + timedelta(hours=3)
    history.execute(f"{SILENCED} WHERE severity = %s AND labels ->> 'feature' = 'age'", LOST, until, severity)
    look(history, alertmanager)
    (silence,) = alertmanager.silences()
    return silence["id"]


def by_fingerprint(history: History) -> dict[str, tuple[bool, str | None, str | None]]:
    return {row["fingerprint"]: (row["resolved"], row["acknowledged_by"], row["silence_id"]) for row in history.rows()}


def test_an_acknowledged_alert_that_becomes_less_grave_stays_silenced_and_acknowledged(
    history: History, alertmanager: RunningAlertmanager
) -> None:
    silence = silence_the_graver(history, alertmanager, severity="critical")
    alertmanager.fire({**LABELS, "severity": "warning"})
    history.record(ended(fingerprint=GRAVE))
    look(history, alertmanager, replace(OPTIONS, receiver="another"))
    assert by_fingerprint(history) == {
        GRAVE: (True, "anna", None),
        LESS: (False, "anna", silence),
        "0" * 16: (False, None, None),
    }
    assert [one["id"] for one in alertmanager.silences()] == [silence]
    (live,) = alertmanager.alerts()
    assert live["status"]["silencedBy"] == [silence], "nobody is told anew"
    history.record(ended(fingerprint=LESS))
    look(history, alertmanager)
    assert (alertmanager.silences(), by_fingerprint(history)[LESS]) == ([], (True, "anna", None))


def test_an_acknowledged_warning_that_ends_hands_nothing_to_what_is_graver(
    history: History, alertmanager: RunningAlertmanager
) -> None:
    silence_the_graver(history, alertmanager, severity="warning")
    history.record(ended(fingerprint=LESS))
    look(history, alertmanager)
    assert alertmanager.silences() == []
    assert by_fingerprint(history)[GRAVE] == (False, None, None)


def test_a_token_that_cannot_be_read_is_told_in_one_line_and_hides_nothing(
    history: History, alertmanager: RunningAlertmanager, tmp_path: Path
) -> None:
    alertmanager.start("http://127.0.0.1:9/")
    history.record(firing())
    token = tmp_path / "token"
    token.write_text("0123456789abcdef", encoding="ascii")
    environ = {"DRIFTGAUGE_ALERTMANAGER_URL": alertmanager.url}
    known = tmp_path / "driftgauge.yml"
    known.write_text(f"alertmanager: {{token_file: {token}}}", encoding="utf-8")
    server = configured(load_config(known, environ=environ, known_tests=DEFAULT_TESTS))
    token.unlink()
    job = AlertsJob(history.database, server, OPTIONS)
    assert {sample.family for sample in job.run()} == {"ml_alerts_active", "ml_alert_unacknowledged_seconds"}
    assert isinstance(job.problem, ConfigError)
    assert str(job.problem).startswith("alertmanager.token_file: ")
    assert len(str(job.problem).splitlines()) == 1
    token.write_text("0123456789abcdef", encoding="ascii")
    job.run()
    assert job.problem is None


def test_an_alertmanager_that_is_away_hides_nothing(history: History, alertmanager: RunningAlertmanager) -> None:
    history.record(firing())
    job = AlertsJob(history.database, Alertmanager(alertmanager.url), OPTIONS)
    assert {sample.family for sample in job.run()} == {"ml_alerts_active", "ml_alert_unacknowledged_seconds"}
    assert "Connection refused" in str(job.problem)
    alertmanager.start("http://127.0.0.1:9/")
    look(history, alertmanager)
