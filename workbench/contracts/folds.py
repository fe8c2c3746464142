"""How the target rows of a panel are divided into training and test blocks."""

from __future__ import annotations

from numbers import Integral
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass

from workbench.contracts.explain import explained

_CONFIG = ConfigDict(extra="forbid")
_ROWS_OR_SHARE = "expected a number of bars, such as 500, or a share of them between 0 and 1, such as 0.6"


def _rows_or_share(value: object) -> int | float:
    """Take a whole number for bars, and a fraction below 1 for a share of them."""
    if isinstance(value, bool):
        raise ValueError(_ROWS_OR_SHARE)
    if isinstance(value, Integral):
        if value < 1:
            raise ValueError(f"a block has at least 1 bar; {_ROWS_OR_SHARE}")
        return int(value)
    if isinstance(value, float) and 0 < value < 1:
        return float(value)
    if isinstance(value, float) and value >= 1:
        raise ValueError(f"a share lies below 1, and a number of bars is written without a point; {_ROWS_OR_SHARE}")
    raise ValueError(_ROWS_OR_SHARE)


Size = Annotated[int | float, BeforeValidator(_rows_or_share)]
"""Rows of the timeline: how many, or as a share of all."""


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

    A size that is a fraction between 0 and 1 is a share of the timeline, so that one setting suits series of any
    length: with `n` bars a block that ends at the share `s` of them ends at row `int(round(s * n, 9))`. Shares stand
    for at least one row. With 0.6 and 0.08 there are five test blocks, which differ by a row at most.

    Parameters
    ----------
    train_size : int or float
        Rows before the first test block, or their share.
    test_size : int or float
        Rows per test block, or their share. The last block may be shorter, so that the newest bars are tested too.
    expand_train : bool, default=False
        Keep the start of the training block at the first row instead of moving it along.
    stride : int or float, optional
        Rows between successive test blocks, or their share; `test_size` by default.
    refit : bool or int, default=True
        Fit again for each fold (True), only for the first (False), or every `refit` folds.
    embargo : int, default=0
        Further bars left out between the last training target and the first test target.
    """

    train_size: Size
    test_size: Size
    expand_train: bool = False
    stride: Size | None = None
    refit: bool | Annotated[int, Field(ge=1)] = True
    embargo: Annotated[int, Field(ge=0)] = 0


FOLD_KINDS: dict[str, type[Any]] = {"holdout": Holdout, "walk_forward": WalkForward}


def folds_to_dict(folds: Holdout | WalkForward) -> dict[str, Any]:
    """Return the settings of `folds` with their kind under `use`, the form written to TOML."""
    kind = next(name for name, cls in FOLD_KINDS.items() if isinstance(folds, cls))
    values: dict[str, Any] = TypeAdapter(type(folds)).dump_python(folds)
    return {"use": kind, **{k: v for k, v in values.items() if v is not None}}
