"""Tables on terminals that are too narrow for them."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench.cli.tables import print_table

LABEL = "lstm(hidden=4, epochs=2, scope=global)"
ROW = {
    **{"made": "2018-02-05\u00a021:00", "model": LABEL, "symbol": "GOOG", "from": "Mon\u00a02018-02-05", "step": 1},
    **{"bar": pd.Timestamp("2018-02-06"), "forecast": 0.001234, "actual": -0.04321, "error": 1234567.89},
    **{"inside": "-0.01234\u00a0to\u00a00.04321", "status": "repeated"},
}
WHOLE = ["2018-02-05", "2018-02-06", "0.001234", "-0.04321", "1,234,567.89", "0.04321", "repeated", "GOOG"]


@pytest.mark.parametrize("columns", [60, 80, 100, 120, 160])
@pytest.mark.parametrize("spare", [(), ("inside", "made")])
def test_no_number_and_no_date_is_ever_broken(capsys, monkeypatch, columns, spare):
    monkeypatch.setenv("COLUMNS", str(columns))

    print_table([ROW, ROW], spare=spare)

    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= columns
    told = [word for word in WHOLE if word not in out]
    assert not told or ("Left out" in out and told == ["0.04321"])
    for word in LABEL.split():
        assert word in out


def test_columns_that_can_be_spared_are_left_out_in_their_order(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")

    print_table([ROW], spare=["made", "inside"])

    out = capsys.readouterr().out
    assert "Left out, as the terminal is narrow: made" in out
    assert "2018-02-05" in out  # of `from`
    assert len([line for line in out.splitlines() if "1,234,567.89" in line]) == 1


def test_where_nothing_helps_each_row_is_a_list(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")

    print_table([ROW])

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["error", "1,234,567.89"] in lines
    assert ["model", *LABEL.split()] in lines


def test_long_settings_are_folded_at_their_commas(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    setting = "hidden=16,learning_rate=0.00123,dropout=0.25,batch_size=1,000"

    print_table([{"setting": setting, **{f"number {k}": 0.01234 for k in range(5)}}])

    out = capsys.readouterr().out
    assert all(part in out for part in ("learning_rate=0.00123,", "dropout=0.25,", "batch_size=1,000"))
