"""The int8 encoder: close to PyTorch, blind to its neighbours, refused when it is not close enough."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from transformers import BertConfig, BertModel

from export import encoder, graph, quantise
from hub.session import Session, open_session

VOCABULARY, WIDTH = 211, 64


class Pooled(torch.nn.Module):
    """A BERT with every step that a head may have."""

    def __init__(self, pooling: str, activation: str = "gelu") -> None:
        super().__init__()
        config = BertConfig(
            vocab_size=VOCABULARY,
            hidden_size=WIDTH,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=128,
            hidden_act=activation,
        )
        self.pooling = pooling
        self.bert = BertModel(config, add_pooling_layer=False)
        self.dense = torch.nn.Linear(WIDTH, WIDTH)
        self.classifier = torch.nn.Linear(WIDTH, 3)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> dict[str, torch.Tensor]:
        hidden = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state  # (B, T, H)
        mask = attention_mask[:, :, None].float()
        pooled = (hidden * mask).sum(1) / mask.sum(1) if self.pooling == "mean" else hidden[:, 0]
        return {"logits": self.classifier(torch.tanh(self.dense(pooled)))}


def texts(count: int, seed: int = 0) -> list[Mapping[str, np.ndarray]]:
    """Unpadded, of 1 to 40 tokens."""
    rng = np.random.default_rng(seed)
    rows = [rng.integers(1, VOCABULARY, (1, tokens)) for tokens in rng.integers(1, 41, count)]
    return [{"input_ids": ids, "attention_mask": np.ones_like(ids)} for ids in rows]


def source(module: torch.nn.Module, output: str = "logits", count: int = 100) -> quantise.Source:
    named = onnx.helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT, ["batch", 3])
    proto = onnx.helper.make_model(onnx.helper.make_graph([], "exported", [], [named]))
    return quantise.Source(module.eval(), proto, texts(count))


def opened(proto: onnx.ModelProto, folder: Path) -> Session:
    onnx.save(proto, folder / "model.onnx")
    return open_session(folder / "model.onnx", threads=1)


@pytest.fixture(scope="module", params=["mean", "cls"])
def module(request: pytest.FixtureRequest) -> Pooled:
    torch.manual_seed(0)
    return Pooled(request.param).eval()


@pytest.fixture(scope="module")
def session(module: Pooled, tmp_path_factory: pytest.TempPathFactory) -> Session:
    head = (module.pooling, "dense", "tanh", "classifier")
    return opened(
        quantise.run(partial(encoder.encoder_int8, head=head), source(module)), tmp_path_factory.mktemp("encoder")
    )


def test_the_logits_are_those_of_pytorch(module: Pooled, session: Session) -> None:
    for feeds in texts(20, seed=1):
        with torch.no_grad():
            theirs = module(**{name: torch.from_numpy(value) for name, value in feeds.items()})["logits"].numpy()
        np.testing.assert_allclose(session.run(feeds, ["logits"])[0], theirs, atol=0.03)


@pytest.mark.parametrize("side", ["right", "left"])
def test_a_text_does_not_see_its_neighbours(session: Session, side: str) -> None:
    """Padding before the text moves its positions, so only its masked neighbours may not matter there."""
    alone = texts(7, seed=2)
    longest = max(feeds["input_ids"].shape[1] for feeds in alone)
    batch = {name: np.zeros((len(alone), longest), np.int64) for name in ("input_ids", "attention_mask")}
    for row, feeds in enumerate(alone):
        tokens = feeds["input_ids"].shape[1]
        place = slice(0, tokens) if side == "right" else slice(longest - tokens, longest)
        for name in batch:
            batch[name][row, place] = feeds[name]
    (together,) = session.run(batch, ["logits"])
    for row, feeds in enumerate(alone):
        single = feeds if side == "right" else {name: values[row : row + 1] for name, values in batch.items()}
        np.testing.assert_allclose(together[row], session.run(single, ["logits"])[0][0], atol=1e-5)


def test_what_stands_in_the_padding_does_not_matter(session: Session) -> None:
    feeds = texts(1, seed=3)[0]
    answers = []
    for filler in (0, VOCABULARY - 1):
        padded = {
            "input_ids": np.concatenate([feeds["input_ids"], np.full((1, 9), filler)], axis=1),
            "attention_mask": np.concatenate([feeds["attention_mask"], np.zeros((1, 9), np.int64)], axis=1),
        }
        answers.append(session.run(padded, ["logits"])[0])
    np.testing.assert_allclose(answers[0], answers[1], atol=1e-6)


def test_a_sentence_vector_has_length_one(tmp_path: Path) -> None:
    torch.manual_seed(0)
    proto = encoder.encoder_int8(source(Pooled("mean"), "embedding"), head=("mean", "normalise"))
    (vector,) = opened(proto, tmp_path).run(texts(1)[0], ["embedding"])
    assert vector.shape == (1, WIDTH)
    np.testing.assert_allclose(np.linalg.norm(vector), 1, atol=1e-6)


def test_relu_has_no_negative_side_to_keep(tmp_path: Path) -> None:
    torch.manual_seed(0)
    module = Pooled("mean", "relu").eval()
    session = opened(encoder.encoder_int8(source(module), head=("mean", "dense", "tanh", "classifier")), tmp_path)
    feeds = texts(1, seed=4)[0]
    with torch.no_grad():
        theirs = module(**{name: torch.from_numpy(value) for name, value in feeds.items()})["logits"].numpy()
    np.testing.assert_allclose(session.run(feeds, ["logits"])[0], theirs, atol=0.03)


def test_the_embedding_table_and_all_large_products_are_int8() -> None:
    torch.manual_seed(0)
    proto = encoder.encoder_int8(source(Pooled("mean")))
    large = [w for w in proto.graph.initializer if np.prod(w.dims) >= 4096 and not w.name.startswith("positions")]
    assert {w.data_type for w in large} == {onnx.TensorProto.INT8}
    assert len(large) == 1 + 2 * 4
    assert "SkipLayerNormalization" not in graph.operators(proto)


def test_a_graph_that_is_not_close_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "MIN_MEAN_COSINE", 1.1)
    with pytest.raises(graph.ExportError, match=r"1 of 2 layers: mean .* 2 of 2 layers: mean"):
        encoder.encoder_int8(source(Pooled("mean")))


def test_what_cannot_be_built_is_named() -> None:
    with pytest.raises(graph.ExportError, match="Linear holds no transformers BertModel"):
        encoder.encoder_int8(source(torch.nn.Linear(2, 2)))
    with pytest.raises(graph.ExportError, match="hidden_act is 'silu'; known: gelu"):
        encoder.encoder_int8(source(Pooled("mean", "silu")))
    with pytest.raises(graph.ExportError, match="the head names 'missing'"):
        encoder.encoder_int8(source(Pooled("mean")), head=("mean", "missing"))
    with pytest.raises(graph.ExportError, match="starts with no pooling"):
        encoder.encoder_int8(source(Pooled("mean")), head=("max",), row_wise=(1,))
    with pytest.raises(graph.ExportError, match="1 calibration texts"):
        encoder.encoder_int8(source(Pooled("mean"), count=1))


def test_smoothing_changes_no_product() -> None:
    rng = np.random.default_rng(0)
    values, weight = rng.normal(size=(5, 8)) * 10 ** rng.uniform(-1, 1, 8), rng.normal(size=(8, 3))
    scale = encoder.smooth(np.abs(values).max(0), weight, 0.75)
    np.testing.assert_allclose((values / scale) @ (weight * scale[:, None]), values @ weight, rtol=1e-5)
    assert np.ptp(np.log(np.abs(values / scale).max(0))) < np.ptp(np.log(np.abs(values).max(0)))
