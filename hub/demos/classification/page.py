"""The tab: components, and what happens when they are used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from hub import limits
from hub.demos.classification.examples import EXAMPLES, OPINION
from hub.demos.classification.many import classify_lines
from hub.demos.classification.one import (
    RACE_REPEATS,
    Run,
    checked,
    compared,
    fitting,
    head_for,
    raced,
    run_model,
    script_of,
    variant_for,
)
from hub.demos.classification.quality import metrics_html
from hub.demos.classification.strings import STRINGS
from hub.demos.classification.why import explained
from hub.errors import BundleError, HubError, InputError, TooLargeError
from hub.tasks import classify as task
from hub.tasks.classify import TASK
from hub.ui import figures, files, html, share
from hub.ui.context import Context, readable
from hub.ui.strings import Language, either, label_title, language_of


def build(context: Context) -> None:
    """Draw the tab and wire its events."""
    bundles = context.service.bundles
    cards = [bundle.card for bundle in bundles.of_task(TASK)]
    spoken = [language for language in ("en", "zh") if any(language in card.languages for card in cards)]
    heads = list(dict.fromkeys(head for card in cards for head in card.heads if head))
    variants = list(dict.fromkeys(entry.name for card in cards for entry in card.variants if not entry.omitted))
    s = STRINGS
    private: dict[str, Any] = {"api_visibility": "private"}

    def choices(language: Language, of: str = "") -> list[tuple[str, str]]:
        return [(either(card.title, language), card.name) for card in cards if not of or of in card.languages]

    def multi(names: Sequence[str]) -> bool:
        return any(len(card.heads) > 1 for card in cards if card.name in names)

    first: Language = "en" if "en" in spoken else "zh"
    start_models = fitting(cards, first, OPINION) or fitting(cards, first, frozenset())

    with gr.Tabs(overflow_behavior="wrap") as views:
        with gr.Tab(s("one"), id="one"):
            with gr.Row():
                with gr.Column(scale=5, min_width=280):
                    text = gr.Textbox(
                        label=s("text"), placeholder=s("text_hint"), lines=3, max_lines=10, elem_id="text"
                    )
                with gr.Column(scale=4, min_width=280):
                    language = gr.Radio(
                        [("English", "en"), ("中文", "zh")],
                        value=first, label=s("language"), visible=len(spoken) > 1, elem_id="language",
                    )  # fmt: skip
                    models = gr.Dropdown(
                        choices("en", first), value=start_models, multiselect=True, label=s("models"), elem_id="models"
                    )
            with gr.Row():
                run_button = gr.Button(s("run"), variant="primary", elem_id="run", min_width=120)
                race_button = gr.Button(s("race"), elem_id="race", min_width=120)
            samples = {}
            for name in spoken:
                samples[name] = gr.Dataset(
                    components=[gr.Textbox(visible=False)],
                    samples=[[example.text] for example in EXAMPLES if example.language == name],
                    label=s("examples"), type="index", visible=name == first, elem_id=f"examples-{name}",
                )  # fmt: skip
            with gr.Row():
                head = gr.Dropdown(
                    heads,
                    value=heads[0] if heads else None,
                    label=s("head"),
                    visible=multi(start_models),
                    elem_id="head",
                )
                variant = gr.Dropdown(
                    [(s("variant_default"), ""), *((name, name) for name in variants)],
                    value="",
                    label=s("variant"),
                    elem_id="variant",
                )
            notice = gr.HTML(elem_id="notice")
            results = gr.HTML(elem_id="results")
            with gr.Row():
                why_model = gr.Dropdown([], label=s("why_model"), elem_id="why-model")
                target = gr.Dropdown([], label=s("target"), elem_id="target")
            why_above = gr.HTML(elem_id="why")
            why_figure = gr.Plot(show_label=False, visible=False, elem_id="why-figure")
            why_below = gr.HTML()
        with gr.Tab(s("many"), id="many"):
            with gr.Row():
                lines = gr.Textbox(label=s("lines"), lines=6, max_lines=12, elem_id="lines", scale=3, min_width=280)
                upload = gr.File(
                    label=s("upload"), file_types=[".csv", ".txt"], elem_id="upload", height=150, scale=2, min_width=240
                )
            with gr.Row():
                many_model = gr.Dropdown(
                    choices("en"),
                    value=start_models[0] if start_models else None,
                    label=s("model"),
                    elem_id="many-model",
                )
                many_head = gr.Dropdown(
                    heads, value=heads[0] if heads else None, label=s("head"), visible=multi(start_models[:1])
                )
            with gr.Row():
                many_button = gr.Button(s("run_many"), variant="primary", elem_id="run-many")
                download = gr.Button(s("download"), interactive=False, elem_id="download")
            many_summary = gr.HTML(elem_id="many-summary")
            many_table = gr.Dataframe(
                headers=["text", "label", "probability"],
                visible=False,
                wrap=True,
                interactive=False,
                elem_id="many-table",
            )
            many_csv = gr.Textbox(visible="hidden", elem_id="many-csv")
            many_limits = gr.HTML()
        with gr.Tab(s("figures"), id="figures") as figures_tab:
            figure_model = gr.Dropdown(
                choices("en"), value=start_models[0] if start_models else None, label=s("model"), elem_id="figure-model"
            )
            figure_table = gr.HTML()
            figure_head = gr.Dropdown([], label=s("head"), visible=False)
            figure_plot = gr.Plot(show_label=False, visible=False)
            figure_values = gr.HTML()
    query = gr.Textbox(visible="hidden", elem_id="query")

    def state(request: gr.Request, **values: object) -> tuple[str, str]:
        """The query of what is seen, and a notice where the text did not fit."""
        link = share.encode({"tab": "classification", **{key: str(value or "") for key, value in values.items()}})
        return link.query, STRINGS.say("shortened", language_of(request)) if link.shortened else ""

    def answer(
        text: str,
        names: Sequence[str],
        head: str,
        variant: str,
        why: str,
        label: str,
        note: str,
        request: gr.Request,
        race: bool = False,
    ) -> list[Any]:
        """Results, why, and the address; for one page, in the order of `shown`."""
        spoke = language_of(request)
        text = checked(text, spoke)
        names = list(names or [])
        if not names:
            raise InputError(STRINGS.say("no_models", spoke))
        if len(names) > limits.MAX_MODELS_AT_ONCE:
            raise TooLargeError(
                STRINGS.say("too_many_models", spoke, found=len(names), allowed=limits.MAX_MODELS_AT_ONCE)
            )
        chosen = []
        runs = []
        for name in names:
            try:
                chosen.append(bundles.get(name, TASK))
            except BundleError as error:
                card = next(card for card in cards if card.name == name)
                runs.append(Run(card, "", None, failure=STRINGS.say("disabled", spoke, reason=error)))
        ran = [run_model(bundle, text, head, variant, spoke, RACE_REPEATS if race else 1) for bundle in chosen]
        runs = [*ran, *runs]
        working = [run.card.name for run in ran if run.prediction]
        why = why if why in working else (working[0] if working else "")
        link, shortened = state(
            request, text=text, models=",".join(names), head=head, variant=variant, why=why, label=label, lang=""
        )
        shown_html = raced(runs, spoke) if race else compared(runs, spoke)
        titles = [(either(run.card.title, spoke), run.card.name) for run in runs if run.prediction]
        message = note + html.note(shortened, "warn")
        why_part = (
            reason(text, why, head, variant, label, spoke)
            if why
            else [gr.Dropdown(choices=[], value=None), "", gr.Plot(value=None, visible=False), ""]
        )
        return [shown_html, message, gr.Dropdown(choices=titles, value=why or None), *why_part, link]

    def reason(text: str, why: str, head: str, variant: str, label: str, spoke: Language) -> list[Any]:
        bundle = bundles.get(why, TASK)
        known = head_for(bundle.card, head)
        labels = bundle.card.heads[known]
        if label not in labels:
            label = task.classify(bundle, [text], head=known, variant=variant_for(bundle.card, variant))[0].label
        found = explained(bundle, text, known, variant, label, spoke)
        return [
            gr.Dropdown(choices=[(label_title(bundle.card, name, spoke), name) for name in labels], value=label),
            found.above,
            gr.Plot(value=found.figure, visible=found.figure is not None),
            found.below,
        ]

    shown = [results, notice, why_model, target, why_above, why_figure, why_below, query]

    def run(text: str, names: list[str], head: str, variant: str, why: str, request: gr.Request) -> list[Any]:
        try:
            return answer(text, names, head, variant, why, "", "", request)
        except HubError as error:
            raise readable(error) from None

    def race(text: str, language: str, head: str, variant: str, why: str, request: gr.Request) -> list[Any]:
        try:
            names = [card.name for card in cards if language in card.languages][: limits.MAX_MODELS_AT_ONCE]
            return answer(text, names, head, variant, why, "", "", request, race=True)
        except HubError as error:
            raise readable(error) from None

    def explain(
        text: str, names: list[str], why: str, label: str, head: str, variant: str, request: gr.Request
    ) -> list[Any]:
        spoke = language_of(request)
        try:
            part = reason(checked(text, spoke), why, head, variant, label, spoke)
        except HubError as error:
            raise readable(error) from None
        kept = (
            label if label in {name for labels in bundles.get(why, TASK).card.heads.values() for name in labels} else ""
        )
        return [
            *part,
            state(request, text=text, models=",".join(names or []), head=head, variant=variant, why=why, label=kept)[0],
        ]

    def of_language(chosen: Language, request: gr.Request) -> list[Any]:
        names = fitting(cards, chosen, OPINION) or fitting(cards, chosen, frozenset())
        return [
            gr.Dropdown(choices=choices(language_of(request), chosen), value=names),
            gr.Dropdown(visible=multi(names)),
            *(gr.Dataset(visible=name == chosen) for name in spoken),
        ]

    def suggest(text: str, chosen: Language, request: gr.Request) -> list[Any]:
        found = script_of(text or "")
        if not (text or "").strip() or found == chosen or found not in spoken:
            return [gr.skip()] * (3 + len(spoken))
        return [found, *of_language(found, request)]

    def example(index: int, language: Language, chosen: list[str], variant: str, request: gr.Request) -> list[Any]:
        spoke = language_of(request)
        item = [entry for entry in EXAMPLES if entry.language == language][index]
        able = fitting(cards, language, item.expects, len(cards)) or fitting(cards, language, frozenset(), len(cards))
        names = [name for name in chosen or [] if name in able] or able[:3]
        fit = [
            name
            for card in cards
            if card.name in names
            for name, labels in card.heads.items()
            if item.expects & set(labels)
        ]
        head = next(filter(None, fit), heads[0] if heads else "")
        note = html.note(STRINGS.say("notice", spoke, note=item.note[spoke == "zh"]), "notice")
        try:
            made = answer(item.text, names, head, variant, "", "", note, request)
        except HubError as error:
            raise readable(error) from None
        return [item.text, gr.Dropdown(value=names), gr.Dropdown(value=head or None, visible=multi(names)), *made]

    def many(
        lines: str,
        path: str | None,
        name: str,
        head: str,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> list[Any]:
        spoke = language_of(request)
        taken = ""
        try:
            if path:  # the file stays, for another model or another try; Gradio removes it later
                upload = files.read(Path(path), spoke)
                texts, taken = upload.texts, html.note(upload.taken(spoke))
            else:
                texts = files.typed(lines, spoke)
            if not texts:
                raise InputError(STRINGS.say("no_texts", spoke))
            told = STRINGS.say("progress", spoke)
            summary, rows, made = classify_lines(
                bundles.get(name, TASK), texts, head, "", spoke, lambda done, total: progress((done, total), desc=told)
            )
        except HubError as error:  # in place of the answer before
            return [html.note(str(error), "warn"), gr.Dataframe(visible=False), "", gr.Button(interactive=False)]
        headers = [STRINGS.say(key, spoke) for key in ("text", "label", "probability")]
        table = gr.Dataframe(value=rows, headers=headers, visible=True)
        return [taken + summary, table, made, gr.Button(interactive=True)]

    def figures_of(name: str, head: str, request: gr.Request) -> list[Any]:
        spoke = language_of(request)
        card = next((card for card in cards if card.name == name), None)
        if card is None:
            return [html.empty(STRINGS.say("no_metrics", spoke)), gr.skip(), gr.Plot(visible=False), ""]
        head = head_for(card, head)
        table = metrics_html(card, spoke)
        selector = gr.Dropdown(choices=[*card.heads], value=head, visible=len(card.heads) > 1)
        found = next(
            (entry for entry in card.confusions if entry.head == head and entry.variant == card.default_variant), None
        )
        found = found or next((entry for entry in card.confusions if entry.head == head), None)
        if found is None:
            return [table, selector, gr.Plot(value=None, visible=False), ""]
        titles = [label_title(card, label, spoke) for label in card.heads[head]]
        true, predicted = STRINGS.say("true", spoke), STRINGS.say("predicted", spoke)
        caption = STRINGS.say("confusion", spoke, dataset=found.dataset, split=found.split, variant=found.variant)
        rows: list[list[html.Cell]] = [[title, *counts] for title, counts in zip(titles, found.counts, strict=True)]
        values = html.table([f"{true} \\ {predicted}", *titles], rows, numbers=range(1, len(titles) + 1))
        plot = figures.confusion(titles, found.counts, true, predicted)
        return [
            f"{table}<h3 class=part>{html.text_of(caption)}</h3>", selector, gr.Plot(value=plot, visible=True),
            html.details(STRINGS.say("values", spoke), values),
        ]  # fmt: skip

    def restore(request: gr.Request) -> list[Any]:
        """The page as its address says; without one, the first example."""
        spoke = language_of(request)
        shared = share.decode(dict(request.query_params))
        notes = [STRINGS.say("version", spoke, version=shared.unknown_version)] if shared.unknown_version else []
        values = shared.values
        initial: Language = spoke if spoke in spoken else first
        asked = [name for name in values.get("models", "").split(",") if name]
        names = [name for name in asked if any(card.name == name for card in cards)]
        lost = [name[:60] for name in asked if name not in names]
        given = values.get("text", "")[: limits.MAX_TEXT_CHARS]
        if given:
            initial = script_of(given) if script_of(given) in spoken else initial
        if names:
            initial = next(card.languages[0] for card in cards if card.name == names[0])
        for key, known in (("head", heads), ("variant", variants)):
            if values.get(key) and values[key] not in known:
                lost.append(values[key][:60])
        if lost:
            notes.append(STRINGS.say("dropped", spoke, names=", ".join(lost)))
        chosen_head = values["head"] if values.get("head") in heads else (heads[0] if heads else "")
        chosen_variant = values["variant"] if values.get("variant") in variants else ""
        names = names or fitting(cards, initial, OPINION) or fitting(cards, initial, frozenset())
        opening = next(entry for entry in EXAMPLES if entry.language == initial)
        note = "".join(html.note(line, "warn") for line in notes)
        if not given:
            note += html.note(STRINGS.say("notice", spoke, note=opening.note[spoke == "zh"]), "notice")
        given = given or opening.text
        try:
            made = answer(
                given,
                names[: limits.MAX_MODELS_AT_ONCE],
                chosen_head,
                chosen_variant,
                values.get("why", ""),
                values.get("label", ""),
                note,
                request,
            )
        except HubError as error:
            made = [html.empty(str(error)), note, *[gr.skip()] * 6]
        if not values.get("text") or values.get("tab", "classification") != "classification":
            made[-1] = ""  # a plain address stays plain, and another tab's stays its own
        view = values.get("view", "")
        return [
            given, initial, gr.Dropdown(choices=choices(spoke, initial), value=names),
            *(gr.Dataset(visible=name == initial) for name in spoken),
            gr.Dropdown(value=chosen_head or None, visible=multi(names)), chosen_variant,
            gr.Dropdown(choices=choices(spoke)), gr.Dropdown(choices=choices(spoke)),
            gr.Tabs(selected=view) if view in ("one", "many", "figures") else gr.skip(),
            html.note(STRINGS.say("batch_limits", spoke)), *made,
        ]  # fmt: skip

    inputs = [text, models, head, variant, why_model]
    put = {"js": share.PUT_IN_ADDRESS, **private}
    run_button.click(run, inputs, shown, **private)
    text.submit(run, inputs, shown, **private)
    race_button.click(race, [text, language, head, variant, why_model], shown, **private)
    query.change(None, query, None, **put)
    quiet: dict[str, Any] = {"show_progress": "hidden", **private}
    text.change(suggest, [text, language], [language, models, head, *samples.values()], **quiet)
    language.input(of_language, language, [models, head, *samples.values()], **quiet)
    models.input(lambda names: gr.Dropdown(visible=multi(names or [])), models, head, **quiet)
    for name, dataset in samples.items():
        chosen_language = gr.State(name)
        dataset.click(example, [dataset, chosen_language, models, variant], [text, models, head, *shown], **private)
    why_inputs = [text, models, why_model, target, head, variant]
    for component in (why_model, target):
        component.input(explain, why_inputs, [target, why_above, why_figure, why_below, query], **private)
    many_button.click(
        many, [lines, upload, many_model, many_head], [many_summary, many_table, many_csv, download],
        concurrency_limit=2, show_progress_on=many_summary, **private,
    )  # fmt: skip
    many_model.input(lambda name: gr.Dropdown(visible=multi([name])), many_model, many_head, **quiet)
    download.click(None, many_csv, None, js=files.DOWNLOAD, **private)
    figure_out = [figure_table, figure_head, figure_plot, figure_values]
    for listener in (figure_model.input, figure_head.input, figures_tab.select):
        listener(figures_of, [figure_model, figure_head], figure_out, **quiet)
    written = [text, language, models, *samples.values(), head, variant, many_model, figure_model, views, many_limits]
    context.load(restore, [*written, *shown])
