"""Experiments as TOML files."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.contracts.folds import folds_to_dict
from workbench.contracts.use import Use
from workbench.errors import ExperimentError
from workbench.plan.context import Context

if TYPE_CHECKING:
    from workbench.plan.experiment import Experiment

_SHORT_LIST = re.compile(r"(?<== )\[\n((?:    [^\n]+,\n)+)\]")

OBJECTS_LEFT_OUT = "# Objects handed in from Python are left out.\n"
"""First line of a stored experiment that a file cannot hold whole."""


def write_toml(experiment: Experiment) -> str:
    """Return the experiment as TOML text; fields that are None are left out."""
    import tomli_w

    plain: dict[str, Any] = {}
    tables: dict[str, Any] = {}
    for field in type(experiment).model_fields:
        value = _plain(field, getattr(experiment, field))
        if (value is None and field != "strategy") or value == {}:
            continue
        (tables if isinstance(value, dict) or _is_tables(field, value) else plain)[field] = value
    if plain.get("strategy", "") is None:
        plain["strategy"] = "none"
    return _SHORT_LIST.sub(_on_one_line, tomli_w.dumps({**plain, **tables}))


def _is_tables(field: str, value: Any) -> bool:
    return field == "forecasters" and isinstance(value[0], dict)


def _on_one_line(match: re.Match[str]) -> str:
    items = [line.strip(" ") for line in match[1].rstrip("\n").split("\n")]
    line = f"[{' '.join(items).removesuffix(',')}]"
    return line if len(line) <= 80 else match[0]


def _plain(field: str, value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float)):
        return value
    if field == "folds":
        return folds_to_dict(value)
    if field == "costs":
        return {"commission": value.commission, "spread": value.spread}
    if field == "context":
        return {name: _checked(name, context.to_dict()) for name, context in value.items()}
    if isinstance(value, dict):
        return _checked(field, value)
    if isinstance(value, Use):
        return _short(value)
    if isinstance(value, tuple):
        items = [_short(item) if isinstance(item, Use) else item for item in value]
        if field == "forecasters" and any(isinstance(item, dict) for item in items):
            return [{"use": item} if isinstance(item, str) else item for item in items]  # a table for each
        return items
    raise ExperimentError(
        f"`{field}` is a {type(value).__name__} object, which cannot be written to TOML; choose it by name."
    )


def _short(use: Use) -> str | dict[str, Any]:
    whole = _checked(use.name, use.to_dict())
    return use.name if list(whole) == ["use"] else whole


def _checked(name: str, values: dict[str, Any]) -> dict[str, Any]:
    return {k: _value(name, k, v) for k, v in values.items() if v is not None}


def _value(name: str, key: str, value: Any) -> Any:
    if isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [_value(name, key, item) for item in value]
    if isinstance(value, dict):
        return {str(k): _value(name, key, v) for k, v in value.items()}
    raise ExperimentError(
        f"parameter `{key}` of {name!r} is a {type(value).__name__}, which cannot be written to TOML. "
        f"Give plain values; for data, save them to a file and use the `csv` or `parquet` source."
    )


def read_toml(source: str | Path) -> dict[str, Any]:
    """Read the fields of an experiment from a file or from text.

    Raises
    ------
    ExperimentError
        The file is missing or is not TOML.
    """
    if is_path(source):
        path = Path(source).expanduser()
        return anchored(_parse(_read(path), str(path)), path.resolve().parent)
    return anchored(_parse(str(source), "the text"), None)


def is_path(source: str | Path) -> bool:
    """Whether it is the path of a file and not TOML text."""
    return isinstance(source, Path) or ("\n" not in source and (source.endswith(".toml") or "=" not in source))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ExperimentError(
            f"there is no experiment file {path}. `workbench new {path.name}` writes one to start from."
        ) from None
    except (OSError, UnicodeDecodeError) as err:
        raise ExperimentError(f"{path} cannot be read as a TOML file: {err}.") from None


def _parse(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as err:
        raise ExperimentError(f"{where} is not valid TOML: {err}.") from None


def anchored(fields: dict[str, Any], folder: Path | None) -> dict[str, Any]:
    """Return `fields` with `strategy = "none"` understood and relative paths anchored at `folder`."""
    if fields.get("strategy") == "none":
        fields = {**fields, "strategy": None}
    return fields if folder is None else {**fields, **_anchored_paths(fields, folder)}


def _anchored_paths(fields: dict[str, Any], folder: Path) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    if "source" in fields:
        changed["source"] = _anchor_source(fields["source"], folder)
    if isinstance(fields.get("context"), dict):
        changed["context"] = {name: _anchor_context(item, folder) for name, item in fields["context"].items()}
    if isinstance(fields.get("universe"), str):
        changed["universe"] = _anchor(fields["universe"], folder)
    if isinstance(fields.get("plugins"), list):
        changed["plugins"] = [_anchor_plugin(item, folder) for item in fields["plugins"]]
    return changed


def _anchor(path: str, folder: Path) -> str:
    return str(folder / Path(path).expanduser())


def _anchor_source(source: Any, folder: Path) -> Any:
    if not isinstance(source, dict) or not isinstance(source.get("path"), str):
        return source
    return {**source, "path": _anchor(source["path"], folder)}


def _anchor_context(context: Any, folder: Path) -> Any:
    if isinstance(context, dict) and "source" in context:
        return {**context, "source": _anchor_source(context["source"], folder)}
    return _anchor_source(context, folder)


def _anchor_plugin(item: Any, folder: Path) -> Any:
    """Anchor files and folders; a bare name that is no folder there is a module."""
    if not isinstance(item, str) or not (item.endswith(".py") or "/" in item or (folder / item).is_dir()):
        return item
    return _anchor(item, folder)


def apply_settings(fields: dict[str, Any], settings: list[str]) -> dict[str, Any]:
    """Apply overrides such as `forecasters.0.hidden=64` to the fields of an experiment.

    Values are read as TOML (`64`, `0.5`, `true`, `["AAPL", "MSFT"]`); what is no TOML is taken as text.

    Raises
    ------
    ExperimentError
        An override has no `=`, or its path leads nowhere.
    """
    changed: dict[str, Any] = _copied(fields)
    for setting in settings:
        path, equals, text = setting.partition("=")
        if not equals or not path:
            raise ExperimentError(f"`--set {setting}` needs the form PATH=VALUE, such as forecasters.0.hidden=64.")
        _assign(changed, path.strip().split("."), _read_value(text.strip()), setting)
    return changed


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _copied(v) for k, v in value.items()}
    return [_copied(v) for v in value] if isinstance(value, list) else value


def _read_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _assign(fields: dict[str, Any], path: list[str], value: Any, setting: str) -> None:
    place: Any = fields
    for depth, part in enumerate(path[:-1]):
        following = _step(place, part, setting)
        if isinstance(following, str):  # "lstm" is short for {use = "lstm"}
            following = {"use": following}
        _put(place, part, following, setting)
        place = following
        if not isinstance(place, (dict, list)):
            raise ExperimentError(f"`--set {setting}`: {'.'.join(path[: depth + 1])} holds no settings.")
    _put(place, path[-1], value, setting)


def _step(place: Any, part: str, setting: str) -> Any:
    if isinstance(place, list):
        return place[_index(place, part, setting)]
    return place.setdefault(part, {})


def _put(place: Any, part: str, value: Any, setting: str) -> None:
    if isinstance(place, list):
        place[_index(place, part, setting)] = value
    else:
        place[part] = value


def _index(place: list[Any], part: str, setting: str) -> int:
    if not part.isdecimal() or int(part) >= len(place):
        raise ExperimentError(f"`--set {setting}`: {part!r} is no position in a list of {len(place)}, from 0.")
    return int(part)


def shown_toml(experiment: Experiment) -> str:
    """Return the TOML of an experiment for reading, with a comment in place of what a file cannot hold."""
    try:
        return experiment.to_toml()
    except ExperimentError:
        bare = {name: _bare(getattr(experiment, name)) for name in type(experiment).model_fields}
        return OBJECTS_LEFT_OUT + experiment.replace(**bare).to_toml()


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _bare(item) for key, item in value.items()}
    if isinstance(value, Context):
        return value.model_copy(update={"source": _bare(value.source), "features": _bare(value.features)})
    if isinstance(value, tuple):
        return tuple(_bare(item) for item in value)
    if isinstance(value, Use):
        return value.model_copy(update={"params": {k: v for k, v in value.params.items() if _is_plain(v)}})
    return Use(name="standard") if hasattr(value, "inverse_transform") else value


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    if isinstance(value, (list, tuple)):
        return all(_is_plain(item) for item in value)
    return isinstance(value, (str, bool, int, float, Path))
