"""Rounds a trained module so that its graph can be stored exactly in a fraction of the bytes.

What is measured and published is the rounded module: its logits are those of the fp32 file, to float32 rounding.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

MIN_VALUES = 4_096  # smaller weights stay as they are: nothing to save
SCALE_BITS = 12  # of a scale's significand, so that code x scale has at most 19 bits and is exact in float32


def round_weights(module: nn.Module) -> None:
    """Embedding tables to 8 bits with one scale per row, other large weights to float16, in place."""
    with torch.no_grad():
        tables = {part.weight for part in module.modules() if isinstance(part, nn.Embedding)}
        for weight in (*module.parameters(), *module.buffers()):
            if weight.dtype == torch.float32 and weight.numel() >= MIN_VALUES:
                weight.copy_(round_rows(weight) if weight in tables else weight.half().float())


def round_rows(table: Tensor) -> Tensor:
    """The nearest values that are a whole number in [-127, 127] times the scale of their row.

    Args:
        table: float32 (rows, columns).
    """
    significand, exponent = torch.frexp(table.abs().amax(dim=1, keepdim=True) / 127)  # (rows, 1)
    scale = torch.ldexp(torch.round(significand * 2**SCALE_BITS) / 2**SCALE_BITS, exponent)
    codes = torch.round(table / torch.where(scale == 0, torch.ones_like(scale), scale)).clamp(-127, 127)
    return codes * scale
