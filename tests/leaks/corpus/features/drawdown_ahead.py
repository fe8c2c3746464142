from workbench import Feature


class LeakyDrawdownAhead(Feature, name="leaky_drawdown_ahead"):
    """Wrong: how far the close will fall from here."""

    def compute(self, bars):
        return bars["close"] - bars["close"][::-1].cummin()[::-1]


class HonestDrawdownAhead(Feature, name="honest_drawdown_ahead"):
    """Right: how far the close has fallen from its highest."""

    def compute(self, bars):
        return bars["close"].cummax() - bars["close"]
