"""Write and execute examples/from-csv-to-report.ipynb.

    python docs/make_notebook.py

The cells stand here, so that they are read, checked and tested like any other code.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

NOTEBOOK = Path(__file__).parents[1] / "examples" / "from-csv-to-report.ipynb"

CELLS: list[tuple[str, str]] = [
    (
        "markdown",
        """\
# From a CSV file to a report

You have a file of daily prices and a question: can tomorrow be forecast? This notebook asks it in a way that cannot
fool you. It needs `pip install trading-workbench` and about a minute.
""",
    ),
    (
        "code",
        """\
from pathlib import Path

import workbench as wb

bench = wb.Workbench("student.duckdb")  # everything is kept in this one file""",
    ),
    (
        "markdown",
        """\
## 1. A file

Any CSV with dates and prices will do. So that this notebook runs anywhere, we write one from the series that comes with
Workbench: Google, 2004 to 2013.
""",
    ),
    (
        "code",
        """\
bench.panel("sample:GOOG")["GOOG"][["open", "high", "low", "close", "volume"]].to_csv("GOOG.csv", index_label="date")
print(*Path("GOOG.csv").read_text().splitlines()[:4], sep="\\n")""",
    ),
    (
        "markdown",
        """\
## 2. Is it sound?

Look before you train. `check_data` says what is wrong or odd with a file, and what to do about it.
""",
    ),
    (
        "code",
        """\
health = bench.check_data("GOOG.csv", calendar="XNYS")
print("usable" if health.usable else "not usable")
for problem in health.series[0].problems:
    print(problem.severity, problem.detail, problem.advice)""",
    ),
    ("code", "print(bench.panel('GOOG.csv').describe())"),
    (
        "markdown",
        """\
## 3. Forecast tomorrow's return

One network that reads the last 20 returns. It is trained on the first 80 % of the days and tested on the last 20 %,
which it never saw. Beside it stands *persistence*: tomorrow's price is today's.
""",
    ),
    (
        "code",
        """\
returns = bench.run(
    wb.Experiment(
        name="returns",
        source=wb.use("csv", path="GOOG.csv"),
        symbols=["GOOG"],
        calendar="XNYS",
        target="log_return",
        lookback=20,
        forecasters=[wb.use("lstm", hidden=16, epochs=10)],
        baselines=["drift", "mean"],
        folds=wb.Holdout(0.2),
    )
)
print(returns.verdict)
returns.summary""",
    ),
    (
        "markdown",
        """\
The first line is the answer. *Skill* is how much smaller the error is than that of persistence; the interval says how
sure that is, and the smallest skill is what so many days could have shown at all. Do not be disappointed: on daily
returns this is what an honest test nearly always says.

The learning curve shows why. The loss on the training days falls, that on the days set aside does not.
""",
    ),
    ("code", "returns.plot('learning')"),
    (
        "markdown",
        "What would trading on it have earned, after costs? Compare with holding the share.",
    ),
    ("code", "returns.plot('equity')"),
    (
        "markdown",
        """\
## 4. Ask what can be answered

How *far* the price will move tomorrow is another matter: quiet days follow quiet days. The target `log_range` is the
logarithm of ln(high / low). The rival to beat needs no network: `har` averages the ranges of the last 1, 5 and 22
days.
""",
    ),
    (
        "code",
        """\
ranges = bench.run(
    wb.Experiment(
        name="ranges",
        source=wb.use("csv", path="GOOG.csv"),
        symbols=["GOOG"],
        calendar="XNYS",
        target="log_range",
        lookback=22,
        forecasters=["har", wb.use("lstm", hidden=16, epochs=10)],
        strategy="volatility_target",
        folds=wb.Holdout(0.2),
    )
)
print(ranges.verdict)
ranges.summary""",
    ),
    (
        "markdown",
        """\
## 5. How sure is a forecast?

A single number hides how wrong it may be. A block of days set aside for calibration turns any forecaster's errors into
intervals, and the test says whether they hold what they promise.
""",
    ),
    (
        "code",
        """\
sure = bench.run(
    ranges.experiment.replace(name="sure", forecasters=["har"], calibration=0.2, coverage=[0.8, 0.95], strategy=None)
)
pooled = sure.scores[sure.scores[["symbol", "seed", "fold", "step"]].isna().all(axis=1)]
pooled = pooled[pooled["metric"].isin(["coverage_80", "coverage_95"]) & (pooled["space"] == "target")]
pooled[["model", "metric", "value"]]""",
    ),
    ("markdown", "## 6. A report to keep\n\nOne HTML file with everything, to read or to send."),
    ("code", "print(ranges.report('ranges.html').name, 'written')"),
    (
        "markdown",
        """\
Every run stays in the store, with the exact bars it saw and the number of things tried on them: the more you try, the
more luck you find. Next: [the tutorial](../docs/tutorial.md), [tuning](../docs/how-to/tune-and-sweep.md), and [a model
of your own](../docs/how-to/use-your-own-model.md). Forecasts are no advice.
""",
    ),
]


def sources() -> list[tuple[str, str]]:
    """Return the kind and the text of each cell as a notebook keeps them."""
    return [(kind, text.rstrip("\n")) for kind, text in CELLS]


def main() -> None:
    """Execute the cells in an empty folder and keep what they print and draw."""
    import nbformat
    from nbclient import NotebookClient

    make = {"markdown": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell}
    cells = [make[kind](text, id=f"cell-{i:02}") for i, (kind, text) in enumerate(sources())]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
        NotebookClient(notebook, timeout=600, resources={"metadata": {"path": folder}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # when it ran, which differs each time
    notebook.metadata.pop("language_info", None)
    nbformat.write(notebook, NOTEBOOK)


if __name__ == "__main__":
    main()
