"""What to do about a plugin that failed while it was being found."""

from __future__ import annotations

from pathlib import Path

from workbench.contracts.origin import INDEX, OWN_DISTRIBUTION, installed_from
from workbench.registry.guard import OutOfTime
from workbench.registry.records import LOCAL, PluginModule

_LEAVE = "leave it out (`--no-plugin {0}`), uninstall it, or tell its author"
_TRACEBACK = "`WORKBENCH_TRACE=1` shows the traceback"


def advice(module: PluginModule, error: BaseException) -> str:
    """Say in a sentence or two what to do, whoever wrote the plugin.

    Parameters
    ----------
    module : PluginModule
        Where the plugin comes from.
    error : BaseException
        What it raised.
    """
    if isinstance(error, OutOfTime):
        otherwise = "mend it" if module.distribution == LOCAL else _LEAVE.format(module.distribution)
        return f"If it only needs longer, raise `WORKBENCH_PLUGIN_SECONDS`; otherwise {otherwise}."
    if module.distribution == LOCAL:
        return _import_advice(Path(module.origin), error) or _missing(error) or f"Mend it; {_TRACEBACK}."
    if module.distribution == OWN_DISTRIBUTION:
        again = f"Install it again (`pip install --force-reinstall {OWN_DISTRIBUTION}`)"
        return f"{again} or report it; {_TRACEBACK}."
    others = _LEAVE.format(module.distribution)
    return f"{_missing(error, module.distribution)}{_update(module.distribution)}, {others}; {_TRACEBACK}."


def _update(distribution: str) -> str:
    """Say how to get another version; by its name only where it was installed so, else a stranger's may come."""
    place = installed_from(distribution)
    if place == INDEX:
        return f"Update it (`pip install --upgrade {distribution}`)"
    return f"Update it (it was installed from {place})" if place else "Update it from where you had it"


def _missing(error: BaseException, distribution: str | None = None) -> str:
    if not isinstance(error, ModuleNotFoundError) or not error.name:
        return ""
    package = error.name.partition(".")[0]
    is_known = distribution is not None and installed_from(distribution) == INDEX
    again = f"`pip install {distribution}` installs what it declares, or " if is_known else ""
    return f"It needs the module {package!r}, which is not installed: {again}`pip install {package}`. "


def _import_advice(path: Path, error: BaseException) -> str:
    """Say how a local file reaches the files beside it, where it tried to."""
    folder = path if path.is_dir() else path.parent
    if isinstance(error, ModuleNotFoundError) and error.name:
        beside = error.name.partition(".")[0]
        if (folder / f"{beside}.py").is_file() or (folder / beside).is_dir():
            return f"It imports {beside!r}, which lies beside it, by name. {_as_package(folder, beside)}"
    if isinstance(error, ImportError) and "no known parent package" in str(error):
        return f"It imports from the files beside it. {_as_package(folder, '...')}"
    return ""


def _as_package(folder: Path, beside: str) -> str:
    there = (folder / "__init__.py").is_file()
    make = "" if there else "put an `__init__.py` that imports its plugins into the folder, "
    text = f"{make}write `from .{beside} import ...`, and load the folder {folder} instead of the file."
    return text[0].upper() + text[1:]
