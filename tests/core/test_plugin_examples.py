"""Every built-in plugin gives a small example of itself."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from workbench import DataSource
from workbench.contracts.plugin import Plugin
from workbench.registry.manager import HOOK_OF_KIND
from workbench.registry.registry import Registry

REFUSED = {"ta.kst"}
"""Refused by name whatever its parameters."""


def _offered() -> list[type[Plugin]]:
    registry = Registry()
    return [offer.cls for kind in HOOK_OF_KIND for offer in registry.offers(kind)]


@pytest.mark.parametrize("cls", _offered(), ids=lambda cls: f"{cls.kind}-{cls.name}")
def test_example_is_an_instance_of_the_class(cls: type[Plugin], tmp_path: Path) -> None:
    if cls.name in REFUSED:
        pytest.skip("refused by name, with the reason")

    made = cls.example(tmp_path)

    assert type(made) is cls


@pytest.mark.parametrize("name", ["csv", "parquet", "frame"])
def test_example_of_a_source_holds_sixty_daily_bars(name: str, tmp_path: Path) -> None:
    source = Registry().find("source", name).cls.example(tmp_path)

    assert isinstance(source, DataSource)
    bars = source.fetch(source.symbols()[0], None, None, "1d")

    assert len(bars) == 60
    assert isinstance(bars.index, pd.DatetimeIndex) and bars.index.is_monotonic_increasing
    assert np.isfinite(bars[["open", "high", "low", "close", "volume"]].to_numpy()).all()
    assert (bars["low"] < bars[["open", "close"]].min(axis=1)).all()
    assert (bars["high"] > bars[["open", "close"]].max(axis=1)).all()


@pytest.mark.parametrize("name", ["lstm", "stacked_lstm"])
def test_example_of_a_network_trains_for_two_epochs(name: str, tmp_path: Path) -> None:
    network = Registry().find("forecaster", name).cls.example(tmp_path)

    assert network.params["epochs"] == 2
