"""`forecast`, `signal` and `models`: the bars that come next, and what forecasts them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.results import RunName
from workbench.cli.running import finish
from workbench.cli.settings import Settings, print_json
from workbench.cli.tables import print_table, print_text
from workbench.errors import RequestError

if TYPE_CHECKING:
    import pandas as pd

    from workbench.runs.forward import Forward
    from workbench.runs.promises import ForwardScores

_FIXED = "\u00a0"
"""A blank at which no line is broken."""

Model = Annotated[str | None, typer.Option(help="Which forecaster; the headline by default.", metavar="LABEL")]
Refit = Annotated[bool, typer.Option("--refit", help="Train anew on all bars there are, with the same settings.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes at most; all cores by default.")]


def forecast(
    settings: Settings,
    run: Annotated[
        str | None, typer.Argument(help="An id, a unique prefix, a run name, or latest.", metavar="RUN")
    ] = None,
    refit: Refit = False,
    score: Annotated[
        bool, typer.Option("--score", help="Score what was forecast of bars that have come since.")
    ] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Forecast again each time a bar has come.")] = False,
    every: Annotated[
        float,
        typer.Option(min=1, help="Seconds between two looks once a bar is due, with --follow.", metavar="SECONDS"),
    ] = 900.0,
    model: Model = None,
    workers: Workers = None,
) -> None:
    """Fetch the newest bars and forecast the next ones, or score what was forecast before."""
    if score:
        given = {"--refit": refit, "--follow": follow, "--model": model is not None, "--workers": workers is not None}
        wrong = [name for name, is_given in given.items() if is_given]
        if wrong:
            raise RequestError(
                f"`--score` does not go together with {' and '.join(f'`{name}`' for name in wrong)}: `--score` scores "
                "what is written down already. Give it nothing but a run."
            )
        _show_scores(settings, settings.bench().score_forward(run))
        return
    if run is None:
        raise RequestError("say which run is to forecast: an id, a run name, or latest.")
    if follow:
        _follow(settings, run, model=model, refit=refit, every=every, workers=workers)
        return
    made = finish(lambda: settings.bench().forecast(run, model=model, refit=refit, workers=workers))
    _show(settings, made)


def signal(
    settings: Settings, run: RunName, refit: Refit = False, model: Model = None, workers: Workers = None
) -> None:
    """Forecast the next bar, and print the position that the run's strategy takes at its open."""
    made = finish(lambda: settings.bench().signal(run, model=model, refit=refit, workers=workers))
    _show(settings, made)


def models(
    settings: Settings,
    run: RunName,
    save: Annotated[
        Path | None, typer.Option(help="Write the newest fold's models into a folder.", metavar="FOLDER")
    ] = None,
    model: Model = None,
) -> None:
    """List a run's trained models, or save them for use elsewhere."""
    found = settings.bench().load(run)
    if save is not None:
        saved = [str(path) for path in found.save_models(save, model)]
        if settings.json:
            print_json({"saved": saved})
        else:
            print("\n".join(f"Saved {path}" for path in saved))
        return
    rows: list[dict[Any, Any]] = found.models.astype(object).to_dict("records")
    rows = [row for row in rows if model in (None, row["model"])]
    if settings.json:
        print_json(rows)
        return
    shown = [{**row, "symbols": _listed(row["symbols"]), "size": f"{row['n_bytes'] / 1024:.1f} KiB"} for row in rows]
    print_table(shown, ["model", "seed", "symbols", "fold", "trained_until", "kept", "size"], spare=["size", "kept"])
    if not all(row["kept"] for row in rows):
        print_text("A model that is not kept is fitted again from the stored bars when it is needed, which is exact.")


def _listed(symbols: Any) -> str:
    names = list(symbols)
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _follow(settings: Settings, run: str, **options: Any) -> None:
    """Print each set of forecasts as it is made; Ctrl-C is the way to end, and no failure."""
    try:
        for made in settings.bench().follow(run, **options):
            _show(settings, made)
            if not settings.json:
                due = made.forecasts["target_known_at"].min()
                print(f"Waiting for the next bar, due at {_moment(due)} UTC; Ctrl-C ends.\n", flush=True)
    except KeyboardInterrupt:
        if not settings.json:
            print("Stopped; what was forecast is in the store.")


def _show(settings: Settings, made: Forward) -> None:
    if settings.json:
        print_json(made.to_dict())
        return
    from workbench.runs.forward import NO_ADVICE

    print_text(
        f"Run {made.run} '{made.name}': {made.model}, {made.trained_how}, targets until "
        f"{_moment(made.trained_until)} UTC. Made at {_moment(made.made_at)} UTC."
    )
    if made.strategy is None:
        _show_forecasts(made)
    else:
        _show_signals(made)
    for note in made.notes:
        print_text(f"Note: {note}")
    print(NO_ADVICE)


def _show_forecasts(made: Forward) -> None:
    frame = made.forecasts
    by_seed = made.seeds.groupby(["symbol", "step"])["forecast"]
    spread = by_seed.agg(["min", "max", "count"]).reset_index().to_dict("records")
    timed = _has_times(frame)
    rows = [
        {**_forecast_row(row, timed), **_spread(seeds)}
        for row, seeds in zip(frame.sort_values(["symbol", "step"]).to_dict("records"), spread, strict=True)
    ]
    origins = {row["from"] for row in rows}
    needless = {"from"} if len(origins) == 1 else set()
    needless |= {"persistence"} if all(row["price"] == row["price"] for row in rows) else {"price", "expected"}
    needless |= {"promise"} if all(row["promise"] == "yes" for row in rows) else set()
    if len(origins) == 1:
        print(f"From the bar of {origins.pop()}:".replace(_FIXED, " "))
    shown = [{name: value for name, value in row.items() if name not in needless} for row in rows]
    print_table(shown, spare=["of seeds", "forecast", "last price"] if "expected" in shown[0] else ["of seeds"])
    for rule, part in frame.groupby("dated_by", sort=False):
        which = "" if frame["dated_by"].nunique() == 1 else f"{_listed(part['symbol'].unique())}: "
        print_text(f"{which}Bars to come are dated by: {rule}.")


def _forecast_row(row: dict[Any, Any], timed: bool) -> dict[str, Any]:
    shown = {
        "symbol": row["symbol"],
        "from": _day(row["origin"], timed),
        "step": row["step"],
        "bar": _day(row["target_time"], timed),
        "last price": row["last_price"],
        "forecast": row["forecast"],
        "price": row["price"],
        "expected": _percent(row["expected_return"]),
        "persistence": row["persistence"],
    }
    if isinstance(row["levels"], list):
        priced = isinstance(row["price_quantiles"], list)
        quantiles = row["price_quantiles"] if priced else row["quantiles"]
        name = f"{100 * (row['levels'][-1] - row['levels'][0]):.0f} % interval"
        shown[name] = f"{quantiles[0]:.5g} to {quantiles[-1]:.5g}".replace(" ", _FIXED)
    return {**shown, "promise": "late" if row["late"] else "yes"}


def _spread(seeds: dict[Any, Any]) -> dict[str, Any]:
    text = f"{seeds['min']:.4g} to {seeds['max']:.4g}".replace(" ", _FIXED)
    return {"of seeds": text} if seeds["count"] > 1 else {}


def _show_signals(made: Forward) -> None:
    timed = _has_times(made.forecasts)
    mean = made.forecasts.drop_duplicates("symbol").set_index("symbol")
    rows = [
        {
            "symbol": row["symbol"],
            "from": _day(row["origin"], timed),
            "expected": _percent(mean.loc[row["symbol"], "expected_return"]),
            "position": "unchanged" if row["position"] != row["position"] else f"{row['position']:+.2f}",
            "stop": row["stop"],
            "take profit": row["take_profit"],
            "at the open of": _day(row["fill_time"], timed),
            "opens (UTC)": row["fill_from"],
            "in time": not row["late"],
        }
        for row in made.signals.to_dict("records")
    ]
    print_text(f"What {made.strategy} makes of it, as a share of equity:")
    print_table(rows, spare=["opens (UTC)", "expected", "from"])


def _show_scores(settings: Settings, scores: ForwardScores) -> None:
    if settings.json:
        print_json(scores.to_dict())
        return
    if scores.rows.empty:
        print("Nothing was forecast ahead yet; `workbench forecast RUN` does, and writes it down.")
        return
    rows = scores.rows.astype(object).to_dict("records")
    timed = {run for run, part in scores.rows.groupby("run") if _has_times(part)}
    shown = _without_repetition([_score_row(row, row["run"] in timed) for row in rows])
    print_table(shown, spare=["made (UTC)", "inside", "persistence", "run", "forecast"])
    if len(scores.summary):
        records = scores.summary.astype(object).where(scores.summary.notna(), None).to_dict("records")
        pooled = _without_repetition([_summary_row(row) for row in records])
        print_table(pooled, title="Pooled over what is scored", spare=["mae", "hit_rate", "run"])
    else:
        print("Nothing can be scored yet.")
    for sentence in _meanings(scores.rows):
        print_text(sentence)
    for note in scores.notes:
        print_text(f"Note: {note}")


def _score_row(row: dict[Any, Any], timed: bool) -> dict[str, Any]:
    return {
        "made (UTC)": str(row["made_at"])[:16].replace(" ", _FIXED),
        "run": row["run"][:6],
        "model": row["model"] + (" (refit)" if row["refit"] else ""),
        "symbol": row["symbol"],
        "from": f"{row['origin']:{'%Y-%m-%d %H:%M' if timed else '%Y-%m-%d'}}".replace(" ", _FIXED),
        "step": row["step"],
        "bar": f"{row['target_time']:{'%Y-%m-%d %H:%M' if timed else '%Y-%m-%d'}}".replace(" ", _FIXED),
        "forecast": row["forecast"],
        "actual": row["actual"],
        "error": row["error"],
        "persistence": row["persistence_error"],
        "inside": row["inside"],
        "status": row["status"],
    }


def _summary_row(row: dict[Any, Any]) -> dict[str, Any]:
    model = row["model"] + (" (refit)" if row["refit"] else "")
    first = {"run": row["run"][:6], "model": model, "symbol": row["symbol"] or "all", "space": row["space"]}
    figures = {name: row[name] for name in ("n", "rmse", "persistence_rmse", "mae", "skill", "hit_rate")}
    inside = None if row["inside"] is None else f"{100 * row['inside']:.0f} % (of {100 * row['coverage']:.0f} %)"
    return {**first, **figures, "inside": inside}


def _without_repetition(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out run, model and symbol where they are the same in all rows, and intervals where there are none."""
    same = {name for name in ("run", "model", "symbol") if len({row[name] for row in rows}) == 1}
    if all(row["inside"] is None for row in rows):
        same.add("inside")
    return [{name: value for name, value in row.items() if name not in same} for row in rows]


def _meanings(rows: pd.DataFrame) -> list[str]:
    """Say what the statuses that occur mean."""
    from workbench.runs.promises import STATUSES

    counts = rows["status"].value_counts()
    return [f"{counts[status]} {status}: {meaning}." for status, meaning in STATUSES.items() if status in counts]


def _percent(value: float) -> str:
    return "-" if value != value else f"{100 * value:+.2f} %"


def _has_times(frame: pd.DataFrame) -> bool:
    """Whether bars are labelled with a time of day, as intraday bars are; one of them may be at midnight."""
    return any((frame[name] != frame[name].dt.normalize()).any() for name in ("origin", "target_time"))


def _day(label: Any, timed: bool) -> str:
    """Return a label with its day of the week, and with the time of day where bars have one."""
    text = f"{label:%a %Y-%m-%d}" + (f" {label:%H:%M}" if timed else "")
    return text.replace(" ", _FIXED)


def _moment(moment: Any) -> str:
    return str(moment)[:16]
