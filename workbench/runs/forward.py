"""Forecasting the bars that come next, written down with the moment at which it was done."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.contracts.arrays import Forecasts
from workbench.contracts.forecaster import Executor
from workbench.contracts.target import Target
from workbench.data.universe import shown
from workbench.errors import DataError, RequestError
from workbench.evaluation.pipeline import forecast_prices
from workbench.plan.experiment import Experiment
from workbench.plan.resolve import Resolved, resolve
from workbench.plan.toml import shown_toml
from workbench.runs import keeping
from workbench.runs.ahead import Ahead, fit_on_all, look_ahead, newest_bars
from workbench.runs.models import Asked, forecast_symbols, mean_forecasts, newest_models, run_begins
from workbench.runs.positions import SIGNAL_COLUMNS, next_positions
from workbench.runs.provenance import universe_of
from workbench.runs.since import since_notes
from workbench.runs.trained import TrainedModel

if TYPE_CHECKING:
    from workbench.runs.records import RunStore
    from workbench_store import RunRecord

NO_ADVICE = "Forecasts are no advice."

SHOWN = [
    *("symbol", "origin", "step", "target_time", "last_price", "forecast", "price", "expected_return"),
    *("persistence", "levels", "quantiles", "price_quantiles", "target_known_at", "dated_by", "late"),
]


@dataclass(frozen=True, eq=False)
class Forward:
    """What was forecast of the next bars, as it was written into the store.

    Parameters
    ----------
    id : str
        Identity of this set of forecasts in the store.
    made_at : Timestamp
        When it was made, by this machine's clock, UTC.
    run, name, model : str
        The run, what it is called, and the label of its forecaster.
    refit : bool
        Whether the model was trained anew, on all bars there were.
    trained_until : Timestamp
        When the last target that it was trained on was known, UTC.
    forecasts : DataFrame
        The mean over the seeds, one row per symbol and step: `symbol, origin, step, target_time, last_price, forecast,
        price, expected_return, persistence, levels, quantiles, price_quantiles, target_known_at, dated_by, late`.
    seeds : DataFrame
        The same of each seed, with a column `seed`.
    signals : DataFrame
        `symbol, origin, position, stop, take_profit, fill_time, fill_from, late`: what the run's strategy makes of it,
        where it was asked for.
    strategy : str or None
        Label of that strategy.
    notes : tuple of str
        What a reader has to know.
    trained_how : str
        What the model was trained on, in words.
    """

    id: str
    made_at: pd.Timestamp
    run: str
    name: str
    model: str
    refit: bool
    trained_until: pd.Timestamp
    forecasts: pd.DataFrame
    seeds: pd.DataFrame
    signals: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=SIGNAL_COLUMNS))
    strategy: str | None = None
    notes: tuple[str, ...] = ()
    trained_how: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "forward": self.id,
            "made_at": self.made_at,
            "run": self.run,
            "name": self.name,
            "model": self.model,
            "refit": self.refit,
            "trained_until": self.trained_until,
            "forecasts": _records(self.forecasts),
            "seeds": _records(self.seeds),
            **({} if self.strategy is None else {"strategy": self.strategy, "signals": _records(self.signals)}),
            "notes": list(self.notes),
        }


def _records(frame: pd.DataFrame) -> list[dict[Any, Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return plain.to_dict("records")


@dataclass(frozen=True, eq=False)
class Question:
    """What is to be forecast.

    Parameters
    ----------
    record : RunRecord
    model : str
        Label of the forecaster.
    refit : bool
    signal : bool
        Whether the strategy is asked too.
    known : mapping of str to Timestamp, optional
        Origins that were forecast from already: where no symbol has a newer one, nothing is done.
    """

    record: RunRecord
    model: str
    refit: bool = False
    signal: bool = False
    known: Mapping[str, pd.Timestamp] | None = None


def make_forward(store: RunStore, question: Question, asked: Asked, executor: Executor) -> Forward | None:
    """Fetch the newest bars, forecast the next ones, and write down what was said and when.

    Parameters
    ----------
    store : RunStore
    question : Question
    asked : callable
        Gives the run's experiment and its plugins.
    executor : Executor
        For models that are fitted.

    Returns
    -------
    Forward or None
        None where no bar has come since the origins that are known.

    Raises
    ------
    RequestError
        The run did not finish, has no such model, or no strategy to be asked.
    DataError
        The source could not answer, or no symbol can be forecast from.
    """
    record = question.record
    experiment, registry = asked()
    resolved = resolve(newest_bars(experiment), registry, universe=universe_of(record.provenance))
    if question.signal and resolved.strategy is None:
        raise RequestError(f"run {record.run} has no strategy to ask for a position; its experiment says `none`.")
    kept = [] if question.refit else newest_models(store, record, asked, label=question.model, executor=executor)
    symbols = {s for model in kept for s in model.symbols} or forecast_symbols(store, record, question.model)
    first_bars = kept[0].training.first_bars if kept else run_begins(store, record, experiment)
    ahead = look_ahead(resolved, store, tuple(sorted(symbols)), first_bars, keeping.utc_now())
    if question.known is not None and not _is_new(ahead, question.known):
        return None
    models = kept or fit_on_all(ahead, question.model, executor)
    seeds = _forecast(models, ahead)
    mean = mean_forecasts(seeds, resolved.target)
    changed = tuple(since_notes(store, record, ahead.versions, _newest(ahead)))
    ahead = replace(ahead, notes=(*changed, *ahead.notes))
    forward = _put_down(question, resolved, ahead, models, mean, seeds)
    rows = _rows(forward, ahead, resolved)
    signals = forward.signals.assign(
        forward=forward.id, made_at=forward.made_at, run=forward.run, model=forward.model, strategy=forward.strategy
    )
    store.record_forward(rows, signals if question.signal else None)
    return forward


def _is_new(ahead: Ahead, known: Mapping[str, pd.Timestamp]) -> bool:
    return any(label > known.get(symbol, pd.Timestamp.min) for symbol, label in _newest(ahead).items())


def _newest(ahead: Ahead) -> dict[str, pd.Timestamp]:
    """Label of the bar that each symbol is forecast from."""
    samples = ahead.prepared.samples.by_symbol
    return {symbol: pd.Timestamp(samples[symbol].labels[rows[-1]]) for symbol, rows in ahead.origins.items()}


def _forecast(models: list[TrainedModel], ahead: Ahead) -> Forecasts:
    able = [model for model in models if any(s in ahead.origins for s in model.symbols)]
    frames = [model.forecast(ahead.prepared.samples, ahead.origins, ahead.upcoming) for model in able]
    if not frames:
        raise DataError("the model knows none of the symbols that can be forecast from.")
    return pd.concat(frames, ignore_index=True)


def _put_down(
    question: Question,
    resolved: Resolved,
    ahead: Ahead,
    models: list[TrainedModel],
    mean: Forecasts,
    seeds: Forecasts,
) -> Forward:
    """Read the clock, and judge by it which rows are promises."""
    signals = next_positions(resolved, ahead, mean) if question.signal else pd.DataFrame(columns=SIGNAL_COLUMNS)
    made_at = keeping.utc_now()
    judged = [_judged(_priced(frame, resolved.target), ahead, made_at) for frame in (mean, seeds)]
    if len(signals):
        due = signals["fill_from"].fillna(signals["known_at"])
        signals = signals.assign(late=due <= made_at)[SIGNAL_COLUMNS]
    late = judged[0][judged[0]["late"]]
    notes = [*ahead.notes, *_seamless(signals, ahead)]
    if len(late):
        notes.append(_late_note(late, made_at, len(judged[0])))
    if question.refit:
        notes.append(
            f"T{trained_anew(resolved.experiment)[1:]}. Nothing was tested, so no trial is counted, and how far off "
            "this very model is nobody knows; the run tested its settings."
        )
    return Forward(
        id=secrets.token_hex(6),
        made_at=made_at,
        run=question.record.run,
        name=question.record.name,
        model=question.model,
        refit=question.refit,
        trained_until=max(model.trained_until for model in models),
        trained_how=trained_anew(resolved.experiment) if question.refit else "as the newest fold trained it",
        forecasts=judged[0],
        seeds=judged[1],
        signals=signals,
        strategy=resolved.strategy.label if question.signal and resolved.strategy is not None else None,
        notes=tuple(notes),
    )


def _seamless(signals: pd.DataFrame, ahead: Ahead) -> list[str]:
    """Say of symbols whose next bar opens when the last is complete that no position is ever in time for that open."""
    samples = ahead.prepared.samples
    known = {s: pd.Timestamp(samples.known_at[s][rows[-1]]) for s, rows in ahead.origins.items()}
    found = [s for s, opens in zip(signals["symbol"], signals["fill_from"], strict=True) if opens <= known[s]]
    if not found:
        return []
    return [
        f"{shown(found)}: the next bar opens at the moment at which the last one is complete, so no position that "
        "follows from it can be in time for that open; the backtest fills it there, and you get what you can a little "
        "later."
    ]


def trained_anew(asked: Experiment) -> str:
    """Say in words what a model that is trained anew learns from."""
    shares = {name: getattr(asked, name) for name in ("validation", "calibration")}
    aside = [f"{100 * share:g} % for {name}" for name, share in shares.items() if share]
    if not aside:
        return "trained anew on all bars there are"
    return "trained anew on the training share of all bars there are; of its end are set aside " + " and ".join(aside)


def _priced(frame: Forecasts, target: Target) -> pd.DataFrame:
    """Add the quantiles as prices, where there are quantiles and the target says something of price."""
    if "quantiles" not in frame:
        return frame
    prices: list[list[float] | None] = []
    for quantiles, last_price in zip(frame["quantiles"], frame["last_price"], strict=True):
        if not isinstance(quantiles, list):
            prices.append(None)
            continue
        priced = forecast_prices(target, np.array(quantiles)[:, None], np.full(len(quantiles), last_price))[:, 0]
        prices.append(priced.tolist() if np.isfinite(priced).all() else None)
    return frame.assign(price_quantiles=pd.Series(prices, index=frame.index, dtype=object))


def _judged(frame: Forecasts, ahead: Ahead, made_at: pd.Timestamp) -> pd.DataFrame:
    """Add when each bar will be known, what says so, and whether that was before now."""
    steps, symbols = frame["step"].to_numpy(), frame["symbol"]
    known = [ahead.upcoming[s].known_at[k - 1] for s, k in zip(symbols, steps, strict=True)]
    judged = frame.assign(
        target_known_at=pd.DatetimeIndex(known), dated_by=[ahead.upcoming[s].dated_by for s in symbols]
    )
    judged["late"] = judged["target_known_at"] <= made_at
    wanted = ["seed", *SHOWN] if frame["seed"].notna().any() else SHOWN
    return judged.reindex(columns=wanted)


def _late_note(late: pd.DataFrame, made_at: pd.Timestamp, n: int) -> str:
    which = "All rows are" if len(late) == n else f"{len(late)} of {n} rows are"
    first = late.iloc[0]
    return (
        f"{which} late: the bar of {str(first['target_time']).removesuffix(' 00:00:00')} was known at "
        f"{str(first['target_known_at'])[:16]} UTC, and this was made at {str(made_at)[:16]}. They are no promises and "
        "will not be scored. Bring the bars up to date; without a `calendar`, and of vendors, a day's bar is there "
        "once its date is over in UTC."
    )


def _rows(forward: Forward, ahead: Ahead, resolved: Resolved) -> pd.DataFrame:
    """Lay a set of forecasts out as the store keeps it."""
    frame = pd.concat([forward.forecasts, forward.seeds], ignore_index=True).drop(columns="price_quantiles")
    samples = ahead.prepared.samples
    known = {s: samples.known_at[s][rows[-1]] for s, rows in ahead.origins.items()}
    versions = {s: ahead.versions[None, s] for s in known}
    beside = [version for (context, _), version in ahead.versions.items() if context is not None]
    return frame.assign(
        seed=frame["seed"].astype("Int64"),
        forward=forward.id,
        made_at=forward.made_at,
        run=forward.run,
        name=forward.name,
        model=forward.model,
        refit=forward.refit,
        trained_until=forward.trained_until,
        origin_known_at=pd.DatetimeIndex([known[s] for s in frame["symbol"]]),
        target=resolved.target.label,
        interval=resolved.experiment.bar_length,
        series=[versions[s].series for s in frame["symbol"]],
        revision=[versions[s].revision for s in frame["symbol"]],
        sha256=[versions[s].sha256 for s in frame["symbol"]],
        context=_json(beside) if beside else None,
        toml=shown_toml(resolved.experiment),
        levels=pd.Series(_lists(frame["levels"]), dtype=object),
        quantiles=pd.Series(_lists(frame["quantiles"]), dtype=object),
    )


def _lists(values: pd.Series[Any]) -> list[list[float] | None]:
    return [list(value) if isinstance(value, (list, np.ndarray)) else None for value in values]


def _json(versions: list[Any]) -> str:
    import json
    from dataclasses import asdict

    return json.dumps([{**asdict(version), "end": version.end.isoformat()} for version in versions])
