"""Quantiles of a forecast frame: one column for each level, whatever the rows hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.evaluation.quantiles import Quantiles, quantile_columns, quantiles_of, with_quantile_columns
from workbench_targets import LogReturn, Price


def frame(*cells):
    """Rows with these (levels, quantiles)."""
    levels, quantiles = zip(*cells, strict=True)
    return pd.DataFrame(
        {"forecast": 0.0, "levels": list(levels), "quantiles": list(quantiles)}, index=range(5, 5 + len(cells))
    )


def test_rows_with_other_levels_and_with_none_stand_in_one_table():
    found = quantiles_of(
        frame(
            ([0.1, 0.9], [1.0, 2.0]),
            (None, None),
            (np.array([0.1, 0.5, 0.9]), np.array([3.0, 4.0, 5.0])),
            ([0.2, 0.8], [6.0, 7.0]),
        )
    )

    assert found.levels.tolist() == [0.1, 0.2, 0.5, 0.8, 0.9]
    nan = np.nan
    expected = [[1, nan, nan, nan, 2], [nan] * 5, [3, nan, 4, nan, 5], [nan, 6, nan, 7, nan]]
    np.testing.assert_array_equal(found.values, expected)


def test_columns_are_named_by_their_level_in_full():
    shown = with_quantile_columns(frame(([0.00001, 0.025, 0.5], [1.0, 2.0, 3.0])))

    assert list(shown.columns) == ["forecast", "q0.00001", "q0.025", "q0.5"]
    assert shown.index.tolist() == [5]
    assert quantile_columns(shown[["q0.5", "forecast", "q0.025"]]) == ["q0.025", "q0.5"]


@pytest.mark.parametrize("nothing", [frame((None, None)), pd.DataFrame({"forecast": [0.0]})])
def test_a_frame_without_quantiles_has_no_columns_of_them(nothing):
    assert quantiles_of(nothing) is None
    assert list(with_quantile_columns(nothing).columns) == ["forecast"]


def test_pairs_are_the_central_intervals_the_widest_first():
    found = Quantiles(np.array([0.025, 0.1, 0.3, 0.5, 0.9, 0.975]), np.zeros((0, 6)))

    assert found.pairs == [(0, 5), (1, 4)]
    assert [found.coverage(pair) for pair in found.pairs] == [0.95, 0.8]


def test_prices_go_by_the_map_of_the_target():
    found = Quantiles(np.array([0.1, 0.9]), np.array([[-0.1, 0.1], [np.nan, np.nan]]))

    prices = found.to_price(LogReturn(), np.array([100.0, 50.0]))

    np.testing.assert_allclose(prices.values[0], 100 * np.exp([-0.1, 0.1]), rtol=1e-15)
    assert np.isnan(prices.values[1]).all()
    assert found.to_price(Price(), np.array([100.0, 50.0])).values[0].tolist() == [-0.1, 0.1]
