"""Write a file whole or not at all, and refuse what cannot be written before anything else is done."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import typer

STANDARD_OUTPUT: Final = "-"


def require_writable(option: str, name: str) -> None:
    """Refuse what cannot be written.

    Raises
    ------
    BadInput
        With what is in the way.
    """
    from driftgauge.errors import BadInput

    if name == STANDARD_OUTPUT:
        return
    path = Path(name)
    try:
        if path.is_dir():
            raise BadInput(f"{option} {name}: this is a directory; name a file in it")
        if path.exists() and not path.is_file():
            raise BadInput(f"{option} {name}: this is no regular file; name another, or - for standard output")
        if not path.parent.is_dir():
            raise BadInput(f"{option} {name}: there is no directory {path.parent}")
    except OSError as error:
        raise BadInput(f"{option} {name}: {error.strerror or error}") from error


def write_whole(option: str, name: str, text: str) -> None:
    """Write a text to a file, or to standard output, and tell how large a file became.

    Raises
    ------
    BadInput
        If it cannot be written.
    """
    if name == STANDARD_OUTPUT:
        typer.echo(text, nl=False)
        return
    written = _replace(option, Path(name).resolve(), text.encode())
    typer.echo(f"wrote {name}, {written / 1024:,.0f} KiB")


def _replace(option: str, path: Path, content: bytes) -> int:
    import os
    import tempfile

    from driftgauge.errors import BadInput

    left: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".driftgauge-", delete=False) as file:
            left = Path(file.name)
            file.write(content)
        mask = os.umask(0)
        os.umask(mask)
        left.chmod(0o666 & ~mask)
        left.replace(path)
    except OSError as error:
        if left is not None:
            left.unlink(missing_ok=True)
        raise BadInput(f"{option} {path}: {error.strerror or error}") from error
    return len(content)
