"""What learning curves say: the rule, on curves made for it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench import RequestError
from workbench.reports.data.learning import diagnose, judge_curve, learning_curves, loss_changes

EPOCHS = np.arange(1, 21, dtype=float)
FALLING = 1.0 / EPOCHS
FLAT = np.full(20, 0.8)
VALLEY = 0.5 + 0.01 * (EPOCHS - 6) ** 2
LEVELLING = 0.4 + np.exp(-EPOCHS)


@pytest.mark.parametrize(
    ("train", "validation", "finding"),
    [
        (FALLING, VALLEY, "overfitting"),
        (FALLING, 1.0 - 0.03 * EPOCHS, "unfinished"),
        (FALLING, FLAT, "nothing learnt"),
        (FALLING, LEVELLING, "settled"),
        (FALLING, np.full(20, np.nan), "no validation"),
        (FALLING[:2], VALLEY[:2], "too short"),
    ],
)
def test_each_shape_of_curve_has_its_finding(train, validation, finding):
    assert judge_curve(train, validation) == finding


def test_a_rising_validation_loss_is_no_overfitting_while_the_training_loss_stands_still():
    assert judge_curve(FLAT, VALLEY) != "overfitting"


def test_a_rise_below_a_hundredth_of_the_first_loss_counts_as_none():
    tiny = 1.0 + 0.0001 * (EPOCHS - 6) ** 2 / 4

    assert judge_curve(FALLING, tiny) == "nothing learnt"


def test_a_minimum_in_the_last_quarter_is_not_well_before_the_end():
    steep, early, late = 1 - 0.04 * EPOCHS, np.abs(EPOCHS - 14), np.abs(EPOCHS - 17)

    assert judge_curve(steep, 0.5 + 0.02 * early) == "overfitting"
    assert judge_curve(steep, 0.5 + 0.02 * late) == "settled"


def test_negative_losses_are_judged_like_positive_ones():
    assert judge_curve(FALLING - 3, VALLEY - 3) == "overfitting"


def test_epochs_without_a_finite_loss_are_left_out():
    broken = VALLEY.copy()
    broken[3] = np.inf

    assert judge_curve(FALLING, broken) == "overfitting"


def test_the_commonest_finding_of_a_models_fits_is_told_with_its_share(make_run):
    run = make_run(learning=curves_of(VALLEY, VALLEY, FLAT))

    (found,) = diagnose(run)

    assert (found.finding, found.n_agreeing, found.n_fits) == ("overfitting", 2, 3)
    assert "in 2 of 3 fits" in found.sentence
    assert "epoch 6 of 20" in found.sentence


def test_of_equally_common_findings_the_graver_is_told(make_run):
    run = make_run(learning=curves_of(FLAT, VALLEY))

    assert diagnose(run)[0].finding == "overfitting"


def test_fits_are_told_apart_by_seed_and_fold_even_where_the_symbol_is_null(make_run):
    curves = learning_curves(make_run(seeds=(7, 8)))

    assert curves["fit"].nunique() == 2 * 3
    assert curves.groupby("fit")["epoch"].apply(list).map(lambda e: e == list(range(1, 13))).all()


def test_loss_changes_start_at_zero_and_are_shares_of_the_first_loss(make_run):
    run = make_run(learning=curves_of(VALLEY * 4))

    changes = loss_changes(learning_curves(run))

    np.testing.assert_allclose(changes["validation_loss"], VALLEY / VALLEY[0] - 1, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(changes["train_loss"], FALLING - 1, rtol=1e-12, atol=1e-15)


def test_without_learning_curves_the_request_is_refused(make_run):
    run = make_run(learning=make_run().learning.iloc[:0])

    with pytest.raises(RequestError, match="none of them trains in epochs"):
        learning_curves(run)
    assert diagnose(run) == []


def test_an_unknown_model_is_refused_with_what_there_is(make_run):
    with pytest.raises(RequestError, match=r"Did you mean 'lstm'\? There are: lstm"):
        learning_curves(make_run(), model="lst")


def curves_of(*validations):
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "model": "lstm",
                    "symbol": None,
                    "seed": 7,
                    "fold": fold,
                    "epoch": EPOCHS.astype(int),
                    "train_loss": FALLING,
                    "validation_loss": validation,
                    "validation_rmse": validation / 50,
                    "validation_hit_rate": 0.5,
                }
            )
            for fold, validation in enumerate(validations)
        ],
        ignore_index=True,
    )
