"""Which device a fit runs on."""

from __future__ import annotations

from workbench.errors import RequestError


def default_device() -> str:
    """Return the device of forecasters whose `device` is `auto`: `cuda` if there is one, else `cpu`.

    Apple's `mps` is used on request only: small recurrent networks are slower there than on the CPU.
    """
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def resolve_device(requested: str, default: str) -> str:
    """Return `requested`, or `default` where it is `auto`.

    Raises
    ------
    RequestError
        This machine does not have that device.
    """
    import torch

    device = default if requested == "auto" else requested
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not there.get(device, False):
        usable = ", ".join(repr(name) for name, available in there.items() if available)
        raise RequestError(
            f"`device` is {device!r}, which torch {torch.__version__} cannot use on this machine. "
            f"Usable here: {usable}; set `device` to one of them, or to 'auto'."
        )
    return device
