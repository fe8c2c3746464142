"""Whatever a plugin does while it is found, the host survives it, names it, and still hears Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import time

import pytest

from workbench import PluginError, RequestError
from workbench.registry.guard import Fault, guarded, patience
from workbench.registry.registry import Registry

needs_timer = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this platform has no timer")


class Own(BaseException):
    """What no `except Exception` catches."""


def raising(error):
    def call():
        raise error

    return call


def spin():
    while True:
        pass


def spin_catching_every_exception():
    while True:
        try:
            time.sleep(0.001)
        except Exception:
            continue


def swallow_the_first():
    try:
        spin()
    except:  # noqa: E722
        spin()


@pytest.fixture
def brief(monkeypatch):
    monkeypatch.setenv("WORKBENCH_PLUGIN_SECONDS", "0.2")


# What comes back


def test_an_answer_comes_back():
    assert guarded(lambda: 7, "a call") == 7


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (KeyError("close"), "raised KeyError: 'close'"),
        (SystemExit(3), "raised SystemExit: 3"),
        (KeyboardInterrupt(), "raised KeyboardInterrupt"),
        (Own("stop"), "raised Own: stop"),
        (GeneratorExit(), "raised GeneratorExit"),
        (ValueError("two\n  lines"), "raised ValueError: two lines"),
        (ValueError("x" * 9999), "raised ValueError: [...]"),
        (PluginError("it lacks `fit`."), "it lacks `fit`"),
    ],
)
def test_whatever_is_raised_becomes_a_fault_that_says_so(error, reason):
    with pytest.raises(Fault) as caught:
        guarded(raising(error), "a call")

    assert caught.value.reason == reason
    assert caught.value.error is error


def test_an_error_that_cannot_be_printed_is_survived():
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError

    with pytest.raises(Fault, match=r"raised Mute: \(its text cannot be shown\)"):
        guarded(raising(Mute()), "a call")


def test_a_fault_is_a_sentence_about_what_failed():
    assert Fault("raised KeyError: 1", KeyError(1)).sentence("import") == "import raised KeyError: 1"
    assert Fault("it lacks `fit`", PluginError("")).sentence("import") == "import: it lacks `fit`"


# Time


@needs_timer
@pytest.mark.parametrize("call", [spin, spin_catching_every_exception, lambda: time.sleep(60)])
def test_what_never_ends_is_stopped(brief, call):
    started = time.monotonic()

    with pytest.raises(Fault, match=r"did not end within 0\.2 s"):
        guarded(call, "a call")

    assert time.monotonic() - started < 5


@needs_timer
def test_what_swallows_the_first_stop_is_stopped_again(brief):
    with pytest.raises(Fault, match=r"did not end within 0\.2 s"):
        guarded(swallow_the_first, "a call")


@needs_timer
def test_the_timer_and_handler_of_others_are_restored(brief):
    fired = []
    before = signal.signal(signal.SIGALRM, lambda *_: fired.append(True))
    signal.setitimer(signal.ITIMER_REAL, 50.0, 3.0)
    try:
        with pytest.raises(Fault, match="did not end"):
            guarded(spin, "a call")
        left, interval = signal.getitimer(signal.ITIMER_REAL)
        handler = signal.getsignal(signal.SIGALRM)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert 45.0 < left < 50.0
    assert interval == 3.0
    assert handler.__name__ == "<lambda>"
    assert fired == []


@needs_timer
def test_a_timer_that_ends_sooner_is_left_alone():
    class Sooner(Exception):
        pass

    def ring(*_):
        raise Sooner

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(Fault, match="raised Sooner"):
            guarded(spin, "a call")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@needs_timer
def test_a_guarded_call_inside_another_is_stopped_by_whichever_ends_sooner(brief, monkeypatch):
    def inner():
        monkeypatch.setenv("WORKBENCH_PLUGIN_SECONDS", "30")
        return guarded(spin, "inside")

    with pytest.raises(Fault, match=r"did not end within 0\.2 s"):
        guarded(inner, "outside")


@needs_timer
def test_an_unlimited_call_sets_no_timer(brief):
    unlimited = guarded(lambda: signal.getsignal(signal.SIGALRM), "a call", limited=False)
    limited = guarded(lambda: signal.getsignal(signal.SIGALRM), "a call")

    assert unlimited is signal.getsignal(signal.SIGALRM)
    assert limited is not unlimited


def test_another_thread_is_guarded_without_a_timer(brief):
    caught = []

    def work():
        try:
            guarded(raising(SystemExit(2)), "a call")
        except Fault as fault:
            caught.append(fault.reason)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert caught == ["raised SystemExit: 2"]


@pytest.mark.parametrize(("text", "seconds"), [("2.5", 2.5), ("", 15.0), (" 3 ", 3.0), ("0", float("inf"))])
def test_the_patience_comes_from_the_environment(monkeypatch, text, seconds):
    monkeypatch.setenv("WORKBENCH_PLUGIN_SECONDS", text)

    assert patience() == seconds


@pytest.mark.parametrize("text", ["soon", "-1", "nan"])
def test_a_patience_that_is_no_number_is_a_wrong_request(monkeypatch, text):
    monkeypatch.setenv("WORKBENCH_PLUGIN_SECONDS", text)

    with pytest.raises(RequestError, match=rf"`WORKBENCH_PLUGIN_SECONDS` is '{text}'; expected the seconds"):
        patience()


# Ctrl-C


def press():
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(5)


def press_and_catch():
    try:
        press()
    except BaseException:
        return "nothing happened"


def press_and_raise_something_else():
    try:
        press()
    except KeyboardInterrupt as err:
        raise ValueError("never mind") from err


@pytest.fixture
def heeds_ctrl_c():
    """What a terminal does: a process that was started in the background may ignore Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_ctrl_c")
@pytest.mark.parametrize("call", [press, press_and_catch, press_and_raise_something_else])
def test_ctrl_c_interrupts_whatever_the_plugin_does_about_it(call):
    before = signal.getsignal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        guarded(call, "a call")

    assert signal.getsignal(signal.SIGINT) is before


# In the registry


ENDLESS = "import time\nwhile True:\n    try:\n        time.sleep(0.01)\n    except Exception:\n        pass\n"
HOOK = "from workbench import hookimpl\n@hookimpl\ndef workbench_features():\n"


@needs_timer
@pytest.mark.parametrize(
    ("text", "hook"),
    [
        (ENDLESS, "import"),
        (HOOK + "    while True: pass\n", "workbench_features"),
        (HOOK + "    from workbench import Feature\n    while True: yield Feature\n", "workbench_features"),
    ],
)
def test_an_endless_plugin_is_named_and_the_others_are_there(make_distribution, monkeypatch, text, hook):
    make_distribution("workbench-endless", text, version="2.0")
    monkeypatch.setenv("WORKBENCH_PLUGIN_SECONDS", "2")

    registry = Registry()

    assert registry.find("feature", "rsi").module.distribution == "trading-workbench"
    (module,) = [m for m in registry.modules if m.name == "endless"]
    assert (module.status, str(module)) == ("failed", "endless (workbench-endless 2.0)")
    assert re.match(rf"{hook}(: expected| did not end within 2 s)", module.reason)
    assert "`--no-plugin workbench-endless`" in module.advice
    assert "`WORKBENCH_PLUGIN_SECONDS`" in module.advice or "expected" in module.reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "import nothing_of_that_name.deeper",
            "import raised ModuleNotFoundError: No module named 'nothing_of_that_name'",
        ),
        ("def broken(:", "import raised SyntaxError: invalid syntax"),
        ("raise KeyboardInterrupt", "import raised KeyboardInterrupt"),
        ("class Own(BaseException): pass\nraise Own('stop')", "import raised Own: stop"),
        ("import sys; sys.exit('goodbye')", "import raised SystemExit: goodbye"),
        ("def f(): f()\nf()", "import raised RecursionError"),
    ],
)
def test_an_import_that_goes_wrong_is_survived_and_explained(make_distribution, text, reason):
    make_distribution("workbench-wrong", text)

    (module,) = [m for m in Registry().modules if m.name == "wrong"]

    assert module.status == "failed"
    assert module.reason.startswith(reason)
    assert "`pip install --upgrade workbench-wrong`" in module.explanation


def test_a_missing_dependency_comes_with_the_commands_that_install_it(make_distribution):
    make_distribution("workbench-needy", "import a_missing_library.part")

    (module,) = [m for m in Registry().modules if m.name == "needy"]

    assert "It needs the module 'a_missing_library', which is not installed" in module.advice
    assert "`pip install workbench-needy`" in module.advice
    assert "`pip install a_missing_library`" in module.advice


def test_a_failed_hook_leaves_the_others_of_its_module_working(make_distribution):
    text = """
from workbench import Feature, Metric, hookimpl

class Bias(Metric, name="wry_bias"):
    def score(self, actual, forecast, context):
        return 0.0

@hookimpl
def workbench_metrics():
    return [Bias]

@hookimpl
def workbench_features():
    raise OSError("no licence")

@hookimpl
def workbench_targets():
    return 5
"""
    make_distribution("workbench-wry", text)
    registry = Registry()

    assert registry.find("metric", "wry_bias").module.distribution == "workbench-wry"
    assert registry.offers("feature") and registry.offers("target")
    (module,) = [m for m in registry.modules if m.name == "wry"]
    assert module.reason.split("; ") == [
        "workbench_features raised OSError: no licence",
        "workbench_targets: expected an iterable of target classes, got 5",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("@hookimpl(wrapper=True)\ndef workbench_metrics():\n    return (yield)", "is a wrapper or a coroutine"),
        ("@hookimpl\nasync def workbench_run_started(run):\n    pass", "is a wrapper or a coroutine"),
        ("@hookimpl\ndef workbench_run_started(runn):\n    pass", "runn"),
    ],
)
def test_what_would_never_be_called_is_refused(make_distribution, text, sentence):
    make_distribution("workbench-vain", "from workbench import hookimpl\n" + text)

    (module,) = [m for m in Registry().modules if m.name == "vain"]

    assert module.status == "failed"
    assert re.search(sentence, module.reason)


def test_a_listener_that_only_yields_is_named(make_distribution):
    make_distribution(
        "workbench-lazy", "from workbench import hookimpl\n@hookimpl\ndef workbench_run_started(run):\n    yield\n"
    )

    with pytest.warns(match=r"lazy \(workbench-lazy 1\.0\) failed in workbench_run_started: it is a generator"):
        Registry().fire("workbench_run_started", run=1)


def test_listeners_that_ask_to_be_first_or_last_are(make_distribution, capsys):
    for name, order in (("one", "tryfirst=True"), ("two", "trylast=True"), ("three", "")):
        text = f"@hookimpl({order})\ndef workbench_run_started(run):\n    print('{name}')\n"
        make_distribution(f"workbench-{name}", "from workbench import hookimpl\n" + text)

    Registry().fire("workbench_run_started", run=1)

    assert capsys.readouterr().out.split() == ["one", "three", "two"]


def test_an_entry_point_may_name_the_class_itself(make_distribution):
    text = "class Deep(Feature, name='deep'):\n    def compute(self, bars): return bars['close']\n"
    make_distribution("workbench-deep", "from workbench import Feature\n" + text, deep="workbench_deep:Deep")

    assert Registry().find("feature", "deep").module.distribution == "workbench-deep"


def test_a_package_offers_what_it_imports_from_its_own_modules(make_distribution, tmp_path):
    folder = make_distribution("workbench-parts", "", parts="workbench_parts")
    (folder / "workbench_parts.py").unlink()
    package = folder / "workbench_parts"
    package.mkdir()
    (package / "__init__.py").write_text("from workbench_parts.inner import Inner\n")
    (package / "inner.py").write_text(
        "from workbench import Feature\nclass Inner(Feature, name='inner'):\n    def compute(self, bars): return bars\n"
    )

    assert Registry().find("feature", "inner").module.name == "parts"
    sys.modules.pop("workbench_parts.inner")


# The trace


def test_the_trace_prints_each_call_with_what_came_back(make_distribution, monkeypatch, capsys):
    make_distribution("workbench-wrong", "1 / 0")
    monkeypatch.setenv("WORKBENCH_TRACE", "1")

    registry = Registry()
    registry.offers("metric")
    lines = capsys.readouterr().err

    ms = r"\(\d+\.\d ms\)"
    assert re.search(
        rf"^workbench trace: import of workbench_metrics for metrics \(trading-workbench .*\): done {ms}$", lines, re.M
    )
    assert re.search(
        rf"^workbench trace: workbench_metrics of metrics \(trading-.*\): .*MeanSquaredError.* {ms}$", lines, re.M
    )
    assert re.search(
        r"^workbench trace: import of .* wrong \(workbench-wrong 1\.0\): raised ZeroDivisionError", lines, re.M
    )
    assert "Traceback (most recent call last)" in lines


def test_the_trace_prints_events(make_distribution, monkeypatch, capsys):
    text = "from workbench import hookimpl\n@hookimpl\ndef workbench_run_started(run):\n    pass\n"
    make_distribution("workbench-ears", text)
    monkeypatch.setenv("WORKBENCH_TRACE", "1")

    Registry().fire("workbench_run_started", run=1)

    assert "workbench trace: workbench_run_started of ears (workbench-ears 1.0): done" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["", "0"])
def test_nothing_is_traced_unless_asked_for(monkeypatch, capsys, value):
    monkeypatch.setenv("WORKBENCH_TRACE", value)

    Registry()

    assert capsys.readouterr().err == ""
