"""The sentence encoders as Transformers.js runs them: the same vectors, from the folder as it is."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from hub.bundle import ROOT, Bundle, Bundles
from hub.tasks import embed

FOLDER = Path(__file__).parent / "node"
ENCODERS = Bundles(ROOT / "onnx").of_task(embed.TASK)
TEXTS = {"en": ["A man plays a guitar.", "Dull."], "zh": ["屏幕清晰,物流很快。", "好"]}

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed"),
    pytest.mark.skipif(
        not (FOLDER / "node_modules").is_dir(),
        reason="run `npm install --ignore-scripts --prefix tests/node` to test against Transformers.js",
    ),
]


@pytest.mark.parametrize("bundle", ENCODERS, ids=lambda bundle: bundle.name)
def test_transformers_js_gives_the_same_vectors(bundle: Bundle) -> None:
    texts = TEXTS[bundle.card.languages[0]]
    command = ["node", "embed.mjs", str(bundle.folder.parent), bundle.name, *texts]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found = np.array(json.loads(done.stdout))
    np.testing.assert_allclose((found * embed.embed(bundle, texts)).sum(axis=1), 1.0, atol=1e-3)
