"""Is a committed bundle whole and does it still give its golden outputs? No torch."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from pydantic import ValidationError
from tokenizers import Tokenizer

from export import golden, publish
from export.runner import Runner, Subject, open_variant, reader_of
from hub import weights
from hub.card import CARD_FILE, Card, File
from hub.errors import BundleError
from hub.spelling import WordReader
from hub.text import TOKENIZER_FILE, TextEncoder


def find(bundles: Path) -> list[str]:
    """Names of the bundles in a folder: every folder in it but the hidden ones."""
    if not bundles.is_dir():
        return []
    return sorted(path.name for path in bundles.iterdir() if path.is_dir() and not path.name.startswith("."))


def check(folder: Path) -> list[str]:
    """What is wrong with a bundle, for a reader; empty: nothing.

    Hashes and sizes of all files, the card against README.md and the graphs, the tokenizer and the graphs against
    the golden file.
    """
    if not folder.is_dir():
        return [f"there is no folder {folder}"]
    try:
        card = Card.read(folder)
    except OSError as error:
        return [f"{CARD_FILE} cannot be read: {error}"]
    except ValidationError as error:
        return [f"{CARD_FILE} is not a card: {_first(error)}"]
    wrong = list(_files(folder, card)) or list(_weights(folder, card))
    if wrong:
        return wrong  # what follows would only repeat it
    found = [*_card(folder, card), *_readme(folder, card), *_outputs(folder, card)]
    return list(dict.fromkeys(found))  # what is wrong with the tokenizer is so for every file


def _first(error: ValidationError) -> str:
    where = error.errors()[0]
    return f"{'.'.join(map(str, where['loc'])) or 'content'}: {where['msg']} ({error.error_count()} in all)"


def _files(folder: Path, card: Card) -> Iterator[str]:
    listed: list[File] = [*card.files, *card.parts, *(v for v in card.variants if not v.omitted)]
    for entry in listed:
        path = folder / entry.file
        if not path.is_file():
            yield f"{entry.file} is missing"
        elif path.stat().st_size != entry.bytes:
            yield f"{entry.file} has {path.stat().st_size} bytes, the card says {entry.bytes}"
        elif publish.sha256(path) != entry.sha256:
            yield f"{entry.file} is altered: its sha256 is not the card's"
    names = {entry.file for entry in listed}
    for needed in (*[TOKENIZER_FILE] * card.reads_text, "config.json", golden.FILE, publish.README):
        if needed not in names:
            yield f"{needed} is not listed in the card"
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):  # of git, of a download, of a file browser
            continue
        if path.name not in names | {CARD_FILE}:
            yield f"{path.name} is not listed in the card"


def _weights(folder: Path, card: Card) -> Iterator[str]:
    """Whether the graphs read weights from the files that the card says, and from no others."""
    listed = {entry.file for entry in card.files}
    stated = {v.file: v.data for v in card.variants if not v.omitted} | {part.file: () for part in card.parts}
    for file, data in stated.items():
        try:
            beside = weights.locations(folder / file)
        except ValueError as error:
            yield f"{file} is not an ONNX file: {error}"
            continue
        for name in beside:
            if name not in listed:
                yield f"{file} reads weights from {name!r}, which the card does not list"
        if set(beside) != set(data):
            found, said = ", ".join(beside) or "no file", ", ".join(data) or "none"
            yield f"{file} reads weights from {found}, the card says {said}"


def _card(folder: Path, card: Card) -> Iterator[str]:
    if card.name != folder.name:
        yield f"the card's name is {card.name!r}"
    variants = {variant.name: variant for variant in card.variants}
    default = variants.get(card.default_variant)
    if default is None or default.omitted or not default.passed:
        yield f"the default variant {card.default_variant!r} is not a published one"
    declared = {spec.name: spec for spec in card.outputs}
    for head, labels in card.heads.items():
        spec = declared.get(card.scores_of(head))
        choice = head in card.questions and card.questions[head].kind == "choice"  # a logit for each answer
        if spec is None or spec.shape[-1] != (1 if choice else len(labels)):
            yield f"{len(labels)} labels of {card.scores_of(head)}, output {spec.shape if spec else 'not declared'}"
    for table in card.confusions:
        classes = len(card.heads.get(table.head, ()))
        if len(table.counts) != classes or any(len(row) != classes for row in table.counts):
            yield f"the confusion matrix of {table.dataset} is not {classes} x {classes}"
    for row in card.metrics:
        if not row.possible:
            yield f"{row.metric} on {row.dataset} is {row.value}, which it cannot be"
        if row.variant not in variants or (row.head and row.head not in card.heads):
            yield f"{row.metric} on {row.dataset} is of an unknown variant or head"


def _readme(folder: Path, card: Card) -> Iterator[str]:
    text = (folder / publish.README).read_text(encoding="utf-8")
    content = json.loads((folder / CARD_FILE).read_text(encoding="utf-8"))
    if publish.stored_digest(text) != publish.digest(content):
        yield f"{CARD_FILE} is altered: its digest is not the one in {publish.README}"
    try:
        publish.require_metadata(text)
    except (ValueError, TypeError) as error:
        yield f"{publish.README} has no valid metadata: {error}"
    try:
        json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except ValueError as error:
        yield f"config.json is not JSON: {error}"


def _outputs(folder: Path, card: Card) -> Iterator[str]:
    """The tokenizer and every file against the golden file."""
    try:
        reader = reader_of(folder, card)
    except BundleError as error:
        yield f"tokenizer.json cannot be opened: {error}"
        return
    if isinstance(reader, (TextEncoder, WordReader)):
        truncation = Tokenizer.from_file(str(folder / TOKENIZER_FILE)).truncation
        if not truncation or truncation["max_length"] != card.max_tokens:
            yield f"tokenizer.json truncates with {truncation}, the card says {card.max_tokens} tokens"
    stored = golden.read(folder)
    for variant in card.variants:
        if not variant.omitted:
            try:
                subject = open_variant(folder, card, variant, reader)
                if subject.inputs != card.inputs_of(variant):
                    yield f"{variant.file} has the inputs {subject.inputs}, the card says {card.inputs_of(variant)}"
                if subject.outputs != variant.outputs:
                    yield f"{variant.file} has the outputs {subject.outputs}, the card says {variant.outputs}"
                if reader is not None:
                    yield from _texts(stored, variant.name, subject)
                yield from _block(stored, variant.name, variant.file, subject)
            except BundleError as error:
                yield str(error)
    for piece in card.parts:
        try:
            subject = Runner(folder / piece.file)
            if subject.outputs != tuple(spec.name for spec in piece.outputs):
                yield f"{piece.file} has the outputs {subject.outputs}, the card says others"
            yield from _block(stored, piece.name, piece.file, subject)
        except BundleError as error:
            yield str(error)


def _texts(stored: Mapping[str, np.ndarray], name: str, subject: Subject) -> Iterator[str]:
    """Whether the tokenizer still reads the golden texts as it did."""
    feeds = subject.feeds([str(text) for text in stored["texts"]])
    golden_feeds = golden.part(stored, f"{name}/inputs")
    for key in golden_feeds.keys() | feeds.keys():
        if key not in feeds or key not in golden_feeds or not _same(golden_feeds[key], feeds[key]):
            yield f"tokenizer.json gives other {key} than the golden file"


def _same(expected: np.ndarray, found: np.ndarray) -> bool:
    """Whether a text is read as it was; layers of another bundle may differ in their last digits."""
    if expected.shape != found.shape or not np.issubdtype(expected.dtype, np.floating):
        return np.array_equal(expected, found)
    return bool(np.allclose(found, expected, atol=1e-4 * max(1.0, float(np.abs(expected).max(initial=0.0)))))


def _block(stored: Mapping[str, np.ndarray], name: str, file: str, subject: Subject) -> Iterator[str]:
    """One file on its golden inputs."""
    inputs, expected = (golden.part(stored, f"{name}/{side}") for side in ("inputs", "outputs"))
    bounds = golden.bounds(stored, name)
    if not inputs or not expected or not set(expected) <= set(bounds):
        yield f"{golden.FILE} has not the inputs and outputs of {name}"
        return
    found = subject.run(inputs)
    if missing := [output for output in found if output not in expected]:
        yield f"{golden.FILE} has no {', '.join(missing)} of {name}"
    for difference in golden.differences(expected, found, bounds):
        yield f"{file}: {difference}"
