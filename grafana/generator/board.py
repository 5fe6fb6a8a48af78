"""A dashboard: what it answers, what can be chosen, what is marked, and rows of panels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as grafana
from grafana_foundation_sdk.models import prometheus

from generator.links import TAG, all_dashboards
from generator.panels import COLUMNS, Panel
from generator.queries import PROMETHEUS, expanded
from generator.variables import Label, Variable

IDS_A_ROW: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Panels under one heading, laid out from left to right."""

    title: str
    panels: Sequence[Panel]


class Shown(grafana.AnnotationQuery):
    """A mark that can be switched off where Grafana has always shown that: the SDK would hide it in a menu."""

    def to_json(self) -> dict[str, object]:
        """Return the object that becomes JSON."""
        return {key: value for key, value in super().to_json().items() if key != "placement"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What is marked in all panels: while an expression has a value, or at the times (in ms) that are its values."""

    name: str
    expr: str
    text: str
    colour: str
    at_value: bool = False
    shown: bool = True

    def build(self) -> grafana.AnnotationQuery:
        """Make what Grafana stores."""
        return Shown(
            name=self.name,
            datasource=PROMETHEUS,
            enable=self.shown,
            icon_color=self.colour,
            expr=expanded(self.expr),
            target=prometheus.Dataquery(
                datasource=PROMETHEUS, expr=expanded(self.expr), ref_id="Anno", range_val=True, interval="60s"
            ),
            step="60s",
            title_format=self.name,
            text_format=self.text,
            use_value_for_time=self.at_value,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard; `answers` are the questions that its description lists."""

    uid: str
    title: str
    whom: str
    answers: Sequence[str]
    variables: Sequence[Variable]
    rows: Sequence[Row]
    marks: Sequence[Mark] = ()
    span: str = "now-24h"
    refresh: str = "1m"

    @property
    def description(self) -> str:
        """For whom it is, and what it answers."""
        return f"For {self.whom}. " + " ".join(self.answers)

    @property
    def of_many_models(self) -> bool:
        """Whether several models can be looked at together."""
        return any(isinstance(each, Label) and each.name == "model" and each.many for each in self.variables)

    def build(self) -> grafana.Dashboard:
        """Make what Grafana stores."""
        return grafana.Dashboard(
            uid=self.uid,
            title=self.title,
            description=self.description,
            tags=[TAG],
            editable=False,
            timezone="browser",
            graph_tooltip=grafana.DashboardCursorSync.CROSSHAIR,
            time=grafana.DashboardDashboardTime(from_val=self.span, to="now"),
            refresh=self.refresh,
            templating=grafana.DashboardDashboardTemplating(list_val=[each.build() for each in self.variables]),
            annotations=grafana.AnnotationContainer(list_val=[mark.build() for mark in self.marks]),
            links=[all_dashboards(of_many_models=self.of_many_models)],
            panels=laid_out(self.rows),
        )

    def as_json(self) -> str:
        """Return the file's text."""
        return json.dumps(self.build(), cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def laid_out(rows: Sequence[Row]) -> list[grafana.Panel | grafana.RowPanel]:
    """Place panels from left to right, below one another where a row is full; a row's numbers start at its hundred."""
    placed: list[grafana.Panel | grafana.RowPanel] = []
    y = 0
    for place, row in enumerate(rows, start=1):
        number = place * IDS_A_ROW
        placed.append(
            grafana.RowPanel(title=row.title, id_val=number, grid_pos=grafana.GridPos(h=1, w=COLUMNS, x=0, y=y))
        )
        y += 1
        x = tallest = 0
        for offset, panel in enumerate(row.panels, start=1):
            if x + panel.width > COLUMNS:
                y, x, tallest = y + tallest, 0, 0
            placed.append(panel.build(number=number + offset, x=x, y=y))
            x, tallest = x + panel.width, max(tallest, panel.height)
        y += tallest
    return placed
