"""What became of forecasts: scored once their bars have come, and never otherwise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench import DataError, FittedForecaster, Forecaster, Prediction
from workbench.runs import keeping

LEVELS = np.array([0.1, 0.9])


class FittedSure(FittedForecaster):
    """Forecasts the same log return always, and an interval around it."""

    def __init__(self, seed: int) -> None:
        self.value = 0.01 if seed == 1 else 0.03

    def predict(self, windows):
        point = np.full((len(windows), windows.horizon), self.value)
        return Prediction(point, LEVELS, point[:, :, None] + np.array([-0.05, 0.05]))


class Sure(Forecaster, name="sure"):
    """A forecaster whose forecasts are known beforehand: the mean over seeds 1 and 2 is 0.02."""

    def fit(self, train, validation, context):
        return FittedSure(context.seed)


DAYS = pd.bdate_range("2024-05-01", "2024-08-30", name="date")
CLOSE = pd.Series(100.0 * 1.01 ** (np.arange(len(DAYS)) % 7), index=DAYS)  # up for six days, then down


@pytest.fixture
def file(tmp_path):
    """Write the bars up to a day, perhaps with changes."""

    def write(until: str, symbol: str = "A", close: pd.Series = CLOSE) -> None:
        bars = pd.DataFrame({name: close for name in ("open", "high", "low", "close")}).assign(volume=1.0)
        bars.loc[:until].to_csv(tmp_path / f"{symbol}.csv")

    return write


@pytest.fixture
def now(monkeypatch):
    def set_now(text: str) -> None:
        monkeypatch.setattr(keeping, "utc_now", lambda: pd.Timestamp(text))

    return set_now


@pytest.fixture
def bench(tmp_path):
    return wb.Workbench(tmp_path / "store.duckdb")


@pytest.fixture
def experiment(tmp_path):
    return wb.Experiment(
        name="walk",
        source=wb.use("csv", path=str(tmp_path)),
        symbols=["A"],
        lookback=2,
        features=["log_return"],
        forecasters=[Sure()],
        seeds=[1, 2],
        horizon=2,
        strategy=None,
        folds=wb.Holdout(0.3),
    )


@pytest.fixture
def run(bench, experiment, file, now):
    """A run on bars up to Thursday, 15 August 2024."""
    file("2024-08-15")
    now("2024-08-16 06:00")
    return bench.run(experiment, workers=1)


def statuses(scores):
    return list(scores.rows["status"])


def test_a_forecast_is_open_until_its_bar_has_come(bench, run, file, now):
    bench.forecast()

    before = bench.score_forward()
    file("2024-08-16")
    too_early = bench.score_forward()  # the bar is there, but not complete
    now("2024-08-17 06:00")
    after = bench.score_forward()

    assert (statuses(before), len(before.open)) == (["open", "open"], 2)
    assert before.summary.empty
    assert statuses(too_early) == ["open", "open"]
    assert statuses(after) == ["scored", "open"]


def test_errors_are_those_of_the_bars_that_came(bench, run, file, now):
    bench.forecast()
    file("2024-08-19")
    now("2024-08-20 06:00")

    scores = bench.score_forward("walk")

    first = CLOSE.loc["2024-08-15"]
    actual = [np.log(CLOSE.loc[day] / first) for day in ("2024-08-16", "2024-08-19")]
    rows = scores.rows
    np.testing.assert_allclose(rows["actual"], actual, rtol=1e-12)
    np.testing.assert_allclose(rows["error"], np.array([0.02, 0.02]) - actual, rtol=1e-12)
    np.testing.assert_allclose(rows["persistence_error"], -np.array(actual), rtol=1e-12)
    np.testing.assert_allclose(rows["price_error"], first * np.exp(0.02) - CLOSE.loc["2024-08-16":"2024-08-19"])
    assert list(rows["actual_time"]) == list(rows["target_time"]) == list(DAYS[DAYS > "2024-08-15"][:2])
    target = scores.summary.set_index("space").loc["target"]
    rmse = np.sqrt(np.mean(rows["error"].astype(float) ** 2))
    reference = np.sqrt(np.mean(np.square(actual)))
    assert target["n"] == 2
    assert target["rmse"] == pytest.approx(rmse)
    assert target["persistence_rmse"] == pytest.approx(reference)
    assert target["skill"] == pytest.approx(1 - rmse / reference)
    assert target["hit_rate"] == np.mean(np.sign(actual) == 1)


def test_the_interval_is_held_against_what_came(bench, run, file, now):
    bench.forecast()
    came = CLOSE.copy()
    came.loc["2024-08-16"], came.loc["2024-08-19"] = came.loc["2024-08-15"] * 1.02, 200.0
    file("2024-08-19", close=came)
    now("2024-08-20 06:00")

    scores = bench.score_forward()

    assert list(scores.rows["inside"]) == [True, False]
    assert scores.rows["coverage"].tolist() == pytest.approx([0.8, 0.8])
    summary = scores.summary.set_index("space").loc["target"]
    assert (summary["inside"], summary["coverage"]) == (0.5, pytest.approx(0.8))


def test_what_was_late_is_never_scored(bench, run, file, now):
    now("2024-08-17 00:00")  # the very moment at which Friday's bar is known, which the file lacks
    bench.forecast()
    file("2024-08-30")
    now("2024-08-31 06:00")

    scores = bench.score_forward()

    assert statuses(scores) == ["late", "scored"]
    assert scores.summary["n"].tolist() == [1, 1]


def test_a_bar_that_was_known_earlier_than_expected_is_no_promise_either(bench, run, file, now, monkeypatch):
    bench.forecast()
    file("2024-08-30")
    bars = pd.read_csv(bench.path.parent / "A.csv").assign(
        known_at=lambda bars: pd.to_datetime(bars["date"]) + pd.Timedelta(hours=5)
    )
    bars.to_csv(bench.path.parent / "A.csv", index=False)
    now("2024-08-31 06:00")

    assert statuses(bench.score_forward()) == ["late", "scored"]


def test_the_first_of_equal_promises_counts(bench, run, file, now):
    bench.forecast()
    now("2024-08-16 07:00")
    bench.forecast()
    bench.forecast(refit=True)  # another model
    file("2024-08-16")
    now("2024-08-17 06:00")

    scores = bench.score_forward()

    assert statuses(scores) == ["scored", "open", "repeated", "repeated", "scored", "open"]
    assert scores.summary[scores.summary["space"] == "target"]["n"].tolist() == [1, 1]
    assert scores.summary["refit"].tolist() == [False, False, True, True]


def test_revised_bars_change_the_actual_and_never_the_promise(bench, run, file, now):
    bench.forecast()
    promised = bench.sql("select * from forward")
    doubled = CLOSE * 2  # as after a split of one for two, undone by the vendor
    file("2024-08-19", close=doubled)
    now("2024-08-20 06:00")

    scores = bench.score_forward()

    first = CLOSE.loc["2024-08-15"]
    np.testing.assert_allclose(scores.rows["actual"].iloc[0], np.log(CLOSE.loc["2024-08-16"] / first), rtol=1e-9)
    assert scores.rows["revised"].tolist() == [True, True]
    assert scores.rows["price_error"].isna().all()
    assert set(scores.summary["space"]) == {"target"}
    assert "the promise stands" in scores.notes[-1]
    pd.testing.assert_frame_equal(bench.sql("select * from forward"), promised)


@pytest.mark.parametrize(
    ("factor", "status"),
    [(1.05, "revised"), (1.00001, "scored")],  # another price, and the same one with fewer decimals
)
def test_a_forecast_from_a_bar_that_is_another_one_now_is_not_scored(bench, run, file, now, factor, status):
    bench.forecast()
    mended = CLOSE.copy()
    mended.loc["2024-08-15"] *= factor
    file("2024-08-16", close=mended)
    now("2024-08-17 06:00")

    scores = bench.score_forward()

    assert statuses(scores)[0] == status
    if status == "revised":
        assert scores.summary.empty
        assert "2 forecasts were made from a price that is another one now" in scores.notes[-1]


def test_a_series_that_was_replaced_is_no_rescaled_one(bench, run, file, now):
    bench.forecast()
    file("2024-08-16", close=200 - CLOSE)
    now("2024-08-17 06:00")

    assert statuses(bench.score_forward()) == ["revised", "revised"]


def test_a_target_in_price_units_is_not_compared_across_a_revision(bench, experiment, file, now):
    file("2024-08-15")
    now("2024-08-16 06:00")
    bench.run(experiment.replace(target="price", features=["column"], forecasters=["persistence"]), workers=1)
    bench.forecast()
    file("2024-08-19", close=CLOSE * 2)
    now("2024-08-20 06:00")

    assert statuses(bench.score_forward()) == ["revised", "revised"]


def test_a_bar_on_another_date_than_expected_is_scored_and_said(bench, run, file, now):
    bench.forecast()  # Monday to Friday, as far as anybody knows
    file("2024-08-21", close=CLOSE.drop(pd.Timestamp("2024-08-16")))  # but that Friday was a holiday
    now("2024-08-22 06:00")

    scores = bench.score_forward()

    assert statuses(scores) == ["scored", "scored"]
    assert scores.rows["target_time"].iloc[0] == pd.Timestamp("2024-08-16")
    assert scores.rows["actual_time"].iloc[0] == pd.Timestamp("2024-08-19")
    assert "came on another date than was expected, the first on 2024-08-19 instead of 2024-08-16" in scores.notes[0]


def test_an_origin_that_is_not_there_any_more_is_lost(bench, run, file, now):
    bench.forecast()
    file("2024-08-30", close=CLOSE.drop(pd.Timestamp("2024-08-15")))
    now("2024-08-31 06:00")

    assert statuses(bench.score_forward()) == ["lost", "lost"]


def test_a_source_that_is_gone_is_said_and_the_rows_are_still_listed(bench, run, now):
    bench.forecast()
    (bench.path.parent / "A.csv").unlink()

    early = bench.score_forward()
    now("2024-08-17 06:00")
    scores = bench.score_forward()

    assert statuses(early) == ["open", "open"]  # no bar is due yet
    assert statuses(scores) == ["lost", "open"]
    assert f"run {run.id}: no bars to score with. The folder" in scores.notes[0]


def test_what_was_late_stays_late_whatever_becomes_of_its_bars(bench, run, file, now):
    now("2024-08-17 00:00")
    bench.forecast()
    now("2024-08-31 06:00")
    file("2024-08-30", close=CLOSE.drop(pd.Timestamp("2024-08-15")))

    assert statuses(bench.score_forward()) == ["late", "lost"]


def test_a_removed_run_is_scored_all_the_same(bench, run, file, now):
    bench.forecast()
    bench.remove(run.id)
    file("2024-08-19")
    now("2024-08-20 06:00")

    assert statuses(bench.score_forward()) == ["scored", "scored"]
    for named in (run.id, run.id[:6], "walk"):
        assert statuses(bench.score_forward(named)) == ["scored", "scored"]
    with pytest.raises(wb.RunNotFoundError, match="no run 'nothing'"):
        bench.score_forward("nothing")


def test_prices_of_several_symbols_are_never_pooled(bench, experiment, file, now):
    for symbol in ("A", "B"):
        file("2024-08-15", symbol)
    now("2024-08-16 06:00")
    bench.run(experiment.replace(symbols=["A", "B"]), workers=1)
    bench.forecast()
    for symbol in ("A", "B"):
        file("2024-08-19", symbol)
    now("2024-08-20 06:00")

    summary = bench.score_forward().summary

    pooled = summary[summary["symbol"].isna()]
    assert (pooled["space"].tolist(), pooled["n"].tolist()) == (["target"], [4])
    assert summary[summary["space"] == "price"]["symbol"].tolist() == ["A", "B"]


def test_without_any_forecast_there_is_nothing_to_score(bench, run, tmp_path):
    assert bench.score_forward().rows.empty
    with pytest.raises(DataError, match="there is no store"):
        wb.Workbench(tmp_path / "none.duckdb").score_forward()
