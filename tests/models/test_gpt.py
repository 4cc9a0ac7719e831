"""The decoder of the GPT papers: the one of transformers, weight for weight, and its cache."""

from __future__ import annotations

from typing import Any, Literal

import pytest
import torch
from torch.nn.functional import cross_entropy
from transformers import GPT2LMHeadModel, OpenAIGPTLMHeadModel

from models.gpt import IGNORED, Decoder, GPTConfig, NextToken
from models.training.gpt import as_transformers

NORMS: tuple[Literal["post", "pre"], ...] = ("post", "pre")
each_norm = pytest.mark.parametrize("norm", NORMS)


def decoder_of(norm: Literal["post", "pre"]) -> Decoder:
    torch.manual_seed(0)
    decoder = Decoder(GPTConfig(vocabulary=50, norm=norm, context=12, layers=3, hidden=24, heads=3)).eval()
    for parameter in decoder.parameters():
        torch.nn.init.normal_(parameter, std=0.3)  # so that no part is too small to be seen
    return decoder


@each_norm
def test_logits_and_gradients_are_those_of_transformers(norm: Literal["post", "pre"]) -> None:
    decoder = decoder_of(norm)
    published: Any = as_transformers(decoder)
    assert isinstance(published, GPT2LMHeadModel if norm == "pre" else OpenAIGPTLMHeadModel)
    ids = torch.randint(0, 50, (2, 12))

    logits, expected = decoder.logits(decoder(ids)), published(ids).logits
    torch.testing.assert_close(logits, expected, atol=1e-4, rtol=1e-4)

    for one in (logits, expected):
        cross_entropy(one[:, :-1].flatten(0, 1), ids[:, 1:].flatten()).backward()
    body = published.transformer
    tables = (body.wte, body.wpe) if norm == "pre" else (body.tokens_embed, body.positions_embed)
    pairs = [(decoder.tokens.weight, tables[0].weight), (decoder.positions.weight, tables[1].weight)]
    for ours, theirs in zip(decoder.blocks, body.h, strict=True):
        layers = (
            (ours.attention.qkv, theirs.attn.c_attn),
            (ours.attention.output, theirs.attn.c_proj),
            (ours.feed_forward[0], theirs.mlp.c_fc),
            (ours.feed_forward[2], theirs.mlp.c_proj),
        )
        for linear, conv in layers:
            torch.testing.assert_close(linear.weight.grad, conv.weight.grad.T, atol=1e-5, rtol=1e-3)
            pairs.append((linear.bias, conv.bias))
        pairs += [(ours.attention_norm.weight, theirs.ln_1.weight), (ours.feed_forward_norm.bias, theirs.ln_2.bias)]
    for ours_parameter, theirs_parameter in pairs:
        torch.testing.assert_close(ours_parameter.grad, theirs_parameter.grad, atol=1e-5, rtol=1e-3)


@each_norm
def test_fresh_weights_are_drawn_as_the_papers_say(norm: Literal["post", "pre"]) -> None:
    torch.manual_seed(0)
    decoder = Decoder(GPTConfig(vocabulary=1000, norm=norm, layers=8, hidden=64, heads=4))
    residual = torch.cat([block.attention.output.weight for block in decoder.blocks])
    assert decoder.tokens.weight.std().item() == pytest.approx(0.02, rel=0.05)
    assert residual.std().item() == pytest.approx(0.02 / 4 if norm == "pre" else 0.02, rel=0.05)  # of 16 sums


@each_norm
def test_what_is_read_in_parts_or_padded_on_the_left_gives_the_same_states(norm: Literal["post", "pre"]) -> None:
    decoder = decoder_of(norm)
    ids = torch.randint(0, 50, (1, 9))
    whole = decoder(ids)
    _, cache = decoder.read(ids[:, :4])
    rest, cache = decoder.read(ids[:, 4:], past=cache)
    torch.testing.assert_close(rest, whole[:, 4:], atol=1e-4, rtol=1e-4)
    assert cache[0][0].shape == (1, 3, 9, 8)

    padded = torch.cat([torch.full((1, 3), 7), ids], dim=1)
    mask = torch.tensor([[0] * 3 + [1] * 9])
    torch.testing.assert_close(decoder.read(padded, mask)[0][:, 3:], whole, atol=1e-4, rtol=1e-4)


def test_only_the_tokens_that_are_asked_for_cost() -> None:
    decoder = decoder_of("pre")
    ids, labels = torch.randint(0, 50, (1, 6)), torch.full((1, 6), IGNORED)
    labels[0, 2] = 5
    expected = -decoder.logits(decoder(ids))[0, 2].log_softmax(0)[5]
    torch.testing.assert_close(NextToken(decoder)(ids, labels)["loss"], expected)
