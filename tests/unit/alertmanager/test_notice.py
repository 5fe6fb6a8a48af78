from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftgauge.alertmanager.notice import MOST_ALERTS, BadNotice, TooManyAlerts, read_notice
from driftgauge.model.alert import Severity

LABELS = {"alertname": "FeatureDrift", "severity": "warning", "model": "churn"}
NEVER = "0001-01-01T00:00:00Z"


def alert(**changes: object) -> dict[str, object]:
    """An alert as Alertmanager 0.33 sends it."""
    return {
        "status": "firing",
        "labels": LABELS,
        "annotations": {"summary": "s"},
        "startsAt": "2026-11-28T01:00:00.123456789Z",
        "endsAt": NEVER,
        "generatorURL": "http://prometheus.example/graph",
        "fingerprint": "b22f8e66b1fcef35",
    } | changes


def notice(*alerts: dict[str, object], **changes: object) -> bytes:
    whole: dict[str, object] = {
        "receiver": "history",
        "status": "firing",
        "alerts": list(alerts),
        "notification_reason": "first notification",
        "groupLabels": {"alertname": "FeatureDrift"},
        "commonLabels": LABELS,
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.example",
        "version": "4",
        "groupKey": '{}:{alertname="FeatureDrift"}',
        "truncatedAlerts": 0,
    }
    return json.dumps(whole | changes).encode()


def test_a_firing_alert_has_begun_and_not_ended() -> None:
    (read,) = read_notice(notice(alert()))
    assert read.starts_at == datetime(2026, 11, 28, 1, 0, 0, 123_000, tzinfo=UTC), "as the API tells it: truncated"
    assert read.ended_at is None
    assert (read.fingerprint, read.severity, read.labels) == ("b22f8e66b1fcef35", Severity.WARNING, LABELS)


def test_a_resolved_alert_has_ended_after_it_began() -> None:
    (read,) = read_notice(notice(alert(status="resolved", endsAt="2026-11-28T03:00:00+01:00")))
    assert read.ended_at == datetime(2026, 11, 28, 2, tzinfo=UTC)
    (read,) = read_notice(notice(alert(status="resolved", endsAt="2026-11-28T00:00:00Z")))
    assert read.ended_at == read.starts_at + timedelta(milliseconds=1), "clocks differ"


@pytest.mark.parametrize("severity", ["none", "", "page", "CRITICAL"])
def test_what_has_no_severity_of_ours_is_left_out(severity: str) -> None:
    watchdog = alert(labels={"alertname": "Watchdog", "severity": severity})
    assert [one.name for one in read_notice(notice(watchdog, alert()))] == ["FeatureDrift"]
    assert read_notice(notice(alert(labels={"alertname": "Bare"}))) == ()


def test_labels_keep_all_that_postgres_can_hold() -> None:
    hostile = {"alertname": "x\0y", "severity": "info", "model": "'; DROP TABLE model_alerts; --", "é\n": "\u202e🦀"}
    (read,) = read_notice(notice(alert(labels=hostile, annotations={"a\0": "\0"})))
    assert read.labels == {**hostile, "alertname": "x\N{REPLACEMENT CHARACTER}y"}
    assert read.annotations == {"a\N{REPLACEMENT CHARACTER}": "\N{REPLACEMENT CHARACTER}"}


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b"", "body: "),
        (b"null", "body: "),
        (b"[]", "body: "),
        (b"{}", "version: Field required"),
        (b"\xff\xfe", "body: "),
        (b"[" * 100_000, "body: "),
        (notice(version="3"), "version: Input should be '4'"),
        (notice(alerts={}), "alerts: "),
        (notice(alert(status="pending")), "alerts.0.status: "),
        (notice(alert(fingerprint="B22F8E66B1FCEF35")), "alerts.0.fingerprint: "),
        (notice(alert(fingerprint="b22f8e66b1fcef35\n")), "alerts.0.fingerprint: "),
        (notice(alert(), alert(labels={"a": 1})), "alerts.1.labels.a: "),
        (notice(alert(startsAt=NEVER)), "alerts.0.startsAt: "),
        (notice(alert(startsAt="9999-12-31T23:59:59-23:00")), "alerts.0.startsAt: "),
        (notice(alert(startsAt="2026-11-28T01:00:00")), "alerts.0.startsAt: "),
        (notice(alert(startsAt=None)), "alerts.0.startsAt: "),
        (notice(alert(status="resolved")), "endsAt: "),
        (notice(alert(status="resolved", endsAt=None)), "endsAt: "),
        (notice(alert(annotations={"a": "\ud800"})), "body: "),
    ],
)
def test_what_is_no_notice_is_refused_in_one_line_that_says_where(body: bytes, place: str) -> None:
    with pytest.raises(BadNotice) as refused:
        read_notice(body)
    assert str(refused.value).startswith(place)
    assert len(str(refused.value).splitlines()) == 1


def test_a_thousand_alerts_are_taken_and_one_more_is_not() -> None:
    assert len(read_notice(notice(*[alert()] * MOST_ALERTS))) == MOST_ALERTS
    with pytest.raises(TooManyAlerts, match=r"^1,001 alerts; at most 1,000"):
        read_notice(notice(*[alert()] * (MOST_ALERTS + 1)))


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
KEYS = st.sampled_from(["status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint"])


@given(st.dictionaries(KEYS, JSON, max_size=3))
def test_whatever_is_in_an_alert_is_read_or_refused(changes: dict[str, object]) -> None:
    body = notice(alert(**changes))
    with suppress(BadNotice):
        assert len(read_notice(body)) <= 1


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    with pytest.raises(BadNotice):
        read_notice(body)
