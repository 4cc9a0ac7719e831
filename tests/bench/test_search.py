"""What the bench of search counts."""

from __future__ import annotations

import pandas as pd

from bench import search


def test_a_pair_counts_for_both_traps_and_a_tie_is_half() -> None:
    rows = [("q a", "a q", 2, "match"), ("q a", "b", 1, "synonym"), ("q a", "c", 0, "other")]
    found = search.traps(pd.DataFrame(rows, columns=["query", "title", "grade", "trap"]))
    assert "| match | 2 | 100 % |" in found and "| synonym | 2 | 75 % |" in found
    assert "| other | 2 | 75 % |" in found and "| all | 3 | 83 % |" in found
