from __future__ import annotations

from pathlib import Path

import pytest

from driftgauge.config import Settings, load_config
from driftgauge.config.drift_settings import DEFAULT_TESTS
from driftgauge.errors import ConfigError

TOKEN = "canary-4e1-canary-4e1"  # noqa: S105 - made up


def load(directory: Path, text: str = "", **environ: str) -> Settings:
    path = directory / "driftgauge.yml"
    path.write_text(text)
    return load_config(path, environ=environ, known_tests=DEFAULT_TESTS)


def problem(directory: Path, text: str = "", **environ: str) -> str:
    """The only problem, without the directory; never with the token."""
    with pytest.raises(ConfigError) as caught:
        load(directory, text, **environ)
    (line,) = caught.value.problems
    assert TOKEN not in line
    return line.replace(f"{directory}/", "")


def test_without_anything_nobody_is_let_in_and_nobody_is_asked(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.http.read_webhook_token() is None
    assert settings.alertmanager.url is None
    assert (settings.alertmanager.bearer_token(), settings.alertmanager.password()) == (None, None)


def test_a_token_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    assert load(tmp_path, "http: {webhook_token_file: token}").http.read_webhook_token() == TOKEN
    assert load(tmp_path, f"http: {{webhook_token: {TOKEN}}}").http.read_webhook_token() == TOKEN
    in_file = load(tmp_path, DRIFTGAUGE_WEBHOOK_TOKEN_FILE=str(tmp_path / "token"))
    assert in_file.http.read_webhook_token() == TOKEN
    over = load(tmp_path, "http: {webhook_token_file: token}", DRIFTGAUGE_WEBHOOK_TOKEN=f"{TOKEN}-2")
    assert over.http.read_webhook_token() == f"{TOKEN}-2"
    assert TOKEN not in repr(over)


def test_the_environment_says_where_alertmanager_is(tmp_path: Path) -> None:
    settings = load(tmp_path, "alertmanager: {url: 'http://a'}", DRIFTGAUGE_ALERTMANAGER_URL="https://b:9093/below")
    assert settings.alertmanager.url == "https://b:9093/below"


def test_alertmanagers_secrets_are_read_from_their_files(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f" {TOKEN}\n")
    by_token = load(tmp_path, "alertmanager: {token_file: secret}").alertmanager
    assert (by_token.bearer_token(), by_token.password()) == (TOKEN, None)
    by_password = load(tmp_path, "alertmanager: {username: anna, password_file: secret}").alertmanager
    assert (by_password.bearer_token(), by_password.password()) == (None, TOKEN)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "http: {webhook_token: short}",
            "1: http.webhook_token: is shorter than 16 characters; make one: openssl rand",
        ),
        ("http: {webhook_token: 'canary 4e1 canary 4e1'}", "1: http.webhook_token: holds white space or other"),
        ("http: {webhook_token: canäry-4e1-canary-4e1}", "1: http.webhook_token: holds white space or other"),
        ("http: {webhook_token_file: nowhere}", "1: http.webhook_token_file: cannot read nowhere: No such file"),
        ("http: {webhook_token_file: empty}", "1: http.webhook_token_file: empty is empty"),
        (
            f"http: {{webhook_token_file: secret, webhook_token: {TOKEN}}}",
            "1: http.webhook_token_file: http.webhook_token is given, too; keep one of them",
        ),
        ("alertmanager: {token_file: nowhere}", "1: alertmanager.token_file: cannot read nowhere"),
        ("alertmanager: {token_file: short}", "1: alertmanager.token_file: is shorter than 16 characters"),
        ("alertmanager: {username: a, password_file: nowhere}", "1: alertmanager.password_file: cannot read nowhere"),
        (
            "alertmanager: {username: a}",
            "1: alertmanager.username: alertmanager.username and password_file go together",
        ),
        (
            "alertmanager: {password_file: secret}",
            "1: alertmanager.username: alertmanager.username and password_file go",
        ),
        (
            "alertmanager: {username: a, password_file: secret, token_file: secret}",
            "1: alertmanager.password_file: alertmanager.token_file is given, too; keep one of them",
        ),
        ("alertmanager: {url: 'ftp://a'}", "1: alertmanager.url: expected an address like http://127.0.0.1:9093"),
        ("alertmanager: {url: 'http://'}", "1: alertmanager.url: expected an address"),
        ("alertmanager: {url: 'http://a:99999'}", "1: alertmanager.url: expected an address"),
        ("alertmanager: {url: 'http://a:0'}", "1: alertmanager.url: expected an address"),
        ("alertmanager: {url: 'http://a b'}", "1: alertmanager.url: expected an address"),
        ("alertmanager: {url: 'http://ä'}", "1: alertmanager.url: expected an address"),
        (f"alertmanager: {{url: 'http://a:{TOKEN}@b'}}", "1: alertmanager.url: expected an address without user"),
        ("alertmanager: {url: 'http://a?b'}", "1: alertmanager.url: expected an address without user, ? and #"),
        ("alertmanager: {grace: 0s}", "1: alertmanager.grace: 0s is out of bounds"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "secret").write_text(TOKEN)
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "short").write_text("short")
    assert problem(tmp_path, text).startswith(f"driftgauge.yml:{said}")


def test_a_bad_token_in_the_environment_is_told_by_its_name(tmp_path: Path) -> None:
    told = problem(tmp_path, DRIFTGAUGE_WEBHOOK_TOKEN=TOKEN[:2])
    assert told.startswith("DRIFTGAUGE_WEBHOOK_TOKEN: http.webhook_token: is shorter")
