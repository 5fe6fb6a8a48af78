"""What a panel asks: PromQL of Prometheus, or a file of SQL of Postgres."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import prometheus
from grafana_foundation_sdk.models.common import DataSourceRef

PROMETHEUS: Final = DataSourceRef(type_val="prometheus", uid="${datasource}")
POSTGRES: Final = DataSourceRef(type_val="grafana-postgresql-datasource", uid="${datasource}")
SELECTORS: Final = {
    "@exporter": 'job=~"$job", instance=~"$instance"',
    "@model": ('job=~"$job", instance=~"$instance", environment=~"$environment", model=~"$model", version=~"$version"'),
    # Of what may be of a model or of the exporter, which has no such labels: what is chosen, and what is of none.
    "@either": (
        'job=~"$job", instance=~"$instance", environment=~"$environment|", model=~"$model|", version=~"$version|"'
    ),
}
SQL: Final = Path(__file__).parent / "sql"

Look = Literal["value", "limit", "band", "quiet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prom:
    """A PromQL expression; `@model`, `@exporter` and `@either` in its selectors stand for the dashboard's variables.

    `now` asks for the newest value only, as tables and single figures need. `look` says how its lines are drawn: a
    limit dashed, a band faint, and what is quiet grey.
    """

    expr: str
    legend: str = ""
    now: bool = False
    look: Look = "value"
    buckets: bool = False

    def build(self, ref: str, *, table: bool) -> Dataquery:
        """Make what Grafana stores."""
        form = "table" if table else "heatmap" if self.buckets else "time_series"
        return prometheus.Dataquery(
            datasource=PROMETHEUS,
            editor_mode=prometheus.QueryEditorMode.CODE,
            expr=expanded(self.expr),
            format_val=prometheus.PromQueryFormat(form),
            instant=self.now,
            range_val=not self.now,
            legend_format=self.legend or "__auto",
            ref_id=ref,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sql:
    """A file below `sql`, whose first line says what it is for; variables stand in it as `${name:sqlstring}`."""

    file: str
    over_time: bool = False
    look: Look = "value"

    def build(self, ref: str, *, table: bool) -> Dataquery:
        """Make what Grafana stores."""
        return PostgresQuery(
            ref=ref, sql=sql_of(self.file), form="time_series" if self.over_time and not table else "table"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresQuery(Dataquery):
    """A query as Grafana's Postgres data source stores it; the SDK has no type of its own for it."""

    ref: str
    sql: str
    form: str

    def to_json(self) -> dict[str, object]:
        """Return the object that becomes JSON."""
        return {
            "refId": self.ref,
            "datasource": POSTGRES,
            "editorMode": "code",
            "format": self.form,
            "rawQuery": True,
            "rawSql": self.sql,
        }


Query = Prom | Sql


def expanded(expr: str) -> str:
    """Return an expression with the selectors written out, on one line where it is short.

    >>> expanded('up{@exporter}')
    'up{job=~"$job", instance=~"$instance"}'
    """
    for short, selector in SELECTORS.items():
        expr = expr.replace(short, selector)
    return re.sub(r"\s+", " ", expr).strip()


def sql_of(file: str) -> str:
    """Return the SQL of a file below `sql`, after the `parts` that its header says it begins with."""
    text = (SQL / f"{file}.sql").read_text(encoding="utf-8")
    named = re.search(r"(?m)^-- begins with: (.+)$", text)
    if named is None:
        return without_header(text)
    parts = [(SQL / "parts" / f"{name}.sql").read_text(encoding="utf-8") for name in named[1].split(", ")]
    begins = ",\n\n".join(map(without_header, parts))
    return f"{begins}\n\n{without_header(text)}"


def without_header(text: str) -> str:
    """Return SQL without the comment that opens its file."""
    lines = text.splitlines()
    while lines and lines[0].startswith("--"):
        lines.pop(0)
    return "\n".join(lines).strip()
