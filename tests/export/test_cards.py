"""Every committed card says what its recipe says: facts, graphs, methods and gates; and its figures keep the gates."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from export import check, publish
from export.make import gate, union
from export.recipe import Facts, Graph, Recipe, Variant
from export.recipes import registry
from hub.card import PERPLEXITY, Card, Metric, TensorSpec
from hub.card import Variant as Described

BUNDLES = Path(__file__).resolve().parents[2] / "onnx"
NAMES = check.find(BUNDLES)
each_bundle = pytest.mark.parametrize("name", NAMES)
FACTS = [field for field in Facts.__dataclass_fields__ if field != "max_tokens"]
QUALITIES = ("accuracy", "spearman")  # the metrics that points are lost of

# What a card says otherwise than its recipe, because its file is older: bundle -> variant -> why. To be made again.
ROWS = "measured with one scale for a row; the pass has a scale for a block since, the file is not shipped"
BLOCKS = "the file has a scale for 32 weights; the pass makes 64 since, which is faster"
OLDER = {
    "gpt-tldr-en": {"int8": BLOCKS},
    "gpt-poetry-zh": {"int8": BLOCKS},
    "textrcnn-sst2": {"int8": ROWS},
    "textrcnn-thucnews-zh": {"int8": ROWS},
    "textrnn-uniform": {"int8": ROWS},
    "textrnn-coupled": {"int8": ROWS},
    "textrnn-shared": {"int8": ROWS},
    "textrnn-thucnews-zh": {"int8": ROWS},
}


def graphs_of(recipe: Recipe) -> list[Graph]:
    """As the recipe declares them; the module inside is a tiny one."""
    return list(recipe.graphs(recipe.tiny()))


def of_any_width(card: Card, specs: Iterable[TensorSpec]) -> list[TensorSpec]:
    """Where the width of a vector is the trained module's, and a tiny one has another: without the numbers."""
    if not (card.two_way or card.layers_of or card.orders or card.funnel or card.ranking):
        return list(specs)
    return [
        spec.model_copy(update={"shape": tuple(axis if isinstance(axis, str) else "width" for axis in spec.shape)})
        for spec in specs
    ]


def variants_of(recipe: Recipe) -> dict[str, tuple[Graph, Variant]]:
    return {one.name: (graph, one) for graph in graphs_of(recipe) if not graph.part for one in graph.variants}


@each_bundle
def test_the_facts_are_those_of_the_recipe(name: str) -> None:
    card, recipe = Card.read(BUNDLES / name), registry()[name]
    differing = [field for field in FACTS if getattr(card, field) != getattr(recipe, field)]
    assert not differing
    assert recipe.max_tokens in (None, card.max_tokens)
    assert card.command == recipe.command or card.command == f"python -m export make {name}"


@each_bundle
def test_the_files_are_those_of_the_recipe(name: str) -> None:
    card, recipe = Card.read(BUNDLES / name), registry()[name]
    declared = variants_of(recipe)
    assert [one.name for one in card.variants] == list(declared)
    older = OLDER.get(name, {})
    for variant in card.variants:
        graph, wanted = declared[variant.name]
        assert variant.file == wanted.file and variant.gate == gate(graph, wanted)
        assert (variant.method != wanted.described) == (variant.name in older), f"{variant.name}: {wanted.described}"
        assert variant.omitted == (not wanted.publish) and variant.passed
        if not card.decoding:
            assert variant.outputs == (wanted.outputs or tuple(spec.name for spec in graph.outputs))
    parts = [graph for graph in graphs_of(recipe) if graph.part]
    assert [one.name for one in card.parts] == [graph.name for graph in parts]
    for found, graph in zip(card.parts, parts, strict=True):
        for own, wanted_specs in ((found.inputs, graph.inputs), (found.outputs, graph.outputs)):
            assert of_any_width(card, own) == of_any_width(card, wanted_specs)


@each_bundle
def test_inputs_and_outputs_are_declared_as_in_the_recipe(name: str) -> None:
    card, recipe = Card.read(BUNDLES / name), registry()[name]
    main = [graph for graph in graphs_of(recipe) if not graph.part]
    if card.decoding:  # of a decoder the widths are the module's; what it has beside its cache is the recipe's
        found, wanted = (
            [spec.name for spec in specs if not spec.name.startswith("past_")]
            for specs in (card.inputs, main[0].inputs)
        )
        assert found == wanted
        return
    for own, wanted_specs in (
        (card.inputs, union(graph.inputs for graph in main)),
        (card.outputs, union(graph.outputs for graph in main)),
    ):
        assert of_any_width(card, own) == of_any_width(card, wanted_specs)


@each_bundle
def test_the_figures_are_of_what_the_recipe_measures(name: str) -> None:
    card, recipe = Card.read(BUNDLES / name), registry()[name]
    measured = {(one.dataset, one.split, one.head) for one in card.metrics}
    of_files = recipe.metrics(BUNDLES / name)
    assert measured == {(one.dataset, one.split, one.head) for one in (*recipe.evaluations, *of_files)}
    assert set(of_files) <= set(card.metrics)


def figures(card: Card, metric: Metric) -> dict[str, float]:
    """Variant -> value, of one metric on one head and split."""
    return {
        one.variant: one.value
        for one in card.metrics
        if (one.dataset, one.split, one.head, one.metric) == (metric.dataset, metric.split, metric.head, metric.metric)
    }


def answers(card: Card, metric: Metric) -> int:
    """How many answers a figure is of; 0: not known."""
    counts = [one.counts for one in card.confusions if (one.dataset, one.split) == (metric.dataset, metric.split)]
    return sum(map(sum, counts[0])) if counts else 0


@each_bundle
def test_every_published_file_keeps_its_gates_on_every_head_and_split_of_its_card(name: str) -> None:
    card, declared = Card.read(BUNDLES / name), variants_of(registry()[name])
    full = card.variants[0]
    for variant in (one for one in card.variants if not one.omitted):
        for bound in declared[variant.name][1].gates:
            parity = getattr(variant.parity, bound.figure, None)
            assert parity is None or bound.holds(parity, 0), bound.said
            for metric in card.metrics:
                values = figures(card, metric)
                if bound.figure == "drop" and metric.metric in QUALITIES and not lost_and_told(card, variant, metric):
                    drop = 100 * (values[full.name] - values[variant.name])
                    assert bound.holds(drop, answers(card, metric)), f"{metric.dataset}, {metric.split}: {drop:.2f}"
                if bound.figure == "rise" and metric.metric == PERPLEXITY:
                    assert bound.holds(values[variant.name] / values[full.name] - 1, 0)


def lost_and_told(card: Card, variant: Described, metric: Metric) -> bool:
    """Whether a departure of the card says what is lost there."""
    return any(metric.dataset.upper() in line and "8 bits" in line and "point" in line for line in card.departures)


@each_bundle
def test_the_model_card_is_written_from_the_card(name: str) -> None:
    card = Card.read(BUNDLES / name)
    assert publish.readme(card) == (BUNDLES / name / publish.README).read_text(encoding="utf-8")
