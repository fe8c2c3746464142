"""`secret`: keys for vendors, read from the environment or a file of the user's, and written nowhere."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path

from workbench.errors import DataError

FILE = "WORKBENCH_SECRETS"
"""Environment variable that says where the file of secrets is."""


def secret(name: str) -> str:
    """Return the secret called `name`: from the environment, or else from the file of secrets.

    The file is TOML, a line for each secret: `ALPHAVANTAGE_API_KEY = "..."`. It is where the environment variable
    `WORKBENCH_SECRETS` says, by default `secrets.toml` in the user's configuration folder of `workbench`, and only its
    owner may read it.

    Parameters
    ----------
    name : str
        Such as `ALPHAVANTAGE_API_KEY`.

    Returns
    -------
    str
        Never put it into a parameter, a message, an address that is shown, or a file.

    Raises
    ------
    DataError
        There is none, or the file is no TOML or can be read by others. The message never holds a secret.
    """
    found = os.environ.get(name, "").strip()
    if found:
        return found
    path = secrets_file()
    kept = _read(path).get(name) if path.is_file() else None
    if isinstance(kept, str) and kept.strip():
        return kept.strip()
    raise DataError(
        f'there is no secret {name}. Set the environment variable {name}, or write the line `{name} = "..."` into '
        f"{path}, which nobody but you may read (`chmod 600`)."
    )


def secrets_file() -> Path:
    """Return where the file of secrets is, or would be."""
    chosen = os.environ.get(FILE, "").strip()
    if chosen:
        return Path(chosen).expanduser()
    import platformdirs

    return platformdirs.user_config_path("workbench") / "secrets.toml"


def _read(path: Path) -> dict[str, object]:
    _refuse_shared(path)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        pass  # raised below, where nothing that the file holds can hang on to the error
    raise DataError(f'{path} cannot be read as TOML. It holds a line `NAME = "..."` for each secret.')


def _refuse_shared(path: Path) -> None:
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise DataError(
            f"others than you can read {path}, so no secret is taken from it. Run `chmod 600 {path}` first."
        )
