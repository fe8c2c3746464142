"""Conformal radii: the exact rank, per symbol and step, and nothing where there are too few."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import DataError, Prediction
from workbench.evaluation.conformal import Conformal, needed_origins, rank_of, short_of_origins


def measured(errors, symbols, *coverage):
    """Radii of forecasts of zero with these errors, of shape (n, horizon)."""
    errors = np.asarray(errors, dtype=float)
    return Conformal.measured(np.zeros_like(errors), errors, np.array(symbols, dtype=object), coverage)


@pytest.mark.parametrize(
    ("n", "coverage", "rank"),
    [(4, 0.8, 4), (9, 0.8, 8), (10, 0.8, 9), (19, 0.95, 19), (39, 0.95, 38), (99, 0.9, 90), (9, 0.7, 7), (1, 0.5, 1)],
)
def test_the_rank_is_that_of_the_bar_to_come_among_all(n, coverage, rank):
    assert rank_of(n, coverage) == rank


@pytest.mark.parametrize(("coverage", "n"), [(0.5, 1), (0.8, 4), (0.9, 9), (0.95, 19), (0.975, 39), (0.99, 99)])
def test_so_many_origins_are_needed_and_one_less_is_too_few(coverage, n):
    assert needed_origins(coverage) == n
    assert rank_of(n, coverage) <= n
    assert rank_of(n - 1, coverage) > n - 1


def test_radii_of_nine_residuals_by_hand():
    errors = [[3], [-1], [4], [1.5], [-9], [2], [-6], [5], [0]]  # sorted sizes 0 1 1.5 2 3 4 5 6 9

    found = measured(errors, ["A"] * 9, 0.5, 0.8, 0.9)

    assert found.radii == {"A": ((3.0, 6.0, 9.0),)}  # the 5th, 8th and 9th
    assert found.n_origins == {"A": 9}


def test_every_symbol_and_step_has_its_own_radius():
    errors = [[1, 10], [2, 20], [3, 30], [4, 40], [-100, 5], [-200, 5], [-300, 5], [-400, 6]]

    found = measured(errors, ["A", "A", "A", "A", "B", "B", "B", "B"], 0.5, 0.8)

    assert found.radii == {"A": ((3.0, 4.0), (30.0, 40.0)), "B": ((300.0, 400.0), (5.0, 6.0))}


def test_intervals_lie_around_the_point_at_the_levels_of_their_coverage():
    found = measured([[3.0], [1.0], [2.0], [4.0]], ["A"] * 4, 0.5, 0.8)

    around = found.around(Prediction(np.array([[10.0], [20.0]])), np.array(["A", "A"], dtype=object))

    assert around.levels.tolist() == [0.1, 0.25, 0.75, 0.9]
    assert around.quantiles[:, 0].tolist() == [[6.0, 7.0, 13.0, 14.0], [16.0, 17.0, 23.0, 24.0]]
    assert around.point.tolist() == [[10.0], [20.0]]


def test_levels_are_those_that_people_type():
    assert measured(np.ones((99, 1)), ["A"] * 99, 0.5, 0.8, 0.9, 0.95).levels.tolist() == [
        *(0.025, 0.05, 0.1, 0.25),
        *(0.75, 0.9, 0.95, 0.975),
    ]


def test_a_symbol_with_too_few_origins_gets_none_and_spoils_no_other():
    found = measured(np.ones((22, 1)), ["A"] * 19 + ["B"] * 3, 0.95)

    around = found.around(Prediction(np.zeros((2, 1))), np.array(["B", "A"], dtype=object))

    assert set(found.radii) == {"A"}
    assert np.isnan(around.quantiles[0]).all()
    assert around.quantiles[1, 0].tolist() == [-1.0, 1.0]


def test_a_forecast_that_has_quantiles_or_no_radii_is_left_as_it_is():
    found = measured(np.ones((4, 1)), ["A"] * 4, 0.8)
    own = Prediction(np.zeros((1, 1)), np.array([0.5]), np.zeros((1, 1, 1)))
    bare = Prediction(np.zeros((1, 1)))

    assert found.around(own, np.array(["A"], dtype=object)) is own
    assert found.around(bare, np.array(["B"], dtype=object)) is bare


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=19, max_size=60),
    st.lists(st.sampled_from([0.5, 0.6, 0.8, 0.9, 0.95]), min_size=1, unique=True).map(sorted),
)
def test_a_radius_holds_at_least_its_rank_of_residuals_and_no_smaller_one_does(errors, coverage):
    sizes = np.abs(errors)

    ((radii,),) = measured([[e] for e in errors], ["A"] * len(errors), *coverage).radii.values()

    assert list(radii) == sorted(radii)
    for share, radius in zip(coverage, radii, strict=True):
        assert np.sum(sizes <= radius) >= rank_of(len(errors), share)
        assert np.sum(sizes < radius) < rank_of(len(errors), share)


def test_it_is_written_as_json_and_read_back_equal():
    found = measured(np.random.default_rng(1).normal(size=(40, 3)), ["A"] * 20 + ["B"] * 20, 0.8, 0.95)

    assert Conformal.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_the_share_of_held_outcomes_is_exactly_the_rank_over_all_ranks():
    # Over every order of n + 1 exchangeable sizes, the last lies within the radius of the others in `rank` of n + 1.
    n, coverage = 9, 0.8
    held = 0
    for last in range(n + 1):
        others = np.delete(np.arange(1.0, n + 2), last)[:, None]
        ((radius,),) = measured(others, ["A"] * n, coverage).radii["A"]
        held += last + 1 <= radius

    assert held / (n + 1) == rank_of(n, coverage) / (n + 1) == 0.8


def rows(**counts):
    return {symbol: np.arange(n) for symbol, n in counts.items()}


def test_a_fold_in_which_no_symbol_can_be_calibrated_is_refused_with_the_number_that_is_needed():
    with pytest.raises(DataError, match=r"fold 3 has 18 calibration origins, but .* cover 95 % needs 19\."):
        short_of_origins(rows(A=18), rows(A=5), (0.8, 0.95), 3)
    with pytest.raises(DataError, match="7 calibration origins per symbol at most"):
        short_of_origins(rows(A=7, B=3), rows(A=5, B=5), (0.8, 0.95), 3)


def test_symbols_that_are_tested_and_cannot_be_calibrated_are_named():
    calibration, tested = rows(A=19, B=18, C=0), rows(A=5, B=5, C=0)

    assert short_of_origins(calibration, tested, (0.95,), 0) == ["B"]
    assert math.isclose(needed_origins(0.95), 19)
