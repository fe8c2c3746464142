"""An account traded by hand: plain floats, no library, written from the rules and not from the engine.

Per bar: brackets the open has passed; market orders and limits that the open satisfies; stops, then
take-profits, inside the bar; other limits; brackets of what this open bought (of a limit filled inside the bar
only the stop). Trades close first in, first out. Half the spread and the commission are paid at each fill.
"""

from __future__ import annotations

import math


class Reference:
    def __init__(self, bars, costs, cash):
        self.bars, self.costs, self.cash = bars, costs, cash
        self.open_trades = []  # [units, stop, take_profit]
        self.fills, self.equity, self.statuses = [], [], {}

    @property
    def units(self):
        return sum(trade[0] for trade in self.open_trades)

    def fill(self, bar, units, price):
        paid = price * (1 + math.copysign(self.costs.spread / 2, units))
        fee = abs(units) * paid * self.costs.commission
        self.cash -= units * paid + fee
        self.fills.append((bar, units, paid, fee))

    def affordable(self, units, price):
        closing = min(abs(units), abs(self.units)) if units * self.units < 0 else 0.0
        paid = price * (1 + math.copysign(self.costs.spread / 2, units))
        fee = paid * self.costs.commission
        cash = self.cash - math.copysign(closing, units) * paid - closing * fee
        needed = (abs(units) - closing) * (paid + fee)
        return needed <= 0 or needed <= cash + 1e-9 * needed

    def execute(self, bar, key, order, price):
        """Close first in, first out, open the rest; return the trade opened, if any."""
        units, stop, take_profit = order
        if not self.affordable(units, price):
            self.statuses[key] = "rejected"
            return None
        self.statuses[key] = "filled"
        self.fill(bar, units, price)
        for trade in self.open_trades:
            if trade[0] * units < 0:
                part = math.copysign(min(abs(trade[0]), abs(units)), units)
                trade[0], units = trade[0] + part, units - part
        self.open_trades = [trade for trade in self.open_trades if trade[0]]
        if units:
            self.open_trades.append([units, stop, take_profit])
        return self.open_trades[-1] if units else None

    def work_brackets(self, bar, trades, first, low, high, goals=True):
        for trade in [t for t in trades if any(t is o for o in self.open_trades)]:
            units, stop, goal = trade
            side = 1 if units > 0 else -1
            worst, best = (low, high) if units > 0 else (high, low)
            if stop is not None and side * (worst - stop) <= 0:
                price = side * min(side * first, side * stop)
            elif goals and goal is not None and side * (best - goal) >= 0:
                price = side * max(side * first, side * goal)
            else:
                continue
            self.fill(bar, -units, price)
            self.open_trades = [t for t in self.open_trades if t is not trade]

    def run(self, decide):
        """`decide(account, bar)` gives, at the open of `bar`, orders decided at the close before it.

        An order is (key, units, limit, stop, take_profit).
        """
        waiting = []
        for bar, (first, high, low, close) in enumerate(self.bars):
            older = list(self.open_trades)
            self.work_brackets(bar, older, first, first, first)
            waiting += decide(self, bar) if bar else []
            at_open, inside, still = [], [], []
            for key, units, limit, *bracket in waiting:
                if limit is None or (first - limit) * units <= 0:
                    at_open.append(self.execute(bar, key, (units, *bracket), first))
                else:
                    still.append((key, units, limit, *bracket))
            self.work_brackets(bar, older, first, low, high)
            waiting = []
            for key, units, limit, *bracket in still:
                if ((low if units > 0 else high) - limit) * units <= 0:
                    inside.append(self.execute(bar, key, (units, *bracket), limit))
                else:
                    waiting.append((key, units, limit, *bracket))
            self.work_brackets(bar, at_open, first, first, first)
            self.work_brackets(bar, at_open, first, low, high)
            self.work_brackets(bar, inside, first, low, high, goals=False)
            value = self.cash + self.units * close
            if value <= 0:
                self.equity += [0.0] * (len(self.bars) - bar)
                break
            self.equity.append(value)
        return self
