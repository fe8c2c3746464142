"""The hooks, with their exact signatures."""

from __future__ import annotations

from blocks.markdown import prose, signature


def every_hook() -> str:
    """Every hook: its signature and what its specification says."""
    from workbench.contracts import hooks

    specifications = [(name, f) for name, f in vars(hooks).items() if name.startswith("workbench_")]
    return "\n\n".join(f"### {n}\n\n```text\n{signature(f, n)}\n```\n\n{prose(f)}" for n, f in specifications)
