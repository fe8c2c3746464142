"""Calling functions in processes in which nothing has been called before.

Whatever a plugin remembers outside of its instances, in its module, its class or a cache, is not there.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

FRESH_SECONDS = 120.0
"""Time that the calls may take together."""
_FORKS = sys.platform == "linux"
_ONE_THREAD = {
    name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
}
_CODE = "from workbench.audit.fresh import serve; serve()"


class Answer(NamedTuple):
    """What a call gave: a value, or the text of the error."""

    value: Any
    error: str | None


class FreshProcessError(Exception):
    """A fresh process could not be started, or ended without an answer."""


def call_fresh(
    function: Callable[[Any], Any], items: Sequence[Any], classes: Iterable[type] = (), preload: Iterable[str] = ()
) -> list[Answer]:
    """Return `function(item)` of each item, each computed as the first call of a process of its own.

    On Linux one new process imports the classes and then forks for each item, so that a hundred items cost little
    more than one; elsewhere each item has a new process.

    Parameters
    ----------
    function : callable
        Importable by name.
    items : sequence
        Arguments; instances of `classes` among them are copied.
    classes : iterable of type
        Classes that the items refer to. They are imported by name, or from their file where the name does not do; a
        class without a file, such as one defined in a notebook, travels by value.
    preload : iterable of str
        Libraries to import before anything else, if they are loaded here: the items need them, and they are slow.

    Raises
    ------
    FreshProcessError
        A process could not be started, or did not answer in time.
    """
    import cloudpickle

    packed = [bytes(cloudpickle.dumps((function, item))) for item in items]
    modules: list[tuple[str, str | None]] = [(name, None) for name in preload if name in sys.modules]
    modules += [(cls.__module__, getattr(sys.modules.get(cls.__module__), "__file__", None)) for cls in classes]
    groups = [packed] if _FORKS else [[item] for item in packed]
    return [answer for group in groups for answer in _ask(modules, group)]


def _ask(modules: list[tuple[str, str | None]], packed: list[bytes]) -> list[Answer]:
    request = pickle.dumps((list(sys.path), modules, packed))
    try:
        done = subprocess.run(
            [sys.executable, "-c", _CODE],
            input=request,
            capture_output=True,
            timeout=FRESH_SECONDS,
            env={**os.environ, **_ONE_THREAD},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise FreshProcessError(f"a fresh process did not answer within {FRESH_SECONDS:.0f} s") from None
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise FreshProcessError(f"a fresh process ended with exit code {done.returncode}: {' '.join(last)}")
    return [Answer(*answer) for answer in pickle.loads(done.stdout)]  # what our own process wrote


def serve() -> None:
    """Answer one request on standard input; what a fresh process runs."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what plugins print must not get among the answers
    path, modules, packed = pickle.load(sys.stdin.buffer)
    sys.path[:] = path
    for name, file in modules:
        _import(name, file)
    pickle.dump(list(_answers(packed)), answers)
    answers.close()


def _answers(packed: list[bytes]) -> Iterator[tuple[Any, str | None]]:
    for n_left, item in zip(range(len(packed))[::-1], packed, strict=True):
        if not _FORKS:
            yield _answer(item)
            continue
        answer, imported = _answer_in_fork(item)
        for name in imported if n_left else ():  # once here, rather than again in every fork
            with contextlib.suppress(Exception):
                importlib.import_module(name)
        yield answer


def _import(name: str, file: str | None) -> None:
    """Import a module by name, or else from its file under that name."""
    try:
        importlib.import_module(name)
    except ImportError:
        spec = None if file is None else importlib.util.spec_from_file_location(name, file)
        if spec is None or spec.loader is None:
            return  # it travels by value, or unpickling will say what is missing
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)


def _answer(packed: bytes) -> tuple[Any, str | None]:
    try:
        function, item = pickle.loads(packed)
        return function(item), None
    except BaseException as err:
        return None, f"{type(err).__name__}: {err}"


def _answer_in_fork(packed: bytes) -> tuple[tuple[Any, str | None], list[str]]:
    """Return the answer of a forked process, and the modules it had to import."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "wb") as out:
            before = set(sys.modules)
            pickle.dump((_answer(packed), sorted(set(sys.modules) - before)), out)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as got:
        text = got.read()
    os.waitpid(child, 0)
    return pickle.loads(text) if text else ((None, "the process ended without an answer"), [])
