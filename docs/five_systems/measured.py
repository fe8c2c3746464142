"""Run the five examples, as published and walk-forward over several seeds, and keep the figures that the page shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import workbench as wb
from five_systems.printed import SYSTEMS, System
from workbench.plan.searches import read_search_file
from workbench.plan.toml import apply_settings, read_toml

EXAMPLES = Path(__file__).parents[2] / "examples"
RANGES = ("NFLX.csv", "GSPC_2010_2021.csv", "AAPL_2012_2022.csv", "AMZN_20.csv")
"""Files whose daily range is forecast too, to show what can be forecast."""


PARTS = ("systems", "ranges", "study")


def measure(data: Path, parts: Sequence[str] = PARTS) -> dict[str, Any]:
    """Run some of the parts on the files in `data`; return figures in plain values."""
    with TemporaryDirectory() as folder:
        bench = wb.Workbench(Path(folder) / "five.duckdb")
        make: dict[str, Callable[[], Any]] = {
            "systems": lambda: {system.example: dict(_system(bench, system, data)) for system in SYSTEMS},
            "ranges": lambda: {file: _figures(bench.run(_range(data / file))) for file in RANGES},
            "study": lambda: _study(bench, data),
        }
        return {name: make[name]() for name in parts}


def _system(bench: wb.Workbench, system: System, data: Path) -> Iterator[tuple[str, Any]]:
    given = [f"source.path={data / system.data}"]
    published = read_toml(EXAMPLES / f"{system.example}.toml")
    walked = {**published, **read_toml(EXAMPLES / "walk-forward.toml")}
    for name, fields in (("published", published), ("walked", walked)):
        for table in ("sweep", "tune"):
            fields.pop(table, None)
        print(f"{system.example}, {name} ...", flush=True)
        run = bench.run(wb.Experiment(**apply_settings(fields, given)))
        print(f"    {run.verdict} ({run.seconds:.0f} s)", flush=True)
        yield name, _figures(run)


def _study(bench: wb.Workbench, data: Path) -> list[dict[str, Any]]:
    """Sweep batch size and epochs of the S&P 500 example, and return one row per setting, best validation first."""
    system = SYSTEMS[1]
    asked = read_search_file(EXAMPLES / f"{system.example}.toml", [f"source.path={data / system.data}"])
    search = bench.sweep(asked.experiment, asked.sweep)
    losses = search.learning.groupby(["number", "epoch"])["train_loss"].mean()
    wanted = [
        "setting",
        "epoch",
        "validation_loss",
        "validation_rmse",
        "validation_hit_rate",
        "rmse",
        "skill",
        "verdict",
    ]
    return [
        {**{name: row[name] for name in wanted}, "train_loss": float(losses[row["number"], row["epoch"]])}
        for row in search.trials.to_dict("records")
    ]


def _range(path: Path) -> wb.Experiment:
    return wb.Experiment(
        name=f"range-{path.stem}",
        source=wb.use("csv", path=str(path)),
        symbols=[path.stem],
        calendar="XNYS",
        target="log_range",
        lookback=22,
        forecasters=["har"],
        strategy="volatility_target",
        folds=wb.Holdout(0.2),
    )


def _figures(run: wb.Run) -> dict[str, Any]:
    model, reference = run.headline, run.persistence
    rows, verdict = run.summary, run.verdicts[run.headline]
    rivals = rows.drop(index=[model, reference, "buy_and_hold"], errors="ignore").dropna(subset=["rmse"])
    best = None if rivals.empty else rivals["rmse"].idxmin()
    return {
        "model": model,
        "verdict": verdict.words,
        "n_origins": verdict.n_origins,
        "skill": verdict.skill,
        "skill_low": verdict.skill_low,
        "skill_high": verdict.skill_high,
        "smallest_skill": verdict.smallest_skill,
        "p_value": verdict.p_value,
        **{name: _plain(rows.loc[model, name]) for name in ("rmse", "mae", "hit_rate", "total_return")},
        "persistence_rmse": _plain(rows.loc[reference, "rmse"]),
        "persistence_mae": _plain(rows.loc[reference, "mae"]),
        "held": _plain(rows["total_return"].get("buy_and_hold")),
        "rival": best,
        "rival_rmse": None if best is None else _plain(rows.loc[best, "rmse"]),
        "rival_verdict": None if best is None else run.verdicts[best].words,
        "scaled_rmse": _of_model(run, "scaled"),
        "price_rmse": _of_model(run, "price"),
        "by_seed": _by_seed(run),
        "by_step": _by_step(run, model),
        "persistence_by_step": _by_step(run, reference),
        "seconds": round(run.seconds or 0.0, 1),
    }


def _of_model(run: wb.Run, space: str) -> float | None:
    pooled = run.scores[(run.scores["space"] == space) & (run.scores["metric"] == "rmse")]
    pooled = pooled[(pooled["model"] == run.headline) & pooled[["symbol", "seed", "fold", "step"]].isna().all(axis=1)]
    return None if pooled.empty else _plain(pooled["value"].iloc[0])


def _by_seed(run: wb.Run) -> list[float]:
    """Skill of the headline in target space, seed by seed."""
    scores = run.scores
    mine = scores[(scores["model"] == run.headline) & (scores["space"] == "target") & (scores["metric"] == "skill")]
    mine = mine[mine["seed"].notna() & mine[["symbol", "fold", "step"]].isna().all(axis=1)]
    return [float(value) for value in mine.sort_values("seed")["value"]]


def _by_step(run: wb.Run, model: str) -> dict[str, float]:
    """RMSE of a model in target space, step by step."""
    scores = run.scores
    mine = scores[(scores["model"] == model) & (scores["space"] == "target") & (scores["metric"] == "rmse")]
    mine = mine[mine["step"].notna() & mine[["symbol", "fold", "seed"]].isna().all(axis=1)]
    return {str(row.step): float(row.value) for row in mine.itertuples()}


def _plain(value: Any) -> float | None:
    return None if value is None or value != value else float(value)
