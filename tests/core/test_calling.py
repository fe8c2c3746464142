"""Whatever a plugin does when it is called, it is named: who, whose, where, and what to do."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from workbench import DataError, Feature, Metric, PluginError, WorkbenchError
from workbench.contracts import calling as module
from workbench.contracts.calling import Watch, calling
from workbench.contracts.origin import Origin, described, origin_of
from workbench_features import workbench_features

HERE = __name__


class Toy(Feature, name="toy"):
    """Does as it is told."""

    window: int = 5
    text: str = ""

    def compute(self, bars):
        return bars()


def call(plugin, error):
    def fail():
        raise error

    with calling(plugin, "compute"):
        plugin.compute(fail)


def rsi():
    return next(cls for cls in workbench_features() if cls.name == "rsi")


# Where plugins come from


def test_an_installed_class_is_of_the_distribution_that_offers_it():
    assert origin_of(rsi()).distribution == "trading-workbench"
    assert described(rsi()(window=3)) == f"feature 'rsi(window=3)' ({origin_of(rsi())})"


@pytest.mark.parametrize("name", ["good", "clashing"])
def test_each_class_is_of_its_own_distribution(plugin_folder, name):
    plugin_folder("good"), plugin_folder("clashing")
    cls = type("Mine", (), {"__module__": f"workbench_{name}.parts"})

    assert origin_of(cls) == Origin(f"workbench-{name}", "1.0", f"workbench_{name}.parts")


def test_a_class_of_a_file_is_local_and_has_a_path():
    origin = origin_of(Toy)

    assert origin.is_local and origin.place == __file__
    assert described(Toy).startswith("feature 'toy' (local file ") and described(Toy).endswith("test_calling.py)")


def test_a_class_of_a_notebook_has_no_path():
    cls = type("Typed", (Feature,), {"__module__": "__main__", "compute": lambda self, bars: bars}, name="typed")
    cls.__module__ = "a_notebook_that_is_no_file"

    assert described(cls) == "feature 'typed' (defined in this session)"


def test_a_label_that_is_no_short_line_gives_way_to_the_name():
    assert described(Toy(window=3)).startswith("feature 'toy(window=3)'")
    assert described(Toy(text="x" * 100)).startswith("feature 'toy' ")
    assert described(Toy(text="two\nlines")).startswith("feature 'toy' ")


# What calling makes of errors


@pytest.mark.parametrize("error", [ValueError("no bars"), SystemExit(3), MemoryError(), RecursionError("deep")])
def test_whatever_a_plugin_raises_names_it(error):
    with pytest.raises(PluginError) as caught:
        call(Toy(), error)

    assert caught.value.__cause__ is error
    said = str(caught.value)
    assert said.startswith(f"{described(Toy())} failed in compute (line ")
    assert f": {type(error).__name__}" in said and str(error) in said
    assert said.endswith("Mend it; `--debug` shows the traceback.")


def test_what_is_said_is_one_paragraph_however_long_the_reason():
    with pytest.raises(PluginError) as caught:
        call(Toy(), ValueError("first line\n\n  second line " + "and on " * 500))

    assert "first line second line" in str(caught.value)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 1000


def test_an_error_that_cannot_even_be_printed_is_an_error_like_any():
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    with pytest.raises(PluginError, match=r"failed in compute.*Mute"):
        call(Toy(), Mute())


def test_an_installed_plugin_that_fails_can_be_left_out(plugin_folder):
    plugin_folder("good")
    cls = type("Mine", (Metric,), {"score": lambda *_: 0.0}, name="mine")
    cls.__module__ = "workbench_good"

    with pytest.raises(PluginError, match=r"^metric 'mine' \(workbench-good 1.0\) .*--no-plugin workbench-good`.$"):
        with calling(cls, "score"):
            raise ValueError


def test_our_own_plugins_that_fail_are_to_be_reported():
    with pytest.raises(PluginError, match="looks like a fault of Workbench: please report it"):
        with calling(rsi(), "compute"):
            raise ValueError


@pytest.mark.parametrize("error", [DataError("no such bars"), PluginError("not today"), WorkbenchError("no")])
def test_what_a_plugin_raises_on_purpose_passes_as_it_is(error):
    with pytest.raises(type(error)) as caught:
        call(Toy(), error)

    assert caught.value is error


def test_an_interrupt_passes_and_says_who_was_at_work():
    with pytest.raises(KeyboardInterrupt) as caught, calling(Toy(), "outer"):
        call(Toy(window=3), KeyboardInterrupt())

    assert str(caught.value).startswith("interrupted while feature 'toy(window=3)' (local file ")
    assert str(caught.value).endswith("was in compute")


def test_the_end_of_a_generator_is_nobodys_fault():
    def numbers():
        with calling(Toy(), "compute"):
            yield 1

    ones = numbers()
    next(ones)
    ones.close()


# Taking long


@pytest.fixture
def watch(monkeypatch):
    quick = Watch(patience=0.03, again=0.15)
    monkeypatch.setattr(module, "_WATCH", quick)
    return quick


def test_a_call_that_takes_long_is_named_once_and_later_again(watch, capsys):
    described(Toy())  # finding out takes long the first time
    with calling(Toy(), "compute"):
        time.sleep(0.1)
        once = capsys.readouterr().err
        time.sleep(0.3)
        often = capsys.readouterr().err

    assert once.count("note: feature 'toy' (local file ") == 1
    assert "has been in compute for 0 s; Ctrl-C stops the run" in once
    assert often.count("note:") >= 1


def test_a_call_that_is_quick_or_usually_long_is_not_named(watch, capsys):
    for _ in range(20):
        with calling(Toy(), "compute"):
            time.sleep(0.001)
    with calling(Toy(), "fit", watched=False):
        time.sleep(0.1)

    assert capsys.readouterr().err == ""


def test_the_thread_that_watches_ends_when_there_is_nothing_to_watch(watch):
    with calling(Toy(), "compute"):
        assert any(thread.name == "workbench-watch" for thread in threading.enumerate())
        mine = watch._thread
    mine.join(timeout=5)

    assert not mine.is_alive()


def test_calling_costs_less_than_twenty_microseconds():
    plugin, costs = Toy(), []
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(2_000):
            with calling(plugin, "compute"):
                pass
        costs.append((time.perf_counter() - started) / 2_000)

    assert np.min(costs) < 20e-6
