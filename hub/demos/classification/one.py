"""One text: what several models answer, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

import gradio as gr

from hub import limits
from hub.demos.classification.answers import compared, raced
from hub.demos.classification.examples import EXAMPLES, OPINION, Example, note_of, opening
from hub.demos.classification.strings import STRINGS
from hub.demos.classification.why import explained
from hub.errors import InputError, TooLargeError
from hub.tasks.classifiers import Classifiers, Run, explains, fitting
from hub.tasks.classify import TASK
from hub.text import check_text, script_of
from hub.ui import html, settings
from hub.ui import view as kit_view
from hub.ui.settings import Control
from hub.ui.strings import LANGUAGES, Language, either, label_title
from hub.ui.view import STAND, Kit, Scene, View

RACE_REPEATS = 15


class Settings(settings.Settings):
    """A text and how it is asked. why: the model that is explained; label: for which label, "" for its answer."""

    text: Annotated[str, Control(submits=True)] = ""
    language: Annotated[Language, Control(kind=gr.Radio, hidden=True)] = "en"
    models: Annotated[tuple[str, ...], Control(kind=gr.Dropdown, joint=",")] = ()
    head: Annotated[str | None, Control(kind=gr.Dropdown)] = None
    variant: Annotated[str, Control(kind=gr.Dropdown)] = ""
    why: Annotated[str | None, Control(kind=gr.Dropdown, label="why_model")] = None
    label: Annotated[str | None, Control(kind=gr.Dropdown, label="target")] = None


# --- what is shown ----------------------------------------------------------------------------------------------------


def show(models: Classifiers, settings: Settings, language: Language) -> dict[str, Any]:
    """The answers side by side, and why. Raises InputError for what can be told without a model."""
    settings = _checked(settings)
    runs = models.ask(settings.models, settings.text, settings.head or "", settings.variant)
    example = example_of(settings.text)
    others = _others(models, runs, settings) if example and example.split else ()
    return _with_why(models, settings, runs, compared(runs, language, others), language)


def race(models: Classifiers, settings: Settings, language: Language) -> dict[str, Any]:
    """All models of the language, timed."""
    names = tuple(models.named(settings.language)[: limits.MAX_MODELS_AT_ONCE])
    settings = _checked(settings.changed(models=names, label=None))
    runs = models.ask(names, settings.text, settings.head or "", settings.variant, RACE_REPEATS)
    shown = _with_why(models, settings, runs, raced(runs, RACE_REPEATS, language), language)
    return {name: value for name, value in shown.items() if name not in ("models", "head")}  # as they were chosen


def _checked(settings: Settings) -> Settings:
    """Raises InputError."""
    text = check_text(settings.text)
    if not settings.models:
        raise InputError("models_unchosen")
    if len(settings.models) > limits.MAX_MODELS_AT_ONCE:
        raise TooLargeError("models_many", found=len(settings.models), allowed=limits.MAX_MODELS_AT_ONCE)
    return settings.changed(text=text)


def _with_why(
    models: Classifiers, settings: Settings, runs: Sequence[Run], results: str, language: Language
) -> dict[str, Any]:
    working = {run.card.name: run.prediction for run in runs if run.prediction}
    why = settings.why if settings.why in working else next(iter(working), None)
    titles = [(either(card.title, language), card.name) for card in map(models.card, working) if card]
    example = example_of(settings.text)
    shown: dict[str, Any] = {
        **_visible(models, settings.language),
        "results": results,
        "notice": message(example, language) if example else "",
        "models": gr.Dropdown(choices=choices(models, language, settings.language), value=list(settings.models)),
        "head": gr.Dropdown(value=settings.head or None, visible=models.multi(settings.models)),
        STAND: settings.changed(why=why),
    }
    panel: dict[str, Any] = {
        "label": gr.Dropdown(choices=[], value=None),
        "above": "", "figure": gr.Plot(value=None, visible=False), "below": "",
    }  # fmt: skip
    if why:
        panel, _ = _panel(models, settings.changed(why=why, label=settings.label or working[why].label), language)
    return {**shown, **panel, "why": gr.Dropdown(choices=titles, value=why)}


def explain(models: Classifiers, settings: Settings, language: Language) -> dict[str, Any]:
    """Why one model says so, or would say another label. The label is told in the link."""
    check_text(settings.text)
    panel, label = _panel(models, settings, language)
    return {**panel, STAND: settings.changed(label=label)}


def _panel(models: Classifiers, settings: Settings, language: Language) -> tuple[dict[str, Any], str]:
    """The explanation, and the label that it is of."""
    bundle = models.bundles.get(settings.why, TASK)
    why = explained(bundle, settings.text, settings.head or "", settings.variant, settings.label or "", language)
    labels = [(label_title(bundle.card, name, language), name) for name in why.labels]
    panel = {
        "label": gr.Dropdown(choices=labels, value=why.label),
        "above": why.above,
        "figure": gr.Plot(value=why.figure, visible=why.figure is not None),
        "below": why.below,
    }
    return panel, why.label


def _others(models: Classifiers, runs: Sequence[Run], settings: Settings) -> list[Run]:
    """What other models say that answer by the same labels."""
    answered = next((run for run in runs if run.prediction), None)
    if answered is None:
        return []
    return [
        run
        for name, head in models.alike(answered.card, answered.head).items()
        if name not in settings.models
        for run in models.ask([name], settings.text, head, settings.variant)
    ]


def _visible(models: Classifiers, speech: Language) -> dict[str, Any]:
    """The examples of a language."""
    return {f"examples_{name}": gr.Dataset(visible=name == speech) for name in models.spoken}


def headed(models: Classifiers, settings: Settings, language: Language) -> dict[str, Any]:
    """Other models: whether there is a task to choose."""
    return {"head": gr.Dropdown(visible=models.multi(settings.models))}


def other_language(models: Classifiers, settings: Settings, language: Language) -> dict[str, Any]:
    """The models and examples of a language; its first example, too, where the text is none of the visitor's."""
    speech = settings.language
    if settings.text.strip() and example_of(settings.text) is None:
        names = models.start(speech, OPINION)
        stand = settings.changed(models=tuple(names), head=models.head(names, OPINION) or None)
        return {**_fitting(models, settings, language), STAND: stand}
    start = of_example(models, opening(speech), settings.changed(models=(), variant=""))
    settings = settings.changed(**start)
    return {"text": settings.text, **show(models, settings, language)}


def suggest(models: Classifiers, settings: Settings, language: Language) -> dict[str, Any]:
    """Another script: the models of its language."""
    speech = script_of(settings.text)
    if not settings.text.strip() or speech == settings.language or speech not in models.spoken:
        return {}
    return {"language": speech, **_fitting(models, settings.changed(language=speech), language)}


def _fitting(models: Classifiers, settings: Settings, language: Language) -> dict[str, Any]:
    """The controls with the models of the language."""
    names = models.start(settings.language, OPINION)
    return {
        **_visible(models, settings.language),
        "models": gr.Dropdown(choices=choices(models, language, settings.language), value=names),
        "head": gr.Dropdown(value=models.head(names, OPINION) or None, visible=models.multi(names)),
    }


# --- examples ---------------------------------------------------------------------------------------------------------


def example_of(text: str) -> Example | None:
    """The example that has this text."""
    return next((item for item in EXAMPLES if item.text == text), None)


def message(item: Example, language: Language) -> str:
    """What to notice, above the answers."""
    return html.note(STRINGS.say("notice", language, note=note_of(item, language)), "notice")


def of_example(models: Classifiers, item: Example, settings: Settings) -> dict[str, Any]:
    """An example as it is asked: of the chosen models where all of them know its labels, and explained by its kind."""
    able = fitting(models.cards, item.language, item.expects, len(models.cards))
    able = able or fitting(models.cards, item.language, frozenset(), len(models.cards))
    chosen = settings.models
    names = list(chosen) if chosen and set(chosen) <= set(able) else able[:3]
    cards = [card for card in map(models.card, able) if card and item.explains and explains(card, item.explains)]
    why = next((card.name for card in cards if card.name in names), None)
    if cards and not why:  # what the example is about must be among the cards
        why = cards[0].name
        names = [*names[: max(1, min(2, len(names)))], why] if len(names) > 1 else [why]
    head = models.head(names, item.expects) or None
    return {"text": item.text, "models": tuple(names), "head": head, "why": why, "label": None}


def examples(models: Classifiers, scene: Scene) -> list[kit_view.Example]:
    """Those of a language."""
    return [
        kit_view.Example((item.text, item.text), partial(of_example, models, item))
        for item in EXAMPLES
        if item.language == scene.speech
    ]


# --- the page, and its address ----------------------------------------------------------------------------------------


def choices(models: Classifiers, language: Language, speech: str = "") -> list[tuple[str, str]]:
    """(title, name) for a dropdown. speech: only those that read this language."""
    return [
        (either(card.title, language), card.name) for card in models.cards if not speech or speech in card.languages
    ]


def start(models: Classifiers, scene: Scene) -> Settings:
    """The first example of the language."""
    speech = scene.speech if scene.speech in models.spoken else models.first
    return Settings(language=speech).changed(**of_example(models, opening(speech), Settings()))


def opened(models: Classifiers, fields: Mapping[str, str], scene: Scene) -> tuple[Settings, str]:
    """The settings of an address; what is not here is left out, and told."""
    names = [name for name in fields.get("models", "").split(",") if name]
    known = tuple(name for name in names if models.card(name))[: limits.MAX_MODELS_AT_ONCE]
    lost = [name[:60] for name in names if not models.card(name)]
    for key, all_known in (("head", models.heads), ("variant", models.variants)):
        if fields.get(key) and fields[key] not in all_known:
            lost.append(fields[key][:60])
    note = html.note(STRINGS.say("dropped", scene.language, names=", ".join(lost)), "warn") if lost else ""
    text = fields.get("text", "")[: limits.MAX_TEXT_CHARS]
    speech = scene.language
    if text and script_of(text) in models.spoken:
        speech = script_of(text)
    first = models.card(known[0]) if known else None
    if first is not None:
        speech = first.languages[0]
    settings = start(models, Scene(scene.language, speech))
    if text:
        usual = models.start(settings.language, OPINION)
        head = models.head(usual, OPINION) or None
        settings = settings.changed(text=text, models=tuple(usual), head=head, why=None)
    if known:
        settings = settings.changed(models=known, head=models.head(known, OPINION) or None)
    asked: dict[str, Any] = {"why": fields.get("why") or settings.why, "label": fields.get("label")}
    if fields.get("head") in models.heads:
        asked["head"] = fields["head"]
    if fields.get("variant") in models.variants:
        asked["variant"] = fields["variant"]
    return settings.changed(**asked), note


def draw(models: Classifiers, kit: Kit) -> None:
    """Lay it out."""
    with gr.Row(equal_height=False):
        with gr.Column(scale=6, min_width=300):
            text = kit.control(
                "text", placeholder=kit.strings("text_hint"), lines=2, max_lines=10, elem_id="text"
            )  # fmt: skip
            with gr.Row():
                kit.main("run", elem_id="run", min_width=100)
                kit.action("race", "race", elem_id="race", min_width=100)
            for name in models.spoken:
                samples = kit.examples(speech=name, visible=name == models.first, elem_id=f"examples-{name}")
                kit.output(f"examples_{name}", samples)
        with gr.Column(scale=4, min_width=280):
            _draw_choices(models, kit)
            kit.html("notice", "notice")
    kit.html("results", "results")
    gr.Markdown(kit.strings("why_heading"), elem_id="why-heading")
    with gr.Row():
        # All that it will ever show: Gradio refuses a value that was not among the first choices.
        why = kit.control("why", choices=choices(models, "en"), elem_id="why-model")
        labels = dict.fromkeys(label for card in models.cards for names in card.heads.values() for label in names)
        label = kit.control("label", choices=list(labels), elem_id="target")
    kit.html("above", "why")
    kit.output("figure", gr.Plot(show_label=False, visible=False, elem_id="why-figure"))
    kit.html("below", "why-below")
    kit.when("suggest", text.change)
    for made in (why, label):
        kit.when("explain", made.input)


def _draw_choices(models: Classifiers, kit: Kit) -> None:
    """Language, models, task and precision."""
    titles = [
        (title, name) for title, name in zip(("English", "中文"), LANGUAGES, strict=True) if name in models.spoken
    ]
    language = kit.control("language", choices=titles, visible=len(titles) > 1, elem_id="language")
    names = kit.control("models", choices=choices(models, "en"), multiselect=True, elem_id="models")
    with gr.Row():
        multi = models.multi(models.start(models.first, OPINION))
        kit.control("head", choices=models.heads, visible=multi, elem_id="head", min_width=120)
        variants = [(kit.strings("variant_default"), ""), *((name, name) for name in models.variants)]
        kit.control("variant", choices=variants, elem_id="variant", min_width=120)
    kit.when("language", language.input)
    kit.when("headed", names.input)


def view(models: Classifiers) -> View:
    """The view, of some models."""
    return View(
        "one", Settings, partial(draw, models), partial(show, models), start=partial(start, models),
        examples=partial(examples, models), opened=partial(opened, models), speech="language", long="text",
        forgets=("label",), busy=("results",),
        actions={
            "race": partial(race, models), "explain": partial(explain, models),
            "language": partial(other_language, models),
        },
        adjusts={"suggest": partial(suggest, models), "headed": partial(headed, models)},
    )  # fmt: skip
