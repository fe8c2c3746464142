"""From a file to its text: packed or not, in whatever encoding."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from workbench import DataError, Repair

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f]")
_LOOKED_AT = 65_536


@dataclass(frozen=True)
class Text:
    """The text of a file as UTF-8, without a byte order mark, and how it was come by."""

    data: bytes
    repairs: tuple[Repair, ...] = ()


def read_text(path: Path, encoding: str | None) -> Text:
    """Read a file of text, also one packed with gzip or zip.

    Parameters
    ----------
    path : Path
    encoding : str or None
        As Python calls it; None finds out between UTF-8, UTF-16 and, failing these, Windows-1252.

    Raises
    ------
    DataError
        It is no text, or not in that encoding.
    """
    data = _unpacked(path.read_bytes())
    if not data.strip():
        raise DataError("it is empty")
    text = _recoded(data, encoding) if encoding else _decided(data)
    _refuse_other_text(text.data)
    found = _CONTROL.search(text.data[:_LOOKED_AT])
    if found:
        raise DataError(f"it is no text: it holds the byte {found[0]!r}")
    return Text(_lf(text.data), text.repairs)


def _refuse_other_text(data: bytes) -> None:
    """Refuse what a server sends instead of a table."""
    start = data[:1024].lstrip().lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")):
        raise DataError("it is a web page (HTML or XML), not a table; see in a browser what it says")
    if start.startswith((b"{", b"[{", b"[[")):
        raise DataError("it is JSON, not a table; turn it into rows first, such as with `pandas.read_json`")


def _lf(data: bytes) -> bytes:
    """Return text with line ends of one kind; old Macintosh files have carriage returns alone."""
    if b"\r" not in data:
        return data
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _unpacked(data: bytes) -> bytes:
    try:
        if data.startswith(b"\x1f\x8b"):
            return gzip.decompress(data)
        if data.startswith(b"PK\x03\x04"):
            return _only_member(data)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as err:
        raise DataError(f"it is packed, and cannot be unpacked ({err})") from err
    return data


def _only_member(data: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        names = [name for name in packed.namelist() if not name.endswith("/") and not name.startswith("__MACOSX/")]
        if "[Content_Types].xml" in names:
            raise DataError("it is an Excel workbook; save the sheet as CSV")
        if len(names) != 1:
            raise DataError(f"it is a zip archive of {len(names)} files; unpack it, and name the folder")
        return packed.read(names[0])


def _recoded(data: bytes, encoding: str) -> Text:
    try:
        text = data.decode(encoding)
    except LookupError as err:
        raise DataError(f"there is no encoding {encoding!r}; usual ones are utf-8, utf-16, cp1252") from err
    except UnicodeError as err:
        raise DataError(f"it is not in the encoding {encoding!r} ({err})") from err
    return Text(text.removeprefix("\ufeff").encode())


def _decided(data: bytes) -> Text:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _said(_recoded(data, encoding), encoding)
    if b"\x00" in data[:_LOOKED_AT]:  # every second byte of Latin text in UTF-16
        looked_at = data[:_LOOKED_AT]
        little = looked_at[1::2].count(0) > looked_at[0::2].count(0)
        if looked_at.count(0) > len(looked_at) / 3:
            encoding = "utf-16-le" if little else "utf-16-be"
            return _said(_recoded(data, encoding), encoding)
        return Text(data)  # which is then refused
    if _is_utf8(data):
        return Text(data)
    try:
        return _said(_recoded(data, "cp1252"), "cp1252")
    except DataError as err:
        raise DataError(
            f"{err}, nor in UTF-8. Name its `encoding`, such as shift_jis, gb18030, big5 or euc_kr"
        ) from err


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _said(text: Text, encoding: str) -> Text:
    if encoding == "utf-8":
        return text
    name = "Windows-1252" if encoding == "cp1252" else "UTF-16"
    why = ", which it is not known to be but fits" if encoding == "cp1252" else ""
    return Text(text.data, (Repair("encoding", f"The text is not in UTF-8: it was read as {name}{why}.", 0),))
