"""A bigram language model over a text: its training is maximum likelihood."""

from __future__ import annotations

import math

import gradio as gr
import numpy as np

from hub.demos.likelihood import figures
from hub.demos.likelihood.common import Lab, Shown, View, explained, guarded, notes_html, shown
from hub.demos.likelihood.figures import BLUE, GREEN, Curve
from hub.demos.likelihood.strings import STRINGS
from hub.tasks import likelihood as task
from hub.tasks.likelihood import bigram
from hub.ui import html, pictures
from hub.ui.strings import Language, language_of
from hub.ui.turns import QUIET

TEXTS = {
    "en": "the cat sat on the mat . the dog sat on the log . the cat saw the dog and the dog saw the cat . "
    "the mat is on the floor and the cat is on the mat .",
    "zh": "春眠不觉晓，处处闻啼鸟。夜来风雨声，花落知多少。床前明月光，疑是地上霜。举头望明月，低头思故乡。",
}


SENTENCES = {"en": "the dog is on the mat", "zh": "床前闻啼鸟"}


SHOWN_TOKENS = 20  # in the heat map


def show_model(graphs: task.Graphs, text: str, unit: str, alpha: float, sentence: str, language: Language) -> Shown:
    """A bigram model of a text: heat map, ascent, facts with the strongest pairs, and a judgement."""
    say = STRINGS.say
    made = bigram.bigram(graphs, task.read_text(text), unit, smoothing=float(alpha))
    kept = min(SHOWN_TOKENS, len(made.tokens))
    heat = figures.transitions(
        made.tokens[:kept], made.probabilities[:kept, :kept], made.counts[:kept, :kept],
        [say("previous", language), say("next", language)],
    )  # fmt: skip
    steps = np.arange(len(made.path))
    climb = figures.lines(
        [
            Curve(say("ascent", language), steps, made.path, BLUE),
            Curve(say("maximum", language), steps[[0, -1]], np.full(2, made.best), GREEN, "dash"),
        ],
        say("step", language), say("log_likelihood", language), steps=len(steps) - 1,
    )  # fmt: skip
    facts = say(
        "model_facts", language, pairs=f"{made.pairs:,}", tokens=f"{len(made.tokens):,}",
        value=shown(made.log_likelihood, 6), perplexity=shown(made.perplexity), norm=shown(made.gradient_norm, 2),
        merged=say("merged", language, count=made.merged) if made.merged else "",
    )  # fmt: skip
    rows: list[list[html.Cell]] = [
        [f"{a}\u00a0→\u00a0{b}", count, f"{p:.3f}", shown(error, 3)] for a, b, count, p, error in made.strongest(12)
    ]
    headers: list[html.Cell] = [say(key, language) for key in ("pair", "times", "probability", "error")]
    table = html.table(headers, rows, say("strongest", language), (1, 2, 3))
    return [
        pictures.sent(heat, "bigram"), pictures.sent(climb, "bigram-ascent"),
        html.note(facts) + (notes_html(("unseen",), language) if not alpha else ""),
        judgement_html(graphs, made, sentence, language), table,
    ]  # fmt: skip


def judgement_html(graphs: task.Graphs, made: bigram.Bigram, sentence: str, language: Language) -> str:
    """Each token with its log-probability as a colour; what was never seen stands out."""
    if not (sentence or "").strip():
        return ""
    say = STRINGS.say
    reading = bigram.read_with(graphs, made, sentence)
    cells = [f"<span class=token>{html.text_of(reading.tokens[0])}</span>"]
    for token, log_prob, p in zip(reading.tokens[1:], reading.log_prob, reading.probabilities, strict=True):
        kind = "token never" if not math.isfinite(log_prob) else "token"
        cells.append(
            f"<span class='{kind}' style='--p:{p:.3f}' title='log p = {shown(float(log_prob))}'>"
            f"{html.text_of(token)}<small>{p:.2g}</small></span>"
        )
    facts = say("judged", language, value=shown(reading.log_likelihood), perplexity=shown(reading.perplexity))
    never = ", ".join(reading.never[:6])
    return (
        html.note(facts, "notice")
        + f"<div class=tokens>{''.join(cells)}</div>"
        + (html.note(say("never", language, pairs=never), "warn") if never else "")
    )


def draw(lab: Lab) -> View:
    """Draw the view and wire its events."""
    s = STRINGS
    with gr.Tab(s("model"), id="model") as tab:
        _, look = explained("model")
        with gr.Row():
            with gr.Column(min_width=300, scale=2):
                text = gr.Textbox(label=s("text"), lines=4, max_lines=8, elem_id="model-text")
                sentence = gr.Textbox(label=s("sentence"), elem_id="sentence")
            with gr.Column(min_width=260):
                unit = gr.Radio(
                    [(s("words"), "words"), (s("characters"), "characters")], value="words", label=s("unit"),
                    elem_id="unit",
                )  # fmt: skip
                alpha = gr.Slider(0, 2, 0, step=0.05, label=s("smoothing"), elem_id="alpha")
                model_button = gr.Button(s("run_model"), variant="primary", elem_id="run-model")
                write_button = gr.Button(s("write"), size="sm", elem_id="write")
        written = gr.HTML(elem_id="written")
        judged = gr.HTML(elem_id="judged")
        model_facts = gr.HTML(elem_id="model-facts")
        with gr.Row():
            with gr.Column(min_width=300):
                heat = pictures.plot("transitions")
            with gr.Column(min_width=300):
                ascent = pictures.plot("model-ascent")
        pairs = gr.HTML(elem_id="pairs")
    view = View(
        "model", tab, look, {"text": text, "unit": unit, "alpha": alpha, "sentence": sentence},
        [heat, ascent, model_facts, judged, pairs], lambda *given: show_model(lab.graphs, *given),
        {"text": str, "unit": str, "alpha": float, "sentence": str}, "text",
        usual=lambda language, given: {"text": TEXTS[language], "sentence": SENTENCES[language]},
    )  # fmt: skip
    lab.wire(view, model_button.click, sentence.submit)

    def on_write(given: str, one: str, added: float, request: gr.Request) -> str:
        language = language_of(request)

        def make() -> str:
            made = bigram.bigram(lab.graphs, task.read_text(given), one, steps=0, smoothing=float(added))
            return html.note(STRINGS.say("written", language, text=bigram.write_text(made, 40)), "notice")

        return guarded(language, make)

    write_button.click(lab.newest(on_write, "written", [written]), [text, unit, alpha], written, **QUIET)
    return view
