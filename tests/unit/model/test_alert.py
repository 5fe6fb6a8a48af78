from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.model.alert import LONGEST_MESSAGE, LONGEST_NAME, Alert, Severity, silence_matchers
from driftgauge.model.identity import ModelKey

ALERT = Alert(
    fingerprint="0123456789abcdef",
    labels={"alertname": "FeatureDrift", "severity": "warning", "model": "churn", "version": "3"},
    annotations={"summary": "A feature has drifted.", "description": "age: 0.31 of 0.2", "value": "0.31"},
    generator_url="",
    severity=Severity.WARNING,
    starts_at=datetime(2026, 3, 1, tzinfo=UTC),
)


def test_an_alert_is_of_the_model_that_its_labels_name() -> None:
    assert ALERT.key == ModelKey(model="churn", version="3", environment="")
    assert replace(ALERT, labels={"alertname": "ExporterDown"}).key == ModelKey(model="", version="", environment="")


def test_an_alert_says_its_description_else_its_summary_else_its_name() -> None:
    assert ALERT.message == "age: 0.31 of 0.2"
    assert replace(ALERT, annotations={"summary": "A feature has drifted."}).message == "A feature has drifted."
    assert replace(ALERT, annotations={}).message == "FeatureDrift"
    assert len(replace(ALERT, annotations={"summary": "x" * 10_000}).message) == LONGEST_MESSAGE


@pytest.mark.parametrize(
    ("said", "value"), [("0.31", 0.31), ("-1e3", -1000.0), ("NaN", None), ("+Inf", None), ("", None), ("31 %", None)]
)
def test_a_value_is_a_finite_number_or_none(said: str, value: float | None) -> None:
    assert replace(ALERT, annotations={"value": said}).value == value
    assert replace(ALERT, annotations={"threshold": said}).threshold == value


def test_a_value_may_be_missing() -> None:
    assert replace(ALERT, annotations={}).value is None


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=2_000))
def test_names_fit_an_index_and_begin_as_they_did(name: str) -> None:
    alert = replace(ALERT, labels={"alertname": name, "model": name})
    assert alert.name == alert.key.model
    assert len(alert.name.encode()) <= LONGEST_NAME
    assert name.startswith(alert.name)


def test_a_silence_is_of_what_is_wrong_with_the_model_however_gravely() -> None:
    labels = {
        "alertname": "UserRule",
        "model": "churn",
        "version": "3",
        "environment": "production",
        "severity": "critical",
        "rule_id": "7",
        "instance": "exporter:9799",
        "feature": "",
    }
    matchers = silence_matchers(labels)
    assert {name: value for name, value in matchers.items() if value} == {
        "alertname": "UserRule",
        "model": "churn",
        "environment": "production",
        "rule_id": "7",
    }
    assert {name for name, value in matchers.items() if not value} == {
        *("feature", "metric", "check", "explanation_type", "alert", "exported_job", "table"),
        *("integration", "rule_group", "resource", "reason"),
    }, "an alert of one of these is another"


def test_a_silence_of_what_is_of_no_model_is_of_its_place() -> None:
    labels = {"alertname": "ExporterDown", "severity": "critical", "instance": "exporter:9799", "job": "driftgauge"}
    matchers = silence_matchers(labels)
    assert {name: value for name, value in matchers.items() if value} == {
        "alertname": "ExporterDown",
        "instance": "exporter:9799",
        "job": "driftgauge",
    }
    assert matchers["model"] == ""
