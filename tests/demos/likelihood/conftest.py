"""The likelihood lab as it is committed."""

from __future__ import annotations

import pytest

from hub.bundle import ROOT, Bundle, Bundles
from hub.tasks import likelihood as task


@pytest.fixture(scope="session")
def lab() -> Bundle:
    return Bundles(ROOT / "onnx").get("likelihood-lab", task.TASK)
