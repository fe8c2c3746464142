"""`workbench run source:SYMBOL`: what the source needs is given on the command line."""

from __future__ import annotations

from workbench import Experiment


def test_a_source_that_needs_a_parameter_is_given_it_before_it_is_asked_for_bars(workbench, folder, random_walk_csv):
    (folder / "prefixed.py").write_text(
        "import pandas as pd\nfrom workbench import DataSource\n\n\n"
        'class Prefixed(DataSource, name="prefixed"):\n    prefix: str\n\n'
        "    def fetch(self, symbol, start, end, interval):\n"
        "        return pd.read_csv(self.prefix + symbol + '.csv', index_col=0, parse_dates=True)\n"
    )
    (folder / "my_WALK.csv").write_bytes((folder / random_walk_csv).read_bytes())
    ask = ["run", "prefixed:WALK", "--plugin", "prefixed.py", "--dry-run"]

    without = workbench(*ask)
    answers = [workbench(*ask, "--set", s) for s in ("source.prefix=my_", 'source={use="prefixed", prefix="my_"}')]

    assert without.code == 2
    assert "needs the parameter `prefix`; give it with `--set source.prefix=...`, or in an" in without.err
    for answer in answers:
        assert answer.code == 0
        assert Experiment.from_toml(answer.err).source.params == {"prefix": "my_"}
