"""Hashes of the files that plugins are written in: what tells code apart where a version does not."""

from __future__ import annotations

import functools
import hashlib
import sys
from pathlib import Path


def digest(path: Path) -> str:
    """Hash a file, or all Python files of a package together with their names."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    total = hashlib.sha256()
    for file in sorted(file for file in path.rglob("*.py") if file.is_file()):  # an editor's lock is a dead link
        total.update(f"{file.relative_to(path).as_posix()}\0{file.stat().st_size}\0".encode() + file.read_bytes())
    return total.hexdigest()


@functools.lru_cache(maxsize=256)
def installed_code(cls: type, module: str) -> str | None:
    """Hash the files of an installed plugin: its top module, or all Python files of its top package.

    Further modules and packages of its distribution, and what it depends on, are not part of it. Each class is
    hashed once, on first use: an edit counts from the import that makes the class anew.

    Parameters
    ----------
    cls : type
        The plugin class.
    module : str
        Module that offers it; where the class stands in another package, both are hashed.

    Returns
    -------
    str or None
        SHA-256; None where no file is found, as in a zip archive.
    """
    roots = {root for name in (module, cls.__module__) if (root := _root(name)) is not None}
    hashes = [digest(root) for root in sorted(roots)]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest() if hashes else None


def _root(module: str) -> Path | None:
    """Return the file or folder of the first package above an imported module that is no namespace."""
    parts = module.split(".")
    for depth in range(1, len(parts) + 1):
        file = Path(getattr(sys.modules.get(".".join(parts[:depth])), "__file__", None) or "")
        if file.is_file():
            return file.parent if file.stem == "__init__" else file
    return None
