"""Product or sum: the product of many probabilities underflows, the sum of their logarithms does not."""

from __future__ import annotations

import gradio as gr

from hub import limits
from hub.demos.likelihood import figures
from hub.demos.likelihood.common import Lab, Shown, View, explained, shown
from hub.demos.likelihood.figures import BLUE, GREEN, ORANGE, Curve, Mark
from hub.demos.likelihood.language_model import TEXTS
from hub.demos.likelihood.strings import STRINGS
from hub.tasks import likelihood as task
from hub.tasks.likelihood import products
from hub.ui import html, pictures
from hub.ui.strings import Language


def show_product(graphs: task.Graphs, source: str, p: float, n: float, text: str, language: Language) -> Shown:
    """Product against sum of logarithms."""
    say = STRINGS.say
    if source == "text":
        log_prob = products.token_log_probs(graphs, task.read_text(text), "words")
    else:
        log_prob = products.same_log_probs(float(p), int(n))
    found = products.underflow(graphs, log_prob)
    styles = {"float32": ORANGE, "float64": BLUE}
    curves = [Curve(say("sum_of", language, kind="float64"), found.lengths, found.sum10, GREEN, "solid", 2.0)]
    curves += [
        Curve(say("product_of", language, kind=kind), found.lengths, found.log10[kind], styles[kind],
              "dash" if kind == "float32" else "dot", 4.0)
        for kind in products.PRECISIONS
    ]  # fmt: skip
    lines, marks = [], []
    for kind in products.PRECISIONS:
        gone = found.gone[kind]
        if gone is None:
            lines.append(html.note(say("alive", language, kind=kind), "notice"))
            continue
        message = say("gone", language, kind=kind, n=f"{gone:,}")
        lines.append(html.note(message, "warn"))
        marks.append(Mark(message, gone, found.last10(kind), styles[kind], "x"))
    lines.append(html.note(say("sum_alive", language, value=shown(float(found.log_sum["float64"][-1]), 6)), "notice"))
    figure = figures.lines(curves, say("n", language), say("exponent", language), marks=marks)
    return [pictures.sent(figure, "underflow"), "".join(lines)]


def draw(lab: Lab, text: gr.Textbox) -> View:
    """Draw the view and wire its events. text: of the language model."""
    s = STRINGS
    with gr.Tab(s("product"), id="product") as tab:
        _, look = explained("product")
        with gr.Row():
            source = gr.Radio(
                [(s("coin"), "coin"), (s("reading"), "text")], value="coin", label=s("source"), elem_id="source",
                min_width=280,
            )  # fmt: skip
            p = gr.Slider(0.01, 0.99, 0.5, step=0.01, label=s("each"), elem_id="p", min_width=200)
            n = gr.Slider(50, limits.MAX_LAB_SAMPLES, 1500, step=50, label=s("n"), elem_id="n", min_width=200)
        product_facts = gr.HTML(elem_id="product-facts")
        product_plot = pictures.plot("product")
    view = View(
        "product", tab, look, {"source": source, "p": p, "n": n, "text": text}, [product_plot, product_facts],
        lambda *given: show_product(lab.graphs, *given), {"source": str, "p": float, "n": float, "text": str}, "text",
        usual=lambda language, given: {"text": TEXTS[language]},
    )  # fmt: skip
    lab.wire(view)
    return view
