from __future__ import annotations

import threading
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest

from driftgauge.demo.sink import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture
def url() -> Iterator[str]:
    with serve(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def send(url: str, body: bytes) -> int:
    request = urllib.request.Request(url, data=body, method="POST")  # noqa: S310 - on 127.0.0.1
    try:
        with OPENER.open(request, timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_what_a_receiver_is_told_is_a_line_of_output(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    alert = b'{"status": "resolved", "labels": {"alertname": "ModelSilent", "model": "churn"}, "annotations": {}}'
    assert send(f"{url}/pager", b'{"alerts": [%s, %s]}' % (alert, alert)) == 200
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[0][8:] == " pager resolved ModelSilent (churn): "


@pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b"{}", b'{"alerts": [{"status": "firing"}]}'])
def test_what_alertmanager_would_not_send_is_refused(body: bytes, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert send(f"{url}/pager", body) == 400
    assert capsys.readouterr().out == ""


def test_a_health_check_is_answered(url: str) -> None:
    with OPENER.open(url, timeout=5) as answer:
        assert answer.status == 200
