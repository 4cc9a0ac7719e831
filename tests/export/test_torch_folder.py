"""sentence-transformers gives the vectors of the module from the folder that is written for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer

from export import golden, torch_folder
from export.recipe import Trained
from export.recipes import consert
from hub.text import TextEncoder, feeds
from models.consert import SentenceEncoder


def test_sentence_transformers_gives_the_same_vectors(tmp_path: Path) -> None:
    trained = consert.tiny()
    torch_folder.save(trained, tmp_path)
    texts = [text for language in golden.TEXTS.values() for text in language]
    found = SentenceTransformer(str(tmp_path), device="cpu").encode(texts)
    trained.tokenizer.save(str(tmp_path / "ours.json"))
    rows = TextEncoder(tmp_path / "ours.json", 128).ids(texts)
    given = {name: torch.from_numpy(values) for name, values in feeds(rows, ("input_ids", "attention_mask")).items()}
    with torch.no_grad():
        expected = trained.module(**given)["embedding"].numpy()
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_what_averages_two_layers_is_refused(tmp_path: Path) -> None:
    trained = consert.tiny()
    assert isinstance(trained.module, SentenceEncoder)
    trained.module.layers = 2
    with pytest.raises(TypeError, match="averages its last layer"):
        torch_folder.save(Trained(trained.module, trained.tokenizer), tmp_path)
