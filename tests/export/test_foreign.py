"""Models unlike those that stand here walk the same path: other inputs, several graphs, other evaluations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from export import check, golden, quantise, texts, verify
from export.evaluations.ranking import Query, Ranking, ndcg
from export.make import make
from export.recipe import Graph, Recipe, Score, Sizes, Tensors, Trained, Variant, drop
from export.runner import Subject
from hub.bundle import Bundles
from hub.card import Card, License, Paper, TensorSpec, Text

CHARACTERS, WIDTH, LAYERS, WORDS, TOPICS = 50, 6, 3, 20, 8
INT8 = replace(texts.INT8_WEIGHTS, gates=(drop(2.0),))


def spec(name: str, dtype: str, *shape: str | int) -> TensorSpec:
    return TensorSpec(name=name, dtype=dtype, shape=shape)  # type: ignore[arg-type]


def numbered(*shape: int, high: int = 0) -> Tensor:
    """The same values for the same shape, whole numbers below high where there is one."""
    random = torch.Generator().manual_seed(sum(shape))
    return torch.randint(1, high, shape, generator=random) if high else torch.randn(*shape, generator=random)


def recipe(name: str, module: nn.Module, graphs: Callable[[Any], list[Graph]], **more: Any) -> Recipe:
    torch.manual_seed(0)
    return Recipe(
        name=name,
        task="foreign",
        title=Text(en=name, zh=name),
        summary=Text(en="For the tests.", zh="测试用。"),
        paper=Paper(authors="Nobody", year=2020, title="A model", url="https://example.org/model"),
        departures=(),
        languages=("en",),
        licenses=(License(name="weights", role="weights", source="made here", license="Apache-2.0"),),
        train=lambda _: Trained(module.eval()),
        graphs=lambda trained: graphs(trained.module),
        **more,
    )


# --- words as rows of 50 characters, an output for each layer --------------------------------------------------------


class Characters(nn.Module):
    """Each word by its characters, then layers over the words; padding words change nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(262, WIDTH)
        self.layers = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in range(LAYERS - 1))

    def forward(self, characters: Tensor, mask: Tensor) -> dict[str, Tensor]:
        state = self.table(characters).mean(dim=2)  # (batch, tokens, width)
        present = mask[:, :, None].float()
        outputs = {"layer_0": state * present}
        for number, layer in enumerate(self.layers, 1):
            total = (state * present).sum(1, keepdim=True) / present.sum(1, keepdim=True)
            state = torch.tanh(layer(state + total))
            outputs[f"layer_{number}"] = state * present
        return outputs


@dataclass(frozen=True)
class Tags:
    """A tag for each word: whether the first number of its vector is positive in PyTorch."""

    graph: str = "model"
    dataset: str = "words"
    split: str = "valid"
    head: str = ""
    gated: bool = True

    def load(self, _: Recipe, pytorch: Mapping[str, Subject]) -> Tagged:
        feeds = verify.arrays(characters_sample({"batch": 9, "tokens": 7}))
        return Tagged(feeds, pytorch["model"].run(feeds, ["layer_2"])["layer_2"])


@dataclass(frozen=True)
class Tagged:
    feeds: dict[str, np.ndarray]
    reference: np.ndarray

    def score(self, subjects: Mapping[str, Subject]) -> Score:
        found = subjects["model"].run(self.feeds, ["layer_2"])["layer_2"]
        right = float(((found > 0) == (self.reference > 0))[:, :, 0].mean())
        far = float(np.abs(found - self.reference).max())
        return Score({"accuracy": right}, quality=right, rows=63, parity={"max_abs_difference": far})


def characters_sample(sizes: Sizes) -> Tensors:
    shape = (sizes["batch"], sizes["tokens"])
    return {"characters": numbered(*shape, CHARACTERS, high=262), "mask": torch.ones(shape, dtype=torch.int64)}


def characters() -> Recipe:
    layers = tuple(f"layer_{number}" for number in range(LAYERS))

    def graphs(module: nn.Module) -> list[Graph]:
        return [
            Graph(
                name="model",
                module=module,
                inputs=(spec("characters", "int64", "batch", "tokens", CHARACTERS),
                        spec("mask", "int64", "batch", "tokens")),
                outputs=tuple(spec(layer, "float32", "batch", "tokens", WIDTH) for layer in layers),
                sample=characters_sample,
                answers=layers,
                variants=(texts.FP32, INT8),
            )
        ]  # fmt: skip

    return recipe("characters", Characters(), graphs, evaluations=(Tags(),))


# --- a permutation with mask inputs ----------------------------------------------------------------------------------


class Permuted(nn.Module):
    """Each place sees what the mask leaves; the targets are picked by a matrix."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.head = nn.Embedding(WORDS, WIDTH), nn.Linear(WIDTH, WORDS)

    def forward(self, input_ids: Tensor, perm_mask: Tensor, target_mapping: Tensor) -> dict[str, Tensor]:
        content = self.table(input_ids)  # (batch, tokens, width)
        weights = (1 - perm_mask) / (1 - perm_mask).sum(-1, keepdim=True).clamp(min=1)
        return {"scores": self.head(target_mapping @ torch.tanh(weights @ content))}  # (batch, targets, words)


def permuted_sample(sizes: Sizes) -> Tensors:
    batch, tokens, targets = sizes["batch"], sizes["tokens"], sizes["targets"]
    mask = torch.triu(torch.ones(tokens, tokens)).expand(batch, -1, -1).contiguous()
    places = torch.nn.functional.one_hot(torch.arange(targets) % tokens, tokens).float()
    return {
        "input_ids": numbered(batch, tokens, high=WORDS),
        "perm_mask": mask,
        "target_mapping": places.expand(batch, -1, -1).contiguous(),
    }


def permuted() -> Recipe:
    def graphs(module: nn.Module) -> list[Graph]:
        return [
            Graph(
                name="model",
                module=module,
                inputs=(
                    spec("input_ids", "int64", "batch", "tokens"),
                    spec("perm_mask", "float32", "batch", "tokens", "tokens"),
                    spec("target_mapping", "float32", "batch", "targets", "tokens"),
                ),
                outputs=(spec("scores", "float32", "batch", "targets", WORDS),),
                sample=permuted_sample,
                example={"batch": 3, "tokens": 11, "targets": 5},
                shapes=({"batch": 1, "tokens": 1, "targets": 1}, {"batch": 4, "tokens": 9, "targets": 2}),
                answers=("scores",),
                variants=(texts.FP32,),
            )
        ]

    return recipe("permuted", Permuted(), graphs)


# --- two towers and an index of the items ----------------------------------------------------------------------------


class Tower(nn.Module):
    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind, self.layer = kind, nn.Linear(TOPICS, WIDTH)

    def forward(self, features: Tensor) -> dict[str, Tensor]:
        return {f"{self.kind}_vector": nn.functional.normalize(self.layer(features), dim=-1)}


class Towers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.query, self.items = Tower("query"), Tower("items")


ITEMS = numbered(12, TOPICS).numpy()


@dataclass(frozen=True)
class Retrieval:
    """Items by their product with the query: nDCG of the order that PyTorch's vectors give."""

    graph: str = "query"
    dataset: str = "shop"
    split: str = "valid"
    head: str = ""
    gated: bool = True

    def load(self, _: Recipe, pytorch: Mapping[str, Subject]) -> Retrieved:
        return Retrieved(numbered(5, TOPICS).numpy(), self.products(pytorch, numbered(5, TOPICS).numpy()))

    @staticmethod
    def products(subjects: Mapping[str, Subject], queries: np.ndarray) -> np.ndarray:
        ours = subjects["query"].run({"query_features": queries})["query_vector"]
        return ours @ subjects["items"].run({"items_features": ITEMS})["items_vector"].T


@dataclass(frozen=True)
class Retrieved:
    queries: np.ndarray
    reference: np.ndarray

    def score(self, subjects: Mapping[str, Subject]) -> Score:
        found = Retrieval.products(subjects, self.queries)
        value = float(np.mean([ndcg(np.maximum(r, 0), f, 10) for r, f in zip(self.reference, found, strict=True)]))
        far = float(np.abs(found - self.reference).max())
        return Score({"ndcg@10": value}, quality=value, rows=len(found), parity={"max_abs_difference": far})


def index(_: Trained, folder: Path, graphs: Mapping[str, Subject]) -> None:
    np.save(folder / "items.npy", graphs["items"].run({"items_features": ITEMS})["items_vector"])


def towers() -> Recipe:
    def tower(kind: str, module: nn.Module) -> Graph:
        return Graph(
            name=kind,
            module=module,
            inputs=(spec(f"{kind}_features", "float32", "batch", TOPICS),),
            outputs=(spec(f"{kind}_vector", "float32", "batch", WIDTH),),
            sample=lambda sizes: {f"{kind}_features": numbered(sizes["batch"], TOPICS)},
            answers=(f"{kind}_vector",),
            variants=(Variant(kind, quantise.stored, file=f"{kind}.onnx", gates=(verify.EXACT,)),),
        )

    def graphs(module: Any) -> list[Graph]:
        return [tower("items", module.items), tower("query", module.query)]

    return recipe("towers", Towers(), graphs, evaluations=(Retrieval(),), files=index, default="query")


# --- a ranker --------------------------------------------------------------------------------------------------------


class Ranker(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.output = nn.Linear(TOPICS, 512), nn.Linear(512, 1)

    def forward(self, features: Tensor) -> dict[str, Tensor]:
        return {"score": self.output(torch.relu(self.hidden(features)))}


def ranker(module: Ranker | None = None) -> Recipe:
    made = module or Ranker()

    def queries() -> list[Query]:
        rows = [numbered(number + 20, TOPICS) for number in range(6)]
        with torch.no_grad():
            good = [made(one)["score"][:, 0] for one in rows]
        return [
            Query({"features": one.numpy()}, np.digitize(score.numpy(), np.quantile(score.numpy(), [0.5, 0.8])))
            for one, score in zip(rows, good, strict=True)
        ]

    def graphs(module: nn.Module) -> list[Graph]:
        return [
            Graph(
                name="model",
                module=module,
                inputs=(spec("features", "float32", "batch", TOPICS),),
                outputs=(spec("score", "float32", "batch", 1),),
                sample=lambda sizes: {"features": numbered(sizes["batch"], TOPICS)},
                answers=("score",),
                variants=(texts.FP32, INT8),
            )
        ]

    return recipe("ranker", made, graphs, evaluations=(Ranking("letters", "valid", queries),))


FOREIGN = {"characters": characters, "permuted": permuted, "towers": towers, "ranker": ranker}


def publish(wanted: Recipe, tmp_path: Path) -> Card:
    return make(wanted, tmp_path / "onnx", tmp_path / "checkpoints", note=lambda _: None)


@pytest.mark.parametrize("name", FOREIGN)
def test_it_becomes_a_bundle_that_the_check_and_the_hub_take(name: str, tmp_path: Path) -> None:
    card = publish(FOREIGN[name](), tmp_path)
    folder = tmp_path / "onnx" / name
    assert check.check(folder) == []
    assert Card.read(folder) == card
    assert all(one.batch_independence is not None and one.batch_independence <= 1e-5 for one in card.variants)
    stored = golden.read(folder)
    for variant in card.variants:
        feeds = golden.part(stored, f"{variant.name}/inputs")
        session = Bundles(tmp_path / "onnx").get(name).session(variant.name)
        for output, values in zip(variant.outputs, session.run(feeds, variant.outputs), strict=True):
            np.testing.assert_allclose(values, stored[f"{variant.name}/outputs/{output}"], atol=0.05)


def spoiled(make: Callable[[quantise.Source], onnx.ModelProto], source: quantise.Source) -> onnx.ModelProto:
    """Every weight has the other sign."""
    proto = onnx.ModelProto()
    proto.CopyFrom(source.graph)
    for weight in proto.graph.initializer:
        if weight.data_type == onnx.TensorProto.FLOAT:
            weight.CopyFrom(numpy_helper.from_array(-numpy_helper.to_array(weight), weight.name))
    return make(quantise.Source(source.module, proto, source.calibration))


def with_spoiled(wanted: Recipe, number: int) -> Recipe:
    """The variant of that number of each graph is another model."""

    def graphs(trained: Trained) -> list[Graph]:
        found = []
        for graph in wanted.graphs(trained):
            variants = list(graph.variants)
            variants[number] = replace(variants[number], make=partial(spoiled, variants[number].make))
            found.append(replace(graph, variants=tuple(variants)))
        return found

    return replace(wanted, graphs=graphs)


@pytest.mark.parametrize("name", FOREIGN)
def test_a_graph_that_is_not_its_module_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(verify.GateError, match="an output differs by"):
        publish(with_spoiled(FOREIGN[name](), 0), tmp_path)
    assert not (tmp_path / "onnx" / name).exists()


def test_a_quantised_ranker_that_ranks_worse_is_left_out(tmp_path: Path) -> None:
    card = publish(with_spoiled(ranker(), 1), tmp_path)
    lost = card.variant("int8")
    assert not lost.passed and lost.omitted and lost.quality_drop is not None and lost.quality_drop > 2
    assert card.default_variant == "fp32" and card.variant("fp32").quality == pytest.approx(1.0)
    assert {row.metric for row in card.metrics} == {"ndcg@10"}


def test_the_index_of_the_items_is_a_file_of_the_bundle(tmp_path: Path) -> None:
    card = publish(towers(), tmp_path)
    bundle = Bundles(tmp_path / "onnx").get("towers")
    stored = np.load(bundle.folder / "items.npy")
    (vectors,) = bundle.session("items").run({"items_features": ITEMS}, ["items_vector"])
    np.testing.assert_allclose(stored, vectors, atol=1e-6)
    assert "items.npy" in {entry.file for entry in card.files} and card.default_variant == "query"
    (bundle.folder / "items.npy").write_bytes(b"another")
    assert any("items.npy" in line for line in check.check(bundle.folder))


def test_ndcg_is_that_of_the_paper() -> None:
    """Gains 2^grade - 1, discount log2(place + 1): worked out by hand."""
    grades = np.array([3, 2, 0, 1])
    assert ndcg(grades, np.array([4.0, 3, 1, 2]), 4) == 1
    found = (3 / 1 + 7 / np.log2(3) + 1 / np.log2(5)) / (7 / 1 + 3 / np.log2(3) + 1 / np.log2(4))
    assert ndcg(grades, np.array([3.0, 4, 2, 1]), 4) == pytest.approx(found)
    assert ndcg(grades, np.array([1.0, 2, 4, 3]), 1) == 0
    assert ndcg(np.zeros(3), np.arange(3), 2) == 1
