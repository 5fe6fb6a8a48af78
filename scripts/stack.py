"""Fetch the monitoring stack that the tests and the demo run for real, from the Debian mirror of this machine.

Nothing is installed and the machine's apt is left alone: the packages are fetched through an apt state of our own,
kept in a cache, and their programs laid into .stack/. Run it by `make stack`; it needs apt-get and dpkg-deb, not root.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STACK: Final = Path(__file__).resolve().parents[1] / ".stack"
KEYRING: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
NEWEST: Final = ("forky", "sid")
LAUNCHER: Final = """\
#!/bin/sh
# This build reads files below /usr/share, where nothing was installed: they are lent to it, and seen by it alone.
here=$(dirname "$(readlink -f "$0")")
exec unshare --user --map-root-user --mount sh -ec '
here=$1 program=$2
shift 2
if [ -d /usr/share/zoneinfo ]; then mount --bind /usr/share/zoneinfo "$here/share/zoneinfo"; fi
mount --rbind "$here/share" /usr/share
exec "$here/$program" "$@"' sh "$here" "{program}" "$@"
"""


class StackError(Exception):
    """The stack cannot be fetched here; the message says why in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """Programs that are fetched together, and the stable name under .stack/ by which they are found.

    The first of `packages` gives the version; `programs` maps the name that we use to the one that Debian uses. What
    the first program reads below /usr/share is in `share`; where there is any, it is run by a launcher.
    """

    link: str
    name: str
    suites: tuple[str, ...]
    packages: tuple[str, ...]
    programs: Mapping[str, str]
    share: str = ""

    def laid_out(self) -> bool:
        """Whether every program lies under the stable name, with what it reads."""
        place = STACK / self.link
        return all((place / program).is_file() for program in self.programs) and (
            not self.share or (place / "share" / self.share).is_dir()
        )


COMPONENTS: Final = (
    Component(  # the oldest that the bundle supports
        link="floor",
        name="prometheus",
        suites=("bookworm",),
        packages=("prometheus",),
        programs={"prometheus": "prometheus", "promtool": "promtool"},
    ),
    Component(  # the long-term release that docker-compose.yml pins
        link="current",
        name="prometheus",
        suites=NEWEST,
        packages=("prometheus", "promtool"),
        programs={"prometheus": "prometheus", "promtool": "promtool"},
    ),
    Component(
        link="alertmanager",
        name="alertmanager",
        suites=NEWEST,
        packages=("prometheus-alertmanager",),
        programs={"alertmanager": "prometheus-alertmanager", "amtool": "amtool"},
        share="prometheus/alertmanager",
    ),
    Component(  # the oldest that the bundle supports
        link="alertmanager-floor",
        name="alertmanager",
        suites=("bookworm",),
        packages=("prometheus-alertmanager",),
        programs={"alertmanager": "prometheus-alertmanager", "amtool": "amtool"},
        share="prometheus/alertmanager",
    ),
    Component(
        link="compose",
        name="compose",
        suites=NEWEST,
        packages=("docker-compose",),
        programs={"docker-compose": "docker-compose"},
    ),
)


class Apt:
    """One Debian suite, read through a private apt state in the cache."""

    def __init__(self, suite: str, cache: Path) -> None:
        """Describe the state; the mirror is asked when a package is first fetched."""
        self._suite = suite
        self._directory = cache / suite
        self._current = False

    def fetch(self, packages: tuple[str, ...]) -> list[Path]:
        """Return the packages' files, from the cache if they are all there, else from the mirror."""
        return self._cached(packages) or self._downloaded(packages)

    def _cached(self, packages: tuple[str, ...]) -> list[Path]:
        found = [sorted((self._directory / "debs").glob(f"{package}_*.deb")) for package in packages]
        return [files[-1] for files in found] if all(found) else []

    def _downloaded(self, packages: tuple[str, ...]) -> list[Path]:
        self._update()
        say(f"fetching {', '.join(packages)} of {self._suite}")
        debs = self._directory / "debs"
        debs.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._directory) as arriving:
            self._apt("download", *packages, cwd=Path(arriving))
            for deb in Path(arriving).glob("*.deb"):
                deb.replace(debs / deb.name)
        return self._cached(packages)

    def _update(self) -> None:
        if self._current:
            return
        for part in ("lists/partial", "archives/partial"):
            (self._directory / part).mkdir(parents=True, exist_ok=True)
        (self._directory / "status").touch()
        signed = f"[signed-by={KEYRING}] " if KEYRING.is_file() else ""
        lines = [f"deb {signed}{mirror} {self._suite} main\n" for mirror in mirrors()]
        (self._directory / "sources.list").write_text("".join(lines), encoding="ascii")
        say(f"reading the package list of {self._suite}")
        self._apt("update", "--error-on=any", cwd=self._directory)
        self._current = True

    def _apt(self, *words: str, cwd: Path) -> None:
        options = {
            "Dir::State": self._directory,
            "Dir::State::status": self._directory / "status",
            "Dir::State::lists": self._directory / "lists",
            "Dir::Cache": self._directory,
            "Dir::Etc::SourceList": self._directory / "sources.list",
            "Dir::Etc::SourceParts": "/dev/null",
            "APT::Sandbox::User": "root",
            "Acquire::Retries": "3",
        }
        command = ["apt-get", "-q", *(word for name, value in options.items() for word in ("-o", f"{name}={value}"))]
        run([*command, *words], cwd=cwd, doing=f"apt-get {words[0]} of {self._suite}")


def mirrors() -> list[str]:
    """Return the addresses from which this machine gets its own Debian release, as its apt is configured."""
    codename = os_release().get("VERSION_CODENAME", "")
    listed = run(["apt-get", "update", "--print-uris"], cwd=Path("/"), doing="reading apt's sources")
    found = re.findall(rf"^'(\S+/)dists/{re.escape(codename)}/(?:In)?Release'", listed, flags=re.MULTILINE)
    if not codename or not found:
        raise StackError("apt has no source for this machine's own release: the mirror cannot be derived from it")
    return list(dict.fromkeys(found))


def os_release() -> dict[str, str]:
    """Return what /etc/os-release says."""
    lines = Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    return {name: value.strip('"') for name, _, value in (line.partition("=") for line in lines)}


def lay_out(component: Component, debs: list[Path]) -> str:
    """Unpack the programs into a directory named by their version, point the stable name at it, return the version."""
    version = re.split(r"[+~-]", run(["dpkg-deb", "-f", str(debs[0]), "Version"], cwd=STACK, doing="dpkg-deb"))[
        0
    ].strip()
    final = STACK / f"{component.name}-{version.rpartition(':')[2]}"
    with tempfile.TemporaryDirectory(dir=STACK) as scratch:
        for deb in debs:
            run(["dpkg-deb", "-x", str(deb), scratch], cwd=STACK, doing=f"unpacking {deb.name}")
        chosen = Path(scratch, "chosen")
        chosen.mkdir()
        for program, name in component.programs.items():
            shutil.move(Path(scratch, "usr", "bin", name).resolve(), chosen / program)
        if component.share:
            lend(Path(scratch, "usr", "share", component.share), component, chosen)
        shutil.rmtree(final, ignore_errors=True)
        chosen.chmod(0o755)
        chosen.rename(final)
    link = STACK / component.link
    link.unlink(missing_ok=True)
    link.symlink_to(final.name)
    return final.name


def lend(files: Path, component: Component, chosen: Path) -> None:
    """Keep what the first program of a component reads, and put a launcher in its place."""
    program = next(iter(component.programs))
    (chosen / "share" / "zoneinfo").mkdir(parents=True)
    shutil.copytree(files, chosen / "share" / component.share)
    (chosen / program).rename(chosen / f"{program}-program")
    launcher = chosen / program
    launcher.write_text(LAUNCHER.replace("{program}", f"{program}-program"), encoding="ascii")
    launcher.chmod(0o755)


def obtain(component: Component, suites: Mapping[str, Apt]) -> str:
    """Fetch and lay out a component from the first suite that has it, and return its name with its version."""
    problems: list[str] = []
    for suite in component.suites:
        try:
            return lay_out(component, suites[suite].fetch(component.packages))
        except StackError as error:
            problems.append(str(error))
    raise StackError("; ".join(problems))


def run(command: list[str], *, cwd: Path, doing: str) -> str:
    """Run a program and return what it printed; a failure is told in one line."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - no shell, arguments of our own
    except FileNotFoundError as error:
        raise StackError(f"{command[0]} is missing: the stack can only be fetched on Debian and its kin") from error
    if done.returncode != 0:
        said = [line.strip() for line in done.stderr.splitlines() if line.startswith(("E:", "Err", "dpkg"))]
        raise StackError(f"{doing} failed: {' '.join(said[-2:]) or f'exit code {done.returncode}'}")
    return done.stdout


def say(line: str) -> None:
    """Show progress."""
    print(f"stack: {line}", file=sys.stderr, flush=True)  # noqa: T201 - this script talks to a terminal


def default_cache() -> Path:
    """Return where fetched packages are kept between checkouts."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "driftgauge" / "stack"


def wanted(*, refresh: bool) -> Iterator[Component]:
    """Yield the components that are not laid out yet, or all of them."""
    for component in COMPONENTS:
        if refresh or not component.laid_out():
            yield component


def main() -> int:
    """Bring .stack/ up to date, and tell in one line what cannot be had."""
    parser = argparse.ArgumentParser(description="Fetch Prometheus, Alertmanager and compose into .stack/.")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where fetched packages are kept")
    parser.add_argument("--refresh", action="store_true", help="fetch anew what is there or in the cache")
    options = parser.parse_args()
    if options.refresh:
        shutil.rmtree(options.cache, ignore_errors=True)
    STACK.mkdir(exist_ok=True)
    suites = {suite: Apt(suite, options.cache) for component in COMPONENTS for suite in component.suites}
    failed = False
    for component in wanted(refresh=options.refresh):
        try:
            say(f"{component.link}: {obtain(component, suites)}")
        except StackError as error:
            failed = True
            say(f"{component.link}: not to be had: {error}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
