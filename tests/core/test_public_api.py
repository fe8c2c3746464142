"""What `import workbench` offers, and how little it loads."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import workbench

HEAVY = ("torch", "bokeh", "matplotlib", "sklearn", "ta", "backtesting", "pandas", "duckdb", "scipy", "numba")


def loaded_after(code: str) -> list[str]:
    """Heavy libraries in a fresh interpreter after `code`."""
    script = f"import sys\n{code}\nprint(*[m for m in {HEAVY!r} if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return answer.stdout.split()


def test_importing_workbench_loads_no_heavy_library():
    assert loaded_after("import workbench") == []


def test_describing_an_experiment_loads_no_heavy_library():
    described = "wb.Experiment(source='csv', symbols='A', folds=wb.WalkForward(10, 5), features=[wb.use('rsi')])"

    assert loaded_after(f"import workbench as wb\n{described}") == []


def test_writing_a_plugin_loads_no_heavy_library():
    kinds = "Feature, Forecaster, Metric, Strategy, Target, DataSource, BacktestEngine, ReportSection, hookimpl"

    assert loaded_after(f"from workbench import {kinds}") == []


@pytest.mark.parametrize("name", workbench.__all__)
def test_every_public_name_resolves(name):
    assert getattr(workbench, name) is getattr(workbench, name)


def test_public_names_are_sorted_and_listed():
    assert list(workbench.__all__) == sorted(workbench.__all__) == dir(workbench)


@pytest.mark.parametrize("name", [n for n in workbench.__all__ if n != "__version__"])
def test_every_public_class_and_function_is_documented(name):
    value = getattr(workbench, name)

    if inspect.isclass(value) or inspect.isfunction(value):
        assert inspect.getdoc(value), name
        assert value.__module__.startswith("workbench.")


def test_type_checkers_see_the_same_names():
    declared = Path(workbench.__file__).read_text(encoding="utf-8")

    lacking = [n for n in workbench.__all__ if n != "__version__" and f"{n} as {n}" not in declared]
    assert lacking == []


def test_the_planner_is_offered_by_its_package():
    code = "from workbench.plan import FitTask, SeriesVersion, plan; print(plan.__module__, FitTask.__module__)"

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.split() == ["workbench.plan.tasks"] * 2
    with pytest.raises(ImportError, match="nothing"):
        from workbench.plan import nothing  # noqa: F401


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'workbench' has no attribute 'nothing'"):
        _ = workbench.nothing


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("SklearnForecaster", r"It is in `workbench\.sklearn`\."),
        ("TorchForecaster", r"It is in `workbench\.torch`\."),
        ("parametrize_checks", r"It is in `workbench\.testing`\."),
        ("FeaturePlugin", r"Did you mean 'Feature'\?"),
        ("SklearnForcaster", r"Did you mean 'SklearnForecaster'\?"),
    ],
)
def test_a_name_that_is_elsewhere_or_misspelt_is_pointed_to(name, advice):
    with pytest.raises(AttributeError, match=rf"no attribute '{name}'\. {advice}"):
        getattr(workbench, name)
    with pytest.raises(ImportError, match=rf"no attribute '{name}'\. {advice}"):
        exec(f"from workbench import {name}")
    assert not hasattr(workbench, name)


def test_the_names_of_the_other_packages_are_known():
    there = {n: package for package in ("sklearn", "testing", "torch") for n in _offered(package)}

    assert there == workbench._ELSEWHERE


def _offered(package):
    return importlib.import_module(f"workbench.{package}").__all__


def test_submodules_can_be_imported_by_their_names():
    code = "from workbench import runs, plan, errors; print(runs.__name__, plan.__name__, errors.__name__)"

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.split() == ["workbench.runs", "workbench.plan", "workbench.errors"]


def test_no_submodule_bears_a_public_name():
    submodules = {module.name for module in pkgutil.iter_modules(workbench.__path__)}

    assert submodules & set(workbench.__all__) == set()


def test_a_public_function_is_a_function_whatever_was_imported_before():
    submodules = [m.name for m in pkgutil.walk_packages(workbench.__path__, "workbench.") if "__main__" not in m.name]
    for name in submodules:
        importlib.import_module(name)

    for name in ("run", "use", "windows", "infer_interval", "size_order"):
        assert callable(getattr(workbench, name)), name


@pytest.mark.parametrize("before", ["wb.Experiment", "wb.Workbench"])
def test_public_functions_are_no_modules_in_a_fresh_interpreter(before):
    modules = "[n for n in wb.__all__ if type(getattr(wb, n)).__name__ == 'module']"
    code = f"import workbench as wb; {before}; print(*{modules})"

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.split() == []
