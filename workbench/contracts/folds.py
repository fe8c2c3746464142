"""How the target rows of a panel are divided into training and test blocks."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass

from workbench.contracts.explain import explained

_CONFIG = ConfigDict(extra="forbid")


@explained("holdout")
@dataclass(frozen=True, config=_CONFIG)
class Holdout:
    """One split: the last share of the rows is the test.

    With `n` bars the first test target is row `int(round((1 - test_fraction) * n, 9))`; everything before
    is for training, less what the horizon and the embargo forbid.

    Parameters
    ----------
    test_fraction : float
        Share of the target rows to test on, between 0 and 1.
    embargo : int, default=0
        Further bars left out between the last training target and the first test target.
    """

    test_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.2
    embargo: Annotated[int, Field(ge=0)] = 0


@explained("walk_forward")
@dataclass(frozen=True, config=_CONFIG)
class WalkForward:
    """A training block and the test block after it, moved through time.

    Sizes count target rows (bars of the panel's timeline), whatever the features or the lookback. Training
    origins whose targets reach the test block are purged; the user never types a purge.

    Parameters
    ----------
    train_size : int
        Rows before the first test block.
    test_size : int
        Rows per test block. The last block may be shorter, so that the newest bars are tested too.
    expand_train : bool, default=False
        Keep the start of the training block at the first row instead of moving it along.
    stride : int, optional
        Rows between successive test blocks; `test_size` by default.
    refit : bool or int, default=True
        Fit again for each fold (True), only for the first (False), or every `refit` folds.
    embargo : int, default=0
        Further bars left out between the last training target and the first test target.
    """

    train_size: Annotated[int, Field(ge=1)]
    test_size: Annotated[int, Field(ge=1)]
    expand_train: bool = False
    stride: Annotated[int, Field(ge=1)] | None = None
    refit: bool | Annotated[int, Field(ge=1)] = True
    embargo: Annotated[int, Field(ge=0)] = 0


FOLD_KINDS: dict[str, type[Any]] = {"holdout": Holdout, "walk_forward": WalkForward}


def folds_to_dict(folds: Holdout | WalkForward) -> dict[str, Any]:
    """Return the settings of `folds` with their kind under `use`, the form written to TOML."""
    kind = next(name for name, cls in FOLD_KINDS.items() if isinstance(folds, cls))
    values: dict[str, Any] = TypeAdapter(type(folds)).dump_python(folds)
    return {"use": kind, **{k: v for k, v in values.items() if v is not None}}
