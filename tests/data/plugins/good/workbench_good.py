"""A distribution that offers one plugin of every kind, and listens."""

from __future__ import annotations

from workbench import (
    BacktestEngine,
    DataSource,
    Feature,
    Forecaster,
    Metric,
    ReportSection,
    Strategy,
    Target,
    hookimpl,
)

HEARD: list[tuple[str, int]] = []


class Source(DataSource, name="good_source"):
    def fetch(self, symbol, start, end, interval):
        raise NotImplementedError


class Mean(Feature, name="good_mean"):
    """Rolling mean of the close."""

    window: int = 5

    def compute(self, bars):
        return bars["close"].rolling(self.window).mean()


class Price(Target, name="good_target"):
    def compute(self, bars, horizon):
        raise NotImplementedError

    def to_price(self, forecast, last_price):
        return forecast

    def persistence(self, windows):
        raise NotImplementedError


class Guess(Forecaster, name="good_forecaster"):
    def fit(self, train, validation, context):
        raise NotImplementedError


class Hold(Strategy, name="good_strategy"):
    def signals(self, forecasts, panel):
        raise NotImplementedError


class Engine(BacktestEngine, name="good_engine"):
    def run(self, panel_or_bars, signals, costs, context):
        raise NotImplementedError

    def simulate(self, bars, orders, costs, cash):
        raise NotImplementedError


class Bias(Metric, name="good_metric"):
    def score(self, actual, forecast, context):
        return float((forecast - actual).mean())


class Section(ReportSection, name="good_section"):
    def render(self, run):
        return ""


@hookimpl
def workbench_sources():
    return [Source]


@hookimpl
def workbench_features():
    yield Mean


@hookimpl
def workbench_targets():
    return (Price,)


@hookimpl
def workbench_forecasters():
    return [Guess]


@hookimpl
def workbench_strategies():
    return [Hold]


@hookimpl
def workbench_engines():
    return [Engine]


@hookimpl
def workbench_metrics():
    return [Bias]


@hookimpl
def workbench_report_sections():
    return [Section]


@hookimpl
def workbench_fold_finished(run, fold):
    HEARD.append((run, fold))
