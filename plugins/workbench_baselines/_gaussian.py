"""Quantiles of sums of Gaussian steps."""

from __future__ import annotations

import numpy as np

from workbench import FloatArray, Prediction, Target

LEVELS = (0.025, 0.1, 0.5, 0.9, 0.975)
"""Bounds of 95 % and 80 % intervals, and the median."""


def prediction(target: Target, steps: FloatArray, covariance: FloatArray, last_price: FloatArray) -> Prediction:
    """Turn means and covariances of the bars ahead into forecasts of the target.

    Parameters
    ----------
    target : Target
    steps : ndarray of shape (n, horizon)
        Means of the one-step target of each bar ahead.
    covariance : ndarray of shape (n, horizon, horizon)
        Of the same.
    last_price : ndarray of shape (n,)

    Returns
    -------
    Prediction
        With quantiles where the target is linear in the steps: its forecasts are then Gaussian too. Simple returns
        compound, so over several bars there are none.
    """
    from scipy.special import ndtri

    point = target.from_steps(steps, last_price)
    weights = _weights(target, steps.shape[1])
    if weights is None:
        return Prediction(point)
    variance = np.einsum("jk,nij,ik->nk", weights, covariance, weights)  # (n, horizon)
    deviation = np.sqrt(np.maximum(variance, 0.0))
    levels = np.array(LEVELS)
    return Prediction(point, levels, point[:, :, None] + deviation[:, :, None] * ndtri(levels))


def _weights(target: Target, horizon: int) -> FloatArray | None:
    """Return the matrix of shape (horizon, horizon) by which the target adds up steps; None where it is not linear."""
    tried = np.random.default_rng(1).standard_normal((4, horizon))
    probes = np.concatenate([np.zeros((1, horizon)), np.eye(horizon), tried])
    with np.errstate(all="ignore"):
        answers = target.from_steps(probes, np.ones(len(probes)))
    base, weights, found = answers[:1], answers[1 : horizon + 1] - answers[:1], answers[horizon + 1 :]
    linear = np.allclose(found, base + tried @ weights, rtol=1e-9, atol=1e-9)
    return weights if linear else None
