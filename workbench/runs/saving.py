"""The files of a fitted forecaster: those it writes itself, and how they are read again."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from workbench.contracts.calling import calling
from workbench.contracts.forecaster import FittedForecaster, Forecaster
from workbench.contracts.remaking import find_class
from workbench.errors import NotSaveable, StoreError


def fitted_files(forecaster: Forecaster, fitted: FittedForecaster) -> dict[str, bytes]:
    """Return the files that a fitted forecaster writes, by relative name.

    Raises
    ------
    NotSaveable
        It does not offer `save`, or writes nothing.
    PluginError
        It raised something else.
    """
    if not hasattr(fitted, "save"):
        raise NotSaveable(f"{type(fitted).__name__} does not offer `save`.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with calling(forecaster, "save", watched=False):
            fitted.save(folder)
        files = read_files(folder)
    if not files:
        raise NotSaveable(f"{type(fitted).__name__} saved no file.")
    return files


def load_fitted(reference: str, files: Mapping[str, bytes], forecaster: Forecaster) -> FittedForecaster:
    """Let a fitted forecaster read what it wrote.

    Parameters
    ----------
    reference : str
        Its class, as `class_reference` gives it; nothing but a `FittedForecaster` is loaded.
    files : mapping of str to bytes
        What `fitted_files` returned.
    forecaster : Forecaster
        What it was fitted from, for the messages.

    Raises
    ------
    StoreError
        The class is not there any more, or is no fitted forecaster.
    """
    cls = find_class(reference, FittedForecaster)
    with tempfile.TemporaryDirectory() as name:
        write_files(Path(name), files)
        with calling(forecaster, "load", watched=False):
            fitted = cls.load(Path(name))
    if not isinstance(fitted, FittedForecaster):
        raise StoreError(f"{reference} gave {type(fitted).__name__} from `load`; expected a fitted forecaster.")
    return fitted


def read_files(folder: Path) -> dict[str, bytes]:
    """Read every file below a folder, by relative name with forward slashes."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files below a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
