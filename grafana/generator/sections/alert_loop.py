"""Whether alerts arrive, and are answered."""

from __future__ import annotations

from typing import Final

from generator.board import Row
from generator.kinds.over_time import lines
from generator.kinds.values import ranking
from generator.links import of_choice
from generator.promql import RATE, once
from generator.queries import Prom

NOT_SCRAPED: Final = "Prometheus and Alertmanager are not scraped, or not chosen: choose All for job and instance."

LOOP: Final = Row(
    title="Do alerts arrive, and are they answered?",
    panels=(
        lines(
            "Alerts that told of something",
            "Alerts that have not ended, of all models and of the monitor, by severity and whether somebody has "
            "acknowledged them. Normal is none, or acknowledged; `driftgauge alerts list` has each with its number.",
            Prom(
                expr=f"sum by (severity, acknowledged) ({once('ml_alerts_active{@exporter}')})",
                legend="{{severity}}, acknowledged: {{acknowledged}}",
            ),
            unit="none",
            no_value="No alert has reached the exporter: none fires, or Alertmanager does not call its webhook.",
            width=8,
            low=0,
            stacked=True,
            steps=True,
        ),
        lines(
            "Longest wait for somebody",
            "How long the oldest alert of each severity has fired without being acknowledged, dashed how long it may. "
            "Above it AlertUnacknowledged fires; the dashboard Fleet lists who waits.",
            Prom(
                expr='max by (severity) (ml_alert_unacknowledged_seconds{@exporter, alert!="AlertUnacknowledged"})',
                legend="{{severity}}",
            ),
            Prom(
                expr="max by (severity) (driftgauge_alert_unacknowledged_threshold_seconds{@exporter})",
                legend="{{severity}} may wait",
                look="limit",
            ),
            unit="s",
            no_value="The exporter is not scraped.",
            width=8,
            low=0,
        ).leading_to(of_choice("Who waits", "driftgauge-fleet")),
        lines(
            "Calls of the webhook",
            "Requests a second with which Alertmanager tells the exporter of alerts, by the code that they were "
            "answered with. Normal is 200 only; 401 and 403 are a wrong token, 503 a database that is down.",
            Prom(
                expr=f"sum by (code) (rate(driftgauge_webhook_requests_total{{@exporter}}[{RATE}]))",
                legend="{{code}}",
            ),
            unit="reqps",
            no_value="The exporter is not scraped.",
            width=8,
            low=0,
        ),
        ranking(
            "People's rules by state",
            "Rows of the table alert_rules by what has become of them. A broken one says nothing at all, and those "
            "beyond 1,000 are left out: `driftgauge rules list` names them.",
            Prom(expr=f"max by (state) ({once('driftgauge_alert_rules{@exporter}')})", legend="{{state}}", now=True),
            unit="none",
            no_value="The exporter is not scraped.",
            width=8,
            height=8,
        ),
        lines(
            "Rules of Prometheus that failed",
            "Evaluations a second of a group of rules that failed. Normal is 0. If a group fails, its alerts cannot "
            "fire: Prometheus' page Rules has the error.",
            Prom(
                expr="sum by (group) (label_replace("
                f"rate(prometheus_rule_evaluation_failures_total{{@exporter}}[{RATE}]), "
                '"group", "$1", "rule_group", ".*;(.*)"))',
                legend="{{group}}",
            ),
            unit="cps",
            no_value=NOT_SCRAPED,
            width=8,
            low=0,
        ),
        lines(
            "Notifications that failed",
            "Alerts a second that Prometheus could not hand to Alertmanager, and notifications that Alertmanager could "
            "not deliver, by way. Normal is 0: whatever else fires, nobody hears of it. See Watchdog in the runbook.",
            Prom(
                expr=f"sum(rate(prometheus_notifications_dropped_total{{@exporter}}[{RATE}]))",
                legend="Prometheus to Alertmanager",
            ),
            Prom(
                expr=f"sum by (integration) (rate(alertmanager_notifications_failed_total{{@exporter}}[{RATE}])) "
                "and on (integration) increase(alertmanager_notifications_total{@exporter}[1d]) > 0",
                legend="Alertmanager by {{integration}}",
            ),
            unit="cps",
            no_value=NOT_SCRAPED,
            width=8,
            low=0,
        ),
    ),
)
