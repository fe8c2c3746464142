"""Features that a calendar announces: weekday, month_end, session_length."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench_features as wf
from workbench import ExperimentError, WorkbenchError, calendar

ALL = [wf.Weekday, wf.MonthEnd, wf.SessionLength]


def bars_at(*labels):
    index = pd.DatetimeIndex(labels, name="time")
    return pd.DataFrame({"close": np.ones(len(index))}, index=index)


def values(feature, *labels):
    answer = feature.compute(bars_at(*labels))
    return answer.to_numpy().tolist()


def test_weekday_is_a_point_on_a_circle():
    (friday,), (sunday,), (monday,) = (
        values(wf.Weekday(calendar="24/7", ahead=0), day) for day in ("2024-07-05", "2024-07-07", "2024-07-08")
    )

    assert monday == pytest.approx([0.0, 1.0])
    assert friday == pytest.approx([np.sin(2 * np.pi * 4 / 7), np.cos(2 * np.pi * 4 / 7)])
    assert np.hypot(*np.subtract(sunday, monday)) == pytest.approx(np.hypot(*np.subtract([0.0, 1.0], sunday)))


def test_the_weekday_ahead_is_that_of_the_next_session():
    before_the_weekend = values(wf.Weekday(calendar="XNYS"), "2024-07-12")
    before_labour_day = values(wf.Weekday(calendar="XNYS"), "2024-08-30")

    assert before_the_weekend == values(wf.Weekday(calendar="XNYS", ahead=0), "2024-07-15")
    assert before_labour_day == values(wf.Weekday(calendar="XNYS", ahead=0), "2024-09-03")


def test_month_end_counts_the_sessions_left():
    last_days = ["2024-08-28", "2024-08-29", "2024-08-30", "2024-09-03"]

    assert values(wf.MonthEnd(calendar="XNYS", ahead=0), *last_days) == [[0, 2], [0, 1], [1, 0], [0, 19]]
    assert values(wf.MonthEnd(calendar="XNYS"), *last_days)[:3] == [[0, 1], [1, 0], [0, 19]]


def test_session_length_knows_half_days_ahead_and_breaks_at_noon():
    assert values(wf.SessionLength(calendar="XNYS"), "2024-07-01", "2024-07-02", "2024-07-03") == [6.5, 3.5, 6.5]
    assert values(wf.SessionLength(calendar="XTKS", ahead=0), "2024-01-05") == [5.0]
    assert values(wf.SessionLength(calendar="24/7", ahead=0), "2024-01-06") == [24.0]


def test_intraday_bars_have_the_session_they_trade_in():
    evening_and_night = ["2024-01-08 23:30", "2024-01-09 04:00"]  # both of the session of Tuesday in Sydney

    assert values(wf.Weekday(calendar="XASX", ahead=0), *evening_and_night) == pytest.approx(
        np.array(values(wf.Weekday(calendar="XASX", ahead=0), "2024-01-09", "2024-01-09"))
    )


def test_a_date_that_is_no_session_counts_to_the_one_before():
    assert values(wf.SessionLength(calendar="XNYS", ahead=0), "2024-07-04") == [3.5]
    assert values(wf.Weekday(calendar="XNYS"), "2024-07-04") == values(wf.Weekday(calendar="XNYS"), "2024-07-03")


@pytest.mark.parametrize("cls", ALL)
def test_what_the_calendar_does_not_know_is_missing(cls):
    last = calendar("XNYS").last_known

    answer = cls(calendar="XNYS").compute(bars_at("2024-07-02", last))

    assert np.isfinite(answer.iloc[0]).all()
    assert np.isnan(answer.iloc[1]).all()
    assert np.isnan(cls(calendar="XTKS").compute(bars_at("1990-01-04"))).all(axis=None)


def test_the_end_of_a_month_that_the_calendar_ends_in_is_not_known(monkeypatch):
    from workbench import Calendar

    whole = Calendar.sessions

    def until_the_middle(self, first, last):
        return whole(self, first, min(last, pd.Timestamp("2024-07-17")))

    monkeypatch.setattr(Calendar, "sessions", until_the_middle)

    answer = wf.MonthEnd(calendar="XNYS", ahead=0).compute(bars_at("2024-06-28", "2024-07-17"))

    assert answer.to_numpy().tolist()[0] == [1, 0]
    assert np.isnan(answer.iloc[1]).all()


@pytest.mark.parametrize("cls", ALL)
def test_a_calendar_has_to_be_named_and_to_exist(cls):
    with pytest.raises(ExperimentError, match="calendar"):
        cls()
    with pytest.raises(WorkbenchError, match="Did you mean 'XNYS'"):
        cls(calendar="XNYC")
    with pytest.raises(ExperimentError, match="ahead"):
        cls(calendar="XNYS", ahead=-1)


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(ALL),
    st.sampled_from(["XNYS", "XTKS", "XASX", "24/5", "24/7"]),
    st.integers(0, 30),
    st.lists(st.integers(0, 24 * 700), min_size=2, max_size=60, unique=True),
    st.booleans(),
    st.data(),
)
def test_a_row_depends_on_its_own_label_alone(cls, name, ahead, hours, is_daily, data):
    moments = pd.Timestamp("2019-06-03") + pd.to_timedelta(sorted(hours), unit="h")
    bars = bars_at(*(moments.normalize().unique() if is_daily else moments))
    feature = cls(calendar=name, ahead=ahead)
    n = data.draw(st.integers(0, len(bars) - 1))

    whole = np.asarray(feature.compute(bars))

    np.testing.assert_array_equal(np.asarray(feature.compute(bars[: n + 1])), whole[: n + 1])
    np.testing.assert_array_equal(np.asarray(feature.compute(bars[n : n + 1])), whole[n : n + 1])
    assert np.isfinite(whole).all()
