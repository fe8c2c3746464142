"""Turning pydantic's validation errors into one helpful paragraph."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import ValidationError

from workbench.errors import did_you_mean


def explain(owner: str, known: Iterable[str], err: ValidationError) -> str:
    """Say what was wrong, with what was got, what is accepted and the near miss.

    Parameters
    ----------
    owner : str
        What the fields belong to, such as `'rsi'` or `the experiment`.
    known : iterable of str
        Its field names.
    err : ValidationError
    """
    fields = list(known)
    return " ".join(dict.fromkeys(_sentence(owner, fields, item) for item in err.errors()))


def _sentence(owner: str, known: list[str], item: object) -> str:
    assert isinstance(item, dict)
    path = [str(part) for part in item["loc"]]
    field = ".".join(path)
    if item["type"] == "extra_forbidden":
        takes = f" It takes {', '.join(f'`{k}`' for k in known)}." if known else " It takes no parameters."
        return f"{owner} has no parameter `{field}`.{did_you_mean(field, known) or takes}"
    if item["type"] == "missing":
        return f"{owner} needs the parameter `{field}`."
    message = str(item["msg"]).removeprefix("Value error, ")
    return f"`{field}` of {owner} is {item.get('input')!r}: {message[:1].lower()}{message[1:].rstrip('.')}."
