"""The same request gives the same text: whatever the cache holds, whoever writes at the same time, in one go or not.

On the committed writers: in 8 and in 4 bits a difference in the last bit of a sum becomes one that a reader sees.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hub.bundle import ROOT, Bundles
from hub.tasks.generate import ALONE, PIECE, TASK, Engine, Request
from hub.tasks.sampling import Sampling

COMMITTED = Bundles(ROOT / "onnx")
NEW = 8


@pytest.fixture(scope="module", params=[bundle.name for bundle in COMMITTED.of_task(TASK)])
def engine(request: pytest.FixtureRequest) -> Engine:
    made = Engine(COMMITTED.get(request.param))
    made.end_ids = frozenset()
    return made


def fresh(engine: Engine) -> Engine:
    """The engine with nothing in its cache."""
    for row in range(engine._decoder.rows):
        engine._decoder.cut(row, 0)
    return engine


def prompt(engine: Engine, count: int, seed: int = 0) -> Request:
    """Any tokens of a model: it is to be undecided, so that a small difference becomes another token."""
    ids = np.random.default_rng(seed).integers(10, engine._decoder.vocab_size - 10, count)
    return Request("", NEW, Sampling(temperature=1.5, seed=seed), ids=tuple(ids.tolist()))


def written(engine: Engine, request: Request) -> tuple[int, ...]:
    return tuple(token.id for token in engine.start(request) if not token.given)


@pytest.mark.parametrize("count", [1, 2, PIECE + 1, 2 * PIECE + 1])
def test_a_prompt_gives_the_same_text_whatever_is_in_the_cache(engine: Engine, count: int) -> None:
    """Lengths at which a single token would be left to be read at the end."""
    request = prompt(engine, count)
    expected = written(fresh(engine), request)
    assert written(engine, request) == expected  # from the cache
    shorter = replace(request, ids=request.ids[:-1] or request.ids)
    written(fresh(engine), shorter)
    assert written(engine, request) == expected  # all but the last token from the cache
    assert written(engine, replace(request, alternatives=2)) == expected


def test_a_long_prompt_is_cut_where_no_token_is_read_alone(engine: Engine) -> None:
    """Among others a prompt is read in small pieces, alone in large ones."""
    request = replace(prompt(engine, min(ALONE, engine.context - 2) // 128 * 128 + 1 - 128), max_new_tokens=1)
    whole = fresh(engine).logits(request)
    other = fresh(engine).start(replace(prompt(engine, 3, seed=1), max_new_tokens=40))
    np.testing.assert_array_equal(engine.logits(request), whole)
    list(other)


def test_an_answer_that_is_sent_back_as_a_prompt_is_read_as_any_other(engine: Engine) -> None:
    request = prompt(fresh(engine), PIECE + 1)
    conversation = replace(request, ids=(*request.ids, *written(engine, request), 11))
    assert written(engine, conversation) == written(fresh(engine), conversation)


def test_a_text_does_not_depend_on_those_that_are_written_beside_it(engine: Engine) -> None:
    requests = [prompt(engine, count, seed) for seed, count in enumerate((PIECE + 1, 3, 2 * PIECE + 1, 40))]
    alone = [written(fresh(engine), request) for request in requests]
    fresh(engine)
    streams = [engine.start(request) for request in (*requests, *requests)]  # four wait for a row
    search = engine.start(replace(requests[0], beams=4, sampling=Sampling()))
    assert [tuple(token.id for token in stream) for stream in streams] == alone + alone
    assert list(search)


def test_a_text_that_is_written_in_parts_is_the_one_of_one_go(engine: Engine) -> None:
    request, half = prompt(engine, PIECE + 1), NEW // 2
    whole = written(fresh(engine), request)
    rest = replace(request, ids=(*request.ids, *whole[:half]), written=half, drawn=half, max_new_tokens=NEW - half)
    assert written(fresh(engine), replace(request, max_new_tokens=half)) == whole[:half]
    assert written(engine, rest) == whole[half:]
    assert written(fresh(engine), rest) == whole[half:]  # what was written is not in the cache any more
    described = [token for token in engine.start(replace(rest, alternatives=2)) if token.given]
    assert [token.id for token in described] == list(rest.ids) and all(one.choice for one in described)
    np.testing.assert_array_equal(engine.logits(rest), fresh(engine).logits(rest))


def test_another_future_leaves_the_first_one_in_the_cache(engine: Engine) -> None:
    request = prompt(fresh(engine), PIECE + 1)
    whole = written(engine, request)
    fork = (*request.ids, *whole[:2], 11)
    engine.logits(replace(request, ids=fork, written=3))
    stream = engine.start(replace(request, ids=(*request.ids, *whole), written=NEW, drawn=NEW))
    list(stream)
    assert stream.end is not None and stream.end.reused_tokens == len(request.ids) + NEW - 1
