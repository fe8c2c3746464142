"""Searches in the store, in terms of runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.errors import RunNotFoundError, did_you_mean
from workbench.runs.records import store_errors
from workbench_store import SearchRecord, SearchTrial

if TYPE_CHECKING:
    import pandas as pd

    from workbench_store import Store

KINDS = ("sweep", "tune")


class SearchStore:
    """Searches of a store.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def begin(self, search: SearchRecord, trials: Sequence[SearchTrial] = ()) -> None:
        """Write a search and what is planned of it, unless it is there already."""
        with store_errors():
            self._store.begin_search(search, trials)

    def save(self, trial: SearchTrial) -> None:
        """Write one trial, in the place of the one with its number."""
        with store_errors():
            self._store.save_search_trial(trial)

    def load(self, search: str) -> SearchRecord:
        """Read the search with exactly this id."""
        with store_errors():
            return self._store.load_search(search)

    def trials(self, search: str) -> list[SearchTrial]:
        """Read the trials of a search, in the order of their numbers."""
        with store_errors():
            return self._store.list_search_trials(search)

    def all(self) -> pd.DataFrame:
        """One row per search, newest first."""
        with store_errors():
            return self._store.list_searches()

    def of_run(self, run: str) -> str | None:
        """Name the search that started a run; None for any other run."""
        with store_errors():
            return self._store.search_of_run(run)

    def find(self, text: str) -> str:
        """Find the id of the search meant by an id, a unique beginning of one, or a name (its newest).

        Raises
        ------
        RunNotFoundError
            None is meant, or several.
        """
        rows = self.all()
        ids = rows["search"].tolist()
        named = rows.loc[rows["name"] == text, "search"].tolist()
        found = [text] if text in ids else named[:1] or [each for each in ids if text and each.startswith(text)]
        if len(found) == 1:
            return str(found[0])
        if found:
            raise RunNotFoundError(f"{len(found)} searches begin with {text!r}: {', '.join(found)}; type more of it.")
        known = [*ids, *rows["name"]]
        raise RunNotFoundError(
            f"no search {text!r} among the {len(ids)} of the store.{did_you_mean(text, known)} Give an id such as "
            f"tune-0123456789, its beginning, or the name of the experiment."
        )
