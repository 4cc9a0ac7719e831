"""What the views of the tab share: numbers and notes for a reader."""

from __future__ import annotations

import math
from collections.abc import Sequence

import gradio as gr
import numpy as np

from hub.demos.likelihood.strings import FORMULAS, LATEX, STRINGS
from hub.tasks import likelihood as task
from hub.ui import html
from hub.ui.strings import Language


def shown(value: float | None, digits: int = 4) -> str:
    """A number for a reader."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value:.{digits}g}"


def times(difference: float) -> str:
    """e to this power, for a reader."""
    if difference < math.log(1e4):
        return f"{math.exp(difference):.3g}" if difference < math.log(100) else f"{math.exp(difference):,.0f}"
    power, rest = divmod(difference / math.log(10), 1)
    raised = str(int(power)).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{10**rest:.2g} × 10{raised}"


def notes_html(codes: Sequence[str], language: Language) -> str:
    return "".join(html.note(sentence(STRINGS.say(f"note_{code}", language)), "warn") for code in codes)


def sentence(text: str) -> str:
    """With a capital letter; a symbol stays as it is."""
    return text[:1].upper() + text[1:] if text[:1].isascii() else text


def caption_of(fit: task.Fit, language: Language) -> str:
    """How an estimate was found, and how good it is."""
    return STRINGS.say(
        "estimates" if fit.log_likelihood is not None else "estimates_none", language, n=f"{fit.n:,}",
        method=STRINGS.say(fit.method, language), norm=shown(fit.gradient_norm, 2), value=shown(fit.log_likelihood, 7),
    )  # fmt: skip


def rows_text(rows: np.ndarray) -> str:
    """Rows as a person types them; the class is a whole number."""
    return "\n".join(", ".join(f"{value:.6g}" for value in row) for row in rows)


def numbers_text(data: Sequence[float] | np.ndarray) -> str:
    """Values as a person types them."""
    return " ".join(f"{value:.10g}" for value in data)


def formula(key: str) -> gr.Markdown:
    """The formula of a view."""
    return gr.Markdown(FORMULAS[key], latex_delimiters=LATEX, elem_classes="formula")
