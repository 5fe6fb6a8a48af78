"""What the costs of logging advise: to the service, and for the traffic that is expected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from driftgauge.costs.advice import BUSY, Advice, Drawn, largest_of
from driftgauge.costs.figures import Circumstances, Figures, RowKind, Way
from driftgauge.costs.wording import many, much, share

LOSS: Final = 0.10
SLOW_CALL_MICROSECONDS: Final = 1_000.0
LEAST_OUTAGE_SECONDS: Final = 60.0


def lost_rows(figures: Figures, _: Circumstances) -> Iterator[Advice]:
    """Tell of rows that the client dropped while it was measured."""
    stream = figures.stream
    if stream is not None and stream.dropped:
        yield Advice(
            rule="lost_rows",
            text=f"The client dropped {many(stream.dropped)} of {many(stream.accepted)} rows while it was measured: "
            f"Postgres stored {many(stream.rate.median)} rows/s and the queue ran full. Log fewer rows at once, give "
            "the logger a larger queue_rows, or a spool.",
            drawn=(
                Drawn(pointer="/stream/dropped", value=stream.dropped),
                Drawn(pointer="/stream/accepted", value=stream.accepted),
                Drawn(pointer="/stream/rows_per_second/median", value=stream.rate.median),
            ),
        )


def slow_call(figures: Figures, _: Circumstances) -> Iterator[Advice]:
    """Tell of calls that keep their thread waiting."""
    for place, cost in enumerate(figures.logging):
        if cost.way is Way.CLIENT and cost.p99.median > SLOW_CALL_MICROSECONDS:
            yield Advice(
                rule="slow_call",
                text=f"One call of log_prediction in a hundred takes {much(cost.p99.median / 1000)} ms or more, where "
                f"the middle one takes {much(cost.p50.median)} µs: the thread is kept from a processor. Give the "
                "service another core, or fewer threads.",
                drawn=(
                    Drawn(pointer=f"/logging/{place}/p99_us/median", value=cost.p99.median),
                    Drawn(pointer=f"/logging/{place}/p50_us/median", value=cost.p50.median),
                ),
            )


def heavy_operation(figures: Figures, _: Circumstances) -> Iterator[Advice]:
    """Tell which share to log of an operation that logging slows down."""
    for place, cost in enumerate(figures.operations):
        loss = cost.loss.median
        if loss > LOSS and cost.loss.least > 0:  # else rounds do not even agree that something is lost
            kept = LOSS / (1 - LOSS) * (1 - loss) / loss  # logging a share s of them costs s times as much time
            yield Advice(
                rule="heavy_operation",
                text=f"Logging costs {cost.operation} {share(loss)} of its throughput ({many(cost.without.median)} "
                f"{cost.unit}/s without, {many(cost.logged.median)} with). Log {share(kept)} of the {cost.unit}, "
                f"drawn at random, and it costs about {share(LOSS)}.",
                drawn=(
                    Drawn(pointer=f"/operations/{place}/loss/median", value=loss),
                    Drawn(pointer=f"/operations/{place}/without/median", value=cost.without.median),
                    Drawn(pointer=f"/operations/{place}/logged/median", value=cost.logged.median),
                ),
            )


def sampling(figures: Figures, circumstances: Circumstances) -> Iterator[Advice]:
    """Tell which share to log where the expected rate is more than the slowest part can take."""
    rate = circumstances.expected_rate
    capacities: list[tuple[float, str, str]] = []
    largest = largest_of(figures, RowKind.JSONB)
    if largest is not None:
        place, cost = largest
        capacities.append((cost.rate, "the roll-up takes", f"/rollup/{place}/rows_per_second"))
    if figures.stream is not None:
        capacities.append((figures.stream.rate.median, "one logger stores", "/stream/rows_per_second/median"))
    if rate is None or not capacities:
        return
    slowest, who, pointer = min(capacities)
    usable = BUSY * slowest
    if rate > usable:
        yield Advice(
            rule="sampling",
            text=f"{many(rate)} predictions/s are expected, and {who} {many(slowest)} rows/s with nothing beside it; "
            f"half of that, {many(usable)}, is safe. Log {share(usable / rate)} of the predictions, drawn at random.",
            drawn=(
                Drawn(pointer="/circumstances/expected_rate", value=rate),
                Drawn(pointer=pointer, value=slowest),
            ),
        )


def small_queue(figures: Figures, circumstances: Circumstances) -> Iterator[Advice]:
    """Tell of a queue that a short outage fills."""
    rate, queue = circumstances.expected_rate, circumstances.queue_rows
    if rate is None or figures.stream is None:
        return
    lasts = queue / rate
    if lasts < LEAST_OUTAGE_SECONDS:
        yield Advice(
            rule="small_queue",
            text=f"At {many(rate)} predictions/s a queue of {many(queue)} rows is full {much(lasts)} s after Postgres "
            f"went away, and rows are then dropped. Give the logger a spool, or queue_rows={round(rate * 60):_} for a "
            f"minute; afterwards they are stored at {many(figures.stream.rate.median)} rows/s.",
            drawn=(
                Drawn(pointer="/circumstances/expected_rate", value=rate),
                Drawn(pointer="/circumstances/queue_rows", value=queue),
                Drawn(pointer="/stream/rows_per_second/median", value=figures.stream.rate.median),
            ),
        )
