"""driftgauge's side in a process of its own: for each line that it is sent, it takes what is new and publishes it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from functools import partial

import psycopg

from driftgauge.app.settings import database, objectives, rollup_options
from driftgauge.config import Settings
from driftgauge.exposition.samples import AnySample, Sample
from driftgauge.exposition.snapshot import Renderer
from driftgauge.jobs.rollup import Rollup
from driftgauge.jobs.traffic import RollupJob
from driftgauge.web.published import Published
from driftgauge.web.server import MetricsServer

Take = Callable[[], Iterable[AnySample]]


def main() -> None:
    """Publish once, tell the address, then once more for each line, which is answered by one."""
    dsn, *family_and_query = sys.argv[1:]
    renderer, published = Renderer(), Published()
    with _rows(dsn, *family_and_query) if family_and_query else _traffic(dsn) as take:

        def publish() -> None:
            published.snapshot = renderer.render(take(), max_series=1_000_000, created_at=time.time())

        publish()
        server = MetricsServer(published, listen="127.0.0.1:0")
        server.start()
        try:
            print(server.url, flush=True)  # noqa: T201 - the other side reads it
            for _ in sys.stdin:
                publish()
                print("published", flush=True)  # noqa: T201 - the same
        finally:
            server.stop()


@contextmanager
def _rows(dsn: str, family: str, query: str) -> Generator[Take]:
    """Take each row of a query as a series: its value is the last column, its labels are those before."""
    with psycopg.connect(dsn, autocommit=True) as connection:

        def take() -> Iterable[AnySample]:
            return [Sample(family, row[:-1], row[-1]) for row in connection.execute(query.encode())]

        yield take


@contextmanager
def _traffic(dsn: str) -> Generator[Take]:
    """Roll up what is new of prediction_logs, as the exporter does by default, and take the totals."""
    settings = Settings.model_validate({"database": {"dsn": dsn}})
    rows = database(settings)
    job = RollupJob(rows, Rollup(rows, rollup_options(settings), time.sleep), partial(objectives, settings))

    def take() -> Iterable[AnySample]:
        samples = job.run()
        while job.behind:
            samples = job.run()
        return samples

    try:
        yield take
    finally:
        rows.close()


if __name__ == "__main__":
    main()
