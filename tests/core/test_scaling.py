"""Scalers: closed forms, what they ignore, and that they can be undone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workbench import ExperimentError, use
from workbench.evaluation.scaling import check_scaler, fit_scaler

VALUES = np.array([[0.0, 10.0], [1.0, 10.0], [2.0, 40.0], [3.0, np.nan], [4.0, 20.0]])


@pytest.mark.parametrize(
    ("spec", "center", "scale"),
    [
        (use("standard"), [2, 20], [np.sqrt(2), np.sqrt(150)]),
        (use("robust"), [2, 15], [2, 15]),
        (use("minmax"), [0, 10], [4, 30]),
        (use("none"), [0, 0], [1, 1]),
    ],
)
def test_named_scalers_are_affine_with_known_numbers_and_ignore_nan(spec, center, scale):
    scaled = fit_scaler(spec, VALUES).transform(VALUES)

    np.testing.assert_allclose(scaled, (VALUES - center) / scale, rtol=1e-14)


def test_minmax_fills_its_range():
    scaled = fit_scaler(use("minmax", range=[-1, 3]), VALUES).transform(VALUES)

    np.testing.assert_allclose(np.nanmin(scaled, axis=0), -1)
    np.testing.assert_allclose(np.nanmax(scaled, axis=0), 3)


specs = st.sampled_from([use("standard"), use("robust"), use("minmax", range=[-1, 1]), use("none")])
tables = arrays(float, st.tuples(st.integers(1, 20), st.integers(1, 4)), elements=st.floats(-1e4, 1e4, width=32))


@given(specs, tables, tables)
def test_every_scaler_can_be_undone_on_values_it_never_saw(spec, train, others):
    scaler = fit_scaler(spec, train)
    others = others[:, :1] if others.shape[1] < train.shape[1] else others[:, : train.shape[1]]
    others = np.broadcast_to(others[:, :1], (len(others), train.shape[1]))

    back = scaler.inverse_transform(scaler.transform(others))

    np.testing.assert_allclose(back, others, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize("name", ["standard", "robust", "minmax"])
@pytest.mark.parametrize("constant", [0.0, 0.1, 1e6 / 3, -7.3e-9])
def test_a_constant_column_is_only_shifted(name, constant):
    scaler = fit_scaler(use(name), np.full((101, 1), constant))

    moved = scaler.transform(np.array([[constant], [constant + 1.0]]))

    np.testing.assert_allclose(np.diff(moved, axis=0), 1.0, rtol=1e-6)


@pytest.mark.parametrize("name", ["standard", "robust", "minmax", "none"])
def test_a_column_that_is_never_defined_stays_so_without_a_warning(name):
    scaled = fit_scaler(use(name), np.full((5, 2), np.nan)).transform(VALUES)

    np.testing.assert_array_equal(scaled, VALUES)


@pytest.mark.parametrize("name", ["standard", "robust", "minmax", "none"])
def test_no_column_at_all_is_fine(name):
    assert fit_scaler(use(name), np.empty((5, 0))).transform(np.empty((3, 0))).shape == (3, 0)


def test_a_transformer_is_copied_and_fitted_on_defined_rows():
    from sklearn.preprocessing import StandardScaler

    given_one = StandardScaler()

    scaler = fit_scaler(given_one, VALUES)

    complete = VALUES[[0, 1, 2, 4]]
    np.testing.assert_allclose(scaler.transform(complete).mean(axis=0), 0, atol=1e-15)
    assert not hasattr(given_one, "mean_")


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        (use("standrd"), r"no scaler is named 'standrd'\. Did you mean 'standard'\? Available: standard, minmax"),
        (use("standard", range=[0, 1]), r"scaler 'standard' has no parameter `range`\. It takes none\."),
        (use("minmax", rnge=[0, 1]), r"scaler 'minmax' has no parameter `rnge`\. It takes `range`, such as \[-1, 1\]"),
        (use("minmax", range=3), r"`range` of scaler 'minmax' is 3; expected two numbers"),
        (use("minmax", range=[0, 1, 2]), "expected two numbers"),
        (use("minmax", range=["a", "b"]), "expected two numbers"),
        (use("minmax", range=[1, 1]), "the first must be below the second"),
        (use("minmax", range=[0, float("nan")]), "the first must be below the second"),
    ],
)
def test_a_scaler_that_cannot_be_made_is_refused_before_anything_runs(spec, sentence):
    with pytest.raises(ExperimentError, match=sentence):
        check_scaler(spec)


def test_good_scalers_pass():
    for spec in (use("none"), use("minmax", range=[-1, 1]), object()):
        check_scaler(spec)
