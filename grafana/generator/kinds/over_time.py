"""Kinds of panels with an axis of time: lines, states, and where how much of something lay."""

from __future__ import annotations

from collections.abc import Sequence

from grafana_foundation_sdk.models import common, heatmap, statetimeline, timeseries
from grafana_foundation_sdk.models import dashboard as grafana

from generator.panels import GREY, Panel, States
from generator.queries import Query, Sql


def lines(
    title: str,
    description: str,
    *queries: Query,
    unit: str,
    no_value: str,
    width: int = 12,
    height: int = 8,
    low: float | None = None,
    high: float | None = None,
    stacked: bool = False,
    steps: bool = False,
    logarithmic: bool = False,
    links: Sequence[grafana.DashboardLink] = (),
) -> Panel:
    """Draw values over time; `steps` for those that are judged once a cycle and hold until the next.

    `logarithmic` for those that span powers of ten, as p-values do.
    """
    return Panel(
        kind="timeseries",
        title=title,
        description=description,
        queries=queries,
        unit=unit,
        no_value=no_value,
        width=width,
        height=height,
        low=low,
        high=high,
        links=links,
        colour=grafana.FieldColor(mode=grafana.FieldColorModeId.PALETTE_CLASSIC_BY_NAME),
        options=timeseries.Options(
            legend=common.VizLegendOptions(
                display_mode=common.LegendDisplayMode.LIST, placement=common.LegendPlacement.BOTTOM, show_legend=True
            ),
            tooltip=common.VizTooltipOptions(mode=common.TooltipDisplayMode.MULTI, sort=common.SortOrder.DESCENDING),
        ),
        custom=timeseries.FieldConfig(
            draw_style=common.GraphDrawStyle.LINE,
            line_interpolation=common.LineInterpolation.STEP_AFTER if steps else common.LineInterpolation.LINEAR,
            line_width=1,
            fill_opacity=30 if stacked else 5,
            show_points=common.VisibilityMode.NEVER,
            # Series of Postgres share the times of all; where one has none, its line goes on.
            span_nulls=any(isinstance(query, Sql) for query in queries),
            scale_distribution=common.ScaleDistributionConfig(type_val=common.ScaleDistribution.LOG, log=10)
            if logarithmic
            else None,
            stacking=common.StackingConfig(
                mode=common.StackingMode.NORMAL if stacked else common.StackingMode.NONE, group="A"
            ),
        ),
    )


def timeline(
    title: str,
    description: str,
    *queries: Query,
    states: States,
    no_value: str,
    unit: str = "none",
    width: int = 24,
    height: int = 8,
    links: Sequence[grafana.DashboardLink] = (),
) -> Panel:
    """Show in which state something was, over time: one bar a series."""
    return Panel(
        kind="state-timeline",
        title=title,
        description=description,
        queries=queries,
        unit=unit,
        no_value=no_value,
        width=width,
        height=height,
        states=states,
        links=links,
        colour=grafana.FieldColor(mode=grafana.FieldColorModeId.FIXED, fixed_color=GREY),
        options=statetimeline.Options(
            show_value=common.VisibilityMode.NEVER,
            merge_values=True,
            align_value=common.TimelineValueAlignment.LEFT,
            legend=common.VizLegendOptions(
                display_mode=common.LegendDisplayMode.LIST, placement=common.LegendPlacement.BOTTOM, show_legend=True
            ),
            tooltip=common.VizTooltipOptions(mode=common.TooltipDisplayMode.SINGLE),
        ),
        custom=statetimeline.FieldConfig(fill_opacity=80, line_width=0, span_nulls=False),
    )


def heat(
    title: str,
    description: str,
    query: Query,
    *,
    unit: str,
    no_value: str,
    width: int = 12,
    height: int = 9,
    low: float | None = None,
    high: float | None = None,
    cell_unit: str = "short",
) -> Panel:
    """Show how much of something lay where, over time: a histogram's buckets, or one row a series."""
    return Panel(
        kind="heatmap",
        title=title,
        description=description,
        queries=(query,),
        unit=unit,
        no_value=no_value,
        width=width,
        height=height,
        options=heatmap.Options(
            calculate=False,
            cell_gap=1,
            color=heatmap.HeatmapColorOptions(
                mode=heatmap.HeatmapColorMode.SCHEME,
                scheme="Oranges",
                steps=64,
                reverse=False,
                min_val=low,
                max_val=high,
            ),
            y_axis=heatmap.YAxisConfig(unit=unit, axis_placement=common.AxisPlacement.LEFT),
            cell_values=heatmap.CellValues(unit=cell_unit),
            rows_frame=heatmap.RowsHeatmapOptions(layout=common.HeatmapCellLayout.AUTO),
            legend=heatmap.HeatmapLegend(show=True),
            tooltip=heatmap.HeatmapTooltip(mode=common.TooltipDisplayMode.SINGLE, y_histogram=False),
        ),
        custom=heatmap.FieldConfig(),
    )
