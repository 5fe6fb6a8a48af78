from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from driftgauge.demo import programs
from driftgauge.demo.prometheus import ABSENT, configuration, find_prometheus, running_prometheus
from driftgauge.errors import SetupError


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_the_configuration_scrapes_the_exporter_every_two_seconds() -> None:
    config = yaml.safe_load(configuration("127.0.0.1:9799"))
    assert config["global"]["scrape_interval"] == config["global"]["scrape_timeout"] == "2s"
    assert config["scrape_configs"] == [{"job_name": "driftgauge", "static_configs": [{"targets": ["127.0.0.1:9799"]}]}]
    assert "alerting" not in config


def test_the_configuration_tells_alertmanager_of_the_rules_alerts() -> None:
    config = yaml.safe_load(configuration("127.0.0.1:9799", "127.0.0.1:9093", "127.0.0.1:9090"))
    assert config["rule_files"] == ["rules/*.yml"]
    assert {one["job_name"]: one["static_configs"][0]["targets"] for one in config["scrape_configs"]} == {
        "driftgauge": ["127.0.0.1:9799"],
        "prometheus": ["127.0.0.1:9090"],
        "alertmanager": ["127.0.0.1:9093"],
    }, "or the shipped rules tell that nobody watches them"
    assert config["alerting"] == {"alertmanagers": [{"static_configs": [{"targets": ["127.0.0.1:9093"]}]}]}


def test_the_fetched_binary_wins_over_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = program(tmp_path / "bin" / "prometheus", "true")
    monkeypatch.setenv("PATH", str(installed.parent))
    assert find_prometheus(tmp_path) == installed
    fetched = program(tmp_path / ".stack" / "current" / "prometheus", "true")
    assert find_prometheus(tmp_path) == fetched


def test_without_a_binary_there_is_none_and_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_prometheus(tmp_path) is None
    assert "`make stack` fetches it" in ABSENT


def test_a_prometheus_that_ends_at_once_is_reported_with_its_last_words(tmp_path: Path) -> None:
    broken = program(tmp_path / "prometheus", "echo hello\necho 'no such flag'\nexit 3")
    with (
        pytest.raises(SetupError, match="Prometheus ended with code 3: no such flag"),
        running_prometheus(broken, directory=tmp_path / "run", exporter="127.0.0.1:1"),
    ):
        pass


def test_a_prometheus_that_never_gets_ready_is_reported_and_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs, "STOP_SECONDS", 0.2)
    stubborn = program(
        tmp_path / "prometheus", "trap '' TERM\necho $$ >pid\necho still loading\nwhile :; do sleep 0.05; done"
    )
    monkeypatch.chdir(tmp_path)
    with (
        pytest.raises(SetupError, match=r"Prometheus was not ready within 0\.4 seconds: still loading"),
        running_prometheus(stubborn, directory=tmp_path / "run", exporter="127.0.0.1:1", patience=0.4),
    ):
        pass
    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()


def test_a_file_that_is_no_program_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # without setpriv, which would report it itself
    (tmp_path / "prometheus").write_text("")
    with (
        pytest.raises(SetupError, match=r"Prometheus cannot be started: .*Permission denied"),
        running_prometheus(tmp_path / "prometheus", directory=tmp_path / "run", exporter="127.0.0.1:1"),
    ):
        pass
