"""Learning curves, and what they say of over- and underfitting."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from workbench.contracts.arrays import FloatArray
from workbench.errors import RequestError
from workbench.reports.data.models import pick

if TYPE_CHECKING:
    import pandas as pd

    from workbench.runs.run import Run

Finding = Literal["overfitting", "unfinished", "nothing learnt", "settled", "no validation", "too short"]

SMALL: Final = 0.01
"""Changes below this share of the first epoch's loss count as none."""
FEWEST_EPOCHS: Final = 3

_FITS = ["symbol", "seed", "fold"]

# The graver finding stands first: it is named where two are equally common.
_MEANING: Final[dict[Finding, str]] = {
    "overfitting": (
        "the validation loss was lowest well before the last epoch and rose after it while the training loss kept "
        "falling: overfitting from there on"
    ),
    "unfinished": (
        "training and validation loss were both still falling at the last epoch: underfitting, more epochs may help"
    ),
    "nothing learnt": "the validation loss hardly moved from the first epoch: nothing was learnt that carries over",
    "settled": "the validation loss fell and levelled off: no sign of over- or underfitting",
    "no validation": "there is no validation loss, so over- and underfitting cannot be told apart",
    "too short": f"there are fewer than {FEWEST_EPOCHS} epochs, too few to tell",
}


@dataclass(frozen=True)
class Diagnosis:
    """What the learning curves of one model say.

    Parameters
    ----------
    model : str
    finding : str
        The commonest finding among its fits.
    n_fits, n_agreeing : int
        How many fits there are, and how many of them show the finding.
    best_epoch, n_epochs : float
        Medians over those fits, counted from 1.
    """

    model: str
    finding: Finding
    n_fits: int
    n_agreeing: int
    best_epoch: float
    n_epochs: float

    @property
    def sentence(self) -> str:
        """The finding as a person would say it."""
        share = "its one fit" if self.n_fits == 1 else f"{self.n_agreeing} of {self.n_fits} fits"
        text = f"{self.model}: in {share} {_MEANING[self.finding]}."
        if self.finding in ("overfitting", "settled", "unfinished"):
            text += f" The lowest validation loss came at epoch {self.best_epoch:.0f} of {self.n_epochs:.0f} (medians)."
        return text


def learning_curves(run: Run, *, model: str | None = None) -> pd.DataFrame:
    """Return one model's learning curves.

    Parameters
    ----------
    run : Run
    model : str, optional
        The headline forecaster by default, or the first one that has curves.

    Returns
    -------
    DataFrame
        `fit` (numbered from 0, one per symbol group, seed and fold), `epoch` (counted from 1), `train_loss`,
        `validation_loss`, `validation_rmse` and `validation_hit_rate`; the model's label in `attrs["model"]`.

    Raises
    ------
    RequestError
        No model of the run has learning curves, or not this one.
    """
    rows = run.learning
    known = list(dict.fromkeys(rows["model"]))
    if not known:
        raise RequestError("no forecaster of this run reported learning curves: none of them trains in epochs.")
    label = pick("learning curve of", model, known, run.headline if run.headline in known else known[0])
    mine = rows[rows["model"] == label].sort_values([*_FITS, "epoch"], na_position="first")
    fit = mine.groupby(_FITS, dropna=False, sort=False).ngroup()
    first = mine["epoch"].min()
    curves = mine.drop(columns=["model", *_FITS]).assign(fit=fit, epoch=mine["epoch"] - first + 1)
    curves.attrs["model"] = label
    return curves.reset_index(drop=True)


def loss_changes(curves: pd.DataFrame) -> pd.DataFrame:
    """Return learning curves with each fit's losses as changes since its first epoch, in shares of that.

    Levels differ between folds, because markets are calm or not; changes can be compared.
    """
    losses = curves[["train_loss", "validation_loss"]]
    first = losses.groupby(curves["fit"]).transform("first")
    changes = (losses - first) / first.abs().where(first != 0)
    return curves.assign(train_loss=changes["train_loss"], validation_loss=changes["validation_loss"])


def diagnose(run: Run) -> list[Diagnosis]:
    """Say of each model that trains in epochs whether it over- or underfits.

    A fit is judged by its curves, in this order, a change being counted when it exceeds one hundredth of the
    first epoch's loss:

    *no validation* or *too short* (fewer than three epochs)
        nothing can be told;
    *overfitting*
        the lowest validation loss came before the last quarter of the epochs, the last one lies above it, and
        the training loss fell after it;
    *unfinished* (underfitting)
        the lowest validation loss is that of the last epoch, and both losses fell over the last quarter;
    *nothing learnt*
        the lowest validation loss is not below that of the first epoch;
    *settled*
        anything else: it fell and levelled off.

    A model gets the finding that most of its fits share; of equally common ones the graver.
    """
    return [_diagnose_model(learning_curves(run, model=label)) for label in dict.fromkeys(run.learning["model"])]


def _diagnose_model(curves: pd.DataFrame) -> Diagnosis:
    fits = [fit for _, fit in curves.groupby("fit")]
    found = [
        judge_curve(fit["train_loss"].to_numpy(np.float64), fit["validation_loss"].to_numpy(np.float64)) for fit in fits
    ]
    counts = Counter(found)
    finding = max(_MEANING, key=lambda name: counts[name])
    agreeing = [fit for fit, name in zip(fits, found, strict=True) if name == finding]
    best = [_best_epoch(fit["validation_loss"].to_numpy(np.float64)) for fit in agreeing]
    lengths = [len(fit) for fit in agreeing]
    return Diagnosis(
        curves.attrs["model"], finding, len(fits), len(agreeing), float(np.median(best)), float(np.median(lengths))
    )


def _best_epoch(validation: FloatArray) -> int:
    return int(np.nanargmin(validation)) + 1 if np.isfinite(validation).any() else 0


def judge_curve(train: FloatArray, validation: FloatArray) -> Finding:
    """Judge one fit by its losses per epoch, both of shape (n_epochs,); see `diagnose` for the rule."""
    if not np.isfinite(validation).any():
        return "no validation"
    kept = np.isfinite(validation) & np.isfinite(train)
    train, validation = train[kept], validation[kept]
    n = len(validation)
    if n < FEWEST_EPOCHS:
        return "too short"
    quarter = max(1, n // 4)
    best = int(np.argmin(validation))
    train_small, small = SMALL * abs(train[0]), SMALL * abs(validation[0])
    if best < n - quarter and validation[-1] > validation[best] + small and train[-1] < train[best] - train_small:
        return "overfitting"
    recent = -1 - quarter
    falling = train[-1] < train[recent] - train_small and validation[-1] < validation[recent] - small
    if best == n - 1 and falling:
        return "unfinished"
    return "settled" if validation[best] < validation[0] - small else "nothing learnt"
