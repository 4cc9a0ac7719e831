"""BERT's masked language model: what is asked of the tokens, and the loss of it.

Paper: Devlin, Chang, Lee, Toutanova 2019, "BERT: Pre-training of Deep Bidirectional Transformers for Language
Understanding", arXiv 1810.04805, section 3.1. The layers are transformers' BertForMaskedLM.

Departures: no next-sentence prediction (Liu et al. 2019, arXiv 1907.11692, section 4.2: it does not help); 20 % of the
tokens are asked for instead of 15 %, others each time that a text is seen.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import BertForMaskedLM

MASKED = 0.2  # of the tokens are asked for: 80 % of them are [MASK], 10 % another token, 10 % themselves
IGNORED = -100  # the label of a token that is not asked for


def masked(input_ids: Tensor, vocabulary: int, special: int, mask_id: int) -> tuple[Tensor, Tensor]:
    """Ask for some of the tokens.

    Args:
        input_ids: int64 (B, T).
        special: ids below this ([CLS] and its like) are never asked for and never drawn.

    Returns:
        The ids that are read and the labels, int64 (B, T) both; a label is the token, or IGNORED.
    """
    asked = (torch.rand(input_ids.shape) < MASKED) & (input_ids >= special)
    labels = torch.where(asked, input_ids, IGNORED)
    how = torch.rand(input_ids.shape)
    read = torch.where(asked & (how < 0.8), mask_id, input_ids)
    other = torch.randint(special, vocabulary, input_ids.shape)
    return torch.where(asked & (how >= 0.9), other, read), labels


class MaskedLanguageModel(BertForMaskedLM):
    """BertForMaskedLM with logits for the asked tokens alone: a fifth of the cost of the output layer."""

    def forward(self, input_ids: Tensor, labels: Tensor) -> dict[str, Tensor]:  # type: ignore[override]
        """input_ids, labels: int64 (batch, tokens); IGNORED where nothing is asked. Returns the mean loss."""
        hidden = self.bert(input_ids=input_ids).last_hidden_state  # (B, T, H)
        asked = labels != IGNORED
        logits = self.cls(hidden[asked])  # (asked, vocabulary)
        return {"loss": cross_entropy(logits.float(), labels[asked])}
