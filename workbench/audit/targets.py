"""Whether targets see further than they say: everything they answer is put in the row at which it is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.contracts.arrays import FloatArray, IntArray
from workbench.contracts.calling import calling
from workbench.contracts.feature import PanelFeature
from workbench.contracts.origin import described
from workbench.contracts.panel import Panel
from workbench.contracts.target import Target
from workbench.contracts.windows import Windows
from workbench.errors import PluginError
from workbench.evaluation.samples import Samples, build_samples, make_windows

if TYPE_CHECKING:
    import pandas as pd

    from workbench.audit.features import Columns


class AsKnown(PanelFeature):
    """All that a target answers, each number in the row of the bar at which it is known.

    Step `k` of origin `t` is put in row `t + k`; what was realised, persistence, and the prices made of some made-up
    forecasts in the row of their origin. So arranged, no row may depend on later bars: it can be audited as a feature.
    """

    target: Target
    horizon: int

    def compute(self, panel: Panel) -> dict[str, pd.Series | pd.DataFrame]:
        """Return the columns of every symbol."""
        return {**as_known(self.target, panel, self.horizon)}


def as_known(target: Target, panel: Panel, horizon: int) -> Columns:
    """Return what `AsKnown` computes.

    Raises
    ------
    DataError
        The target refuses the bars.
    PluginError
        It failed, or returned something else than numbers of the right shape.
    """
    import pandas as pd

    samples = target_samples(target, panel, horizon)
    rows = origin_rows(samples)
    windows = make_windows(samples, rows, with_targets=False)
    persistence = persistence_of(target, windows)
    prices = prices_of(target, persistence + _made_up(rows, horizon), windows.last_price)
    answer, start = {}, 0
    for symbol, known in samples.by_symbol.items():
        table = {f"step {k}": _later(known.y[:, k - 1], k) for k in range(1, horizon + 1)}
        table["realised"] = known.realised
        here = slice(start, start + len(rows[symbol]))
        start = here.stop
        for k in range(1, horizon + 1):
            table[f"persistence step {k}"] = _spread_out(persistence[here, k - 1], rows[symbol], len(known.close))
            if prices is not None:
                table[f"price step {k}"] = _spread_out(prices[here, k - 1], rows[symbol], len(known.close))
        numbers = np.column_stack(list(table.values()))
        answer[symbol] = pd.DataFrame(numbers, index=panel[symbol].index, columns=list(table))
    return answer


def target_samples(target: Target, panel: Panel, horizon: int) -> Samples:
    """Return what a run would compute of a target, without any features."""
    return build_samples(panel, [], target, lookback=1, horizon=horizon)


def origin_rows(samples: Samples) -> dict[str, IntArray]:
    """Return the rows of every symbol that have a close, from which a forecast could be made."""
    return {symbol: np.flatnonzero(known.usable(1)) for symbol, known in samples.by_symbol.items()}


def persistence_of(target: Target, windows: Windows) -> FloatArray:
    """Call `persistence`, whatever it does named."""
    with calling(target, "persistence"):
        answer = np.asarray(target.persistence(windows), dtype=np.float64)
    return _of_shape(target, "persistence", answer, (len(windows), windows.horizon))


def prices_of(target: Target, forecast: FloatArray, last_price: FloatArray) -> FloatArray | None:
    """Call `to_price`, whatever it does named."""
    with calling(target, "to_price"):
        answer = target.to_price(forecast.copy(), last_price.copy())
    if answer is None:
        return None
    return _of_shape(target, "to_price", np.asarray(answer, dtype=np.float64), forecast.shape)


def _of_shape(target: Target, method: str, answer: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    if answer.shape != shape:
        raise PluginError(f"{described(target)} returned shape {answer.shape} from {method}, expected {shape}.")
    return answer


def _made_up(rows: dict[str, IntArray], horizon: int) -> FloatArray:
    """Return numbers to add to persistence, so that it looks like a forecast; those of a row are always the same."""
    drawn = [
        np.random.default_rng(i).normal(0.0, 0.01, (int(r.max()) + 1, horizon))[r] for i, r in enumerate(rows.values())
    ]
    return np.concatenate(drawn)


def _later(values: FloatArray, k: int) -> FloatArray:
    return np.concatenate([np.full(min(k, len(values)), np.nan), values[:-k]])


def _spread_out(values: FloatArray, rows: IntArray, n: int) -> FloatArray:
    column = np.full(n, np.nan)
    column[rows] = np.where(np.isfinite(values), values, np.nan)
    return column
