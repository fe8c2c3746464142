"""Fitting an LSTM here, beside the same training written by hand in plain torch.

Run as `python benchmarks/lstm_training.py [repeats]`. Read the ratios, not the times: all three loops run in
turn in one process, on one thread, and the best of `repeats` counts.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from workbench import FitContext, Windows
from workbench_lstm import StackedLSTM
from workbench_lstm._network import LSTMNetwork


@dataclass(frozen=True)
class Workload:
    """Windows, network and training of one comparison."""

    name: str
    n: int
    lookback: int
    horizon: int
    layers: tuple[int, ...]
    epochs: int
    batch_size: int


WORKLOADS = (
    Workload("a: LSTM 50, 988 windows of 20", 988, 20, 1, (50,), 20, 32),
    Workload("b: stack of 7, 464 windows of 30", 464, 30, 7, (30, 20, 20, 10, 10, 10, 10), 10, 30),
    Workload("c: 3 x LSTM 50, 820 windows of 100", 820, 100, 1, (50, 50, 50), 3, 64),
)


def make_windows(work: Workload) -> Windows:
    rng = np.random.default_rng(0)
    n_rows = work.n + work.lookback - 1
    ends = np.arange(work.lookback - 1, n_rows)
    return Windows(
        values=rng.standard_normal((n_rows, 1)).astype(np.float32),
        ends=ends,
        lookback=work.lookback,
        horizon=work.horizon,
        feature_names=("log_return",),
        symbols=np.full(work.n, "A", dtype=object),
        origins=np.datetime64("2000-01-03") + ends,
        last_price=np.ones(work.n),
        y=rng.standard_normal((work.n, work.horizon)),
    )


def ours(work: Workload, windows: Windows) -> None:
    forecaster = StackedLSTM(layers=work.layers, epochs=work.epochs, batch_size=work.batch_size, device="cpu")
    names = windows.feature_names
    target: Any = None  # the network never asks for it
    context = FitContext(seed=1, target=target, horizon=work.horizon, feature_names=names, symbols=("A",))
    forecaster.fit(windows, None, context)


def tensors(windows: Windows) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(windows.batch()), torch.tensor(windows.targets, dtype=torch.float32)


def data_loader(work: Workload, windows: Windows) -> None:
    network = LSTMNetwork(1, work.layers, 0.0, work.horizon)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    loader = DataLoader(TensorDataset(*tensors(windows)), batch_size=work.batch_size, shuffle=True)
    for _ in range(work.epochs):
        for x, y in loader:
            step(network, optimizer, x, y)


def by_hand(work: Workload, windows: Windows) -> None:
    network = LSTMNetwork(1, work.layers, 0.0, work.horizon)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3, fused=True)
    x, y = tensors(windows)
    for _ in range(work.epochs):
        for index in torch.randperm(work.n).split(work.batch_size):
            step(network, optimizer, x[index], y[index])


def step(network: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
    loss = nn.functional.mse_loss(network(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def best_times(loops: list[Callable[[], None]], repeats: int) -> list[float]:
    best = [float("inf")] * len(loops)
    for _ in range(repeats):
        for i, loop in enumerate(loops):
            started = time.perf_counter()
            loop()
            best[i] = min(best[i], time.perf_counter() - started)
    return best


def main() -> None:
    torch.set_num_threads(1)
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"{'':38}{'ours':>12}{'by hand':>12}{'DataLoader':>12}   us per window and epoch")
    for work in WORKLOADS:
        windows = make_windows(work)
        loops = [partial(loop, work, windows) for loop in (ours, by_hand, data_loader)]
        micros = [t / work.n / work.epochs * 1e6 for t in best_times(loops, repeats)]
        ratios = f"ours / by hand {micros[0] / micros[1]:.2f}, ours / DataLoader {micros[0] / micros[2]:.2f}"
        print(f"{work.name:38}" + "".join(f"{m:12.1f}" for m in micros) + f"   {ratios}")


if __name__ == "__main__":
    main()
