import numpy as np

from workbench import FittedForecaster, Forecaster


class LeakyFitManyOnTheLatest(Forecaster, name="leaky_fit_many_on_the_latest"):
    """Wrong: to save time, all folds share the fit of the one with the latest training windows."""

    def fit(self, train, validation, context):
        return _Fitted(train.targets.mean(axis=0))

    @classmethod
    def fit_many(cls, tasks, executor):
        jobs = list(tasks)
        latest = max(jobs, key=lambda job: job.train.origins.max())
        shared = latest.forecaster.fit(latest.train, latest.validation, latest.context)
        for job in jobs:
            yield job.key, shared


class HonestFitManyOnTheLatest(Forecaster, name="honest_fit_many_on_the_latest"):
    """Right: trained together, but each job on its own windows."""

    def fit(self, train, validation, context):
        return _Fitted(train.targets.mean(axis=0))

    @classmethod
    def fit_many(cls, tasks, executor):
        for job in tasks:
            yield job.key, job.forecaster.fit(job.train, job.validation, job.context)


class _Fitted(FittedForecaster):
    def __init__(self, mean):
        self.mean = mean  # (horizon,)

    def predict(self, windows):
        return np.tile(self.mean, (len(windows), 1))
