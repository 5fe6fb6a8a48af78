from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from driftgauge.config import Settings, load_config
from driftgauge.config.drift_settings import DEFAULT_TESTS, DriftSettings
from driftgauge.config.section import Section
from driftgauge.config.source_settings import SourceSettings
from driftgauge.errors import ConfigError
from driftgauge.model.bins import FeatureKind

CONFIG = """
drift:
  window: 12h
  thresholds: {ks: 0.2, psi: 0.3}
models:
  flights:
    drift: {minimum_rows: 50, tests: [ks, psi], thresholds: {psi: 0.4}}
    features:
      distance: {kind: numeric, tests: [wasserstein], thresholds: {wasserstein: 0.5}}
      carrier: {kind: categorical}
    ignore_features: [row_number, 'on']
"""


def load(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "driftgauge.yml"
    path.write_text(text, encoding="utf-8")
    return load_config(path, environ={}, known_tests=DEFAULT_TESTS)


def sections(section: type[Section]) -> Iterator[type[Section]]:
    if section is not Section:
        yield section
    for inner in section.__subclasses__():
        yield from sections(inner)


@pytest.mark.parametrize("section", [one for one in sections(Section) if ".config." in one.__module__])
def test_every_key_is_explained_in_one_line(section: type[Section]) -> None:
    for name, field in section.keys().items():
        assert field.description, name
        assert "\n" not in field.description
        assert not field.is_required() or section is SourceSettings, name


def test_defaults_are_those_of_the_interface() -> None:
    settings = load_config(None, environ={}, known_tests=DEFAULT_TESTS)
    assert settings == Settings()
    assert (settings.http.host, settings.http.port) == ("127.0.0.1", 9799)
    assert settings.database.schema_name == "driftgauge"
    assert settings.database.statement_timeout == timedelta(seconds=30)
    assert settings.drift.window == timedelta(hours=24)
    assert settings.drift.tests == DEFAULT_TESTS


def test_settings_made_in_code_take_durations() -> None:
    assert DriftSettings(window=timedelta(hours=3)).window == timedelta(hours=3)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Settings().drift.minimum_rows = 3


@pytest.mark.parametrize(
    ("listen", "host", "port"),
    [("[::1]:0", "::1", 0), (":9799", "", 9799), ("metrics.example:80", "metrics.example", 80)],
)
def test_an_address_is_split_into_host_and_port(tmp_path: Path, listen: str, host: str, port: int) -> None:
    settings = load(tmp_path, f"http: {{listen: '{listen}'}}")
    assert (settings.http.host, settings.http.port) == (host, port)


def test_the_narrowest_setting_wins(tmp_path: Path) -> None:
    settings = load(tmp_path, CONFIG)
    general, model = settings.drift_of("other"), settings.drift_of("flights")
    feature, plain = settings.drift_of("flights", "distance"), settings.drift_of("flights", "carrier")
    assert general == settings.drift
    assert (model.window, model.minimum_rows, model.tests) == (timedelta(hours=12), 50, ("ks", "psi"))
    assert model.thresholds == {"ks": 0.2, "psi": 0.4}
    assert feature.tests == ("wasserstein",)
    assert feature.thresholds == {"ks": 0.2, "psi": 0.4, "wasserstein": 0.5}
    assert plain == model == settings.drift_of("flights", "never written")


def test_what_is_written_of_features_is_kept(tmp_path: Path) -> None:
    flights = load(tmp_path, CONFIG).of_model("flights")
    assert flights.features["carrier"].kind is FeatureKind.CATEGORICAL
    assert flights.features["distance"].kind is FeatureKind.NUMERIC
    assert flights.ignore_features == ("row_number", "on")


def test_a_heading_without_keys_changes_nothing(tmp_path: Path) -> None:
    assert load(tmp_path, "drift:\nhttp:\n  listen:\nmodels:\n  flights:\n    drift:\n    features: {}\n").drift == (
        Settings().drift
    )


def test_a_file_is_read_relative_to_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "dsn").write_text("dbname=a\n", encoding="utf-8")
    settings = load(tmp_path, "database: {dsn_file: dsn}\nhttp: {web_config: web.yml}")
    assert settings.database.dsn_file == tmp_path / "dsn"
    assert settings.http.web_config == tmp_path / "web.yml"


def test_a_rotated_password_is_read_anew(tmp_path: Path) -> None:
    secret = tmp_path / "dsn"
    secret.write_text("postgresql://ann:old@db/app\n", encoding="utf-8")
    database = load(tmp_path, "database: {dsn_file: dsn}").database
    assert database.conninfo() == "postgresql://ann:old@db/app"
    secret.write_text("postgresql://ann:new@db/app", encoding="utf-8")
    assert database.conninfo() == "postgresql://ann:new@db/app"
    secret.unlink()
    with pytest.raises(ConfigError, match=r"database.dsn_file: cannot read .*dsn: No such file"):
        database.conninfo()


def test_without_a_dsn_libpq_decides() -> None:
    assert Settings().database.conninfo() == ""


def test_a_model_may_be_judged_otherwise_metric_by_metric(tmp_path: Path) -> None:
    text = "anomalies: {deviations: 6}\nmodels: {a: {anomalies: {enabled: false}}, b: {anomalies: {deviations: 4.5}}}"
    settings = load(tmp_path, text)
    found = {name: settings.anomalies_of(name) for name in ("a", "b", "other")}
    assert {name: (one.enabled, one.deviations) for name, one in found.items()} == {
        "a": (False, 6.0),
        "b": (True, 4.5),
        "other": (True, 6.0),
    }
