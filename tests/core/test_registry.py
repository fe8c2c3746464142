"""The registry, with fake distributions: a good one, and every way of being a bad one."""

from __future__ import annotations

import re
import subprocess
import sys
import types

import pytest

from workbench import (
    ExperimentError,
    Feature,
    Forecaster,
    Metric,
    PluginError,
    UnknownPluginError,
    WorkbenchWarning,
    hookimpl,
    use,
)
from workbench.registry.manager import HOOK_OF_KIND
from workbench.registry.registry import Registry, default_registry

MEAN = """
from workbench import Feature

class Mean(Feature, name="{name}"):
    def compute(self, bars):
        return bars["close"] * {factor}
"""


class Local(Feature, name="toy_local"):
    window: int = 5

    def compute(self, bars):
        return bars["close"]


def module_of(registry, name):
    (found,) = [m for m in registry.modules if m.name == name]
    return found


def plugin_file(folder, text, name="mine.py"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def module_with(**members):
    module = types.ModuleType("toy_module")
    for name, member in members.items():
        setattr(module, name, member)
    return module


def provider(hook, answer):
    def offer():
        return answer()

    offer.__name__ = hook
    return hookimpl(offer)


# What is installed


def test_the_built_in_plugins_are_found_like_anybodys():
    registry = Registry()

    assert {m.distribution for m in registry.modules} >= {"trading-workbench"}
    assert {"metrics", "targets", "features", "baselines"} <= {m.name for m in registry.modules}
    assert registry.find("metric", "rmse").qualified_name == "trading-workbench:rmse"


@pytest.mark.parametrize("kind", sorted(HOOK_OF_KIND))
def test_each_kind_of_plugin_is_found(plugin_folder, kind):
    plugin_folder("good")

    offer = Registry().find(kind, f"good_{kind.rpartition('-')[2].replace('feature', 'mean')}")

    assert offer.cls.kind == kind
    assert str(offer.module) == "good (workbench-good 1.0)"


def test_a_module_is_described_by_what_it_is_and_does(plugin_folder):
    plugin_folder("good")

    module = module_of(Registry(), "good")

    assert (module.distribution, module.version, module.origin) == ("workbench-good", "1.0", "workbench_good")
    assert (module.status, module.reason) == ("active", None)
    assert module.hooks == sorted([*HOOK_OF_KIND.values(), "workbench_fold_finished"])


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("broken", "^import raised RuntimeError: the licence server cannot be reached"),
        ("exits", "SystemExit: 3"),
        (
            "misspelt",
            r"import: unknown hook 'workbench_featurs'\. Did you mean 'workbench_feat",
        ),
        ("wrong_arguments", "^import: .*score"),
    ],
)
def test_a_module_that_cannot_be_loaded_is_named_and_survived(plugin_folder, name, reason):
    plugin_folder(name)
    plugin_folder("good")

    registry = Registry()

    module = module_of(registry, name)
    assert module.status == "failed"
    assert re.search(reason, module.reason)
    assert registry.find("feature", "good-mean").module.name == "good"
    distribution = f"workbench-{name.replace('_', '-')}"
    with pytest.raises(UnknownPluginError, match=rf"could not be loaded: .*{name} \({distribution} 1\.0\)"):
        registry.find("feature", "lost")


@pytest.mark.parametrize("name", ["good", "workbench-good", "Workbench_Good"])
def test_a_blocked_module_is_listed_but_not_loaded(plugin_folder, monkeypatch, name):
    plugin_folder("good")
    monkeypatch.delitem(sys.modules, "workbench_good", raising=False)

    registry = Registry(blocked=[name])

    assert module_of(registry, "good").status == "blocked"
    assert "workbench_good" not in sys.modules
    with pytest.raises(UnknownPluginError, match=r"no feature is named 'good_mean'.* Blocked: good \(workbench-good"):
        registry.find("feature", "good_mean")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("metrix", "no plugin module or distribution is named 'metrix'.* Did you mean 'metrics'?"),
        ("trading-workbenc", "Did you mean 'trading-workbench'?"),
        ("zzz", "Installed: .*metrics"),
    ],
)
def test_blocking_what_is_not_installed_is_a_wrong_request(name, sentence):
    with pytest.raises(UnknownPluginError, match=sentence):
        Registry(blocked=[name])


@pytest.mark.parametrize("wanted", ["workbench-good", "Workbench_Good", "workbench-good:good"])
def test_the_environment_may_name_a_distribution(plugin_folder, monkeypatch, wanted):
    plugin_folder("good")
    plugin_folder("clashing")
    monkeypatch.setenv("WORKBENCH_PLUGINS", wanted)

    registry = default_registry(blocked=["metrics"])

    assert [str(m) for m in registry.modules if m.status == "active"] == ["good (workbench-good 1.0)"]


def test_only_the_modules_named_in_the_environment_are_loaded(plugin_folder, monkeypatch):
    plugin_folder("good")
    plugin_folder("exits")
    monkeypatch.delitem(sys.modules, "workbench_good", raising=False)
    monkeypatch.setenv("WORKBENCH_PLUGINS", "Metrics, targets")

    registry = default_registry()

    assert {m.name for m in registry.modules if m.status == "active"} == {"metrics", "targets"}
    assert {m.status for m in registry.modules} == {"active", "blocked"}  # what ends the program was never imported
    assert "workbench_good" not in sys.modules


def test_a_name_in_the_environment_that_is_not_installed_is_a_wrong_request(monkeypatch):
    monkeypatch.setenv("WORKBENCH_PLUGINS", "metrix")

    with pytest.raises(UnknownPluginError, match=r"named 'metrix', for `WORKBENCH_PLUGINS` to keep it\. Did you mean"):
        default_registry()


def test_an_empty_environment_variable_blocks_everything_but_what_is_handed_in(monkeypatch):
    monkeypatch.setenv("WORKBENCH_PLUGINS", "")

    registry = default_registry(extra=[Local])

    assert [m.name for m in registry.modules if m.status == "active"] == ["toy_local"]
    with pytest.raises(UnknownPluginError, match="Available: none"):
        registry.find("metric", "rmse")


# Looking up


def test_a_name_two_distributions_offer_needs_the_distribution(plugin_folder):
    plugin_folder("good")
    plugin_folder("clashing")
    registry = Registry()

    assert [o.qualified_name for o in registry.offers("feature") if o.name == "good_mean"] == [
        "workbench-clashing:good_mean",
        "workbench-good:good_mean",
    ]
    with pytest.raises(
        UnknownPluginError,
        match="offered more than once: write 'workbench-clashing:good_mean' or 'workbench-good:good_mean'",
    ):
        registry.find("feature", "good_mean")
    assert registry.find("feature", "workbench_good:Good-Mean").cls.summary() == "Rolling mean of the close."
    assert registry.find("feature", "workbench-clashing:good_mean").cls.summary() == "Expanding mean of the close."


def test_an_unknown_name_suggests_the_near_miss_and_lists_what_there_is():
    with pytest.raises(UnknownPluginError, match=r"named 'rmsee'\. Did you mean 'rmse'\? Available: .*mae"):
        Registry().find("metric", "rmsee")


def test_a_name_of_another_kind_says_so():
    with pytest.raises(UnknownPluginError, match=r"no feature is named 'rmse'\. There is a metric of that name"):
        Registry().find("feature", "rmse")


def test_a_name_of_another_distribution_is_unknown():
    with pytest.raises(UnknownPluginError, match="no metric is named 'elsewhere:rmse'"):
        Registry().find("metric", "elsewhere:rmse")


def test_plugins_are_made_with_checked_parameters():
    registry = Registry(extra=[Local])

    assert registry.create("feature", use("toy-local", window=9), Feature) == Local(window=9)
    with pytest.raises(ExperimentError, match="`windw`"):
        registry.create("feature", use("toy_local", windw=9), Feature)


def test_an_instance_need_not_be_installed_but_must_be_of_the_kind():
    registry = Registry()

    assert registry.create("feature", use(Local(window=3)), Feature) == Local(window=3)
    with pytest.raises(ExperimentError, match="'toy_local' is a feature, but a forecaster is needed"):
        registry.create("forecaster", use(Local()), Forecaster)


def test_provenance_tells_an_installed_class_from_a_stranger_of_the_same_name():
    registry = Registry()
    rmse = registry.find("metric", "rmse").cls

    class Other(Metric, name="rmse"):
        def score(self, actual, forecast, context):
            return 0.0

    assert registry.provenance("metric", use("rmse")).distribution == "trading-workbench"
    assert registry.provenance("metric", use(rmse())).distribution == "trading-workbench"
    assert registry.provenance("metric", use(Other())).distribution == "local"


# Beside what is installed


def test_a_local_file_offers_its_public_classes_and_leaves_the_path_alone(tmp_path):
    path = plugin_file(tmp_path, MEAN.format(name="mine", factor=1))
    before = list(sys.path)

    registry = Registry(extra=[str(path)])

    offer = registry.find("feature", "local:mine")
    assert (offer.module.name, offer.module.distribution, offer.module.origin) == ("mine", "local", str(path))
    assert len(offer.module.sha256) == 64
    assert sys.path == before
    assert "mine" not in sys.modules


def test_a_changed_file_is_read_again(tmp_path):
    old = Registry(extra=[plugin_file(tmp_path, MEAN.format(name="mine", factor=1))])
    new = Registry(extra=[plugin_file(tmp_path, MEAN.format(name="mine", factor=2))])

    assert old.find("feature", "mine").cls is not new.find("feature", "mine").cls
    assert old.find("feature", "mine").module.sha256 != new.find("feature", "mine").module.sha256


def test_public_classes_are_offered_once_whatever_they_are_called(plugin_folder):
    plugin_folder("clashing")

    offered = [o.name for o in Registry().offers("feature") if o.module.name == "clashing"]

    assert offered == ["good_mean"]  # not the alias, the private class, or the base class


def test_what_a_file_imports_is_not_what_it_offers(tmp_path):
    text = "from workbench_metrics import Skill\n" + MEAN.format(name="mine", factor=1)

    registry = Registry(extra=[plugin_file(tmp_path, text)])

    assert registry.find("metric", "skill").module.distribution == "trading-workbench"


def test_the_same_file_or_module_given_twice_is_loaded_once(tmp_path):
    path = plugin_file(tmp_path, MEAN.format(name="mine", factor=1))

    registry = Registry(extra=[path, str(path), "workbench_metrics", Local, Local])

    assert registry.find("feature", "mine").module.name == "mine"
    assert registry.find("metric", "rmse").module.distribution == "trading-workbench"
    assert [m.name for m in registry.modules if m.distribution == "local"] == ["mine", "toy_local"]


def test_two_files_of_one_name_are_two_plugins(tmp_path):
    (tmp_path / "other").mkdir()
    first = plugin_file(tmp_path, MEAN.format(name="first", factor=1))
    second = plugin_file(tmp_path / "other", MEAN.format(name="second", factor=1))

    registry = Registry(extra=[first, second])

    assert registry.find("feature", "first").module.origin == str(first)
    assert registry.find("feature", "second").module.origin == str(second)


def test_local_files_that_offer_one_name_are_both_named(tmp_path):
    files = [plugin_file(tmp_path, MEAN.format(name="same", factor=i), f"file{i}.py") for i in (1, 2)]

    with pytest.raises(UnknownPluginError, match=r"offered more than once: by .*file1\.py and .*file2\.py; load one"):
        Registry(extra=files).find("feature", "same")


def test_modules_and_their_names_may_be_handed_in(plugin_folder):
    plugin_folder("clashing")
    named = Registry(blocked=["clashing"], extra=["workbench_clashing"])
    module = Registry(blocked=["clashing"], extra=[sys.modules["workbench_clashing"]])

    for registry in (named, module):
        assert registry.find("feature", "good_mean").module.distribution == "local"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("import nothing_of_that_name", "could not be loaded: import raised ModuleNotFoundError"),
        ("raise SystemExit(2)", "could not be loaded: import raised SystemExit: 2"),
        (
            "from workbench import hookimpl\n@hookimpl\ndef workbench_featurs(): return []",
            r"^plugin '/.*mine\.py' could .* unknown hook 'workbench_featurs'\. Did you mean 'workbench_feat",
        ),
        ("def broken(:", "could not be loaded: import raised SyntaxError"),
        (
            "x = 1",
            r"mine\.py' could not be loaded: import: it offers nothing: it implements no workbench hook and defines",
        ),
    ],
)
def test_a_file_that_cannot_serve_stops_with_the_reason(tmp_path, text, sentence):
    path = plugin_file(tmp_path, text)

    for _ in range(2):  # a failed import leaves nothing behind that would pass the second time
        with pytest.raises(PluginError, match=sentence):
            Registry(extra=[path])


@pytest.mark.parametrize(
    ("extra", "sentence"),
    [
        ("gone.py", r"there is no plugin file .*gone\.py"),
        ("nothing_of_that_name", "'nothing_of_that_name' is neither a Python file .* nor a module that can be found"),
        ("no name", "'no name' is neither a Python file"),
        ("", "'' is neither a Python file"),
    ],
)
def test_an_extra_that_is_not_there_is_a_wrong_request(extra, sentence):
    with pytest.raises(UnknownPluginError, match=sentence):
        Registry(extra=[extra])


# Providers that go wrong


class Abstract(Feature, name="toy_abstract"):
    """Lacks `compute`."""


class Demanding(Metric, name="toy_demanding"):
    level: float

    def score(self, actual, forecast, context):
        return self.level


def _raise():
    raise KeyError("secret")


@pytest.mark.parametrize(
    ("hook", "answer", "reason"),
    [
        ("workbench_features", lambda: [Local, 3], "expected feature classes with a name, got 3"),
        ("workbench_features", lambda: [Demanding], "expected feature classes with a name"),
        ("workbench_features", lambda: [Feature], "expected feature classes with a name"),
        ("workbench_features", lambda: [Abstract], "Abstract lacks compute"),
        ("workbench_features", lambda: None, "expected an iterable of feature classes, got None"),
        ("workbench_features", _raise, "KeyError: 'secret'"),
        ("workbench_features", lambda: sys.exit(4), "SystemExit: 4"),
        ("workbench_metrics", lambda: [Demanding], "every run.* `level` of 'toy_demanding' has no default"),
    ],
)
def test_a_provider_that_goes_wrong_is_named_and_survived(hook, answer, reason):
    registry = Registry(extra=[module_with(**{hook: provider(hook, answer)})])

    assert registry.find("metric", "rmse")
    assert [o.name for o in registry.offers("feature") if o.module.name == "toy_module"] == []
    module = module_of(registry, "toy_module")
    assert module.status == "failed"
    assert module.reason.startswith(hook)
    assert re.search(reason, module.reason)


def test_a_class_offered_twice_by_one_module_is_one_offer():
    registry = Registry(extra=[module_with(workbench_features=provider("workbench_features", lambda: [Local, Local]))])

    assert registry.find("feature", "toy_local").cls is Local


# Events


def test_listeners_hear_what_they_ask_for(plugin_folder):
    plugin_folder("good")
    registry = Registry()

    registry.fire("workbench_fold_finished", run="the run", fold=3)
    registry.fire("workbench_run_started", run="the run")

    assert sys.modules["workbench_good"].HEARD[-1] == ("the run", 3)


@pytest.mark.parametrize("error", [ValueError("no disk"), SystemExit(5)])
def test_a_listener_that_raises_is_named_in_a_warning_and_stops_nobody(error):
    heard = []

    @hookimpl
    def workbench_run_finished(run):
        raise error

    def workbench_run_finished_too(run):
        heard.append(run)

    workbench_run_finished_too.__name__ = "workbench_run_finished"
    good = module_with(workbench_run_finished=hookimpl(workbench_run_finished_too))
    good.__name__ = "good_listener"
    registry = Registry(extra=[good, module_with(workbench_run_finished=workbench_run_finished)])

    with pytest.warns(WorkbenchWarning, match=r"plugin toy_module \(local\) failed in workbench_run_finished: .*[d5]"):
        registry.fire("workbench_run_finished", run=7)

    assert heard == [7]


def test_a_listener_may_take_fewer_arguments():
    folds = []

    @hookimpl
    def workbench_fold_finished(fold):
        folds.append(fold)

    registry = Registry(extra=[module_with(workbench_fold_finished=workbench_fold_finished)])
    registry.fire("workbench_fold_finished", run="r", fold=2)

    assert folds == [2]


def test_finding_plugins_imports_no_heavy_library():
    code = (
        "import sys; from workbench.registry.registry import Registry, HOOK_OF_KIND; r = Registry(); "
        "[r.offers(k) for k in HOOK_OF_KIND]; "
        "print([m for m in ('torch', 'sklearn', 'ta', 'backtesting', 'bokeh', 'matplotlib') if m in sys.modules])"
    )

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "[]"
