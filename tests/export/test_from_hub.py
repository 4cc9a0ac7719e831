"""Any causal model of transformers as a bundle: parity, golden outputs, the snippet, what goes wrong."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from tokenizers.models import BPE
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

from export import __main__ as command
from export import check, from_hub, graph, publish, writer
from export.evaluations.running_text import RunningText, read
from export.writer import INT8
from hub.bundle import Bundles
from hub.card import Card
from hub.decoder import Decoder, open_decoder
from tests import writers


@pytest.mark.parametrize("name", list(writers.MODELS))
def test_a_bundle_is_whole_and_like_pytorch(made_writers: Path, name: str) -> None:
    assert check.check(made_writers / name) == []
    card = Card.read(made_writers / name)
    fp32, int8, int4 = card.variants
    assert card.default_variant == ("int8" if int4.omitted else "int4")  # random weights pass in 4 bits, or do not
    assert card.task == "text-generation" and card.decoding is not None
    assert fp32.parity.max_abs_difference < 1e-4 and fp32.parity.top1_agreement == 1
    assert (
        int8.parity.mean_kl is not None
        and int8.parity.mean_kl <= INT8.bound("mean_kl")
        and int8.bytes < 0.5 * fp32.bytes
    )
    assert int4.omitted != int4.passed and int4.parity.mean_kl
    assert fp32.quality == pytest.approx(int8.quality, rel=0.01)
    assert f"from-hub {name}" in card.command or "--name" in card.command


@pytest.mark.parametrize("name", list(writers.MODELS))
def test_one_token_needs_few_operators(made_writers: Path, name: str) -> None:
    kinds = {node.op_type for node in onnx.load(made_writers / name / "model_quantized.onnx").graph.node}
    assert not kinds & {"Transpose", "Concat", "Shape", "Gemm", "Softmax", "Pow", "MatMul"}
    operators = Card.read(made_writers / name).variant("int8").operators
    assert operators["GroupQueryAttention"] == 2 and operators["GatherBlockQuantized"] == 1


@pytest.mark.parametrize("variant", ["fp32", "int8"])
@pytest.mark.parametrize("name", list(writers.MODELS))
def test_a_text_in_pieces_is_the_text_in_one(made_writers: Path, name: str, variant: str) -> None:
    bundle = Bundles(made_writers).get(name)
    ids = np.random.default_rng(0).integers(1, 280, 40).tolist()

    def read(*ends: int) -> np.ndarray:
        made = open_decoder(bundle.folder, bundle.card, bundle.variant(variant))
        parts = [
            made.extend(0, ids[start:end], range(end - start))
            for start, end in zip((0, *ends), (*ends, 40), strict=True)
        ]
        return np.concatenate(parts)

    whole = read()
    for ends in ((1,), (39,), (7, 8, 30)):
        np.testing.assert_allclose(read(*ends), whole, atol=1e-4 if variant == "fp32" else 0.05)
    if variant == "fp32":
        with torch.inference_mode():
            np.testing.assert_allclose(whole, writers.model(name)(torch.tensor([ids])).logits[0].numpy(), atol=1e-4)


def test_ragged_rows_are_written_as_alone_up_to_the_last_token(made_writers: Path) -> None:
    bundle = Bundles(made_writers).get("llama")
    card = bundle.card
    assert card.decoding is not None
    session = bundle.session("fp32")
    rows = Decoder(session, card.decoding, 290, 3, writers.CONTEXT)
    random = np.random.default_rng(0)
    texts = {0: random.integers(1, 280, 60).tolist(), 2: random.integers(1, 280, 5).tolist()}
    for row, ids in texts.items():
        rows.extend(row, ids)
    for number in range(4):
        logits = rows.step([0, 2], [number + 1, number + 7]).copy()
        for row, token in zip((0, 2), (number + 1, number + 7), strict=True):
            texts[row].append(token)
        for place, row in enumerate((0, 2)):
            alone = open_decoder(bundle.folder, card, bundle.variant("fp32"))
            np.testing.assert_allclose(logits[place], alone.extend(0, texts[row])[0], atol=1e-4)
    assert len(rows.held[0]) == writers.CONTEXT
    logits = rows.step([2], [3])  # beside a full row, which is left alone
    alone = open_decoder(bundle.folder, card, bundle.variant("fp32"))
    np.testing.assert_allclose(logits[0], alone.extend(0, [*texts[2], 3])[0], atol=1e-4)


def test_the_snippet_of_the_model_card_writes_as_generate_does(made_writers: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(made_writers / "gpt2", tmp_path / "gpt2")
    code = re.search(r"```python\n(.*?)```", (folder / "README.md").read_text(encoding="utf-8"), re.S)
    assert code
    card = Card.read(folder)
    code_of_fp32 = code.group(1).replace(card.variant(card.default_variant).file, "model.onnx")
    (folder / "run.py").write_text(code_of_fp32, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "run.py"], cwd=folder, capture_output=True, timeout=120,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    ids = writers.tokenizer().encode("The old lighthouse keeper").ids
    model = AutoModelForCausalLM.from_pretrained(made_writers.parent / "transformers" / "gpt2")
    made = model.generate(torch.tensor([ids]), max_new_tokens=40, do_sample=False, pad_token_id=0)[0].tolist()
    assert done.stdout.decode().rstrip("\n") == writers.tokenizer().decode([one for one in made if one != 0]).rstrip(
        "\n"
    )


def test_an_altered_graph_is_found(made_writers: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(made_writers / "gpt2", tmp_path / "gpt2")
    with (folder / "model.onnx").open("r+b") as file:
        file.seek(100_000)
        file.write(b"\x00\x00\x80\x3f" * 8)
    assert any("altered" in line for line in check.check(folder))


@pytest.mark.parametrize("source", ["/nowhere/at-all", "nobody/such-a-model"])
def test_an_unknown_model_is_told_without_a_traceback(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["from-hub", source, "--bundles", str(tmp_path)]) == 1
    assert f"{source} cannot be loaded" in capsys.readouterr().err


def test_a_model_is_not_replaced_by_its_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = writers.save("llama", tmp_path / "llama")
    held = (source / "model.safetensors").read_bytes()
    assert command.main(["from-hub", str(source), "--bundles", str(tmp_path)]) == 1
    assert "is no bundle" in capsys.readouterr().err
    assert (source / "model.safetensors").read_bytes() == held


def broken(source: Path, fault: str) -> str:
    """What the refusal must name; the folder is changed so that it does not hold what it seems to."""
    tensors = load_file(source / "model.safetensors")
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    if fault == "renamed":
        tensors = {f"_orig_mod.{name}": values for name, values in tensors.items()}
    if fault == "classifier":
        config["architectures"] = ["LlamaForSequenceClassification"]
        tensors["score.weight"] = torch.zeros(2, config["hidden_size"])
    if fault == "body":
        config |= {"architectures": ["LlamaModel"], "tie_word_embeddings": False}
        tensors = {name.removeprefix("model."): values for name, values in tensors.items() if "lm_head" not in name}
    if fault == "adapter":
        (source / "adapter_config.json").write_text("{}", encoding="utf-8")
    save_file(tensors, source / "model.safetensors", metadata={"format": "pt"})
    (source / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return {"renamed": "_orig_mod", "classifier": "LlamaForSequenceClassification", "body": "lm_head",
            "adapter": "adapter"}[fault]  # fmt: skip


@pytest.mark.parametrize("fault", ["renamed", "classifier", "body", "adapter"])
def test_weights_that_the_files_do_not_hold_are_not_drawn_at_random(
    fault: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = writers.save("llama", tmp_path / "source")
    named = broken(source, fault)
    assert command.main(["from-hub", str(source), "--bundles", str(tmp_path / "onnx")]) == 1
    told = capsys.readouterr().err
    assert f"{source} cannot be loaded" in told and named in told
    assert not (tmp_path / "onnx").exists()


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command that fails says: one line."""
    assert command.main(["from-hub", *arguments]) == 1
    message = capsys.readouterr().err
    assert len(message.splitlines()) == 1
    return message


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return writers.save("llama", tmp_path / "source")


@pytest.mark.parametrize("name", ["My_Model", "-model", "a b", "../model", "我的模型"])
def test_a_name_that_no_bundle_can_have_is_refused_at_once(
    name: str, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message = told(capsys, str(source), f"--name={name}", "--bundles", str(tmp_path))
    assert f"--name {name}: a name has small letters a-z, digits and hyphens" in message


def test_a_source_that_gives_no_name_asks_for_one(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = source.rename(tmp_path / "我的模型")
    assert "say another with --name my-model" in told(capsys, str(there), "--bundles", str(tmp_path))


def test_without_data_a_text_is_asked_for(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_DATA", str(tmp_path))
    assert "say a file with --text" in told(capsys, str(source), "--bundles", str(tmp_path / "onnx"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a", "less than two tokens"),
        (b" \n\n", "it has no text"),
        (b"caf\xe9", "not text in UTF-8 (byte 3)"),
        (None, "No such file"),
    ],
)
def test_a_text_that_is_of_no_use_is_told(
    content: bytes | None, reason: str, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "text.txt"
    if content is not None:
        file.write_bytes(content)
    assert reason in told(capsys, str(source), "--text", str(file), "--bundles", str(tmp_path / "onnx"))


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_files_that_are_cut_off_are_told(
    name: str, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (source / name).write_bytes((source / name).read_bytes()[:100])
    text = tmp_path / "text.txt"
    text.write_text(writers.TEXT, encoding="utf-8")
    message = told(capsys, str(source), "--text", str(text), "--bundles", str(tmp_path / "onnx"))
    assert f"{source} cannot be loaded: " in message


def test_of_a_long_text_enough_is_read(tmp_path: Path) -> None:
    file = tmp_path / "text.txt"
    file.write_text("word " * 10_000, encoding="utf-8")
    texts = from_hub.running_text(file).texts()
    assert max(map(len, texts)) <= from_hub.MAX_PART and sum(map(len, texts)) <= from_hub.MAX_CHARS


def test_files_of_any_size_become_a_bundle(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of a large vocabulary is one weight, which no file of the size of a repository's holds."""
    text = tmp_path / "text.txt"
    text.write_text(writers.TEXT, encoding="utf-8")
    monkeypatch.setattr(publish, "MAX_FILE_BYTES", 50_000)
    monkeypatch.setattr(graph, "save", partial(graph.save, most=50_000))
    arguments = ["from-hub", str(source), "--text", str(text), "--bundles", str(tmp_path / "onnx")]
    assert command.main([*arguments, "--checkpoints", str(tmp_path / "checkpoints")]) == 0
    card = Card.read(tmp_path / "onnx" / "source")
    assert max(variant.bytes for variant in card.variants) > 50_000
    assert check.check(tmp_path / "onnx" / "source") == []


def test_an_end_token_that_the_tokenizer_lacks_ends_an_answer_all_the_same(source: Path) -> None:
    model, tokenizer = from_hub.load(str(source))
    model.generation_config.eos_token_id = [0, 287, 5_000]
    unknown = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(BPE({"a": 1}, [])))
    assert from_hub._end_tokens(model, unknown) == (0, 287)
    assert from_hub._end_tokens(model, tokenizer)[0] == writers.END
    assert writer._id_of(unknown.backend_tokenizer, 287) == 287


def test_text_to_compare_on_is_read_in_paragraphs(tmp_path: Path) -> None:
    file = tmp_path / "text.txt"
    file.write_text("one\n\ntwo\nlines\n\n\n", encoding="utf-8")
    assert from_hub.running_text(file).texts() == ["one", "two\nlines"]
    file.write_text("\n\n", encoding="utf-8")
    with pytest.raises(ValueError, match="it has no text"):
        from_hub.running_text(file).texts()


def test_long_texts_are_read_in_pieces_of_the_context(made_writers: Path) -> None:
    tokenizer = writers.tokenizer()

    class Ids:
        def ids(self, text: str) -> list[int]:
            return tokenizer.encode(text).ids

    reading = read(RunningText("own", "text", lambda: [writers.TEXT * 3, "a"]), Ids(), 64)  # type: ignore[arg-type]
    assert max(map(len, reading.ids)) == 64 and reading.tokens == sum(len(piece) - 1 for piece in reading.ids)
