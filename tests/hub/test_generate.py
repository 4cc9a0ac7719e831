"""Generation: cached as uncached, streams together and alone, stops, limits, cancelling."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from hub import limits
from hub.bundle import Bundle, Bundles
from hub.errors import BusyError, InputError, TooLargeError
from hub.tasks import generate
from hub.tasks.generate import Engine, Engines, Request
from hub.tasks.sampling import Sampling
from tests import writers

PROMPTS = ["The", "Water boils at a lower temperature on", "床前明月光", "1, 2, 3, 4, 5. " * 3]


@pytest.fixture(scope="module")
def bundles(made_writers: Path) -> Bundles:
    return Bundles(made_writers)


@pytest.fixture(params=list(writers.MODELS))
def bundle(bundles: Bundles, request: pytest.FixtureRequest) -> Bundle:
    return bundles.get(request.param)


@pytest.fixture
def engine(bundles: Bundles) -> Engine:
    return Engine(bundles.get("gpt2"), "fp32")


def uncached(name: str, prompt: list[int], count: int) -> list[int]:
    """Greedy, the whole text read anew for every token, by PyTorch."""
    model, ids = writers.model(name), list(prompt)
    with torch.inference_mode():
        for _ in range(count):
            ids.append(int(model(torch.tensor([ids])).logits[0, -1].argmax()))
            if ids[-1] == 0:
                break
    return ids[len(prompt) :]


def ids_of(stream: generate.Stream) -> list[int]:
    return [token.id for token in stream if not token.given]


@pytest.mark.parametrize("prompt", PROMPTS)
def test_cached_decoding_is_uncached_decoding(bundle: Bundle, prompt: str) -> None:
    engine = Engine(bundle, "fp32")
    count = min(20, engine.context - len(engine.tokenizer.ids(prompt)))
    expected = uncached(bundle.name, engine.tokenizer.ids(prompt), count)
    found = ids_of(engine.start(Request(prompt, count)))
    assert found == [token for token in expected if token != 0]


def test_a_prompt_of_any_length_up_to_the_context(engine: Engine) -> None:
    ids = engine.tokenizer.ids(writers.TEXT)
    for count in (1, 2, engine.context - 1):
        prompt = engine.tokenizer._tokenizer.decode(ids[:count])
        if engine.tokenizer.ids(prompt) != ids[:count]:
            continue
        stream = engine.start(Request(prompt, 5))
        found = ids_of(stream)
        assert stream.end is not None and stream.end.prompt_tokens == count
        if count == engine.context - 1 and found:
            assert stream.end.reason == "context" and len(found) == 1


def test_a_prompt_without_room_for_an_answer_is_refused(engine: Engine) -> None:
    with pytest.raises(TooLargeError, match="64 with its answer: shorten it"):
        engine.start(Request("word " * 100))


def test_texts_written_together_are_those_written_alone(bundle: Bundle) -> None:
    alone = [ids_of(Engine(bundle).start(Request(prompt, 12))) for prompt in PROMPTS]
    engine = Engine(bundle)
    streams = [engine.start(Request(prompt, 12)) for prompt in PROMPTS]
    assert [ids_of(stream) for stream in streams] == alone


def test_more_visitors_than_rows_all_get_their_text(engine: Engine) -> None:
    streams = [engine.start(Request(PROMPTS[number % 4], 10)) for number in range(3 * limits.MAX_STREAMS)]
    texts = [stream.text() for stream in streams]
    assert texts[:4] * 3 == texts


def test_a_short_text_does_not_wait_for_a_long_one(bundles: Bundles) -> None:
    engine = Engine(bundles.get("llama"), rows=2)
    long = engine.start(Request("The", 50, Sampling(temperature=1.0)))
    short = engine.start(Request("Water", 2))
    list(short)
    assert short.end is not None
    tokens = list(long)
    assert long.end is not None and short.end.seconds < long.end.seconds and len(tokens) <= 50


def test_too_many_at_once_are_told_to_come_again(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_turn", lambda: time.sleep(0.01))
    allowed = limits.MAX_STREAMS + limits.MAX_WAITING_STREAMS
    with pytest.raises(BusyError, match="wait for gpt2 already"):
        for _ in range(allowed + 5):
            engine.start(Request("The", 5))


def test_a_known_beginning_is_not_read_again(engine: Engine) -> None:
    first = engine.start(Request("The old lighthouse keeper", 8))
    answer = first.text()
    again = engine.start(Request("The old lighthouse keeper" + answer + " and", 8))
    text = again.text()
    assert again.end is not None and again.end.reused_tokens >= len(first.ids)
    fresh = Engine(Bundles(engine_folder(engine)).get("gpt2"), "fp32")
    assert fresh.start(Request("The old lighthouse keeper" + answer + " and", 8)).text() == text


def engine_folder(engine: Engine) -> Path:
    return engine._decoder._session.file.parent.parent


def test_characters_come_whole(bundles: Bundles) -> None:
    engine = Engine(bundles.get("gpt2"))
    writer = generate._Writer(engine.tokenizer, ())
    parts = [writer.add(token) for token in engine.tokenizer.ids("霜🙂 ok")]
    assert "".join(parts) == "霜🙂 ok" and "�" not in "".join(parts) and "" in parts


@pytest.mark.parametrize(
    ("text", "stops", "expected"),
    [
        ("one two three", ("two",), "one "),
        ("one two three", ("two three", "one two"), ""),
        ("one tw", ("two",), "one tw"),
        ("aab aaab", ("aaab",), "aab "),
        ("疑是地上霜", ("地上",), "疑是"),
    ],
)
def test_a_stop_string_ends_the_text_before_it(
    bundles: Bundles, text: str, stops: tuple[str, ...], expected: str
) -> None:
    tokenizer = Engine(bundles.get("gpt2")).tokenizer
    writer, shown = generate._Writer(tokenizer, stops), ""
    for token in tokenizer.ids(text):
        shown += writer.add(token)
        assert expected.startswith(shown)
        if writer.stopped:
            break
    assert shown + writer.rest() == expected


def test_a_stop_string_is_kept_in_a_stream(engine: Engine) -> None:
    whole = engine.start(Request("The", 20)).text()
    stop = whole[5:7]
    stream = engine.start(Request("The", 20, stop=(stop,)))
    assert stream.text() == whole[: whole.index(stop)]
    assert stream.end is not None and stream.end.reason == "stop"


def test_the_same_seed_gives_the_same_text(engine: Engine) -> None:
    def text(seed: int) -> str:
        return engine.start(Request("The", 20, Sampling(temperature=1.5, top_k=50, seed=seed))).text()

    assert text(1) == text(1) != text(2)


def test_each_token_has_its_probability_rank_and_alternatives(engine: Engine) -> None:
    prompt = "Water boils"
    stream = engine.start(Request(prompt, 3, alternatives=5))
    tokens = list(stream)
    ids = stream.ids
    with torch.inference_mode():
        logits = writers.model("gpt2")(torch.tensor([[token.id for token in tokens]])).logits[0]
    shares = logits.softmax(-1).numpy()
    assert [token.id for token in tokens[: len(ids)]] == ids and tokens[0].rank is None
    for place, token in enumerate(tokens[1:]):
        assert token.choice is not None and token.given == (place + 1 < len(ids))
        assert token.choice.probability == pytest.approx(shares[place, token.id], rel=1e-4)
        assert token.rank == 1 + int((shares[place] > shares[place, token.id]).sum())
        assert [one.id for one in token.alternatives] == np.argsort(-shares[place])[:5].tolist()


def test_who_leaves_frees_the_row(engine: Engine) -> None:
    streams = [engine.start(Request("The", 50, Sampling(temperature=1.0))) for _ in range(limits.MAX_STREAMS)]
    for stream in streams:
        next(iter(stream))
        stream.close()
    begun = time.monotonic()
    assert engine.start(Request("Water", 3)).text() is not None
    assert time.monotonic() - begun < 5
    while not engine.idle:
        time.sleep(0.01)
        assert time.monotonic() - begun < 5
    assert {stream.end.reason for stream in streams if stream.end} <= {"cancelled"}


def test_a_text_that_nobody_reads_ends(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "MAX_UNREAD", 4)
    monkeypatch.setattr(generate, "MAX_PAUSE_S", 0.2)
    stream = engine.start(Request("The", 40, Sampling(temperature=1.0)))
    begun = time.monotonic()
    while not engine.idle:
        time.sleep(0.01)
        assert time.monotonic() - begun < 5
    assert len(list(stream)) <= 5 and stream.end is not None and stream.end.reason == "cancelled"


def test_a_text_ends_after_its_time(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_GENERATION_S", 0.0)
    stream = engine.start(Request("The", 40))
    list(stream)
    assert stream.end is not None and stream.end.reason == "time"


def test_a_broken_graph_is_told_and_the_next_request_is_answered(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("no memory")

    with monkeypatch.context() as broken:
        broken.setattr(engine._decoder, "extend", fails)
        with pytest.raises(Exception, match="gpt2 failed: no memory"):
            engine.start(Request("The", 3)).text()
    assert engine.start(Request("The", 3)).text()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"prompt": ""}, "the prompt is empty"),
        ({"prompt": 3}, "the prompt must be a string"),
        ({"prompt": "a", "max_new_tokens": 0}, "max_new_tokens is 0"),
        ({"prompt": "a", "max_new_tokens": 10**6}, "max_new_tokens is 1000000"),
        ({"prompt": "a", "alternatives": 500}, "alternatives is 500"),
        ({"prompt": "a", "stop": ("",)}, "a stop string must have"),
        ({"prompt": "a", "stop": ("x",) * 20}, "20 stop strings"),
    ],
)
def test_wrong_requests_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Request(**settings)


def test_engines_are_kept_and_bounded(bundles: Bundles) -> None:
    engines = Engines(capacity=2)
    first = engines.get(bundles.get("gpt2"))
    assert engines.get(bundles.get("gpt2")) is first
    engines.get(bundles.get("llama"))
    engines.get(bundles.get("gpt"))
    assert engines.get(bundles.get("gpt2")) is not first
