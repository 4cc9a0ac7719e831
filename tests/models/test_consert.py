"""ConSERT: the loss is the paper's formula, each augmentation does what it says and nothing to the padding."""

from __future__ import annotations

import math

import pytest
import torch
from transformers import BertConfig

from models.consert import (
    ADVERSARIAL,
    DROPOUT,
    FEATURE_CUTOFF,
    NO_LABEL,
    NONE,
    SHUFFLE,
    TOKEN_CUTOFF,
    Consert,
    SentenceEncoder,
    augmented,
    cut,
    nt_xent,
    perturbation,
    ranking,
    shuffled_positions,
)

MASK = torch.tensor([[1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 0, 0, 0], [1, 1, 0, 0, 0, 0, 0, 0]])
NAN = float("nan")


@pytest.fixture
def encoder() -> SentenceEncoder:
    torch.manual_seed(0)
    shape = BertConfig(
        vocab_size=50,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    return SentenceEncoder.from_config(shape).eval()


def ids() -> torch.Tensor:
    return torch.randint(5, 50, MASK.shape, generator=torch.Generator().manual_seed(1)) * MASK


def test_nt_xent_is_the_formula_of_the_paper() -> None:
    torch.manual_seed(0)
    first, second = (torch.nn.functional.normalize(torch.randn(4, 8), dim=1) for _ in range(2))
    views, temperature = torch.cat([first, second]).tolist(), 0.1

    def similarity(a: list[float], b: list[float]) -> float:
        return sum(x * y for x, y in zip(a, b, strict=True))

    total = 0.0
    for i in range(8):
        j = (i + 4) % 8
        above = math.exp(similarity(views[i], views[j]) / temperature)
        below = sum(math.exp(similarity(views[i], views[k]) / temperature) for k in range(8) if k != i)
        total -= math.log(above / below)
    assert nt_xent(first, second, temperature).item() == pytest.approx(total / 8, rel=1e-5)


def test_further_negatives_are_in_the_sum_of_every_view() -> None:
    first, second, third = torch.eye(3, 4)[:, None].unbind(0)
    lone = nt_xent(first, second, 1.0)
    assert lone.item() == pytest.approx(0.0)  # one pair, nothing to tell it from
    assert nt_xent(first, second, 1.0, third).item() == pytest.approx(math.log(2))


def test_ranking_asks_that_a_higher_score_has_a_higher_cosine() -> None:
    scores = torch.tensor([1.0, 2.0, 2.0])
    right, wrong = torch.tensor([0.1, 0.9, 0.8]), torch.tensor([0.9, 0.1, 0.2])
    assert ranking(right, scores).item() < 1e-3 < ranking(wrong, scores).item()
    assert ranking(wrong, scores).item() == pytest.approx(math.log(1 + math.exp(20 * 0.8) + math.exp(20 * 0.7)))


def test_the_vector_is_the_mean_of_the_tokens_whatever_the_padding(encoder: SentenceEncoder) -> None:
    outputs = encoder(ids(), MASK)
    expected = encoder.bert(input_ids=ids(), attention_mask=MASK).last_hidden_state
    torch.testing.assert_close(outputs["token_embeddings"][MASK.bool()], expected[MASK.bool()])
    alone = encoder(ids()[1:2, :5], MASK[1:2, :5])["embedding"][0]
    torch.testing.assert_close(outputs["embedding"][1], alone, atol=1e-6, rtol=0)
    torch.testing.assert_close(outputs["embedding"].norm(dim=1), torch.ones(3))


def test_two_layers_are_the_mean_of_the_last_two(encoder: SentenceEncoder) -> None:
    states = encoder.bert(input_ids=ids(), attention_mask=MASK, output_hidden_states=True).hidden_states
    both = SentenceEncoder(encoder.bert, layers=2).eval()(ids(), MASK)["token_embeddings"]
    torch.testing.assert_close(both[MASK.bool()], ((states[-1] + states[-2]) / 2)[MASK.bool()])


def test_shuffling_permutes_the_positions_of_the_words_alone() -> None:
    torch.manual_seed(0)
    made = shuffled_positions(MASK)
    assert made.sort(1).values.equal(torch.arange(8).expand(3, -1))
    assert made[:, 0].tolist() == [0, 0, 0]  # [CLS]
    assert made[0, 7] == 7 and made[1, 4:].tolist() == [4, 5, 6, 7] and made[2].tolist() == list(range(8))
    assert made[0].tolist() != list(range(8))


def test_token_cutoff_erases_words_and_feature_cutoff_columns() -> None:
    torch.manual_seed(0)
    matrix = torch.ones(3, 8, 40)
    rows = cut(matrix, MASK, TOKEN_CUTOFF)
    assert set(rows.unique().tolist()) == {0.0, 1.0} and rows.equal(rows[:, :, :1].expand_as(rows))
    assert rows[:, 0].all() and rows[0, 7].all() and rows[1, 4:].all() and rows[2].all()
    columns = cut(matrix, MASK, FEATURE_CUTOFF)
    assert columns.equal(columns[:, :1].expand_as(columns)) and 0.6 < columns.mean() < 0.95
    assert not columns[0].equal(columns[1])  # each sentence loses others
    dropped = cut(matrix, MASK, DROPOUT)
    assert set(dropped.unique().tolist()) == {0.0, 1 / (1 - DROPOUT.rate)}
    assert cut(matrix, MASK, NONE) is matrix


def test_the_attack_has_its_size_and_raises_the_loss(encoder: SentenceEncoder) -> None:
    matrix = encoder.embed(ids())
    target = torch.nn.functional.normalize(torch.randn(3, 32), dim=1)

    def loss(embeddings: torch.Tensor) -> torch.Tensor:
        return -(encoder.encode(embeddings, MASK)["embedding"] * target).sum()

    clean = loss(matrix)
    attack = perturbation(matrix, clean, 0.5)
    torch.testing.assert_close(attack.flatten(1).norm(dim=1), torch.full((3,), 0.5))
    assert loss(matrix + attack) > clean


def test_the_views_of_a_sentence_are_nearer_than_other_sentences_after_training(encoder: SentenceEncoder) -> None:
    objective = Consert(encoder, (SHUFFLE, FEATURE_CUTOFF)).train()
    rows = torch.tensor([[0, 0, -1], [1, 1, -1]])
    given = {
        "input_ids": ids(),
        "attention_mask": MASK,
        "rows": rows,
        "labels": torch.full((2,), NO_LABEL),
        "scores": torch.full((2,), NAN),
    }
    optimiser = torch.optim.Adam(objective.parameters(), 1e-3)
    for _ in range(30):
        optimiser.zero_grad()
        objective(**given)["loss"].backward()
        optimiser.step()
    objective.eval()
    with torch.no_grad():
        matrix = augmented(encoder, ids(), MASK, FEATURE_CUTOFF)
        views = encoder.encode(matrix, MASK)["embedding"]
        vectors = encoder(ids(), MASK)["embedding"]
    assert vectors[0] @ views[0] > vectors[0] @ views[1]


@pytest.mark.parametrize("views", [(SHUFFLE, FEATURE_CUTOFF), (ADVERSARIAL, TOKEN_CUTOFF), (NONE, DROPOUT)], ids=str)
def test_a_batch_may_hold_pairs_of_every_kind(encoder: SentenceEncoder, views: tuple) -> None:
    objective = Consert(encoder, views).train()
    made = objective(
        ids(),
        MASK,
        torch.tensor([[0, 1, -1], [0, 2, -1], [1, 2, 0], [2, 1, -1]]),
        torch.tensor([1, NO_LABEL, NO_LABEL, NO_LABEL]),
        torch.tensor([NAN, NAN, NAN, 3.0]),
    )
    made["loss"].backward()
    assert torch.isfinite(made["loss"])
    assert all(torch.isfinite(p.grad).all() for p in objective.parameters() if p.grad is not None)
    assert objective.classifier.weight.grad is not None


def test_evaluation_gives_the_cosines(encoder: SentenceEncoder) -> None:
    rows = torch.tensor([[0, 0, -1], [0, 1, -1]])
    made = Consert(encoder, (NONE, NONE)).eval()(
        ids(), MASK, rows, torch.full((2,), NO_LABEL), torch.tensor([5.0, 1.0])
    )
    vectors = encoder(ids(), MASK)["embedding"]
    torch.testing.assert_close(made["logits"], torch.stack([torch.ones(()), vectors[0] @ vectors[1]]))
