"""The error hierarchy: exit codes and the command line hang on it."""

from __future__ import annotations

import inspect

import pytest

from workbench import errors
from workbench.errors import did_you_mean

ALL = {n: c for n, c in vars(errors).items() if inspect.isclass(c) and c.__module__ == errors.__name__}
WRONG_REQUESTS = {
    *("ExperimentError", "UnknownPluginError", "DataError", "StoreError", "RunNotFoundError", "RequestError")
}


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_error_is_described_and_belongs_to_the_family(name):
    cls = ALL[name]

    assert inspect.getdoc(cls)
    assert issubclass(cls, UserWarning if name == "WorkbenchWarning" else errors.WorkbenchError)


def test_wrong_requests_are_told_apart_from_failures():
    assert {n for n, c in ALL.items() if issubclass(c, errors.RequestError)} == WRONG_REQUESTS


@pytest.mark.parametrize(
    ("name", "known", "sentence"),
    [
        ("lokback", ["horizon", "lookback"], " Did you mean 'lookback'?"),
        ("volatility", ["rsi", "macd"], ""),
        ("rsi", [], ""),
    ],
)
def test_a_near_miss_is_suggested_and_nothing_else(name, known, sentence):
    assert did_you_mean(name, known) == sentence
