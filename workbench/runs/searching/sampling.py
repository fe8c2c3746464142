"""Asking Optuna for the next setting: a pure function of what was tried so far, and of the seed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from workbench.errors import RequestError
from workbench.plan.space import Dimension, Space, TuneSettings
from workbench.runs.searching.pruning import validation_error
from workbench_store import SearchTrial

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution
    from optuna.trial import FrozenTrial

_DIGITS = 4
"""Significant digits of a number that is drawn from a range."""


def require_optuna() -> None:
    """Refuse to search where Optuna is not installed.

    Raises
    ------
    RequestError
        It is not; the message says how to get it.
    """
    if find_spec("optuna") is None:
        raise RequestError('searching needs Optuna, which is not installed: pip install "trading-workbench[tune]".')


def next_values(
    space: Space, settings: TuneSettings, before: Sequence[SearchTrial], *, lower_is_better: bool
) -> dict[str, Any]:
    """Return the values of the next setting, by path.

    The study is made anew from the trials before, and its sampler is seeded by the seed of the search and the number
    of the trial. So a search that was stopped anywhere and started again asks for what it would have asked for.

    Parameters
    ----------
    space : dict of str to Dimension
    settings : TuneSettings
    before : sequence of SearchTrial
        All trials so far, in their order.
    lower_is_better : bool
    """
    import optuna

    distributions = {path: _distribution(dimension) for path, dimension in space.items()}
    with _quiet():
        sampler = optuna.samplers.TPESampler(
            seed=_seed(settings.seed, len(before)), n_startup_trials=settings.startup, constant_liar=False
        )
        study = optuna.create_study(sampler=sampler, direction="minimize" if lower_is_better else "maximize")
        study.add_trials([_frozen(trial, space, distributions) for trial in before])
        asked = study.ask(distributions).params
    return {path: _from_optuna(space[path], asked[path]) for path in space}


def _seed(seed: int, number: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}:{number}".encode()).digest()[:4], "big")


def _distribution(dimension: Dimension) -> BaseDistribution:
    from optuna import distributions

    if dimension.choices:
        return distributions.CategoricalDistribution([_text(choice) for choice in dimension.choices])
    low, high = dimension.edges
    step = None if dimension.step is None else dimension.value(dimension.step)
    if dimension.is_whole:
        top = high if step is None else low + (high - low) // step * step
        return distributions.IntDistribution(low, top, log=dimension.log, step=step or 1)
    top = high if step is None else low + int((high - low) / step + 1e-9) * step
    return distributions.FloatDistribution(low, top, log=dimension.log, step=step)


def _text(choice: Any) -> str:
    return json.dumps(choice, sort_keys=True)


def _from_optuna(dimension: Dimension, value: Any) -> Any:
    """Return a value as the experiment takes it; four digits of a number say enough, and can be typed again."""
    if dimension.choices:
        return json.loads(value)
    if dimension.is_whole or dimension.step is not None:
        return dimension.value(value)
    low, high = dimension.edges
    return min(max(float(f"{value:.{_DIGITS}g}"), low), high)


def _to_optuna(dimension: Dimension, value: Any) -> Any:
    return _text(value) if dimension.choices else dimension.value(value)


def _frozen(trial: SearchTrial, space: Space, distributions: dict[str, BaseDistribution]) -> FrozenTrial:
    from optuna.trial import TrialState, create_trial

    states = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED}
    errors = [validation_error(epoch) for epoch in trial.intermediate]
    return create_trial(
        state=states.get(trial.status, TrialState.FAIL),
        value=trial.value if trial.status == "complete" else None,
        params={path: _to_optuna(space[path], trial.settings[path]) for path in space},
        distributions=distributions,
        intermediate_values={step: error for step, error in enumerate(errors) if error is not None},
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Optuna from logging every step, and leave its settings as they were."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
