"""`Windows`: gathered on demand, never across symbols."""

from __future__ import annotations

import numpy as np
import pytest

from workbench import Windows

VALUES = np.arange(20, dtype=np.float32).reshape(10, 2)  # rows 0..5 of A, 6..9 of B


@pytest.fixture
def windows() -> Windows:
    return Windows(
        values=VALUES,
        ends=np.array([2, 4, 9]),
        lookback=3,
        horizon=2,
        feature_names=("x", "z"),
        symbols=np.array(["A", "A", "B"], dtype=object),
        origins=np.array(["2020-01-03", "2020-01-05", "2020-01-09"], dtype="datetime64[ns]"),
        last_price=np.array([1.0, 2.0, 3.0]),
        y=np.arange(6.0).reshape(3, 2),
        first_rows={"A": 0, "B": 6},
        realised={"A": np.arange(6.0), "B": np.arange(100.0, 104.0)},
    )


def test_a_batch_ends_at_each_origin_and_goes_back_lookback_rows(windows):
    batch = windows.batch()

    assert batch.shape == (3, 3, 2)
    assert batch.dtype == np.float32
    for window, end in zip(batch, [2, 4, 9], strict=True):
        np.testing.assert_array_equal(window, VALUES[end - 2 : end + 1])


@pytest.mark.parametrize("index", [np.array([2, 0]), slice(1, 3)])
def test_a_batch_of_some_origins_is_that_part_of_the_whole(windows, index):
    np.testing.assert_array_equal(windows.batch(index), windows.batch()[index])


def test_history_is_the_symbols_own_and_ends_at_the_origin(windows):
    assert windows.history(0).tolist() == [0, 1, 2]
    assert windows.history(1).tolist() == [0, 1, 2, 3, 4]
    assert windows.history(2).tolist() == [100, 101, 102, 103]


def test_a_subset_carries_everything_of_its_origins(windows):
    part = windows.subset(np.array([2, 0]))

    assert len(part) == 2
    assert part.symbols.tolist() == ["B", "A"]
    assert part.last_price.tolist() == [3.0, 1.0]
    assert part.targets.tolist() == [[4, 5], [0, 1]]
    np.testing.assert_array_equal(part.origins, windows.origins[[2, 0]])
    np.testing.assert_array_equal(part.batch(), windows.batch()[[2, 0]])
    assert part.history(0).tolist() == windows.history(2).tolist()


def test_windows_for_prediction_have_no_targets_and_say_so(windows):
    blind = Windows(**{**vars(windows), "y": None})

    assert blind.subset(np.array([0])).y is None
    with pytest.raises(ValueError, match="for prediction"):
        _ = blind.targets


def test_no_origin_gives_an_empty_batch_of_the_right_shape(windows):
    assert windows.subset(np.array([], dtype=int)).batch().shape == (0, 3, 2)
    assert windows.n_features == 2
