"""Sections tell in a sentence what their rows mean, also where there is nothing, or too little."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest

from driftgauge.report.figures import Bars, Histograms, OverTime, Timeline
from driftgauge.report.report import make_report, summarise
from driftgauge.report.section import ROWS, Badge, Cell, Tone, table_of
from driftgauge.report.sections import SECTIONS
from driftgauge.report.sections.alerts import alerts
from driftgauge.report.sections.anomalies import anomalies
from driftgauge.report.sections.concept import concept
from driftgauge.report.sections.drift import drift
from driftgauge.report.sections.explanations import explanations
from driftgauge.report.sections.features import plot_of
from driftgauge.report.sections.health import headline, health
from driftgauge.report.sections.importance import importance
from driftgauge.report.sections.performance import performance
from driftgauge.report.sections.quality import quality
from driftgauge.report.sections.traffic import traffic
from fixtures.reported import (
    AT,
    DAY,
    HOUR,
    categorical,
    cohort,
    compared,
    distribution,
    everything,
    explained,
    nothing,
    numeric,
)

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
    assert (headline(WHOLE).figure, headline(WHOLE).unit, headline(WHOLE).tone) == ("0.715", "of 1", Tone.ATTENTION)
    assert headline(WHOLE).reason == (
        "below its threshold of 0.8; performance takes away 25 % (1 of 2 metrics degraded), data drift takes away "
        "3.8 % (3 of 24 features drifted, age), others take away less; 1 of 5 components cannot be told"
    )
    assert WHOLE.scored is not None
    fine = replace(WHOLE.scored, score=1.0, rule="classic", components=WHOLE.scored.components[:1])
    told = headline(replace(WHOLE, scored=fine))
    assert (told.figure, told.unit, told.tone) == ("1.000", "of 1, classic rule", Tone.GOOD)
    assert told.reason == "not below its threshold of 0.8; no component takes anything away"


def test_health_has_its_components_the_classic_score_and_a_trend() -> None:
    found = health(WHOLE)
    assert found.conclusion == "Health was 0.715 of 1 at 2026-03-15 12:29, below its threshold of 0.8."
    assert "The classic score is 0.420. Services reported 60 health checks in 30 days, 90 % healthy." in found.notes[0]
    made_of, classic, by_day, _ = found.tables
    assert [row[0] for row in made_of.rows] == ["performance", "data drift", "latency", "success", "concept drift"]
    assert made_of.rows[0][2:5] == ("0.5", "0.5", "25 %")
    assert made_of.rows[0][1] == Badge(text="lowers it", tone=Tone.ATTENTION)
    assert made_of.rows[2][1] == Badge(text="hardly lowers it", tone=Tone.GOOD)
    assert made_of.rows[-1][1:5] == (Badge(text="cannot tell", tone=Tone.UNKNOWN), "", "0.4", "")
    assert classic.folded
    assert (len(classic.rows), len(by_day.rows)) == (4, 10)
    trend = found.plots[0]
    assert isinstance(trend, OverTime)
    assert ([line.label for line in trend.lines], trend.limits[0].values) == (["mean", "least"], (0.8,) * 10)


def test_where_no_score_was_written_the_classic_one_is_told_as_such() -> None:
    old = replace(WHOLE, scored=None)
    assert (headline(old).figure, headline(old).unit) == ("0.420", "of 1, classic rule")
    assert headline(old).reason.startswith("concept drift takes away 40 % (drifted), data drift takes away 30 %")
    assert "no score by components was written in the last 24 hours" in headline(old).reason
    assert health(old).conclusion.startswith("Health is 0.420 of 1 by the classic rule; no score by components")
    assert not health(old).tables[0].folded
    assert headline(nothing()).figure == "unknown"
    assert health(nothing()).tone is Tone.UNKNOWN
    assert "there were no predictions in prediction_logs in the last 24 hours" in health(nothing()).conclusion


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
        "1 alert waits to be resolved (1 critical); 3 alerts began in 30 days, 2 of them ended; "
        "1 drift alert raised in 30 days, 1 of them in the last 24 hours."
    )
    many = replace(WHOLE, drift_alerts=WHOLE.drift_alerts * 1000)
    assert "1,000 or more drift alerts raised in 30 days, 1,000 or more of them" in alerts(many).conclusion


def test_the_history_of_alerts_tells_who_acknowledged_them_and_how_they_ended() -> None:
    found = alerts(WHOLE)
    history = next(table for table in found.tables if table.caption.startswith("Alerts that began"))
    rows = [dict(zip([column.heading for column in history.columns], row, strict=True)) for row in history.rows]
    assert rows[0]["ended"] == "not yet"
    assert rows[1] == {
        "began": "2026-03-10 12:30",
        "alert": "age",
        "severity": Badge(text="critical", tone=Tone.ATTENTION),
        "of": "age",
        "acknowledged by": "age, 2026-03-10 13:30",
        "ended": "2026-03-11 12:30, alertmanager",
        "lasted": "24 h",
        "message": "age",
    }
    lasting = found.plots[1]
    assert isinstance(lasting, Timeline)
    assert [(lane.label, lane.count) for lane in lasting.lanes] == [("ModelDrifted", 2), ("age", 1)]
    assert lasting.lanes[0].spans == ((AT - DAY, AT), (AT - 9 * DAY, AT - 8 * DAY))
    quiet = replace(WHOLE.alert_history[0], acknowledged=False, suppressed=True)
    by_hand = replace(WHOLE.alert_history[1], resolved_at=None, resolution="by hand", resolved_by="bob")
    table = next(
        table
        for table in alerts(replace(WHOLE, alert_history=(quiet, by_hand))).tables
        if table.caption.startswith("Alerts that began")
    )
    assert [row[5] for row in table.rows] == ["not yet, silenced", "bob"]
    assert [row[4] for row in table.rows] == ["", "age, 2026-03-10 13:30"]
    assert alerts(nothing()).conclusion == "No alert waits, and none began in 30 days; no drift alert was raised."
    assert not alerts(nothing()).plots
    alone = replace(WHOLE.alerts[0], severity="warning", acknowledged=False)
    assert alerts(replace(WHOLE, alerts=(alone, WHOLE.alerts[0]))).conclusion.startswith(
        "2 alerts wait to be resolved (1 critical, 1 that nobody acknowledged); "
    )


def test_importance_names_what_changed_appeared_and_vanished() -> None:
    found = importance(WHOLE)
    assert found.conclusion == (
        "Importances against version 2 of 2026-03-07 12:30: age (-0.25) changed; feature 1 appeared; gone vanished; "
        "the order no longer ranks what mattered before (nDCG 0.871, 0.9 is wanted), ranks are alike in part "
        "(Spearman 0.50, Kendall 0.33)."
    )
    assert found.tone is Tone.ATTENTION
    [plot] = found.plots
    assert isinstance(plot, Bars)
    assert (plot.categories[:3], plot.reference[:3], plot.current[:3]) == (
        ("age", "feature 1", "gone"),
        (0.45, 0.0, 0.2),
        (0.2, 0.3, 0.0),
    )
    assert len(plot.categories) == 12
    assert found.tables[0].rows[1] == (
        "age",
        "2",
        "1",
        "0.2",
        "0.45",
        "-0.25",
        Badge(text="changed", tone=Tone.ATTENTION),
    )
    assert "2 loggings in 30 days." in found.notes[0]
    assert found.notes[1] == "No number was told for odd."


def test_importances_that_stayed_or_were_never_compared_are_told() -> None:
    assert WHOLE.importance is not None
    stable = tuple(one for one in WHOLE.importance.features if one.state == "stable")
    calm = replace(
        WHOLE.importance,
        compared_with="logging",
        drifted=False,
        features=list(stable),
        appeared=[],
        vanished=[],
        ndcg=1.0,
        spearman=1.0,
        kendall=1.0,
    )
    found = importance(replace(WHOLE, importance=calm))
    assert found.conclusion.startswith(
        "Importances against those of 2026-03-07 12:30: no feature changed by more than 0.1; the order still ranks"
    )
    assert found.tone is Tone.GOOD
    assert "ranks are others" in importance(replace(WHOLE, importance=replace(calm, spearman=-1.0))).conclusion
    assert "cannot be told" in importance(replace(WHOLE, importance=replace(calm, ndcg=None))).conclusion
    assert importance(replace(WHOLE, importance=replace(calm, kendall=None))).conclusion.endswith("0.9 is wanted).")
    first = replace(
        calm,
        compared_with="nothing",
        previous_timestamp=None,
        drifted=None,
        reason="nothing was logged before to compare with",
        features=[replace(one, previous=None, previous_rank=None, state=None) for one in stable[:2]],
    )
    alone = importance(replace(WHOLE, importance=first))
    assert (alone.tone, alone.plots) == (Tone.UNKNOWN, ())
    assert alone.conclusion == (
        "Whether importances changed cannot be told: nothing was logged before to compare with; "
        "feature 2 and feature 3 matter most."
    )
    assert importance(nothing()).conclusion == "No importances were logged: see docs/feature-importance.md."


def test_explanations_tell_the_state_by_each_type() -> None:
    calm = explained("lime", ["age", "plan"], drifted=False)
    found = explanations(replace(WHOLE, explanations=(*WHOLE.explanations[:1], calm)))
    assert found.conclusion == (
        "By SHAP values, reasoning changed: inputs are as in the reference, the model weighs them otherwise (1 feature "
        "drifted: age). By LIME weights, nothing changed: inputs and reasoning are as in the reference."
    )
    assert found.tone is Tone.ATTENTION
    assert found.notes[0] == (
        "SHAP values: window of 2026-03-15 11:30 to 12:30, 240 explained predictions; 1 of 25 features drifted. The "
        "order of features no longer ranks what mattered in the reference (nDCG 0.870). new appeared."
    )
    plot = found.plots[0]
    assert isinstance(plot, Bars)
    assert (len(plot.categories), plot.reference[0], plot.current[0]) == (12, 0.3, 0.1)
    headings = [column.heading for column in found.tables[0].columns]
    row = dict(zip(headings, found.tables[0].rows[0], strict=True))
    assert (row["mean magnitude"], row["rank"], row["positive"]) == ("0.3 → 0.1", "1 → 1", "70 % → 30 %")
    assert row["effect of threshold"] == "2.00"
    assert [(len(table.rows), table.folded) for table in found.tables] == [(1, False), (24, True), (2, True)]
    far = replace(WHOLE.explanations[0].features[0], score=12.0), replace(calm.features[0], score=None)
    both = explanations(replace(WHOLE, explanations=(replace(calm, features=far),)))
    assert [table.rows[0][6:7] for table in both.tables] == [("10 or more",), ("mean moved, age",)]
    assert explanations(replace(WHOLE, explanations=(calm,))).tone is Tone.GOOD


def test_explanations_that_were_not_judged_are_no_good_news() -> None:
    one = explained("shap", ["age"])
    lacking = replace(
        one,
        verdict="no_data",
        reason="no prediction was explained",
        sentence="reasoning and inputs were not judged",
        ndcg=None,
        features=(replace(one.features[0], verdict="no_data", current_importance=None, current_mean=None),),
    )
    found = explanations(replace(WHOLE, explanations=(lacking,)))
    assert found.conclusion == "By SHAP values, reasoning and inputs were not judged (no prediction was explained)."
    assert (found.tone, found.plots) == (Tone.UNKNOWN, ())
    assert "0.1 → –" in found.tables[0].rows[0]
    assert explanations(nothing()).conclusion.startswith("No window of explanations was judged in the last 24 hours")
    assert explanations(nothing()).headline is False


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
