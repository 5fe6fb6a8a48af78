"""Alerts that wait for somebody, and rules that raise them."""

from __future__ import annotations

from typing import Final

from driftgauge.exposition.family import gauge

ALERTS: Final = (
    gauge(
        "ml_alerts_active",
        "Alerts that have not ended, by severity and whether somebody has acknowledged them.",
        "severity",
        "acknowledged",
        job="alerts",
    ),
    gauge(
        "ml_alert_unacknowledged_seconds",
        "How long an alert of severity critical or warning has fired without being acknowledged, silenced or "
        "inhibited; of the 1,000 that have done so longest.",
        "alert",
        "feature",
        "severity",
        job="alerts",
    ),
    gauge(
        "ml_alert_rule_firing",
        "Whether a rule of the table alert_rules has held for as long as it says.",
        "rule_id",
        "alert_type",
        "severity",
        job="rules",
    ),
    gauge("ml_alert_rule_value", "What a rule compares, where that is known.", "rule_id", job="rules"),
    gauge(
        "ml_alert_rule_value_threshold",
        "What it is compared with, where the rule has a threshold.",
        "rule_id",
        job="rules",
    ),
    gauge(
        "driftgauge_alert_rules",
        "Rules in force, each by the gravest of its versions' states: firing, pending, ok or no_data; those that say "
        "nothing are broken, those beyond 1,000 left_out.",
        "state",
        job="rules",
    ),
)
