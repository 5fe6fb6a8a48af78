"""What the monitor itself does and costs."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.models.common import BigValueTextMode

from generator.board import Board, Row
from generator.kinds.over_time import lines, timeline
from generator.kinds.values import figure, rows
from generator.marks import MONITOR
from generator.panels import GREEN, RED, Column, State
from generator.promql import OF_EXPORTERS
from generator.queries import Prom
from generator.sections.alert_loop import LOOP
from generator.sections.cost import COST
from generator.sections.keeping_up import KEEPING_UP, SOURCES
from generator.variables import EXPORTER

UP: Final = {"0": State(text="down", colour=RED), "1": State(text="up", colour=GREEN)}
LOADED: Final = {"0": State(text="refused", colour=RED), "1": State(text="loaded", colour=GREEN)}
STALE: Final = {"0": State(text="on time", colour=GREEN), "1": State(text="stale", colour=RED)}
#: As in the rule: a job that has not succeeded since the exporter started counts from when that was.
SUCCEEDED: Final = (
    "(driftgauge_job_last_success_timestamp_seconds{@exporter} or on (job, instance, exported_job) "
    "(driftgauge_job_interval_seconds{@exporter} * 0 + on (job, instance) group_left () "
    "driftgauge_config_last_reload_success_timestamp_seconds{@exporter}))"
)
IS_STALE: Final = f"time() - {SUCCEEDED} > bool 3 * driftgauge_job_interval_seconds{{@exporter}}"

NOW: Final = Row(
    title="Is it well?",
    panels=(
        figure(
            "Exporter",
            "Whether Prometheus could scrape the exporter. If it is down, nothing is known of any model: see "
            "ExporterDown in the runbook.",
            Prom(
                expr="min(up{@exporter} and on (job, instance) max_over_time(driftgauge_build_info{@exporter}[1d]))",
                now=True,
            ),
            unit="none",
            states=UP,
            no_value="no such target",
        ),
        figure(
            "Database",
            "Whether the exporter's last attempt to reach Postgres succeeded. While it is down, metrics keep their "
            "last values for three intervals and then vanish.",
            Prom(expr="min(driftgauge_database_up{@exporter})", now=True),
            unit="none",
            states=UP,
            no_value="not scraped",
        ),
        figure(
            "Configuration",
            "Whether the last load of the configuration succeeded. If it was refused, the one before it is still in "
            "force: the exporter's log names every key to mend.",
            Prom(expr="min(driftgauge_config_last_reload_successful{@exporter})", now=True),
            unit="none",
            states=LOADED,
            no_value="not scraped",
        ),
        figure(
            "Series",
            "Series that the exporter serves. The cap is limits.max_series: what exceeds it is dropped and "
            "counted below.",
            Prom(expr="sum(driftgauge_series{@exporter})", now=True),
            unit="short",
            no_value="not scraped",
        ),
        figure(
            "Memory",
            "Memory that the exporter holds. It grows with the number of models and features, not with the rows.",
            Prom(expr=f"sum(process_resident_memory_bytes{{@exporter}} {OF_EXPORTERS})", now=True),
            unit="bytes",
            no_value="not scraped",
        ),
        figure(
            "Version",
            "The version of driftgauge that runs. Two versions at once are an upgrade under way, or one forgotten.",
            Prom(expr="count by (version) (driftgauge_build_info{@exporter})", legend="{{version}}", now=True),
            text=BigValueTextMode.NAME,
            unit="none",
            no_value="not scraped",
        ),
    ),
)

JOBS: Final = Row(
    title="Jobs",
    panels=(
        rows(
            "Jobs by what they do",
            "Every job with how often it is due, how long ago it succeeded, how long it took and what went wrong "
            "within the last day. A job is stale when it has not succeeded for three of its intervals: its values are "
            "gone from the scrape, and alerts made of them cannot fire. Start with the log's last error of that job.",
            Prom(expr="driftgauge_job_interval_seconds{@exporter}", now=True),
            Prom(expr="time() - driftgauge_job_last_success_timestamp_seconds{@exporter}", now=True),
            Prom(expr="driftgauge_job_duration_seconds{@exporter}", now=True),
            Prom(expr="increase(driftgauge_job_runs_total{@exporter}[1d])", now=True),
            Prom(expr="increase(driftgauge_job_failures_total{@exporter}[1d])", now=True),
            Prom(expr="increase(driftgauge_job_missed_total{@exporter}[1d])", now=True),
            Prom(
                expr=IS_STALE,
                now=True,
            ),
            columns=(
                Column(of="instance", title="Instance"),
                Column(of="exported_job", title="Job"),
                Column(of="Value #G", title="State", states=STALE),
                Column(of="Value #A", title="Every", unit="s"),
                Column(of="Value #B", title="Succeeded, ago", unit="s", decimals=0),
                Column(of="Value #C", title="Last took", unit="s"),
                Column(of="Value #D", title="Ran in a day", decimals=0),
                Column(of="Value #E", title="Failed in a day", decimals=0),
                Column(of="Value #F", title="Missed in a day", decimals=0),
            ),
            no_value="The exporter is not scraped.",
            sort="exported_job",
            descending=False,
        ),
        timeline(
            "Jobs that were stale",
            "When each job had not succeeded for three of its intervals. One job alone: its tables or its query. All "
            "at once: Postgres.",
            Prom(
                expr=IS_STALE,
                legend="{{exported_job}} {{instance}}",
            ),
            states=STALE,
            no_value="The exporter is not scraped.",
        ),
        lines(
            "How long jobs take",
            "Duration of each job's last run. The cost of a cycle is that of its new rows: it does not grow with the "
            "window. A job that takes longer than its interval runs late, and its missed runs are counted above.",
            Prom(expr="driftgauge_job_duration_seconds{@exporter}", legend="{{exported_job}} {{instance}}"),
            unit="s",
            no_value="The exporter is not scraped.",
            low=0,
        ),
        lines(
            "Failures by cause",
            "Failed runs by the class of the error that Postgres reported: 28 a refused login, 42 a missing table or "
            "right, 53 too few resources, 57 a server that stops; none where it reported nothing. The log "
            "has the whole error, once for each run.",
            Prom(
                expr="sum by (exported_job, sqlstate_class) "
                "(rate(driftgauge_job_errors_total{@exporter}[$__rate_interval]))",
                legend="{{exported_job}} {{sqlstate_class}}",
            ),
            unit="cps",
            no_value="No job has ever failed.",
            low=0,
        ),
    ),
)

BOARD: Final = Board(
    uid="driftgauge-self",
    title="driftgauge / Monitor",
    whom="operators of the monitor",
    answers=(
        "Does it run, and is what it says fresh?",
        "Which job fails, and why?",
        "Does it keep up with the rows?",
        "Do its alerts arrive, and are they answered?",
        "What does it cost, and is anything left out?",
    ),
    variables=EXPORTER,
    marks=(MONITOR,),
    rows=(NOW, JOBS, KEEPING_UP, LOOP, COST, SOURCES),
)
