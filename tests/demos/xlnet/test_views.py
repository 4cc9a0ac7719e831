"""The tab XLNet without a browser: what its views show, in both languages, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest

from hub.bundle import Bundles
from hub.card import Metric
from hub.demos.xlnet import PARTS, order, ways
from hub.demos.xlnet.models import Models
from hub.errors import InputError
from hub.tasks import permutation as task
from hub.ui.strings import LANGUAGES, Language
from hub.ui.view import STAND, Scene, View
from tests.orderers import NAMES

SCRIPT = "<script>alert(1)</script> <b>a</b>"
SLUGS = [part.__name__.rpartition(".")[2] for part in PARTS]


@pytest.fixture(scope="module")
def models(made_orderers: Path) -> Models:
    return Models(Bundles(made_orderers))


@pytest.fixture(scope="module")
def views(models: Models) -> dict[str, View]:
    return {view.slug: view for view in (part.view(models) for part in PARTS)}


def shown(view: View, language: Language = "en", **values: Any) -> dict[str, Any]:
    """What a view shows of its beginning, with other values."""
    return dict(view.show(view.beginning(Scene(language, "en")).changed(**values), language))  # type: ignore[arg-type]


@pytest.mark.parametrize("speech", LANGUAGES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("slug", SLUGS)
def test_every_example_is_shown(views: dict[str, View], slug: str, language: Language, speech: Language) -> None:
    view, scene = views[slug], Scene(language, speech)
    start = view.beginning(scene)
    if view.examples is None:
        assert dict(view.show(start, language))["drawings"]  # type: ignore[arg-type]
        return
    for example in view.clickable(scene, {}):
        # Tiny tokenizers know no words: a short sentence of ours is more than six of their tokens.
        try:
            found = dict(view.show(start.changed(**example.changes(start)), language))  # type: ignore[arg-type]
        except InputError as error:
            assert error.code == "order_tokens" and slug in ("every", "court", "pair", "streams")
            continue
        assert all(found.values()), example.title


@pytest.mark.parametrize("slug", [slug for slug in SLUGS if slug != "ways"])
def test_what_a_visitor_types_is_no_markup(views: dict[str, View], slug: str) -> None:
    field = "parts" if slug == "segments" else "text"
    text = f"{SCRIPT}\n{SCRIPT}" if slug == "segments" else "<b>a" if slug == "every" else "a <b>"
    found = shown(views[slug], **{field: text})
    for value in found.values():
        assert "<script>alert" not in str(value) and "<b>a" not in str(value).replace("\\u003c", "<")


def test_models_are_offered_by_language_and_those_of_masks_have_no_queries(models: Models) -> None:
    english, chinese = Scene("en", "en"), Scene("zh", "zh")
    assert [name for _, name in models.offered(english)] == ["orders", "orders-ahead", "orders-masked"]
    assert [name for _, name in models.querying(english)] == ["orders", "orders-ahead"]
    assert [name for _, name in models.offered(chinese)] == ["orders-zh"]
    assert set(NAMES.values()) == {card.name for card in models.cards}


# --- the order ------------------------------------------------------------------------------------------------------


def test_the_arrays_are_those_that_are_used(views: dict[str, View], models: Models) -> None:
    found = shown(views["order"], text="a b c", order="3 1 2", partial=1)
    code = found["code"]
    expected = task.predict(models.get("orders"), "a b c", (3, 1, 2))
    assert str(expected.hidden.astype(int).tolist()) in code
    assert str(expected.target_mapping.astype(int).tolist()) in code
    assert found["board"].index("data-place=3") < found["board"].index("data-place=1")


def test_partial_prediction_asks_for_the_last_of_the_order(views: dict[str, View]) -> None:
    whole, part = (shown(views["order"], text="a b c d", order="", partial=size) for size in (1, 4))
    assert whole["board"].count("asked") == 4 and part["board"].count("asked") == 1
    assert part["table"].count("<tr>") == 2


def test_dragging_is_a_new_order(views: dict[str, View]) -> None:
    start = views["order"].beginning(Scene("en", "en"))

    class Event(gr.EventData):
        def __init__(self) -> None:
            self._data = {"order": [2, 3, 1]}

    assert order.dragged(start, Event()) == {"order": "2 3 1"}  # type: ignore[arg-type]


@pytest.mark.parametrize(("action", "expected"), [("forward", "1 2 3"), ("backward", "3 2 1")])
def test_buttons_change_the_order_and_its_link(views: dict[str, View], action: str, expected: str) -> None:
    start = views["order"].beginning(Scene("en", "en")).changed(text="a b c")
    found = views["order"].actions[action](start, "en")
    assert found["order"] == expected and found[STAND].values()["order"] == expected
    shuffled = views["order"].actions["shuffle"](start, "en")["order"]
    assert sorted(shuffled.split()) == ["1", "2", "3"]


def test_an_order_of_another_sentence_is_left_to_right_and_the_field_says_so(views: dict[str, View]) -> None:
    found = shown(views["order"], text="a b c", order="2 1")
    assert found["board"] == shown(views["order"], text="a b c", order="1 2 3")["board"]
    assert found["order"] == "1 2 3" and found[STAND].values()["order"] == "1 2 3"


@pytest.mark.parametrize("typed", ["3 1 x", "1 1 2", "1 2 99", "²"])
def test_what_is_no_order_is_refused(views: dict[str, View], typed: str) -> None:
    for slug in ("order", "court", "streams"):
        with pytest.raises(InputError):
            shown(views[slug], text="a b c", order=typed)


# --- the others -----------------------------------------------------------------------------------------------------


def test_the_court_tells_each_mistake(views: dict[str, View]) -> None:
    clean = shown(views["court"], text="a b c", order="2 1 3")
    assert "exactly 0" in clean["said"] and "class='leak'" not in clean["cells"].replace("cell leak", "")
    for mistake, cell in (("first", "leak"), ("masks", "blind"), ("one_stream", "leak")):
        found = shown(views["court"], text="a b c", order="2 1 3", mistake=mistake)
        assert f"<td class='{cell}'" in found["cells"] and "Found:" in found["said"]


def test_all_orders_are_counted(views: dict[str, View]) -> None:
    found = shown(views["every"], text="a b c d")
    data = json.loads(found["plot"].plot)["data"]
    assert sum(data[0]["y"]) == 24 and len(data) == 4


def test_a_pair_has_a_row_for_each_objective(views: dict[str, View]) -> None:
    found = shown(views["pair"], text="a b c d", place=2)
    assert found["table"].count("<tr>") == 4
    assert "by construction" in found["table"]


def test_the_proof_falls_together(views: dict[str, View]) -> None:
    found = shown(views["streams"], text="a b c d", first=1, second=3)
    assert "0.000" in found["proof"]
    heat = json.loads(found["content"].plot)["data"][0]
    assert heat["type"] == "heatmap"


def test_drawings_are_of_what_each_may_see() -> None:
    seen = ways.visible()
    assert not np.triu(seen["gpt"]).any() and (seen["elmo_backward"] == seen["elmo_forward"].T).all()
    assert seen["bert"].any(1).sum() == 2 and not seen["bert"][:, [1, 4]].any()
    assert sorted(seen["xlnet"].sum(1).tolist()) == [0, 1, 2, 3, 4, 5]


def test_the_yardstick_is_that_of_the_cards(models: Models) -> None:
    card = models.cards[0]
    metric = Metric(dataset="wiki_en", split="test", metric="nats_hidden", value=3.2, variant=card.default_variant)
    told = card.model_copy(
        update={"metrics": (metric, metric.model_copy(update={"metric": "nats_gap", "value": 0.25}))}
    )
    table = ways.yardstick([told, card], "en")
    assert "3.200" in table and "+0.250" in table and table.count("<tr>") == 2
    assert ways.yardstick([card], "en") == "" == ways.tuned([card], "en")
