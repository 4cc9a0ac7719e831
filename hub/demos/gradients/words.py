"""What the tab says of its runs: slopes, tables, links, stories."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hub.bundle import Bundle
from hub.demos.gradients.examples import Preset
from hub.demos.gradients.figures import SIDES, number, theory_of
from hub.demos.gradients.strings import STRINGS
from hub.snippet import snippet
from hub.tasks import gradients as task
from hub.ui import html
from hub.ui.strings import Language


def slopes_html(runs: Sequence[task.Run], language: Language) -> str:
    """How fast the gradient of each network changes from layer to layer at its first step, beside the theory."""
    lines = []
    for side, run in zip(SIDES, runs, strict=True):
        if not run.history:
            continue
        first, expected = run.history[0], theory_of(run.config)
        measured = number(math.exp(first.slope)) if math.isfinite(first.slope) else "–"
        key, values = ("slopes", {"theory": number(math.exp(expected.slope))}) if expected else ("slope_alone", {})
        ends = first.gradient_norm
        ratio = number(float(ends[0] / ends[-1])) if ends[-1] > 0 else "–"
        said = STRINGS.say(key, language, measured=measured, **values)
        said += STRINGS.say("and", language) + STRINGS.say("ratio_ends", language, ratio=ratio)
        lines.append(f"<p class=note><span class='side {side}'>{side.upper()}</span> {said}</p>")
    return "".join(lines)


def table_html(runs: Sequence[task.Run], language: Language) -> str:
    """The values of the line figures."""
    tables = []
    for side, run in zip(SIDES, runs, strict=True):
        if not run.history:
            continue
        first, last = run.history[0], run.history[-1]
        expected = theory_of(run.config)
        theory = expected.norms(float(first.delta_norm[-1])) if expected else [math.nan] * run.config.depth
        headers: list[html.Cell] = [STRINGS.say("layer_short", language), "‖∂L/∂h‖", "χ", "‖∂L/∂W‖", "‖ΔW‖/‖W‖"]
        rows: list[list[html.Cell]] = [
            [
                index + 1, number(last.delta_norm[index]), "–" if math.isnan(theory[index]) else number(theory[index]),
                number(last.gradient_norm[index]),
                number(last.update_ratio[index]) if len(last.update_ratio) > index else None,
            ]
            for index in range(run.config.depth)
        ]  # fmt: skip
        tables.append(html.table(headers, rows, STRINGS.say(f"side_{side}", language), range(1, 5)))
    return html.details(STRINGS.say("values", language), f"<div class=pair>{''.join(tables)}</div>") if tables else ""


def download_html(bundle: Bundle, configs: Sequence[task.Config], language: Language) -> str:
    """Links to the very graphs that computed the figures, and to the data of the program that trains them."""

    def link_to(file: str) -> str:
        return f"<a href='v1/models/{bundle.name}/files/{file}' download>{file}</a>"

    lines = []
    for side, config in zip(SIDES, configs, strict=True):
        variant = bundle.variant(config.graph)
        size = f"{variant.bytes / 1e3:.0f}"
        lines.append(STRINGS.say("graph", language, side=side.upper(), link=link_to(variant.file), size=size))
    lines.append(STRINGS.say("stored", language, link=link_to(task.DATA_FILE)))
    return "".join(f"<p class=note>{line}</p>" for line in lines)


def program(bundle: Bundle, config: task.Config) -> str:
    """The snippet for the graph of a configuration."""
    return snippet(bundle.card.model_copy(update={"default_variant": config.graph}))


def story_html(preset: Preset | None, language: Language) -> str:
    """The two sentences of a preset, and what to look for."""
    if preset is None:
        return ""
    position = language == "zh"
    return html.note(preset.text[position]) + html.note(STRINGS.say("look", language) + preset.look[position], "notice")
