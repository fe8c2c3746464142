"""What a plugin may not change: its input, itself, and anything shared."""

from __future__ import annotations

import os
import pickle
import random
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from workbench.testing.check import CheckFailure


def fingerprint(value: Any) -> str:
    """Return a text that changes when the value does."""
    import joblib

    try:
        return str(joblib.hash(_content(value)))
    except (TypeError, AttributeError, ValueError, pickle.PicklingError):
        return repr(value)


def _content(value: Any) -> Any:
    """Return what a value holds: reading a frame may change how pandas lays it out, but not what is in it."""
    import pandas as pd

    if isinstance(value, pd.DataFrame):
        rows = pd.util.hash_pandas_object(value).to_numpy()
        return rows, list(value.columns), value.index.names, [str(dtype) for dtype in value.dtypes]
    if isinstance(value, pd.Series):
        return _content(value.to_frame("")), value.name
    if isinstance(value, dict):
        return {key: _content(item) for key, item in value.items()}
    return [_content(item) for item in value] if isinstance(value, (list, tuple)) else value


@contextmanager
def unchanged(what: str, *values: Any, advice: str = "Work on a copy.") -> Iterator[None]:
    """Fail if one of the values has changed at the end.

    Parameters
    ----------
    what : str
        What the values are called, such as `the bars`.
    *values
        Frames, arrays, plugins or anything that can be pickled.
    """
    before = [fingerprint(value) for value in values]
    yield
    if [fingerprint(value) for value in values] != before:
        raise CheckFailure(f"{what} changed while the plugin was at work. {advice}")


@contextmanager
def plugin_unchanged(plugin: Any) -> Iterator[None]:
    """Fail if the instance holds anything else at the end: parameters, cached properties or private attributes."""
    before = fingerprint(_held(plugin))
    yield
    if fingerprint(_held(plugin)) != before:
        raise CheckFailure("the plugin changed while it was at work. Keep nothing between calls.")


def _held(plugin: Any) -> dict[str, Any]:
    return {**vars(plugin), "private": getattr(plugin, "__pydantic_private__", None)}


@contextmanager
def nothing_shared_changes(cls: type) -> Iterator[None]:
    """Fail if something changed that all plugins of a process share."""
    before = _shared(cls)
    yield
    changed = [name for name, text in _shared(cls).items() if before.get(name) != text]
    if changed:
        raise CheckFailure(f"{', '.join(changed)} changed: what the plugin answers may depend on what ran before.")


def _shared(cls: type) -> dict[str, str]:
    """Return a fingerprint of each thing that is shared, by what it is called."""
    module = sys.modules.get(cls.__module__)
    return {
        **{f"the class attribute `{cls.__name__}.{name}`": text for name, text in _containers(vars(cls))},
        **{f"the module variable `{name}`": text for name, text in _containers(vars(module) if module else {})},
        "numpy's global random generator": fingerprint(np.random.get_state()),
        "Python's global random generator": fingerprint(random.getstate()),
        "torch's random generator": _torch_state(),
        "numpy's error handling": repr(np.geterr()),
        "the working directory": os.getcwd(),
        "the environment": fingerprint(dict(os.environ)),
        "the warning filters": repr(warnings.filters),
        "pandas' options": _pandas_options(),
        "`sys.path`": repr(sys.path),
    }


@contextmanager
def other_random_numbers() -> Iterator[None]:
    """Let every global random generator give other numbers, and set them back at the end."""
    torch = sys.modules.get("torch")
    before = np.random.get_state(), random.getstate(), torch and torch.get_rng_state()
    np.random.seed(4321)
    random.seed(4321)
    if torch is not None:
        torch.manual_seed(4321)
    try:
        yield
    finally:
        np.random.set_state(before[0])
        random.setstate(before[1])
        if torch is not None:
            torch.set_rng_state(before[2])


def _containers(names: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in list(names.items()):
        if not name.startswith("__") and isinstance(value, (dict, list, set, bytearray, np.ndarray)):
            if not name.startswith("_abc_") and name not in ("model_config", "model_fields"):
                yield name, fingerprint(value)


def _torch_state() -> str:
    torch = sys.modules.get("torch")
    return "" if torch is None else f"{fingerprint(torch.get_rng_state().numpy())} {torch.get_num_threads()}"


def _pandas_options() -> str:
    import pandas as pd

    return repr(
        {name: pd.get_option(name) for name in ("display.max_rows", "display.precision", "compute.use_bottleneck")}
    )
