"""Kinds of panels that show values beside each other, without an axis of time: figures, tables, bars."""

from __future__ import annotations

from collections.abc import Sequence

from grafana_foundation_sdk.models import barchart, bargauge, common, stat, table
from grafana_foundation_sdk.models import dashboard as grafana

from generator.joining import one_table
from generator.panels import BLUE, PLAIN, Column, Panel, States
from generator.queries import Prom, Query, Sql


def figure(
    title: str,
    description: str,
    *queries: Query,
    unit: str,
    no_value: str,
    width: int = 4,
    height: int = 4,
    decimals: int | None = None,
    states: States | None = None,
    colour: str = PLAIN,
    text: common.BigValueTextMode = common.BigValueTextMode.AUTO,
    links: Sequence[grafana.DashboardLink] = (),
) -> Panel:
    """Show the newest value, large; with `states`, in their words on their colour, and others on `colour`.

    Of a value that is alone Grafana leaves the name away, unless `text` says otherwise.
    """
    return Panel(
        kind="stat",
        title=title,
        description=description,
        queries=queries,
        unit=unit,
        no_value=no_value,
        width=width,
        height=height,
        decimals=decimals,
        states=states or {},
        links=links,
        colour=grafana.FieldColor(mode=grafana.FieldColorModeId.FIXED, fixed_color=colour),
        options=stat.Options(
            graph_mode=common.BigValueGraphMode.NONE,
            color_mode=common.BigValueColorMode.BACKGROUND if states else common.BigValueColorMode.VALUE,
            justify_mode=common.BigValueJustifyMode.CENTER,
            text_mode=text,
            reduce_options=common.ReduceDataOptions(calcs=["lastNotNull"], fields="", values=False),
            orientation=common.VizOrientation.AUTO,
        ),
    )


def rows(
    title: str,
    description: str,
    *queries: Query,
    columns: Sequence[Column],
    no_value: str,
    unit: str = "none",
    width: int = 24,
    height: int = 9,
    sort: str = "",
    descending: bool = True,
) -> Panel:
    """Make a table: queries of Prometheus are joined by the labels that are shown; `columns` are, in their order."""
    joined = len(queries) > 1 and all(isinstance(query, Prom) for query in queries)
    shown = [column.of for column in columns]
    title_of = {column.of: column.title or column.of for column in columns}
    return Panel(
        kind="table",
        title=title,
        description=description,
        queries=queries,
        unit=unit,
        no_value=no_value,
        width=width,
        height=height,
        columns=columns,
        transformations=one_table(shown, joined=joined),
        colour=grafana.FieldColor(mode=grafana.FieldColorModeId.FIXED, fixed_color=PLAIN),
        options=table.Options(
            show_header=True,
            cell_height=common.TableCellHeight.SM,
            sort_by=[common.TableSortByFieldState(display_name=title_of[sort], desc=descending)] if sort else None,
        ),
        custom=common.TableFieldOptions(align=common.FieldTextAlignment.AUTO, filterable=True, inspect=False),
    )


def ranking(
    title: str,
    description: str,
    *queries: Query,
    unit: str,
    no_value: str,
    width: int = 12,
    height: int = 9,
    low: float | None = 0,
    high: float | None = None,
    decimals: int | None = None,
    links: Sequence[grafana.DashboardLink] = (),
) -> Panel:
    """Show the newest values as horizontal bars, in the order in which the query tells them."""
    return Panel(
        kind="bargauge",
        title=title,
        description=description,
        queries=queries,
        unit=unit,
        no_value=no_value,
        width=width,
        height=height,
        low=low,
        high=high,
        decimals=decimals,
        links=links,
        colour=grafana.FieldColor(mode=grafana.FieldColorModeId.FIXED, fixed_color=BLUE),
        options=bargauge.Options(
            display_mode=common.BarGaugeDisplayMode.BASIC,
            value_mode=common.BarGaugeValueMode.TEXT,
            orientation=common.VizOrientation.HORIZONTAL,
            reduce_options=common.ReduceDataOptions(calcs=["lastNotNull"], fields="", values=False),
        ),
    )


def bars(
    title: str,
    description: str,
    query: Sql,
    *,
    unit: str,
    no_value: str,
    across: str,
    width: int = 12,
    height: int = 9,
) -> Panel:
    """Show rows of Postgres as bars: the column `across` along the axis, a bar for each other column."""
    return Panel(
        kind="barchart",
        title=title,
        description=description,
        queries=(query,),
        unit=unit,
        no_value=no_value,
        width=width,
        height=height,
        colour=grafana.FieldColor(mode=grafana.FieldColorModeId.PALETTE_CLASSIC_BY_NAME),
        options=barchart.Options(
            x_field=across,
            orientation=common.VizOrientation.AUTO,
            show_value=common.VisibilityMode.NEVER,
            stacking=common.StackingMode.NONE,
            x_tick_label_rotation=-45,
            x_tick_label_spacing=50,
            legend=common.VizLegendOptions(
                display_mode=common.LegendDisplayMode.LIST, placement=common.LegendPlacement.BOTTOM, show_legend=True
            ),
            tooltip=common.VizTooltipOptions(mode=common.TooltipDisplayMode.MULTI),
        ),
        custom=barchart.FieldConfig(),
    )
