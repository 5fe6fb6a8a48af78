from __future__ import annotations

import urllib.request
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
import yaml

from driftgauge.demo.alertmanager import ABSENT, configuration, find_alertmanager, receiving


def test_the_shipped_routes_tell_at_any_hour_within_seconds(tmp_path: Path) -> None:
    text = configuration(exporter="http://127.0.0.1:9799", token_file=tmp_path / "token", people="http://127.0.0.1:1")
    document = yaml.safe_load(text)
    routes = document["route"]["routes"]
    assert "mute_time_intervals" not in text
    waits = [(route["receiver"], route["group_wait"]) for route in routes if route["receiver"] == "escalation"]
    assert [wait for _, wait in waits] == ["500ms", "500ms", "15s", "15s"], "of models the exporter waits"
    receivers = {one["name"]: one.get("webhook_configs") for one in document["receivers"]}
    assert receivers["pager"] == [{"url": "http://127.0.0.1:1/pager"}]
    assert receivers["team"] == [{"url": "http://127.0.0.1:1/team"}]
    assert receivers["escalation"] == [{"url": "http://127.0.0.1:1/escalation"}]
    [history] = receivers["history"]
    assert history["url"] == "http://127.0.0.1:9799/api/v1/alerts"
    assert history["http_config"]["authorization"]["credentials_file"] == str(tmp_path / "token")
    assert receivers["heartbeat"] is receivers["nobody"] is None
    [templates] = document["templates"]
    assert list(Path(templates).parent.glob("*.tmpl"))


def test_without_a_binary_there_is_none_and_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_alertmanager(tmp_path) is None
    assert "`make stack` fetches it" in ABSENT
    fetched = tmp_path / ".stack" / "alertmanager" / "alertmanager"
    fetched.parent.mkdir(parents=True)
    fetched.touch()
    assert find_alertmanager(tmp_path) == fetched


def test_what_arrives_is_queued_with_whom_it_was_told() -> None:
    notices: SimpleQueue[Any] = SimpleQueue()
    with receiving(notices) as url:
        request = urllib.request.Request(f"{url}/pager", data=b'{"alerts": []}', method="POST")  # noqa: S310 - on 127.0.0.1
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=5) as answer:
            assert answer.status == 200
    assert notices.get_nowait() == ("pager", {"alerts": []})
