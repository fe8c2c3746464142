"""Reading numbers as files write them: one way for the whole table, decided from all of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from workbench import DataError, FloatArray, Repair
from workbench_sources._digits import in_ascii
from workbench_sources._headers import NUMBERS
from workbench_sources._points import refuse_doubtful_points
from workbench_sources._repairs import at_rows

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    Mask = npt.NDArray[np.bool_]

Decimal = Literal[".", ","]

EMPTY = [
    *("", "-", "--", "---", "\u2013", "\u2014", ".", "null", "NULL", "Null", "nan", "NaN", "NAN", "none", "None"),
    "NONE",
    *("N/A", "n/a", "NA", "na", "#N/A", "#NA", "#N/A N/A", "n.a.", "N.A.", "NaT", "nil", "\\N", "?"),
]
"""What files write where there is no value."""

_MARKS = "$\u20ac\u00a3\u00a5\u20b9\u20a9\u20bd\u20ba"
_CURRENCY = rf"[{_MARKS}]|\b(?:USD|EUR|GBP|JPY|CHF|INR|Rs\.?)\b"
_CODES = {"$": "USD", "\u20ac": "EUR", "\u00a3": "GBP", "\u00a5": "JPY", "\u20b9": "INR", "Rs": "INR"}
_SPACES = "[ \u00a0\u202f\u2009]"
_MAGNITUDES = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
_ENOUGH = 2_000
_PLAIN = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"


@dataclass
class _Column:
    """A column of text: each text that occurs in it once, and where.

    Parameters
    ----------
    name : str
    text : Series
        The texts, as far as they have been worked on; None where there is no value.
    codes : ndarray
        Position in `text` for each row; -1 where there is no value.
    scale : ndarray
        What to multiply each number by.
    marks : dict
        What was taken off, and of which texts.
    read : ndarray
        The number that each text was read as, once it was.
    """

    name: str
    text: pd.Series[Any]
    codes: npt.NDArray[np.intp]
    scale: FloatArray
    marks: dict[str, Mask] = field(default_factory=dict)
    read: FloatArray = field(default_factory=lambda: np.zeros(0))

    @classmethod
    def of(cls, name: str, column: pd.Series[Any]) -> _Column:
        import pandas as pd

        codes, unique = pd.factorize(column)
        text = pd.Series(
            [in_ascii(str(value).strip().replace("\u2212", "-")) for value in pd.Index(unique).tolist()], dtype="str"
        )
        text = text.mask(text.isin(EMPTY), None)
        return cls(name, text, codes, np.ones(len(text)))

    def rows(self, texts: Mask) -> Mask:
        """Rows of some of the texts."""
        found: Mask = np.append(texts, False)[self.codes]
        return found

    def whole(self, original: pd.Series[Any], numbers: FloatArray) -> pd.Series[Any]:
        """Return the column with its numbers."""
        import pandas as pd

        return pd.Series(np.append(numbers * self.scale, np.nan)[self.codes], index=original.index)

    def mark(self, kind: str, texts: Mask) -> None:
        """Note that something was taken off some of the texts."""
        if texts.any():
            self.marks[kind] = texts


_SENTENCES = {
    "currency": "Signs of currency were taken off the numbers in {columns}.",
    "percent": "Percents in {columns} were divided by 100.",
    "magnitude": "Letters behind numbers in {columns} were read as thousands (K), millions (M) and billions (B).",
    "parentheses": "Numbers in parentheses in {columns} were read as negative.",
    "thousands": "Marks between thousands were taken out of the numbers in {columns}, such as {example}.",
    "decimal_comma": "Commas in {columns} were read as decimal points.",
}


def read_numbers(
    texts: Mapping[str, pd.Series[Any]], decimal: Decimal | None
) -> tuple[dict[str, pd.Series[Any]], list[Repair]]:
    """Read columns of text as numbers.

    Parameters
    ----------
    texts : mapping of str to Series
        Columns by their tidy name. Those that must hold numbers are refused where they do not; others are left
        alone where they do not.
    decimal : {".", ","} or None
        The decimal mark; None decides it from all columns.

    Raises
    ------
    DataError
        Something is no number, columns contradict each other, or commas may be decimal marks or mark thousands.
    """
    columns = [_bare(_Column.of(name, text)) for name, text in texts.items()]
    voting = [column for column in columns if column.name in NUMBERS] or columns
    mark = decimal or _decide(voting)
    if decimal is None and mark == ".":
        for column in voting:
            refuse_doubtful_points(column.name, column.text)
    numbers = {column.name: _converted(column, mark) for column in columns}
    read = {
        column.name: texts[column.name] if values is None else column.whole(texts[column.name], values)
        for column, values in zip(columns, numbers.values(), strict=True)
    }
    marked = [column for column in columns if numbers[column.name] is not None]
    return read, [_said(kind, marked) for kind in _SENTENCES if any(kind in column.marks for column in marked)]


def _said(kind: str, columns: list[_Column]) -> Repair:
    marked = [column for column in columns if kind in column.marks]
    rows = np.zeros(len(marked[0].codes), dtype=bool)
    for column in marked:
        rows |= column.rows(column.marks[kind])
    names, example = ", ".join(repr(column.name) for column in marked), _example(kind, marked[0])
    return at_rows(kind, _SENTENCES[kind].format(columns=names, example=example), rows)


def _example(kind: str, column: _Column) -> str:
    at = int(column.marks[kind].argmax())
    return f"{column.text.iloc[at]!r} read as {column.read[at]:.15g}"


def _bare(column: _Column) -> _Column:
    """Take currency, percent, magnitude and parentheses off, and note what to multiply by."""
    if not _has(column.text, r"[^\d.,+\-eE'\s]|[eE].*[eE]"):
        return column
    _take_off(column, "parentheses", r"\(.*\)", r"[()]", -1.0)
    _refuse_two_currencies(column)
    _take_off(column, "currency", rf"[-+]?\s*(?:{_CURRENCY})\s*.*\d.*|.*\d.*(?:{_CURRENCY})", _CURRENCY, 1.0)
    if column.name not in NUMBERS:
        _take_off(column, "percent", r".*\d\s*%", "%", 0.01)
    for letter, size in _MAGNITUDES.items():
        pattern = rf"[{letter}{letter.lower()}][nN]?$"
        _take_off(column, "magnitude", rf".*\d\s*{pattern}", pattern, size)
    return column


def _refuse_two_currencies(column: _Column) -> None:
    """Refuse a column of prices some of which are in one currency, and some in another."""
    if column.name not in NUMBERS:
        return
    seen: dict[str, str] = {}
    for text in column.text.dropna().tolist():
        if (found := re.search(_CURRENCY, text)) is not None:
            seen.setdefault(_CODES.get(found[0].rstrip("."), found[0]), text)
    if len(seen) > 1:
        one, other, *_ = seen.values()
        raise DataError(
            f"column {column.name!r} has amounts in {len(seen)} currencies, such as {one!r} and {other!r}. Bring "
            "all to one, or keep them in files of their own."
        )


def _take_off(column: _Column, kind: str, fitting: str, what: str, scale: float) -> None:
    there = _fits(column.text, fitting)
    if not there.any():
        return
    column.text = column.text.where(~there, column.text.str.replace(what, "", regex=True).str.strip())
    column.scale[there] *= scale
    column.mark(kind, there | column.marks.get(kind, np.zeros(len(there), dtype=bool)))


def _has(text: pd.Series[Any], pattern: str) -> bool:
    return re.search(pattern, "\n".join(text.dropna().tolist())) is not None


def _fits(text: pd.Series[Any], pattern: str) -> Mask:
    match = re.compile(pattern).fullmatch  # by hand: several times as fast as `text.str`
    return np.array([isinstance(value, str) and match(value) is not None for value in text.tolist()], dtype=bool)


def _decide(columns: Iterable[_Column]) -> Decimal:
    """Decide the decimal mark of a table from the numbers in it that show one.

    Of many numbers the first are enough where they show it; others that contradict them are refused as no numbers.
    """
    some = list(columns)
    return _decide_from(some, _ENOUGH) or _decide_from(some, None) or "."


def _decide_from(columns: Iterable[_Column], n_texts: int | None) -> Decimal | None:
    proofs: dict[str, tuple[str, str]] = {}
    doubtful: tuple[str, str] | None = None
    for column in columns:
        name, unique = column.name, column.text.dropna().head(n_texts or len(column.text))
        for decimal, pattern in _PROOFS.items():
            shown = unique[_fits(unique, pattern)]
            if len(shown):
                proofs.setdefault(decimal, (name, shown.iloc[0]))
        unsure = unique[_fits(unique, r"[-+]?[1-9]\d{0,2},\d{3}")]
        if len(unsure):
            doubtful = doubtful or (name, unsure.iloc[0])
    if len(proofs) == 2:
        (one, example), (other, contrary) = proofs["."], proofs[","]
        raise DataError(
            f"numbers are written in two ways: {example!r} in {one!r} has a decimal point, {contrary!r} in {other!r} a "
            "decimal comma. Write all of them in one way."
        )
    if not proofs and doubtful and n_texts is None:
        name, example = doubtful
        plain, whole = example.replace(",", "."), example.replace(",", "")
        raise DataError(
            f"numbers such as {example!r} in {name!r} may be {whole} or {plain}, and nothing in the file says which. "
            "Say what the decimal mark is: `decimal = '.'` or `decimal = ','`."
        )
    return None if not proofs else "," if "," in proofs else "."


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


def _converted(column: _Column, decimal: Decimal) -> FloatArray | None:
    """Return the numbers, or None where a column that need not hold numbers holds something else."""
    import pandas as pd

    text = column.text
    thousands = "," if decimal == "." else r"\."
    grouped = rf"[-+]?\d{{1,3}}(?:(?:{thousands}|['\u2019]|{_SPACES})\d{{3}})+(?:{re.escape(decimal)}\d*)?"
    separated = (
        _fits(text, grouped) if _has(text, rf"{thousands}|['\u2019]|{_SPACES}") else np.zeros(len(text), dtype=bool)
    )
    plain = text
    if separated.any():
        plain = text.where(~separated, text.str.replace(rf"{thousands}|['\u2019]|{_SPACES}", "", regex=True))
    if decimal == ",":
        odd = _contains(plain, ".")  # a point that marks no thousands
        column.mark("decimal_comma", _contains(text, ","))
        plain = plain.str.replace(",", ".", regex=False).where(~odd, "?")
    bad = text.notna().to_numpy() & ~_fits(plain, rf"{_PLAIN}|[-+]?inf(?:inity)?")
    if bad.any():
        if column.name not in NUMBERS:
            return None
        rows = column.rows(bad)
        row = int(rows.argmax())
        raise DataError(
            f"column {column.name!r} has {str(text[column.codes[row]])!r} in row {row + 1}, which is no number "
            f"({int(rows.sum())} such rows). Correct it, or leave it empty where it is not known."
        )
    column.mark("thousands", separated)
    column.read = pd.to_numeric(plain).to_numpy(dtype=np.float64)
    return column.read


def _contains(text: pd.Series[Any], mark: str) -> Mask:
    found: Mask = text.str.contains(mark, regex=False).fillna(False).to_numpy(dtype=bool)
    return found
