"""Write a report as one page of HTML that needs nothing else: no network, no script, no font."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from driftgauge import __version__
from driftgauge.report import wording
from driftgauge.report.plots import draw
from driftgauge.report.report import Report
from driftgauge.report.section import Section, Tone

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
SIGNS: Final = {Tone.GOOD: "✓", Tone.ATTENTION: "▲", Tone.UNKNOWN: "○"}
WORDS: Final = {Tone.GOOD: "as it should be", Tone.ATTENTION: "look here", Tone.UNKNOWN: "cannot tell"}


def render_page(report: Report) -> str:
    """Return the page; the same report makes the same text."""
    return render("page.html", report.sections, report=report, data=report.data)


def render(template: str, sections: Sequence[Section], **values: object) -> str:
    """Return a page of some sections, whose template fills the layout with `values`."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells where it caches fonts
    environment = Environment(
        loader=PackageLoader("driftgauge.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    return environment.get_template(template).render(
        sections=sections,
        policy=POLICY,
        plots={section.key: _plots(section) for section in sections},
        signs=SIGNS,
        words=WORDS,
        wording=wording,
        program=f"driftgauge {__version__}",
        **values,
    )


def _plots(section: Section) -> list[Markup]:
    return [
        Markup(draw(plot, prefix=f"{section.key}-{place}"))  # noqa: S704 - matplotlib has escaped what is in it
        for place, plot in enumerate(section.plots)
    ]


def _finalize(value: object) -> object:
    """Clean every text that goes into the page, before it is escaped."""
    return wording.clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value
