"""The heads that copy, before any training."""

from __future__ import annotations

from types import ModuleType

import pytest
import torch

from models.copying import start_copying
from models.gpt import Decoder
from models.training import gpt, gpt1


@pytest.mark.parametrize("plan", [gpt, gpt1], ids=["GPT-2", "GPT-1"])
def test_a_fresh_decoder_with_such_heads_repeats_what_it_has_read(plan: ModuleType) -> None:
    torch.manual_seed(0)
    decoder = Decoder(plan.configuration(1000)).eval()
    once = torch.randint(0, 1000, (4, 24), generator=torch.Generator().manual_seed(1))
    ids = torch.cat([once, once], dim=1)

    def copied() -> float:
        """Share of the tokens of the second half that are the most probable ones."""
        with torch.no_grad():
            return float((decoder.logits(decoder(ids))[:, 24:-1].argmax(-1) == ids[:, 25:]).float().mean())

    assert copied() < 0.1
    start_copying(decoder, **plan.COPYING)
    assert copied() > 0.4
