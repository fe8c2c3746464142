"""Calling in processes in which nothing was called before."""

from __future__ import annotations

import os
import sys

import pytest

from workbench import Feature
from workbench.audit import fresh
from workbench.audit.fresh import FreshProcessError, call_fresh

CALLS: list[int] = []


class Toy(Feature, name="toy"):
    """The close."""

    def compute(self, bars):
        return bars["close"]


def remember(number):
    """Return how many calls this process has seen."""
    CALLS.append(number)
    return number, len(CALLS), os.getpid()


def hidden_label(feature):
    return feature.label


def misbehave(how):
    print("not an answer")
    return {"raise": lambda: 1 / 0, "exit": lambda: sys.exit(3), "die": lambda: os._exit(4)}[how]()


def test_every_call_is_the_first_of_its_process():
    CALLS.append(0)  # what this process remembers is not there

    answers = call_fresh(remember, [5, 6, 7], [Toy])

    assert [answer.value[:2] for answer in answers] == [(5, 1), (6, 1), (7, 1)]
    assert os.getpid() not in {answer.value[2] for answer in answers}


def test_elsewhere_than_on_linux_it_is_the_same(monkeypatch):
    monkeypatch.setattr(fresh, "_FORKS", False)

    answers = call_fresh(remember, [5, 6], [Toy])

    assert [answer.value[:2] for answer in answers] == [(5, 1), (6, 1)]


def test_classes_without_a_name_to_import_travel_too():
    class Nested(Feature, name="nested"):
        """Local to a function."""

        window: int = 3

        def compute(self, bars):
            return bars["close"]

    (toy, nested) = call_fresh(hidden_label, [Toy(), Nested(window=4)], [Toy, Nested])

    assert (toy.value, nested.value) == ("toy", "nested(window=4)")


@pytest.mark.parametrize(
    ("how", "error"), [("raise", "ZeroDivisionError"), ("exit", "SystemExit: 3"), ("die", "without an answer")]
)
def test_what_goes_wrong_is_told_and_spoils_no_other_call(how, error):
    answers = call_fresh(misbehave, [how, "raise"], [Toy])

    assert error in answers[0].error
    assert "ZeroDivisionError" in answers[1].error


def test_a_call_that_never_ends_is_given_up(monkeypatch):
    import time

    monkeypatch.setattr(fresh, "FRESH_SECONDS", 0.5)

    with pytest.raises(FreshProcessError, match="did not answer within"):
        call_fresh(time.sleep, [30])
