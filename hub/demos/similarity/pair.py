"""Two sentences: how near each encoder finds them, and which token meets which."""

from __future__ import annotations

import time

import gradio as gr

from hub import limits
from hub.demos.similarity.encoders import Encoders, sentence_of
from hub.demos.similarity.samples import PAIRS
from hub.demos.similarity.strings import STRINGS
from hub.demos.similarity.view import Examples, Field, Outputs, Values, View
from hub.errors import BundleError, InputError
from hub.tasks import collapse
from hub.tasks import embed as task
from hub.tasks.embed import Progress
from hub.ui import html, pictures
from hub.ui import similarity_figures as figures
from hub.ui.strings import Language


def card_html(encoders: Encoders, name: str, a: str, b: str, speech: Language, language: Language) -> str:
    """One encoder's answer beside what it says of unrelated sentences. Raises InputError."""
    title = f"<h4>{html.text_of(encoders.title(name, language))}</h4>"
    bundle = encoders.checked(name, speech, language)
    try:
        session = bundle.session()
        usual = encoders.usual(name, speech)
        task.similarity(bundle, a, b)  # loads what is needed: the time below is of an answer, not of a start
        start = time.perf_counter()
        cosine = task.similarity(bundle, a, b)
        milliseconds = 1000 * (time.perf_counter() - start)
    except BundleError as error:
        return f"<article class='card broken'>{title}{html.note(STRINGS.say('disabled', language, reason=error), 'warn')}</article>"  # noqa: E501
    above = STRINGS.say("above", language, share=collapse.share_below(cosine, usual))
    mean = float(usual.mean())
    bars = html.bar(STRINGS.say("this_pair", language), cosine, f"{cosine:.3f}", True)
    bars += html.bar(STRINGS.say("unrelated", language), mean, f"{mean:.3f}")
    facts = f"{milliseconds:.1f} ms · {bundle.card.default_variant} · {session.provider}"
    return (
        f"<article class=card>{title}<div class=verdict>{cosine:.3f}<small>{html.text_of(above)}</small></div>{bars}"
        f"<p class=facts>{html.text_of(facts)}</p></article>"
    )


def show(encoders: Encoders, values: Values, speech: Language, language: Language) -> Outputs:
    """Cards of the encoders, the alignment of one, and a note on it."""
    a, b = sentence_of(values["a"], language), sentence_of(values["b"], language)
    names = (values["models"] or [])[: limits.MAX_MODELS_AT_ONCE]
    if not names:
        raise InputError(STRINGS.say("no_encoder", language))
    cards = "".join(card_html(encoders, name, a, b, speech, language) for name in names)
    aligned = encoders.checked(values["aligned"], speech, language)
    found = task.alignment(aligned, a, b)
    note = STRINGS.say("aligned_cut", language, count=limits.MAX_ALIGNED_TOKENS) if found.cut else ""
    figure = figures.alignment(found.first, found.second, found.cosines)
    return [f"<div class=cards>{cards}</div>", pictures.sent(figure, "alignment"), html.note(note)]


def draw(encoders: Encoders) -> View:
    """Lay it out."""
    s = STRINGS
    everyone = [(card.name, card.name) for card in encoders.cards]
    with gr.Tab(s("pair"), id="pair") as tab:
        with gr.Row():
            a = gr.Textbox(label=s("a"), lines=1, max_lines=4, elem_id="similarity-a", min_width=260)
            b = gr.Textbox(label=s("b"), lines=1, max_lines=4, elem_id="similarity-b", min_width=260)
        models = gr.CheckboxGroup(everyone, label=s("encoders"), elem_id="similarity-models")
        button = gr.Button(s("run"), variant="primary", elem_id="similarity-run")
        dataset = gr.Dataset(
            components=[gr.Textbox(visible=False)], samples=[[pair.title[0]] for pair in PAIRS["en"]],
            label=s("examples"), type="index", elem_id="similarity-examples",
        )  # fmt: skip
        cards = gr.HTML(elem_id="similarity-cards")
        gr.Markdown(s("pair_look"), elem_classes="look")
        aligned = gr.Dropdown(everyone, label=s("aligned"), elem_id="similarity-aligned")
        plot = pictures.plot("alignment")
        note = gr.HTML(elem_id="similarity-aligned-note")
        gr.Markdown(s("aligned_look"), elem_classes="look")

    def names(speech: Language, language: Language) -> list[str]:
        return [name for _, name in encoders.choices(speech, language)][: limits.MAX_MODELS_AT_ONCE]

    def run(values: Values, speech: Language, language: Language, _: Progress | None) -> Outputs:
        return show(encoders, values, speech, language)

    fields = {
        "a": Field(a, lambda speech, _: PAIRS[speech][0].a),
        "b": Field(b, lambda speech, _: PAIRS[speech][0].b),
        "models": Field(models, names, encoders.choices, live=True),
        "aligned": Field(aligned, lambda *of: next(iter(names(*of)), None), encoders.choices, live=True),
    }
    examples = Examples(
        dataset,
        lambda speech, language: [pair.title[language == "zh"] for pair in PAIRS[speech]],
        lambda place, speech: {"a": PAIRS[speech][place].a, "b": PAIRS[speech][place].b},
    )
    return View("pair", tab, fields, [cards, plot, note], run, "b", button, ("a", "b"), examples)
