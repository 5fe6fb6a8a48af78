"""The landing page: models, verdicts and jobs on one page of HTML that loads nothing else."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta
from html import escape
from typing import Final

from driftgauge import __version__
from driftgauge.exposition.sanitise import sanitise
from driftgauge.model.verdict import Verdict
from driftgauge.web.published import JobLine, ModelLine, Page, Readiness

MOST_MODELS = 500
MOST_FEATURES = 8

STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --paper: #ffffff; --line: #d0d7de;
  --good: #116329; --bad: #b3261e; --link: #0550ae; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9aa4af; --paper: #0d1117; --line: #30363d;
  --good: #56d364; --bad: #ff8078; --link: #79b8ff; } }
body { margin: 2rem auto; max-width: 75rem; padding: 0 1rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p, footer { color: var(--soft); } a { color: var(--link); }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; overflow-wrap: normal; }
.number { text-align: right; } .good { color: var(--good); } .bad { color: var(--bad); font-weight: 600; }
footer { margin-top: 2rem; }
"""
STYLE_HASH: Final = f"sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}"

_VERDICTS: Final = {
    Verdict.STABLE: '<span class="good">stable</span>',
    Verdict.DRIFTED: '<span class="bad">drifted</span>',
    Verdict.INSUFFICIENT_DATA: "too few rows",
    Verdict.NO_DATA: "no data",
    None: "not judged yet",
}


def landing_page(page: Page | None, readiness: Readiness) -> str:
    """Return the whole document; whatever comes from data or configuration is escaped."""
    state = '<span class="good">Ready</span>' if readiness.ready else '<span class="bad">Not ready</span>'
    as_of = "" if page is None else f" As of {page.at:%Y-%m-%d %H:%M:%S} UTC."
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>driftgauge</title>
<style>{STYLE}</style>
</head>
<body>
<h1>driftgauge</h1>
<p>{state}: {_shown(readiness.reason)}.{as_of}</p>
{"" if page is None else _models(page) + _jobs(page)}
<footer>driftgauge {escape(__version__)} · <a href="/metrics">/metrics</a> · <a href="/-/ready">/-/ready</a> ·
<a href="/-/healthy">/-/healthy</a></footer>
</body>
</html>
"""


def _models(page: Page) -> str:
    if not page.models:
        return "<h2>Models</h2>\n<p>None yet: a model shows here once its first prediction is logged.</p>\n"
    headings = (
        '<th scope="col">Model</th><th scope="col">Version</th><th scope="col">Environment</th>'
        '<th scope="col">Verdict</th><th scope="col">Drifted features</th>'
        '<th scope="col" class="number">Rows judged</th>'
        '<th scope="col" class="number">Data age</th><th scope="col">Reference</th>'
    )
    rows = "\n".join(_model_row(line, page.at) for line in page.models[:MOST_MODELS])
    beyond = len(page.models) - MOST_MODELS
    more = f'<p>And {beyond} more; all are in <a href="/metrics">/metrics</a>.</p>\n' if beyond > 0 else ""
    return f'<h2>Models</h2>\n<div class="wide"><table>\n<tr>{headings}</tr>\n{rows}\n</table></div>\n{more}'


def _model_row(line: ModelLine, at: datetime) -> str:
    features = ", ".join(_shown(feature) for feature in line.drifted_features[:MOST_FEATURES])
    beyond = len(line.drifted_features) - MOST_FEATURES
    rows = "–" if line.rows is None else f"{line.rows:,}"
    cells = (
        _shown(line.key.model),
        _shown(line.key.version),
        _shown(line.key.environment),
        _VERDICTS[line.verdict],
        (features or "–") + (f" and {beyond} more" if beyond > 0 else ""),
    )
    numbers = "".join(f'<td class="number">{cell}</td>' for cell in (rows, _age(line.last_prediction_at, at)))
    words = "".join(f"<td>{cell}</td>" for cell in cells)
    return f"<tr>{words}{numbers}<td>{_shown(line.reference) or '–'}</td></tr>"


def _jobs(page: Page) -> str:
    if not page.jobs:
        return ""
    headings = (
        '<th scope="col">Job</th><th scope="col" class="number">Every</th>'
        '<th scope="col" class="number">Last success</th><th scope="col">Problem</th>'
    )
    rows = "\n".join(_job_row(line, page.at) for line in page.jobs)
    return f'<h2>Jobs</h2>\n<div class="wide"><table>\n<tr>{headings}</tr>\n{rows}\n</table></div>\n'


def _job_row(line: JobLine, at: datetime) -> str:
    ago = "never" if line.last_success_at is None else f"{_age(line.last_success_at, at)} ago"
    problem = f'<span class="bad">{_shown(line.problem)}</span>' if line.problem else "none"
    return (
        f'<tr><td>{_shown(line.name)}</td><td class="number">{_span(line.every)}</td>'
        f'<td class="number">{ago}</td><td>{problem}</td></tr>'
    )


def _shown(text: str) -> str:
    """Return `text` as it is safe in HTML, cut and cleaned like a label value."""
    return escape(sanitise(text))


def _age(moment: datetime | None, at: datetime) -> str:
    return "–" if moment is None else _span(max(at - moment, timedelta()))


def _span(duration: timedelta) -> str:
    """Return a duration to the two largest units that it has."""
    seconds = round(duration.total_seconds())
    days, hours, minutes = seconds // 86_400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    if minutes:
        return f"{minutes} min {seconds % 60} s"
    return f"{seconds} s"
