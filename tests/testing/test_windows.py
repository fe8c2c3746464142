"""Toy windows, and the studies that forecasters are examined on."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.audit.futures import FUTURES
from workbench.audit.studies import TOLERANCE, Desk, forecast_scale
from workbench.testing import toy_windows
from workbench.testing.windows import odd_studies, toy_studies


def test_toy_windows_are_as_fit_and_predict_get_them():
    windows = toy_windows(20, lookback=5, horizon=2, symbols=("AAA", "BBB"))

    assert len(windows) == 40
    assert windows.batch().shape == (40, 5, 2)
    assert windows.y.shape == (40, 2)
    assert np.isfinite(windows.batch()).all()
    assert np.isfinite(windows.y).all()
    assert list(dict.fromkeys(windows.symbols)) == ["AAA", "BBB"]
    assert toy_windows(20, with_targets=False).y is None


def test_toy_windows_come_again_with_their_seed():
    one, again, other = toy_windows(seed=3), toy_windows(seed=3), toy_windows(seed=4)

    np.testing.assert_array_equal(one.values, again.values)
    assert not np.array_equal(one.values, other.values)


@pytest.mark.parametrize("n_symbols", [1, 3])
def test_a_study_that_is_cut_trains_on_the_same_windows(n_symbols):
    study = toy_studies(n_symbols)[0]
    whole = _training(study)

    for moment in (study.moments[0], study.moments[30]):
        cut = study.until(moment)
        assert max(study.panel[s]["known_at"].max() for s in study.panel) > moment
        assert max(cut.panel[s]["known_at"].max() for s in cut.panel) <= moment
        np.testing.assert_array_equal(_training(cut), whole)


@pytest.mark.parametrize("how", FUTURES)
def test_a_study_whose_future_changed_trains_on_the_same_windows(how):
    study = toy_studies(3)[0]

    changed = study.changed(study.moments[0], FUTURES[how])

    np.testing.assert_array_equal(_training(changed), _training(study))
    assert not np.array_equal(Desk(changed).samples.by_symbol["AAA"].close, Desk(study).samples.by_symbol["AAA"].close)


def _training(study):
    from workbench.evaluation.samples import make_windows

    windows = make_windows(Desk(study).samples, study.rows.train, with_targets=True)
    return np.concatenate([windows.values.ravel(), windows.y.ravel(), *windows.realised.values()])


def test_odd_studies_have_windows_to_train_on_and_to_test():
    for study in odd_studies().values():
        assert sum(map(len, study.rows.train.values())) >= 1
        assert sum(map(len, study.rows.test.values())) >= 1


def test_a_ten_thousandth_of_the_spread_is_no_rounding():
    forecasts = np.random.default_rng(1).normal(0.0, 0.002, (500, 2))

    scale = forecast_scale(forecasts, target_spread=0.02)

    assert (1e-4 * forecasts.std(axis=0) > TOLERANCE * scale).all()


def test_the_scale_of_forecasts_that_are_all_alike_is_that_of_the_targets_but_no_larger_than_they_are():
    alike = np.full((50, 1), 0.01)

    assert forecast_scale(alike, target_spread=0.02)[0] == pytest.approx(0.002)
    assert forecast_scale(1e-6 * alike, target_spread=0.02)[0] == pytest.approx(1e-8)
