"""What each system printed, and what the same figures say of persistence, computed from the same rows.

Everything here follows the original: scalers that saw all rows, its own split, its own formula. Nothing else in
Workbench does.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class System:
    """One of the five.

    Parameters
    ----------
    example : str
        Name of its file in `examples/`, without the ending.
    data : str
        Name of the file of bars it read.
    what : str
        What it does, in a few words.
    printed : str
        What it printed.
    """

    example: str
    data: str
    what: str
    printed: str


SYSTEMS = (
    System(
        "netflix-returns",
        "NFLX.csv",
        "log returns of Netflix, LSTM of 50, 20 bars in, one out",
        'RMSE 0.1319 against a "baseline" of 0.2547: "48 % better"',
    ),
    System("sp500-close", "GSPC_2010_2021.csv", "closes of the S&P 500, LSTM, 60 bars in, one out", "no figure"),
    System(
        "amazon-week",
        "AMZN_20.csv",
        "closes of Amazon, seven LSTM layers, 30 bars in, seven out",
        "a plot of one week, among the rows that it was validated on",
    ),
    System(
        "apple-indicators",
        "AAPL_2012_2022.csv",
        "closes of Apple, two LSTM layers and a dense one, 60 bars in, one out",
        '"rmse" 1.84',
    ),
    System(
        "apple-stacked",
        "AAPL_tiingo_2015_2020.csv",
        "closes of Apple, three LSTM layers, 100 bars in, 30 fed back",
        '"RMSE" 140.99 in training, 235.72 in the test',
    ),
)

AMAZON_WEEK = (3124.986, 3089.535, 3110.071, 3071.719, 3127.020, 3154.324, 3127.964)
"""What the notebook printed for the seven sessions up to 31 July 2020, in dollars."""


def meanings(data: Path) -> dict[str, str]:
    """Say what each printed figure means, with the same figure for persistence, by example."""
    return {
        "netflix-returns": _netflix(_closes(data / "NFLX.csv")),
        "sp500-close": _sp500(_closes(data / "GSPC_2010_2021.csv")),
        "amazon-week": _amazon(_closes(data / "AMZN_20.csv")),
        "apple-indicators": _apple(_closes(data / "AAPL_2012_2022.csv")),
        "apple-stacked": _stacked(_closes(data / "AAPL_tiingo_2015_2020.csv")),
    }


def _closes(path: Path) -> pd.Series:
    frame = pd.read_csv(path)
    return frame[next(c for c in frame.columns if c.lower() == "close")].astype(float).dropna()


def _rmse(errors: np.ndarray | pd.Series) -> float:
    return float(np.sqrt(np.mean(np.asarray(errors) ** 2)))


def netflix_in_scaled_units(closes: pd.Series) -> tuple[float, float]:
    """RMSE of a zero in scaled space, and of a return of zero, as the notebook scaled: min-max (-1, 1) on all returns.

    Tested are the last fifth of the windows of 20 returns.
    """
    returns = np.log(closes / closes.shift()).dropna().to_numpy()
    low, high = returns.min(), returns.max()
    first = int(0.8 * (len(returns) - 20)) + 20
    scaled = (returns[first:] - low) / (high - low) * 2 - 1
    zero_return = (0 - low) / (high - low) * 2 - 1
    return _rmse(scaled), _rmse(scaled - zero_return)


def _netflix(closes: pd.Series) -> str:
    baseline, zero = netflix_in_scaled_units(closes)
    returns = np.log(closes / closes.shift()).dropna()
    daily = math.expm1((returns.min() + returns.max()) / 2)
    return (
        f"the baseline ({baseline:.4f}) is a zero in scaled space, which is a price that moves by {100 * daily:.1f} % "
        f"a day; a return of zero scores {zero:.4f} in the same units, better than the network"
    )


def _sp500(closes: pd.Series) -> str:
    test = closes.diff().iloc[int(0.8 * len(closes)) :]
    return f"persistence on the last fifth: RMSE {_rmse(test):.2f} points"


def _amazon(closes: pd.Series) -> str:
    week = closes.to_numpy()[-7:]
    before = closes.to_numpy()[-8]
    return (
        f"that week the network was off by an RMSE of ${_rmse(week - np.array(AMAZON_WEEK)):.1f}, persistence by "
        f"${_rmse(week - before):.1f}"
    )


def _apple(closes: pd.Series) -> str:
    test = closes.diff().iloc[math.ceil(0.8 * len(closes)) :]
    return (
        f"its formula is sqrt(mean(error)^2), the absolute bias; by it persistence scores {abs(test.mean()):.2f}, and "
        f"by the root of the mean square ${_rmse(test):.2f}"
    )


def _stacked(closes: pd.Series) -> str:
    values = closes.to_numpy()
    scaled = (values - values.min()) / (values.max() - values.min())
    n = int(0.65 * len(values))
    perfect = [
        _rmse((part - values[at])[100:-1]) for part, at in ((scaled[:n], slice(n)), (scaled[n:], slice(n, None)))
    ]
    persistence = _rmse(np.diff(values[n:])[99:-1])
    return (
        f"scaled closes less dollars: a perfect network would print {perfect[0]:.2f} and {perfect[1]:.2f}; "
        f"persistence, one session ahead on the same rows, is off by an RMSE of ${persistence:.2f}"
    )
