"""Fine ranking: what is known of one real impression, what the graph says of it, and how good such answers are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, Literal

import gradio as gr
import numpy as np
from pydantic import Field

from hub.bundle import Bundles
from hub.demos.recommender import figures, video_figures
from hub.demos.recommender.channels import percent
from hub.demos.recommender.strings import STRINGS
from hub.demos.recommender.video_strings import RANKER
from hub.demos.recommender.words import formulas
from hub.tasks import ranking as task
from hub.tasks.ranking import BASES, FINE, TREES, Count, Impressions, Judgement, Rankers, Tables
from hub.ui import html, pictures, settings
from hub.ui.settings import Control
from hub.ui.strings import Language
from hub.ui.view import Kit, Scene, View

OWN = "own"
ARMS = (*BASES, TREES, FINE)
CURVES = ("raw", "scaled", TREES)


class Settings(settings.Settings):
    """Which impression, in which scene, and the goal that is looked at."""

    impression: Annotated[int, Field(ge=1, le=1000), Control(kind=gr.Number, live=True)] = 1
    place: Annotated[str, Control(label="ranker_scene", live=True)] = OWN
    counts: Annotated[bool, Control(label="ranker_counts", live=True)] = True
    goal: Annotated[Literal["is_click", "long_view", "is_like"], Control(kind=gr.Radio, live=True)] = "is_click"


def show(bundles: Bundles, settings: Settings, language: Language) -> dict[str, Any]:
    """One impression, and all of the test."""
    bundle = bundles.first(task.TASK)
    rankers, some, found = task.rankers_of(bundle), task.impressions_of(bundle), task.tables_of(bundle)
    number = (settings.impression - 1) % len(some)
    scenes = rankers.ranking.scenes
    own = scenes.index(int(some.scene[number]))
    chosen = next((place for place, scene in enumerate(scenes) if str(scene) == settings.place), own)
    judgement = task.judge(rankers, some, number, settings.counts)
    goal = rankers.ranking.tasks.index(settings.goal)
    say = partial(STRINGS.say, language=language)
    names = [say("scene_own" if place == own else "scene", number=scene) for place, scene in enumerate(scenes)]
    experts = judgement.gates.shape[2]
    gates = [(say("expert", number=one + 1), judgement.gates[:, goal, one].tolist()) for one in range(experts)]
    return {
        "said": html.note(story(rankers, some, number, own, language), "notice"),
        "predictions": predictions(rankers, judgement, found, some, number, chosen, names[chosen], language),
        "scenes": by_scene(rankers, judgement, found, names, language),
        "gates": pictures.sent(figures.stacked(names, gates, say("gates_axis", goal=say(settings.goal))), "gates"),
        "attention": pictures.sent(attention(rankers, some, judgement, number, chosen, language), "attention"),
        "known": known(rankers, some, number, own if not settings.counts else chosen, language),
        "quality": pictures.sent(quality(found, settings.goal, language), "auc-gauc"),
        "gap": html.note(gap(found, settings.goal, language)),
        "parts": parts(found, settings.goal, language),
        "calibration": pictures.sent(curves(found, settings.goal, language), "calibration"),
        "ece": errors(found, settings.goal, language),
        "formulas": RANKER[language],
    }  # fmt: skip


# --- one impression ---------------------------------------------------------------------------------------------------


def story(rankers: Rankers, some: Impressions, number: int, own: int, language: Language) -> str:
    """What was shown to whom, and what came of it."""
    names = rankers.ranking.features
    _, request = task.counts(names["request"], some.request[number, own])
    _, item = task.counts(names["item"], some.item[number])
    hour = np.arctan2(request["hour, sine"], request["hour, cosine"]) / np.pi * 12 % 24
    did = [STRINGS.say(f"did_{name}", language) for name, yes in
           zip(rankers.ranking.tasks, some.labels[number].tolist(), strict=True) if yes]  # fmt: skip
    return STRINGS.say(
        "story", language, number=number + 1, count=len(some), scene=rankers.ranking.scenes[own],
        seconds=np.expm1(item["duration"]), age=item["age"], hour=round(float(hour)) % 24,
        seen=np.expm1(request["history_len"]), follows=np.expm1(request["follow_user_num"]),
        did=STRINGS.say("joint", language).join(did) or STRINGS.say("did_nothing", language),
    )  # fmt: skip


def temperatures(rankers: Rankers, found: Tables) -> list[float]:
    """Of each task."""
    return [found.calibrated("scaled", name).temperature for name in rankers.ranking.tasks]


def rates(tasks: Sequence[str], found: Tables) -> list[float]:
    """How often each task comes true in the test."""
    bins = [found.calibrated("raw", name).bins for name in tasks]
    return [sum(one.happened * one.rows for one in some) / sum(one.rows for one in some) for some in bins]


def predictions(
    rankers: Rankers, judgement: Judgement, found: Tables, some: Impressions, number: int, chosen: int, where: str,
    language: Language,
) -> str:  # fmt: skip
    """The three probabilities in the chosen scene."""
    say = partial(STRINGS.say, language=language)
    probabilities = judgement.probabilities(temperatures(rankers, found))[chosen].tolist()
    rows = zip(rankers.ranking.tasks, probabilities, some.labels[number].tolist(), strict=True)
    bars = "".join(
        html.bar(f"{say(name)} {'✓' if yes else '✗'}", said, f"{100 * said:.1f} %") for name, said, yes in rows
    )
    return f"{html.note(say('predictions_of', where=where))}{bars}"


def by_scene(rankers: Rankers, judgement: Judgement, found: Tables, names: list[str], language: Language) -> str:
    """The same video to the same person, in each scene; and how often each comes true of all."""
    say = partial(STRINGS.say, language=language)
    probabilities = judgement.probabilities(temperatures(rankers, found)).tolist()
    rows: list[list[html.Cell]] = [
        [name, *(f"{100 * one:.1f}" for one in row)]
        for name, row in zip(
            [*names, say("mean_of_all")], [*probabilities, rates(rankers.ranking.tasks, found)], strict=True
        )
    ]
    headers = [say("ranker_scene"), *(say("percent_of", goal=say(name)) for name in rankers.ranking.tasks)]
    return html.table(headers, rows, say("scenes_table"), range(1, 4), stacked=True)


def attention(
    rankers: Rankers, some: Impressions, judgement: Judgement, number: int, chosen: int, language: Language
) -> pictures.Picture:
    """DIN's weights; a gap where the past has no more."""
    there = some.history_ids[number][..., 0] > 0
    values = np.where(there, judgement.attention[chosen], np.nan)
    names = [STRINGS.say(f"past_{name}", language) for name in rankers.ranking.histories]
    return video_figures.weights(values, names, STRINGS.say("attention_axis", language))


def known(rankers: Rankers, some: Impressions, number: int, place: int, language: Language) -> str:
    """Every count that the ranker reads, in words."""
    say = partial(STRINGS.say, language=language)
    names = rankers.ranking.features
    groups = (
        (names["request"], some.request[number, place]),
        (names["item"], some.item[number]),
        (names["pair"], some.pair[number, place]),
    )
    rows: list[list[html.Cell]] = []
    for group, values in groups:
        rows += [[key_of(one, language), f"{one.rows:,.0f}", *(times(one, name) for name in rankers.ranking.tasks)]
                 for one in task.counts(group, values)[0]]  # fmt: skip
    headers = [say("counted_by"), say("shown_before"), *(say(name) for name in rankers.ranking.tasks)]
    facts = say("facts", count=some.user_ids.shape[1])
    table = html.table(headers, rows, say("counts_table"), range(1, 5), stacked=True)
    return html.details(say("known"), table + html.note(facts))


def key_of(one: Count, language: Language) -> str:
    """What was counted, in words."""
    text = STRINGS.say(f"key_{one.key}", language)
    return STRINGS.say("key_before", language, what=text) if one.before else text


def times(one: Count, label: str) -> str | None:
    """How many times the odds of all."""
    return f"{one.odds[label]:.2f} ×" if label in one.odds else None


# --- all of the test --------------------------------------------------------------------------------------------------


def quality(found: Tables, goal: str, language: Language) -> pictures.Picture:
    """AUC beside GAUC of every arm."""
    rows = {row.arm: row for row in found.quality if (row.part, row.task) == ("all", goal)}
    names = [STRINGS.say(f"arm_{arm}", language) for arm in ARMS]
    sides = [("AUC", [rows[arm].auc for arm in ARMS]), ("GAUC", [rows[arm].gauc for arm in ARMS])]
    return figures.grouped(names, sides, STRINGS.say(goal, language))


def gap(found: Tables, goal: str, language: Language) -> str:
    """The fine ranker above LightGBM, and why the two measures differ."""
    row = next(one for one in found.gaps if one.task == goal)
    rates = {one.arm: one for one in found.quality if (one.part, one.task) == ("all", goal)}
    text = STRINGS.say("gap", language, auc=percent(row.auc, sign=True), gauc=percent(row.gauc, sign=True))
    auc, gauc = number(rates["user"].auc), number(rates["user"].gauc)
    why = STRINGS.say("why_differ", language, auc=auc or "–", gauc=gauc or "–", users=rates[FINE].users)
    return STRINGS.say("gap_and_why", language, gap=text, why=why)


def parts(found: Tables, goal: str, language: Language) -> str:
    """Scenes, new users, new videos."""
    say = partial(STRINGS.say, language=language)
    rows: dict[str, dict[str, task.QualityRow]] = {}
    for row in found.quality:
        if row.task == goal and row.arm in (FINE, TREES):
            rows.setdefault(row.part, {})[row.arm] = row
    cells: list[list[html.Cell]] = [
        [part_of(part, language), f"{one[FINE].rows:,}", *(number(value) for arm in (FINE, TREES)
                                                           for value in (one[arm].auc, one[arm].gauc))]
        for part, one in rows.items()
    ]  # fmt: skip
    short = {FINE: say("arm_fine"), TREES: say("arm_trees")}
    headers = [say("part"), say("rows"), *(f"{measure}, {short[arm]}" for arm in short for measure in ("AUC", "GAUC"))]
    return html.table(headers, cells, say("parts_table"), range(1, 6), stacked=True)


def part_of(name: str, language: Language) -> str:
    """The title of a part of the rows."""
    kind, _, scene = name.partition(" ")
    if kind == "scene":
        return STRINGS.say("scene", language, number=scene)
    return STRINGS.say(f"part_{name}", language)


def number(value: float | None) -> str | None:
    """Four digits."""
    return None if value is None else f"{value:.4f}"


def curves(found: Tables, goal: str, language: Language) -> pictures.Picture:
    """What was said against what happened."""
    say = partial(STRINGS.say, language=language)
    named = [(say(f"curve_{arm}"), found.calibrated(arm, goal)) for arm in CURVES]
    return video_figures.calibration(named, say("said_axis"), say("happened_axis"), say("right_line"))


def errors(found: Tables, goal: str, language: Language) -> str:
    """ECE of each curve."""
    say = partial(STRINGS.say, language=language)
    rows: list[list[html.Cell]] = [
        [say(f"curve_{one.arm}"), f"{one.temperature:.3f}", f"{one.ece:.4f}", f"{1e3 * one.divergence:.2f}"]
        for one in (found.calibrated(arm, goal) for arm in CURVES)
    ]
    headers = [say(key) for key in ("curve", "temperature", "ece", "kl_millinats")]
    return html.table(headers, rows, say("ece_table"), range(1, 4), stacked=True)


def draw(kit: Kit) -> None:
    """Lay it out."""
    with gr.Row():
        kit.control("impression", precision=0, minimum=1, elem_id="ranker-impression", min_width=140)
        kit.control("place", elem_id="ranker-scene", min_width=200)
        kit.control("counts", elem_id="ranker-counts", min_width=200)
        kit.control("goal", elem_id="ranker-goal", min_width=260)
    kit.html("said")
    kit.html("predictions")
    kit.html("scenes")
    kit.plot("gates", "ranker-gates")
    kit.look("ranker_look")
    kit.plot("attention", "ranker-attention")
    kit.html("known")
    kit.plot("quality", "ranker-quality")
    kit.html("gap")
    kit.html("parts")
    kit.plot("calibration", "ranker-calibration")
    kit.html("ece")
    kit.output("formulas", formulas("ranker-formulas"))


def places(bundles: Bundles, scene: Scene) -> list[tuple[str, str]]:
    """The scenes that can be chosen; where there is no model, the impression's own alone."""
    found = bundles.of_task(task.TASK)
    scenes = task.rankers_of(found[0]).ranking.scenes if found else ()
    named = [(STRINGS.say("scene", scene.language, number=one), str(one)) for one in scenes]
    return [(STRINGS.say("its_own", scene.language), OWN), *named]


def view(bundles: Bundles) -> View:
    """The view, of the rankers of short videos."""
    return View("ranker", Settings, draw, partial(show, bundles), choices={"place": partial(places, bundles)})
