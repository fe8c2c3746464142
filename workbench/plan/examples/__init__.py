"""Experiments that come with the package: `demo.toml`, and `new.toml` to start from."""

from __future__ import annotations

from pathlib import Path


def example_path(name: str) -> Path:
    """Return the path of an experiment file of this package."""
    return Path(__file__).with_name(f"{name}.toml")
