"""ROUGE-1, ROUGE-2 and ROUGE-L (Lin 2004): how much of a reference a summary has, as F1 of shared words.

As the package rouge-score computes it without stemming, which the tests compare with; Chinese characters are words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

KINDS = ("rouge1", "rouge2", "rougeL")
_WORDS = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]")


def words(text: str) -> list[str]:
    """Lower-case runs of Latin letters and digits; each Chinese character by itself."""
    return _WORDS.findall(text.lower())


def rouge(summary: str, reference: str) -> dict[str, float]:
    """Each of KINDS, a fraction of 1."""
    ours, theirs = words(summary), words(reference)
    return {
        "rouge1": _shared(ours, theirs, 1),
        "rouge2": _shared(ours, theirs, 2),
        "rougeL": _f1(_common(ours, theirs), len(ours), len(theirs)),
    }


def best(summary: str, references: Sequence[str]) -> dict[str, float]:
    """Of several references, at least one, that with the largest ROUGE-L: as SciTLDR is scored."""
    return max((rouge(summary, reference) for reference in references), key=lambda scores: scores["rougeL"])


def _shared(ours: Sequence[str], theirs: Sequence[str], size: int) -> float:
    counts = [
        Counter(tuple(tokens[place : place + size]) for place in range(len(tokens) - size + 1))
        for tokens in (ours, theirs)
    ]
    return _f1((counts[0] & counts[1]).total(), counts[0].total(), counts[1].total())


def _f1(shared: int, ours: int, theirs: int) -> float:
    return 2 * shared / (ours + theirs) if shared else 0.0


def _common(ours: Sequence[str], theirs: Sequence[str]) -> int:
    """The length of the longest common subsequence."""
    row = [0] * (len(theirs) + 1)
    for word in ours:
        before = 0  # of the row above, one to the left
        for place, other in enumerate(theirs, 1):
            above = row[place]
            row[place] = before + 1 if word == other else max(above, row[place - 1])
            before = above
    return row[-1]
