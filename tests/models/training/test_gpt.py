"""The small GPT-2 models: their tokenizer, their examples, and that an interrupted training goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from models.gpt import AUXILIARY, IGNORED, Decoder, NextToken
from models.training import fit, gpt, runs

TEXTS = ("the cat sat on the mat. the dog barks.", "床前明月光,疑是地上霜。", "七绝《江南》\n床前明月光") * 30


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return gpt.byte_level(iter(TEXTS), 330)


@pytest.mark.parametrize("text", ["the mat", " spaces  and\nlines\t", "床前明月光。", "🙂 𠀀 never seen", "a\u0301"])
def test_any_text_comes_back(tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_a_known_character_is_a_token_and_never_merged_with_its_neighbour(tokenizer: Tokenizer) -> None:
    assert [tokenizer.decode([one]) for one in tokenizer.encode("明月光明").ids] == ["明", "月", "光", "明"]
    assert tokenizer.token_to_id(gpt.END) == gpt.END_ID


def test_a_frequent_word_is_a_token_whatever_its_letters() -> None:
    words = [" fff", " Fonts", " SAX", " 2045", " file"]
    made = gpt.byte_level(iter(words * 50), 300)
    assert [len(made.encode(word).ids) for word in words] == [1] * len(words)


def test_blocks_hold_the_texts_in_order_with_an_end_between_them(tokenizer: Tokenizer) -> None:
    made = gpt.blocks(tokenizer, TEXTS, length=15)
    whole = [token for text in TEXTS for token in (*tokenizer.encode(text).ids, gpt.END_ID)]
    assert made.shape[1] == 16 and made.dtype == np.uint16
    assert made.ravel().tolist() == whole[: made.size]


def test_an_echo_repeats_an_earlier_passage_and_nothing_else_changes() -> None:
    rows = np.arange(40 * 513, dtype=np.uint16).reshape(40, 513)
    made = gpt.with_echoes(rows, 0.5)
    changed = (made != rows).any(axis=1)
    assert 8 <= changed.sum() <= 32
    for before, after in zip(rows[changed], made[changed], strict=True):
        places = np.flatnonzero(before != after)
        assert 24 <= len(places) <= 128 and np.ptp(places) == len(places) - 1
        shift = int(places[0]) - int(np.flatnonzero(before == after[places[0]])[0])
        assert shift >= len(places) and (after[places] == before[places - shift]).all()


def test_only_the_summary_and_its_end_are_asked_for(tokenizer: Tokenizer) -> None:
    (example,) = gpt.asked(tokenizer, [("the cat sat", "cat")])
    labels, ids = example["labels"], example["input_ids"]
    wanted = [one for one in labels if one != IGNORED]
    assert tokenizer.decode(wanted, skip_special_tokens=False) == " cat" + gpt.END
    assert tokenizer.decode(ids) == f"the cat sat{gpt.HINT} cat"
    place = labels.index(wanted[0])
    assert tokenizer.decode(ids[: place + 1]) == f"the cat sat{gpt.HINT}"  # what stands before the first one
    (long,) = gpt.asked(tokenizer, [("the cat " * 400, "cat " * 400)])
    assert len(long["input_ids"]) <= gpt.CONTEXT and tokenizer.decode(long["input_ids"]).count("TL;DR") == 1


def test_a_document_counts_by_half_where_it_is_asked_for_too(tokenizer: Tokenizer) -> None:
    torch.manual_seed(0)
    model = NextToken(Decoder(gpt.configuration(tokenizer.get_vocab_size(), layers=1, hidden=16))).eval()
    pair = [("the cat sat", "the dog")]
    summary, both = (gpt.collate(gpt.asked(tokenizer, pair, auxiliary=auxiliary)) for auxiliary in (False, True))
    document = gpt.collate([{"input_ids": both["input_ids"][0].tolist(), "labels": both["auxiliary"][0].tolist()}])
    parts = [model(**batch)["loss"].item() for batch in (summary, document)]
    assert model(**both)["loss"].item() == pytest.approx(parts[0] + AUXILIARY * parts[1], rel=1e-6)
    labelled = (both["labels"] != IGNORED).int() + (both["auxiliary"] != IGNORED).int()
    assert (labelled == 1).all()


def test_an_answer_is_asked_for_after_the_same_prompt(tokenizer: Tokenizer) -> None:
    (example,) = gpt.answered(tokenizer, [("the cat sat", "cat")])
    assert tokenizer.decode(example["input_ids"]) == f"the cat sat{gpt.HINT}"
    assert tokenizer.decode(example["labels"], skip_special_tokens=False) == " cat" + gpt.END
    assert example["references"] == "cat"


def test_a_written_summary_is_its_first_line(tokenizer: Tokenizer) -> None:
    model = gpt.Summariser(Decoder(gpt.configuration(tokenizer.get_vocab_size(), layers=1, hidden=16)), tokenizer)
    assert model.written([*tokenizer.encode(" the cat\nsat").ids, gpt.END_ID]) == "the cat"
    assert model.written([gpt.END_ID]) == ""


def test_the_mean_of_checkpoints_is_that_of_their_weights(tokenizer: Tokenizer, tmp_path: Path) -> None:
    model = NextToken(Decoder(gpt.configuration(tokenizer.get_vocab_size(), layers=1, hidden=16, context=64)))
    examples = [gpt.predicted(tokenizer.encode(text).ids) for text in TEXTS]
    settings = fit.Settings(
        learning_rate=0.03,
        batch_size=4,
        metric="loss",
        max_steps=8,
        average=3,
        extra={"eval_steps": 2, "save_steps": 2},
    )
    fit.fit(model, examples, examples, tmp_path, settings, metrics=None, collate=gpt.collate)
    table = model.decoder.tokens.weight
    kept = [fit.mean_of_last(tmp_path / "steps", count)["decoder.tokens.weight"] for count in (1, 2, 3)]
    assert any(torch.allclose(table, one, atol=1e-6) for one in kept)


def test_swaps_are_alike_in_the_document_and_its_summary(tokenizer: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpt, "COMMON", 257)
    pairs = [("the cat sat on the mat", "cat on mat")] * 40
    plain, swapped = (gpt.asked(tokenizer, pairs, swaps) for swaps in (0.0, 0.5))
    shared = set(tokenizer.encode("the cat sat on the mat").ids) & set(tokenizer.encode(" cat on mat").ids)
    changed = 0
    for before, after in zip(plain, swapped, strict=True):
        swap: dict[int, int] = {}
        for key in ("input_ids", "labels"):
            for old, new in zip(before[key], after[key], strict=True):
                assert swap.setdefault(old, new) == new  # the same everywhere
        different = {old for old, new in swap.items() if old != new}
        assert different <= {token for token in shared if token >= 257}
        changed += bool(different)
    assert 20 <= changed <= 40


def test_the_loss_is_that_of_transformers_and_padding_costs_nothing(tokenizer: Tokenizer) -> None:
    torch.manual_seed(0)
    model = NextToken(Decoder(gpt.configuration(tokenizer.get_vocab_size(), layers=1, hidden=16))).eval()
    published = gpt.as_transformers(model.decoder)
    short, long = (tokenizer.encode(text).ids for text in ("the cat", "the dog barks at the mat"))
    batch = gpt.collate([gpt.predicted(short), gpt.predicted(long)])
    expected = 0.0
    for ids in (short, long):
        given = torch.tensor([ids])
        logits = published(given).logits[0, :-1].detach()
        expected += float(torch.nn.functional.cross_entropy(logits, given[0, 1:], reduction="sum"))
    assert model(**batch)["loss"].item() == pytest.approx(expected / (len(short) + len(long) - 2), rel=1e-5)


def test_training_goes_on_and_a_finished_model_is_only_loaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tokenizer: Tokenizer
) -> None:
    settings = fit.Settings(
        epochs=1, batch_size=4, metric="loss", max_steps=4, extra={"eval_steps": 2, "save_steps": 2}
    )
    pairs = [(text, text[:6]) for text in TEXTS[:12]]

    def reading(made: Tokenizer) -> gpt.Split:
        return ([gpt.predicted(made.encode(text).ids) for text in TEXTS],) * 2

    def asking(made: Tokenizer) -> gpt.Split:
        return gpt.asked(made, pairs, auxiliary=True), gpt.asked(made, pairs)

    def answering(made: Tokenizer) -> gpt.Split:
        return (gpt.answered(made, pairs),) * 2

    stages = (
        gpt.Stage("blocks", reading, settings),
        gpt.Stage("pairs", asking, settings, dropout=0.1),
        gpt.Stage("rewarded", answering, replace(settings, average=2), collate=gpt.collate_answers),
    )
    plan = gpt.Plan(vocabulary=330, words=lambda: iter(TEXTS), stages=stages)
    monkeypatch.setitem(gpt.PLANS, "toy", plan)
    monkeypatch.setattr(gpt, "configuration", lambda size: CONFIGURATION(size, layers=1, hidden=16, context=64))
    model, made = gpt.pretrain("toy", tmp_path)
    assert all((tmp_path / stage.name / fit.HISTORY_FILE).exists() for stage in stages)
    monkeypatch.setitem(gpt.PLANS, "toy", replace(plan, stages=stages[:1]))
    with runs.only_finished():
        first, _ = gpt.pretrain("toy", tmp_path)  # the first stage alone
        assert not torch.equal(first.tokens.weight, model.tokens.weight)
        monkeypatch.setitem(gpt.PLANS, "toy", plan)
        again, _ = gpt.pretrain("toy", tmp_path)
    assert torch.equal(again.tokens.weight, model.tokens.weight)
    ids = torch.tensor([made.encode("the cat").ids])
    assert torch.equal(again(ids), model(ids))

    monkeypatch.setitem(gpt.PLANS, "toy", replace(plan, stages=(replace(stages[0], examples=fewer), *stages[1:])))
    with pytest.raises(runs.RunError, match="blocks holds another run: the train examples are others"):
        gpt.pretrain("toy", tmp_path)


CONFIGURATION = gpt.configuration


def fewer(tokenizer: Tokenizer) -> gpt.Split:
    return ([gpt.predicted(tokenizer.encode(text).ids) for text in TEXTS[:3]],) * 2
