"""Beam search, against transformers' on the same models: the same texts with the same scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from hub.bundle import Bundles
from hub.tasks.beams import Search
from hub.tasks.generate import Beam, Engine, Request
from hub.tasks.sampling import Sampling
from tests import writers

PROMPTS = ["The", "Water boils at a lower temperature on", "床前明月光", "1, 2, 3, 4, 5. " * 3]
NEW = 12


@pytest.fixture(scope="module")
def bundles(made_writers: Path) -> Bundles:
    return Bundles(made_writers)


@pytest.fixture(scope="module")
def models() -> dict[str, PreTrainedModel]:
    return {name: writers.model(name) for name in ("gpt2", "llama")}


def theirs(
    model: PreTrainedModel, ids: list[int], beams: int, end: tuple[int, ...], **settings: Any
) -> list[tuple[list[int], float]]:
    """(ids of the answer without an end token, score) of every text that transformers keeps, the best first."""
    model.generation_config.eos_token_id = list(end) or None
    with torch.inference_mode():
        found = model.generate(
            torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), num_beams=beams,
            num_return_sequences=beams, do_sample=False, max_new_tokens=NEW, pad_token_id=end[0] if end else -1,
            return_dict_in_generate=True, output_scores=True, **settings,
        )  # fmt: skip
    texts = []
    for sequence, score in zip(found.sequences.tolist(), found.sequences_scores.tolist(), strict=True):
        made = sequence[len(ids) :]
        while made and made[-1] == -1:  # padding
            made.pop()
        texts.append((made[: next((place for place, one in enumerate(made) if one in end), len(made))], score))
    return texts


def ours(
    engine: Engine, prompt: str, beams: int, length_penalty: float = 1.0, stop: tuple[str, ...] = (), **settings: Any
) -> tuple[Beam, ...]:
    asked = Request(prompt, NEW, Sampling(**settings), stop, beams=beams, length_penalty=length_penalty)
    stream = engine.start(asked)
    answer = [token.id for token in stream]
    assert stream.end is not None and answer == list(stream.end.beams[0].ids)
    assert stream.end.reason == stream.end.beams[0].reason
    return stream.end.beams


def endless(bundles: Bundles, name: str) -> Engine:
    """An engine without tokens that end a text."""
    engine = Engine(bundles.get(name), "fp32")
    engine.end_ids = frozenset()
    return engine


@pytest.mark.parametrize("prompt", PROMPTS)
@pytest.mark.parametrize("beams", [2, 4])
@pytest.mark.parametrize("name", ["gpt2", "llama"])
@pytest.mark.parametrize("ends", [0, 1, 3])
def test_the_texts_and_scores_are_those_of_transformers(
    bundles: Bundles, models: dict[str, PreTrainedModel], name: str, beams: int, prompt: str, ends: int
) -> None:
    engine = endless(bundles, name)
    # Ends are tokens that come: in the middle of the best text, and the least frequent ones of all.
    free = [token for beam in ours(engine, prompt, beams) for token in beam.ids]
    end = tuple(dict.fromkeys([free[NEW // 2], *sorted(free, key=free.count)]))[:ends]
    engine.end_ids = frozenset(end)
    reasons = set()
    for length_penalty, ngram, repetition in ((1.0, 0, 1.0), (0.0, 0, 1.0), (2.0, 3, 1.2), (-1.0, 2, 1.0)):
        expected = theirs(
            models[name], engine.tokenizer.ids(prompt), beams, end, length_penalty=length_penalty,
            no_repeat_ngram_size=ngram, repetition_penalty=repetition,
        )  # fmt: skip
        found = ours(engine, prompt, beams, length_penalty, no_repeat_ngram=ngram, repetition_penalty=repetition)
        assert [list(beam.ids) for beam in found] == [ids for ids, _ in expected]
        assert [beam.score for beam in found] == pytest.approx([score for _, score in expected], rel=1e-4)
        reasons |= {beam.reason for beam in found}
    assert reasons <= {"length", "end"} and ("end" in reasons or not ends)


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_a_stop_string_completes_a_text_as_in_transformers(
    bundles: Bundles, models: dict[str, PreTrainedModel], name: str
) -> None:
    engine, stopped = endless(bundles, name), 0
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=writers.tokenizer(), eos_token=writers.END)
    for prompt in PROMPTS:
        for stop in {letter for letter in ours(engine, prompt, 4)[0].text if letter.isprintable() and letter.isascii()}:
            expected = theirs(
                models[name], engine.tokenizer.ids(prompt), 4, (), length_penalty=0.0, stop_strings=[stop],
                tokenizer=tokenizer,
            )  # fmt: skip
            found = ours(engine, prompt, 4, length_penalty=0.0, stop=(stop,))
            assert [list(beam.ids) for beam in found] == [ids for ids, _ in expected]
            assert [beam.score for beam in found] == pytest.approx([score for _, score in expected], rel=1e-4)
            assert all(stop not in beam.text for beam in found)
            stopped += sum(beam.reason == "stop" for beam in found)
    assert stopped


def test_an_answer_is_as_probable_as_it_says_and_no_less_than_the_greedy_one(
    bundles: Bundles, models: dict[str, PreTrainedModel]
) -> None:
    engine = endless(bundles, "gpt2")
    for prompt in PROMPTS:
        ids, sums = engine.tokenizer.ids(prompt), []
        best = ours(engine, prompt, 4)[0]
        greedy = [token.id for token in engine.start(Request(prompt, NEW))]
        for answer in (list(best.ids), greedy):
            with torch.inference_mode():
                logits = models["gpt2"](torch.tensor([ids + answer])).logits[0, len(ids) - 1 : -1]
            sums.append(float(logits.log_softmax(-1)[range(len(answer)), answer].sum()))
        assert best.log_probability == pytest.approx(sums[0], rel=1e-4)
        assert best.score == pytest.approx(sums[0] / NEW, rel=1e-4) and sums[0] >= sums[1] - 1e-4


def scripted(*steps: dict[int, float], size: int = 8) -> list[np.ndarray]:
    """Logits of one text: token -> probability; the rest is shared by the other tokens."""
    made = []
    for step in steps:
        rest = (1 - sum(step.values())) / (size - len(step))
        made.append(np.log(np.array([step.get(token, rest) for token in range(size)], np.float32)))
    return made


def test_a_text_that_begins_worse_wins_where_it_goes_on_better() -> None:
    search = Search([7], 2, 2, Sampling())
    (first,) = scripted({1: 0.5, 2: 0.4})
    made = search.advance(first[None])
    assert [one.ids for one in made] == [(1,), (2,)] and [one.parent for one in made] == [0, 0]
    search.advance(np.stack(scripted({3: 0.3, 4: 0.2}, {5: 0.9})))
    assert search.done and [one.ids for one in search.finished] == [(2, 5), (1, 3)]
    assert search.finished[0].log_probability == pytest.approx(np.log(0.4 * 0.9), abs=1e-5)
    assert search.finished[0].score == pytest.approx(np.log(0.4 * 0.9) / 2, abs=1e-5)


def test_the_search_ends_when_nothing_that_runs_can_become_better() -> None:
    search = Search([7], 2, 50, Sampling(), end_ids={0})
    search.advance(np.stack(scripted({0: 0.6, 1: 0.2})))
    assert not search.done and [one.ids for one in search.finished] == [()]
    search.advance(np.stack(scripted({0: 0.9}, {0: 0.1})))
    assert search.done and [one.reason for one in search.finished] == ["end", "end"]


def test_a_text_with_a_stop_string_is_complete() -> None:
    search = Search([7], 2, 50, Sampling(), stopped=lambda ids: 3 in ids)
    search.advance(np.stack(scripted({3: 0.7, 1: 0.2})))
    assert [one.reason for one in search.finished] == ["stop"] and search.running[0].ids == (1,)
    assert [one.ids for one in search.standing] == [(3,), (1,)]


def test_where_every_token_is_excluded_the_texts_end_as_they_are() -> None:
    search = Search([0, 1, 2, 3, 4, 5], 4, 50, Sampling(no_repeat_ngram=1))
    while not search.done:
        search.advance(np.zeros((len(search.running), 8), np.float32))
    assert sorted(one.ids for one in search.finished) == [(6, 7), (7, 6)]
