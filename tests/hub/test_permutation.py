"""A model of any order: who may see whom is who is seen, whatever is asked, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub import limits
from hub.bundle import Bundle, Bundles
from hub.errors import InputError, TooLargeError
from hub.orders import Question, content_mask, feeds, mask_of
from hub.snippet import ORDERED, snippet
from hub.tasks import permutation as task

TEXT = "the film is a mess"


@pytest.fixture(scope="module")
def bundles(made_orderers: Path) -> Bundles:
    return Bundles(made_orderers)


@pytest.fixture(scope="module", params=["orders", "orders-ahead", "orders-masked"])
def any_bundle(bundles: Bundles, request: pytest.FixtureRequest) -> Bundle:
    return bundles.get(request.param, task.TASK)


@pytest.fixture(scope="module")
def bundle(bundles: Bundles) -> Bundle:
    return bundles.get("orders", task.TASK)


# --- masks ----------------------------------------------------------------------------------------------------------


@given(st.permutations(range(1, 7)), st.integers(1, 6))
def test_a_target_sees_what_comes_before_it_and_all_that_is_in_no_order(order: list[int], asked: int) -> None:
    mask = mask_of(8, order, asked)
    targets = order[6 - asked :]
    for number, target in enumerate(targets):
        later = targets[number:]
        assert [place for place in range(8) if mask[target, place]] == sorted(later)
    for place in set(range(8)) - set(targets):
        assert [other for other in range(8) if mask[place, other]] == sorted(targets)
    assert not np.diag(content_mask(mask)).any()


def test_questions_of_several_sizes_are_padded_unseen(bundle: Bundle) -> None:
    orders = task.orders_of(bundle)
    short, long = (Question(np.arange(size), mask_of(size, (1, 2), 2), (1, 2)) for size in (4, 7))
    inputs = feeds([short, long], orders)
    assert inputs["perm_mask"][0, :, 4:].all() and not inputs["target_mapping"][0, :, 4:].any()
    assert inputs["mems"].shape == (orders.layers, 2, 0, orders.hidden_size)


# --- predictions ----------------------------------------------------------------------------------------------------


def test_log_probabilities_are_of_a_distribution_and_alone_as_in_a_batch(any_bundle: Bundle) -> None:
    read = task.sentence(any_bundle, TEXT)
    size, places = len(read.ids), tuple(read.places)
    questions = [Question(read.ids, mask_of(size, order, len(order)), order) for order in (places, places[::-1])]
    together = task.log_probabilities(any_bundle, [*questions, Question(read.ids[:4], mask_of(4, (1,), 1), (1,))])
    for question, rows in zip(questions, together, strict=False):
        assert rows.shape[0] == len(question.targets)
        np.testing.assert_allclose(np.exp(rows).sum(1), 1, atol=1e-4)
        (alone,) = task.log_probabilities(any_bundle, [question])
        np.testing.assert_allclose(rows, alone, atol=1e-5)


def test_an_order_has_an_answer_for_each_target_and_says_what_it_sees(any_bundle: Bundle) -> None:
    count = len(task.sentence(any_bundle, TEXT).words)
    order = list(range(count, 0, -1))
    found = task.predict(any_bundle, TEXT, order, 3)
    assert [one.place for one in found.answers] == order[-3:]
    assert [len(one.sees) for one in found.answers] == [count - 3, count - 2, count - 1]
    assert found.log_probability == pytest.approx(sum(one.log_probability for one in found.answers))
    assert found.target_mapping.argmax(1).tolist() == order[-3:]
    for one in found.answers:
        assert one.rank >= 1 and len(one.guesses) == 5
        assert (one.rank == 1) == (one.guesses[0].token == one.token or one.guesses[0].probability == 0)


def test_nothing_said_is_left_to_right_and_all(bundle: Bundle) -> None:
    found = task.predict(bundle, TEXT)
    assert found.order == tuple(found.sentence.places)
    assert len(found.answers) == len(found.order)


@pytest.mark.parametrize("order", [[1, 2], [0, 1, 2, 3, 4], [1, 1, 2, 3, 4], "12345", [1.0, 2, 3, 4, 5], [True, 2]])
def test_what_is_no_order_is_refused(bundle: Bundle, order: object) -> None:
    with pytest.raises(InputError) as raised:
        task.predict(bundle, TEXT, order)  # type: ignore[arg-type]
    assert raised.value.code in ("order_wrong", "order_type")


@pytest.mark.parametrize("asked", [0, -1, 99, True, 1.5, "2"])
def test_so_many_targets_are_refused(bundle: Bundle, asked: object) -> None:
    with pytest.raises(InputError):
        task.predict(bundle, TEXT, None, asked)  # type: ignore[arg-type]


def test_long_and_empty_texts_are_refused(bundle: Bundle) -> None:
    with pytest.raises(TooLargeError):
        task.predict(bundle, "a " * (limits.MAX_ORDER_TOKENS + 1))
    with pytest.raises(InputError):
        task.predict(bundle, "  ")
    with pytest.raises(TooLargeError):
        task.every_order(bundle, "a b c d e f g")
    with pytest.raises(InputError):
        task.every_order(bundle, "a")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_any_text_is_answered_or_refused(bundle: Bundle, text: str) -> None:
    try:
        found = task.predict(bundle, text)
    except InputError:
        return
    assert np.isfinite(found.log_probability)


@pytest.mark.parametrize("name", ["orders", "orders-zh", "orders-ahead", "orders-masked"])
def test_the_snippet_of_the_model_card_says_the_same(bundles: Bundles, name: str) -> None:
    bundle = bundles.get(name, task.TASK)
    program = [sys.executable, "-c", snippet(bundle.card)]
    printed = subprocess.run(program, cwd=bundle.folder, capture_output=True, text=True, check=True).stdout
    text = ORDERED[bundle.card.languages[0]]
    places = list(task.sentence(bundle, text).places)
    expected = task.predict(bundle, text, places if name == "orders-ahead" else [*places[2:], *places[:2]])
    assert float(printed.splitlines()[-1].split()[-1]) == pytest.approx(expected.log_probability, abs=1e-3)


# --- the court ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["orders", "orders-ahead"])
@pytest.mark.parametrize("asked", [5, 2])
def test_nobody_looks_who_may_not(bundles: Bundles, name: str, asked: int) -> None:
    bundle = bundles.get(name, task.TASK)
    for order in list(permutations(range(1, 6)))[::17]:
        found = task.court(bundle, "a b c d e", order, asked)
        assert not found.leaks.any()
        if name == "orders":
            assert not found.blind.any()


def test_the_court_finds_each_mistake(bundle: Bundle) -> None:
    order = (3, 1, 5, 2, 4)
    first = task.court(bundle, "a b c d e", order, mistake="first")
    assert first.leaks[0].all() and not first.leaks[1:].any()  # the first of the order sees all, itself included
    masks = task.court(bundle, "a b c d e", order, mistake="masks")
    assert not masks.leaks.any()
    assert masks.blind.sum() == masks.allowed.sum() == 10  # what may be seen is hidden behind the mask
    stream = task.court(bundle, "a b c d e", order, mistake="one_stream")
    assert stream.leaks.sum() == 5
    assert all(stream.leaks[row, place - 1] for row, place in enumerate(stream.targets))  # each sees itself


# --- all orders, pairs, places --------------------------------------------------------------------------------------


def test_every_order_is_the_sum_of_its_steps(any_bundle: Bundle) -> None:
    found = task.every_order(any_bundle, "a b c d")
    assert found.orders.shape == (24, 4)
    assert found.orders[0].tolist() == [1, 2, 3, 4] and found.orders[-1].tolist() == [4, 3, 2, 1]
    for number in (0, 9, 23):
        one = task.predict(any_bundle, "a b c d", tuple(found.orders[number].tolist()))
        assert found.sums[number] == pytest.approx(one.log_probability, abs=1e-3)
    assert found.sums.min() <= found.mixture <= found.sums.max()


def test_a_pair_is_the_chain_of_its_parts(bundles: Bundles) -> None:
    bundle = bundles.get("orders", task.TASK)
    found = task.pair(bundle, "a b c d", 2)
    order = task.predict(bundle, "a b c d", (1, 4, 2, 3), 2)
    assert found.together == pytest.approx(order.log_probability, abs=1e-4)
    other = task.predict(bundle, "a b c d", (1, 4, 3, 2), 2)
    assert found.second + found.first_after_second == pytest.approx(other.log_probability, abs=1e-4)
    assert found.gap == pytest.approx(found.second_after_first - found.second)


def test_a_model_of_masks_knows_nothing_of_the_other(bundles: Bundles) -> None:
    found = task.pair(bundles.get("orders-masked", task.TASK), "a b c d", 2)
    assert found.gap == 0


def test_from_left_to_right_nothing_behind_is_seen(bundles: Bundles) -> None:
    bundle = bundles.get("orders-ahead", task.TASK)
    one, other = (task.pair(bundle, text, 2) for text in ("a b c d e", "a b c e d"))
    assert one.together == pytest.approx(other.together, abs=1e-5)


def test_without_their_place_two_targets_are_one(bundle: Bundle) -> None:
    found = task.unplaced(bundle, TEXT, (2, 4))
    known, hidden = found.apart
    assert hidden == 0 and known > 1e-4
    assert [one.id for one in found.guesses_hidden[0]] == [one.id for one in found.guesses_hidden[1]]


@pytest.mark.parametrize("places", [(1, 1), (0, 2), (1,), (1, 99), "12", None])
def test_places_that_are_none_are_refused(bundle: Bundle, places: object) -> None:
    with pytest.raises(InputError):
        task.unplaced(bundle, TEXT, places)  # type: ignore[arg-type]


def test_attention_is_where_it_may_be(bundle: Bundle) -> None:
    found = task.attention(bundle, TEXT, None)
    count = len(found.sentence.words)
    assert found.content.shape == (2, 2, count + 2, count + 2) and found.query.shape == (2, 2, count, count + 2)
    np.testing.assert_allclose(found.query.sum(3), 1, atol=1e-5)
    hidden = mask_of(count + 2, found.order, count)
    assert not found.query[:, :, hidden[1:-1] > 0].any()
    assert not found.content[:, :, content_mask(hidden) > 0].any()


# --- memory and segments --------------------------------------------------------------------------------------------


def test_a_segment_is_read_with_those_before_it(any_bundle: Bundle) -> None:
    found = task.remembered(any_bundle, "a b c d e f g h i j", 4)
    words = [len(one.without) for one in found.segments]
    assert words[:2] == [4, 4] and sum(words) == len(found.sentence.words)
    assert found.segments[0].text == "a b c d" and found.segments[1].text == "e f g h"
    assert found.segments[0].gain == 0 and found.segments[0].memory == 0
    assert found.segments[1].memory == 4 and found.segments[2].memory == 8
    assert any(one.gain != 0 for one in found.segments[1:])
    assert all((one.without > 0).all() and len(one.without) == len(one.remembering) for one in found.segments)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_other_numbers_of_the_parts_change_nothing(bundle: Bundle, count: int) -> None:
    found = task.segmented(bundle, ["a b c", "d e", "the film", "b a"][:count])
    assert found.renumbered == 0
    if count == 3:
        assert max(found.part) == 2 and found.part[0] == -1
    assert (found.numberings[0].losses != found.numberings[1].losses).any()
    assert found.same.shape == (len(found.tokens), len(found.tokens))


@pytest.mark.parametrize("parts", [["a"], ["a", " "], ["a"] * 5])
def test_one_part_or_five_are_refused(bundle: Bundle, parts: list[str]) -> None:
    with pytest.raises(InputError):
        task.segmented(bundle, parts)
