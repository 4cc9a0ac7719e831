"""Words in their sentences: what each vector depends on, what both directions expect, how a word is spelt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from export.recipes import registry
from export.rounding import round_weights
from hub import limits
from hub.bundle import Bundle, Bundles
from hub.errors import InputError, TooLargeError
from hub.tasks import contextual as task
from models.elmo import BiLM

TEXTS = ["A warm, funny film.", "Boring.", "Who wrote the novel that the film is based on?"]
LONG = "word " * 500


@pytest.fixture(scope="module")
def bundle(made_spellers: Path) -> Bundle:
    return Bundles(made_spellers).get("elmo")


@pytest.fixture(scope="module")
def module() -> BiLM:
    """What the bundle was made of."""
    model = registry()["elmo-en"].tiny().module.eval()
    round_weights(model)
    assert isinstance(model, BiLM)
    return model


def test_a_text_alone_has_the_vectors_that_it_has_among_others(bundle: Bundle) -> None:
    for text, reading in zip(TEXTS, task.read(bundle, TEXTS), strict=True):
        (alone,) = task.read(bundle, [text])
        assert reading.text == text
        assert np.abs(reading.layers - alone.layers).max() <= 1e-5


def test_a_word_is_itself_in_layer_0_and_each_direction_knows_one_side(bundle: Bundle) -> None:
    one, other = task.read(bundle, ["The plot of the film is a mess", "The plot of the novel is a mess"])
    changed = np.abs(one.layers - other.layers).reshape(3, 8, 2, -1).max(-1) > 1e-6  # (layers, words, directions)
    places = np.arange(8)
    assert changed[0].tolist() == [[place == 4] * 2 for place in places]
    for layer in (1, 2):
        assert changed[layer, :, 0].tolist() == (places >= 4).tolist()
        assert changed[layer, :, 1].tolist() == (places <= 4).tolist()


def test_a_long_text_and_a_long_word_are_cut_and_say_so(bundle: Bundle) -> None:
    (reading,) = task.read(bundle, [LONG])
    assert reading.words.truncated and reading.layers.shape[1] == 400
    (reading,) = task.read(bundle, [f"a {'b' * 60} c"])
    assert reading.cut == (1,) and not reading.words.truncated


def test_a_mix_is_the_weighted_sum_times_gamma(bundle: Bundle) -> None:
    (reading,) = task.read(bundle, TEXTS[:1])
    assert np.array_equal(task.mix(reading.layers, task.weights_of(bundle, 2, None)), reading.layers[2])
    mean = task.mix(reading.layers, task.weights_of(bundle, None, None), gamma=3.0)
    assert mean == pytest.approx(reading.layers.sum(0), abs=1e-6)
    assert task.weights_of(bundle, None, [1, 0, 3]) == [0.25, 0.0, 0.75]


@pytest.mark.parametrize(
    ("layer", "weights", "code"),
    [
        (3, None, "setting_whole_range"),
        (-1, None, "setting_whole_range"),
        (True, None, "setting_whole_range"),
        (1, [1, 1, 1], "layer_and_weights"),
        (None, [1, 1], "weights_count"),
        (None, "1", "weights_count"),
        (None, [0, 0, 0], "weights_range"),
        (None, [1, -1, 1], "weights_range"),
        (None, [1, float("nan"), 1], "weights_range"),
        (None, [1, float("inf"), 1], "weights_range"),
    ],
)
def test_a_mix_that_is_none_is_refused(bundle: Bundle, layer: object, weights: object, code: str) -> None:
    with pytest.raises(InputError) as error:
        task.weights_of(bundle, layer, weights)
    assert error.value.code == code


def test_vectors_of_words_say_where_the_words_stand(bundle: Bundle) -> None:
    (reading,) = task.read(bundle, TEXTS[:1])
    found = task.token_vectors(reading, [0, 1, 0])
    assert [TEXTS[0][one.start : one.end] for one in found.tokens] == [one.word for one in found.tokens]
    assert [one.word for one in found.tokens] == ["A", "warm", ",", "funny", "film", "."]
    assert found.tokens[1].vector == pytest.approx(reading.layers[1, 1].tolist())


def test_texts_are_short_enough_to_be_answered_at_once() -> None:
    with pytest.raises(TooLargeError, match="send fewer"):
        task.check_short(["a" * limits.MAX_TEXT_CHARS] * 5)
    assert len(task.check_short(["a" * limits.MAX_TEXT_CHARS] * 4)) == 4


@torch.no_grad()
def test_what_is_expected_is_what_pytorch_says(bundle: Bundle, module: BiLM) -> None:
    found = task.expectations(bundle, TEXTS[2])
    reader = bundle.words
    feeds = {name: torch.from_numpy(values) for name, values in reader.feeds([TEXTS[2]]).items()}
    top = module(feeds["symbols"], feeds["places"], feeds["lengths"])[-1][0]
    (words,) = reader.read([TEXTS[2]])
    ids, spelling = list(words.ids), reader.spelling
    ahead, back = top.chunk(2, dim=1)
    forward = -module.negative_log_likelihoods(ahead[None, :-1], torch.tensor([[*ids, spelling.end_id]]))
    backward = -module.negative_log_likelihoods(back[None, 1:], torch.tensor([[spelling.begin_id, *ids]]))
    assert found.forward == pytest.approx(float(forward.sum()), abs=1e-3)
    assert found.backward == pytest.approx(float(backward.sum()), abs=1e-3)
    assert [place.forward.log_probability for place in found.places] == pytest.approx(forward[:-1].tolist(), abs=1e-4)
    assert [place.backward.log_probability for place in found.places] == pytest.approx(backward[1:].tolist(), abs=1e-4)
    assert found.terms == len(ids) + 1


def test_ranks_and_guesses_agree(bundle: Bundle) -> None:
    found = task.expectations(bundle, TEXTS[2], top=len(bundle.words.vocabulary))
    for place, index in zip(found.places, found.reading.words.ids, strict=True):
        for side in (place.forward, place.backward):
            assert side.guesses[side.rank - 1].id == index
            assert sum(guess.probability for guess in side.guesses) == pytest.approx(1, abs=1e-5)


def test_a_word_outside_the_vocabulary_is_expected_as_any_such_word(bundle: Bundle) -> None:
    found = task.expectations(bundle, "A zyzzyva film")
    assert [place.known for place in found.places] == [True, False, True]


def test_occurrences_are_found_wherever_they_stand(bundle: Bundle) -> None:
    found = task.occurrences(bundle, "film", ["Film or film?", "no such word", "a film."])
    assert [(one.sentence, one.place) for one in found.found] == [(0, 0), (0, 2), (2, 1)]
    assert found.missing == (1,)
    assert [found.sentences[one.sentence][one.start : one.end] for one in found.found] == ["Film", "film", "film"]


def test_the_plane_keeps_what_differs_most_and_is_one_point_in_layer_0(bundle: Bundle) -> None:
    found = task.occurrences(bundle, "film", ["a film.", "the film is funny", "who wrote the film", "film"])
    points, _ = found.plane(0)
    assert np.array_equal(points, np.zeros((4, 2)))
    points, share = found.plane(1)
    rows = found.layers[1].astype(np.float64)
    total = ((rows - rows.mean(0)) ** 2).sum()
    assert (points**2).sum() == pytest.approx(share * total) and 0.5 < share <= 1 + 1e-9
    assert found.vectors(2, "forward").shape == found.vectors(2, "backward").shape == (4, 6)
    nearest, cosines = found.nearest(2), found.cosines(2)
    assert all(cosines[row, near] >= np.delete(cosines[row], row).max() - 1e-12 for row, near in enumerate(nearest))


def test_a_chinese_word_is_the_mean_of_its_characters(made_spellers: Path) -> None:
    chinese = Bundles(made_spellers).get("elmo-zh")
    lines = ["物流很快,非常满意。", "非常满意", "不满意吗"]
    found = task.occurrences(chinese, "满意", lines)
    assert [(one.sentence, one.place, lines[one.sentence][one.start : one.end]) for one in found.found] == [
        (0, 7, "满意"), (1, 2, "满意"), (2, 1, "满意"),
    ]  # fmt: skip
    readings = task.read(chinese, lines)
    assert found.layers[:, 1] == pytest.approx(readings[1].layers[:, 2:4].mean(1), abs=1e-6)


@pytest.mark.parametrize(
    ("word", "sentences", "code"),
    [
        ("two words", ["two words", "two words"], "one_word"),
        ("", ["a"], "text_empty"),
        ("film", ["a film", "a plot"], "word_rare"),
        ("film", [], "texts_none"),
        ("film", ["film"] * (limits.MAX_SENSE_LINES + 1), "senses_many"),
    ],
)
def test_occurrences_that_cannot_be_compared_are_refused(
    bundle: Bundle, word: str, sentences: list[str], code: str
) -> None:
    with pytest.raises(InputError) as error:
        task.occurrences(bundle, word, sentences)
    assert error.value.code == code


@pytest.mark.parametrize("word", ["filmm", "film", "né", "河", "x" * 80, "<S>"])
def test_a_word_of_any_spelling_has_neighbours_and_filters(bundle: Bundle, word: str) -> None:
    if word == "<S>":
        with pytest.raises(InputError, match="one word"):
            task.spell(bundle, word)
        return
    found = task.spell(bundle, word)
    assert found.known == (word == "film") and found.cut == (len(word) == 80)
    assert word not in [name for name, _ in found.neighbours] and len(found.neighbours) == 10
    cosines = [cosine for _, cosine in found.neighbours]
    assert cosines == sorted(cosines, reverse=True)
    assert "[PAD]" not in task.vocabulary(bundle).words and "<S>" not in task.vocabulary(bundle).words
    text = "".join(found.symbols)
    for one in found.fired:
        assert one.letters.rstrip("·") in text
        assert one.value > 0 and len(one.words) == 6


def test_the_nearest_to_a_misspelt_word_is_computed_from_its_letters(bundle: Bundle, module: BiLM) -> None:
    known = task.vocabulary(bundle)
    symbols = torch.from_numpy(bundle.words.table([bundle.words.symbols(word) for word in ("filn", *known.words)]))
    with torch.no_grad():
        vectors = module.characters(symbols)
        rows = torch.nn.functional.normalize(vectors - vectors[1:].mean(0), dim=1)
    cosines = (rows[1:] @ rows[0]).tolist()
    (word, cosine), *_ = task.spell(bundle, "filn").neighbours
    assert cosine == pytest.approx(max(cosines), abs=1e-4)
    assert cosines[known.words.index(word)] == pytest.approx(cosine, abs=1e-4)
