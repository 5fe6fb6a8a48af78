"""Marks are there at whatever distance Grafana asks for them: about a hundred points of the time that is shown."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from contract.boards import BOARDS
from contract.test_dashboard_answers import A, of, twice
from fixtures.grafana import in_promql

if TYPE_CHECKING:
    from pathlib import Path

    from fixtures.stack import Prometheus

MARKS: Final[dict[str, str]] = {mark["name"]: mark["expr"] for mark in BOARDS["model"]["annotations"]["list"]}
FIRING: Final = 'alertstate="firing", severity="warning"'
MODEL: Final = 'environment="production", model="churn"'
#: What was for three minutes of three hours, or began and stayed, by the minute.
SHORT: Final = "_x97 1x2 _x80"
HISTORY: Final = {
    "New version": (
        {f"ml_model_info{{{of('1')}}}": "1x180", f"ml_model_info{{{of('2')}}}": "_x97 1x83"},
        f'{{{MODEL}, version="2"}}',
    ),
    "Drifted": ({f"ml_dataset_drifted{{{of('1')}}}": "0x96 1x2 0x80"}, f'{{{MODEL}, version="1"}}'),
    "Alert": (
        {f'ALERTS{{alertname="HealthLow", {FIRING}, {of("1")}}}': SHORT},
        f'{{alertname="HealthLow", {MODEL}, severity="warning", version="1"}}',
    ),
    "Monitor": (
        {f'ALERTS{{alertname="DatabaseDown", {FIRING}, {A}}}': SHORT},
        '{alertname="DatabaseDown", instance="a:9799"}',
    ),
}


def test_every_mark_of_a_model_is_held_to_this() -> None:
    assert HISTORY.keys() == MARKS.keys()


@pytest.mark.parametrize("minutes", [1, 15, 45])
@pytest.mark.parametrize("name", HISTORY)
def test_what_was_short_is_marked_once_it_was(prometheus: Prometheus, tmp_path: Path, name: str, minutes: int) -> None:
    series, labels = HISTORY[name]
    asked = in_promql(MARKS[name], {}, every=f"{minutes}m")
    first = -(-97 // minutes) * minutes
    expected: dict[int, list[dict[str, Any]]] = {
        first - minutes: [],
        first: [{"labels": labels, "value": 1}],
        first + max(minutes, 10): [],
    }
    told = series if name == "Monitor" else twice(series)
    test = {
        "interval": "1m",
        "input_series": [{"series": each, "values": values} for each, values in told.items()],
        "promql_expr_test": [
            {"expr": asked, "eval_time": f"{at}m", "exp_samples": samples} for at, samples in expected.items()
        ],
    }
    path = tmp_path / "marks.yml"
    path.write_text(yaml.safe_dump({"evaluation_interval": "1m", "tests": [test]}), encoding="utf-8")
    tested = subprocess.run([prometheus.promtool, "test", "rules", path], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stdout + tested.stderr
