import subprocess
import sys

import torch
from workbench.testing import parametrize_checks

from workbench_tcn import TCN
from workbench_tcn._network import TCNetwork


@parametrize_checks(TCN(channels=3, depth=2, epochs=2))
def test_conforms(check):
    check()


def network(depth, kernel):
    torch.manual_seed(1)
    return TCNetwork(n_features=2, channels=4, depth=depth, kernel=kernel, dropout=0.0, horizon=3).eval()


def test_it_maps_windows_to_one_forecast_for_each_step():
    assert network(depth=3, kernel=3)(torch.zeros(5, 20, 2)).shape == (5, 3)


def test_it_looks_back_as_far_as_the_readme_says():
    windows = torch.randn(1, 20, 2, requires_grad=True)

    network(depth=3, kernel=2)(windows).sum().backward()

    seen = windows.grad.abs().sum(dim=(0, 2)) > 0
    assert seen.tolist() == [False] * 12 + [True] * 8  # 1 + (2 - 1) * (2 ** 3 - 1) bars


def test_no_layer_sees_a_later_bar():
    layers = network(depth=2, kernel=3).layers
    series = torch.randn(1, 2, 30)
    changed = series.clone()
    changed[:, :, 20:] += 1.0

    torch.testing.assert_close(layers(series)[:, :, :20], layers(changed)[:, :, :20], rtol=0, atol=0)


def test_it_is_offered_without_importing_torch():
    code = "import sys, workbench_tcn; print('torch' in sys.modules)"

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "False"
