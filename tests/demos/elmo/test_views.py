"""The tab ELMo without a browser: what its views show, in both languages, and what they refuse."""

from __future__ import annotations

import json
from math import log
from pathlib import Path
from typing import Any

import pytest

from hub.bundle import Bundles
from hub.card import Repeated
from hub.demos.elmo import characters, contrast, directions, gains, grades, mixer, network, senses
from hub.demos.elmo.examples import NAMED, SPELLINGS, TEXTS, WORDS
from hub.demos.elmo.models import Models
from hub.errors import InputError
from hub.tasks import tag
from hub.tasks.layered import ARMS
from hub.ui.strings import LANGUAGES, Language
from hub.ui.view import Scene, View

SCENE = Scene("en", "en")
SCRIPT = "<script>alert(1)</script> film <b>film</b>"


@pytest.fixture(scope="module")
def models(made_spellers: Path) -> Models:
    return Models(Bundles(made_spellers))


@pytest.fixture(scope="module")
def views(models: Models) -> dict[str, View]:
    parts = (senses, mixer, directions, characters, contrast, grades)
    return {view.slug: view for view in (part.view(models) for part in parts)}


def shown(view: View, language: Language = "en", **values: Any) -> dict[str, Any]:
    """What a view shows of its beginning, with other values."""
    return dict(view.show(view.beginning(Scene(language, "en")).changed(**values), language))  # type: ignore[arg-type]


def points(plot: Any) -> list[dict[str, Any]]:
    return json.loads(plot.plot)["data"]


@pytest.mark.parametrize("speech", LANGUAGES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", ["senses", "mixer", "directions", "characters", "contrast", "grades"])
def test_every_example_is_shown(views: dict[str, View], slug: str, language: Language, speech: Language) -> None:
    view = views[slug]
    scene = Scene(language, speech)
    clickable = view.clickable(scene, {})
    assert clickable
    for example in clickable:
        start = view.beginning(scene)
        found = dict(view.show(start.changed(**example.changes(start)), language))  # type: ignore[arg-type]
        assert all(found.values()), example.title
        assert "svg" in found.get("drawing", "svg")


def test_texts_are_in_the_language_of_the_tagger(views: dict[str, View]) -> None:
    """There is none for Chinese here."""
    scene = Scene("zh", "zh")
    texts = [
        example.changes(views["contrast"].beginning(scene))["text"]
        for example in views["contrast"].clickable(scene, {})
    ]
    assert tuple(texts) == tuple(NAMED["en"]) and views["contrast"].beginning(scene).values()["text"] == texts[0]


@pytest.mark.parametrize("word", [*WORDS["en"], *WORDS["zh"]], ids=lambda word: word.word)
def test_our_sentences_have_the_word_once_and_one_sense(word: Any) -> None:
    lines = word.lines.splitlines()
    assert len(set(lines)) == len(lines) == sum(len(sense.sentences) for sense in word.senses)
    if word.word.isascii():
        assert all(line.lower().replace(".", " ").split().count(word.word) == 1 for line in lines)
    else:
        assert all(line.count(word.word) == 1 for line in lines)


def test_layer_0_is_one_point_and_says_so(views: dict[str, View]) -> None:
    found = shown(views["senses"], layer=0)
    assert {(x, y) for trace in points(found["plot"]) for x, y in zip(trace["x"], trace["y"], strict=True)} == {(0, 0)}
    assert "the same vector" in found["said"]


def test_senses_are_counted_by_the_nearest_other(views: dict[str, View], models: Models) -> None:
    found = shown(views["senses"], layer=2, direction="forward")
    signs = found["table"].count("✓"), found["table"].count("✗")
    assert sum(signs) == len(WORDS["en"][0].lines.splitlines())
    assert f"of 12 occurrences, {signs[0]} have one of the same sense" in found["said"]
    assert f">{signs[0]} / 12<" in found["table"].replace("</td>", "<")
    assert [trace["name"] for trace in points(found["plot"])] == ["money", "river"]


def test_own_sentences_have_no_sense_and_are_not_judged(views: dict[str, View]) -> None:
    found = shown(views["senses"], word="film", lines="a film\nno such\n\n the film is good \nfilm")
    assert "lines 2." in found["said"] and "✓" not in found["table"]
    (trace,) = points(found["plot"])
    assert trace["name"] == "your sentences" and len(trace["x"]) == 3


def test_what_a_visitor_types_is_text_on_the_page(views: dict[str, View]) -> None:
    found = [
        shown(views["senses"], word="film", lines=SCRIPT),
        shown(views["directions"], text=SCRIPT),
        shown(views["characters"], word="<"),
        shown(views["contrast"], text=SCRIPT),
    ]
    for one in found:
        assert "<script>" not in "".join(str(value) for value in one.values())


def test_what_was_left_out_is_said(views: dict[str, View]) -> None:
    said = shown(views["directions"], text=f"{'x' * 60} " + "word " * 500)["said"]
    assert "Only the first 400 words" in said and "first 48 bytes" in said
    assert "first 48 bytes" in shown(views["characters"], word="x" * 60)["said"]


def test_both_sums_are_those_of_the_places(views: dict[str, View]) -> None:
    found = shown(views["directions"], text="A warm film.")
    bits = [sum(trace["y"]) for trace in points(found["plot"])]
    nats = [float(found["said"].split(f"{side} = ")[1].split(",")[0]) for side in ("forward", "backward")]
    assert [-bit * log(2) for bit in bits] == pytest.approx(nats, abs=0.1)


@pytest.mark.parametrize(
    ("slug", "values", "code"),
    [
        ("senses", {"word": "two words"}, "one_word"),
        ("senses", {"lines": " \n"}, "texts_none"),
        ("senses", {"word": ""}, "text_empty"),
        ("directions", {"text": " "}, "text_empty"),
        ("characters", {"word": "two words"}, "one_word"),
        ("characters", {"word": ""}, "text_empty"),
        ("contrast", {"text": " "}, "text_empty"),
        ("grades", {"text": ""}, "text_empty"),
        ("mixer", {"s0": 0.0, "s1": 0.0, "s2": 0.0}, "weights_range"),
    ],
)
def test_what_cannot_be_read_is_refused(views: dict[str, View], slug: str, values: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as error:
        shown(views[slug], **values)
    assert error.value.code == code


def test_a_mix_is_scored_anew_at_every_move(views: dict[str, View]) -> None:
    def percent(**faders: float) -> float:
        said = shown(views["mixer"], **faders)["said"]
        return float(said.split("class=value>")[1].split("%")[0])

    heard = percent(s0=0.0, s1=1.0, s2=0.0)
    assert heard > 95 > percent(s0=0.5, s1=0.0, s2=0.5)
    assert heard == percent(s0=0.0, s1=0.3, s2=0.0)  # only proportions matter


def test_the_triangle_has_every_mix_and_the_place_of_this_one(views: dict[str, View]) -> None:
    found = points(shown(views["mixer"], s0=0.0, s1=0.0, s2=1.0)["plot"])
    grids = [trace for trace in found if trace["marker"]["symbol"] == "hexagon"]
    assert len(grids) == 2 and all(len(trace["x"]) == 66 for trace in grids)
    (first, *_) = [trace for trace in found if trace["marker"]["symbol"] == "circle-open"]
    assert (first["x"], first["y"]) == ([0.5], [0.866])  # on top


def test_both_twins_mark_their_entities_and_the_differences_are_named(views: dict[str, View], models: Models) -> None:
    text = "A warm, funny film. Boring."
    found = shown(views["contrast"], text=text)["found"]
    sides = {arm: tag.tag(models.tagger("tagger"), [text], arm=arm)[0].entities for arm in ARMS}
    assert found.count("class='entity") == sum(map(len, sides.values()))
    assert ("differences" in found or "where they differ" in found) == (
        {(one.start, one.end, one.kind) for one in sides["with"]}
        != {(one.start, one.end, one.kind) for one in sides["without"]}
    )


def test_grades_of_both_twins_are_shares_of_one(views: dict[str, View]) -> None:
    found = shown(views["grades"], text="A warm, funny film.")["found"]
    values = [int(part.split("%")[0]) for part in found.split("class=value>")[1:]]
    assert len(values) == 10 and all(abs(sum(side) - 100) <= 3 for side in (values[:5], values[5:]))


def test_the_drawing_lights_what_a_layer_comes_from(models: Models) -> None:
    sizes = models.sizes("elmo")
    drawing = network.drawing(sizes, network.lit_by(1, "forward"), "en")
    lit = [part.split("<text")[1].split(">")[1].split("<")[0] for part in drawing.split("<g class=lit>")[1:]]
    assert lit == ["letters", "16 filters of widths 1 to 7", "highway, then 6 = x", "LSTM 1 →, 12 to 6"]


def test_there_is_something_to_click_in_each_language_that_is_read(models: Models) -> None:
    assert models.spoken == ["en", "zh"]
    for speech in models.spoken:
        assert WORDS[speech] and TEXTS[speech] and SPELLINGS[speech] and NAMED[speech]


def test_the_networks_mixes_can_be_clicked(views: dict[str, View], models: Models) -> None:
    (card,) = [one for one in models.learnt_mixes("elmo") if one.name == "tagger"]
    assert card.layers_of is not None and sum(card.layers_of.mix) == pytest.approx(1, abs=1e-3)
    scene = Scene("en", "en")
    title = f"of the network: {card.title.en}"
    (example,) = [one for one in views["mixer"].clickable(scene, {}) if one.title[0] == title]
    faders = example.changes(views["mixer"].beginning(scene))
    assert [faders[name] for name in ("s0", "s1", "s2")] == pytest.approx(card.layers_of.mix, abs=0.006)


def test_what_elmo_adds_is_told_with_its_interval_beside_the_papers_figures(models: Models) -> None:
    arms = {"without": ((0.8, 0.82), 0.0), "with": ((0.83, 0.85), 0.03)}
    repeated = tuple(
        Repeated(dataset="conll2003", metric="f1", arm=arm, values=values, half=0.01, gain=gain, gain_half=0.002)
        for arm, (values, gain) in arms.items()
    )
    card = models.reading_layers[0].model_copy(update={"repeated": repeated})
    table = gains.table([card], "en")
    wanted = ("81.00 ± 1.00", "84.00 ± 1.00", "+3.00 ± 0.20", "90.15 → 92.22", "2 trainings")
    assert [part for part in wanted if part not in table] == []
    assert "±" not in gains.table([card.model_copy(update={"repeated": ()})], "en")
