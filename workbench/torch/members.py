"""Several networks that are one forecaster: their seeds, and the learning curve of their mean."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

import numpy as np

from workbench.contracts.arrays import FloatArray
from workbench.contracts.forecaster import Report


def member_seeds(seed: int, n: int) -> tuple[int, ...]:
    """Return the seed of each member.

    The first one's is the run's, so that one member is the network that there would be without the others. Those of
    the others are drawn from it: runs with neighbouring seeds share no member.
    """
    return (seed, *(_drawn(seed, i) for i in range(1, n)))


def _drawn(seed: int, member: int) -> int:
    words = np.random.SeedSequence(seed, spawn_key=(member,)).generate_state(1, np.uint64)
    return int(words[0] >> np.uint64(1))  # below 2**63, as all seeds


@dataclass(frozen=True)
class _Epoch:
    train_loss: float
    validation_loss: float | None
    validation_forecast: FloatArray | None


class MemberCurves:
    """Takes the learning curves of the members, one after the other, and reports their mean.

    Epoch e of the mean is over what each member reported for epoch e; one that had stopped by then stands with its
    last report. Losses are means of the members' losses. The validation forecast is the mean of theirs, so what is
    computed from it, such as the RMSE, is that of the whole.
    """

    def __init__(self) -> None:
        self._members: list[list[_Epoch]] = []

    def next_member(self) -> Report:
        """Return what takes the reports of another member."""
        epochs: list[_Epoch] = []
        self._members.append(epochs)

        def report(
            epoch: int,
            train_loss: float,
            validation_loss: float | None = None,
            validation_forecast: FloatArray | None = None,
        ) -> None:
            epochs.append(_Epoch(train_loss, validation_loss, validation_forecast))

        return report

    def report_to(self, report: Report) -> None:
        """Report the mean of all members, epoch by epoch."""
        for place in range(max(map(len, self._members))):
            standing = [epochs[min(place, len(epochs) - 1)] for epochs in self._members]
            losses = [each.validation_loss for each in standing if each.validation_loss is not None]
            forecasts = [each.validation_forecast for each in standing if each.validation_forecast is not None]
            report(
                place + 1,
                fmean(each.train_loss for each in standing),
                fmean(losses) if losses else None,
                np.mean(forecasts, axis=0) if forecasts else None,
            )
