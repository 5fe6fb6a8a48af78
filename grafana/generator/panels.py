"""What a panel is: what it asks, in which words, states, columns and colours it answers, and what Grafana stores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as grafana

from generator.queries import POSTGRES, PROMETHEUS, Query, Sql

COLUMNS: Final = 24
RED: Final = "red"
GREEN: Final = "green"
ORANGE: Final = "orange"
GREY: Final = "#808080"
PLAIN: Final = "text"  # what texts have: nearly white in the dark, nearly black in the light
BLUE: Final = "blue"
NO_CELL: Final = "–"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """How a value is told in words and colour."""

    text: str
    colour: str


States = Mapping[str, State]
STABLE_OR_DRIFTED: Final[States] = {"0": State(text="stable", colour=GREEN), "1": State(text="drifted", colour=RED)}
SOUND_OR_FAULTY: Final[States] = {"0": State(text="sound", colour=GREEN), "1": State(text="faulty", colour=RED)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """How a column of a table is shown: under which heading, in which unit, in which words, and where it leads."""

    of: str
    title: str = ""
    unit: str = ""
    decimals: int | None = None
    states: States = field(default_factory=dict[str, State])
    links: Sequence[grafana.DashboardLink] = ()
    width: int | None = None
    hidden: bool = False
    gauge: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel; `kind` is the name of Grafana's plugin. Made by the functions below."""

    kind: str
    title: str
    description: str
    queries: Sequence[Query]
    unit: str
    no_value: str
    width: int
    height: int
    options: object
    custom: object = None
    decimals: int | None = None
    low: float | None = None
    high: float | None = None
    colour: grafana.FieldColor | None = None
    states: States = field(default_factory=dict[str, State])
    columns: Sequence[Column] = ()
    links: Sequence[grafana.DashboardLink] = ()
    panel_links: Sequence[grafana.DashboardLink] = ()
    transformations: Sequence[grafana.DataTransformerConfig] = ()

    @property
    def of_postgres(self) -> bool:
        """Whether it is Postgres that is asked."""
        return all(isinstance(query, Sql) for query in self.queries)

    def leading_to(self, *links: grafana.DashboardLink) -> Panel:
        """Return the panel with links at its heading: where to look next, whatever was clicked."""
        return replace(self, panel_links=links)

    def build(self, *, number: int, x: int, y: int) -> grafana.Panel:
        """Make what Grafana stores, at a place."""
        refs = [chr(ord("A") + place) for place in range(len(self.queries))]
        as_table = self.kind == "table"
        return grafana.Panel(
            type_val=self.kind,
            id_val=number,
            title=self.title,
            description=self.description,
            datasource=POSTGRES if self.of_postgres else PROMETHEUS,
            targets=[query.build(ref, table=as_table) for ref, query in zip(refs, self.queries, strict=True)],
            grid_pos=grafana.GridPos(h=self.height, w=self.width, x=x, y=y),
            links=list(self.panel_links) or None,
            transformations=list(self.transformations) or None,
            options=self.options,
            field_config=grafana.FieldConfigSource(
                defaults=grafana.FieldConfig(
                    unit=self.unit,
                    decimals=self.decimals,
                    min_val=self.low,
                    max_val=self.high,
                    mappings=_mappings(self.states),
                    color=self.colour,
                    links=list(self.links) or None,
                    no_value=self.no_value,
                    custom=self.custom,
                ),
                overrides=[
                    *([_TEXTS_AS_THEY_ARE] if self.kind in _WITH_TEXTS else []),
                    *(
                        _drawn(ref, query.look)
                        for ref, query in zip(refs, self.queries, strict=True)
                        if query.look != "value"
                    ),
                    *(_shown(column) for column in self.columns),
                ],
            ),
        )


def _mappings(states: States) -> list[grafana.ValueMapping]:
    if not states:
        return []
    return [
        grafana.ValueMap(
            options={
                value: grafana.ValueMappingResult(text=state.text, color=state.colour, index=place)
                for place, (value, state) in enumerate(states.items())
            }
        )
    ]


def _drawn(ref: str, look: str) -> grafana.DashboardFieldConfigSourceOverrides:
    colour = {"limit": RED, "band": GREY, "quiet": GREY}[look]
    properties: dict[str, object] = {
        "color": grafana.FieldColor(mode=grafana.FieldColorModeId.FIXED, fixed_color=colour),
        "custom.fillOpacity": 0,
        "custom.lineWidth": 1,
        "links": [],  # it may lack the labels that a link of the panel chooses by
    }
    if look != "quiet":
        properties["custom.lineStyle"] = {"fill": "dash", "dash": [8, 6]}
        properties["custom.lineInterpolation"] = common.LineInterpolation.STEP_AFTER
    return _override("byFrameRefID", ref, properties)


def _shown(column: Column) -> grafana.DashboardFieldConfigSourceOverrides:
    # Without its own, an empty cell would say why the whole table may be empty.
    properties: dict[str, object] = {"displayName": column.title or column.of, "noValue": NO_CELL}
    if column.unit:
        properties["unit"] = column.unit
    if column.decimals is not None:
        properties["decimals"] = column.decimals
    if column.states:
        properties["mappings"] = _mappings(column.states)
        properties["custom.cellOptions"] = {"type": "color-background", "mode": "basic"}
        properties["color"] = grafana.FieldColor(mode=grafana.FieldColorModeId.FIXED, fixed_color="transparent")
    if column.gauge:
        properties["custom.cellOptions"] = {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}
        properties["color"] = grafana.FieldColor(mode=grafana.FieldColorModeId.FIXED, fixed_color=BLUE)
    if column.links:
        properties["links"] = list(column.links)
    if column.width is not None:
        properties["custom.width"] = column.width
    if column.hidden:
        properties["custom.hidden"] = True
    return _override("byName", column.of, properties)


def _override(
    matcher: str, options: str, properties: Mapping[str, object]
) -> grafana.DashboardFieldConfigSourceOverrides:
    return grafana.DashboardFieldConfigSourceOverrides(
        matcher=grafana.MatcherConfig(id_val=matcher, options=options),
        properties=[grafana.DynamicConfigValue(id_val=name, value=value) for name, value in properties.items()],
    )


_WITH_TEXTS: Final = frozenset({"table", "barchart"})
#: Grafana writes texts that look like numbers in the unit of the panel: a version 2026.10 would be shown as 2026, and
#: links would choose that; a category 10 would be 1000 %.
_TEXTS_AS_THEY_ARE: Final = _override("byType", "string", {"unit": "string"})
