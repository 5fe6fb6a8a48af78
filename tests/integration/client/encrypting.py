"""A door to Postgres that speaks TLS, whatever the server was built with."""

from __future__ import annotations

import selectors
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

Place = tuple[socket.AddressFamily, str | tuple[str, int]]
SSL_REQUEST: Final = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"


@contextmanager
def encrypted(dsn: str, directory: Path) -> Generator[str]:
    """Yield a connection string by which each connection is encrypted; skip without the openssl program."""
    openssl = shutil.which("openssl") or pytest.skip("openssl is not installed")
    key, certificate = directory / "server.key", directory / "server.crt"
    request = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost")
    subprocess.run([openssl, *request, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    parts = conninfo_to_dict(dsn)
    host, port = str(parts["host"]), int(parts.get("port") or 5432)
    place = (socket.AF_UNIX, f"{host}/.s.PGSQL.{port}") if host[0] == "/" else (socket.AF_INET, (host, port))
    with socket.create_server(("127.0.0.1", 0)) as door:
        serving = threading.Thread(target=_serve, args=(door, context, place))
        serving.start()
        try:
            yield make_conninfo(dsn, host="127.0.0.1", port=door.getsockname()[1], sslmode="require")
        finally:
            door.shutdown(socket.SHUT_RDWR)
            serving.join()


def _serve(door: socket.socket, context: ssl.SSLContext, place: Place) -> None:
    guests: list[threading.Thread] = []
    while True:
        try:
            guest, _ = door.accept()
        except OSError:  # the door was shut
            break
        guests.append(threading.Thread(target=_pass_on, args=(guest, context, place)))
        guests[-1].start()
    for each in guests:
        each.join()


def _pass_on(guest: socket.socket, context: ssl.SSLContext, place: Place) -> None:
    """Pass on what comes, both ways, until either side ends."""
    assert guest.recv(8, socket.MSG_WAITALL) == SSL_REQUEST
    guest.sendall(b"S")
    with (
        context.wrap_socket(guest, server_side=True) as inner,
        socket.socket(place[0]) as server,
        selectors.DefaultSelector() as ready,
    ):
        server.connect(place[1])
        ready.register(inner, selectors.EVENT_READ, server)
        ready.register(server, selectors.EVENT_READ, inner)
        while True:
            for key, _ in ready.select():
                source = inner if key.fileobj is inner else server
                try:
                    data = source.recv(1 << 16)
                    while source is inner and inner.pending():
                        data += inner.recv(inner.pending())
                except OSError:
                    return
                if not data:
                    return
                key.data.sendall(data)
