"""A file, or a folder of files: which symbols there are, and in which file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench import DataError
from workbench_sources._headers import suggest

_PACKED = (".gz", ".zip")


def symbol_of(path: Path) -> str:
    """Return the name of a file without its ending, and without that of a packed one."""
    name = path.name
    if path.suffix.lower() in _PACKED:
        name = name[: -len(path.suffix)]
    return Path(name).stem if "." in name.lstrip(".") else name


def files_in(folder: Path, endings: Sequence[str]) -> dict[str, Path]:
    """Return the files of a folder by symbol.

    Raises
    ------
    DataError
        There are none, or two of one symbol.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "~")) or not path.is_file() or not _ends(path, endings):
            continue
        symbol = symbol_of(path)
        if symbol in found:
            raise DataError(
                f"the folder {str(folder)!r} holds {found[symbol].name!r} and {path.name!r}, and each file is one "
                "symbol, called like the file. Rename or remove one."
            )
        found[symbol] = path
    if not found:
        raise DataError(f"the folder {str(folder)!r} holds no file that ends in {', '.join(endings)}.")
    return found


def _ends(path: Path, endings: Sequence[str]) -> bool:
    name = path.name.lower()
    for packed in _PACKED:
        name = name.removesuffix(packed) if name.endswith(packed) and name.count(".") > 1 else name
    return name.endswith(tuple(endings))


def check_there(path: Path) -> None:
    """Raise `DataError` where there is neither a file nor a folder, naming what is near."""
    if path.is_file() or path.is_dir():
        return
    if path.is_symlink():
        raise DataError(f"{str(path)!r} is a link to {str(path.readlink())!r}, which is not there. Correct `path`.")
    folder = path.parent
    if not folder.is_dir():
        raise DataError(f"there is no file {str(path)!r}, nor a folder {str(folder)!r}. Correct `path`.")
    names = sorted(entry.name for entry in folder.iterdir())
    raise DataError(f"there is no file {str(path)!r}.{suggest(path.name, names)} Correct `path`.")
