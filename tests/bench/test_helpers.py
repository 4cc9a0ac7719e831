"""What the benches compute and print, without measuring anything."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from bench import __main__ as command
from bench import classifiers, consert, encoders, generation, mr, peer, prompts, report, texts
from models.textcnn import TextCNN, TextCNNConfig
from models.training import runs

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_a_table_is_markdown_with_as_many_cells_in_each_line() -> None:
    lines = report.table("Claim", ["", "a"], [["x", 1], ["y", 2.5]]).splitlines()
    assert lines == ["**Claim**", "", "|  | a |", "| --- | --- |", "| x | 1 |", "| y | 2.5 |"]


@pytest.mark.parametrize(
    ("value", "bar", "most", "shown"),
    [
        (5.14, 4, False, "5.1 x (at least 4 x: met)"),
        (3.9, 4, False, "3.9 x (at least 4 x: MISSED)"),
        (3.9, 4, True, "3.9 x (at most 4 x: met)"),
    ],
)
def test_a_figure_is_held_against_its_bar(value: float, bar: float, most: bool, shown: str) -> None:
    assert report.against(value, bar, most=most, unit=" x") == shown


def test_in_every_round_each_system_has_its_turn() -> None:
    calls: list[str] = []
    medians = report.interleaved({name: lambda n=name: calls.append(n) for name in "ab"}, rounds=2, seconds=0, least=1)  # type: ignore[misc]
    assert set(medians) == {"a", "b"} and all(value >= 0 for value in medians.values())
    assert calls == [*"aabb", *"aabb", *"aabb"]  # warm-up, then two rounds of a call that warms and one that counts


def test_turns_of_the_generation_bench_are_interleaved_and_the_first_round_warms_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(generation, "REST_S", 0)
    calls: list[str] = []

    def turn(name: str) -> float:
        calls.append(name)
        return 1000.0 if len(calls) <= 2 else float(len(calls))

    speeds = generation.four_in_turn({name: lambda n=name: turn(n) for name in "ab"})  # type: ignore[misc]
    assert calls == ["a", "b"] * (generation.ROUNDS + 1)
    assert speeds["a"] < speeds["b"] < 1000


def test_transformers_writes_so_many_tokens_and_looks_at_no_logit_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generation, "NEW", 9)
    config = LlamaConfig(
        vocab_size=5,
        hidden_size=8,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        eos_token_id=[0, 1],
    )
    torch.manual_seed(0)
    model = LlamaForCausalLM(config).eval()
    processors = []
    whole = model._get_logits_processor
    monkeypatch.setattr(
        model, "_get_logits_processor", lambda *_, **more: processors.append(whole(*_, **more)) or processors[-1]
    )
    for start in range(5):  # whatever token comes, and some end a text for this model
        assert generation.generate(model, torch.tensor([[start, 2]])).shape == (1, 2 + 9)
    assert [len(one) for one in processors] == [0] * 5


@pytest.mark.parametrize(
    ("outputs", "peer_system"),
    [(("logits",), "torch, logits alone"), (("logits", "pool_positions"), "torch")],
)
def test_a_file_is_compared_with_a_module_that_computes_as_much(outputs: tuple[str, ...], peer_system: str) -> None:
    module = TextCNN(TextCNNConfig(vocabulary=20, classes=2, dimensions=8, feature_maps=4)).eval()
    assert classifiers.peer_of(outputs, ["logits"], module) == peer_system
    ids = torch.randint(1, 20, (2, 7))
    alone, whole = module(ids, explain=False), module(ids)
    assert set(alone) == {"logits"} and torch.equal(alone["logits"], whole["logits"])


class Encoder:
    """Calls with one size of batch are quick."""

    def encode(self, some: list[str], batch_size: int) -> None:
        sum(range(1_000 if batch_size == 16 else 2_000_000))


def test_sentence_transformers_takes_the_batch_that_suits_it() -> None:
    assert encoders.fastest_batch(Encoder(), ["a"] * 64) == 16  # type: ignore[arg-type]
    assert encoders.fastest_batch(Encoder(), ["a"]) == 1  # type: ignore[arg-type]


def test_batches_of_the_folds_hold_each_text_once_and_texts_of_one_length() -> None:
    ids = [[1] * (1 + number % 30) for number in range(500)]
    found = mr.batches(np.arange(500), ids, np.random.default_rng(0))
    assert sorted(np.concatenate(found)) == list(range(500))
    assert np.mean([np.ptp([len(ids[index]) for index in batch]) for batch in found]) < 5


def test_weights_of_queries_are_turned_into_the_order_of_gguf() -> None:
    assert peer.gguf_name("model.layers.3.mlp.up_proj.weight") == "blk.3.ffn_up.weight"
    assert peer.gguf_name("lm_head.weight") == "output.weight"
    rows = np.arange(8)[:, None]  # two heads of four: halves 0 1 | 2 3 become neighbours 0 2 1 3
    assert peer.paired(rows, 2)[:, 0].tolist() == [0, 2, 1, 3, 4, 6, 5, 7]


def test_the_answer_that_counts_is_the_first_line_that_says_something() -> None:
    assert prompts.first_line("\n  \n A cat. \nA dog.") == "A cat."
    assert prompts.first_line(" \n") == ""


def test_scores_are_means_over_the_references() -> None:
    questions = [prompts.Question("text", ("a cat", "a dog")), prompts.Question("text", ("a cat", "a cat"))]
    scores = prompts.scored(questions, ["a cat", ""], cut=1)
    assert scores.mean["rouge1"] == pytest.approx(100 * (1 + 0.5) / 2 / 2)
    assert scores.empty == 1 and scores.cut == 1 and scores.words == 1
    assert len(prompts.line("way", scores)) == len(prompts.line("way", None)) == len(prompts.HEADS)
    assert prompts.shortened({"0 examples": scores, "1 example": None}).endswith("cut to the context: 1 of 0 examples.")


@pytest.mark.parametrize(
    ("page", "heads"),
    [
        ("consert.md", consert.heads("en")),
        ("consert.md", consert.heads("zh")),
        ("prompts.md", list(prompts.HEADS)),
    ],
)
def test_a_page_has_the_heads_that_its_command_prints(page: str, heads: list[str]) -> None:
    assert "| " + " | ".join(heads) + " |\n" in (DOCS / page).read_text(encoding="utf-8")


def test_sentences_are_those_of_the_languages_of_a_card() -> None:
    english, chinese = texts.sentences(("en",), 5), texts.sentences(("zh",), 5)
    assert len(english) == len(chinese) == 5
    assert all(text.isascii() for text in english) and not any(text.isascii() for text in chinese)


def test_what_a_clone_lacks_is_said_and_nothing_is_trained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUB_DATA", str(tmp_path / "nothing"))
    assert command.main(["vectors", "mr"]) == 1
    said = capsys.readouterr().out
    assert "vectors was not measured: it trains a model for each row" in said
    assert "mr was not measured: data set 'mr' not found" in said
    assert not (tmp_path / ".cache").exists() and runs.training_allowed()


def test_a_row_that_cannot_be_measured_is_named_with_its_reason() -> None:
    assert report.left_out({}) == ""
    assert report.left_out({"one": FileNotFoundError("no file")}) == "\n\none is left out: no file"
