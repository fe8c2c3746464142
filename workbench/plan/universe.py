"""The symbols of an experiment that names a universe."""

from __future__ import annotations

from workbench.contracts.source import DataSource, listed_symbols
from workbench.data.universe import Universe, read_universe, shown
from workbench.errors import DataError, ExperimentError
from workbench.plan.experiment import Experiment


def with_universe(
    experiment: Experiment, source: DataSource | None, known: Universe | None
) -> tuple[Experiment, Universe | None]:
    """Read the universe of an experiment, and name the symbols where the experiment does not.

    Parameters
    ----------
    experiment : Experiment
    source : DataSource or None
        Asked for the symbols that it has, where it can list them.
    known : Universe or None
        The universe that a stored run saw; its file is then not read again.

    Raises
    ------
    DataError
        The file is no universe, or the source has none of its symbols.
    ExperimentError
        A symbol is asked for that is not in the universe.
    """
    if experiment.universe is None:
        return experiment, None
    universe = known or read_universe(experiment.universe)
    strange = sorted(set(experiment.symbols) - set(universe.symbols))
    if strange:
        raise ExperimentError(
            f"`symbols` has {shown(strange)}, but the universe {universe.path} does not. Add them there, or leave "
            f"`symbols` out to take all that are."
        )
    if experiment.symbols:
        return experiment, universe
    return experiment.replace(symbols=_at_hand(universe, source)), universe


def _at_hand(universe: Universe, source: DataSource | None) -> tuple[str, ...]:
    """Symbols of a universe that the source has; all of them where it cannot list any."""
    listed = set(listed_symbols(source)) if source is not None else set()
    there = tuple(symbol for symbol in universe.symbols if not listed or symbol in listed)
    if source is not None and not there:
        raise DataError(
            f"source {source.label!r} has none of the {len(universe.symbols)} symbols of the universe "
            f"{universe.path}, such as {universe.symbols[0]!r}. It has {shown(sorted(listed))}."
        )
    return there
