"""Generate the passwords that docker-compose.yml asks for; what is there is kept. Run it by `make secrets`."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "secrets"
SETTING: Final = f"DRIFTGAUGE_SECRETS=./{FOLDER.name}"
# Containers read the files as users of their own, so the files are open and the folder around them is not.
FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o644


def main() -> int:
    """Write the files that are missing, and tell compose where they lie."""
    FOLDER.mkdir(exist_ok=True)
    FOLDER.chmod(FOLDER_MODE)
    owner = keep("postgres_password", secrets.token_urlsafe(24))
    exporter = keep("exporter_password", secrets.token_urlsafe(24))
    keep("owner_dsn", f"host=postgres dbname=driftgauge user=postgres password={owner}")
    keep("exporter_dsn", f"host=postgres dbname=driftgauge user=exporter password={exporter}")
    keep("webhook_token", secrets.token_urlsafe(32))
    keep("grafana_admin_password", secrets.token_urlsafe(24))
    keep("grafana_secret_key", secrets.token_urlsafe(32))
    keep("grafana_database_password", secrets.token_urlsafe(24))
    traffic = keep("traffic_password", secrets.token_urlsafe(24))
    keep("traffic_dsn", f"host=postgres dbname=driftgauge user=traffic password={traffic}")
    (FOLDER / "receivers").mkdir(exist_ok=True)  # what alertmanager.yml may name: the operator's own
    settings = ROOT / ".env"
    lines = settings.read_text(encoding="utf-8").splitlines() if settings.exists() else []
    if not any(line.startswith("DRIFTGAUGE_SECRETS=") for line in lines):
        settings.write_text("\n".join([*lines, SETTING, ""]), encoding="utf-8")
    print(f"secrets: {FOLDER.name}/ is complete, and .env names it")  # noqa: T201 - this script talks to a terminal
    return 0


def keep(name: str, value: str) -> str:
    """Return what the file holds, and write the value first if there is none."""
    file = FOLDER / name
    if not file.exists():
        file.write_text(value + "\n", encoding="ascii")
        file.chmod(FILE_MODE)
    return file.read_text(encoding="ascii").strip()


if __name__ == "__main__":
    sys.exit(main())
