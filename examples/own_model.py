"""Ridge regression on purged windows, beside persistence; nothing is stored.

python examples/own_model.py
"""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

import workbench as wb


def flat(windows: wb.Windows) -> wb.FloatArray:
    """Return windows as rows of shape (n, lookback * n_features)."""
    return windows.batch().reshape(len(windows), -1).astype(np.float64)


def main() -> None:
    train, test = wb.windows("sample:GOOG", lookback=20, horizon=5, features=["log_return", wb.use("rsi", window=14)])
    scaler = StandardScaler().fit(flat(train))
    model = Ridge(alpha=100.0).fit(scaler.transform(flat(train)), train.targets)
    error = model.predict(scaler.transform(flat(test))) - test.targets
    for step in range(test.horizon):
        ours, persistence = (np.sqrt(np.mean(e[:, step] ** 2)) for e in (error, test.targets))
        skill = 100 * (1 - ours / persistence)
        print(f"step {step + 1}: RMSE {ours:.5f}, persistence {persistence:.5f}, skill {skill:.1f} %")


if __name__ == "__main__":
    main()
