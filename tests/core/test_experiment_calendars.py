"""Calendars and resampling as fields of an experiment."""

from __future__ import annotations

import pytest

from workbench import Experiment, ExperimentError


def asked(**fields):
    return Experiment(**{"source": "csv", "symbols": ["AAA", "BBB"], "interval": "5m", **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {"calendar": "XNYS"},
        {"calendar": {"AAA": "XNYS", "BBB": "XTKS"}, "resample": "1h"},
        {"calendar": {"BBB": "24/7"}},
        {"resample": "1d"},
        {},
    ],
)
def test_they_survive_toml(fields):
    experiment = asked(**fields)

    assert Experiment.from_toml(experiment.to_toml()) == experiment


def test_a_calendar_is_for_all_symbols_or_for_each():
    assert asked(calendar="XNYS").calendar_of("BBB").name == "XNYS"
    assert asked(calendar={"BBB": "XTKS"}).calendar_of("BBB").name == "XTKS"
    assert asked(calendar={"BBB": "XTKS"}).calendar_of("AAA") is None
    assert asked().calendar_of("AAA") is None


def test_everything_counts_in_resampled_bars():
    assert asked().bar_length == "5m"
    assert asked(resample="60m").bar_length == "1h"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"calendar": "XNYC"}, "no calendar 'XNYC'. Did you mean 'XNYS'?"),
        ({"calendar": {"AAA": "nyse"}}, "no calendar 'nyse'"),
        ({"calendar": {"AAB": "XNYS"}}, "'AAB' is none of the symbols. Did you mean 'AAA'?"),
        ({"resample": "5m"}, "bars can only be made longer"),
        ({"resample": "7m"}, "no multiple of `interval`, '5m'"),
        ({"resample": "often"}, "expected a number and one of m, h, d, wk, mo"),
    ],
)
def test_what_cannot_be_is_refused(fields, said):
    with pytest.raises(ExperimentError) as error:
        asked(**fields)

    assert said in str(error.value)
