"""The choices at the top of a dashboard: data source, job, instance, and what is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.models.dashboard import (
    VariableModel,
    VariableOption,
    VariableRefresh,
    VariableSort,
    VariableType,
)

from generator.queries import POSTGRES, PROMETHEUS, expanded, sql_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The choice of the data source, and which kind it is of."""

    kind: str
    name: str = "datasource"

    def build(self) -> VariableModel:
        """Make what Grafana stores."""
        return VariableModel(
            type_val=VariableType.DATASOURCE,
            name=self.name,
            label="Data source",
            query=self.kind,
            # Addresses take a choice of Prometheus along, which a dashboard of Postgres would believe, and the reverse.
            skip_url_sync=self.kind != PROMETHEUS.type_val,
            refresh=VariableRefresh.ON_DASHBOARD_LOAD,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A choice among the values that a label of a metric has in the time that is shown."""

    name: str
    metric: str
    label: str
    title: str
    many: bool = True

    def build(self) -> VariableModel:
        """Make what Grafana stores."""
        query = f"label_values({expanded(self.metric)}, {self.label})"
        return VariableModel(
            type_val=VariableType.QUERY,
            name=self.name,
            label=self.title,
            datasource=PROMETHEUS,
            query=query,
            definition=query,
            refresh=VariableRefresh.ON_TIME_RANGE_CHANGED,
            sort=VariableSort.ALPHABETICAL_ASC,
            multi=self.many,
            include_all=self.many,
            all_value=".+" if self.many else None,
            current=VariableOption(selected=True, text=["All"], value=["$__all"]) if self.many else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A choice among the rows of one column that a file of SQL answers with.

    `many` may be chosen at once, all of them at first: in SQL `= ANY (ARRAY[${name:sqlstring}]::text[])`, which holds
    where there are none, too.
    """

    name: str
    file: str
    title: str
    many: bool = False

    def build(self) -> VariableModel:
        """Make what Grafana stores."""
        query = sql_of(self.file)
        return VariableModel(
            type_val=VariableType.QUERY,
            name=self.name,
            label=self.title,
            datasource=POSTGRES,
            query=query,
            definition=query,
            refresh=VariableRefresh.ON_TIME_RANGE_CHANGED,
            sort=VariableSort.DISABLED,
            multi=self.many,
            include_all=self.many,
            current=VariableOption(selected=True, text=["All"], value=["$__all"]) if self.many else None,
        )


Variable = Source | Label | Answer


EXPORTER: Final = (
    Source(kind="prometheus"),
    Label(name="job", metric="driftgauge_build_info", label="job", title="Job"),
    Label(name="instance", metric='driftgauge_build_info{job=~"$job"}', label="instance", title="Instance"),
)
_ENVIRONMENT: Final = Label(
    name="environment", metric="ml_model_info{@exporter}", label="environment", title="Environment"
)
_IN_ENVIRONMENT: Final = 'ml_model_info{@exporter, environment=~"$environment"}'
_VERSION: Final = Label(
    name="version",
    metric='ml_model_info{@exporter, environment=~"$environment", model=~"$model"}',
    label="version",
    title="Version",
)
MODELS: Final = (
    *EXPORTER,
    _ENVIRONMENT,
    Label(name="model", metric=_IN_ENVIRONMENT, label="model", title="Model"),
    _VERSION,
)
ONE_MODEL: Final = (
    *EXPORTER,
    _ENVIRONMENT,
    Label(name="model", metric=_IN_ENVIRONMENT, label="model", title="Model", many=False),
    _VERSION,
)
