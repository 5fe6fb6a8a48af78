from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from driftgauge.config import Settings, load_config
from driftgauge.config.concept_settings import ModelConceptSettings
from driftgauge.config.drift_settings import DEFAULT_TESTS, FeatureSettings, ModelDriftSettings
from driftgauge.config.health_settings import ModelHealthSettings
from driftgauge.config.performance_settings import ModelPerformanceSettings
from driftgauge.config.settings import ModelSettings
from driftgauge.config.templates import EXAMPLES, default_file, json_schema
from driftgauge.drift.shifts import SHIFTS

EXPORTER = Path(__file__).parents[3] / "exporter"
REMEDY = "run: .venv/bin/driftgauge config-schema"


def test_the_committed_schema_is_that_of_the_settings() -> None:
    committed = (EXPORTER / "driftgauge.schema.json").read_text(encoding="utf-8")
    assert committed == json_schema(), f"{REMEDY} > exporter/driftgauge.schema.json"


def test_the_committed_default_file_is_that_of_the_settings() -> None:
    committed = (EXPORTER / "driftgauge.yml").read_text(encoding="utf-8")
    assert committed == default_file(), f"{REMEDY} --yaml > exporter/driftgauge.yml"


def test_the_default_file_sets_nothing() -> None:
    assert load_config(EXPORTER / "driftgauge.yml", environ={}, known_tests=DEFAULT_TESTS) == Settings()


def test_the_default_file_with_its_comments_removed_gives_the_defaults(tmp_path: Path) -> None:
    text = re.sub(r"(?m)^( *)# (?=\S)", r"\1", default_file().partition("\n")[2])
    path = tmp_path / "driftgauge.yml"
    path.write_text(text, encoding="utf-8")
    assert load_config(path, environ={}, known_tests=DEFAULT_TESTS) == Settings()
    for section, field in Settings.keys().items():
        assert f"\n{section}:\n" in text
        assert f"  ## {field.description}\n" in text
    assert "\n  minimum_rows: 200\n" in text


def test_the_example_of_the_default_file_is_valid_and_shows_every_key(tmp_path: Path) -> None:
    path = tmp_path / "driftgauge.yml"
    path.write_text("models:\n" + re.sub("(?m)^", "  ", EXAMPLES["models"]), encoding="utf-8")
    flights = load_config(path, environ={}, known_tests=DEFAULT_TESTS, known_shifts=SHIFTS).of_model("flights")
    assert flights.model_fields_set == set(ModelSettings.model_fields)
    assert flights.drift.model_fields_set == set(ModelDriftSettings.model_fields)
    assert flights.concept.model_fields_set == set(ModelConceptSettings.model_fields)
    assert flights.health.model_fields_set == set(ModelHealthSettings.model_fields)
    assert flights.performance.model_fields_set == set(ModelPerformanceSettings.model_fields)
    assert flights.features["distance"].model_fields_set == set(FeatureSettings.model_fields)


def test_the_schema_refuses_unknown_keys_and_shows_defaults() -> None:
    schema = json.loads(json_schema())
    assert schema["additionalProperties"] is False
    assert all(part["additionalProperties"] is False for part in schema["$defs"].values() if part["type"] == "object")
    assert schema["$defs"]["DriftSettings"]["properties"]["every"]["default"] == "1m"


@pytest.mark.parametrize("part", ["ReferenceSettings", "ModelReferenceSettings"])
def test_the_schema_takes_off_where_the_file_does(part: str) -> None:
    properties = json.loads(json_schema())["$defs"][part]["properties"]
    for key in ("rolling", "season"):
        assert {"const": "off"} in properties[key]["anyOf"]
        assert {"type": "null"} in properties[key]["anyOf"]
