"""One text: what several models answer, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from hub import errors, limits
from hub.card import Card
from hub.demos.classification.answers import compared, raced
from hub.demos.classification.examples import EXAMPLES, OPINION, Example, note_of, opening
from hub.demos.classification.runs import RACE_REPEATS, Models, Run, ask_all, explains, fitting, script_of
from hub.demos.classification.strings import STRINGS
from hub.demos.classification.why import explained
from hub.errors import HubError, InputError, TooLargeError
from hub.tasks.classify import TASK
from hub.text import check_text
from hub.ui import html, share
from hub.ui.context import readable
from hub.ui.strings import Language, either, label_title, language_of

PRIVATE: dict[str, Any] = {"api_visibility": "private"}
QUIET: dict[str, Any] = {"show_progress": "hidden", **PRIVATE}


@dataclass(frozen=True)
class Asked:
    """A text and how it is asked. why: the model that is explained; label: for which of its labels."""

    text: str
    names: tuple[str, ...]
    head: str = ""
    variant: str = ""
    why: str = ""
    label: str = ""

    def query(self) -> share.Link:
        """For the address."""
        values = {
            "tab": "classification", "view": "one", "text": self.text, "models": ",".join(self.names),
            "head": self.head, "variant": self.variant, "why": self.why, "label": self.label,
        }  # fmt: skip
        return share.encode(values)


def of_example(models: Models, item: Example, chosen: Sequence[str] = (), variant: str = "") -> Asked:
    """An example as it is asked: of the chosen models where all of them know its labels, and explained by its kind."""
    able = fitting(models.cards, item.language, item.expects, len(models.cards))
    able = able or fitting(models.cards, item.language, frozenset(), len(models.cards))
    names = list(chosen) if chosen and set(chosen) <= set(able) else able[:3]
    cards = [card for card in map(models.card, able) if card and item.explains and explains(card, item.explains)]
    why = next((card.name for card in cards if card.name in names), "")
    if cards and not why:  # what the example is about must be among the cards
        why = cards[0].name
        names = [*names[: max(1, min(2, len(names)))], why] if len(names) > 1 else [why]
    return Asked(item.text, tuple(names), models.head(names, item.expects), variant, why)


def message(item: Example, language: Language) -> str:
    """What to notice, above the answers."""
    return html.note(STRINGS.say("notice", language, note=note_of(item, language)), "notice")


def note_for(text: str, language: Language) -> str:
    """The same for a text that is an example's; nothing for a visitor's own."""
    return next((message(item, language) for item in EXAMPLES if item.text == text), "")


class OneText:
    """The view. Its components, in the order of the page, and what happens when they are used."""

    def __init__(self, models: Models) -> None:
        self.models = models
        s, first = STRINGS, models.first
        start = models.start(first, opening(first).expects)
        with gr.Row(equal_height=False):
            with gr.Column(scale=6, min_width=300):
                self.text = gr.Textbox(
                    label=s("text"), placeholder=s("text_hint"), lines=2, max_lines=10, elem_id="text"
                )
                with gr.Row():
                    self.run_button = gr.Button(s("run"), variant="primary", elem_id="run", min_width=100)
                    self.race_button = gr.Button(s("race"), elem_id="race", min_width=100)
                self.samples = {name: self._samples(name) for name in models.spoken}
            with gr.Column(scale=4, min_width=280):
                self.language = gr.Radio(
                    [("English", "en"), ("中文", "zh")],
                    value=first, label=s("language"), visible=len(models.spoken) > 1, elem_id="language",
                )  # fmt: skip
                self.names = gr.Dropdown(
                    models.choices("en", first), value=start, multiselect=True, label=s("models"), elem_id="models"
                )
                with gr.Row():
                    self.head = gr.Dropdown(
                        models.heads, value=models.head(start, OPINION) or None, label=s("head"),
                        visible=models.multi(start), elem_id="head", min_width=120,
                    )  # fmt: skip
                    self.variant = gr.Dropdown(
                        [(s("variant_default"), ""), *((name, name) for name in models.variants)],
                        value="", label=s("variant"), elem_id="variant", min_width=120,
                    )  # fmt: skip
                self.notice = gr.HTML(elem_id="notice")
        self.results = gr.HTML(elem_id="results")
        gr.Markdown(s("why_heading"), elem_id="why-heading")
        with gr.Row():
            self.why_model = gr.Dropdown([], label=s("why_model"), elem_id="why-model")
            self.target = gr.Dropdown([], label=s("target"), elem_id="target")
        self.why_above = gr.HTML(elem_id="why")
        self.why_figure = gr.Plot(show_label=False, visible=False, elem_id="why-figure")
        self.why_below = gr.HTML()
        self.query = gr.Textbox(visible="hidden", elem_id="query")
        self.panel = [self.target, self.why_above, self.why_figure, self.why_below]
        self.shown = [self.results, self.notice, self.why_model, *self.panel, self.query]
        self.settings = [self.text, self.language, self.names, self.head, *self.samples.values()]
        self._wire()

    def _samples(self, language: Language) -> gr.Dataset:
        texts = [[example.text] for example in EXAMPLES if example.language == language]
        return gr.Dataset(
            components=[gr.Textbox(visible=False)], samples=texts, samples_per_page=len(texts),
            label=STRINGS("examples"), type="index", visible=language == self.models.first,
            elem_id=f"examples-{language}",
        )  # fmt: skip

    def _wire(self) -> None:
        asked = [self.text, self.names, self.head, self.variant, self.why_model]
        loud: dict[str, Any] = {"show_progress_on": self.results, **PRIVATE}
        self.run_button.click(self.run, asked, self.shown, **loud)
        self.text.submit(self.run, asked, self.shown, **loud)
        self.race_button.click(
            self.race, [self.text, self.language, self.head, self.variant, self.why_model], self.shown, **loud
        )
        self.query.change(None, self.query, None, js=share.PUT_IN_ADDRESS, **PRIVATE)
        self.text.change(self.suggest, [self.text, self.language], self.settings[1:], **QUIET)
        self.language.input(self.of_language, [self.text, self.language], [*self.settings, *self.shown], **QUIET)
        self.names.input(self.of_models, self.names, self.head, **QUIET)
        for name, dataset in self.samples.items():
            dataset.click(
                self.example, [dataset, gr.State(name), self.names, self.variant],
                [self.text, self.names, self.head, *self.shown], **loud,
            )  # fmt: skip
        for component in (self.why_model, self.target):
            component.input(
                self.explain, [self.text, self.names, self.why_model, self.target, self.head, self.variant],
                [*self.panel, self.query], **QUIET,
            )  # fmt: skip

    # --- callbacks

    def run(self, text: str, names: list[str], head: str, variant: str, why: str, request: gr.Request) -> list[Any]:
        try:
            language = language_of(request)
            return self.answer(Asked(text, tuple(names or ()), head, variant, why), note_for(text, language), language)
        except HubError as error:
            raise readable(error) from None

    def race(self, text: str, language: str, head: str, variant: str, why: str, request: gr.Request) -> list[Any]:
        names = [card.name for card in self.models.cards if language in card.languages][: limits.MAX_MODELS_AT_ONCE]
        try:
            spoken = language_of(request)
            return self.answer(Asked(text, tuple(names), head, variant, why), note_for(text, spoken), spoken, race=True)
        except HubError as error:
            raise readable(error) from None

    def example(
        self, index: int, language: Language, chosen: list[str], variant: str, request: gr.Request
    ) -> list[Any]:
        item = [entry for entry in EXAMPLES if entry.language == language][index]
        try:
            return self._exemplified(item, of_example(self.models, item, chosen, variant), language_of(request))
        except HubError as error:
            raise readable(error) from None

    def explain(
        self, text: str, names: list[str], why: str, label: str, head: str, variant: str, request: gr.Request
    ) -> list[Any]:
        spoken = language_of(request)
        try:
            asked = Asked(check_text(text), tuple(names or ()), head, variant, why, label)
            panel, asked = self._panel(asked, spoken)
        except HubError as error:
            raise readable(error) from None
        return [*panel, asked.query().query]

    def of_language(self, text: str, language: Language, request: gr.Request) -> list[Any]:
        """The models and examples of a language; its first example, too, where the text is none of the visitor's."""
        spoken = language_of(request)
        if (text or "").strip() and text not in {entry.text for entry in EXAMPLES}:
            names = self.models.start(language)
            head = gr.Dropdown(value=self.models.head(names, OPINION) or None, visible=self.models.multi(names))
            models = gr.Dropdown(choices=self.models.choices(spoken, language), value=names)
            return [gr.skip(), language, models, head, *self._visible(language), *[gr.skip()] * len(self.shown)]
        try:
            item = opening(language)
            asked = of_example(self.models, item)
            text, _, head, *shown = self._exemplified(item, asked, spoken)
        except HubError as error:
            raise readable(error) from None
        models = gr.Dropdown(choices=self.models.choices(spoken, language), value=list(asked.names))
        return [text, language, models, head, *self._visible(language), *shown]

    def suggest(self, text: str, language: Language, request: gr.Request) -> list[Any]:
        found = script_of(text or "")
        if not (text or "").strip() or found == language or found not in self.models.spoken:
            return [gr.skip()] * (len(self.settings) - 1)
        return self.of_language(text, found, request)[1 : len(self.settings)]

    def of_models(self, names: list[str]) -> gr.Dropdown:
        return gr.Dropdown(visible=self.models.multi(names))

    # --- what they show

    def answer(self, asked: Asked, note: str, language: Language, race: bool = False, split: bool = False) -> list[Any]:
        """Results, why, and the address, for `shown`. split: what other models of these labels say is told, too.

        Raises InputError for what can be told without a model.
        """
        asked = replace(asked, text=check_text(asked.text))
        if not asked.names:
            raise InputError("models_unchosen")
        if len(asked.names) > limits.MAX_MODELS_AT_ONCE:
            raise TooLargeError("models_many", found=len(asked.names), allowed=limits.MAX_MODELS_AT_ONCE)
        repeats = {"repeats": RACE_REPEATS} if race else {}
        runs = ask_all(self.models, asked.names, asked.text, asked.head, asked.variant, language, **repeats)
        working = {run.card.name: run for run in runs if run.prediction}
        why = asked.why if asked.why in working else next(iter(working), "")
        asked = replace(asked, why=why)
        link = asked.query()
        note += html.note(STRINGS.say("shortened", language), "warn") if link.shortened else ""
        shown = (
            raced(runs, language)
            if race
            else compared(runs, language, self._others(runs, asked, language) if split else ())
        )
        titles = [(either(run.card.title, language), name) for name, run in working.items()]
        panel: list[Any] = [gr.Dropdown(choices=[], value=None), "", gr.Plot(value=None, visible=False), ""]
        if why:
            label = asked.label or working[why].prediction.label  # type: ignore[union-attr]
            panel, _ = self._panel(replace(asked, label=label), language)
        return [shown, note, gr.Dropdown(choices=titles, value=why or None), *panel, link.query]

    def _others(self, runs: Sequence[Run], asked: Asked, language: Language) -> list[Run]:
        answered = next((run for run in runs if run.prediction), None)
        if answered is None:
            return []
        found = self.models.alike(answered.card, answered.head)
        return [
            run
            for name, head in found.items()
            if name not in asked.names
            for run in ask_all(self.models, [name], asked.text, head, asked.variant, language, repeats=1)
        ]

    def _panel(self, asked: Asked, language: Language) -> tuple[list[Any], Asked]:
        """Why one model says so; and the same question with the label that is explained."""
        bundle = self.models.bundles.get(asked.why, TASK)
        found = explained(bundle, asked.text, asked.head, asked.variant, asked.label, language)
        labels = [(label_title(bundle.card, name, language), name) for name in found.labels]
        panel = [
            gr.Dropdown(choices=labels, value=found.label),
            found.above,
            gr.Plot(value=found.figure, visible=found.figure is not None),
            found.below,
        ]
        return panel, replace(asked, label=found.label)

    def _exemplified(self, item: Example, asked: Asked, language: Language) -> list[Any]:
        """Text, models, head, and `shown`."""
        made = self.answer(asked, message(item, language), language, split=item.split)
        head = gr.Dropdown(value=asked.head or None, visible=self.models.multi(asked.names))
        return [asked.text, gr.Dropdown(value=list(asked.names)), head, *made]

    def _visible(self, language: Language) -> list[Any]:
        return [gr.Dataset(visible=name == language) for name in self.samples]

    def restored(self, values: dict[str, str], notes: Sequence[str], language: Language) -> list[Any]:
        """`settings`, the variant and `shown` as an address says; without one, the first example.

        Args:
            notes: what is told above the answers.
        """
        models = self.models
        asked_names = [name for name in values.get("models", "").split(",") if name]
        names = [name for name in asked_names if models.card(name)]
        lost = [name[:60] for name in asked_names if name not in names]
        for key, known in (("head", models.heads), ("variant", models.variants)):
            if values.get(key) and values[key] not in known:
                lost.append(values[key][:60])
        told = [*notes, STRINGS.say("dropped", language, names=", ".join(lost))] if lost else notes
        note = "".join(html.note(line, "warn") for line in told)
        text = values.get("text", "")[: limits.MAX_TEXT_CHARS]
        speech: Language = language if language in models.spoken else models.first
        if text:
            speech = script_of(text) if script_of(text) in models.spoken else speech
        if names:
            speech = self._card(names[0]).languages[0]
        item = opening(speech)
        asked = of_example(models, item)
        if text:
            asked = Asked(text, tuple(models.start(speech)), models.head(models.start(speech), OPINION))
        else:
            note += message(item, language)
        if names:
            asked = replace(asked, names=tuple(names[: limits.MAX_MODELS_AT_ONCE]), head=models.head(names, OPINION))
        asked = replace(
            asked,
            head=values["head"] if values.get("head") in models.heads else asked.head,
            variant=values["variant"] if values.get("variant") in models.variants else "",
            why=values.get("why", asked.why),
            label=values.get("label", ""),
        )
        try:
            shown = self.answer(asked, note, language)
        except HubError as error:
            shown = [html.empty(errors.readable(error, language)), note, *[gr.skip()] * 6]
        if not values.get("text") or values.get("tab", "classification") != "classification":
            shown[-1] = ""  # a plain address stays plain, and another tab's stays its own
        choices = gr.Dropdown(choices=models.choices(language, speech), value=list(asked.names))
        head = gr.Dropdown(value=asked.head or None, visible=models.multi(asked.names))
        return [asked.text, speech, choices, head, *self._visible(speech), asked.variant, *shown]

    def _card(self, name: str) -> Card:
        card = self.models.card(name)
        assert card is not None
        return card
