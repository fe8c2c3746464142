"""Importing plugin files and packages by path, under names of their own; `sys.path` stays as it is."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from workbench.contracts.names import LOCAL_MODULES
from workbench.errors import PluginError, UnknownPluginError
from workbench.registry.code import digest
from workbench.registry.records import PluginModule

_IMPORTED: dict[str, Path] = {}
"""Where the text of each module was last found; equal texts are one module."""
_NOT_PLUGINS = ("_", ".", "test_", "conftest")


def plugin_path(text: str) -> Path | None:
    """Return the file or folder that `text` means, or None where it is the name of a module.

    What ends in `.py`, has a slash, or is a folder here, is a path.
    """
    path = Path(text).expanduser()
    written = text.endswith(".py") or "/" in text or os.sep in text or text.startswith(("~", "."))
    return path.resolve() if text and (written or path.is_dir()) else None


def plugin_files(path: Path) -> list[Path]:
    """Return the files and package folders that a path stands for.

    A file or a package (a folder with an `__init__.py`) stands for itself. Any other folder stands for the files and
    packages in it, but those whose names begin with `_`, `test_` or `conftest`.

    Raises
    ------
    UnknownPluginError
        There is nothing at that path, or a folder holds no such file.
    """
    if not path.exists():
        raise UnknownPluginError(f"there is no plugin file or folder {path}. Give a Python file or a folder of them.")
    if path.is_file() or _is_package(path):
        return [path]
    found = [item for item in sorted(path.iterdir()) if not item.name.startswith(_NOT_PLUGINS)]
    found = [item for item in found if item.suffix == ".py" or _is_package(item)]
    if not found:
        raise UnknownPluginError(f"the folder {path} holds no Python file that could be a plugin.")
    return found


def _is_package(path: Path) -> bool:
    return (path / "__init__.py").is_file()


def local_files() -> list[str]:
    """Return the plugin files and packages imported so far and still there, for processes that import them too."""
    return [str(path) for path in _IMPORTED.values() if path.exists()]


def import_file(path: Path) -> tuple[ModuleType, PluginModule]:
    """Import a plugin file, or a package folder, under a private name that holds the hash of its text.

    Raises
    ------
    UnknownPluginError
        There is no such file.
    PluginError
        It is no Python file.
    """
    path = path.expanduser().resolve()
    if not path.is_file() and not _is_package(path):
        raise UnknownPluginError(f"there is no plugin file {path}. Give the path of a Python file or of a package.")
    sha256 = digest(path)
    name = f"{LOCAL_MODULES}{path.stem}_{sha256[:12]}"
    if name not in sys.modules:
        _import(name, path)
    _IMPORTED[name] = path
    return sys.modules[name], PluginModule(path.stem, "local", "", str(path), sha256=sha256)


def _import(name: str, path: Path) -> None:
    file, inside = (path / "__init__.py", [str(path)]) if path.is_dir() else (path, None)
    if file.suffix != ".py":
        raise PluginError(f"{path} is not a Python file (`.py`).")
    if not any(isinstance(finder, _LocalFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _LocalFinder())
    importlib.invalidate_caches()
    loader = _SourceLoader(name, str(file))
    spec = importlib.util.spec_from_file_location(name, file, loader=loader, submodule_search_locations=inside)
    assert spec is not None
    sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        loader.exec_module(sys.modules[name])
    except BaseException:
        for loaded in list(_with_submodules(name)):
            del sys.modules[loaded]
        raise


def _with_submodules(name: str) -> Iterator[str]:
    return (loaded for loaded in list(sys.modules) if loaded == name or loaded.startswith(f"{name}."))


class _SourceLoader(SourceFileLoader):
    """Reads source and never bytecode: what runs is what was hashed, however quickly a file is edited."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


class _LocalFinder:
    """Finds the modules inside plugin packages, for relative imports."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if path is None or not fullname.startswith(LOCAL_MODULES):
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _SourceLoader(fullname, spec.loader.path)
        return spec
