"""Reading numbers as files write them: one way for the whole table, decided from all of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from workbench import DataError, Repair
from workbench_sources._headers import NUMBERS
from workbench_sources._repairs import at_rows

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    Mask = npt.NDArray[np.bool_]

Decimal = Literal[".", ","]

EMPTY = [
    *(
        "",
        "-",
        "--",
        "---",
        "\u2013",
        "\u2014",
        ".",
        "null",
        "NULL",
        "Null",
        "nan",
        "NaN",
        "NAN",
        "none",
        "None",
        "NONE",
    ),
    *("N/A", "n/a", "NA", "na", "#N/A", "#NA", "#N/A N/A", "n.a.", "N.A.", "NaT", "nil", "\\N", "?"),
]
"""What files write where there is no value."""

_MARKS = "$\u20ac\u00a3\u00a5\u20b9\u20a9\u20bd\u20ba"
_CURRENCY = rf"[{_MARKS}]|\b(?:USD|EUR|GBP|JPY|CHF|INR|Rs\.?)\b"
_SPACES = "[ \u00a0\u202f\u2009]"
_MAGNITUDES = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
_PLAIN = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"


@dataclass
class _Marks:
    """What was taken off the numbers of a table, and in which rows."""

    n_rows: int
    touched: dict[str, Mask] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)

    def note(self, kind: str, column: str, mask: Mask) -> None:
        if mask.any():
            self.touched[kind] = self.touched.get(kind, np.zeros(self.n_rows, dtype=bool)) | mask
            self.columns.setdefault(kind, []).append(column)

    def repairs(self) -> list[Repair]:
        return [
            at_rows(kind, _SENTENCES[kind].format(columns=_listed(self.columns[kind])), mask)
            for kind, mask in self.touched.items()
        ]


_SENTENCES = {
    "currency": "Signs of currency were taken off the numbers in {columns}.",
    "percent": "Percents in {columns} were divided by 100.",
    "magnitude": "Letters behind numbers in {columns} were read as thousands (K), millions (M) and billions (B).",
    "parentheses": "Numbers in parentheses in {columns} were read as negative.",
    "thousands": "Marks between thousands were taken out of the numbers in {columns}.",
    "decimal_comma": "Commas in {columns} were read as decimal points.",
}


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(repr(column) for column in columns)


def read_numbers(
    texts: Mapping[str, pd.Series[Any]], decimal: Decimal | None, n_rows: int
) -> tuple[dict[str, pd.Series[Any]], list[Repair]]:
    """Read columns of text as numbers.

    Parameters
    ----------
    texts : mapping of str to Series
        Columns by their tidy name. Those that must hold numbers are refused where they do not; others are left
        alone where they do not.
    decimal : {".", ","} or None
        The decimal mark; None decides it from all columns.
    n_rows : int

    Raises
    ------
    DataError
        Something is no number, columns contradict each other, or commas may be decimal marks or mark thousands.
    """
    marks = _Marks(n_rows)
    bare = {name: _bare(name, column, marks) for name, column in texts.items()}
    voting = {name: part for name, (part, _) in bare.items() if name in NUMBERS} or {n: p for n, (p, _) in bare.items()}
    mark = decimal or _decide(voting)
    read = {}
    for name, (part, scale) in bare.items():
        numbers = _converted(name, part, mark, marks)
        read[name] = texts[name] if numbers is None else numbers * scale
    return read, marks.repairs()


def _bare(name: str, column: pd.Series[Any], marks: _Marks) -> tuple[pd.Series[Any], Any]:
    """Take currency, percent, magnitude and parentheses off; return what is left and what to multiply it by."""
    text = column.astype("str").str.strip().where(column.notna(), None)
    text = text.mask(text.isin(EMPTY), None)
    if not _has(text, r"[^\d.,+\-eE'\s]|[eE].*[eE]"):
        return text, 1.0
    scale = np.ones(marks.n_rows)
    wrapped = _fits(text, r"\(.*\)")
    if wrapped.any():
        text = text.where(~wrapped, text.str.slice(1, -1))
        scale[wrapped] = -1.0
    currency = _fits(text, rf"[-+]?\s*(?:{_CURRENCY})\s*.*\d.*|.*\d.*(?:{_CURRENCY})")
    if currency.any():
        text = text.where(~currency, text.str.replace(_CURRENCY, "", regex=True).str.strip())
    percent = _fits(text, r".*\d\s*%") if name not in NUMBERS else np.zeros(marks.n_rows, dtype=bool)
    text = text.where(~percent, text.str.rstrip("% "))
    scale[percent] /= 100
    letters = text.str.extract(r"\d\s*([KkMmBbTt])[nN]?$", expand=False)
    magnified = letters.notna().to_numpy()
    if magnified.any():
        text = text.where(~magnified, text.str.replace(r"\s*[A-Za-z]+$", "", regex=True))
        scale[magnified] *= letters[magnified].str.upper().map(_MAGNITUDES).to_numpy(dtype=np.float64)
    if name in NUMBERS or _looks_numeric(text):
        for kind, mask in (
            *(("parentheses", wrapped), ("currency", currency)),
            *(("percent", percent), ("magnitude", magnified)),
        ):
            marks.note(kind, name, mask)
    return text, scale


def _looks_numeric(text: pd.Series[Any]) -> bool:
    filled = text.dropna()
    return bool(filled.str.fullmatch(rf"[-+]?[\d.,'\u2019]+(?:{_SPACES}\d{{3}})*(?:[eE][-+]?\d+)?").all())


def _has(text: pd.Series[Any], pattern: str) -> bool:
    return bool(text.str.contains(pattern, regex=True).fillna(False).any())


def _fits(text: pd.Series[Any], pattern: str) -> Mask:
    mask: Mask = text.str.fullmatch(pattern).fillna(False).to_numpy(dtype=bool)
    return mask


def _decide(columns: Mapping[str, pd.Series[Any]]) -> Decimal:
    """Decide the decimal mark of a table from every number in it that shows one."""
    proofs: dict[str, tuple[str, str]] = {}
    doubtful: tuple[str, str] | None = None
    for name, text in columns.items():
        unique = text.dropna().drop_duplicates()
        for decimal, pattern in _PROOFS.items():
            shown = unique[unique.str.fullmatch(pattern).fillna(False).to_numpy(dtype=bool)]
            if len(shown):
                proofs.setdefault(decimal, (name, shown.iloc[0]))
        unsure = unique[unique.str.fullmatch(r"[-+]?[1-9]\d{0,2},\d{3}").fillna(False).to_numpy(dtype=bool)]
        if len(unsure):
            doubtful = doubtful or (name, unsure.iloc[0])
    if len(proofs) == 2:
        (one, example), (other, contrary) = proofs["."], proofs[","]
        raise DataError(
            f"numbers are written in two ways: {example!r} in {one!r} has a decimal point, {contrary!r} in {other!r} a "
            "decimal comma. Write all of them in one way."
        )
    if not proofs and doubtful:
        name, example = doubtful
        plain, whole = example.replace(",", "."), example.replace(",", "")
        raise DataError(
            f"numbers such as {example!r} in {name!r} may be {whole} or {plain}, and nothing in the file says which. "
            "Say what the decimal mark is: `decimal = '.'` or `decimal = ','`."
        )
    return "," if "," in proofs else "."


_GROUP = rf"(?:['\u2019]|{_SPACES})\d{{3}}"
_PROOFS: dict[Decimal, str] = {
    ".": (
        r"[-+]?\d{1,3}(?:,\d{3})+\.\d*"  # 1,234.5
        r"|[-+]?\d{1,3}(?:,\d{3}){2,}"  # 1,234,567
        r"|[-+]?\d*\.(?:\d{1,2}|\d{4,})(?:[eE][-+]?\d+)?"  # 12.5
        r"|[-+]?(?:0?|\d{4,})\.\d+"  # 0.123
        rf"|[-+]?\d{{1,3}}(?:{_GROUP})+\.\d+"  # 1 234.5
    ),
    ",": (
        r"[-+]?\d{1,3}(?:\.\d{3})+,\d*"  # 1.234,5
        r"|[-+]?\d{1,3}(?:\.\d{3}){2,}"  # 1.234.567
        r"|[-+]?\d*,(?:\d{1,2}|\d{4,})(?:[eE][-+]?\d+)?"  # 12,5
        r"|[-+]?(?:0|\d{4,}),\d+"  # 0,123
        rf"|[-+]?\d{{1,3}}(?:{_GROUP})+,\d+"  # 1 234,5
    ),
}


def _converted(name: str, text: pd.Series[Any], decimal: Decimal, marks: _Marks) -> pd.Series[Any] | None:
    """Return numbers, or None where a column that need not be one holds something else."""
    import pandas as pd

    thousands = "," if decimal == "." else r"\."
    grouped = rf"[-+]?\d{{1,3}}(?:(?:{thousands}|['\u2019]|{_SPACES})\d{{3}})+(?:{re.escape(decimal)}\d*)?"
    separated, commas = _fits(text, grouped), _fits(text, r"[^,]*,[^,]*") if decimal == "," else None
    plain = text
    if separated.any():
        taken = text.str.replace(rf"{thousands}|['\u2019]|{_SPACES}", "", regex=True)
        plain = plain.where(~separated, taken)
    if decimal == ",":
        plain = plain.str.replace(",", ".", regex=False)
        odd = _fits(text, r"[^.]*\.[^.]*") & ~separated  # a point that marks no thousands
        plain = plain.where(~odd, "?")
    elif decimal == ".":
        odd = text.str.contains(",", regex=False).fillna(False).to_numpy(dtype=bool) & ~separated
        plain = plain.where(~odd, "?")
    bad = text.notna().to_numpy() & ~_fits(plain, rf"{_PLAIN}|[-+]?inf(?:inity)?")
    if bad.any():
        if name not in NUMBERS:
            return None
        row = int(bad.argmax())
        raise DataError(
            f"column {name!r} has {str(text.iloc[row])!r} in row {row + 1}, which is no number ({int(bad.sum())} such "
            "rows). Correct it, or leave it empty where it is not known."
        )
    marks.note("thousands", name, separated)
    if commas is not None:
        marks.note("decimal_comma", name, commas)
    return pd.to_numeric(plain).astype("float64")
