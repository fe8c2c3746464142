"""Sensible defaults: from a path, a frame or `source:symbol` to a whole experiment."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench import (
    DataError,
    DataSource,
    ExperimentError,
    Holdout,
    PluginError,
    RequestError,
    WalkForward,
    windows,
)
from workbench.evaluation.folds import split_folds
from workbench.plan.quick import default_folds, quick_experiment, read_source
from workbench.registry.registry import Registry


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry(extra=[Moody])


class Moody(DataSource, name="toy_moody"):
    """A source that fails, or has nothing."""

    def fetch(self, symbol, start, end, interval):
        if symbol == "FAIL":
            raise ConnectionError("no route")
        return None

    def symbols(self):
        return []


@pytest.fixture
def frame(toy_bars) -> pd.DataFrame:
    return toy_bars(300).drop(columns="known_at")


def test_a_frame_gets_a_walk_forward_over_its_last_two_fifths(registry, frame):
    asked = quick_experiment(frame, registry)

    assert (asked.source.name, asked.symbols, asked.interval, asked.name) == ("frame", ("frame",), "1d", "frame")
    assert asked.folds == WalkForward(180, 24, expand_train=True)
    assert asked.source.params["frame"] is frame
    assert [u.name for u in asked.baselines] == ["drift"]


@pytest.mark.parametrize("symbols", ["MINE", ["MINE"], ("MINE",)])
def test_a_frame_without_a_column_of_symbols_is_called_what_one_says(registry, frame, symbols):
    asked = quick_experiment(frame, registry, symbols=symbols)

    assert (asked.symbols, asked.name) == (("MINE",), "mine")
    assert len(registry.create("source", asked.source, DataSource).fetch("MINE", None, None, "1d")) == 300


def test_a_symbol_that_a_frame_of_several_lacks_is_not_made_up(registry, frame):
    both = pd.concat([frame.assign(symbol="B"), frame.assign(symbol="A")])

    with pytest.raises(DataError, match="'C'"):
        quick_experiment(both, registry, symbols="C")


def test_a_file_holds_one_symbol_its_stem(registry, frame, tmp_path):
    frame.to_csv(tmp_path / "NFLX.csv")

    for data in (tmp_path / "NFLX.csv", str(tmp_path / "NFLX.csv")):
        asked = quick_experiment(data, registry)
        assert (asked.source.to_dict(), asked.symbols, asked.name) == (
            {"use": "csv", "path": str(tmp_path / "NFLX.csv")},
            ("NFLX",),
            "nflx",
        )


def test_source_and_symbol_may_be_named_in_one_word(registry):
    asked = quick_experiment("sample:EURUSD", registry)

    assert (asked.source.name, asked.symbols, asked.interval) == ("sample", ("EURUSD",), "1h")


def test_what_is_already_decided_stands(registry, frame):
    asked = quick_experiment(
        frame, registry, folds=Holdout(0.3), name="mine", baselines=[], horizon=7, forecasters=["drift"], interval="1d"
    )

    assert (asked.folds, asked.name, asked.baselines, asked.horizon) == (Holdout(0.3), "mine", (), 7)


def test_several_symbols_are_a_panel(registry, frame):
    both = pd.concat([frame.assign(symbol="B"), frame.assign(symbol="A")])

    assert quick_experiment(both, registry).symbols == ("A", "B")
    assert quick_experiment(both, registry).name == "panel"
    assert quick_experiment(both, registry, symbols="B").name == "b"


@pytest.mark.parametrize(
    ("fields", "n_bars"),
    [
        ({"tail": 150}, 150),
        ({"start": "2020-06-01"}, 192),
        ({"end": "2020-06-01"}, 109),
        ({"start": datetime.date(2020, 2, 3), "end": "2020-12-31", "tail": 120}, 120),
    ],
)
def test_folds_fit_the_bars_that_are_asked_for(registry, frame, fields, n_bars):
    asked = quick_experiment(frame, registry, **fields)

    assert asked.folds == default_folds(n_bars)


@given(st.integers(10, 3000), st.integers(1, 5))
def test_default_folds_leave_room_to_train_and_test_on_any_series(n_bars, horizon):
    times = np.datetime64("2020-01-01", "us") + np.arange(n_bars) * np.timedelta64(86_400_000_000, "us")
    if n_bars < 50:
        horizon = 1

    folds = split_folds(default_folds(n_bars), times, horizon)

    assert len(folds) in ((4, 5) if n_bars >= 100 else (1,))
    assert np.searchsorted(times, folds[0].test_from) >= int(0.6 * n_bars)


def test_a_horizon_longer_than_the_leftover_block_still_plans(registry, toy_bars):
    frame = toy_bars(103).drop(columns="known_at")  # blocks of 9, 9, 9, 9 and 6 bars

    asked = quick_experiment(frame, registry, horizon=7)

    assert len(split_folds(asked.folds, frame.index.to_numpy(), asked.horizon)) == 4


@pytest.mark.parametrize(
    ("data", "source", "symbol"),
    [
        ("prices.parquet", {"use": "parquet", "path": "prices.parquet"}, None),
        ("prices.PQ", {"use": "parquet", "path": "prices.PQ"}, None),
        ("gone.csv", {"use": "csv", "path": "gone.csv"}, None),
        ("yahoo:BRK.B", {"use": "yahoo"}, "BRK.B"),
        ("my-source:^GSPC", {"use": "my_source"}, "^GSPC"),
    ],
)
def test_what_is_handed_in_names_a_source(data, source, symbol):
    chosen, named = read_source(data)

    assert (chosen.to_dict(), named) == (source, symbol)


@pytest.mark.parametrize(
    ("fold", "folds", "sentence"),
    [
        (5, None, "`fold` is 5, but of these folds there is one only, 0"),
        (99, WalkForward(180, 60), "`fold` is 99, but of these folds there are 2, from 0 to 1"),
        (-1, WalkForward(180, 60), "`fold` is -1, but of these folds there are 2"),
    ],
)
def test_windows_of_a_fold_that_is_not_there_are_refused(frame, fold, folds, sentence):
    with pytest.raises(RequestError, match=sentence):
        windows(frame, folds=folds, fold=fold)


def test_windows_of_each_fold_can_be_had(frame):
    (_, first), (_, second) = (windows(frame, folds=WalkForward(180, 60), fold=fold) for fold in (0, 1))

    assert len(first.y) == len(second.y) == 60
    assert not np.array_equal(first.y, second.y)


@pytest.mark.parametrize(
    ("data", "fields", "error", "sentence"),
    [
        (
            "nothing",
            {},
            DataError,
            r"'nothing' is no file or folder, and not of the form 'source:symbol' such as 'sample:GOOG'",
        ),
        ("sample:", {}, DataError, "'sample:' is no file"),
        (3, {}, ExperimentError, "expected a path, a DataFrame or 'source:symbol', got int"),
        ("sample:GOOG", {"horizn": 7}, ExperimentError, r"no parameter `horizn`\. Did you mean 'horizon'\?"),
        ("sample:GOOG", {"tail": "many"}, ExperimentError, "`tail` of the experiment is 'many'"),
        ("sample:GOOG", {"start": "5 Feb"}, (ExperimentError, DataError), "ISO date"),
        ("sample:GOOG", {"interval": "daily"}, (ExperimentError, DataError), "interval"),
        (
            "toy-moody:FAIL",
            {},
            PluginError,
            "source 'toy_moody' .* failed in fetch.'FAIL'. .*: ConnectionError: no route",
        ),
        ("toy-moody:NONE", {}, DataError, "source 'toy_moody' has no bars of 'NONE'"),
    ],
)
def test_what_cannot_be_run_is_explained(registry, data, fields, error, sentence):
    with pytest.raises(error, match=sentence):
        quick_experiment(data, registry, **fields)
