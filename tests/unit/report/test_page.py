"""A page is valid, holds nothing but itself, and takes any name as text."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftgauge.report.page import POLICY, render_page
from driftgauge.report.report import make_report
from driftgauge.report.wording import clean
from fixtures.document import check_page, elements, text
from fixtures.reported import HOSTILE, categorical, everything, nothing, numeric

if TYPE_CHECKING:
    from driftgauge.report.data import ReportData

AA: Final = 4.5


def page_of(data: ReportData) -> str:
    return render_page(make_report(data))


def with_few_plots(name: str) -> ReportData:
    """Return a model with everything that is named, and no more plots than show a name."""
    return replace(
        everything(name, features=11, model=name),
        traffic=(),
        health_days=(),
        drift_days=(),
        cohorts=(),
        reliability=None,
        drift_alerts=(),
        concept_drift_alerts=(),
        anomalies=(),
        score_days=(),
        explanations=everything(name, features=11).explanations[:1],
        distributions=(numeric(name), categorical(name, (name, "(other)"))),
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_any_name_is_text(name: str) -> None:
    root = check_page(page_of(with_few_plots(name)))
    whole = text(root)
    shown = clean(name)[:20].strip()
    assert shown in whole
    assert "49" not in [text(cell) for cell in elements(root, "td")], "a name is no template"
    title = next(elements(root, "h1")).attrib["title"]
    assert title == clean(name)


@settings(max_examples=10)
@given(name=st.text(min_size=1, max_size=300))
def test_whatever_is_a_name_makes_a_valid_page(name: str) -> None:
    check_page(page_of(with_few_plots(name)))


def test_where_nothing_is_known_the_page_says_so() -> None:
    root = check_page(page_of(nothing()))
    said = text(root)
    assert "No outcomes were logged for predictions of the last 30 days: see docs/outcomes.md." in said
    assert "No prediction was logged in the last 24 hours." in said
    assert not list(elements(root, "svg"))
    assert not list(elements(root, "table"))


def test_the_summary_has_at_most_five_sentences_and_the_figures() -> None:
    report = make_report(everything())
    root = check_page(render_page(report))
    assert len(report.summary) == 5
    said = text(root)
    for sentence in report.summary:
        assert sentence in said
    assert "3 of 24 judged features drifted" in said
    assert "age (4.20 × its threshold)" in said
    assert "outcomes cover 93 % of the predictions" in said
    assert "The model errs more since 2026-03-11 12:30" in said
    assert "2026-03-15 12:30 UTC" in said


def test_twelve_features_are_plotted_and_a_hundred_rows_listed() -> None:
    data = everything(features=200)
    root = check_page(page_of(data))
    section = next(one for one in elements(root, "section") if one.attrib["aria-labelledby"] == "features")
    assert len(list(elements(section, "svg"))) == len(data.distributions)
    drift = next(one for one in elements(root, "section") if one.attrib["aria-labelledby"] == "drift")
    table = next(elements(drift, "table"))
    assert len(list(elements(table, "tr"))) == 101
    assert "100 more are not listed here." in text(drift)


def test_the_policy_lets_nothing_in() -> None:
    root = check_page(page_of(everything()))
    policies = [one.attrib["content"] for one in elements(root, "meta") if "http-equiv" in one.attrib]
    assert policies == [POLICY] == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def test_the_same_report_makes_the_same_page() -> None:
    assert page_of(everything()) == page_of(everything())


def test_verdicts_are_told_by_more_than_colour() -> None:
    root = check_page(page_of(everything()))
    badges = [one for one in elements(root, "span") if one.attrib.get("class", "").startswith("badge")]
    assert badges
    signs = {one.attrib["class"]: text(one)[0] for one in badges}
    assert len(set(signs.values())) == len(signs) == 3


def test_text_can_be_read_in_light_dark_and_print() -> None:
    css = next(elements(check_page(page_of(nothing())), "style")).text or ""
    palettes = re.findall(r":root \{(.*?)\}", css, flags=re.DOTALL)
    assert len(palettes) == 3
    for palette in palettes:
        colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", palette))
        for ink in ("ink", "muted", "good", "attention", "unknown", "link", "current"):
            for ground in ("paper", "ground"):
                assert contrast(colours[ink], colours[ground]) >= AA, (ink, ground)


def test_times_are_said_to_be_utc_and_other_versions_are_named() -> None:
    said = text(check_page(page_of(replace(everything("7.1"), model="churn"))))
    assert "All times are UTC. There are also 7.1 in 7.1: name one by --version and --environment." in said


def contrast(one: str, other: str) -> float:
    """As WCAG 2.2 defines it."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
