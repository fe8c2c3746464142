"""What makes two searches the same: a search that is asked again goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.plan.experiment import Experiment
from workbench.plan.resolve import fingerprint
from workbench.plan.toml import shown_toml

_DIGITS = 10


def search_id(kind: str, experiment: Experiment, asked: Mapping[str, Any], keys: Sequence[str]) -> str:
    """Return the id of a search.

    Parameters
    ----------
    kind : {"sweep", "tune"}
    experiment : Experiment
        What the settings change; its name is part of the question.
    asked : mapping
        The grid, or the space and how it is searched.
    keys : sequence of str
        Keys of the experiment's plan: other bars, another Workbench or other code of a plugin make another search,
        since settings tried before and after such a change cannot be compared.
    """
    digest = fingerprint(shown_toml(experiment), json.dumps(asked, sort_keys=True, default=repr), *keys)
    return f"{kind}-{digest[:_DIGITS]}"
