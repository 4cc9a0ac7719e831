"""What the tab says of its runs: status, tables, links, stories."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hub.bundle import Bundle
from hub.demos.gradients.pictures import COLOURS, SIDES, number
from hub.demos.gradients.stories import Preset
from hub.demos.gradients.strings import STRINGS
from hub.snippet import snippet
from hub.tasks import gradients as task
from hub.ui import html
from hub.ui.strings import Language

CARD = "class=card"  # of a network, in the status


def status_html(runs: Sequence[task.Run], language: Language, *, before: bool = False) -> str:
    """Step, loss, accuracy and slope of both; why one has stopped. before: as it was before the first step."""
    parts = []
    for side, run in zip(SIDES, runs, strict=True):
        lines = [
            f"<span class='side {side}'>{STRINGS.say(f'side_{side}', language)}</span> "
            f"<small>{describe(run.config, language)}</small>"
        ]
        if run.history:
            first, last = run.history[0], run.history[-1]

            def say(key: str, **filled: object) -> str:
                return STRINGS.say(key, language, **filled)

            key = "before" if before else "state"
            lines.append(
                say(key, step=last.step, steps=run.config.steps, loss=number(last.loss), accuracy=last.accuracy)
            )
            expected = task.theory(run.config)
            measured = number(math.exp(first.slope)) if math.isfinite(first.slope) else "–"
            key, values = ("slopes", {"theory": number(math.exp(expected.slope))}) if expected else ("slope_alone", {})
            ends = first.gradient_norm
            ratio = number(float(ends[0] / ends[-1])) if ends[-1] > 0 else "–"
            lines.append(say(key, measured=measured, **values) + "; " + say("ratio_ends", ratio=ratio))
        shown = "".join(f"<p class=note>{line}</p>" for line in lines)
        if run.history and run.history[-1].problem:
            last = run.history[-1]
            shown += html.note(
                STRINGS.say(last.problem, language, step=last.step, precision=run.config.precision), "warn"
            )
        done = 0 if before else run.step_count
        share_done = 100 * done / max(1, run.config.steps)
        parts.append(
            f"<div {CARD} data-side={side} data-step={done}>{shown}"
            f"<div class=progress><i style='width:{share_done:.0f}%;background:{COLOURS[side]}'></i></div></div>"
        )
    return f"<div class=pair>{''.join(parts)}</div>"


def describe(config: task.Config, language: Language) -> str:
    """A configuration in a few words."""
    deep = config.network == "deep"
    words = [
        config.activation if deep else STRINGS.say(config.network, language),
        f"{config.depth} × {config.width}",
        STRINGS.say(config.initialisation, language).partition(":")[0]
        + (f" σ={config.sigma:g}" if config.initialisation == "normal" else ""),
        *[STRINGS.say("batch_norm", language)] * (config.batch_norm and deep),
        *[STRINGS.say("residual", language)] * (config.residual and deep),
        *[f"{STRINGS.say('clip', language)} {config.clip_at:g}"] * (config.clip != "none"),
        *[config.precision] * (config.precision != "float64"),
    ]
    return html.text_of(" · ".join(words))


def table_html(runs: Sequence[task.Run], language: Language) -> str:
    """The values of the line figures."""
    tables = []
    for side, run in zip(SIDES, runs, strict=True):
        if not run.history:
            continue
        first, last = run.history[0], run.history[-1]
        expected = task.theory(run.config)
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
