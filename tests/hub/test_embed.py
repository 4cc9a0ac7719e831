"""Sentence vectors: order, padding, neighbours, alignment; how they lie in space; augmentations and their loss."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import spearmanr

from hub import limits
from hub.bundle import Bundle, Bundles
from hub.errors import InputError, TooLargeError, UnknownModelError
from hub.tasks import augment, collapse
from hub.tasks import embed as task
from hub.tasks.embed import Tokens
from tests.bundles import DIM

SENTENCES = [
    "the cat sleeps .",
    "a dog barks",
    "rain falls .",
    "the dog is a dog",
    "unknown words here and there",
    "cat",
]


@pytest.fixture
def trained(encoders: Bundles) -> Bundle:
    return encoders.get("trained")


def unit(rows: int, dim: int = 5, seed: int = 0) -> np.ndarray:
    made = np.random.default_rng(seed).normal(size=(rows, dim))
    return made / np.linalg.norm(made, axis=1, keepdims=True)


# --- vectors ----------------------------------------------------------------------------------------------------------


def test_vectors_have_length_one_and_the_order_of_the_texts(trained: Bundle) -> None:
    together = task.embed(trained, SENTENCES * 20)
    assert together.shape == (120, DIM) and together.dtype == np.float32
    assert np.linalg.norm(together, axis=1) == pytest.approx(1, abs=1e-6)
    for text, vector in zip(SENTENCES, together, strict=False):
        assert task.embed(trained, [text])[0] == pytest.approx(vector, abs=1e-6)


def test_progress_ends_with_all_texts(trained: Bundle) -> None:
    seen: list[tuple[int, int]] = []
    task.embed(trained, SENTENCES * 30, progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen) and seen[-1] == (180, 180) and len(seen) > 1


@given(st.lists(st.integers(1, 60), min_size=1, max_size=200))
def test_batches_cover_each_text_once_with_little_padding(lengths: list[int]) -> None:
    found = list(task.even_batches(lengths))
    assert sorted(place for batch in found for place in batch) == list(range(len(lengths)))
    for batch in found:
        sizes = [lengths[place] for place in batch]
        assert sum(max(sizes) - size for size in sizes) <= task.MAX_PADDING


def test_a_matrix_is_symmetric_with_ones(trained: Bundle) -> None:
    found = task.matrix(trained, SENTENCES)
    assert (found == found.T).all() and np.diag(found) == pytest.approx(1, abs=1e-6)
    assert found[0, 1] == pytest.approx(task.similarity(trained, *SENTENCES[:2]), abs=1e-6)


def test_a_search_ranks_all_texts(trained: Bundle) -> None:
    found = task.search(trained, "the cat sleeps .", SENTENCES, 3)
    assert found[0].text == "the cat sleeps ." and found[0].score == pytest.approx(1, abs=1e-5)
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True) and len(found) == 3
    assert len(task.search(trained, "cat", SENTENCES, 2_000)) == len(SENTENCES)


@pytest.mark.parametrize("k", [0, -1, 2_001, 1.5, True, None, "3"])
def test_k_out_of_range_is_refused(trained: Bundle, k: object) -> None:
    with pytest.raises(InputError, match="a whole number from 1 to 2000 is allowed"):
        task.search(trained, "cat", SENTENCES, k)  # type: ignore[arg-type]


def test_too_many_texts_are_refused(trained: Bundle) -> None:
    with pytest.raises(TooLargeError, match="51 texts; at most 50"):
        task.matrix(trained, ["cat"] * 51)
    with pytest.raises(TooLargeError, match="2,001 texts"):
        task.search(trained, "cat", ["cat"] * 2_001)
    assert len(task.search(trained, "cat", ["cat"] * limits.MAX_SEARCH_TEXTS, 1)) == 1


@pytest.mark.parametrize("text", ["", " \n", "\ud800", None, 3, "a" * 5_001])
def test_what_is_no_text_is_refused(trained: Bundle, text: object) -> None:
    for call in (
        lambda: task.embed(trained, ["cat", text]),  # type: ignore[list-item]
        lambda: task.similarity(trained, "cat", text),  # type: ignore[arg-type]
        lambda: task.search(trained, text, ["cat"]),  # type: ignore[arg-type]
        lambda: task.alignment(trained, text, "cat"),  # type: ignore[arg-type]
    ):
        with pytest.raises(InputError):
            call()


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANY_TEXT, ANY_TEXT)
def test_any_text_has_a_vector_or_a_readable_refusal(trained: Bundle, a: str, b: str) -> None:
    try:
        assert -1 <= task.similarity(trained, a, b) <= 1
        found = task.alignment(trained, a, b)
        assert found.cosines.shape == (len(found.first), len(found.second))
    except InputError as error:
        assert "empty" in str(error)


def test_alignment_shows_words_as_they_stand_in_the_text(trained: Bundle) -> None:
    found = task.alignment(trained, "The CAT sleeps", "a cat .")
    assert found.first == ("The", "CAT", "sleeps") and found.second == ("a", "cat", ".")
    assert found.cosines[1].argmax() == 1 and not found.cut
    assert task.alignment(trained, "cat " * 38, "cat").cosines.shape == (38, 1)


def test_the_token_states_average_to_the_vector(trained: Bundle) -> None:
    texts = task.tokens(trained, SENTENCES)
    assert texts[0].tokens == ("[CLS]", "the", "cat", "sleeps", ".", "[SEP]") and texts[0].words == [1, 2, 3, 4]
    assert collapse.mean_without(texts, ()) == pytest.approx(task.embed(trained, SENTENCES), abs=1e-6)


def test_removed_tokens_leave_the_mean_but_never_nothing(trained: Bundle) -> None:
    texts = task.tokens(trained, ["the cat .", "the ."])
    rest = texts[0].states[[0, 2, 4]].mean(axis=0)  # [CLS] cat [SEP]
    found = collapse.mean_without(texts, ("the", "."))
    assert found[0] == pytest.approx(rest / np.linalg.norm(rest), abs=1e-6)
    assert found[1] == pytest.approx(collapse.mean_without(texts, ())[1])


# --- how they lie in space --------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(
    st.integers(2, 30).flatmap(
        lambda size: st.tuples(*[arrays(np.float64, size, elements=st.integers(-5, 5).map(float))] * 2)
    )
)
def test_spearman_is_that_of_scipy(pair: tuple[np.ndarray, np.ndarray]) -> None:
    a, b = pair
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        assert collapse.spearman(a, b) == 0.0
    else:
        assert collapse.spearman(a, b) == pytest.approx(spearmanr(a, b).statistic, abs=1e-12)


def test_the_interval_of_spearman_holds_it() -> None:
    random = np.random.default_rng(1)
    a = random.normal(size=40)
    b = a + random.normal(size=40)
    low, high = collapse.spearman_interval(a, b)
    assert -1 <= low < collapse.spearman(a, b) < high <= 1


def test_alignment_and_uniformity_are_their_formulas() -> None:
    x, y = unit(4), unit(4, seed=1)
    assert collapse.alignment(x, y) == pytest.approx(np.mean([sum((a - b) ** 2) for a, b in zip(x, y, strict=True)]))
    pairs = [(i, j) for i in range(4) for j in range(i + 1, 4)]
    expected = np.log(np.mean([np.exp(-2 * sum((x[i] - x[j]) ** 2)) for i, j in pairs]))
    assert collapse.uniformity(x) == pytest.approx(expected)
    assert sorted(collapse.pair_cosines(x)) == pytest.approx(sorted(x[i] @ x[j] for i, j in pairs))


def test_collapsed_vectors_are_told_from_spread_ones() -> None:
    spread = unit(50, 8)
    cone = spread + 5 * unit(1, 8, seed=2)
    cone /= np.linalg.norm(cone, axis=1, keepdims=True)
    wide, narrow = (collapse.describe(rows, rows[:5], rows[5:10]) for rows in (spread, cone))
    assert narrow.cosines.mean() > 0.8 > 0.2 > wide.cosines.mean()
    assert narrow.uniformity > wide.uniformity
    assert narrow.spectrum.effective_rank < wide.spectrum.effective_rank <= 8
    assert collapse.spectrum(np.eye(4)).effective_rank == pytest.approx(4)


def test_a_cone_keeps_each_angle_to_the_mean_direction() -> None:
    away = np.radians(20)
    around = np.radians([0, 90, 180, 270])
    ring = np.stack([np.sin(away) * np.cos(around), np.sin(away) * np.sin(around), np.cos(away) + 0 * around], axis=1)
    found = collapse.cone(ring)
    assert found.angles == pytest.approx([20] * 4)
    assert sorted(np.diff(np.sort(found.turns))) == pytest.approx([90] * 3)
    assert collapse.cone(np.eye(5)).angles == pytest.approx([np.degrees(np.arccos(5**-0.5))] * 5)


def test_how_often_a_paraphrase_is_nearer() -> None:
    assert collapse.nearer(np.array([0.9, 0.5]), np.array([0.1, 0.5])) == pytest.approx((2 + 1 + 0.5) / 4)
    assert collapse.nearer(np.array([0.0]), np.array([1.0])) == 0


def test_tokens_that_point_against_the_others_are_told() -> None:
    def text(*states: tuple[float, float]) -> Tokens:
        tokens = ("the", "cat", "sleeps")
        return Tokens(((0, 3), (4, 7), (8, 14)), tokens, np.array(states, np.float32))

    texts = [text((-1, 0), (1, 0.1), (1, -0.1)), text((-1, 0), (1, 0.2), (1, -0.2))]
    assert collapse.against(texts, ["the"]) == pytest.approx(-1)
    assert collapse.against(texts, ["sleeps"]) == pytest.approx(0, abs=0.2)
    assert collapse.against(texts, []) == collapse.against(texts, ["the", "cat", "sleeps"]) == 0


def test_a_base_is_more_collapsed_than_what_was_trained_from_it(encoders: Bundles) -> None:
    base, trained = (collapse.pair_cosines(task.embed(encoders.get(name), SENTENCES)) for name in ("base", "trained"))
    assert base.mean() > 0.8 > trained.mean()


# --- augmentations and NT-Xent ----------------------------------------------------------------------------------------


def by(kind: str, rate: float) -> augment.Augmentation:
    return augment.Augmentation(kind, rate)  # type: ignore[arg-type]


def test_the_parts_together_are_the_model(trained: Bundle) -> None:
    found = augment.views(trained, SENTENCES[:3], by("none", 0), by("dropout", 0.0), 0)
    expected = task.embed(trained, SENTENCES[:3])
    for view in (found.plain, found.first, found.second):
        assert view.vectors == pytest.approx(expected, abs=1e-6) and view.erased == (0, 0, 0)


@pytest.mark.parametrize("kind", augment.KINDS)
def test_an_augmentation_erases_what_it_says(kind: str) -> None:
    random = np.random.default_rng(0)
    matrix = random.normal(size=(12, 40)).astype(np.float32)
    words = np.array([False, *[True] * 10, False])
    made = augment.augment(matrix, words, by(kind, 0.5), random)
    gone = made == 0
    if kind == "token cutoff":
        assert (gone.all(axis=1) == gone.any(axis=1)).all() and 0 < gone.all(axis=1).sum() < 10
        assert not gone[[0, -1]].any()
    elif kind == "feature cutoff":
        assert (gone.all(axis=0) == gone.any(axis=0)).all() and 10 < gone.all(axis=0).sum() < 30
    elif kind == "dropout":
        assert gone.mean() == pytest.approx(0.5, abs=0.1)
        assert made[~gone] == pytest.approx(2 * matrix[~gone])
    else:
        assert (made == matrix).all()


def test_shuffling_moves_the_positions_of_words_alone() -> None:
    words = np.array([False, *[True] * 8, False])
    found = augment.shuffled_positions(words, 1.0, np.random.default_rng(0))
    assert sorted(found) == list(range(10)) and found[0] == 0 and found[9] == 9 and list(found) != list(range(10))
    assert list(augment.shuffled_positions(words, 0.0, np.random.default_rng(0))) == list(range(10))


def test_views_are_those_of_the_seed(trained: Bundle) -> None:
    asked = (by("shuffle", 1), by("feature cutoff", 0.4))
    one, same, other = (augment.views(trained, SENTENCES[:3], *asked, seed) for seed in (1, 1, 2))
    assert (one.second.vectors == same.second.vectors).all() and (one.second.vectors != other.second.vectors).any()
    assert all(matrix.shape == (len(words), DIM) for matrix, words in zip(one.first.matrices, one.tokens, strict=True))


def test_views_refuse_what_they_cannot_do(encoders: Bundles, trained: Bundle) -> None:
    with pytest.raises(TooLargeError, match="9 sentences; at most 8"):
        augment.views(trained, ["cat"] * 9, by("none", 0), by("none", 0), 0)
    with pytest.raises(UnknownModelError, match="no part"):
        augment.views(encoders.get("plain"), ["cat"], by("none", 0), by("none", 0), 0)
    for kind, rate in (("attack", 0.1), ("dropout", 1.5), ("dropout", float("nan"))):
        with pytest.raises(InputError):
            by(kind, rate)


def test_nt_xent_is_its_formula_term_by_term() -> None:
    first, second, tau = unit(3), unit(3, seed=1), 0.2
    found = augment.contrast(first, second, tau)
    both = [*first, *second]
    for i in range(6):
        j = (i + 3) % 6
        terms = [0.0 if k == i else np.exp(both[i] @ both[k] / tau) for k in range(6)]
        assert found.terms[i] == pytest.approx(terms)
        assert found.losses[i] == pytest.approx(-np.log(terms[j] / sum(terms))) and found.partner[i] == j
    assert found.loss == pytest.approx(found.losses.mean())
    assert found.weights.sum(axis=1) == pytest.approx(1) and found.gradient.sum(axis=1) == pytest.approx(0, abs=1e-12)


def test_a_low_temperature_gives_the_gradient_to_the_nearest_negative() -> None:
    first, second = unit(4), unit(4, seed=1)
    sharp, soft = (augment.contrast(first, second, tau) for tau in (0.01, 1.0))
    assert sharp.weights.max(axis=1).min() > soft.weights.max(axis=1).max()
    for tau in (0.0, -1, 2, float("nan")):
        with pytest.raises(InputError, match="temperature"):
            augment.contrast(first, second, tau)
