from __future__ import annotations

import json
import pickle

import cloudpickle
import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from torch import nn

from workbench import NotSaveable, StoreError
from workbench.torch import FittedTorchForecaster, TorchForecaster


class Gated(TorchForecaster, name="gated"):
    """A module whose class is local to `build`, with tied weights and a lazy layer."""

    widths: tuple[int, ...] = (4,)

    def build(self, n_features, horizon):
        class Network(nn.Module):
            def __init__(self, units: int) -> None:
                super().__init__()
                self.gru = nn.GRU(n_features, units, batch_first=True)
                self.inner = nn.Linear(units, units)
                self.again = nn.Linear(units, units)
                self.again.weight = self.inner.weight
                self.head = nn.LazyLinear(horizon)

            def forward(self, windows):
                states, _ = self.gru(windows)
                return self.head(self.again(self.inner(states[:, -1])))

        return Network(self.widths[0])


@pytest.fixture
def fitted(make_windows, context):
    return Gated(widths=[6], epochs=2).fit(make_windows(), None, context)


def test_a_saved_forecaster_gives_the_same_bits(fitted, make_windows, tmp_path):
    fitted.save(tmp_path)

    loaded = FittedTorchForecaster.load(tmp_path)

    assert loaded.forecaster == fitted.forecaster
    assert loaded.inputs == fitted.inputs
    assert_array_equal(loaded.predict(make_windows()), fitted.predict(make_windows()))


def test_the_files_are_weights_and_readable_parameters(fitted, tmp_path):
    fitted.save(tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "model.safetensors"]
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["format"] == 2
    assert (config["members"], config["outputs_per_step"]) == (1, 1)
    assert config["forecaster"].endswith(":Gated")
    assert config["params"]["widths"] == [6]
    assert config["params"]["learning_rate"] == 1e-3
    assert (config["n_features"], config["horizon"], config["lookback"]) == (2, 2, 8)
    assert config["feature_names"] == ["f0", "f1"]


@pytest.mark.parametrize("library", [pickle, cloudpickle])
def test_a_fitted_forecaster_travels_between_processes(fitted, make_windows, library):
    arrived = pickle.loads(library.dumps(fitted))

    assert_array_equal(arrived.predict(make_windows()), fitted.predict(make_windows()))
    assert arrived.inputs == fitted.inputs


def test_tied_weights_stay_tied(fitted):
    arrived = pickle.loads(pickle.dumps(fitted))

    assert arrived.module.inner.weight is arrived.module.again.weight


def test_travelling_and_loading_leave_the_random_state_alone(fitted, tmp_path):
    state = torch.get_rng_state()

    fitted.save(tmp_path)
    FittedTorchForecaster.load(tmp_path)
    pickle.loads(pickle.dumps(fitted))

    assert_array_equal(torch.get_rng_state(), state)


def test_a_local_class_travels_but_cannot_be_saved(make_windows, context, tmp_path):
    class Local(Gated):
        pass

    fitted = Local(epochs=1).fit(make_windows(), None, context)

    arrived = pickle.loads(cloudpickle.dumps(fitted))
    assert_array_equal(arrived.predict(make_windows()), fitted.predict(make_windows()))
    with pytest.raises(NotSaveable, match="Local cannot be imported by another process"):
        fitted.save(tmp_path)


class Remembering(TorchForecaster, name="remembering"):
    """Keeps state that is no tensor."""

    def build(self, n_features, horizon):
        class Network(nn.Sequential):
            def get_extra_state(self):
                return {"seen": 3}

            def set_extra_state(self, state):
                pass

        return Network(nn.Flatten(), nn.LazyLinear(horizon))


def test_state_that_is_no_tensor_cannot_be_saved(make_windows, context, tmp_path):
    fitted = Remembering(epochs=1).fit(make_windows(), None, context)

    with pytest.raises(NotSaveable, match="state that is no tensor"):
        fitted.save(tmp_path)


def edit(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_folder_without_a_model_is_a_clear_error(tmp_path):
    with pytest.raises(StoreError, match="holds no saved torch forecaster"):
        FittedTorchForecaster.load(tmp_path)


def test_a_newer_format_is_refused(fitted, tmp_path):
    fitted.save(tmp_path)
    edit(tmp_path, format=3)

    with pytest.raises(StoreError, match="has format 3; this version reads 1 to 2"):
        FittedTorchForecaster.load(tmp_path)


def test_a_model_of_the_first_format_is_read(fitted, make_windows, tmp_path):
    fitted.save(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    newer = ("members", "outputs_per_step")
    later_params = ("levels", "members", "schedule", "schedule_epochs", "schedule_factor")
    config["params"] = {name: value for name, value in config["params"].items() if name not in later_params}
    older = {name: value for name, value in config.items() if name not in newer}
    (tmp_path / "config.json").write_text(json.dumps({**older, "format": 1}))

    loaded = FittedTorchForecaster.load(tmp_path)

    assert_array_equal(loaded.predict(make_windows()), fitted.predict(make_windows()))


def test_members_are_saved_side_by_side(make_windows, context, tmp_path):
    fitted = Gated(epochs=1, members=3).fit(make_windows(), None, context)
    fitted.save(tmp_path)

    loaded = FittedTorchForecaster.load(tmp_path)

    names = ["config.json", "model.safetensors", "model_2.safetensors", "model_3.safetensors"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert len(loaded.modules) == 3
    assert_array_equal(loaded.predict(make_windows()), fitted.predict(make_windows()))


def test_a_member_that_is_gone_is_a_clear_error(make_windows, context, tmp_path):
    Gated(epochs=1, members=2).fit(make_windows(), None, context).save(tmp_path)
    (tmp_path / "model_2.safetensors").unlink()

    with pytest.raises(StoreError, match=r"holds no saved torch forecaster.*model_2"):
        FittedTorchForecaster.load(tmp_path)


def test_numbers_that_would_be_taken_for_others_are_refused(make_windows, context, tmp_path):
    Gated(epochs=1, loss="gaussian").fit(make_windows(), None, context).save(tmp_path)
    params = json.loads((tmp_path / "config.json").read_text())["params"]
    edit(tmp_path, params={**params, "loss": "quantile", "levels": [0.1, 0.5, 0.9]})

    with pytest.raises(StoreError, match=r"give 2 numbers per step, and its loss 'quantile' reads 3"):
        FittedTorchForecaster.load(tmp_path)


@pytest.mark.parametrize("reference", ["no_such_module:Thing", "workbench.torch:Nothing"])
def test_a_forecaster_that_is_gone_is_a_clear_error(fitted, tmp_path, reference):
    fitted.save(tmp_path)
    edit(tmp_path, forecaster=reference)

    with pytest.raises(StoreError, match=f"needs the forecaster {reference}, which cannot be imported"):
        FittedTorchForecaster.load(tmp_path)


@pytest.mark.parametrize("reference", ["subprocess:Popen", "workbench:Forecaster", "os:system"])
def test_only_torch_forecasters_are_made(fitted, tmp_path, reference):
    fitted.save(tmp_path)
    edit(tmp_path, forecaster=reference)

    with pytest.raises(StoreError, match="which is no TorchForecaster"):
        FittedTorchForecaster.load(tmp_path)


def test_weights_of_another_size_are_refused(fitted, tmp_path):
    fitted.save(tmp_path)
    params = json.loads((tmp_path / "config.json").read_text())["params"]
    edit(tmp_path, params={**params, "widths": [5]})

    with pytest.raises(StoreError, match="do not fit the module it builds now"):
        FittedTorchForecaster.load(tmp_path)


def test_damaged_weights_are_refused(fitted, tmp_path):
    fitted.save(tmp_path)
    weights = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(weights[:-5])

    with pytest.raises(StoreError, match="damaged"):
        FittedTorchForecaster.load(tmp_path)


def test_saved_weights_are_those_of_the_module(fitted, tmp_path):
    from safetensors.numpy import load_file

    fitted.save(tmp_path)

    stored = load_file(tmp_path / "model.safetensors")
    for name, value in fitted.module.state_dict().items():
        assert_array_equal(stored[name], np.asarray(value))
