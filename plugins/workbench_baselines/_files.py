"""What a fitted baseline holds, as one JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from workbench import FloatArray, StoreError

_NAME = "baseline.json"


def write(folder: Path, **content: Any) -> None:
    """Write `content`; floats survive to the last bit."""
    (folder / _NAME).write_text(json.dumps(content, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def read(folder: Path, *names: str) -> list[Any]:
    """Return the parts of what `write` wrote that are called `names`.

    Raises
    ------
    StoreError
        The folder holds no such file, or another baseline's.
    """
    try:
        content = json.loads((folder / _NAME).read_text(encoding="utf-8"))
        return [content[name] for name in names]
    except (OSError, ValueError, KeyError, TypeError) as err:
        raise StoreError(f"{folder} holds no such saved baseline ({type(err).__name__}: {err}).") from err


def describe_numbers(numbers: Mapping[str, FloatArray]) -> dict[str, list[float]]:
    """Return numbers per symbol in a form that JSON takes."""
    return {symbol: row.tolist() for symbol, row in numbers.items()}


def make_numbers(description: Mapping[str, list[float]]) -> dict[str, FloatArray]:
    """Return numbers per symbol from what `describe_numbers` made of them."""
    return {symbol: np.array(row, dtype=np.float64) for symbol, row in description.items()}
