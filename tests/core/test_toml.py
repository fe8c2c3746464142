"""Experiments as TOML files."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import Costs, Experiment, ExperimentError, Feature, Holdout, WalkForward, use
from workbench.plan.context import Context
from workbench.plan.toml import anchored, apply_settings, read_toml, shown_toml

words = st.from_regex(r"[a-z][a-z_]{0,7}", fullmatch=True).filter(lambda w: w not in ("use", "label"))
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8)
scalars = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | texts
values = st.recursive(scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(words, v, max_size=3), max_leaves=6)


@st.composite
def uses(draw):
    return use(draw(words), label=draw(st.none() | texts), **draw(st.dictionaries(words, values, max_size=3)))


many_uses = st.lists(uses(), max_size=3)
folds = st.builds(Holdout, st.floats(0.01, 0.99), st.integers(0, 9)) | st.builds(
    WalkForward,
    st.integers(1, 900),
    st.integers(1, 900),
    st.booleans(),
    st.none() | st.integers(1, 90),
    st.booleans() | st.integers(1, 9),
    st.integers(0, 9),
)
contexts = st.builds(
    Context,
    source=uses(),
    symbol=st.none() | texts,
    interval=st.sampled_from([None, "1d", "1mo"]),
    lag=st.sampled_from([None, "1d", "45d", "2h"]),
    features=st.lists(uses(), min_size=1, max_size=3),
    missing=st.sampled_from(["error", "drop", "ffill"]),
    adjust=st.sampled_from(["none", "splits", "all"]),
    calendar=st.sampled_from([None, "XNYS"]),
)
experiments = st.builds(
    Experiment,
    source=uses(),
    symbols=st.lists(texts, min_size=1, max_size=4, unique=True),
    name=texts.filter(bool),
    start=st.none() | st.dates(max_value=pd.Timestamp("1999-01-01").date()),
    end=st.none() | st.dates(min_value=pd.Timestamp("2000-01-01").date()),
    tail=st.none() | st.integers(1, 999),
    interval=st.sampled_from(["1d", "5m", "3mo"]),
    missing=st.sampled_from(["error", "drop", "ffill"]),
    adjust=st.sampled_from(["none", "splits", "all"]),
    universe=st.none() | texts,
    context=st.dictionaries(words, contexts, max_size=2),
    target=uses(),
    horizon=st.integers(1, 9),
    lookback=st.integers(1, 9),
    scaler=uses(),
    features=st.none() | many_uses,
    forecasters=st.lists(uses(), min_size=1, max_size=3),
    baselines=many_uses,
    folds=folds,
    validation=st.floats(0, 0.49),
    calibration=st.floats(0.01, 0.5),
    coverage=st.lists(st.floats(0.001, 0.999), min_size=1, max_size=3, unique=True),
    seeds=st.lists(st.integers(0, 2**31), min_size=1, max_size=3, unique=True),
    strategy=st.none() | uses(),
    engine=uses(),
    costs=st.builds(Costs, st.floats(0, 0.5), st.floats(0, 0.5)),
    keep_models=st.sampled_from(["last", "all", "none"]),
    plugins=st.lists(texts, max_size=2),
)


@settings(max_examples=60, deadline=None)
@given(experiments)
def test_an_experiment_reads_back_equal(experiment):
    text = experiment.to_toml() + "\n"

    assert Experiment.from_toml(text) == experiment
    assert Experiment.from_toml(text).to_toml() + "\n" == text


def experiment(**fields) -> Experiment:
    return Experiment(**{"source": "sample", "symbols": ["GOOG"], **fields})


def test_the_file_reads_as_a_person_would_write_it():
    asked = experiment(
        features=["rsi", use("sma", window=20)], forecasters=[use("lstm", hidden=8)], seeds=[7, 8], strategy=None
    )

    text = asked.to_toml()

    assert "seeds = [7, 8]" in text
    assert 'features = ["rsi", { use = "sma", window = 20 }]' in text.replace("'", '"')
    assert 'forecasters = [{ use = "lstm", hidden = 8 }]' in text
    assert 'strategy = "none"' in text
    assert "start" not in text


def test_an_instance_is_written_by_name():
    class Mean(Feature, name="toy_mean"):
        window: int = 5

        def compute(self, bars):
            return bars["close"]

    text = experiment(features=[Mean(window=9)]).to_toml()

    assert Experiment.from_toml(text).features == (use("toy_mean", window=9),)


@pytest.mark.parametrize("name", ["demo.toml", "demo-range.toml", "new.toml"])
def test_the_examples_that_are_shipped_are_experiments(name):
    example = Experiment.from_toml(files("workbench.plan.examples").joinpath(name).read_text())

    assert example.symbols == ("GOOG",)


# What a file cannot hold


def test_a_frame_cannot_be_written_and_the_message_says_what_to_do():
    asked = experiment(source=use("frame", frame=pd.DataFrame({"close": [1.0]})))

    with pytest.raises(ExperimentError, match=r"`frame` of 'frame' is a DataFrame.*use the `csv` or `parquet`"):
        asked.to_toml()
    assert shown_toml(asked).startswith("# Objects handed in from Python are left out.\n")
    assert Experiment.from_toml(shown_toml(asked)) == asked.replace(source="frame")


def test_a_transformer_cannot_be_written():
    class Same:
        def fit(self, values):
            return self

        def inverse_transform(self, values):
            return values

    asked = experiment(scaler=Same())

    with pytest.raises(ExperimentError, match="`scaler` is a Same object"):
        asked.to_toml()
    assert 'scaler = "standard"' in shown_toml(asked)


# Reading files


def written(folder: Path, text: str, name: str = "asked.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_relative_paths_start_at_the_file(tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    plugins = 'plugins = ["mine.py", "/far/theirs.py", "a_module"]'
    text = f'symbols = ["A"]\n{plugins}\n[source]\nuse = "csv"\npath = "data/a.csv"\n'

    for asked in (Experiment.from_toml(written(tmp_path, text)), Experiment.from_toml("../asked.toml")):
        assert asked.source.params["path"] == str(tmp_path / "data" / "a.csv")
        assert asked.plugins == (str(tmp_path / "mine.py"), "/far/theirs.py", "a_module")


def test_paths_of_contexts_and_of_the_universe_start_at_the_file_too(tmp_path):
    text = """universe = "members.csv"
source = { use = "csv", path = "a.csv" }
[context.vix]
use = "csv"
path = "vix.csv"
[context.far]
source = { use = "csv", path = "far.csv", lag = "the source's own" }
lag = "1d"
[context.goog]
use = "sample"
symbol = "GOOG"
"""

    asked = Experiment.from_toml(written(tmp_path, text))

    assert asked.universe == str(tmp_path / "members.csv")
    assert asked.symbols == ()
    assert asked.context["vix"].source.params == {"path": str(tmp_path / "vix.csv")}
    far = asked.context["far"]
    assert far.source.params == {"path": str(tmp_path / "far.csv"), "lag": "the source's own"}
    assert far.lag == "1d"
    assert asked.context["goog"].symbol == "GOOG"
    assert Experiment.from_toml(asked.to_toml()) == asked


def test_relative_paths_in_text_are_left_alone():
    asked = Experiment.from_toml('symbols = ["A"]\nsource = { use = "csv", path = "a.csv" }\n')

    assert asked.source.params["path"] == "a.csv"


def test_home_is_understood_in_paths(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))

    fields = anchored({"source": {"use": "csv", "path": "~/a.csv"}, "plugins": ["~/mine.py"]}, Path("/elsewhere"))

    assert fields == {
        "source": {"use": "csv", "path": str(tmp_path / "a.csv")},
        "plugins": [str(tmp_path / "mine.py")],
    }


def test_dates_need_no_quotes():
    assert Experiment.from_toml('source = "sample"\nsymbols = "A"\nstart = 2006-01-01\n').start == "2006-01-01"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('source = "a"\nsymbols = "A"\nlokback = 3\n', r"no parameter `lokback`\. Did you mean 'lookback'\?"),
        ('source = "a"\nsymbols = "A"\n[folds]\ntrain_sise = 3\n', r"`train_sise`\. Did you mean 'train_size'\?"),
        ('source = "a"\nsymbols = "A"\n[costs]\nspred = 3\n', r"`spred`\. Did you mean 'spread'\?"),
        ('source = "a"\nsymbols = "A"\n[[forecasters]]\nhidden = 3\n', 'a plugin is chosen with `use = "name"`'),
        ("source = \nsymbols = 3\n", r"the text is not valid TOML: .*line 1"),
        ('symbols = "A"\nhorizon = 0\n', "needs the parameter `source`"),
    ],
)
def test_a_typo_is_explained(text, sentence):
    with pytest.raises(ExperimentError, match=sentence):
        Experiment.from_toml(text)


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path):
    with pytest.raises(ExperimentError, match=r"there is no experiment file .*gone\.toml\. `workbench new gone\.toml`"):
        Experiment.from_toml(tmp_path / "gone.toml")
    with pytest.raises(ExperimentError, match="cannot be read as a TOML file"):
        Experiment.from_toml(tmp_path)
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ExperimentError, match="cannot be read as a TOML file"):
        Experiment.from_toml(tmp_path / "binary.toml")
    with pytest.raises(ExperimentError, match=r"broken\.toml is not valid TOML"):
        Experiment.from_toml(written(tmp_path, "a = = 1", "broken.toml"))


# Overrides


FIELDS = {
    "name": "first",
    "horizon": 1,
    "source": "sample",
    "features": ["rsi", {"use": "sma", "window": 20}],
    "forecasters": [{"use": "lstm", "hidden": 50}],
    "folds": {"use": "walk_forward", "train_size": 1000, "test_size": 250},
}


@pytest.mark.parametrize(
    ("setting", "changed"),
    [
        ("horizon=7", {"horizon": 7}),
        ("horizon = 7", {"horizon": 7}),
        ("name=second try", {"name": "second try"}),
        ("name='7'", {"name": "7"}),
        ("validation=0.5", {"validation": 0.5}),
        ('symbols=["A", "B"]', {"symbols": ["A", "B"]}),
        ("source.path=a=b.csv", {"source": {"use": "sample", "path": "a=b.csv"}}),
        ("forecasters.0.hidden=64", {"forecasters": [{"use": "lstm", "hidden": 64}]}),
        ("features.0.window=9", {"features": [{"use": "rsi", "window": 9}, {"use": "sma", "window": 20}]}),
        ("features.1=macd", {"features": ["rsi", "macd"]}),
        ("folds.test_size=10", {"folds": {"use": "walk_forward", "train_size": 1000, "test_size": 10}}),
        ("costs.spread=0.01", {"costs": {"spread": 0.01}}),
    ],
)
def test_a_setting_changes_what_its_path_names_and_nothing_else(setting, changed):
    assert apply_settings(FIELDS, [setting]) == {**FIELDS, **changed}


def test_settings_are_applied_in_order_and_leave_the_original_alone():
    before = repr(FIELDS)

    assert apply_settings(FIELDS, ["horizon=2", "horizon=3"])["horizon"] == 3
    apply_settings(FIELDS, ["forecasters.0.hidden=1", "folds.test_size=1"])
    assert repr(FIELDS) == before


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("horizon", "needs the form PATH=VALUE, such as forecasters.0.hidden=64"),
        ("=3", "needs the form PATH=VALUE"),
        ("forecasters.1.hidden=3", "'1' is no position in a list of 1, from 0"),
        ("forecasters.first.hidden=3", "'first' is no position"),
        ("forecasters.².hidden=3", "'²' is no position"),
        ("horizon.x=3", "horizon holds no settings"),
        ("forecasters.0.hidden.x=3", r"forecasters\.0\.hidden holds no settings"),
    ],
)
def test_a_setting_that_leads_nowhere_is_explained(setting, sentence):
    with pytest.raises(ExperimentError, match=sentence):
        apply_settings(FIELDS, [setting])


def test_strategy_none_may_be_set_from_the_command_line():
    fields = anchored(apply_settings(read_toml('source = "sample"\nsymbols = "A"\n'), ["strategy=none"]), None)

    assert Experiment(**fields).strategy is None
