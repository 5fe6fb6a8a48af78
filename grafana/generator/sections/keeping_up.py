"""Whether the monitor keeps up with the rows and sources that it reads."""

from __future__ import annotations

from typing import Final

from generator.board import Row
from generator.kinds.over_time import lines
from generator.kinds.values import rows
from generator.panels import Column
from generator.promql import RATE, once
from generator.queries import Prom

KEEPING_UP: Final = Row(
    title="Does it keep up with the rows?",
    panels=(
        lines(
            "Roll-up lag",
            "Age of the first row of each table that waits to be counted, dashed the exported limit "
            "(`rollup.lag_limit`). Normal is a few intervals. All that is judged is as old as this; above the limit "
            "RollupLagging fires.",
            Prom(expr=f"max by (table) ({once('driftgauge_rollup_lag_seconds{@exporter}')})", legend="{{table}}"),
            Prom(expr="max(driftgauge_rollup_lag_threshold_seconds{@exporter})", legend="limit", look="limit"),
            unit="s",
            no_value="The exporter is not scraped, or has not counted yet.",
            width=8,
            low=0,
        ),
        lines(
            "Rows counted",
            "Rows a second that were counted, by table. Where a backlog is worked off, this is high while the lag "
            "falls; a lag that rises beside it says that the database is too slow for the rows: docs/performance.md.",
            Prom(
                expr=f"sum by (table) ({once(f'rate(driftgauge_rows_processed_total{{@exporter}}[{RATE}])')})",
                legend="{{table}}",
            ),
            unit="cps",
            no_value="The exporter is not scraped, or has not counted yet.",
            width=8,
            low=0,
        ),
        lines(
            "Waiting for a writer",
            "How long the roll-up has waited for a transaction that holds each table. Normal is 0; where it rises, a "
            "service has forgotten a transaction: the table below names it, and RollupLagging says how to end it.",
            Prom(expr=f"max by (table) ({once('driftgauge_rollup_blocker_seconds{@exporter}')})", legend="{{table}}"),
            unit="s",
            no_value="The exporter is not scraped, or has not counted yet.",
            width=8,
            low=0,
        ),
        rows(
            "Who holds the roll-up",
            "The writer that the roll-up waits for now: its process in Postgres, its application, and how long its "
            "last query has lasted. Normal is empty. End it with `SELECT pg_terminate_backend(PID)` and mend the "
            "service.",
            Prom(expr="driftgauge_rollup_blocker_info{@exporter}", now=True),
            Prom(expr="driftgauge_rollup_blocker_seconds{@exporter} > 0", now=True),
            Prom(expr="time() - driftgauge_rollup_blocker_query_start_timestamp_seconds{@exporter}", now=True),
            columns=(
                Column(of="instance", title="Instance"),
                Column(of="table", title="Table"),
                Column(of="pid", title="Process"),
                Column(of="application_name", title="Application"),
                Column(of="Value #B", title="Waited for", unit="s", decimals=0),
                Column(of="Value #C", title="Its query began, ago", unit="s", decimals=0),
            ),
            no_value="No writer holds the roll-up.",
            sort="Value #B",
            width=12,
            height=7,
        ),
        lines(
            "Rows that could not be counted",
            "Rows a second that were set aside, by table and reason. Normal is none. They stay in "
            "their table, but no metric has them: mend the clock, or the code, of the service that logged them.",
            Prom(
                expr="sum by (table, reason) "
                f"({once(f'rate(driftgauge_rows_quarantined_total{{@exporter}}[{RATE}])')})",
                legend="{{table}}: {{reason}}",
            ),
            unit="cps",
            no_value="The exporter is not scraped, or has not counted yet.",
            height=7,
            low=0,
        ),
    ),
)

SOURCES: Final = Row(
    title="Are sources read?",
    panels=(
        lines(
            "Age of sources",
            "How far behind each source is read, by its own clock. Normal is its interval and lookback; if it grows, "
            "the source is unreachable or has no new rows: the job `sources` above says which.",
            Prom(
                expr=f"time() - max by (source) ({once('driftgauge_source_read_timestamp_seconds{@exporter}')})",
                legend="{{source}}",
            ),
            unit="s",
            no_value="No source is configured: services log into driftgauge's own tables.",
            width=8,
            low=0,
        ),
        lines(
            "Rows that came too late",
            "Rows a second that became visible later than a source's lookback, found by the audit and counted then. "
            "Normal is none; if there are many, raise the lookback of that source: docs/sources.md.",
            Prom(
                expr=f"sum by (source) ({once(f'rate(driftgauge_source_late_rows_total{{@exporter}}[{RATE}])')})",
                legend="{{source}}",
            ),
            unit="cps",
            no_value="No source is configured: services log into driftgauge's own tables.",
            width=8,
            low=0,
        ),
        lines(
            "Models refused",
            "Models that are left out of a source because they are logged, or are another source's, too. Normal is 0; "
            "the exporter's log names them: take them out of one of the two.",
            Prom(expr=f"max by (source) ({once('driftgauge_source_models_refused{@exporter}')})", legend="{{source}}"),
            unit="none",
            no_value="No source is configured: services log into driftgauge's own tables.",
            width=8,
            low=0,
            steps=True,
        ),
    ),
)
