"""Heads that copy, put into a fresh decoder: what an hour of training is too short to form.

Paper: Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits" (induction heads; Olsson et al. 2022,
arXiv 2209.11895). A head of layer 0 looks at the token before and writes it beside the token itself; two heads of
layer 1 look for places whose token before is the token at hand, and write what stands there.

Departures: the paper finds such heads in trained models; here they are the start, and training is free to change them.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from models.gpt import Decoder, SelfAttention


def start_copying(decoder: Decoder, *, sharp: tuple[float, float], carried: float, copied: float) -> None:
    """Give a fresh decoder heads that copy, in place.

    The embedding is laid out in quarters: the token in two, then the token before, then its position as sines.

    Args:
        sharp: how large the query and the key of the first head are.
        carried, copied: how strongly it and the others write. What fits depends on where the layers normalise.
    """
    width = decoder.config.hidden // 4  # of a quarter, and of a head
    before, place = slice(2 * width, 3 * width), slice(3 * width, 4 * width)
    one = torch.eye(width)
    frequencies = (torch.arange(width // 2) + 0.5) / (width // 2) * math.pi  # evenly: distances are told apart sharply
    frequencies = frequencies[torch.randperm(width // 2, generator=torch.Generator().manual_seed(0))]
    angles = torch.arange(decoder.config.context)[:, None] * frequencies
    cosines, sines = frequencies.cos().diag(), frequencies.sin().diag()
    turned = torch.cat([torch.cat([cosines, -sines], 1), torch.cat([sines, cosines], 1)])  # a position by -1
    with torch.no_grad():
        decoder.tokens.weight[:, 2 * width :] *= 0.1
        decoder.positions.weight *= 0.1
        decoder.positions.weight[:, place] = 0.04 * torch.cat([angles.cos(), angles.sin()], 1)
        previous, induction = (decoder.blocks[layer].attention for layer in (0, 1))
        query, key = (place, sharp[0] * turned), (place, sharp[1] * one)
        _set_head(previous, 0, query, key, (slice(0, width), one), (before, carried * one))
        for head in range(2):
            part = slice(head * width, (head + 1) * width)
            asked, offered = (slice(0, width), 3 * one), (before, one)
            _set_head(induction, head, asked, offered, (part, one), (part, copied * one))


def _set_head(attention: SelfAttention, head: int, *parts: tuple[slice, Tensor]) -> None:
    """Query, key and value read these parts of the embedding through these matrices, the output writes one."""
    hidden, width = len(attention.output.weight), len(parts[0][1])
    rows = slice(head * width, (head + 1) * width)
    for weights, (part, matrix) in zip(attention.qkv.weight.split(hidden), parts[:3], strict=True):
        weights[rows] = 0
        weights[rows, part] = matrix.T
    attention.output.weight[:, rows] = 0
    attention.output.weight[parts[3][0], rows] = parts[3][1].T
