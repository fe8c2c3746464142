"""The catalogue of `ta.<name>` agrees with the installed library, and keeps its traps out."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
import typing

import numpy as np
import pandas as pd
import pytest
from pydantic_core import PydanticUndefined

import workbench_features as wf
from workbench import DataError, ExperimentError

MODULES = ("momentum", "trend", "volatility", "volume", "others")
SERIES = {"open", "high", "low", "close", "volume"}
NOT_OFFERED = {"fillna", "visual", "dropnans"}
OFFERED = [cls for cls in wf.ta.INDICATORS if cls is not wf.ta.trend.KST]


def library_classes() -> dict[str, type]:
    found = {}
    for name in MODULES:
        module = importlib.import_module(f"ta.{name}")
        members = inspect.getmembers(module, inspect.isclass)
        found |= {f"{name}.{n}": cls for n, cls in members if cls.__module__ == module.__name__}
    return found


def snake_case(name: str) -> str:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return words.lower().replace("w_m_a", "wma")


def make(cls):
    return cls(window=12) if cls is wf.ta.trend.SMA else cls()


def test_every_indicator_of_the_library_is_offered_once():
    assert sorted(cls.indicator for cls in wf.ta.INDICATORS) == sorted(library_classes())


@pytest.mark.parametrize("cls", wf.ta.INDICATORS, ids=lambda cls: cls.name)
def test_the_name_is_the_library_class_in_snake_case(cls):
    original = cls.indicator.partition(".")[2]

    assert cls.name == "ta." + snake_case(original.removesuffix("Indicator"))


@pytest.mark.parametrize("cls", OFFERED, ids=lambda cls: cls.name)
def test_parameters_defaults_and_inputs_are_those_of_the_constructor(cls):
    parameters = inspect.signature(library_classes()[cls.indicator]).parameters
    expected = {
        name: PydanticUndefined if p.default is inspect.Parameter.empty else p.default
        for name, p in parameters.items()
        if name not in SERIES | NOT_OFFERED
    }

    assert {name: field.default for name, field in cls.model_fields.items()} == expected
    assert cls.inputs == SERIES & set(parameters)


@pytest.mark.parametrize("cls", OFFERED, ids=lambda cls: cls.name)
def test_columns_are_the_public_methods_of_the_class(cls):
    methods = {n for n, _ in inspect.getmembers(library_classes()[cls.indicator], inspect.isfunction) if n[0] != "_"}
    never_complete = {"psar_up", "psar_down"} if cls is wf.ta.trend.PSAR else set()

    assert set(cls.outputs) == methods - never_complete


@pytest.mark.parametrize("cls", OFFERED, ids=lambda cls: cls.name)
def test_past_the_warmup_the_figures_are_those_of_the_library(cls, bars):
    feature = make(cls)
    numbered = bars.reset_index(drop=True)
    params = {name: getattr(feature, name) for name in cls.model_fields}
    original = library_classes()[cls.indicator](**{c: numbered[c] for c in cls.inputs}, **params)

    answer = feature.compute(bars)

    assert isinstance(answer, pd.DataFrame if len(cls.outputs) > 1 else pd.Series)
    for output, column in pd.DataFrame(answer).set_axis(cls.outputs, axis=1).items():
        expected = getattr(original, output)().to_numpy(dtype=float)
        np.testing.assert_array_equal(column[feature.warmup :], expected[feature.warmup :])


def test_listing_the_catalogue_imports_neither_ta_nor_pandas():
    code = "import sys, workbench_features; print(sorted({'ta', 'pandas', 'scipy'} & set(sys.modules)))"

    listed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert listed.stdout.strip() == "[]"


@pytest.mark.parametrize("option", sorted(NOT_OFFERED))
def test_options_that_spoil_the_figures_are_refused_with_the_reason(option):
    with pytest.raises(ExperimentError, match=f"`{option}`: it .*Leave it out"):
        wf.ta.trend.Ichimoku(**{option: True})


def test_kst_is_refused_by_name_because_the_library_still_leaks(bars):
    kst = library_classes()["trend.KSTIndicator"]
    whole, cut = kst(close=bars["close"]).kst(), kst(close=bars["close"][:60]).kst()
    assert not np.allclose(whole[:60], cut, equal_nan=True)  # otherwise there is no reason to refuse it any more

    with pytest.raises(ExperimentError, match=r"'ta\.kst' is refused.*mean of the whole series"):
        wf.ta.trend.KST()


def test_a_channel_moved_into_the_future_is_refused():
    with pytest.raises(ExperimentError, match="`offset`"):
        wf.ta.volatility.DonchianChannel(offset=-1)


def test_psar_keeps_its_length_on_dates(bars):
    answer = wf.ta.trend.PSAR().compute(bars)

    assert answer.index.equals(bars.index)
    assert answer[2:].notna().all(axis=None)
    assert answer["psar_up_indicator"].sum() > 2 and answer["psar_down_indicator"].sum() > 2


def test_a_bar_without_volume_gives_nan_where_the_library_has_an_infinity(bars):
    bars.iloc[200, bars.columns.get_loc("volume")] = 0.0

    answer = wf.ta.volume.EaseOfMovement().compute(bars)

    assert np.isnan(answer["ease_of_movement"].iloc[200])
    assert np.isfinite(answer.iloc[220:]).all(axis=None)


def test_missing_values_are_refused_rather_than_taken_for_no_change(bars):
    bars.iloc[[40, 41], bars.columns.get_loc("volume")] = np.nan

    with pytest.raises(DataError, match=r"ta\.on_balance_volume.*'volume'.*2 of 300.*2020-02-26"):
        wf.ta.volume.OnBalanceVolume().compute(bars)


@pytest.mark.parametrize("cls", OFFERED, ids=lambda cls: cls.name)
def test_every_length_of_one_bar_or_more_works(cls, bars):
    lengths = {
        name: max([1, *(m.ge for m in field.metadata if hasattr(m, "ge"))])
        for name, field in cls.model_fields.items()
        if int in (field.annotation, *typing.get_args(field.annotation)) and name != "offset"
    }
    feature = cls(**lengths)

    answer = pd.DataFrame(feature.compute(bars))

    assert answer[: feature.warmup].isna().all(axis=None)
    assert not np.isinf(answer.to_numpy()).any()
