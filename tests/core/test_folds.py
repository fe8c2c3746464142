"""Folds: nothing known later than a forecast's origin may teach the model that makes it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import DataError, Experiment, ExperimentError, Holdout, WalkForward
from workbench.evaluation.folds import fold_rows, split_folds

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "walk_forward_splits.json").read_text())
DAY_ZERO = np.datetime64("2020-01-01", "us")


def moments(days):
    return DAY_ZERO + np.asarray(days, dtype="int64") * np.timedelta64(1, "D").astype("timedelta64[us]")


def timeline(known_at):
    return np.unique(np.concatenate(list(known_at.values())))


def cut(folds, known_at, horizon, *shares):
    """Every fold with its rows; `shares` are those of validation and calibration."""
    times = timeline(known_at)
    return [(f, fold_rows(f, known_at, times, horizon, *(shares or [0.0]))) for f in split_folds(folds, times, horizon)]


sizes = st.integers(1, 25)
shares = st.floats(0.05, 0.95)
walk_forwards = st.builds(
    WalkForward,
    train_size=sizes | shares,
    test_size=sizes | shares,
    expand_train=st.booleans(),
    stride=st.none() | sizes | shares,
    refit=st.booleans() | st.integers(1, 4),
    embargo=st.integers(0, 6),
)
holdouts = st.builds(Holdout, st.floats(0.05, 0.95), embargo=st.integers(0, 6))
calendars = st.sets(st.integers(0, 90), min_size=3, max_size=70).map(lambda days: moments(sorted(days)))
ragged_panels = st.dictionaries(st.sampled_from("ABC"), calendars, min_size=1)


@settings(max_examples=400, deadline=None)
@given(walk_forwards | holdouts, ragged_panels, st.integers(1, 6), st.floats(0, 0.6), st.just(0.0) | st.floats(0, 0.3))
def test_nothing_that_teaches_a_model_is_known_after_any_origin_it_forecasts_from(
    folds, known_at, horizon, validation, calibration
):
    times = timeline(known_at)
    try:
        found = cut(folds, known_at, horizon, validation, calibration)
    except DataError:
        return

    fits = {fold.number: rows for fold, rows in found if fold.fitted_in == fold.number}
    for fold, rows in found:
        tested = [(known_at[s][r], known_at[s][r + 1]) for s, r in rows.test.items() if len(r)]
        if not tested:
            continue
        first_origin = min(origins.min() for origins, _ in tested)
        first_target = min(targets.min() for _, targets in tested)
        taught = fits[fold.fitted_in]
        for part in (taught.train, taught.validation, taught.calibration):
            for symbol, r in part.items():
                if len(r):
                    last = known_at[symbol][r + horizon].max()
                    assert last <= first_origin
                    assert last < first_target
                    assert np.sum((times > last) & (times < first_target)) >= folds.embargo


@settings(max_examples=300, deadline=None)
@given(walk_forwards | holdouts, ragged_panels, st.integers(1, 6), st.floats(0.05, 0.9))
def test_validation_is_the_last_share_of_the_training_origins_purged_on_both_sides(
    folds, known_at, horizon, validation
):
    try:
        found = cut(folds, known_at, horizon, validation)
        whole = cut(folds, known_at, horizon)
    except DataError:
        return

    for (_, rows), (_, unsplit) in zip(found, whole, strict=True):
        origins = timeline({s: known_at[s][r] for s, r in unsplit.train.items()})
        n_held = round(validation * len(origins))
        held = {m for s, r in rows.validation.items() for m in known_at[s][r]}
        assert held == set(origins[len(origins) - n_held :])
        for symbol, r in rows.train.items():
            assert set(r) <= set(unsplit.train[symbol])
            if held and len(r):
                assert known_at[symbol][r + horizon].max() <= min(held)
            dropped = np.setdiff1d(unsplit.train[symbol], [*r, *rows.validation[symbol]])
            assert all(known_at[symbol][row + horizon] > min(held) for row in dropped)


@settings(max_examples=300, deadline=None)
@given(walk_forwards | holdouts, ragged_panels, st.integers(1, 6), st.floats(0, 0.5), st.floats(0.05, 0.5))
def test_calibration_is_the_last_share_before_the_test_and_to_the_fit_what_the_test_is(
    folds, known_at, horizon, validation, calibration
):
    times = timeline(known_at)
    try:
        found = cut(folds, known_at, horizon, validation, calibration)
        whole = cut(folds, known_at, horizon)
    except DataError:
        return

    for (_, rows), (_, unsplit) in zip(found, whole, strict=True):
        origins = timeline({s: known_at[s][r] for s, r in unsplit.train.items()})
        n_held = round(calibration * len(origins))
        held = {m for s, r in rows.calibration.items() for m in known_at[s][r]}
        assert held == set(origins[len(origins) - n_held :])
        assert all(np.isin(r, unsplit.train[s]).all() for s, r in rows.calibration.items())  # purged before the test
        assert {s: r.tolist() for s, r in rows.test.items()} == {s: r.tolist() for s, r in unsplit.test.items()}
        if not held:
            continue
        for part in (rows.train, rows.validation):
            for symbol, r in part.items():
                if len(r):
                    last = known_at[symbol][r + horizon].max()
                    assert last <= min(held)
                    assert np.sum((times > last) & (times <= min(held))) >= folds.embargo
        validated = [m for s, r in rows.validation.items() for m in known_at[s][r]]
        trained = [m for s, r in rows.train.items() for m in known_at[s][r + horizon]]
        assert not validated or not trained or max(trained) <= min(validated)
        assert len(set(validated)) <= round(validation * len(origins))


def test_the_blocks_of_one_symbol_by_hand():
    ((_, rows),) = cut(Holdout(0.5, embargo=1), {"A": moments(range(40))}, 2, 0.1, 0.25)

    # the first test origin is row 19, the last training origin with its target a bar before it row 16: 17 origins
    assert rows.test["A"].tolist() == list(range(19, 38))
    assert rows.calibration["A"].tolist() == [13, 14, 15, 16]  # round(0.25 * 17)
    assert rows.validation["A"].tolist() == [9, 10]  # targets known by row 12, a bar before the block; round(0.1 * 17)
    assert rows.train["A"].tolist() == list(range(8))


def test_symbols_are_dropped_from_every_part_where_they_do_not_belong():
    ((_, rows),) = cut(Holdout(0.5), {"A": moments(range(40))}, 1, 0.2, 0.2)
    even = np.arange(40) % 2 == 0

    kept = rows.only_where({"A": even})

    for part in ("train", "validation", "calibration", "test"):
        assert getattr(kept, part)["A"].tolist() == [r for r in getattr(rows, part)["A"].tolist() if r % 2 == 0]
        assert len(getattr(kept, part)["A"])


@settings(max_examples=200, deadline=None)
@given(st.integers(3, 80), sizes, sizes, st.booleans(), st.integers(1, 6), st.integers(0, 6))
def test_one_symbol_is_cut_exactly_as_the_definition_says(n, train_size, test_size, expand, horizon, embargo):
    known_at = {"A": moments(range(n))}
    folds = WalkForward(train_size, test_size, expand, embargo=embargo)
    try:
        found = cut(folds, known_at, horizon)
    except DataError:
        assert train_size > n - horizon
        return

    tested = np.concatenate([rows.test["A"] + 1 for _, rows in found])
    assert tested.tolist() == list(range(train_size, n - horizon + 1))  # each target row once
    for i, (_, rows) in enumerate(found):
        test = train_size + i * test_size
        first = 0 if expand else test - train_size
        assert rows.train["A"].tolist() == list(range(first, max(first, test - horizon - embargo)))


@pytest.mark.parametrize("kind", ["expanding", "rolling"])
def test_published_walk_forward_splits_are_reproduced(kind):
    folds = WalkForward(VECTORS["train_size"], VECTORS["test_size"], kind == "expanding", stride=VECTORS["step"])

    found = cut(folds, {"A": moments(range(VECTORS["n"]))}, VECTORS["h"])

    train = [[int(r.train["A"][0]), int(r.train["A"][-1]) + 1] for _, r in found]
    test = [[int(r.test["A"][0]) + 1, int(r.test["A"][-1]) + 2] for _, r in found]  # origins to target rows
    assert {"train": train, "test": test} == {
        "train": [split["train"] for split in VECTORS[kind]],
        "test": [split["test"] for split in VECTORS[kind]],
    }


@given(st.integers(3, 5000), st.floats(0.01, 0.99))
def test_the_first_test_target_of_a_holdout_is_the_documented_row(n, fraction):
    first = int(round((1 - fraction) * n, 9))
    if not 1 <= first < n:
        with pytest.raises(DataError, match="bars"):
            split_folds(Holdout(fraction), moments(range(n)), 1)
        return

    (fold,) = split_folds(Holdout(fraction), moments(range(n)), 1)

    assert fold.test_from == moments([first])[0]
    assert fold.test_until == moments([n - 1])[0]


@pytest.mark.parametrize(("n", "fraction", "first"), [(1009, 0.2, 807), (10, 0.3, 7), (1000, 0.1, 900), (3, 0.5, 1)])
def test_holdout_rows_are_not_shifted_by_rounding(n, fraction, first):
    (fold,) = split_folds(Holdout(fraction), moments(range(n)), 1)

    assert fold.test_from == moments([first])[0]


def test_refit_says_which_fold_is_fitted_for_which():
    def served(refit):
        folds = split_folds(WalkForward(10, 5, refit=refit), moments(range(35)), 1)
        return [fold.fitted_in for fold in folds]

    assert served(True) == [0, 1, 2, 3, 4]
    assert served(1) == [0, 1, 2, 3, 4]
    assert served(2) == [0, 0, 2, 2, 4]
    assert served(False) == [0, 0, 0, 0, 0]


def test_a_fold_without_a_fit_of_its_own_has_the_training_rows_of_the_fit_that_serves_it():
    found = cut(WalkForward(10, 5, refit=2), {"A": moments(range(30))}, 1)

    trained = [rows.train["A"].tolist() for _, rows in found]

    assert trained[1] == trained[0] == list(range(9))
    assert trained[3] == trained[2] == list(range(10, 19))


def test_a_fit_is_ignorant_of_all_that_came_after_the_oldest_origin_it_serves():
    sleeper = moments([0, 1, 2, 3, 4, 5, 24, 25, 26])  # no bar from day 6 to 23
    known_at = {"A": moments(range(30)), "B": sleeper}

    found = cut(WalkForward(10, 5, refit=False), known_at, 1)

    origin = min(known_at["B"][rows.test["B"]][0] for _, rows in found if len(rows.test["B"]))
    assert origin == moments([5])[0]
    assert all(known_at["A"][rows.train["A"] + 1].max() <= origin for _, rows in found)


def test_a_last_block_too_short_for_the_horizon_is_no_fold():
    found = cut(WalkForward(50, 15), {"A": moments(range(100))}, horizon=7)

    assert [len(rows.test["A"]) for _, rows in found] == [15, 15, 14]


def test_an_embargo_longer_than_the_history_leaves_no_training_origin():
    ((_, rows),) = cut(Holdout(0.5, embargo=50), {"A": moments(range(20))}, 1)

    assert len(rows.train["A"]) == 0
    assert len(rows.test["A"]) == 10


@pytest.mark.parametrize("folds", [WalkForward(20, 5), WalkForward(500, 5), Holdout(0.99)])
def test_folds_that_do_not_fit_the_data_are_refused_with_the_number_of_bars(folds):
    with pytest.raises(DataError, match=r"20 bars"):
        split_folds(folds, moments(range(20)), 1)


def test_a_test_block_shorter_than_the_horizon_is_refused():
    with pytest.raises(DataError, match="`horizon`"):
        split_folds(Holdout(0.1), moments(range(20)), horizon=5)


# Sizes as shares of the timeline


@pytest.mark.parametrize(
    ("n", "sizes", "borders"),
    [
        (1250, {"train_size": 0.6, "test_size": 0.08}, [750, 850, 950, 1050, 1150, 1250]),
        (1258, {"train_size": 0.6, "test_size": 0.08}, [754, 855, 956, 1056, 1157, 1258]),
        (10, {"train_size": 0.7, "test_size": 0.1}, [7, 8, 9, 10]),
        (100, {"train_size": 0.29, "test_size": 0.57}, [29, 86, 100]),
        (40, {"train_size": 0.5, "test_size": 8}, [20, 28, 36, 40]),
        (40, {"train_size": 10, "test_size": 0.5}, [10, 30, 40]),
        (7, {"train_size": 0.01, "test_size": 0.01}, [1, 2, 3, 4, 5, 6, 7]),
    ],
)
@pytest.mark.parametrize("expand", [True, False])
def test_shares_cut_the_timeline_where_holdout_would_cut_it(n, sizes, borders, expand):
    times = moments(range(n))

    folds = split_folds(WalkForward(**sizes, expand_train=expand), times)

    assert [fold.test_from for fold in folds] == times[borders[:-1]].tolist()
    assert [fold.test_until for fold in folds] == times[np.array(borders[1:]) - 1].tolist()
    first = [0 if expand else border - borders[0] for border in borders[:-1]]
    assert [fold.train_from for fold in folds] == times[first].tolist()
    if isinstance(sizes["train_size"], float) and n > 7:
        assert folds[0].test_from == split_folds(Holdout(1 - sizes["train_size"]), times)[0].test_from


def test_the_stride_may_be_a_share_too():
    times = moments(range(100))

    assert split_folds(WalkForward(0.5, 0.1, stride=0.2), times) == split_folds(WalkForward(50, 10, stride=20), times)


@pytest.mark.parametrize("field", ["train_size", "test_size", "stride"])
@pytest.mark.parametrize(
    ("value", "why"),
    [
        (True, "expected a number of bars, such as 500, or a share of them between 0 and 1"),
        (1.0, "a share lies below 1, and a number of bars is written without a point"),
        (500.0, "a share lies below 1, and a number of bars is written without a point"),
        (0, "a block has at least 1 bar"),
        (0.0, "expected a number of bars"),
        (-0.1, "expected a number of bars"),
        (float("nan"), "expected a number of bars"),
        ("0.6", "expected a number of bars"),
    ],
)
def test_what_is_neither_a_number_of_bars_nor_a_share_is_refused(field, value, why):
    sizes = {"train_size": 10, "test_size": 5, field: value}

    with pytest.raises(ExperimentError, match=f"`{field}` of 'walk_forward' is {value!r}: .*{why}"):
        WalkForward(**sizes)


def test_sizes_given_by_numpy_are_plain_numbers_afterwards():
    folds = WalkForward(np.int64(30), np.float64(0.25))

    assert (type(folds.train_size), type(folds.test_size)) == (int, float)


def test_shares_survive_a_file_and_are_named_when_they_leave_nothing():
    asked = Experiment(source="sample", symbols="GOOG", folds=WalkForward(0.6, 0.08, True, 0.1))

    assert Experiment.from_toml(asked.to_toml()) == asked
    with pytest.raises(DataError, match=r"WalkForward\(train_size=0\.6, .* leaves nothing to train on, .* have 1 bars"):
        split_folds(asked.folds, moments([0]))
