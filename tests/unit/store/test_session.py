"""What a session is opened with gives way to the DSN and to libpq's environment."""

from __future__ import annotations

import pytest
from psycopg.conninfo import conninfo_to_dict

from driftgauge.store.session import CONNECT_TIMEOUT, with_defaults


def test_the_dsn_and_the_environment_come_before_our_own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("PGAPPNAME", "PGCONNECT_TIMEOUT", "PGTARGETSESSIONATTRS"):
        monkeypatch.delenv(variable, raising=False)
    plain = conninfo_to_dict(with_defaults("host=db", "ours"))
    assert plain["application_name"] == "ours"
    assert int(str(plain["connect_timeout"])) == CONNECT_TIMEOUT
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "33")
    given = conninfo_to_dict(with_defaults("host=db application_name=theirs", "ours"))
    assert given["application_name"] == "theirs"
    assert "connect_timeout" not in given
