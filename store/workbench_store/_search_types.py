"""The records of searches. All moments are UTC without a time zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

SearchKind = Literal["sweep", "tune"]
SearchTrialStatus = Literal["planned", "running", "complete", "pruned", "failed"]


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """A search over settings of one experiment.

    Parameters
    ----------
    search : str
        Its id, chosen by the caller from what it asks: the same question has the same id.
    kind : {"sweep", "tune"}
        A grid whose settings are all run, or a search on the validation block alone.
    name : str
        Name of the experiment; need not be unique.
    toml : str
        The experiment that the settings change.
    spec : mapping
        The grid, or the space and how it is searched.
    created_at : datetime, optional
        When it began; set by the store.
    """

    search: str
    kind: SearchKind
    name: str
    toml: str
    spec: Mapping[str, object]
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SearchTrial:
    """One setting of a search.

    Parameters
    ----------
    search : str
    number : int
        From 0, in the order in which settings are tried.
    settings : mapping
        The fields that it sets, by their path in the experiment.
    label : str
        The settings in a few characters, unique within the search.
    status : {"planned", "running", "complete", "pruned", "failed"}
    value : float or None
        What settings are compared by: the score on the validation block; None while it is not known.
    validation, test : mapping
        Figures of either block by name; `test` is empty where the setting was not run.
    intermediate : sequence of mapping
        What its fits reported, epoch by epoch.
    seconds : float or None
        How long it took.
    run : str or None
        The run of this setting on the test, where there is one.
    error : str or None
        Why it failed.
    recorded_at : datetime, optional
        When it was last written; set by the store.
    """

    search: str
    number: int
    settings: Mapping[str, object]
    label: str
    status: SearchTrialStatus = "planned"
    value: float | None = None
    validation: Mapping[str, object] = field(default_factory=dict)
    test: Mapping[str, object] = field(default_factory=dict)
    intermediate: Sequence[Mapping[str, object]] = ()
    seconds: float | None = None
    run: str | None = None
    error: str | None = None
    recorded_at: datetime | None = None
