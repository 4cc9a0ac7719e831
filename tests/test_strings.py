"""What is written for readers: the Chinese has full-width punctuation, in the interface and on every card."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.bundle import ROOT
from hub.card import CARD_FILE
from tests import punctuation

FOLDERS = (ROOT / "hub" / "demos", ROOT / "hub" / "ui", ROOT / "export" / "recipes")
SOURCES = sorted(file for folder in FOLDERS for file in folder.rglob("*.py"))
CARDS = sorted((ROOT / "onnx").glob(f"*/{CARD_FILE}"))


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(ROOT)))
def test_chinese_strings_have_full_width_punctuation(file: Path) -> None:
    assert [new for _, _, new in punctuation.found(file)] == []  # python tests/punctuation.py --write mends them


@pytest.mark.parametrize("file", CARDS, ids=lambda file: file.parent.name)
def test_the_chinese_of_a_card_has_full_width_punctuation(file: Path) -> None:
    texts = list(chinese(json.loads(file.read_text(encoding="utf-8"))))
    assert texts and texts == [punctuation.mended(text) for text in texts]


def test_what_is_not_chinese_keeps_its_punctuation() -> None:
    for text in ("word (two): yes", "“好” and “差” are both negated: where does the model land?", "1,5 2,5"):
        assert not punctuation.mostly_chinese(text) or punctuation.mended(text) == text
    assert (
        punctuation.mended("加 TL;DR:,共 1,000 个({count:,} 条)")
        == "加 TL;DR:\uff0c共 1,000 个\uff08{count:,} 条\uff09"
    )


def chinese(content: Any) -> Iterator[str]:
    """Every string under a key "zh"."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from [value] if key == "zh" and isinstance(value, str) else chinese(value)
    elif isinstance(content, list):
        for value in content:
            yield from chinese(value)
