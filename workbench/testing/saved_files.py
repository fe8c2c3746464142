"""What a fitted forecaster may write: plain files, and no pickle among them."""

from __future__ import annotations

import gzip
import io
import itertools
import pickletools
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from workbench.testing.check import CheckFailure

_PACKED_BY_JOBLIB = (b"\x1f\x8b", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_LONGEST_LOOK = 1 << 22


def check_files(folder: Path) -> None:
    """Fail unless a folder holds regular files only, at least one, and none of them is a pickle.

    Raises
    ------
    CheckFailure
    """
    found = sorted(folder.rglob("*"))
    odd = [path for path in found if path.is_symlink() or not (path.is_file() or path.is_dir())]
    if odd:
        raise CheckFailure(f"`save` made {odd[0].name}, which is no regular file: links and pipes cannot be stored.")
    files = [path for path in found if path.is_file()]
    if not files:
        raise CheckFailure("`save` wrote nothing. Write what `load` needs, or raise NotSaveable.")
    for path in files:
        if holds_pickle(path.read_bytes()):
            raise CheckFailure(
                f"`save` wrote a pickle into {path.relative_to(folder)}, and whoever reads that runs what is in it. "
                f"Write arrays with safetensors or `numpy.savez`, and the rest as JSON; or raise NotSaveable."
            )


def holds_pickle(data: bytes) -> bool:
    """Whether a file is a pickle, is compressed around one, or is an archive or an array that holds one."""
    return any(_is_pickle(part) or _is_object_array(part) for part in _parts(data))


def _parts(data: bytes) -> Iterator[bytes]:
    yield data
    if data.startswith(_PACKED_BY_JOBLIB):
        try:
            yield gzip.decompress(data) if data.startswith(b"\x1f\x8b") else zlib.decompress(data)
        except (OSError, EOFError, zlib.error):
            return
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield archive.read(name)


def _is_pickle(data: bytes) -> bool:
    """Whether data begin as a binary pickle does, or are one from end to end."""
    try:
        if data.startswith(b"\x80"):  # what follows the header may be raw arrays, as joblib writes them
            return len(list(itertools.islice(pickletools.genops(data), 3))) == 3
        read = list(pickletools.genops(data[:_LONGEST_LOOK]))
        return len(read) > 1 and read[-1][2] == len(data) - 1
    except Exception:  # whatever it is, it is no pickle
        return False


def _is_object_array(data: bytes) -> bool:
    return data.startswith(b"\x93NUMPY") and b"|O" in data[:256]
