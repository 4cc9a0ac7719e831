"""Tags of words: the field against all sequences, entities where they stand, and the twin without the layers."""

from __future__ import annotations

import hashlib
import json
import shutil
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest

from hub.bundle import Bundles
from hub.errors import BundleError, InputError, UnknownModelError
from hub.tasks import tag as task
from hub.tasks.layered import ARMS, SHAPES, Arm, shape
from models.training import elmo_tasks

TEXTS = ["A warm, funny film.", "Boring.", "Who wrote the novel that the film is based on, and in which year?"]
TAGS = 3


@pytest.fixture(scope="module")
def tagger(made_spellers: Path) -> task.Tagger:
    return task.opened(Bundles(made_spellers), "tagger")


@pytest.fixture
def field() -> task.Field:
    dice = np.random.default_rng(0)
    return task.Field(dice.normal(size=(TAGS, TAGS)), dice.normal(size=TAGS), dice.normal(size=TAGS))


def scores(field: task.Field, emissions: np.ndarray) -> dict[tuple[int, ...], float]:
    """Of every sequence of tags, by the definition."""
    return {
        tags: field.start[tags[0]]
        + sum(emissions[place, one] for place, one in enumerate(tags))
        + sum(field.transitions[before, after] for before, after in pairwise(tags))
        + field.end[tags[-1]]
        for tags in product(range(TAGS), repeat=len(emissions))
    }


@pytest.mark.parametrize("length", [1, 2, 5])
def test_the_field_is_that_of_all_sequences(field: task.Field, length: int) -> None:
    emissions = np.random.default_rng(length).normal(size=(length, TAGS))
    known = scores(field, emissions)
    assert tuple(field.decode(emissions)) == max(known, key=known.__getitem__)
    total = np.logaddexp.reduce(list(known.values()))
    assert field.log_partition(emissions) == pytest.approx(total)
    for place in range(length):
        for tags in product(range(TAGS), repeat=min(2, length - place)):
            inside = [value for one, value in known.items() if one[place : place + len(tags)] == tags]
            share = np.exp(np.logaddexp.reduce(inside) - total)
            assert field.probability(emissions, place, tags) == pytest.approx(share)


@pytest.mark.parametrize("tags", ["S-PER O B-LOC E-LOC", "B-ORG I-ORG I-ORG E-ORG", "I-ORG E-ORG", "B-A B-A E-A", ""])
def test_the_page_reads_tags_as_the_training_does(tags: str) -> None:
    assert set(task.spans(tags.split())) == elmo_tasks.spans(tags.split())


@pytest.mark.parametrize(
    "word", ["house", "House", "NATO", "A", "iPhone", "1996-08-22", "...", "F.C.", "Zürich", "中国"]
)
def test_the_page_sees_how_a_word_is_written_as_the_training_does(word: str) -> None:
    assert shape(word) == elmo_tasks.shape(word) and SHAPES == elmo_tasks.SHAPES


@pytest.mark.parametrize("arm", ARMS)
def test_entities_stand_where_they_say(tagger: task.Tagger, arm: Arm) -> None:
    found = task.tag(tagger, TEXTS, arm=arm)
    assert [one.text for one in found] == TEXTS
    for one in found:
        for entity in one.entities:
            assert one.text[entity.start : entity.end] == entity.text
            assert 0 < entity.probability <= 1 and entity.kind in ("PER", "ORG", "LOC", "MISC")


@pytest.mark.parametrize("arm", ARMS)
def test_a_text_alone_is_tagged_as_among_others(tagger: task.Tagger, arm: Arm) -> None:
    together = task.tag(tagger, TEXTS * 15, arm=arm)
    for number, text in enumerate(TEXTS):
        (alone,) = task.tag(tagger, [text], arm=arm)
        assert [(one.kind, one.start, one.end) for one in alone.entities] == [
            (one.kind, one.start, one.end) for one in together[number].entities
        ]


def test_the_twin_without_sees_no_layer(tagger: task.Tagger) -> None:
    readings = task.contextual.read(tagger.reader.base, TEXTS)
    session = tagger.bundle.session()
    feeds = tagger.reader.feeds_of(readings, session.inputs)
    other = {**feeds, "layers": np.zeros_like(feeds["layers"])}
    for arm, output in task.EMISSIONS.items():
        (one,), (two,) = session.run(feeds, [output]), session.run(other, [output])
        assert np.array_equal(one, two) == (arm == "without")


def test_a_long_text_is_cut_and_says_so(tagger: task.Tagger) -> None:
    (found,) = task.tag(tagger, ["film " * 500])
    assert found.truncated and all(one.end <= 400 * 5 for one in found.entities)


@pytest.mark.parametrize("text", ["", " \n", "\u200b"])
def test_a_text_without_a_word_is_refused(tagger: task.Tagger, text: str) -> None:
    with pytest.raises(InputError):
        task.tag(tagger, [text])


def test_another_language_model_than_the_one_of_the_training_is_refused(made_spellers: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(made_spellers, tmp_path / "onnx")
    card = json.loads((folder / "tagger/card.json").read_text())
    card["layers_of"]["sha256"] = "0" * 64
    (folder / "tagger/card.json").write_text(json.dumps(card))
    bundles = Bundles(folder)
    with pytest.raises(BundleError, match="another one than it was trained on"):
        task.opened(bundles, "tagger")
    assert "tagger" in bundles.problems()


def test_without_its_language_model_a_tagger_says_what_is_missing(made_spellers: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(made_spellers, tmp_path / "onnx")
    shutil.rmtree(folder / "elmo")
    with pytest.raises(UnknownModelError, match="'elmo'"):
        task.opened(Bundles(folder), "tagger")


def test_many_texts_are_tagged_in_parts_and_can_be_left(tagger: task.Tagger) -> None:
    texts, seen = TEXTS * 50, []
    task.tag_checked(tagger, texts, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(64, 150), (128, 150), (150, 150)]


def test_a_file_without_the_fields_disables_the_bundle(made_spellers: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(made_spellers, tmp_path / "onnx")
    np.savez(folder / "tagger" / task.FIELD_FILE, other=np.zeros(3))
    card = json.loads((folder / "tagger/card.json").read_text())
    for entry in card["files"]:
        if entry["file"] == task.FIELD_FILE:
            content = (folder / "tagger" / task.FIELD_FILE).read_bytes()
            entry |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (folder / "tagger/card.json").write_text(json.dumps(card))
    with pytest.raises(BundleError, match="fields of both twins"):
        task.opened(Bundles(folder), "tagger")
