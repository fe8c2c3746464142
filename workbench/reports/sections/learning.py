"""Learning curves of every model that trains in epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from workbench.reports.data.learning import diagnose
from workbench.reports.html import bullets, figure, heading, paragraph

if TYPE_CHECKING:
    from workbench.runs.run import Run

MOST_MODELS = 6
"""Models drawn at most; each gets its sentence."""


def render(run: Run) -> str:
    """Return a sentence on over- or underfitting and a figure per model; nothing where none trains in epochs."""
    found = diagnose(run)
    if not found:
        return ""
    intro = (
        "Thin lines are single fits, one per fold and seed; the bold line is their median. Overfitting means that the "
        "lowest validation loss came before the last quarter of the epochs and the loss then rose while training loss "
        "fell; underfitting, that both were still falling. Changes below a hundredth of the first loss count as none."
    )
    parts = [paragraph(intro), bullets([diagnosis.sentence for diagnosis in found])]
    for number, diagnosis in enumerate(found[:MOST_MODELS]):
        parts.append(heading(diagnosis.model) if len(found) > 1 else Markup(""))
        parts.append(_figure(run, diagnosis.model, f"learning-{number}"))
    return Markup("").join(parts)


def _figure(run: Run, model: str, name: str) -> Markup:
    return figure(
        run,
        "learning",
        name=name,
        title=f"Learning curves of {model}",
        description=f"Training and validation loss of {model} by epoch, each fit as a change since its own first "
        "epoch, and its validation RMSE.",
        model=model,
    )
