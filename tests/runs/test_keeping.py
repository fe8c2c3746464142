"""A remote source is asked for what is missing only, and what it gave stays."""

from __future__ import annotations

import pandas as pd
import pytest

import workbench as wb
from workbench import DataError, RequestError, WorkbenchWarning
from workbench.runs import keeping

from .vendor import Vendor, history, reset

NOW = pd.Timestamp("2024-06-12 12:00")  # a Wednesday


@pytest.fixture(autouse=True)
def vendor(monkeypatch):
    reset()
    monkeypatch.setattr(keeping, "utc_now", lambda: NOW)
    return Vendor


@pytest.fixture
def at(monkeypatch):
    def set_now(text: str) -> None:
        monkeypatch.setattr(keeping, "utc_now", lambda: pd.Timestamp(text))

    return set_now


@pytest.fixture
def bench(tmp_path):
    return wb.Workbench(tmp_path / "store.duckdb", plugins=[Vendor])


def fetch(bench, start=None, end=None, **options):
    Vendor.asked.clear()
    return bench.fetch_data("vendor:A", start=start, end=end, **options)


def test_a_second_fetch_asks_for_nothing(bench):
    first = fetch(bench, "2024-01-01", "2024-03-29")
    asked = list(Vendor.asked)
    again = fetch(bench, "2024-01-01", "2024-03-29")

    assert asked == [("2024-01-01", "2024-03-29")]
    assert (first["requests"], first["received"], first["rows"], first["revision"]) == (1, 65, 65, 1)
    assert Vendor.asked == []
    assert (again["requests"], again["received"], again["rows"], again["revision"]) == (0, 0, 65, 1)


def test_an_extension_by_a_day_asks_for_that_day(bench):
    fetch(bench, "2024-01-01", "2024-03-28")

    row = fetch(bench, "2024-01-01", "2024-03-29")

    assert Vendor.asked == [("2024-03-29", "2024-03-29")]
    assert (row["received"], row["rows"], row["revision"]) == (1, 65, 2)
    assert row["asked"] == [["2024-03-29", "2024-03-29"]]


def test_holes_are_asked_for_as_holes(bench):
    fetch(bench, "2024-01-08", "2024-01-12")
    fetch(bench, "2024-02-05", "2024-02-09")

    row = fetch(bench, "2024-01-01", "2024-03-01")

    assert Vendor.asked == [("2024-01-01", "2024-01-07"), ("2024-01-13", "2024-02-04"), ("2024-02-10", "2024-03-01")]
    assert row["rows"] == 45
    pd.testing.assert_series_equal(
        bench.bars(row["series"])["close"],
        history()["close"].loc[:"2024-03-01"],
        check_names=False,
        check_freq=False,
        check_index_type=False,
    )


def test_what_a_vendor_gives_beyond_what_it_was_asked_for_is_not_taken(bench, monkeypatch):
    monkeypatch.setattr(Vendor, "fetch", lambda self, symbol, start, end, interval: history())

    row = fetch(bench, "2024-02-01", "2024-02-29")

    assert (str(row["first"])[:10], str(row["last"])[:10]) == ("2024-02-01", "2024-02-29")


def test_an_extension_leaves_the_bars_outside_it_alone(bench):
    fetch(bench, "2024-01-01", "2024-03-28")
    Vendor.bars = history() * 2

    row = fetch(bench, "2024-01-01", "2024-03-29")

    close = bench.bars(row["series"])["close"]
    assert close.loc["2024-03-28"] == history()["close"].loc["2024-03-28"]
    assert close.loc["2024-03-29"] == 2 * history()["close"].loc["2024-03-29"]


def test_a_bar_that_is_not_complete_is_not_kept_and_asked_for_tomorrow(bench, at):
    row = fetch(bench)
    first = list(Vendor.asked)
    fetch(bench)
    second = list(Vendor.asked)
    at("2024-06-13 00:30")
    later = fetch(bench)

    assert first == [(None, "2024-06-11")]
    assert str(row["last"])[:10] == "2024-06-11"
    assert second == []
    assert Vendor.asked == [("2024-06-12", "2024-06-12")]
    assert str(later["last"])[:10] == "2024-06-12"


def test_a_source_that_says_when_bars_are_known_is_believed(bench):
    Vendor.bars = history().assign(known_at=lambda bars: bars.index + pd.Timedelta(days=10))

    row = fetch(bench)

    assert str(row["last"])[:10] == "2024-05-31"


def test_a_late_vendor_is_asked_again_after_an_hour(bench, at):
    Vendor.bars = history(last="2024-06-10")
    fetch(bench)
    Vendor.bars = history()
    at("2024-06-12 12:30")
    fetch(bench)
    too_early = list(Vendor.asked)
    at("2024-06-12 13:30")
    row = fetch(bench)

    assert too_early == []
    assert Vendor.asked == [("2024-06-11", "2024-06-11")]
    assert str(row["last"])[:10] == "2024-06-11"


def test_a_weekend_without_bars_is_no_failure(bench, at):
    at("2024-06-10 12:00")  # a Monday: all bars up to Friday are there
    fetch(bench, end="2024-06-07")

    row = fetch(bench)

    assert Vendor.asked == [("2024-06-08", "2024-06-09")]
    assert (row["received"], str(row["last"])[:10], row["revision"]) == (0, "2024-06-07", 1)


def test_a_symbol_without_any_bars_is_an_error_and_leaves_nothing(bench):
    Vendor.bars = history().iloc[:0]

    with pytest.raises(DataError, match="has no bars of 'A' at interval '1d'"):
        fetch(bench)

    assert not bench.path.exists() or bench.series().empty


def test_a_vendor_that_fails_settles_nothing(bench):
    fetch(bench, "2024-01-01", "2024-01-31")
    Vendor.fails = True

    with pytest.raises(DataError, match=r"does not answer.*bars of 'A' up to 2024-01-31.*`end`"):
        fetch(bench, "2024-01-01", "2024-02-29")
    Vendor.fails = False
    row = fetch(bench, "2024-01-01", "2024-02-29")

    assert Vendor.asked == [("2024-02-01", "2024-02-29")]
    assert row["rows"] == 44


def test_everything_there_works_without_the_vendor(bench):
    fetch(bench, "2024-01-01", "2024-01-31")
    Vendor.fails = True

    assert fetch(bench, "2024-01-10", "2024-01-20")["rows"] == 23


def test_rewritten_history_is_a_new_revision_and_both_stay(bench):
    fetch(bench, "2024-01-01", "2024-03-29")
    Vendor.bars = history().assign(close=lambda bars: bars["close"].where(bars.index != "2024-02-05", 7.0))
    Vendor.bars = Vendor.bars.drop(pd.Timestamp("2024-02-06"))

    row = fetch(bench, "2024-01-01", "2024-03-29", refresh=True)
    diff = bench.diff_data("A")

    assert Vendor.asked == [("2024-01-01", "2024-03-29")]
    assert row["revision"] == 2
    assert str(diff) == "vendor:A:1d, revision 2, since revision 1: 0 rows added, 1 removed, 1 changed."
    assert diff.changed.to_dict("records") == [
        {"time": pd.Timestamp("2024-02-05"), "column": "close", "before": 125.0, "after": 7.0}
    ]
    assert bench.diff_data("A", since=2).unchanged
    assert len(bench.diff_data("vendor:A:1d", since="1").removed) == 1


def test_a_refresh_that_brings_nothing_new_makes_no_revision(bench):
    fetch(bench, "2024-01-01", "2024-03-29")

    assert fetch(bench, "2024-01-01", "2024-03-29", refresh=True)["revision"] == 1
    assert bench.diff_data("A").unchanged
    assert "since it was first fetched" in str(bench.diff_data("A"))


def test_a_refresh_that_gives_nothing_deletes_nothing(bench):
    fetch(bench, "2024-01-01", "2024-03-29")
    Vendor.bars = history().iloc[:0]

    assert fetch(bench, "2024-01-01", "2024-03-29", refresh=True)["rows"] == 65


def test_intraday_bars_are_kept_up_to_the_last_complete_one(bench, at):
    Vendor.bars = history("2024-06-10", "2024-06-13", freq="1h").set_axis(
        pd.date_range("2024-06-10", "2024-06-13", freq="1h")
    )
    at("2024-06-12 12:20")
    row = fetch(bench, "2024-06-10", interval="1h")
    at("2024-06-12 12:40")
    fetch(bench, "2024-06-10", interval="1h")
    within_the_hour = list(Vendor.asked)
    at("2024-06-12 13:10")
    later = fetch(bench, "2024-06-10", interval="1h")

    assert str(row["last"]) == "2024-06-12 11:00:00"
    assert within_the_hour == []
    assert Vendor.asked == [("2024-06-12", "2024-06-12")]
    assert (str(later["last"]), later["rows"] - row["rows"]) == ("2024-06-12 12:00:00", 1)


def test_a_dividend_is_told_where_adjusted_closes_are_kept(bench):
    Vendor.bars = history().assign(adj_close=1.0, dividend=0.0, split_factor=1.0)
    Vendor.bars.loc["2024-03-29", "dividend"] = 0.5
    fetch(bench, "2024-01-01", "2024-03-28")

    with pytest.warns(WorkbenchWarning, match=r"dividend on 2024-03-29 changes the adjusted closes.*--refresh"):
        fetch(bench, "2024-01-01", "2024-03-29")


def test_a_refresh_of_all_adjusted_closes_needs_no_note(bench):
    Vendor.bars = history().assign(adj_close=1.0, dividend=0.5)
    fetch(bench, "2024-01-01", "2024-03-28")

    fetch(bench, "2024-01-01", "2024-03-28", refresh=True)  # a warning would be an error here


def test_repairs_of_an_answer_stay_known(bench, monkeypatch):
    repair = wb.Repair("zero_volume", "Two bars had no volume.", 2, ("2024-01-02", "2024-01-03"))
    monkeypatch.setattr(
        Vendor, "fetch", lambda self, symbol, start, end, interval: wb.with_repairs(history().loc[start:end], [repair])
    )

    fetch(bench, "2024-01-01", "2024-01-31")
    fetch(bench, "2024-01-01", "2024-02-29")

    assert repair in bench._store.repairs("vendor:A:1d")
    assert sum(item == repair for item in bench._store.repairs("vendor:A:1d")) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"start": "soon"}, "`start` is 'soon'; expected an ISO date"),
        ({"start": "2024-02-01", "end": "2024-01-01"}, "must not be after `end`"),
        ({"interval": "daily"}, "`interval` is 'daily'"),
        ({"colour": "red"}, "has no parameter `colour`"),
    ],
)
def test_a_wrong_request_asks_for_nothing(bench, options, said):
    Vendor.asked.clear()

    with pytest.raises(RequestError, match=said):
        bench.fetch_data("vendor:A", **options)

    assert Vendor.asked == []


def test_a_source_that_costs_nothing_is_simply_read(bench):
    row = bench.fetch_data("sample:GOOG", start="2012-01-01", end="2012-12-31")
    more = bench.fetch_data("sample:GOOG")

    assert (row["received"], row["rows"]) == (250, 250)
    assert more["rows"] == more["received"] == 2148
    assert more["revision"] == 2


# Runs


def experiment(**changes):
    return wb.Experiment(
        **{
            "name": "remote",
            "source": wb.use("vendor"),
            "symbols": ["A"],
            "start": "2024-01-01",
            "end": "2024-05-31",
            "lookback": 3,
            "forecasters": ["drift"],
            "folds": wb.Holdout(0.2),
            **changes,
        }
    )


def test_a_run_asks_once_and_the_next_one_not_at_all(bench):
    first = bench.run(experiment(), workers=1)
    asked = list(Vendor.asked)
    Vendor.fails = True
    again = bench.run(experiment(), workers=1)

    assert asked == [("2024-01-01", "2024-05-31")]
    assert Vendor.asked == asked
    pd.testing.assert_frame_equal(first.forecasts, again.forecasts)
    assert bench.replay(again.id, workers=1).identical


def test_a_plan_is_that_of_the_run(bench):
    planned = bench.plan(experiment())
    run = bench.run(experiment(), workers=1)

    assert {task.key for task in planned} == set(bench._store.planned_keys(run.id))
    assert len(Vendor.asked) == 1


def test_a_plan_with_another_remote_series_is_that_of_the_run_too(bench):
    beside = experiment(context={"other": {"use": "vendor", "symbol": "B"}}, features=["log_return"])

    planned = bench.plan(beside)

    run = bench.run(beside, workers=1)
    assert {task.key for task in planned} == set(bench._store.planned_keys(run.id))


def test_a_member_of_a_universe_that_a_vendor_lacks_is_told_with_what_leaving_it_out_means(bench, tmp_path):
    (tmp_path / "members.csv").write_text("symbol,to\nA,\nGONE,2020-05-01\n")
    Vendor.fails = True

    with pytest.raises(DataError, match=r"'A' is a member of the universe.* results look better than they were"):
        bench.run(experiment(symbols=(), universe=str(tmp_path / "members.csv")), workers=1)


def test_a_remote_source_is_not_asked_for_its_symbols(bench, monkeypatch):
    monkeypatch.setattr(Vendor, "symbols", lambda self: pytest.fail("asked for its symbols"))

    bench.plan(experiment())


def test_importing_a_remote_series_keeps_it_like_any_other(bench):
    (row,) = bench.import_data("vendor:A")
    fetch(bench)

    assert row["rows"] == 117
    assert Vendor.asked == []


def test_a_quick_run_asks_once(bench):
    bench.run(bench.quick("vendor:A", start="2024-01-01", end="2024-05-31", forecasters=["drift"]), workers=1)

    assert Vendor.asked == [("2024-01-01", "2024-05-31")]


def test_what_changed_since_a_run_is_told(bench):
    run = bench.run(experiment(), workers=1)
    same = bench.diff_data("A", since=run.id)
    Vendor.bars = history() * 2
    fetch(bench, "2024-05-31", "2024-06-03", refresh=True)

    diff = bench.diff_data("A", since="latest")

    assert same.unchanged
    assert (len(diff.added), diff.n_changed) == (1, 1)
    assert f"run {run.id} saw them" in str(diff)


def test_a_run_on_another_series_cannot_be_compared_with(bench):
    bench.run(experiment(), workers=1)
    bench.fetch_data("sample:GOOG")

    with pytest.raises(RequestError, match=r"did not see 'sample:GOOG:1d'; it saw vendor:A:1d"):
        bench.diff_data("GOOG", since="latest")
    with pytest.raises(RequestError, match="has no revision 0; its revisions are 1 to 1"):
        bench.diff_data("GOOG", since=0)
