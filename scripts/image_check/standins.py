"""Stand-ins for the images that compose takes from a registry: Debian, and the programs that `make stack` fetched.

Each runs the same programs as the image whose tag it takes, or, of Postgres, those of the Python package that the tests
use; none is that image.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
BASE: Final = "localhost/driftgauge-check/base"
PACKAGES: Final = ("python3", "python3-venv", "ca-certificates", "busybox")


@dataclass(frozen=True, slots=True, kw_only=True)
class StandIn:
    """One image: what it is called, what it is made of, and what is copied into its build's context."""

    tag: str
    lines: str
    files: Mapping[str, Path]

    def lay_out(self, context: Path) -> Path:
        """Fill a fresh directory with the files and a Dockerfile; return it."""
        shutil.rmtree(context, ignore_errors=True)
        context.mkdir(parents=True)
        for name, source in self.files.items():
            if source.is_dir():
                shutil.copytree(source, context / name, symlinks=True)
            else:
                shutil.copy(source.resolve(), context / name)
        (context / "Dockerfile").write_text(f"FROM {BASE}\n{self.lines}", encoding="utf-8")
        return context


def python(tag: str) -> StandIn:
    """Return Debian's Python, laid out as in the Python image: its own pip in /usr/local."""
    lines = """\
RUN python3 -m venv /usr/local && printf '[global]\\nno-index = true\\nfind-links = /var/wheels\\n' >/etc/pip.conf
CMD ["python3"]
"""
    return StandIn(tag=tag, lines=lines, files={})


def postgres(tag: str, installation: Path) -> StandIn:
    """Return the Postgres server of the Python package that the tests use, with the libraries beside the package."""
    package = installation.parent
    libraries = package.with_name(f"{package.name}.libs")
    lines = f"""\
COPY installation /opt/{package.name}/{installation.name}
COPY libraries /opt/{libraries.name}
ENV PATH=/opt/{package.name}/{installation.name}/bin:$PATH PGDATA=/var/lib/postgresql/18/docker
ENV PGHOST=/tmp
COPY entrypoint.sh /usr/local/bin/docker-entrypoint.sh
RUN groupadd --system --gid 999 postgres \\
    && useradd --system --uid 999 --gid postgres --home-dir /var/lib/postgresql postgres \\
    && mkdir -p /var/lib/postgresql /docker-entrypoint-initdb.d \\
    && chown 999:999 /var/lib/postgresql && chmod 755 /usr/local/bin/docker-entrypoint.sh
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
"""
    entry = HERE / "postgres-entrypoint.sh"
    return StandIn(
        tag=tag, lines=lines, files={"installation": installation, "libraries": libraries, "entrypoint.sh": entry}
    )


def prometheus(tag: str, program: Path) -> StandIn:
    """Return the Prometheus that `make stack` fetched."""
    lines = """\
COPY prometheus /bin/prometheus
RUN mkdir /prometheus && chown 65534:65534 /prometheus
WORKDIR /prometheus
ENTRYPOINT ["/bin/prometheus"]
"""
    return StandIn(tag=tag, lines=lines, files={"prometheus": program})


def alertmanager(tag: str, directory: Path) -> StandIn:
    """Return the Alertmanager that `make stack` fetched, with what it reads below /usr/share."""
    lines = """\
COPY alertmanager /bin/alertmanager
COPY share /usr/share/prometheus/alertmanager
RUN mkdir /alertmanager && chown 65534:65534 /alertmanager
WORKDIR /alertmanager
ENTRYPOINT ["/bin/alertmanager"]
"""
    share = directory / "share" / "prometheus" / "alertmanager"
    return StandIn(tag=tag, lines=lines, files={"alertmanager": directory / "alertmanager-program", "share": share})
