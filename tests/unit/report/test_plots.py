"""Plots are drawn as what they show: the same each time, with text as text, and with the page's colours."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

import matplotlib as mpl
import pytest

from driftgauge.report.figures import Bars, Calibration, Histograms, Lane, Limit, Line, LineStyle, OverTime, Timeline
from driftgauge.report.plots import draw
from fixtures.reported import AT, DAY, HOSTILE

if TYPE_CHECKING:
    from driftgauge.report.figures import Plot

NAMED: Final[dict[str, Any]] = {"title": "age", "description": "age, before and after"}
HISTOGRAMS: Final = Histograms(
    **NAMED,
    edges=(0.0, 1.0, 2.0, 3.0, 4.0, 1000.0),
    reference=(0.0, 0.2, 0.2, 0.2, 0.2, 0.2, 0.0),
    current=(0.1, 0.0, 0.0, 0.0, 0.0, 0.5, 0.4),
)
BARS: Final = Bars(**NAMED, categories=("pro", "free"), reference=(0.5, 0.5), current=(0.9, 0.1))
TIMES: Final = tuple(AT - days * DAY for days in range(9, -1, -1))
OVER_TIME: Final = OverTime(
    **NAMED,
    start=AT - 30 * DAY,
    end=AT,
    unit="share",
    lines=(
        Line(label="realised", times=TIMES, values=(*([0.9] * 5), None, 0.8, 0.8, 0.9, 0.9), faults=(True,) * 10),
        Line(
            label="estimated",
            times=TIMES,
            values=(0.85,) * 10,
            style=LineStyle.DASHED,
            low=(0.8,) * 10,
            high=(0.9,) * 10,
        ),
    ),
    limits=(Limit(label="limit", times=TIMES, values=(0.82,) * 10),),
    marks=(AT - DAY,),
    mark_label="concept drift",
)
CALIBRATION: Final = Calibration(**NAMED, scores=(0.1, 0.5, 0.9), shares=(0.0, 0.5, 1.0))
TIMELINE: Final = Timeline(
    **NAMED, start=AT - 30 * DAY, end=AT, lanes=(Lane(label="drift", moments=TIMES), Lane(label="alerts", moments=()))
)
PLOTS: Final[dict[str, Plot]] = {
    type(plot).__name__: plot for plot in (HISTOGRAMS, BARS, OVER_TIME, CALIBRATION, TIMELINE)
}
EVERY: Final = pytest.mark.parametrize("plot", PLOTS.values(), ids=PLOTS)


def texts(svg: str) -> list[str]:
    return ["".join(one.itertext()) for one in ET.fromstring(svg).iter("text")]  # noqa: S314 - our own


@EVERY
def test_the_same_plot_makes_the_same_text(plot: Plot) -> None:
    assert draw(plot, prefix="a") == draw(plot, prefix="a")


@EVERY
def test_colours_are_the_pages_and_nothing_tells_when_it_was_made(plot: Plot) -> None:
    svg = draw(plot, prefix="a")
    assert "var(--ink)" in svg
    assert not re.search(r"#[0-9a-f]{6}", svg)
    assert "matplotlib" not in svg.lower().replace("matplotlib.axis", "")
    assert not re.search(r"metadata|<style|https?:|<!--|<\?xml", svg)


@EVERY
def test_ids_are_the_plots_own(plot: Plot) -> None:
    one, other = (ET.fromstring(draw(plot, prefix=prefix)) for prefix in ("a", "b"))  # noqa: S314 - our own
    mine, others = ({found.attrib["id"] for found in svg.iter() if "id" in found.attrib} for svg in (one, other))
    assert not mine & others
    for element in one.iter():
        for name, value in element.attrib.items():
            for used in re.findall(r"url\(#([^)]+)\)", value) + ([value[1:]] if name == "href" else []):
                assert used in mine


@EVERY
def test_a_plot_says_what_it_shows(plot: Plot) -> None:
    root = ET.fromstring(draw(plot, prefix="a"))  # noqa: S314 - our own
    assert (root.tag, root.attrib["role"], root.attrib["aria-label"]) == ("svg", "img", plot.description)


@pytest.mark.parametrize("name", HOSTILE)
def test_any_category_is_text_and_short(name: str) -> None:
    shown = texts(draw(replace(BARS, categories=(name, "other"), description=name), prefix="a"))
    assert all(len(one) <= 18 for one in shown)
    assert "other" in shown


def test_what_lies_outside_the_reference_is_told_apart() -> None:
    assert {"below", "above"} <= set(texts(draw(HISTOGRAMS, prefix="a")))
    inside = replace(HISTOGRAMS, current=HISTOGRAMS.reference)
    assert not {"below", "above"} & set(texts(draw(inside, prefix="a")))


def test_a_far_value_flattens_nothing_and_a_spike_hides_nothing() -> None:
    assert "1,000" not in texts(draw(HISTOGRAMS, prefix="a"))
    spiked = replace(
        HISTOGRAMS, current=(0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0), reference=(0, 0.01, 0.33, 0.33, 0.33, 0, 0)
    )
    assert "cut off" in texts(draw(replace(spiked, edges=(0, 0.5, 2, 4, 6, 10)), prefix="a"))


def test_a_plot_over_time_is_of_where_anything_is() -> None:
    late = replace(
        OVER_TIME,
        lines=(replace(OVER_TIME.lines[0], times=tuple(AT - timedelta(minutes=9 - place) for place in range(10))),),
    )
    assert any(":" in one for one in texts(draw(late, prefix="a")))


def test_no_value_at_all_can_be_drawn() -> None:
    empty = replace(HISTOGRAMS, current=(0.0,) * 7)
    nothing = replace(OVER_TIME, lines=(Line(label="none", times=TIMES, values=(None,) * 10),), limits=(), marks=())
    for plot in (empty, nothing, replace(BARS, current=(0.0, 0.0))):
        assert draw(plot, prefix="a").startswith("<svg")


def test_drawing_leaves_the_settings_of_others_alone() -> None:
    before = dict(mpl.rcParams)
    level = logging.getLogger("matplotlib").level
    draw(BARS, prefix="a")
    assert dict(mpl.rcParams) == before
    assert logging.getLogger("matplotlib").level == level


def test_of_many_alerts_side_by_side_no_more_are_drawn_than_can_be_told_apart() -> None:
    crowd = tuple(AT - timedelta(seconds=place) for place in range(20_000))
    svg = draw(replace(TIMELINE, lanes=(Lane(label="drift", moments=crowd),)), prefix="a")
    assert 300 < svg.count("<use") < 700
    assert "drift (20,000)" in texts(svg)


def test_spans_are_drawn_however_short_and_counted() -> None:
    lanes = (Lane(label="age drifted", spans=((AT - 9 * DAY, AT - DAY), (AT - DAY, AT - DAY))), Lane(label="none"))
    svg = draw(replace(TIMELINE, lanes=lanes), prefix="a")
    assert {"age drifted (2)", "none (0)"} <= set(texts(svg))


def test_bars_of_other_figures_than_shares_have_their_own_axis() -> None:
    shown = texts(draw(replace(BARS, unit="importance", current=(0.9, -0.1)), prefix="a"))
    assert "importance" in shown
    assert not any("%" in one for one in shown)
