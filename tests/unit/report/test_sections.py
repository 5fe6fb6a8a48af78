"""Sections tell in a sentence what their rows mean, also where there is nothing, or too little."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from driftgauge.report.figures import Bars, Histograms, OverTime
from driftgauge.report.report import make_report, summarise
from driftgauge.report.section import ROWS, Badge, Cell, Tone, table_of
from driftgauge.report.sections import SECTIONS
from driftgauge.report.sections.alerts import alerts
from driftgauge.report.sections.anomalies import anomalies
from driftgauge.report.sections.concept import concept
from driftgauge.report.sections.drift import drift
from driftgauge.report.sections.features import plot_of
from driftgauge.report.sections.health import headline, health
from driftgauge.report.sections.performance import performance
from driftgauge.report.sections.quality import quality
from driftgauge.report.sections.traffic import traffic
from fixtures.reported import AT, DAY, HOUR, categorical, cohort, compared, distribution, everything, nothing, numeric

if TYPE_CHECKING:
    from collections.abc import Callable

WHOLE: Final = everything()


def test_every_section_is_a_subject_of_its_own_with_and_without_anything() -> None:
    for data in (nothing(), WHOLE):
        sections = make_report(data).sections
        assert len(sections) == len(SECTIONS)
        for what in ("key", "title"):
            assert len({getattr(section, what) for section in sections}) == len(SECTIONS)
        for section in sections:
            assert section.conclusion[0].isupper() or section.conclusion[0].isdigit() or section.key == "performance"
            assert section.conclusion.endswith(".")
    assert all(section.tone is not Tone.GOOD for section in make_report(nothing()).sections if section.headline)


def test_the_summary_quotes_what_needs_attention_first_in_order() -> None:
    sections = make_report(WHOLE).sections
    calm = tuple(replace(section, tone=Tone.GOOD) for section in sections)
    assert summarise(calm) == tuple(one.conclusion for one in calm if one.headline)[:5]
    last = tuple(replace(one, tone=Tone.ATTENTION if one.key == "anomalies" else Tone.GOOD) for one in sections)
    assert summarise(last)[-1] == next(one.conclusion for one in last if one.key == "anomalies")


def test_health_tells_what_lowers_it() -> None:
    assert headline(WHOLE).figure == "0.42"
    assert headline(WHOLE).reason == "99.64 % of 12,345 predictions succeeded; 1 drift alert; 1 concept drift"
    calm = replace(WHOLE.health, score=0.996, drift_alerts=(), concept_drift_alerts=())
    assert headline(replace(WHOLE, health=calm)).reason.endswith("succeeded; nothing else lowers it")
    assert headline(nothing()).figure == "unknown"
    slow = replace(
        calm, predictions=replace(calm.predictions, mean_latency_ms=250), drift_alerts=WHOLE.health.drift_alerts * 100
    )
    told = headline(replace(WHOLE, health=slow)).reason
    assert "mean latency 250 ms, 200 is the limit; 100 or more drift alerts" in told
    assert "50 health checks" not in health(nothing()).conclusion
    assert "Services reported 60 health checks in 30 days, 90 % healthy." in health(WHOLE).conclusion


def test_traffic_has_a_value_for_every_step_and_leaves_out_the_running_one() -> None:
    counts, latency = (plot for plot in traffic(WHOLE).plots if isinstance(plot, OverTime))
    steps = WHOLE.traffic[-1].start - WHOLE.traffic[0].start
    assert len(counts.lines[0].times) == steps / (6 * HOUR) + 1
    assert 0 in counts.lines[0].values
    assert None in latency.lines[0].values
    assert counts.lines[0].values[0] == 100  # 600 in six hours
    running = replace(WHOLE.traffic[-1], start=AT - HOUR, end=AT + 5 * HOUR)
    both = traffic(replace(WHOLE, traffic=(WHOLE.traffic[-1], running))).plots[0]
    alone = traffic(replace(WHOLE, traffic=(running,))).plots[0]
    assert [plot.lines[0].times for plot in (both, alone) if isinstance(plot, OverTime)] == [
        (WHOLE.traffic[-1].start,),
        (running.start,),
    ]
    failing = replace(WHOLE.health.predictions, error=6000)
    assert traffic(replace(WHOLE, health=replace(WHOLE.health, predictions=failing))).tone is Tone.ATTENTION


def test_drift_names_the_first_to_look_at() -> None:
    assert drift(WHOLE).conclusion == (
        "3 of 24 judged features drifted in the window to 12:30, first to look at: age (4.20 × its threshold), "
        "feature 1 (3.20 × its threshold), feature 2 (2.20 × its threshold); 1 more could not be judged."
    )
    assert WHOLE.drift is not None
    calm = replace(WHOLE.drift, features=tuple(replace(one, verdict="stable") for one in WHOLE.drift.features))
    found = drift(replace(WHOLE, drift=calm))
    assert (found.conclusion, found.tone) == ("None of 25 judged features drifted in the window to 12:30.", Tone.GOOD)
    unknown = replace(WHOLE.drift, reason="no rows", features=WHOLE.drift.features[-1:])
    found = drift(replace(WHOLE, drift=unknown))
    assert (found.conclusion, found.tone) == (
        "No feature could be judged in the window to 12:30: no rows.",
        Tone.UNKNOWN,
    )
    far = replace(WHOLE.drift, features=(replace(WHOLE.drift.features[0], ratio=10.0),))
    assert "age (10 or more × its threshold)" in drift(replace(WHOLE, drift=far)).conclusion


def test_a_number_is_a_histogram_unless_its_cells_are_points() -> None:
    plot = plot_of(numeric("age"))
    assert isinstance(plot, Histograms)
    assert plot.note == ("mean 5 → 6.5; missing 0 % → 3.2 %; outside the reference's range: 0.83 % below, 7.5 % above")
    edges = (0.0, 1.0, 2.0, 2.0000000001)
    reference = distribution((0, 5, 3, 2, 0), edges=edges, mean=0.7)
    points = plot_of(compared("few", reference, distribution((0, 1, 1, 2, 4), edges=edges, mean=1.0)))
    assert isinstance(points, Bars)
    assert points.categories == ("0 to 1", "1 to 2", "2", "> 2")
    assert points.current == (0.125, 0.125, 0.25, 0.5)
    gone = plot_of(compared("gone", reference, distribution((0, 0, 0, 0, 0), edges=edges, missing=0)))
    assert gone.note == "the current window has no value; missing 0 % → unknown"


def test_categories_come_as_the_reference_has_them_and_the_rest_last() -> None:
    names = ("(unseen)", "(other)", *(f"c{place:02}" for place in range(20)))
    plot = plot_of(categorical("plan", names))
    assert isinstance(plot, Bars)
    assert plot.categories[-3:] == ("(12 more)", "(unseen)", "(other)")
    assert sum(plot.reference) == pytest.approx(1)
    assert sum(plot.current) == pytest.approx(1)
    ordered = plot.reference[:-3]
    assert list(ordered) == sorted(ordered, reverse=True)


def test_performance_tells_the_newest_mature_cohort_and_the_estimate_since() -> None:
    found = performance(WHOLE)
    assert found.conclusion == (
        "accuracy was 0.8 in the newest mature cohort, 2026-03-12 (degraded), where outcomes cover 93 % of the "
        "predictions; for 2026-03-14 accuracy is estimated at 0.89, degraded."
    )
    assert found.tone is Tone.ATTENTION
    plot = found.plots[0]
    assert isinstance(plot, OverTime)
    assert [line.label.partition(",")[0] for line in plot.lines] == ["realised", "estimated"]
    assert (len(plot.limits), plot.marks) == (2, (AT - 4 * DAY,))
    assert sum(plot.lines[0].faults) == 3
    young = performance(replace(WHOLE, cohorts=(cohort(1, matured=False),)))
    assert young.tone is Tone.UNKNOWN
    assert young.conclusion.startswith(
        "No cohort with outcomes has matured yet; 93 % of the 1,000 predictions of 2026-03-14"
    )
    assert performance(replace(WHOLE, cohorts=(cohort(3),))).tone is Tone.GOOD


def test_concept_drift_says_whether_the_model_errs_more() -> None:
    assert concept(WHOLE).conclusion == "The model errs more since 2026-03-11 12:30, as adwin found."
    alert = WHOLE.concept_drift_alerts[0]
    for change, said in {
        ("error_rate", "down"): "The model errs less since",
        ("f1", "down"): "f1 is lower since",
        ("f1", None): "f1 has changed since",
    }.items():
        other = replace(alert, metric=change[0], direction=change[1])
        assert concept(replace(WHOLE, concept_drift_alerts=(other,))).conclusion.startswith(said)
    two = replace(WHOLE, concept_drift_alerts=(alert, replace(alert, timestamp=AT - 9 * DAY)))
    assert concept(two).conclusion.endswith("(2 concept drifts found in 30 days).")
    calm = concept(replace(WHOLE, concept_drift_alerts=()))
    assert (calm.conclusion, calm.tone) == (
        "No concept drift was found in 30 days; detectors saw up to 12,000 errors.",
        Tone.GOOD,
    )
    assert "no detector is chosen" in concept(replace(nothing(), chosen=())).conclusion


def test_checks_anomalies_and_alerts_are_counted_and_named() -> None:
    assert quality(WHOLE).conclusion == "1 check of data quality found a fault: missing share of age."
    sound = replace(WHOLE, quality=WHOLE.quality[1:])
    assert quality(sound).conclusion == "All 1 check of data quality in the last 24 hours are sound."
    assert anomalies(WHOLE).conclusion == (
        "1 hour of the last 30 days had a metric that was not as usual (age), the last from 2026-03-15 10:30 on."
    )
    usual = replace(WHOLE, anomalies=(replace(WHOLE.anomalies[0], verdict="normal"),))
    assert anomalies(usual).tone is Tone.GOOD
    assert alerts(WHOLE).conclusion == (
        "1 alert waits to be resolved; 1 drift alert raised in 30 days, 1 of them in the last 24 hours."
    )
    many = replace(WHOLE, drift_alerts=WHOLE.drift_alerts * 1000)
    assert "1,000 or more drift alerts raised in 30 days, 1,000 or more of them" in alerts(many).conclusion


def test_a_table_has_a_hundred_rows_and_no_empty_column() -> None:
    columns: dict[str, Callable[[int], Cell]] = {
        "n": str,
        "": lambda _: "",
        "verdict": lambda _: Badge(text="stable", tone=Tone.GOOD),
    }
    [table] = table_of(range(ROWS + 7), "numbers", columns)
    assert [column.heading for column in table.columns] == ["n", "verdict"]
    assert (len(table.rows), table.left_out) == (ROWS, 7)
    assert table_of([], "nothing", columns) == ()


def test_days_begin_at_midnight() -> None:
    assert (WHOLE.start.hour, (WHOLE.at.date() - WHOLE.start.date()).days) == (0, 29)
