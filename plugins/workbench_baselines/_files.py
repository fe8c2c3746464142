"""What a fitted baseline holds, as one JSON file."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from workbench import FloatArray, NotSaveable, StoreError, Target

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


def describe_target(target: Target) -> dict[str, Any]:
    """Return where to find the target's class, and its parameters.

    Raises
    ------
    NotSaveable
        The class cannot be imported by name.
    """
    cls = type(target)
    if "<locals>" in cls.__qualname__ or cls.__module__ == "__main__":
        raise NotSaveable(
            f"the target {cls.__module__}.{cls.__qualname__} cannot be imported by another process; "
            f"define it at the top of a module to have what uses it saved."
        )
    return {"class": f"{cls.__module__}:{cls.__qualname__}", "params": target.model_dump(mode="json")}


def make_target(description: Mapping[str, Any]) -> Target:
    """Make the target that `describe_target` described.

    Raises
    ------
    StoreError
        There is no such target any more.
    """
    module, _, name = str(description["class"]).partition(":")
    try:
        cls: Any = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as err:
        raise StoreError(
            f"a saved baseline needs the target {module}:{name}, which cannot be imported ({err}); "
            f"install the plugin it came from, or fit it again."
        ) from err
    if not (isinstance(cls, type) and issubclass(cls, Target)):
        raise StoreError(f"a saved baseline names {module}:{name} as its target, which is no Target.")
    target: Target = cls(**description["params"])
    return target
