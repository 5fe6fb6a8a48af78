"""What the monitor costs, and what it leaves out."""

from __future__ import annotations

from typing import Final

from generator.board import Row
from generator.kinds.over_time import lines
from generator.promql import OF_EXPORTERS, RATE
from generator.queries import Prom

COST: Final = Row(
    title="What does it cost, and is anything left out?",
    panels=(
        lines(
            "CPU",
            "Processor time of each exporter, as a share of one core. Normal is a few per cent and a peak with each "
            "cycle; the jobs that take long, above, are what it is spent on. MonitoringOverhead fires when it stays "
            "above `limits.cpu`, the dashed line.",
            Prom(expr=f"rate(process_cpu_seconds_total{{@exporter}}[{RATE}]) {OF_EXPORTERS}", legend="{{instance}}"),
            Prom(expr="driftgauge_process_cpu_threshold_ratio{@exporter}", legend="limit {{instance}}", look="limit"),
            unit="percentunit",
            no_value="The exporter is not scraped.",
            width=6,
            low=0,
        ),
        lines(
            "Sessions of Postgres that jobs keep busy",
            "How much of the time jobs wait for Postgres, all together and the five that do most: at 1 a session is "
            "always busy. Normal is a few hundredths; MonitoringOverhead fires when all jobs together stay above "
            "`limits.database`, the dashed line. `driftgauge bench` measures what each part costs.",
            Prom(
                expr=f"sum by (instance) (rate(driftgauge_job_database_seconds_total{{@exporter}}[{RATE}]))",
                legend="all jobs {{instance}}",
            ),
            Prom(
                expr="topk(5, sum by (exported_job, instance) "
                f"(rate(driftgauge_job_database_seconds_total{{@exporter}}[{RATE}])))",
                legend="{{exported_job}} {{instance}}",
            ),
            Prom(expr="driftgauge_job_database_threshold_ratio{@exporter}", legend="limit {{instance}}", look="limit"),
            unit="none",
            no_value="The exporter is not scraped.",
            width=6,
            low=0,
        ),
        lines(
            "Memory over time",
            "Memory that each exporter holds. Normal is flat after the first day; steps come with new models and "
            "features. One that only climbs is a fault: tell us.",
            Prom(expr=f"process_resident_memory_bytes{{@exporter}} {OF_EXPORTERS}", legend="{{instance}}"),
            unit="bytes",
            no_value="The exporter is not scraped.",
            width=6,
            low=0,
        ),
        lines(
            "Series over time",
            "Series that each exporter serves. They follow models, features and tests; near `limits.max_series` "
            "families are cut, and the panel below says which.",
            Prom(expr="driftgauge_series{@exporter}", legend="{{instance}}"),
            unit="short",
            no_value="The exporter is not scraped.",
            width=6,
            low=0,
            steps=True,
        ),
        lines(
            "Time to render and to scrape",
            "How long the last snapshot took to render, and Prometheus to fetch it. Normal is far below a second; a "
            "scrape near its timeout (10 s) is soon a gap.",
            Prom(expr="driftgauge_snapshot_render_seconds{@exporter}", legend="render {{instance}}"),
            Prom(
                expr=f"scrape_duration_seconds{{@exporter}} {OF_EXPORTERS}",
                legend="scrape {{instance}}",
            ),
            unit="s",
            no_value="The exporter is not scraped.",
            width=8,
            low=0,
        ),
        lines(
            "Series left out",
            "Series a second that were left out of snapshots, by family: not finite, twice, or beyond "
            "`limits.max_series`. Normal is 0 of each. What is left out raises no alert: raise the limit, or ignore "
            "features of the model that has so many.",
            Prom(
                expr=f"topk(5, sum by (family) (rate(driftgauge_series_dropped_total{{@exporter}}[{RATE}])))",
                legend="{{family}}",
            ),
            unit="cps",
            no_value="The exporter is not scraped.",
            width=8,
            low=0,
        ),
        lines(
            "Label values changed",
            "Label values a second that had to be changed to be legal or short enough. Normal is 0. Two values that "
            "become one are one series: give models, features and segments names of at most 128 characters.",
            Prom(
                expr=f"rate(driftgauge_label_values_sanitised_total{{@exporter}}[{RATE}])",
                legend="{{instance}}",
            ),
            unit="cps",
            no_value="The exporter is not scraped.",
            width=8,
            low=0,
        ),
    ),
)
