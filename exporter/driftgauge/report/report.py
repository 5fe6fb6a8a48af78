"""A report: what is known of a model, in sections, and a summary that quotes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from driftgauge.report.data import ReportData
from driftgauge.report.section import Section, Tone
from driftgauge.report.sections import SECTIONS
from driftgauge.report.sections.health import Headline, headline

SENTENCES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole, as it is shown on a page, on the terminal, or as JSON."""

    data: ReportData
    headline: Headline
    summary: tuple[str, ...]
    sections: tuple[Section, ...]


def make_report(data: ReportData) -> Report:
    """Return the report of what was read."""
    sections = tuple(section(data) for section in SECTIONS)
    return Report(data=data, headline=headline(data), summary=summarise(sections), sections=sections)


def summarise(sections: tuple[Section, ...]) -> tuple[str, ...]:
    """Return at most five sentences, in the order of the sections: those that need attention before all others."""
    quoted = [section for section in sections if section.headline]
    first = sorted(quoted, key=lambda section: section.tone is not Tone.ATTENTION)[:SENTENCES]
    return tuple(section.conclusion for section in quoted if section in first)
