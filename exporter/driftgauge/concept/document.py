"""Write docs/concept-drift-detectors.md: `python -m driftgauge.concept.document > docs/concept-drift-detectors.md`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Final

from driftgauge.concept.registry import DETECTORS, AnyKind

INTRODUCTION: Final = """\
# Concept drift detectors

Generated from `exporter/driftgauge/concept/`; a test compares. `driftgauge detectors list` prints the table, too.

A detector takes one ordered stream of numbers, such as the errors of a model in the order of its predictions, value by
value, and tells where they changed: a *drift*, and with some detectors a *warning* before it, each with its direction.
Up is worse where the numbers are errors or losses. Its score is how much of the way to a drift the stream has gone.

How often each cries wolf by its defaults, and how soon it finds a change, is measured in
[performance.md](performance.md#concept-drift-detectors-make-bench-args--only-detectors): `adwin` and the two `hddm` do
not cry wolf (but `hddm_w` where about half of all values are errors), the others do, some once in a thousand values.
`concept.detectors` chooses which of them follow the errors of models ([concept-drift.md](concept-drift.md)).

| detector | input | sees | warnings | its statistic, which is a drift from a threshold on | unit | for |
|---|---|---|---|---|---|---|
"""

SAME: Final = """
Of all detectors:

- Values that are missing, infinite or beyond ±1e100 are skipped and counted. Other values that a detector does not take
  are refused, and then none of the array is taken.
- After a drift a detector forgets what was before and starts again. A warning is told once, where its zone is entered.
- The state is small, whatever the length of the stream, and plain JSON. A detector that is put away after any value and
  resumed from the text tells the same changes at the same places as one that never stopped; so does one that gets the
  same values in other portions.

## Parameters

| detector | parameter | default | range | what it does |
|---|---|---|---|---|
"""

T_TEST: Final = """
## Windows

Where there are two windows instead of a stream, `t_test` compares their means: Student's t with pooled variance,
two-sided, a drift where p is below α (0.05), strictly. It is the classic rule: standard deviations with n in the
denominator, weighted by n - 1. The difference is reference - current. Fewer than two values in a window are
`insufficient_data`.

"""

EXAMPLE: Final = """\
## From Python

```pycon
>>> import json
>>> from driftgauge.concept.registry import DETECTORS
>>> from driftgauge.concept.t_test import WindowMoments, t_test
>>> adwin = DETECTORS["adwin"]
>>> detector = adwin.follow(None, {"delta": 0.01})
>>> detector.update([0, 0, 1, 0, 0] * 100)
()
>>> text = json.dumps(detector.state())  # to be kept until there are more values
>>> detector = adwin.follow(json.loads(text), {"delta": 0.01})
>>> for change in detector.update([0, 1, 1, 1, 0] * 40):
...     print(change.index, change.level, change.direction, round(change.reference_mean, 2), round(change.score, 2))
43 drift up 0.2 1.04
>>> t_test(WindowMoments.of([0.91, 0.93, 0.92]), WindowMoments.of([0.88, 0.87, 0.9])).verdict.value
'drifted'

```

`follow` starts anew where there is no state, or one of other parameters. `change.index` is the place in the array that
was given last, so that the time of the change is the time of that value.

"""

SOURCES: Final = """\
## Where they come from

Formulas are in each detector's file. The tests hold the detectors to the published results of River 0.26.1 and, but for
`kswin`, whose samples are drawn differently, to River itself on random streams.

"""


def registry_markdown() -> str:
    """Return the page."""
    table = "\n".join(_row(kind) for kind in DETECTORS.values())
    parameters = "\n".join(line for kind in DETECTORS.values() for line in _parameters(kind))
    sources = "\n".join(f"- `{name}`: {references(kind)}" for name, kind in DETECTORS.items())
    return f"{INTRODUCTION}{table}\n{SAME}{parameters}\n{T_TEST}{EXAMPLE}{SOURCES}{sources}\n"


def references(kind: AnyKind) -> str:
    """Return what the docstring of the detector refers to.

    Examples
    --------
    >>> references(DETECTORS["ddm"])[:53]
    'Gama, Medas, Castillo and Rodrigues, Learning with dr'
    """
    _, _, found = (inspect.getdoc(kind.make) or "").partition("\nReferences\n----------\n")
    return " ".join(found.split())


def _row(kind: AnyKind) -> str:
    cells = (
        f"`{kind.name}`",
        str(kind.takes),
        ", ".join(kind.directions),
        "yes" if kind.warns else "no",
        kind.statistic,
        kind.unit,
        kind.suits,
    )
    return f"| {' | '.join(cells)} |"


def _parameters(kind: AnyKind) -> Iterator[str]:
    defaults = kind.parameters.defaults()
    for name, about in kind.parameters.described().items():
        yield f"| `{kind.name}` | `{name}` | {shown(defaults[name])} | {about.range} | {about.meaning} |"


def shown(default: object) -> str:
    """Return a default as people write it.

    Examples
    --------
    >>> shown(default=None), shown(default=True), shown(0.002)
    ('', 'true', '0.002')
    """
    if default is None:
        return ""
    return str(default).lower() if isinstance(default, bool) else f"{default:g}"


if __name__ == "__main__":
    sys.stdout.write(registry_markdown())
