"""A very small text classifier with the conventions of every recipe, to walk the path of export/ in seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import onnx
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from export import texts
from export.evaluations.labels import Labels
from export.recipe import Graph, Recipe, Trained, Variant
from export.runner import Runner
from hub.card import License, Paper, TensorSpec, Text
from hub.text import TextEncoder

WORDS = ["[PAD]", "[UNK]", "good", "fine", "bad", "poor", "the", "film", "is", "a", "very", "not", "story", "and"]
WIDTH, MAPS, MAX_TOKENS = 400, 8, 64  # the width makes the table large enough for the passes on tables


class Toy(torch.nn.Module):
    """Windows of two words, max over time; the graph pads each text, so that no neighbour matters."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        table = torch.randn(len(WORDS), WIDTH, generator=generator) * 0.1
        table[2:4, 0], table[4:6, 0], table[0] = 1.0, -1.0, 0.0
        self.table = torch.nn.Embedding.from_pretrained(table.half().float(), padding_idx=0)
        self.convolution = torch.nn.Conv1d(WIDTH, MAPS, 2)
        self.output = torch.nn.Linear(MAPS, 2)
        with torch.no_grad():
            self.convolution.weight.normal_(0, 0.02, generator=generator)
            self.convolution.weight[:4, 0], self.convolution.weight[4:, 0] = 1.0, -1.0
            self.convolution.bias.zero_()
            self.output.weight[0], self.output.weight[1] = (
                torch.tensor([-1.0] * 4 + [1.0] * 4),
                torch.tensor([1.0] * 4 + [-1.0] * 4),
            )
            self.output.bias.zero_()

    def forward(self, input_ids: torch.Tensor) -> dict[str, torch.Tensor]:
        padded = torch.nn.functional.pad(input_ids, (1, 2))  # (B, T + 3)
        maps = torch.relu(self.convolution(self.table(padded).transpose(1, 2)))  # (B, maps, T + 2)
        pooled, positions = maps.max(dim=2)  # (B, maps)
        contributions = pooled[:, :, None] * self.output.weight.t()  # (B, maps, classes)
        return {
            "logits": self.output(pooled),
            "pool_positions": positions - 1,
            "pool_contributions": contributions,
        }


def tokenizer() -> Tokenizer:
    made = Tokenizer(models.WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.normalizer = normalizers.Lowercase()
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.enable_padding(pad_id=0, pad_token="[PAD]")
    made.enable_truncation(MAX_TOKENS)
    return made


def runner(proto: onnx.ModelProto, folder: Path, made: Tokenizer | None = None, max_tokens: int = MAX_TOKENS) -> Runner:
    """A graph as it would be run from a bundle in that folder."""
    (made or tokenizer()).save(str(folder / "tokenizer.json"))
    onnx.save(proto, folder / "model.onnx")
    return Runner(folder / "model.onnx", TextEncoder(folder / "tokenizer.json", max_tokens))


def trained(_: Path | None = None) -> Trained:
    return Trained(Toy().eval(), tokenizer())


INPUTS = (TensorSpec(name="input_ids", dtype="int64", shape=("batch", "tokens")),)
OUTPUTS = (
    TensorSpec(name="logits", dtype="float32", shape=("batch", 2)),
    TensorSpec(name="pool_positions", dtype="int64", shape=("batch", MAPS)),
    TensorSpec(name="pool_contributions", dtype="float32", shape=("batch", MAPS, 2)),
)


def graphs(*variants: Variant) -> Callable[[Trained], list[Graph]]:
    return texts.model(
        inputs=INPUTS,
        outputs=OUTPUTS,
        variants=variants,
        calibration=texts.Calibration("toy-set", "train", 20),
        max_tokens=MAX_TOKENS,
    )


def sample(batch: int, tokens: int) -> dict[str, torch.Tensor]:
    return texts.tokens(INPUTS, len(WORDS), MAX_TOKENS, {"batch": batch, "tokens": tokens})


def recipe(**changes: object) -> Recipe:
    facts: dict[str, object] = dict(
        name="toy",
        task="text-classification",
        title=Text(en="Toy", zh="玩具"),
        summary=Text(en="A classifier for the tests.", zh="测试用的分类器。"),
        paper=Paper(authors="Nobody", year=2020, title="A toy", url="https://example.org/toy"),
        departures=(),
        languages=("en",),
        licenses=(
            License(name="toy weights", role="weights", source="made here", license="Apache-2.0"),
            License(name="toy-set", role="data", source="made here", license="not stated"),
        ),
        labels=("negative", "positive"),
        train=trained,
        tiny=trained,
        reads=texts.tokenizer,
        max_tokens=MAX_TOKENS,
        graphs=graphs(texts.FP32, texts.INT8_CONVOLUTION),
        evaluations=(Labels("toy-set", "valid"), Labels("toy-set", "test")),
    )
    return Recipe(**(facts | changes))  # type: ignore[arg-type]
