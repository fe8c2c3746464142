"""Reports of searches: one file that shows every setting, without a run."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

import workbench as wb
from workbench.reports.searching import figures
from workbench.reports.searching.data import losses_of, parameters_of, values_of
from workbench.reports.searching.page import search_html
from workbench.reports.searching.tables import settings_table
from workbench_store import SearchRecord, SearchTrial

TOML = wb.Experiment(name="made up", source="sample", symbols="GOOG", forecasters=["lstm"]).to_toml()
SPACE = {
    "forecasters.0.hidden": {"low": 2, "high": 64, "log": True},
    "forecasters.0.optimizer": ["adam", "sgd"],
    "lookback": [5, 10],
}
RNG = np.random.default_rng(0)


def make_trial(number, search="tune-0000000001", status="complete", n_epochs=6, value=None):
    value = float(RNG.uniform(0.01, 0.02)) if value is None else value
    losses = RNG.uniform(0.4, 1.0, (n_epochs, 2)).round(6)
    epochs = [
        {"fit": fit, "epoch": i, "train_loss": a, "validation_loss": b, "validation_rmse": b / 50}
        for fit in range(2)
        for i, (a, b) in enumerate(losses.tolist(), 1)
    ]
    settings = {"forecasters.0.hidden": 2 + number, "forecasters.0.optimizer": ["adam", "sgd"][number % 2]}
    seen = {"rmse": value, "persistence_rmse": 0.015, "loss": 0.5, "hit_rate": 0.5 + number / 100, "epoch": 2.0}
    return SearchTrial(
        search,
        number,
        {**settings, "lookback": 5},
        f"hidden={2 + number},optimizer={settings['forecasters.0.optimizer']},lookback=5",
        status,
        value if status == "complete" else None,
        seen if status == "complete" else {},
        intermediate=epochs,
        seconds=1.0,
    )


@pytest.fixture
def make_search(bench):
    def make(trials, kind="tune"):
        record = SearchRecord(trials[0].search, kind, "made up", TOML, {"space": SPACE, "options": {"metric": "rmse"}})
        bench._store.searches.begin(record, trials)
        return bench.load_search(trials[0].search)

    return make


class Page(HTMLParser):
    """Counts tags, and keeps what would be loaded from elsewhere."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.loaded = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.loaded += [v for k, v in attributes if k in ("src", "href") and not (v or "").startswith("#")]


def test_a_page_shows_every_setting_and_loads_nothing(make_search):
    trials = [*(make_trial(i) for i in range(6)), make_trial(6, status="pruned", n_epochs=2)]
    search = make_search([*trials, replace(make_trial(7, status="failed"), error="it diverged.")])

    page = search_html(search)
    found = Page(page)

    assert found.loaded == []
    assert "script" not in found.tags
    assert found.tags.count("svg") == 2 * 5  # for a screen and a phone: values, parameters, losses, curves, accuracy
    assert found.tags.count("tr") == 1 + 8
    assert len(re.findall(r'id="([^"]+)"', page)) == len(set(re.findall(r'id="([^"]+)"', page)))
    assert "1 of 8 settings failed" in page
    assert "Forecasts are no advice" in page


def test_the_same_search_gives_the_same_page(make_search, bench):
    search = make_search([make_trial(i) for i in range(3)])

    assert search_html(search) == search_html(bench.load_search(search.id))


def test_values_are_in_the_order_of_trying_with_the_best_so_far(make_search):
    values = [0.014, 0.016, 0.012, 0.013]
    trials = [make_trial(i, value=value) for i, value in enumerate(values)]

    found = values_of(make_search([*trials, make_trial(4, status="pruned")]))

    assert found.value.tolist() == values
    assert found.best.tolist() == [0.014, 0.014, 0.012, 0.012, 0.012]
    assert found.pruned.index.tolist() == [4]


def test_parameters_that_took_one_value_have_no_panel(make_search):
    search = make_search([make_trial(i) for i in range(6)])

    hidden, optimizer = parameters_of(search)

    assert (hidden.name, hidden.log, hidden.ticks) == ("hidden", True, {})
    assert (optimizer.name, dict(optimizer.ticks)) == ("optimizer", {0.0: "adam", 1.0: "sgd"})
    assert hidden.position[hidden.best] == search.best_settings["forecasters.0.hidden"]


def test_losses_are_the_medians_over_the_fits_the_best_setting_first(make_search):
    search = make_search([make_trial(i) for i in range(4)])

    found = losses_of(search)

    assert [losses.number for losses in found] == search.trials["number"].tolist()
    mine = search.learning.query(f"number == {found[0].number} and fit == 0")
    np.testing.assert_allclose(found[0].validation, mine["validation_loss"], rtol=1e-12)


def test_thirty_settings_have_a_panel_each_and_more_do_not(make_search):
    search = make_search([make_trial(i) for i in range(33)])

    figure = figures.draw_curves(search, width=10.0)

    shown = [axes for axes in figure.axes if axes.get_visible()]
    assert len(shown) == figures.MOST_SETTINGS
    assert len({axes.get_ylim() for axes in shown}) == 1


def test_a_setting_that_went_astray_does_not_flatten_the_others(make_search):
    wild = make_trial(3)
    wild = replace(wild, intermediate=[{**epoch, "validation_loss": 1e6} for epoch in wild.intermediate])
    search = make_search([*(make_trial(i) for i in range(3)), wild])

    losses = figures.draw_losses(search, width=10.0)

    assert losses.axes[1].get_ylim()[1] < 10


def test_the_table_marks_the_best_and_says_by_what_it_is_sorted(make_search):
    search = make_search([make_trial(i, "sweep-0000000001") for i in range(4)], kind="sweep")

    table = settings_table(search)

    assert table.rows[0][0] == table.marked == str(search.best.number)
    assert "never by the test" in table.note
    assert table.columns[1:4] == ["hidden", "optimizer", "lookback"]


def test_a_search_without_a_value_still_has_a_page(make_search):
    page = search_html(
        make_search([replace(make_trial(0), status="failed", value=None, validation={}, intermediate=[])])
    )

    assert "No best setting." in page
    assert Page(page).tags.count("svg") == 0


def test_the_report_is_written_beside_the_name_of_the_search(make_search, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    path = make_search([make_trial(0)]).report()

    assert path.name == "made-up-tune-0000000001.html"
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_label_is_broken_between_values_and_cut_from_the_left():
    assert figures._on_lines("a=1,b=2") == "a=1,b=2"
    assert figures._on_lines("hidden_units=16,learning_rate=0.01", 20) == "hidden_units=16\nlearning_rate=0.01"
    assert figures._on_lines("a_rather_long_parameter=17", 12) == "…arameter=17"
