"""Every architecture that is taken computes as transformers does; what is refused is refused in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx_ir as ir
import pytest
import torch

from export import __main__ as command
from export import architectures, decoder, from_hub, fuse, fuse_decoder, writer
from export.architectures import TAKEN, UnsupportedModelError, context_of, require_size, require_taken
from hub.card import Decoding
from hub.decoder import Decoder
from hub.session import open_session
from tests import writers
from tests.export import tiny_models

TOLERANCE = 1e-5  # of logits of about 1, in float32


def opened(module: decoder.Decoder, proto: onnx.ModelProto, file: Path, rows: int) -> Decoder:
    onnx.save(proto, file)
    decoding = Decoding(
        layers=module.layers, kv_heads=module.kv_heads, head_size=module.head_size, context=module.max_length, end=()
    )
    return Decoder(open_session(file, threads=1), decoding, module.vocab_size, rows, module.max_length)


@pytest.mark.parametrize("name", [*TAKEN, *tiny_models.FORMS])
def test_logits_are_those_of_transformers(name: str, tmp_path: Path) -> None:
    """In two pieces, then token by token beside a longer text up to the end of the context; in 4 bits, it runs."""
    model = tiny_models.model(name)
    module = decoder.Decoder(model).eval()
    graph = writer.exported(module)
    rows = opened(module, graph, tmp_path / "model.onnx", 3)
    random = np.random.default_rng(0)
    texts = {0: random.integers(1, 100, 20).tolist(), 2: random.integers(1, 100, 7).tolist()}

    def expected(ids: list[int]) -> np.ndarray:
        with torch.inference_mode():
            return model(torch.tensor([ids])).logits[0].numpy()

    worst = 0.0
    for row, ids in texts.items():
        logits = np.concatenate([rows.extend(row, ids[:5], range(5)), rows.extend(row, ids[5:], range(len(ids) - 5))])
        worst = max(worst, float(np.abs(logits - expected(ids)).max()))
    while len(texts[0]) < module.max_length:
        tokens = random.integers(1, 100, 2).tolist()
        logits = rows.step([0, 2], tokens).copy()
        for place, row in enumerate((0, 2)):
            texts[row].append(tokens[place])
            worst = max(worst, float(np.abs(logits[place] - expected(texts[row])[-1]).max()))
    print(f"{name}: {worst:.1e} over {module.max_length} tokens")
    assert worst < TOLERANCE

    smaller = fuse.run(graph, [fuse_decoder.int4_blocks])

    def four_bits(count: int) -> Decoder:
        return opened(module, smaller, tmp_path / "model_q4.onnx", count)

    prompts = [texts[2][:9], texts[2][:4], texts[2][:6]]
    together = written(four_bits(3), prompts)
    for place, prompt in enumerate(prompts):
        alone = written(four_bits(1), [prompt])
        assert np.isfinite(alone).all() and np.abs(together[place] - alone[0]).max() <= writer.MAX_ROW


def written(rows: Decoder, prompts: list[list[int]]) -> np.ndarray:
    """Logits after each prompt, and after two more tokens of each: (prompts, 3, vocabulary)."""
    logits = [[rows.extend(row, prompt)[-1]] for row, prompt in enumerate(prompts)]
    for token in (5, 7):
        for row, values in enumerate(rows.step(range(len(prompts)), [token] * len(prompts))):
            logits[row].append(values.copy())
    return np.array(logits)


@pytest.mark.parametrize("name", ["gpt2", "llama", "mistral", "gpt_neo", "bloom"])
def test_in_4_bits_the_usual_ones_reshape_nothing_from_layer_to_layer(name: str) -> None:
    assert fuse_decoder.by_token(ir.from_proto(writer.exported(decoder.Decoder(tiny_models.model(name)).eval())).graph)


@pytest.mark.parametrize(
    ("kind", "changes", "length"),
    [
        ("mistral", {"sliding_window": 16}, 16),
        ("mistral", {"sliding_window": None}, 48),
        ("phi3", {"sliding_window": 47}, 47),
        ("qwen2", {"sliding_window": 16, "use_sliding_window": False}, 48),
        ("gemma2", {"sliding_window": 16}, 16),
        ("phi3", tiny_models.FORMS["phi3, longrope"][1] | {"max_position_embeddings": 128}, 32),
        ("bloom", {}, 48),
    ],
)
def test_the_context_is_what_the_graph_computes_as_the_model_does(
    kind: str, changes: dict[str, Any], length: int
) -> None:
    assert context_of(tiny_models.config(kind, **changes)) == length


@pytest.mark.parametrize(
    ("kind", "changes", "feature"),
    [
        ("mixtral", {}, "mixtral is not supported: supported are openai-gpt, gpt2"),
        ("mamba", {}, "mamba is not supported"),
        ("t5", {}, "t5 is not supported"),
        ("gemma3_text", {}, "gemma3_text is not supported"),
        ("gpt2", {"scale_attn_by_inverse_layer_idx": True}, "attention scaled by the layer"),
        ("gpt2", {"add_cross_attention": True}, "attention to another model"),
        ("llama", {"head_dim": 24}, "rotary positions of 24 values in heads of 24"),
        ("llama", {"hidden_size": 48}, "heads of 12 values, which is no multiple of 8"),
    ],
)
def test_what_is_refused_is_named_without_weights(
    kind: str, changes: dict[str, Any], feature: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_models.config(kind, **changes).save_pretrained(tmp_path / "source")  # and no weights
    text = tmp_path / "text.txt"
    text.write_text(writers.TEXT, encoding="utf-8")
    arguments = ["from-hub", str(tmp_path / "source"), "--text", str(text), "--bundles", str(tmp_path / "onnx")]
    assert command.main(arguments) == 1
    told = capsys.readouterr().err
    assert feature in told and len(told.splitlines()) == 1
    assert not (tmp_path / "onnx").exists()


def test_a_model_that_is_too_large_is_refused_before_it_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tiny_models.config("llama", hidden_size=4096, num_hidden_layers=32, intermediate_size=11008).save_pretrained(
        tmp_path
    )
    text = tmp_path / "text.txt"
    text.write_text(writers.TEXT, encoding="utf-8")
    assert command.main(["from-hub", str(tmp_path), "--name", "large", "--text", str(text)]) == 1
    assert "it is too large: 5," in capsys.readouterr().err
    require_size(499_000_000)
    with pytest.raises(UnsupportedModelError, match=r"2\.1 GB in float32, and a graph may have 2 GB"):
        require_size(524_000_000)


def test_the_table_names_architectures_that_transformers_knows() -> None:
    for kind in architectures.TAKEN:
        require_taken(tiny_models.config(kind))
    assert all(kind in TAKEN for kind, _ in tiny_models.FORMS.values())
    assert all(kind in TAKEN for kind in tiny_models.SETTINGS)


def test_tokens_without_a_row_in_the_table_are_refused() -> None:
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast(tokenizer_object=writers.tokenizer(), eos_token=writers.END)
    from_hub.require_tokenizer(tokenizer, 290)
    with pytest.raises(ValueError, match="1 tokens without a row in the table of 289"):
        from_hub.require_tokenizer(tokenizer, 289)


def test_the_readme_and_the_help_list_what_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    with pytest.raises(SystemExit):
        command.main(["from-hub", "--help"])
    for text in (readme, capsys.readouterr().out):
        assert architectures.listed() in " ".join(text.split())
