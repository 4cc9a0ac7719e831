"""XLNet: the two streams of transformers, nothing leaks, and what is read where nothing may be seen."""

from __future__ import annotations

from itertools import permutations

import pytest
import torch
from torch import Tensor

from models.xlnet import Classifier, LanguageModel, MaskedLanguageModel, XLNetConfig
from models.xlnet_transformers import as_transformers

CONFIG = XLNetConfig(vocabulary=50, hidden_size=24, layers=3, heads=4, intermediate_size=48, initializer_range=0.3)
TOKENS = 7


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    torch.manual_seed(0)
    return LanguageModel(CONFIG).eval()


def mask_of(order: list[int]) -> Tensor:
    """1 where i may not see j: j comes later in the order, or is i. The first token is always seen."""
    rank = torch.empty(len(order))
    rank[torch.tensor(order)] = torch.arange(len(order)).float()
    hidden = (rank[:, None] <= rank[None]).float()
    hidden[:, 0] = 0
    return hidden


def batch(rows: int = 2, tokens: int = TOKENS, targets: int = 3, seed: int = 1) -> dict[str, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    orders = [[0, *(1 + torch.randperm(tokens - 1, generator=draw)).tolist()] for _ in range(rows)]
    places = torch.stack([1 + torch.randperm(tokens - 1, generator=draw)[:targets] for _ in range(rows)])
    return {
        "input_ids": torch.randint(0, CONFIG.vocabulary, (rows, tokens), generator=draw),
        "token_type_ids": torch.randint(0, 3, (rows, tokens), generator=draw),
        "perm_mask": torch.stack([mask_of(order) for order in orders]),
        "target_mapping": torch.nn.functional.one_hot(places, tokens).float(),
    }


@pytest.mark.parametrize("targets", [1, 3, 6])
@pytest.mark.parametrize("memory", [0, 5])
@torch.no_grad()
def test_both_streams_are_those_of_transformers(model: LanguageModel, targets: int, memory: int) -> None:
    inputs = batch(targets=targets)
    mems = [torch.randn(2, memory, CONFIG.hidden_size) for _ in range(CONFIG.layers)] if memory else None
    theirs = as_transformers(model)(
        **inputs,
        mems=[one.transpose(0, 1) for one in mems] if mems else None,
        use_mems=True,
        output_attentions=True,
    )
    logits, streams = model(**inputs, mems=mems)
    torch.testing.assert_close(logits, theirs.logits, atol=1e-5, rtol=1e-5)
    for layer in range(CONFIG.layers):
        content, query = theirs.attentions[layer]
        torch.testing.assert_close(streams.content_attention[layer], content, atol=1e-5, rtol=1e-5)
        # theirs has a row at every place, where ours has one for each target
        rows = inputs["target_mapping"].argmax(2)[:, None, :, None].expand(-1, CONFIG.heads, -1, query.shape[3])
        torch.testing.assert_close(streams.query_attention[layer], query.gather(2, rows), atol=1e-5, rtol=1e-5)
        new = theirs.mems[layer][-TOKENS:].transpose(0, 1)
        torch.testing.assert_close(streams.mems[layer], new, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_the_content_stream_alone_is_that_of_transformers(model: LanguageModel) -> None:
    inputs = {name: value for name, value in batch().items() if name != "target_mapping"}
    theirs = as_transformers(model)(**inputs).logits
    ours = model.logits(model.body(**inputs).content)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_nothing_leaks_and_what_may_be_seen_is(model: LanguageModel) -> None:
    tokens = 4
    for order in permutations(range(1, tokens)):
        mask = mask_of([0, *order])
        inputs = {
            "input_ids": torch.arange(tokens)[None].repeat(tokens + 1, 1),
            "token_type_ids": torch.zeros(tokens + 1, tokens, dtype=torch.long),
            "perm_mask": mask.expand(tokens + 1, -1, -1),
            "target_mapping": torch.eye(tokens).expand(tokens + 1, -1, -1),
        }
        for changed in range(tokens):
            inputs["input_ids"][changed + 1, changed] = 20 + changed
        logits, _ = model(**inputs)
        moved = (logits[1:] - logits[0]).abs().amax(2).T  # (i, j): j was changed
        assert torch.equal(moved > 0, mask == 0)


@torch.no_grad()
def test_who_may_see_nothing_sees_nothing(model: LanguageModel) -> None:
    inputs = batch(rows=1, targets=1)
    inputs["perm_mask"] = torch.ones(1, TOKENS, TOKENS)
    logits, streams = model(**inputs)
    assert all(float(attention.abs().max()) == 0 for attention in streams.query_attention)
    inputs["input_ids"] = (inputs["input_ids"] + 1) % CONFIG.vocabulary
    assert torch.equal(model(**inputs)[0], logits)


@torch.no_grad()
def test_the_released_code_sees_everything_there(model: LanguageModel) -> None:
    """Its mask takes the same from every score, so that the softmax is uniform."""
    inputs = batch(rows=1, targets=1)
    ones = torch.ones(1, TOKENS, TOKENS)
    theirs = as_transformers(model)(**{**inputs, "perm_mask": ones}).logits
    logits, streams = model(**{**inputs, "perm_mask": ones / 2})
    torch.testing.assert_close(logits, theirs, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(streams.query_attention[0], torch.full((1, 4, 1, TOKENS), 1 / TOKENS))


@torch.no_grad()
def test_without_its_place_a_target_is_any_other_that_sees_the_same(model: LanguageModel) -> None:
    inputs = batch(rows=1)
    inputs["token_type_ids"] = torch.zeros(1, TOKENS, dtype=torch.long)
    inputs["perm_mask"] = torch.ones(1, TOKENS, TOKENS)
    inputs["perm_mask"][:, :, :2] = 0
    inputs["target_mapping"] = torch.nn.functional.one_hot(torch.tensor([[3, 5]]), TOKENS).float()
    hidden, _ = model(**inputs, placed=torch.zeros(1, 2))
    known, _ = model(**inputs, placed=torch.ones(1, 2))
    assert torch.equal(hidden[:, 0], hidden[:, 1])
    assert not torch.allclose(known[:, 0], known[:, 1])
    torch.testing.assert_close(known, model(**inputs)[0])


@torch.no_grad()
def test_a_row_reads_the_same_backwards_where_offsets_are_reversed(model: LanguageModel) -> None:
    inputs = batch(rows=1)
    backwards = {
        "input_ids": inputs["input_ids"].flip(1),
        "token_type_ids": inputs["token_type_ids"].flip(1),
        "perm_mask": inputs["perm_mask"].flip(1, 2),
        "target_mapping": inputs["target_mapping"].flip(2),
    }
    both = {name: torch.cat([inputs[name], backwards[name]]) for name in inputs}
    logits, _ = model(**both, reverse=True)
    torch.testing.assert_close(logits[0], logits[1], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(logits[:1], model(**inputs)[0], atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_a_second_segment_with_memory_is_the_rest_of_one_where_the_first_cannot_see_it(model: LanguageModel) -> None:
    inputs = batch(rows=2, tokens=8)
    hidden = mask_of(list(range(8))).repeat(2, 1, 1)
    whole = {**inputs, "perm_mask": hidden, "token_type_ids": torch.zeros(2, 8, dtype=torch.long)}
    whole["target_mapping"] = torch.eye(8).expand(2, -1, -1)
    expected, streams = model(**whole)
    part = {
        "input_ids": whole["input_ids"][:, 5:],
        "token_type_ids": whole["token_type_ids"][:, 5:],
        "perm_mask": hidden[:, 5:, 5:],
        "target_mapping": torch.eye(3).expand(2, -1, -1),
    }
    logits, _ = model(**part, mems=[one[:, :5] for one in streams.mems])
    torch.testing.assert_close(logits, expected[:, 5:], atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_the_masked_model_is_read_where_the_masks_are() -> None:
    torch.manual_seed(0)
    model = MaskedLanguageModel(CONFIG).eval()
    inputs = batch(targets=2)
    inputs["perm_mask"] = torch.zeros(2, TOKENS, TOKENS)
    logits, streams = model(**inputs)
    rows = inputs["target_mapping"].argmax(2)[..., None].expand(-1, -1, CONFIG.hidden_size)
    torch.testing.assert_close(logits, model.logits(streams.content.gather(1, rows)))
    assert streams.query is None and not streams.query_attention


@torch.no_grad()
def test_padding_changes_no_class(model: LanguageModel) -> None:
    classifier = Classifier(model.body, 3).eval()
    ids = torch.tensor([[1, 5, 6, 2]])
    types, there = torch.zeros_like(ids), torch.ones_like(ids)
    pad = (0, 3)
    alone = classifier(ids, types, there)
    padded = classifier(*(torch.nn.functional.pad(one, pad) for one in (ids, types, there)))
    torch.testing.assert_close(alone, padded, atol=1e-5, rtol=1e-5)
