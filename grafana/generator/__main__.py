"""Write the dashboards: `python -m generator`; `--check` sees whether what is there is what would be written."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

from generator.boards import BOARDS

DASHBOARDS: Final = Path(__file__).parents[1] / "dashboards"


def main() -> int:
    """Write, or check, every dashboard."""
    parser = argparse.ArgumentParser(prog="python -m generator", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a file differs")
    checked = parser.parse_args().check
    wanted = {f"{name}.json": board.as_json() for name, board in BOARDS.items()}
    there = {path.name: path.read_text(encoding="utf-8") for path in DASHBOARDS.glob("*.json")}
    differing = sorted(name for name in wanted | there if wanted.get(name) != there.get(name))
    if checked:
        for name in differing:
            print(f"dashboards: {name} is not what the generator writes: run `make dashboards`", file=sys.stderr)
        return 1 if differing else 0
    DASHBOARDS.mkdir(exist_ok=True)
    for name in differing:
        if name in wanted:
            (DASHBOARDS / name).write_text(wanted[name], encoding="utf-8")
        else:
            (DASHBOARDS / name).unlink()
    print(f"dashboards: {len(wanted)} dashboards, {len(differing)} of them rewritten")
    return 0


if __name__ == "__main__":
    sys.exit(main())
