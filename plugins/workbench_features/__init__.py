"""Built-in features: prices, returns, and technical indicators as published."""

from __future__ import annotations

from workbench import Feature, hookimpl
from workbench_features import ta
from workbench_features._averages import EMA, MACD, SMA, Bollinger
from workbench_features._calendar import MonthEnd, SessionLength, Weekday
from workbench_features._prices import Column, LogRange, LogReturn, SimpleReturn
from workbench_features._wilder import ADX, ATR, RSI

__all__ = [
    "ADX",
    "ATR",
    "EMA",
    "MACD",
    "RSI",
    "SMA",
    "Bollinger",
    "Column",
    "LogRange",
    "LogReturn",
    "MonthEnd",
    "SessionLength",
    "SimpleReturn",
    "Weekday",
    "ta",
]


@hookimpl
def workbench_features() -> list[type[Feature]]:
    """Offer the built-in features and every indicator of `ta`."""
    core: list[type[Feature]] = [ADX, ATR, Bollinger, Column, EMA, LogRange, LogReturn, MACD, RSI, SMA, SimpleReturn]
    announced: list[type[Feature]] = [MonthEnd, SessionLength, Weekday]
    return [*core, *announced, *ta.INDICATORS]
