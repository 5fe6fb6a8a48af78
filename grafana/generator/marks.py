"""What is marked in all panels of a model's dashboards: new versions, drift, and what told of it."""

from __future__ import annotations

from typing import Final

from generator.board import Mark
from generator.panels import BLUE, ORANGE, RED

#: A version is new for five to ten minutes, if it was not there within a day before: a restart of the exporter or a
#: night without a scrape makes none, and no resolution at which Grafana asks misses one. The day is looked at every
#: five minutes, as reading each sample of it for each step would cost seconds.
NEW_VERSION: Final = Mark(
    name="New version",
    expr="max by (environment, model, version) "
    "(ml_model_info{@model} unless max_over_time(ml_model_info{@model}[1d:5m] offset 5m))",
    text="{{model}} {{version}} ({{environment}}) logged its first prediction",
    colour=BLUE,
)
DRIFTED: Final = Mark(
    name="Drifted",
    expr="max by (environment, model, version) (ml_dataset_drifted{@model} == 1)",
    text="The features of {{model}} {{version}} ({{environment}}) together are judged drifted",
    colour=ORANGE,
)
ALERTS: Final = Mark(
    name="Alert",
    expr="max by (alertname, environment, model, severity, version) "
    '(ALERTS{@model, alertstate="firing", severity=~"critical|warning"})',
    text="{{alertname}} ({{severity}}) of {{model}} {{version}} ({{environment}})",
    colour=RED,
)
MONITOR: Final = Mark(
    name="Monitor",
    expr="max by (alertname, instance) "
    '(ALERTS{@exporter, alertstate="firing", severity=~"critical|warning", model=""})',
    text="{{alertname}} of the exporter {{instance}}: what is shown may be old",
    colour="purple",
)

OF_A_MODEL: Final = (NEW_VERSION, DRIFTED, ALERTS, MONITOR)
