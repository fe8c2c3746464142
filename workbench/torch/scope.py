"""Torch's process-wide settings, borrowed for a fit and given back as they were."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch

# The random state and the thread count belong to the process. Two fits at once would draw from one stream,
# and their numbers would depend on which came first.
_TURN = threading.RLock()


@contextmanager
def borrowed_torch(seed: int = 0, n_threads: int = 1, device: str = "cpu") -> Iterator[None]:
    """Run the body with known settings: seeded, `n_threads` threads, float32, gradients on.

    Whatever the caller had set is back afterwards, the random state included.
    """
    with _TURN, torch.enable_grad(), _seeded(seed, device):
        threads, dtype = torch.get_num_threads(), torch.get_default_dtype()
        try:
            torch.set_num_threads(n_threads)
            torch.set_default_dtype(torch.float32)
            yield
        finally:
            torch.set_default_dtype(dtype)
            torch.set_num_threads(threads)


@contextmanager
def _seeded(seed: int, device: str) -> Iterator[None]:
    with torch.random.fork_rng(devices=[]):
        # not `torch.manual_seed`, which would also reseed every GPU
        torch.default_generator.manual_seed(seed)
        if device == "cpu":
            yield
            return
        accelerator = torch.get_device_module(device)
        state = accelerator.get_rng_state()
        try:
            accelerator.manual_seed(seed)
            yield
        finally:
            accelerator.set_rng_state(state)
