"""The section that says whether intervals held as much as they were to."""

from __future__ import annotations

import re

import pytest

from workbench.reports.figures import draw
from workbench.reports.sections import Folds, Forecast, Intervals


def text_of(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_a_run_without_quantiles_has_no_such_section_and_no_bands(make_run):
    run = make_run()

    assert Intervals().render(run) == ""
    assert "bands" not in Forecast().render(run)


def test_a_run_that_did_not_finish_has_no_such_section(make_run):
    assert Intervals().render(make_run(status="failed")) == ""


@pytest.mark.parametrize(("half_width", "word"), [(0.0192, "yes"), (0.005, "too narrow"), (0.08, "too wide")])
def test_what_was_held_stands_beside_nominal_its_error_and_a_word(make_run, half_width, word):
    html = Intervals().render(make_run(half_width=half_width))  # returns are normal with 0.015: 80 % within 0.0192

    (row,) = re.findall(r"<tr[^>]*>\s*<t[hd][^>]*>\s*persistence.*?</tr>", html, re.DOTALL)
    assert "80.0" in row and f">{word}<" in row.replace(" ", " ").replace("\n", "")
    assert "Coverage by fold, nominal 80" in text_of(html)
    assert "calibration" not in html  # quantiles of the forecasters' own


def test_overlapping_forecasts_are_not_taken_for_independent_ones(make_run):
    assert "forecasts of 3 bars that overlap are not counted as if they did not" in text_of(
        Intervals().render(make_run(horizon=3, half_width=0.02))
    )


def test_the_calibration_block_is_explained_where_there_is_one_and_its_span_listed(make_run):
    run = make_run(half_width=0.02)
    run.experiment = run.experiment.replace(calibration=0.2)

    assert "errors were on the calibration origins" in text_of(Intervals().render(run))
    assert "Calibration origins" in Folds().render(run)
    assert "Calibration origins" not in Folds().render(make_run())


def test_bands_are_drawn_and_named_in_both_panels(make_run):
    figure = draw(make_run(half_width=0.02), "forecast")

    assert [len(axes.collections) for axes in figure.axes] == [1, 1]
    assert "80 % interval" in [text.get_text() for text in figure.legends[0].texts]
