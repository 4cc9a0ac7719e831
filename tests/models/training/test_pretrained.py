"""Weights of others: a file that is not the published one is refused."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from models.training import minilm, pretrained


def test_a_file_that_was_altered_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"weights")
    pretrained.require_sha256(file, hashlib.sha256(b"weights").hexdigest())

    file.write_bytes(b"weight5")
    with pytest.raises(pretrained.PretrainedError, match="is not the file that was published"):
        pretrained.require_sha256(file, hashlib.sha256(b"weights").hexdigest())


@pytest.mark.skipif(minilm.base_path() == minilm.HUB_ID, reason=f"the package {minilm.PACKAGE} is not installed")
def test_the_encoder_of_a_package_is_held_against_its_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "SHA256", "0" * 64)
    with pytest.raises(pretrained.PretrainedError, match="is not the file that was published"):
        minilm.encoder()
