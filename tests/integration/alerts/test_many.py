"""However many alerts there are at once, and however long their labels, the history gets them all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import psycopg
import pytest

from contract.bundle import ALERTMANAGER, ALERTS, read
from fixtures.alerting import TOKEN, free_address, route_quickly, running_alertmanager
from fixtures.exporter import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.alerting import Sink
    from fixtures.exporter import StartExporter
    from fixtures.stack import Alertmanager

MANY: Final = 1_500
LONGEST: Final = 128
"""Characters of a label's value that the exporter lets through."""

COSTLIEST: Final = "<"
"""In what Alertmanager sends it takes six bytes, and more than any other character."""

[RULE] = [one for one in ALERTS if one["alert"] == "FeatureDrift"]
LINK: Final = "http://prometheus.example/graph?g0.expr=" + "%28x%29" * 90
"""As long as the links to the shipped rules are."""


def drifted(number: int, filler: str) -> dict[str, Any]:
    """Return what Prometheus posts of a feature that drifted, with what its rule says, and labels made long."""
    long = filler * LONGEST
    names = {name: f"{name}{long}"[:LONGEST] for name in ("model", "version", "environment")}
    feature = f"feature {number:05} {long}"[:LONGEST]
    said = RULE["annotations"]["description"] + f"{feature}{''.join(names.values())}"
    labels = {"alertname": "FeatureDrift", "severity": "info", "job": "driftgauge", "feature": feature, **names}
    return {
        "labels": labels | {"instance": "exporter:9799"},
        "annotations": RULE["annotations"] | {"description": said},
        "generatorURL": LINK,
    }


@pytest.mark.parametrize("filler", ["", COSTLIEST], ids=["short", "long"])
def test_more_alerts_than_a_notice_takes_are_all_kept_and_all_end(  # noqa: PLR0917 - fixtures, by name
    exporter_dsn: str,
    database: str,
    start_exporter: StartExporter,
    alertmanager_release: Alertmanager,
    sink: Sink,
    tmp_path: Path,
    filler: str,
) -> None:
    token_file, address = tmp_path / "token", free_address()
    token_file.write_text(TOKEN, encoding="ascii")
    known = {
        "http": {"webhook_token_file": str(token_file)},
        "alertmanager": {"url": f"http://{address}", "every": "1s", "grace": "2s"},
    }
    exporter = start_exporter(exporter_dsn, known)
    config = route_quickly(tmp_path, sink, history=exporter.url)
    posted = [drifted(number, filler) for number in range(MANY)]

    def rows(condition: str) -> int:
        with psycopg.connect(database) as connection:
            counted = connection.execute(f"SELECT count(*) FROM driftgauge.model_alerts WHERE {condition}".encode())  # noqa: S608 - of this test
            return (counted.fetchone() or (0,))[0]

    def answered() -> dict[str, float]:
        found = exporter.scrape()["driftgauge_webhook_requests_total"]
        return {dict(labels)["code"]: count for labels, count in found.items() if count}

    with running_alertmanager(alertmanager_release.alertmanager, config, address) as client:
        client.post("/api/v2/alerts", json=posted).raise_for_status()
        wait_until(lambda: rows("NOT resolved") == MANY, lambda: str((rows("TRUE"), answered())))
        wait_until(lambda: "200" in answered(), lambda: str(answered()))
        now = datetime.now(UTC)
        over = {"startsAt": (now - timedelta(hours=1)).isoformat(), "endsAt": now.isoformat()}
        client.post("/api/v2/alerts", json=[one | over for one in posted]).raise_for_status()
        wait_until(lambda: rows("resolved") == MANY, lambda: str((rows("resolved"), answered())))
        assert rows("TRUE") == MANY
        assert answered().keys() == {"200"}


def test_the_shipped_notices_are_bounded() -> None:
    [history] = [one for one in read(ALERTMANAGER)["receivers"] if one["name"] == "history"]
    assert all(webhook["max_alerts"] > 0 for webhook in history["webhook_configs"])
