"""Basic auth and TLS by the web config, with a certificate made on the spot."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bcrypt
import httpx
import pytest

from driftgauge.errors import ConfigError
from driftgauge.exposition.snapshot import Renderer
from driftgauge.web.protocol import EXCHANGE_SECONDS
from driftgauge.web.published import Published
from driftgauge.web.server import MetricsServer

PASSWORD = "pässword:with colon"  # noqa: S105 - made up
DEADLINE = 1.5  # instead of 5 s, so that the suite does not wait
Serve = Callable[..., str]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl binary to make a certificate with")
    directory = tmp_path_factory.mktemp("tls")
    certificate, key = directory / "cert.pem", directory / "key.pem"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    servers: list[MetricsServer] = []

    def start(web_config: str, exchange_seconds: float = EXCHANGE_SECONDS) -> str:
        path = tmp_path / "web.yml"
        path.write_text(web_config)
        published = Published()
        published.snapshot = Renderer().render([], max_series=10, created_at=0.0)
        servers.append(
            MetricsServer(published, listen="127.0.0.1:0", web_config=path, exchange_seconds=exchange_seconds)
        )
        servers[-1].start()
        return servers[-1].url

    yield start
    for server in servers:
        server.stop()


def users(*names: str, rounds: int = 4) -> str:
    password_hash = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(rounds)).decode()
    return "basic_auth_users:\n" + "".join(f"  {name}: {password_hash}\n" for name in names)


def get(url: str, auth: tuple[str, str] | None = None, authorization: str | None = None) -> httpx.Response:
    headers = {} if authorization is None else {"Authorization": authorization}
    credentials = None if auth is None else httpx.BasicAuth(*(part.encode() for part in auth))
    return httpx.get(url, auth=credentials, headers=headers, trust_env=False)


def test_the_right_password_is_let_in_again_and_again(serve: Serve) -> None:
    url = serve(users("alice", "bob"))
    for user in ("alice", "bob", "alice"):
        assert get(f"{url}/metrics", (user, PASSWORD)).status_code == 200


def test_a_password_longer_than_bcrypt_reads_is_compared_as_others_do(serve: Serve) -> None:
    password_hash = bcrypt.hashpw(b"x" * 72, bcrypt.gensalt(4)).decode()
    url = serve(f"basic_auth_users:\n  alice: {password_hash}\n")
    assert get(f"{url}/metrics", ("alice", "x" * 100)).status_code == 200


@pytest.mark.parametrize("path", ["/", "/metrics", "/-/ready", "/nope"])
def test_without_a_password_everything_but_health_is_closed(serve: Serve, path: str) -> None:
    url = serve(users("alice"))
    answer = get(url + path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Basic realm="driftgauge", charset="UTF-8"'
    assert get(f"{url}/-/healthy").status_code == 200


def test_wrong_credentials_are_refused_also_after_right_ones(serve: Serve) -> None:
    url = serve(users("alice")) + "/metrics"
    assert get(url, ("alice", PASSWORD)).status_code == 200
    for user, password in (("alice", "wrong"), ("bob", PASSWORD), ("", ""), ("alice", ""), ("alice", PASSWORD + "x")):
        assert get(url, (user, password)).status_code == 401


@pytest.mark.parametrize(
    "authorization",
    ["", "Basic", "Basic !!!", "Basic YWxpY2U=", "Bearer x", "Basic /w==", "Basic AAAA", "Basic YTpiAA=="],
)
def test_broken_credentials_are_refused(serve: Serve, authorization: str) -> None:
    assert get(serve(users("alice")) + "/metrics", authorization=authorization).status_code == 401


def test_guessing_passwords_does_not_slow_a_known_scraper(serve: Serve) -> None:
    url = serve(users("alice", rounds=9)) + "/metrics"
    assert get(url, ("alice", PASSWORD)).status_code == 200
    with ThreadPoolExecutor(4) as pool:
        guesses = [pool.submit(get, url, ("alice", f"guess {number}")) for number in range(4)]
        began = time.monotonic()
        assert get(url, ("alice", PASSWORD)).status_code == 200
        scrape_seconds = time.monotonic() - began
        assert [guess.result().status_code for guess in guesses] == [401] * 4
    assert scrape_seconds < time.monotonic() - began


def test_tls_serves_the_certificate_and_refuses_plain_http(serve: Serve, certificate: tuple[Path, Path]) -> None:
    url = serve("tls_server_config:\n  cert_file: {}\n  key_file: {}\n".format(*certificate) + users("alice"))
    assert url.startswith("https://127.0.0.1:")
    trusted = ssl.create_default_context(cafile=str(certificate[0]))
    credentials = httpx.BasicAuth("alice", PASSWORD.encode())
    with httpx.Client(verify=trusted, trust_env=False, auth=credentials) as client:
        answer = client.get(f"{url}/metrics", headers={"Accept": "application/openmetrics-text"})
    assert (answer.status_code, answer.text[-6:]) == (200, "# EOF\n")
    with pytest.raises(httpx.HTTPError):
        get(url.replace("https", "http"))


def test_old_tls_is_refused(serve: Serve, certificate: tuple[Path, Path]) -> None:
    url = serve("tls_server_config:\n  cert_file: {}\n  key_file: {}\n".format(*certificate))
    host, port = url.removeprefix("https://").split(":")
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname = False
    old.verify_mode = ssl.CERT_NONE
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection((host, int(port))) as plain,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        old.wrap_socket(plain)


def test_silent_tls_clients_block_no_scrape_and_are_let_go(serve: Serve, certificate: tuple[Path, Path]) -> None:
    url = serve("tls_server_config:\n  cert_file: {}\n  key_file: {}\n".format(*certificate), DEADLINE)
    host, port = url.removeprefix("https://").split(":")
    silent = [socket.create_connection((host, int(port)), timeout=DEADLINE + 4) for _ in range(100)]
    trusted = ssl.create_default_context(cafile=str(certificate[0]))
    began = time.monotonic()
    assert httpx.get(f"{url}/metrics", verify=trusted, trust_env=False).status_code == 200
    assert time.monotonic() - began < DEADLINE
    assert all(client.recv(1) == b"" for client in silent)
    for client in silent:
        client.close()


def test_a_key_of_another_certificate_is_one_clear_line(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    path = tmp_path / "web.yml"
    path.write_text(f"tls_server_config:\n  cert_file: {certificate[0]}\n  key_file: {certificate[0]}\n")
    with pytest.raises(ConfigError, match=r"^tls_server_config: .* are not a PEM certificate and its unencrypted key"):
        MetricsServer(Published(), listen="127.0.0.1:0", web_config=path)


def test_a_key_that_is_locked_is_one_clear_line_and_asks_nobody(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    locked, path = tmp_path / "locked.pem", tmp_path / "web.yml"
    subprocess.run(
        ["openssl", "ec", "-in", certificate[1], "-aes256", "-passout", "pass:x", "-out", locked],  # noqa: S607 - found on the path by the fixture
        check=True,
        capture_output=True,
    )
    path.write_text(f"tls_server_config:\n  cert_file: {certificate[0]}\n  key_file: {locked}\n")
    with pytest.raises(ConfigError, match="the key is locked with a password"):
        MetricsServer(Published(), listen="127.0.0.1:0", web_config=path)
