import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import workbench as wb
from workbench.testing import parametrize_checks

from workbench_prophet import Prophet

pytest.importorskip("prophet", reason="the library prophet is not installed")


@parametrize_checks(Prophet)
def test_conforms(check):
    check()


def weekly_closes(n=240):
    """Closes that rise on Mondays and fall on Fridays."""
    dates = pd.bdate_range("2020-01-01", periods=n, name="date")
    step = np.select([dates.day_of_week == 0, dates.day_of_week == 4], [0.02, -0.02], 0.0)
    closes = np.exp(np.cumsum(step))
    return pd.DataFrame({name: closes for name in ("open", "high", "low", "close")}, index=dates)


def experiment(bars, **fields):
    return wb.Experiment(
        name="weekly",
        source=wb.use("frame", frame=bars, symbol="ONE"),
        symbols=["ONE"],
        forecasters=[Prophet()],
        folds=wb.Holdout(0.2),
        strategy=None,
        lookback=2,
        **fields,
    )


@pytest.fixture
def bench(tmp_path):
    return wb.Workbench(tmp_path / "runs.duckdb")


def test_it_learns_a_week(bench):
    run = bench.run(experiment(weekly_closes()), workers=1)

    assert run.summary["skill"].iloc[0] > 0.9


def test_prices_of_the_test_block_never_reach_a_forecast(bench):
    bars = weekly_closes()
    crash = bars.copy()
    crash.iloc[200:] *= 0.3

    calm, crashed = (bench.run(experiment(b, horizon=2), workers=1).forecasts for b in (bars, crash))

    mine = calm["model"] == "prophet"
    np.testing.assert_array_equal(calm[mine]["forecast"], crashed[mine]["forecast"])


def test_it_prints_nothing_even_the_first_time():
    code = (
        "import pandas as pd; from workbench_prophet import Prophet, _evaluate, _series;"
        "days = pd.bdate_range('2020-01-01', periods=60);"
        "_evaluate(Prophet()._fit(_series(days, 1.0 * days.day_of_year)), days)"
    )

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert (answer.stdout, answer.stderr) == ("", "")


def test_it_is_offered_without_importing_prophet():
    code = "import sys, workbench_prophet; print('prophet' in sys.modules)"

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "False"
