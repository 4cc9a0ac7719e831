"""The door to data: what a name and a split give, and what is said when they are not there."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from pathlib import Path

import pandas as pd
import pytest

from export.recipes import registry
from models.training import corpus


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HUB_DATA", str(tmp_path))
    return tmp_path


def write(folder: Path, name: str, **columns: list) -> None:
    pd.DataFrame(columns).to_parquet(folder / f"{name}.parquet")


def test_a_split_has_its_rows_alone_and_counts_from_zero(folder: Path) -> None:
    write(folder, "toy", text=["a", "b", "c"], label=[0, 1, 1], split=["train", "test", "test"])

    rows = corpus.load("toy", "test")

    assert rows["text"].tolist() == ["b", "c"]
    assert rows.index.tolist() == [0, 1]
    assert corpus.load("toy")["text"].tolist() == ["a", "b", "c"]


def test_phrases_of_sst2_are_spelt_like_its_sentences(folder: Path) -> None:
    phrases = ["a film ( and a book )", "funny and/or sad", "50 / 50"]
    sentences = ["a film -lrb- and a book -rrb-", "funny and\\/or sad", "50 \\/ 50"]
    write(
        folder, "sst2", text=phrases + sentences, label=[1] * 6, split=["train_phrases"] * 3 + ["train"] * 3
    )  # fmt: skip

    assert corpus.load("sst2", "train_phrases")["text"].tolist() == sentences
    assert corpus.load("sst2", "train")["text"].tolist() == sentences


def test_a_phrase_that_is_a_held_out_sentence_is_not_learnt_from(folder: Path) -> None:
    write(folder, "sst1", text=["no .", "a film", "yes"], label=[1, 2, 3], split=["test", "train", "valid"])
    phrases = ["no", "a film", "yes , a film"]
    write(folder, "sst1_phrases", text=phrases, label=[1, 2, 3], split=["train_phrases"] * 3)

    assert corpus.load("sst1_phrases", "train_phrases")["text"].tolist() == phrases[1:]


def test_a_set_of_ten_folds_is_cut_into_three_splits_without_overlap(folder: Path) -> None:
    write(folder, "mr", text=[str(row) for row in range(20)], label=[0, 1] * 10, fold=[row // 2 for row in range(20)])

    parts = {split: set(corpus.load("mr", split)["text"]) for split in ("train", "valid", "test")}

    assert [len(part) for part in parts.values()] == [16, 2, 2]
    assert len(set.union(*parts.values())) == 20


def test_questions_get_a_validation_split_from_their_training_part(folder: Path) -> None:
    write(folder, "trec", text=[str(row) for row in range(25)], label=[0] * 25, split=["train"] * 20 + ["test"] * 5)

    assert corpus.load("trec", "valid")["text"].tolist() == ["9", "19"]
    assert len(corpus.load("trec", "train")) == 18
    assert len(corpus.load("trec", "test")) == 5


def test_a_missing_set_names_the_file_the_setting_and_what_to_do(folder: Path) -> None:
    with pytest.raises(corpus.CorpusError) as caught:
        corpus.load("nowhere", "train")

    for part in (str(folder / "nowhere.parquet"), "HUB_DATA", "docs/data.md"):
        assert part in str(caught.value)


def test_the_default_folder_stands_beside_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUB_DATA", raising=False)

    assert corpus.data_folder() == corpus.ROOT.parent / "shared" / "data"


def test_a_missing_split_lists_those_there_are(folder: Path) -> None:
    write(folder, "toy", text=["a", "b"], split=["train", "test"])
    write(folder, "plain", text=["a"])

    with pytest.raises(corpus.CorpusError, match="it has test, train"):
        corpus.load("toy", "valid")
    with pytest.raises(corpus.CorpusError, match="has no splits"):
        corpus.load("plain", "train")


def test_a_file_that_is_missing_or_another_one_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "poetry_zh", text=["a"], split=["train"])

    found = dict(corpus.verify(["poetry_zh", "rte"]))

    assert found["poetry_zh"].startswith("another file: sha256 ")
    assert found["rte"] == f"missing: {folder / 'rte.parquet'}; without it there is no gpt1-transforms"
    held = corpus.manifest()["rte"]
    write(folder, "rte", text=["a"], split=["train"])
    right = hashlib.sha256((folder / "rte.parquet").read_bytes()).hexdigest()
    monkeypatch.setattr(corpus, "manifest", lambda: {"rte": dataclasses.replace(held, sha256=right)})
    assert dict(corpus.verify(["rte"])) == {"rte": "ok"}


def test_every_data_set_that_the_code_reads_is_described() -> None:
    sources = [path for part in ("models", "export", "bench") for path in (corpus.ROOT / part).rglob("*.py")]
    read = {name for path in sources for name in re.findall(r'corpus\.load\("(\w+)"', path.read_text(encoding="utf-8"))}
    evaluated = {one.dataset for recipe in registry().values() for one in getattr(recipe, "evaluations", ())}
    assert len(read) > 15 and read | evaluated <= set(corpus.manifest())


def test_the_bundles_named_are_those_of_the_registry() -> None:
    needed = {name for one in corpus.manifest().values() for name in one.needed_by}
    assert needed <= set(registry())
    untrained = {"gradient-lab", "likelihood-lab", "smollm2-135m"}
    assert set(registry()) - needed == untrained


def test_the_page_about_the_data_is_what_the_manifest_says() -> None:
    page = (corpus.ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    assert corpus.table() in page, "python -m models.training.corpus --table prints it"
