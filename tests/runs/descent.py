"""A forecaster that learns in epochs, in microseconds: a line fitted by gradient descent."""

from __future__ import annotations

import numpy as np

import workbench as wb


class Descent(wb.Forecaster, name="descent"):
    """Gradient descent on the mean of the window, an epoch a step."""

    rate: float = 0.1
    epochs: int = 6
    sign: int = 1
    fails: bool = False
    swallows: bool = False

    def fit(self, train, validation, context):
        """Return the weights of the epoch with the lowest validation loss."""
        if self.fails:
            raise wb.RunFailedError("it diverged, as it was told to.")
        weights, best = np.zeros((train.n_features, context.horizon)), (np.inf, None)
        x, y = _means(train), train.targets * 100
        for epoch in range(1, self.epochs + 1):
            error = x @ weights - y
            weights = weights - self.sign * self.rate * x.T @ error / len(x)
            held = None if validation is None else _means(validation) @ weights / 100
            loss = None if validation is None else float(np.mean((held - validation.targets) ** 2))
            try:
                context.report(epoch, float(np.mean(error**2)), loss, held)
            except wb.FitStopped:
                if not self.swallows:
                    raise
            if loss is None or loss < best[0]:
                best = (loss, weights)
        return FittedDescent(best[1])


class FittedDescent(wb.FittedForecaster):
    """Weights."""

    def __init__(self, weights):
        self.weights = weights

    def predict(self, windows):
        """Multiply."""
        return _means(windows) @ self.weights / 100


def _means(windows):
    return np.stack([windows.batch([i])[0].mean(axis=0) * 100 for i in range(len(windows))]).astype(np.float64)


@wb.hookimpl
def workbench_forecasters():
    return [Descent]
