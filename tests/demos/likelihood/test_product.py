"""Product or sum, without a browser."""

from __future__ import annotations

from typing import Any

import pytest

from hub.bundle import Bundle
from hub.demos.likelihood.product import view
from tests.demos.likelihood.seen import shown


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_product_is_gone_where_the_numbers_end(lab: Bundle, language: Any) -> None:
    facts = shown(view(lab), language, p=0.01, n=500)["facts"]
    assert "23" in facts and "162" in facts
    assert shown(view(lab), language, source="text")["facts"]
