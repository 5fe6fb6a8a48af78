"""What the demonstration shows while it runs: a live table on a terminal, lines about changes elsewhere."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from rich.console import Console, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from driftgauge.demo.checks import Signal
from driftgauge.demo.incidents import Phase
from driftgauge.demo.model import MODEL_NAME, MODEL_VERSION
from driftgauge.demo.readings import FeatureReading, Readings

WIDTH: Final = 100
WIDE: Final = 90
LONG_BAR, SHORT_BAR = 24, 14
MOST_FEATURES: Final = 5
ALARMING: Final = 0.1  # seconds, and share of errors: what the incidents must exceed
LINES_BESIDE: Final = 12  # all that is drawn but signals and features
LINES_ABOVE: Final = 9  # all that is drawn but signals, where there is no room for features
VERDICT_STYLES: Final = {"stable": "green", "drifted": "bold red"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Everything to be shown at one moment; `at` and `length` are seconds of this pass through the phases."""

    at: float
    length: float
    endless: bool
    phase: Phase
    signals: Sequence[Signal]
    shown: Sequence[Signal]
    readings: Readings


class View(Protocol):
    """Somewhere to show frames."""

    def show(self, frame: Frame) -> None:
        """Show the frame in place of the last one."""
        ...


@contextmanager
def open_view(console: Console) -> Generator[View]:
    """Yield the view that fits the console."""
    if not console.is_terminal:
        yield Lines(console)
        return
    with Live(console=console, auto_refresh=False) as live:
        yield LiveTable(live, ascii_only=console.options.ascii_only)


class Lines:
    """Tells each change in a line: phases, signals, verdicts."""

    def __init__(self, console: Console) -> None:
        """Print to `console`."""
        self._console = console
        self._phase = ""
        self._verdict: tuple[str, ...] = ()

    def show(self, frame: Frame) -> None:
        """Print what has changed since the last frame."""
        name = frame.phase.incident.name
        if name != self._phase:
            self._phase = name
            self._print(frame, f"{name}: {frame.phase.incident.does}")
        for signal in frame.shown:
            self._print(frame, f"shown {_after(signal)}: {signal.expectation.says}")
        readings = frame.readings
        drifted = tuple(reading.feature for reading in readings.features if reading.drifted)
        verdict = (readings.verdict or "", *sorted(drifted))
        if readings.verdict and verdict != self._verdict:
            self._verdict = verdict
            self._print(frame, f"verdict: {_words(readings.verdict)}" + (f" ({', '.join(drifted)})" if drifted else ""))

    def _print(self, frame: Frame, text: str) -> None:
        self._console.print(f"{clock(frame.at):>6}  {text}", markup=False, highlight=False, soft_wrap=True)


class LiveTable:
    """Redraws one table in place."""

    def __init__(self, live: Live, *, ascii_only: bool) -> None:
        """Draw by `live`."""
        self._live = live
        self._ascii_only = ascii_only

    def show(self, frame: Frame) -> None:
        """Draw the frame."""
        self._live.update(Padding(self._draw(frame), (1, 0, 0, 2)), refresh=True)

    def _draw(self, frame: Frame) -> RenderableType:
        width = min(WIDTH, self._live.console.width - 2)
        of = "then it begins anew" if frame.endless else f"of {clock(frame.length)}"
        head = Table.grid(expand=True)
        head.add_column()
        head.add_column(justify="right")
        head.add_row(Text(f"{MODEL_NAME} {MODEL_VERSION}", "bold"), Text(f"{clock(frame.at)} {of}"))
        now = Text.assemble((frame.phase.incident.name, "bold yellow"), "  ", frame.phase.incident.does)
        bar = ProgressBar(total=frame.length, completed=min(frame.at, frame.length), width=width)
        signals = _signals(frame, most=max(self._live.console.height - LINES_ABOVE, 1))
        parts: list[RenderableType] = [head, bar, now, "", _traffic(frame.readings), "", signals]
        features = min(MOST_FEATURES, self._live.console.height - len(frame.signals) - LINES_BESIDE)
        if features > 0:
            parts += ["", self._drift(frame.readings, features, LONG_BAR if width >= WIDE else SHORT_BAR)]
        box = Table.grid()
        box.add_column(width=width)
        for part in parts:
            box.add_row(part)
        return box

    def _drift(self, readings: Readings, rows: int, bar: int) -> Table:
        by_threshold = "threshold" if self._ascii_only else "┃ threshold"
        table = _table(("feature", 17), (by_threshold, bar + 1), ("strongest test", None), ("score", 5), ("", 13))
        for reading in readings.features[:rows]:
            judged, style = _judged(reading)
            table.add_row(
                Text(reading.feature, "bold red" if reading.drifted else ""),
                self._bar(reading, bar),
                Text(reading.test.replace("_", " ")),
                Text(f"{reading.score:.3f}"),
                Text(judged, style),
            )
        for _ in range(rows - len(readings.features)):
            table.add_row(*[""] * len(table.columns))
        return table

    def _bar(self, reading: FeatureReading, width: int) -> Text:
        full, threshold, empty = ("#", "|", ".") if self._ascii_only else ("━", "┃", "─")
        filled = round(min(reading.strength / 2, 1.0) * (width + 1))
        bar = Text()
        for cell in range(width + 1):
            style = ("red" if reading.drifted else "green") if cell < filled else "dim"
            bar.append(threshold if cell == width // 2 else full if cell < filled else empty, style)
        return bar


def _traffic(readings: Readings) -> Table:
    verdict = _words(readings.verdict or "no_data")
    cells = (
        ("traffic", _number(readings.rate, ".0f", " /s"), "bold"),
        ("latency", _number(readings.latency and readings.latency * 1000, ".0f", " ms"), _style(readings.latency)),
        ("errors", _number(readings.error_share, ".1%"), _style(readings.error_share)),
        ("lag", _number(readings.lag, ".1f", " s"), "bold"),
        ("rows judged", _number(readings.rows, ",d"), "bold"),
        ("verdict", verdict, VERDICT_STYLES.get(readings.verdict or "", "yellow")),
    )
    table = Table.grid(expand=True, padding=(0, 1, 0, 0))
    for _ in cells:
        table.add_column(ratio=1, no_wrap=True)
    table.add_row(*(Text(name, "dim") for name, _, _ in cells))
    table.add_row(*(Text(value, style) for _, value, style in cells))
    return table


def _signals(frame: Frame, *, most: int) -> Table:
    """Return the signals: where there is no room for all, without those of phases that are over, then of later ones."""
    over = [signal for signal in frame.signals if signal.phase.end <= frame.at]
    left = [signal for signal in frame.signals if signal.phase.end > frame.at]
    signals = (over[-(most - len(left)) :] if most > len(left) else []) + left[:most]
    table = _table(("incident", 15), ("must show on /metrics", None), ("shown", 12))
    last = ""
    for signal in signals:
        name = signal.phase.incident.name
        running = signal.phase is frame.phase
        table.add_row(
            Text("" if name == last else name, "bold yellow" if running else ""),
            Text(signal.expectation.says, "" if running or signal.shown_at is not None else "dim"),
            _state(signal, frame.at),
        )
        last = name
    return table


def _judged(reading: FeatureReading) -> tuple[str, str]:
    if reading.drifted:
        return "drifted", "bold red"
    return ("within chance" if reading.strength > 1 else "stable"), "green"


def _state(signal: Signal, at: float) -> Text:
    if signal.shown_at is not None:
        return Text(_after(signal), "green")
    if at < signal.phase.start:
        return Text(f"in {signal.phase.start - at:.0f} s", "dim")
    return Text(f"waiting {at - signal.phase.start:.0f} s", "yellow")


def _table(*columns: tuple[str, int | None]) -> Table:
    """Return a table of columns of fixed widths; one without takes what is left."""
    table = Table(box=None, pad_edge=False, expand=True, header_style="dim")
    for heading, width in columns:
        table.add_column(
            heading,
            width=width,
            ratio=None if width else 1,
            no_wrap=True,
            justify="right" if width == len("score") else "left",
        )
    return table


def _after(signal: Signal) -> str:
    return f"after {(signal.shown_at or 0.0) - signal.phase.start:.0f} s"


def _number(value: float | None, spec: str, unit: str = "") -> str:
    return "-" if value is None else f"{value:{spec}}{unit}"


def _style(value: float | None) -> str:
    return "bold red" if value is not None and value > ALARMING else "bold"


def _words(verdict: str) -> str:
    return verdict.replace("_", " ")


def clock(seconds: float) -> str:
    """Return seconds as minutes and seconds."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"
