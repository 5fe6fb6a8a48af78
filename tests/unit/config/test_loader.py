from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from driftgauge.config import Settings, load_config
from driftgauge.config.drift_settings import DEFAULT_TESTS
from driftgauge.errors import ConfigError

CANARY = "canary-3f9"
NAME = "driftgauge.yml"


def load(
    directory: Path,
    text: str | bytes | None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, str] | None = None,
) -> Settings:
    path = None
    if text is not None:
        path = directory / NAME
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_config(path, environ=environ or {}, overrides=overrides or {}, known_tests=DEFAULT_TESTS)


def problems(
    directory: Path,
    text: str | bytes | None,
    environ: Mapping[str, str] | None = None,
    overrides: Mapping[str, str] | None = None,
) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(directory, text, environ, overrides)
    assert all(len(problem.splitlines()) == 1 for problem in caught.value.problems)
    return [problem.replace(f"{directory}/", "") for problem in caught.value.problems]


def test_all_problems_are_told_together_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """\
drift:
  evry: 1m
  window: 90m
  minimum_rows: many
  tests: [ks, kss]
rollup:
  every: 60
  bucket: 7s
  bucket: 8s
http: 9799
limits:
  max_series: 0
"""
    assert problems(tmp_path, text, {"DRIFTGAUGE_LISTEN": "nowhere"}) == [
        f"{NAME}:2: drift.evry: unknown key; did you mean drift.every?",
        f"{NAME}:3: drift.window: 1h30m is no multiple of rollup.profile_bucket (1h)",
        f"{NAME}:4: drift.minimum_rows: expected a whole number",
        f"{NAME}:5: drift.tests[1]: no drift test is named kss; did you mean ks?",
        f"{NAME}:7: rollup.every: '60' has no unit; append one of w, d, h, m, s, ms",
        f"{NAME}:9: rollup.bucket: given twice; first in line 8",
        f"{NAME}:12: limits.max_series: must be greater than or equal to 1",
        "DRIFTGAUGE_LISTEN: http.listen: expected host:port like 127.0.0.1:9799 or [::1]:9799; :9799 is every interface",  # noqa: E501 - one line, as users read it
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("dirft: {}", "1: dirft: unknown key; did you mean drift?"),
        ("dirft:", "1: dirft: unknown key; did you mean drift?"),
        ("listen: ':80'", "1: listen: unknown key; did you mean http.listen?"),
        (
            "every: 1m",
            "1: every: unknown key; did you mean rollup.every or drift.every or ",
        ),
        ("limits: {zzz: 1}", "1: limits.zzz: unknown key; known here: max_series"),
        (
            "models: {m: {drift: {windw: 1h}}}",
            "1: models.m.drift.windw: unknown key; did you mean models.m.drift.window?",
        ),
        (
            "models:\n  a.b:\n    features:\n      x: {knd: numeric}",
            '4: models."a.b".features.x.knd: unknown key; did you mean models."a.b".features.x.kind?',
        ),
        ("models: {tests: {drift: {tests: [5]}}}", "1: models.tests.drift.tests[0]: expected text; put it in quotes"),
        ("models: {'': {}}", '1: models."": expected a name, not an empty one'),
        ("models: [a]", "1: models: expected keys below it"),
        ("drift: 3", "1: drift: expected keys below it"),
        ("drift: {tests: ks}", "1: drift.tests: expected a list like [first, second]"),
        ("drift: {tests: []}", "1: drift.tests: expected at least one"),
        ("drift: {tests: [ks, ks]}", "1: drift.tests: named twice: ks"),
        ("drift: {thresholds: {ks: high}}", "1: drift.thresholds.ks: expected a number"),
        ("drift: {thresholds: {ks: .nan}}", "1: drift.thresholds.ks: expected a finite number"),
        ("drift: {thresholds: {ks: 0}}", "1: drift.thresholds.ks: must be greater than 0"),
        (
            "drift: {thresholds: {kuiper: 1}}",
            "1: drift.thresholds.kuiper: no drift test or shift is named kuiper; known: chi_",
        ),
        ("drift: {every: [1m]}", "1: drift.every: expected a duration like 90s, 15m, 24h or 7d"),
        ("drift: {every: 0s}", "1: drift.every: 0s is out of bounds; choose 1s to 1d"),
        ("database: {schema: A-b}", "1: database.schema: expected lower-case letters"),
        ("database: {dsn: 5}", "1: database.dsn: expected text"),
        ("database: {dsn_file: 5}", "1: database.dsn_file: expected the path of a file"),
        ("database: {dsn_file: nowhere}", "1: database.dsn_file: cannot read nowhere: No such file or directory"),
        ("http: {listen: 'a:99999'}", "1: http.listen: expected host:port"),
        ("rollup: {bucket: 7m}", "1: rollup.bucket: 7m does not divide rollup.profile_bucket (1h)"),
        ("models: {m: {drift: {window: 90s}}}", "1: models.m.drift.window: 1m30s is no multiple of rollup.profile_b"),
        ("reference: {rolling: 36h}", "1: reference.rolling: 1d12h is not of whole days; choose 7d, 28d, …"),
        (
            "models: {m: {reference: {rolling: 300d}}}\nretention: {rollups: 200d}",
            "1: models.m.reference.rolling: 300d before a window of 1d is more than retention.rollups (200d) keeps",
        ),
        ("reference: {reconstruction_error: yes}", "1: reference.reconstruction_error: expected true or false"),
        (
            "reference: {season: hour}",
            "1: reference.season: a window of 1d has every hour; choose a shorter drift.window",
        ),
        (
            "retention: {rollups: 100d}\nreference: {rolling: 90d}\nmodels: {m: {drift: {window: 20d}}}",
            "2: reference.rolling: 90d before a window of 20d is more than retention.rollups (100d) keeps",
        ),
        (
            "drift: {timezone: Mars/Base}",
            "1: drift.timezone: no time zone of that name is known here; expected one like",
        ),
        ("drift: {timezone: ../etc}", "1: drift.timezone: no time zone of that name is known here"),
        ("reference: {season: year}", "1: reference.season: expected hour, weekday, hour_of_week or month"),
        (
            "retention: {rollups: 1d}\ndrift: {window: 2d}",
            "2: drift.window: 2d is longer than retention.rollups (1d) keeps",
        ),
        ("models: {m: {features: {f: {kind: other}}}}", "1: models.m.features.f.kind: expected numeric or categorical"),
        ("models: {m: {features: {f: {tests: [x]}}}}", "1: models.m.features.f.tests[0]: no drift test is named x"),
        (
            "models: {m: {features: {f: {}}, ignore_features: [f]}}",
            "1: models.m.features.f: models.m.ignore_features ignores it; keep one of them",
        ),
        ("drift: {window: !!python/name:os.system x}", "1: drift.window: tags are not supported"),
        ("drift: {<<: {every: 1m}}", '1: drift."<<": merge keys are not supported'),
        ("drift: {tests: [ks, !x psi]}", "1: drift.tests[1]: tags are not supported"),
        ("drift: {[a]: 1}", "1: drift: a key that is no plain text"),
        ('http: {listen: "a\\0b:1"}', "1: http.listen: holds a character that no setting can have"),
        ("- drift", "1: expected keys such as drift: or http:"),
        ("drift", "1: expected keys such as drift: or http:"),
        ("drift:\n  every: [1m\n", "3, column 1: "),
        ("drift: {every: 1m", "1, column 18: "),
        ("a: *nowhere", "1, column 4: an alias, anchor or tag that cannot be resolved"),
        ("drift: {}\n---\nhttp: {}", "2, column 1: but found another document"),
        ("drift:\n\tevery: 1m", "2, column 1: "),
        ("drift: \x07", "1: broken YAML: a character that is not allowed"),
        ("a: &a [*a]", "1: more than 12 levels or 100,000 values"),
    ],
)
def test_a_problem_is_told_with_its_place_and_remedy(tmp_path: Path, text: str, problem: str) -> None:
    line, _, message = problem.partition(": ")
    line, _, column = line.partition(", ")
    expected = f"{NAME}:{line}: " + (f"broken YAML, {column}: " if column else "") + message
    (told,) = problems(tmp_path, text)
    assert told.replace(f"{tmp_path}", "").startswith(expected)


def test_aliases_that_multiply_are_refused(tmp_path: Path) -> None:
    text = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
    text += "".join(f"a{i}: &a{i} [{','.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9))
    assert problems(tmp_path, text)[0].endswith("more than 12 levels or 100,000 values")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe\xfa", f"{NAME}: is not UTF-8 text"),
        (b"# " + b"x" * (1 << 20), f"{NAME}: is larger than 1 MiB"),
        (b"[" * 5000, f"{NAME}: broken YAML: nested too deeply"),
        (b'drift: "\\UFFFFFFFF"', f"{NAME}: broken YAML: an escape or number out of range"),
    ],
)
def test_an_unusable_file_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    assert problems(tmp_path, content) == [message]


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yml: cannot be read: No such file or directory"):
        load_config(tmp_path / "nowhere.yml", environ={}, known_tests=DEFAULT_TESTS)
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_config(None, environ={"DRIFTGAUGE_CONFIG": str(tmp_path)}, known_tests=DEFAULT_TESTS)


def test_a_byte_order_mark_numbers_and_aliases_are_read(tmp_path: Path) -> None:
    text = (
        "\ufeffdrift: {minimum_rows: 1_000, thresholds: &own {ks: 1e-1, psi: .25}}\n"
        "models: {2024: {drift: {thresholds: *own}}, on: ~}\n"
    )
    # a model's mapping must be there: the name `on` alone says nothing
    assert problems(tmp_path, text) == [f"{NAME}:2: models.on: expected keys below it"]
    loaded = load(tmp_path, text.replace("on: ~", "on: {}"))
    assert loaded.drift.minimum_rows == 1000
    assert loaded.drift_of("2024").thresholds == {"ks": 0.1, "psi": 0.25}


def test_the_command_line_wins_over_the_environment_which_wins_over_the_file(tmp_path: Path) -> None:
    text = "database: {dsn: host=file}\nhttp: {listen: ':1'}"
    environ = {"DRIFTGAUGE_DSN": "host=env", "DRIFTGAUGE_LISTEN": ":2"}
    overrides = {"database.dsn": "host=cli", "http.listen": ":3"}
    assert load(tmp_path, text).database.conninfo() == "host=file"
    from_environment = load(tmp_path, text, environ)
    assert (from_environment.database.conninfo(), from_environment.http.port) == ("host=env", 2)
    from_command_line = load(tmp_path, text, environ, overrides)
    assert (from_command_line.database.conninfo(), from_command_line.http.port) == ("host=cli", 3)


def test_an_empty_variable_is_not_set(tmp_path: Path) -> None:
    environ = {"DRIFTGAUGE_DSN": "", "DRIFTGAUGE_LISTEN": "", "DRIFTGAUGE_CONFIG": ""}
    assert load(tmp_path, None, environ) == Settings()


def test_the_file_named_by_the_environment_is_read(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("http: {listen: ':1'}", encoding="utf-8")
    assert load(tmp_path, None, {"DRIFTGAUGE_CONFIG": str(tmp_path / NAME)}).http.port == 1


def test_a_secret_file_of_the_environment_replaces_the_dsn_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "dsn").write_text("host=secret\n", encoding="utf-8")
    environ = {"DRIFTGAUGE_DSN_FILE": str(tmp_path / "dsn")}
    assert load(tmp_path, "database: {dsn: host=file}", environ).database.conninfo() == "host=secret"
    assert load(tmp_path, None, environ, {"database.dsn": "host=cli"}).database.conninfo() == "host=cli"


def test_two_connections_of_one_layer_are_refused(tmp_path: Path) -> None:
    (tmp_path / "dsn").write_text("host=a", encoding="utf-8")
    message = "database.dsn_file: database.dsn is given, too; keep one of them"
    assert problems(tmp_path, "database:\n  dsn: a\n  dsn_file: dsn") == [f"{NAME}:3: {message}"]
    environ = {"DRIFTGAUGE_DSN": "host=a", "DRIFTGAUGE_DSN_FILE": str(tmp_path / "dsn")}
    assert problems(tmp_path, None, environ) == [f"DRIFTGAUGE_DSN_FILE: {message}"]


@pytest.mark.parametrize(
    ("content", "message"), [(b"\xff" + CANARY.encode(), "is not UTF-8 text"), (b" \n", "is empty")]
)
def test_a_bad_secret_file_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "dsn").write_bytes(content)
    assert problems(tmp_path, None, {"DRIFTGAUGE_DSN_FILE": str(tmp_path / "dsn")}) == [
        f"DRIFTGAUGE_DSN_FILE: database.dsn_file: dsn {message}"
    ]


def test_defaults_that_do_not_fit_are_told_as_such() -> None:
    with pytest.raises(ConfigError, match=r"^defaults: drift.tests\[0\]: no drift test is named ks; known: chi_"):
        load_config(None, environ={}, known_tests={*DEFAULT_TESTS} - {"ks"})


def test_a_conflict_is_told_where_it_was_written(tmp_path: Path) -> None:
    assert problems(tmp_path, "http:\n\nrollup:\n  profile_bucket: 16h") == [
        f"{NAME}:4: rollup.profile_bucket: 16h does not divide a day; choose 1h, 30m, 5m, …",
        f"{NAME}:4: drift.window: 1d is no multiple of rollup.profile_bucket (16h)",
    ]


def test_a_value_that_is_wrong_in_itself_is_not_blamed_twice(tmp_path: Path) -> None:
    text = "rollup: {profile_bucket: soon}\ndrift: {window: 90m}"
    assert [problem.split(": ")[1] for problem in problems(tmp_path, text)] == ["rollup.profile_bucket"]


@pytest.mark.parametrize(
    "text",
    [
        f"database: postgresql://a:{CANARY}@h",
        f"database: {{dsn: [postgresql://a:{CANARY}@h]}}",
        f"database: {{dns: postgresql://a:{CANARY}@h}}",
        f"database: {{schema: 'x:{CANARY}'}}",
        f"database: {{dsn: *{CANARY}}}",
        f"database: {{dsn: !{CANARY} x}}",
        f"database: {{dsn: {{password: {CANARY}}}}}",
        f"http: {{listen: 'postgresql://a:{CANARY}@h'}}",
    ],
)
def test_a_secret_is_never_in_a_message(tmp_path: Path, text: str) -> None:
    assert CANARY not in "".join(problems(tmp_path, text))


def test_a_secret_is_never_in_a_repr(tmp_path: Path) -> None:
    loaded = load(tmp_path, f"database: {{dsn: 'postgresql://a:{CANARY}@h'}}")
    assert CANARY in loaded.database.conninfo()
    assert CANARY not in f"{loaded!r}{loaded}{loaded.database!r}{loaded.model_dump()}{loaded.model_dump_json()}"


def faults(directory: Path, content: bytes) -> list[str]:
    try:
        load(directory, content)
    except ConfigError as error:
        return error.problems
    return []


YAML_WORDS = "drift models tests every window features ks 1m ~ !!int &a *a << - : { } [ ] ' | 1e9 .nan --- %YAML"
WORDS = st.sampled_from([*YAML_WORDS.split(" "), '"', '"\\x', "\0", "\x85", "\ud800"])
SPACES = st.sampled_from(["", " ", ": ", "- ", "\n", "\n  "])
KEYS = st.sampled_from(["drift", "models", "tests", "window", "every", "thresholds", "features", "kind", "ks", ""])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS | st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text() | st.lists(WORDS | SPACES, max_size=30).map("".join) | VALUES.map(repr))
def test_any_text_gives_settings_or_problems(tmp_path: Path, text: str) -> None:
    for problem in faults(tmp_path, text.encode(errors="surrogatepass")):
        assert re.match(rf"{re.escape(str(tmp_path))}/{NAME}(:\d+)?: \S", problem)
        assert len(problem.splitlines()) == 1
