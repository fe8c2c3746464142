"""Figures: kinds and options, and their form as inline SVG."""

from __future__ import annotations

import html
import re

import matplotlib
import numpy as np
import pytest

from workbench import RequestError
from workbench.reports.figures import KINDS, draw
from workbench.reports.figures.canvas import NARROW, WIDE, visible_points
from workbench.reports.svg import to_svg


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [{}, {"symbols": ("AAA", "BBB"), "horizon": 7, "seeds": (7, 8)}])
def test_every_kind_is_drawn_for_one_and_for_several_symbols(make_run, kind, shape):
    figure = draw(make_run(**shape), kind)

    assert all(axes.lines for axes in figure.axes)


def test_a_notebook_shows_a_figure_without_pyplot(make_run):
    shown = draw(make_run(), "equity")._repr_png_()

    assert shown.startswith(b"\x89PNG")
    assert len(shown) > 5_000


def test_an_unknown_kind_is_refused_with_the_near_miss(make_run):
    with pytest.raises(RequestError, match=r"no figure 'equty'. Did you mean 'equity'\? There are: forecast, error"):
        draw(make_run(), "equty")


def test_an_unknown_option_is_refused_with_the_near_miss(make_run):
    with pytest.raises(RequestError, match=r"no option `symbl`\. Did you mean 'symbol'"):
        draw(make_run(), "forecast", symbl="AAA")


def test_a_close_up_of_one_bar_is_refused(make_run):
    with pytest.raises(RequestError, match="`zoom` is 1"):
        draw(make_run(), "forecast", zoom=1)


def test_errors_by_step_have_a_panel_only_where_there_are_steps(make_run):
    assert len(draw(make_run(), "error").axes) == 2
    assert len(draw(make_run(horizon=3), "error").axes) == 3


def test_a_test_shorter_than_the_close_up_has_one_panel(make_run):
    assert len(draw(make_run(), "forecast", zoom=60).axes) == 2
    assert len(draw(make_run(), "forecast", zoom=500).axes) == 1


def test_any_model_can_be_drawn(make_run):
    figure = draw(make_run(), "equity", model="drift")

    labels = [text.get_text() for text in figure.legends[0].texts]
    assert labels == ["drift", "buy and hold", "persistence"]


def test_panels_stand_under_one_another_on_a_narrow_figure(make_run):
    left, right = (axes.get_position().x0 for axes in draw(make_run(), "error", width=WIDE).axes)
    top, bottom = (axes.get_position().x0 for axes in draw(make_run(), "error", width=NARROW).axes)

    assert left < right
    assert top == bottom


def test_drawing_leaves_no_global_setting_behind(make_run):
    before = dict(matplotlib.rcParams)

    to_svg(draw(make_run(), "equity"), name="x", title="t", description="d")

    assert dict(matplotlib.rcParams) == before


def test_svg_is_free_of_colours_scripts_addresses_and_global_styles(make_run):
    text = to_svg(draw(make_run(), "forecast"), name="x", title="t", description="d")

    assert not re.search(r"#[0-9a-f]{6}\b", text)
    assert "var(--fig-model)" in text and "var(--fig-ink)" in text
    for unwanted in ("http", "<style", "<script", "<!DOCTYPE", "<metadata", "font-family"):
        assert unwanted not in text


def test_ids_inside_an_svg_start_with_its_name_and_are_all_pointed_to(make_run):
    text = to_svg(draw(make_run(horizon=3), "error"), name="fig-1", title="t", description="d")

    ids = set(re.findall(r'\bid="([^"]+)"', text))
    pointed = set(re.findall(r"url\(#([^)]+)\)", text)) | set(re.findall(r'href="#([^"]+)"', text))
    assert ids == pointed | {"fig-1-title", "fig-1-desc"}
    assert all(name.startswith("fig-1-") for name in ids)


def test_the_same_figure_gives_the_same_bytes(make_run):
    first, second = (to_svg(draw(make_run(), "learning"), name="x", title="t", description="d") for _ in range(2))

    assert first == second


@pytest.mark.parametrize("label", ["_hidden", "$\\frac{1}{0}$ & <b>", "日本株", "x" * 200])
def test_hostile_labels_are_drawn_as_plain_text(make_run, label):
    run = make_run()
    run.headline = label
    for frame in (run.forecasts, run.learning):
        frame["model"] = frame["model"].replace("lstm", label)
    run.backtests[label] = run.backtests.pop("lstm")

    for kind in KINDS:
        text = to_svg(draw(run, kind), name="x", title="t", description="d")
        assert "<b>" not in text
        assert kind == "learning" or html.escape(label[:43], quote=False) in text


def test_thinning_keeps_the_ends_and_the_extremes():
    y = np.random.default_rng(0).normal(size=20_000)
    y[[5_000, 9_000]] = [50, -50]
    y[12_000:12_500] = np.nan

    kept = visible_points(y, 1_000)

    assert len(kept) <= 1_000
    assert {0, 5_000, 9_000, 19_999} <= set(kept.tolist())
    assert (np.diff(kept) > 0).all()


def test_short_series_are_drawn_whole():
    np.testing.assert_array_equal(visible_points(np.arange(10.0), 10), np.arange(10))
