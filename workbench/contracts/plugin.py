"""What every plugin is: a frozen pydantic model whose fields are its parameters."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, PydanticUserError, ValidationError
from pydantic.fields import FieldInfo

from workbench.contracts.explain import explain
from workbench.contracts.names import LOCAL_MODULES, canonical_name
from workbench.errors import ExperimentError, PluginError

RESERVED_FIELDS = frozenset(
    {
        *("name", "label", "use", "kind", "params", "summary", "inputs", "warmup", "scaled", "scope_of"),
        *("copy", "schema", "json", "dict", "construct", "validate", "fit", "predict", "compute", "signals"),
        "example",
    }
)


if TYPE_CHECKING:  # pydantic has no public name for it
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)


class _PluginMeta(ModelMetaclass):
    """Says in a sentence what is wrong with the body of a class."""

    def __new__(mcs, owner: str, bases: tuple[type, ...], namespace: dict[str, Any], /, **kwargs: Any) -> Any:
        try:
            return super().__new__(mcs, owner, bases, namespace, **kwargs)
        except PydanticUserError as err:
            if err.code != "model-field-missing-annotation":
                raise
            raise PluginError(_without_annotation(owner, bases, namespace)) from err


class Plugin(BaseModel, metaclass=_PluginMeta):
    """Base of all plugin classes.

    Subclass one of the kinds (`Feature`, `Forecaster`, `Strategy` ...), give the class a `name`, and
    declare parameters as annotated fields. The first line of the docstring is what users see in lists.
    A subclass without a `name` is itself a base class and is never offered.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        allow_inf_nan=False,
        protected_namespaces=(),
    )

    kind: ClassVar[str] = ""
    name: ClassVar[str | None] = None

    def __init_subclass__(cls, *, name: str | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _refuse_name_in_body(cls)
        _refuse_other_than_properties(cls)
        cls.name = None if name is None else canonical_name(name)
        _refuse_reserved_fields(cls)

    def __new__(cls, *_: Any, **__: Any) -> Self:
        """Refuse a class without one of its kind's methods."""
        missing = sorted(getattr(cls, "__abstractmethods__", ()))
        if missing:
            raise PluginError(f"{_spoken(cls)} cannot be used: it lacks {', '.join(missing)}.")
        return super().__new__(cls)

    def __init__(self, **params: Any) -> None:
        cls = type(self)
        if "label" in params:
            raise ExperimentError(
                f"{(cls.name or cls.__name__)!r} has no parameter `label`. A plugin is labelled where it is chosen: "
                f"`use(..., label={params['label']!r})`."
            )
        try:
            super().__init__(**params)
        except ValidationError as err:
            raise ExperimentError(explain(repr(cls.name or cls.__name__), cls.model_fields, err)) from err

    @classmethod
    def example(cls, folder: Path) -> Self:
        """Return a small plugin that is quick to use, for whoever tries the class out.

        `workbench plugins check` and the checks of `workbench.testing` use it. Override it where a parameter is
        required, or where the defaults take long.

        Parameters
        ----------
        folder : Path
            An empty folder of its own, for a plugin that needs a file to exist.
        """
        return cls()

    @property
    def params(self) -> dict[str, Any]:
        """Parameters that differ from their defaults, by field name."""
        fields = type(self).model_fields
        own = inspect.get_annotations(type(self))
        names = sorted(fields, key=lambda name: name not in own)  # what the class adds says most about it
        return {name: value for name in names if not _is_default(value := getattr(self, name), fields[name])}

    @property
    def label(self) -> str:
        """Name and what differs from the defaults, such as `lstm(hidden=64)`."""
        name = type(self).name or type(self).__name__
        inside = ", ".join(f"{key}={_short(value)}" for key, value in self.params.items())
        return f"{name}({inside})" if inside else name

    @classmethod
    def summary(cls) -> str:
        """First line of the docstring."""
        text = inspect.cleandoc(cls.__doc__ or "")
        return text.split("\n", 1)[0]


def _without_annotation(owner: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> str:
    typed = namespace.get("__annotations__", {})
    name, value = next(
        (key, value)
        for key, value in namespace.items()
        if not key.startswith("_") and key not in typed and not callable(value) and not hasattr(value, "__get__")
    )
    if _is_property(name, bases):
        return _as_property(owner, name, repr(value))
    kind = type(value).__name__
    return (
        f"`{name} = {value!r}` in {owner} has no type. Write `{name}: {kind} = {value!r}` for a parameter, or "
        f"`{name}: ClassVar[{kind}] = {value!r}` for a constant."
    )


def _is_property(name: str, bases: tuple[type, ...]) -> bool:
    return any(isinstance(getattr(base, name, None), property) for base in bases)


def _as_property(owner: str, name: str, value: str) -> str:
    return f"`{name}` of {owner} is a property: write `@property`, `def {name}(self): return {value}`."


def _is_default(value: object, field: FieldInfo) -> bool:
    if field.is_required():
        return False
    same = value == field.get_default(call_default_factory=True)
    return same if isinstance(same, bool) else False  # arrays and frames never count as the default


def _short(value: object) -> str:
    return value if isinstance(value, str) else repr(value)


def _refuse_name_in_body(cls: type[Plugin]) -> None:
    """Refuse what would be a class nobody is ever offered, without a word."""
    if "name" in vars(cls):
        raise PluginError(
            f"{_spoken(cls)} declares its name in the body of the class. "
            f'Write `class {cls.__name__}({cls.__bases__[0].__name__}, name="{canonical_name(cls.__name__)}")`.'
        )


def _refuse_other_than_properties(cls: type[Plugin]) -> None:
    """Refuse a parameter or a method of the name of a property: whoever asks for its value gets something else."""
    body = vars(cls)
    for name, annotation in inspect.get_annotations(cls).items():
        if _is_property(name, cls.__bases__) and "ClassVar" not in str(annotation):
            value = body.get(name)
            raise PluginError(_as_property(_spoken(cls), name, repr(value) if isinstance(value, int) else "..."))
    for name, value in body.items():
        if inspect.isfunction(value) and _is_property(name, cls.__bases__):
            raise PluginError(f"`{name}` of {_spoken(cls)} is a property: put `@property` above `def {name}`.")


def _spoken(cls: type) -> str:
    """Name a class for a sentence; the module of a local file has a name that nobody gave it."""
    given = not cls.__module__.startswith(LOCAL_MODULES) and cls.__module__ != "__main__"
    return f"{cls.__module__}.{cls.__qualname__}" if given else cls.__qualname__


def _refuse_reserved_fields(cls: type[Plugin]) -> None:
    for field, annotation in inspect.get_annotations(cls).items():
        if field in RESERVED_FIELDS and "ClassVar" not in str(annotation):
            raise PluginError(
                f"{_spoken(cls)} declares a parameter called {field!r}, a word that "
                f"Workbench uses for itself. Rename it, for example to {field + '_'!r}."
            )
