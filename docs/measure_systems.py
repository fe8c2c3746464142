"""Run the five examples on real files and write docs/explanation/five-systems.md.

    python docs/measure_systems.py FOLDER          # the folder with NFLX.csv, AMZN_20.csv and the others
    python docs/measure_systems.py FOLDER study    # one part of it: systems, ranges or study
    python docs/measure_systems.py                 # write the page anew from the figures measured last

The figures are kept in docs/five_systems/figures.json. It takes about a quarter of an hour.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from five_systems.page import render

DOCS = Path(__file__).parent
FIGURES = DOCS / "five_systems" / "figures.json"
PAGE = DOCS / "explanation" / "five-systems.md"


def main(folder: str | None = None, *parts: str) -> None:
    """Measure where a folder is given, and write the page."""
    if folder is not None:
        from five_systems.measured import PARTS, measure
        from five_systems.printed import meanings

        data = Path(folder)
        known = json.loads(FIGURES.read_text(encoding="utf-8")) if parts else {}
        figures = {**known, "meanings": meanings(data), **measure(data, parts or PARTS)}
        FIGURES.write_text(json.dumps(figures, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    PAGE.write_text(render(json.loads(FIGURES.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
