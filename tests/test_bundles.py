"""Every committed bundle, present and future: whole, as its card says, and runnable by anyone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import ModelCard, ModelCardData
from tokenizers import Tokenizer

from export import check, golden, publish, verify, writer
from export.recipes import registry
from export.runner import Runner, neighbour_difference, reader_of
from hub.bundle import Bundles
from hub.card import Card
from hub.decoder import Decoder, vocab_size
from hub.snippet import oldest, packages, snippet
from hub.text import PromptTokenizer

BUNDLES = Path(__file__).resolve().parents[1] / "onnx"
OLDEST = os.environ.get("HUB_OLDEST", "")  # a folder of environments, each named by its version of onnxruntime
MAX_RELATIVE = 1e-5  # of the length of an output, against PyTorch in float64

NAMES = check.find(BUNDLES)
# Made before a bundle said how it was trained. The two labs and SmolLM2 are not trained here and never say it.
WITHOUT_TRAINING = {
    *("bert-mini-en", "bert-mini-zh", "consert-en", "consert-joint-en", "consert-minilm", "consert-zh"),
    *("gpt-poetry-zh", "gpt-tldr-en", "gpt1-transforms", "minilm-sst2"),
    *("textcnn-shopping-zh", "textcnn-sst2", "textcnn-sst2-distilled", "textcnn-thucnews-zh", "textcnn-trec"),
    *("textrcnn-sst2", "textrcnn-thucnews-zh"),
    *("textrnn-coupled", "textrnn-shared", "textrnn-thucnews-zh", "textrnn-uniform"),
    *("gradient-lab", "likelihood-lab", "smollm2-135m"),
}
WRITING = [name for name in NAMES if Card.read(BUNDLES / name).decoding]
READING = [name for name in NAMES if Card.read(BUNDLES / name).reads_text and name not in WRITING]
each_bundle = pytest.mark.parametrize("name", NAMES)
each_reader = pytest.mark.parametrize("name", READING)  # what has a tokenizer
each_writer = pytest.mark.parametrize("name", WRITING)


@each_bundle
def test_bundle_is_whole_and_gives_its_golden_outputs(name: str) -> None:
    assert check.check(BUNDLES / name) == []
    assert max(path.stat().st_size for path in (BUNDLES / name).iterdir()) <= publish.MAX_FILE_BYTES


def test_all_bundles_together_keep_the_size_of_the_repository() -> None:
    assert sum(path.stat().st_size for name in NAMES for path in (BUNDLES / name).iterdir()) <= publish.MAX_ALL_BYTES


@each_bundle
def test_every_published_variant_passed_its_gate(name: str) -> None:
    card = Card.read(BUNDLES / name)
    for variant in card.variants:
        if variant.omitted:
            continue
        assert variant.passed
        if not card.reads_text:
            relative = variant.parity.max_relative_difference
            if relative is None:  # PyTorch computes in float32 too
                assert variant.parity.max_abs_difference <= verify.MAX_DIFFERENCE
            else:
                assert relative <= MAX_RELATIVE
            continue
        assert variant.batch_independence is not None
        assert variant.batch_independence <= (writer.MAX_ROW if card.decoding else verify.MAX_NEIGHBOUR)
        if variant.name == "fp32":
            assert variant.parity.max_abs_difference <= verify.MAX_DIFFERENCE and variant.parity.label_flips == 0
    if card.reads_text:
        assert any(row.split == "test" and row.variant == card.default_variant for row in card.metrics)


@each_bundle
def test_a_bundle_says_how_it_was_trained(name: str) -> None:
    file = BUNDLES / name / publish.TRAINING_FILE
    if name in WITHOUT_TRAINING:
        assert not file.exists(), "it has been made again: take it out of the list"
        return
    for run in json.loads(file.read_text(encoding="utf-8"))["runs"]:
        assert run["settings"] and run["curve"] and run["seconds"] > 0
        assert all(len(rows["sha256"]) == 64 and rows["count"] for rows in run["examples"].values())


@each_reader
def test_a_text_gets_the_same_answer_alone_and_in_a_batch(name: str) -> None:
    card = Card.read(BUNDLES / name)
    reader, outputs = reader_of(BUNDLES / name, card), [spec.name for spec in card.outputs]
    answers = [output for output in outputs if output.startswith("logits") or output == "embedding"] or outputs
    own = [text for language in card.languages for text in golden.TEXTS[language]]
    texts = [*own, *(text * 7 for text in own)]
    for variant in card.variants:
        if not variant.omitted:
            runner = Runner(BUNDLES / name / variant.file, reader)
            assert runner.neighbour_difference(texts, answers) <= verify.MAX_NEIGHBOUR, variant.name


@each_reader
def test_tokenizer_alone_pads_and_truncates(name: str) -> None:
    card = Card.read(BUNDLES / name)
    tokenizer = Tokenizer.from_file(str(BUNDLES / name / "tokenizer.json"))
    long, short = tokenizer.encode_batch([golden.TEXTS[card.languages[0]][0] * 200, golden.TEXTS["en"][3]])
    assert len(long.ids) == len(short.ids) == card.max_tokens
    assert short.ids[-1] == 0 and short.attention_mask[-1] == 0


@each_writer
def test_a_text_is_written_the_same_alone_and_beside_others(name: str) -> None:
    bundle = Bundles(BUNDLES).get(name)
    decoding, size = bundle.card.decoding, vocab_size(bundle.card)
    assert decoding is not None
    tokenizer = PromptTokenizer(BUNDLES / name / "tokenizer.json")
    prompts = [tokenizer.ids(text) for text in golden.TEXTS[bundle.card.languages[0]]]

    def opened(rows: int) -> Decoder:
        return Decoder(bundle.session(), decoding, size, rows, decoding.context)

    assert neighbour_difference(opened, prompts) <= writer.MAX_ROW


@each_writer
def test_a_prompt_comes_back_whole_from_the_tokenizer(name: str) -> None:
    tokenizer = Tokenizer.from_file(str(BUNDLES / name / "tokenizer.json"))
    assert tokenizer.padding is None and tokenizer.truncation is None
    for text in (*golden.TEXTS["en"], *golden.TEXTS["zh"], "🙂 \n\n  a\tb", "𠀀"):
        assert tokenizer.decode(tokenizer.encode(text).ids) == text


@each_bundle
def test_model_card_has_valid_metadata(name: str) -> None:
    card = Card.read(BUNDLES / name)
    data = ModelCard((BUNDLES / name / "README.md").read_text(encoding="utf-8")).data
    assert isinstance(data, ModelCardData)
    assert data.language == list(card.languages)
    assert data.pipeline_tag == publish.PIPELINE_TAGS.get(card.task, "other")
    values = {row.value for row in card.metrics if row.split == "test"}
    assert data.license and data.model_name == card.name and bool(data.eval_results) == bool(values)
    assert {result.metric_value for result in data.eval_results or ()} == values


@each_bundle
def test_the_snippet_of_the_model_card_runs_with_what_it_names_alone(name: str) -> None:
    readme = (BUNDLES / name / "README.md").read_text(encoding="utf-8")
    found = re.search(r"```python\n(.*?)```", readme, re.DOTALL)
    assert found, "no snippet"
    card = Card.read(BUNDLES / name)
    imported = set(re.findall(r"^(?:import|from) (\w+)", found.group(1), re.MULTILINE))
    assert imported - sys.stdlib_module_names == set(packages(card))
    done = subprocess.run(
        [sys.executable, "-c", found.group(1)], cwd=BUNDLES / name, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) >= max(1, len(card.heads))
    assert all(label in done.stdout for labels in card.heads.values() for label in labels)


@each_bundle
def test_the_model_card_is_what_the_card_says_today(name: str) -> None:
    made = publish.readme(Card.read(BUNDLES / name))
    assert (BUNDLES / name / "README.md").read_text(encoding="utf-8") == made, "publish.refresh(folder) writes it anew"


@pytest.mark.skipif(not OLDEST, reason="needs environments with old versions: HUB_OLDEST/1.23/bin/python")
@each_bundle
def test_the_snippet_runs_on_the_oldest_onnxruntime_that_it_names(name: str) -> None:
    card = Card.read(BUNDLES / name)
    python = Path(OLDEST) / oldest(card) / "bin" / "python"
    old, new = (
        subprocess.run([one, "-c", snippet(card)], cwd=BUNDLES / name, capture_output=True, text=True, check=False)
        for one in (python, sys.executable)
    )
    assert old.returncode == 0, old.stderr
    if card.default_variant == "int4":  # whose sums are in another order from version to version
        assert old.stdout.split()[:20] == new.stdout.split()[:20]
    else:
        assert old.stdout == new.stdout


@each_bundle
def test_bundle_has_a_recipe_that_makes_it(name: str) -> None:
    assert name in registry()
    assert Card.read(BUNDLES / name).command == f"python -m export make {name}"
