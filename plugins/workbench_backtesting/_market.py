"""backtesting.py as a market: the only module that imports it, and only when something is traded."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from workbench_backtesting._desk import Desk, EndOfRun
from workbench_backtesting._quotes import Quote

# What backtesting.py believes to have in cash. It values margin at the close of the bar of the fill and
# cancels whole, with a warning, what then seems too dear; even at a small `margin`, in a bar that ends in
# ruin. So it is never short of money, and the desk alone decides what the account can pay.
_BOTTOMLESS = 1e100


def trade(bars: Sequence[Quote], desk: Desk) -> None:
    """Run the bars through backtesting.py, with the desk trading at each close.

    Sizes are whole lots, so backtesting.py needs no fractional units and prices stay as they are; what it
    makes of cash is not used. Costs, statistics and the marking of open trades are ours, and the run is left
    before it would compute its own.
    """
    import pandas as pd

    _import_quietly()
    from backtesting import Backtest, Strategy

    class Served(Strategy):  # type: ignore[misc]  # backtesting.py is not typed
        def init(self) -> None:
            pass

        def next(self) -> None:
            desk.serve(self)

    # Its first bar can never be traded on, so it gets one more. Labels are not used: any times will do.
    prices = np.array([bars[0], *bars])
    times = pd.date_range("2000-01-01", periods=len(prices), freq="s")
    frame = pd.DataFrame(prices, index=times, columns=["Open", "High", "Low", "Close"])
    test = Backtest(frame, Served, cash=_BOTTOMLESS, finalize_trades=False)
    with _no_progress_bar():
        try:
            test.run()
        except EndOfRun:
            pass


def _import_quietly() -> None:
    """Import backtesting.py without what it does in a notebook for its plots, which are not used.

    There it warns, and puts a script into the page that loads Bokeh from the network.
    """
    if "backtesting" in sys.modules:
        return
    from bokeh import io

    output_notebook = io.output_notebook
    io.output_notebook = lambda *_, **__: None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module("backtesting")
    finally:
        io.output_notebook = output_notebook


@contextmanager
def _no_progress_bar() -> Iterator[None]:
    """Keep backtesting.py from drawing a progress bar, which it does wherever tqdm is installed."""
    from backtesting import backtesting as library

    shown = library._tqdm
    library._tqdm = lambda bars, **_: bars
    try:
        yield
    finally:
        library._tqdm = shown
