"""What is marked in all panels of a model's dashboards: new versions, drift, and what told of it.

Grafana asks for marks at about a hundred points of the time that is shown, `$__interval` apart: a quarter of an hour
in a day, six hours in a month. So each asks what was at any time since the point before, or it would miss what was
short.
"""

from __future__ import annotations

from typing import Final

from generator.board import Mark
from generator.panels import BLUE, ORANGE, RED

#: A version is new if it was not there within a day before: a restart of the exporter or a night without a scrape makes
#: none. The day is looked at every five minutes, as reading each sample of it for each point would cost seconds.
NEW_VERSION: Final = Mark(
    name="New version",
    expr="max by (environment, model, version) "
    "(max_over_time(ml_model_info{@model}[$__interval]) "
    "unless max_over_time(ml_model_info{@model}[1d:5m] offset $__interval))",
    text="{{model}} {{version}} ({{environment}}) logged its first prediction",
    colour=BLUE,
)
DRIFTED: Final = Mark(
    name="Drifted",
    expr="max by (environment, model, version) (max_over_time(ml_dataset_drifted{@model}[$__interval]) == 1)",
    text="The features of {{model}} {{version}} ({{environment}}) together are judged drifted",
    colour=ORANGE,
)
ALERTS: Final = Mark(
    name="Alert",
    expr="max by (alertname, environment, model, severity, version) "
    '(max_over_time(ALERTS{@model, alertstate="firing", severity=~"critical|warning"}[$__interval]))',
    text="{{alertname}} ({{severity}}) of {{model}} {{version}} ({{environment}})",
    colour=RED,
)
MONITOR: Final = Mark(
    name="Monitor",
    expr="max by (alertname, instance) "
    '(max_over_time(ALERTS{@exporter, alertstate="firing", severity=~"critical|warning", model=""}[$__interval]))',
    text="{{alertname}} of the exporter {{instance}}: what is shown may be old",
    colour="purple",
)

OF_A_MODEL: Final = (NEW_VERSION, DRIFTED, ALERTS, MONITOR)
