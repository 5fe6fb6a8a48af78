from __future__ import annotations

from pathlib import Path

import bcrypt
import pytest

from driftgauge.errors import ConfigError
from driftgauge.web.web_config import load_web_config

HASH = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
NO_HASH = "expected a bcrypt hash of cost 4 to 14, in quotes: htpasswd -nB USER prints one"


def problems(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "web.yml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_web_config(path).tls_context()
    assert HASH not in str(caught.value)
    return [problem.replace(str(tmp_path), "…") for problem in caught.value.problems]


def test_users_and_relative_certificate_paths_are_read(tmp_path: Path) -> None:
    path = tmp_path / "web.yml"
    path.write_text(
        f"basic_auth_users:\n  alice: {HASH}\ntls_server_config:\n  cert_file: a.pem\n  key_file: /k/b.pem\n"
    )
    config = load_web_config(path)
    assert config.basic_auth_users == {"alice": HASH}
    assert config.tls_server_config is not None
    assert config.tls_server_config.cert_file == tmp_path / "a.pem"
    assert config.tls_server_config.key_file == Path("/k/b.pem")


def test_an_empty_file_asks_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "web.yml"
    path.write_text("# nothing yet\n")
    config = load_web_config(path)
    assert config.tls_context() is None
    assert not config.basic_auth_users


def test_unknown_keys_are_named_with_their_line_and_the_nearest(tmp_path: Path) -> None:
    text = "basic_auth_user:\n  alice: x\ntls_server_config:\n  cert_file: a\n  key_file: b\n  client_ca: c\n"
    assert problems(tmp_path, text) == [
        "…/web.yml:1: basic_auth_user: unknown key; did you mean basic_auth_users?",
        "…/web.yml:6: tls_server_config.client_ca: unknown key; known here: cert_file, key_file",
    ]


def test_all_problems_are_reported_together(tmp_path: Path) -> None:
    text = f"basic_auth_users:\n  alice: plain\n  'a:b': {HASH}\ntls_server_config:\n  cert_file: a\n"
    assert problems(tmp_path, text) == [
        f"…/web.yml:2: basic_auth_users.alice: {NO_HASH}",
        '…/web.yml:3: basic_auth_users."a:b": a user name can hold neither colons nor control characters',
        "…/web.yml:4: tls_server_config.key_file: missing; TLS needs both cert_file and key_file",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("basic_auth_users: [a", "broken YAML"),
        ("basic_auth_users: 5", "…/web.yml:1: basic_auth_users: expected keys below it"),
        (f"basic_auth_users:\n  a: {HASH}\n  a: {HASH}\n", "given twice"),
        ("basic_auth_users:\n  a: 5\n", "…/web.yml:2: basic_auth_users.a: expected text in quotes"),
        ("basic_auth_users:\n  a: $2b$31$" + "a" * 53, "of cost 4 to 14"),
        (
            "tls_server_config:\n  cert_file: a.pem\n  key_file: b.pem\n",
            "tls_server_config.cert_file: cannot read …/a.pem: No such file or directory",
        ),
    ],
)
def test_a_broken_file_is_explained(tmp_path: Path, text: str, message: str) -> None:
    found = problems(tmp_path, text)
    assert len(found) == 1
    assert message in found[0]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"http.web_config: cannot read .*none.yml: No such file"):
        load_web_config(tmp_path / "none.yml")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "web.yml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        load_web_config(tmp_path / "web.yml")


def test_files_that_are_no_certificate_are_named(tmp_path: Path) -> None:
    for name in ("a.pem", "b.pem"):
        (tmp_path / name).write_text("nonsense")
    text = "tls_server_config:\n  cert_file: a.pem\n  key_file: b.pem\n"
    assert "…/a.pem and …/b.pem are not a PEM certificate and its unencrypted key" in problems(tmp_path, text)[0]
