"""Is a committed bundle whole and does it still give its golden outputs? No torch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from pydantic import ValidationError
from tokenizers import Tokenizer

from export import golden, publish
from export.runner import Runner, encode
from hub import weights
from hub.card import CARD_FILE, Card, File, logits_name
from hub.decoder import open_decoder
from hub.errors import BundleError
from hub.session import open_session
from hub.text import TOKENIZER_FILE, PromptTokenizer, TextEncoder


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
    outputs = _decoder if card.decoding else _outputs if card.reads_text else _graphs
    return [*_card(folder, card), *_readme(folder, card), *outputs(folder, card)]


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
        spec = declared.get(logits_name(head))
        choice = head in card.questions and card.questions[head].kind == "choice"  # a logit for each answer
        if spec is None or spec.shape[-1] != (1 if choice else len(labels)):
            yield f"{len(labels)} labels of {logits_name(head)}, output {spec.shape if spec else 'not declared'}"
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
    try:
        path = folder / TOKENIZER_FILE
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises the base class
        yield f"tokenizer.json cannot be opened: {error}"
        return
    if not tokenizer.truncation or tokenizer.truncation["max_length"] != card.max_tokens:
        yield f"tokenizer.json truncates with {tokenizer.truncation}, the card says {card.max_tokens} tokens"
    stored = golden.read(folder)
    feeds = golden.part(stored, "inputs")
    encoder = TextEncoder(path, card.max_tokens or 0)
    ids = encode(encoder, [str(text) for text in stored["texts"]], list(feeds))
    for name, values in feeds.items():
        if not np.array_equal(values, ids[name]):
            yield f"tokenizer.json gives other {name} than the golden file"
    for variant in card.variants:
        if variant.omitted:
            continue
        try:
            runner = Runner(folder / variant.file, encoder)
        except BundleError as error:
            yield str(error)
            continue
        if tuple(runner.inputs) != tuple(spec.name for spec in card.inputs):
            yield f"{variant.file} has the inputs {runner.inputs}"
        if tuple(runner.outputs) != variant.outputs:
            yield f"{variant.file} has the outputs {runner.outputs}, the card says {variant.outputs}"
        expected = golden.part(stored, "pytorch" if variant.name == "fp32" else variant.name)
        tolerances = golden.tolerances(stored, variant.name, runner.outputs)
        if set(tolerances) != set(runner.outputs) or not expected:
            yield f"{golden.FILE} has no outputs of {variant.name}"
            continue
        for difference in golden.differences(expected, runner.run(feeds), tolerances, variant.name != "fp32"):
            yield f"{variant.file}: {difference}"
    for part in card.parts:
        try:
            session = open_session(folder / part.file, threads=1)
            inputs, expected = (golden.part(stored, f"part/{part.name}/{side}") for side in ("inputs", "outputs"))
            found = dict(zip(session.outputs, session.run(inputs, session.outputs), strict=True))
        except BundleError as error:
            yield str(error)
            continue
        if set(expected) != {spec.name for spec in part.outputs}:
            yield f"{golden.FILE} has not the outputs of {part.name}"
        for difference in golden.differences(expected, found, golden.FP32_TOLERANCE):
            yield f"{part.file}: {difference}"


def _decoder(folder: Path, card: Card) -> Iterator[str]:
    """What each variant says after the prompts of the golden file."""
    stored = golden.read(folder)
    tokenizer = PromptTokenizer(folder / TOKENIZER_FILE)
    prompts = [str(text) for text in stored["texts"]]
    if [tokenizer.ids(text) for text in prompts] != [stored[f"ids/{n}"].tolist() for n in range(len(prompts))]:
        yield "tokenizer.json gives other ids than the golden file"
        return
    for variant in card.variants:
        if variant.omitted:
            continue
        try:
            decoder = open_decoder(folder, card, variant)
            found = golden.after_prompts(decoder, [tokenizer.ids(text) for text in prompts])
        except BundleError as error:
            yield str(error)
            continue
        expected = golden.part(stored, "pytorch" if variant.name == "fp32" else variant.name)
        tolerance = golden.tolerances(stored, variant.name, ["logits"])
        if set(expected) != set(found) or not tolerance:
            yield f"{golden.FILE} has no outputs of {variant.name}"
            continue
        for difference in golden.differences(expected, found, tolerance["logits"]):
            yield f"{variant.file}: {difference}"


def _graphs(folder: Path, card: Card) -> Iterator[str]:
    """The graphs of a bundle that reads no text, against the golden file."""
    stored = golden.read(folder)
    for variant in card.variants:
        if variant.omitted:
            continue
        try:
            session = open_session(folder / variant.file, threads=1)
        except BundleError as error:
            yield str(error)
            continue
        if session.inputs != card.inputs_of(variant):
            yield f"{variant.file} has the inputs {session.inputs}, the card says {card.inputs_of(variant)}"
            continue
        if session.outputs != variant.outputs:
            yield f"{variant.file} has the outputs {session.outputs}, the card says {variant.outputs}"
            continue
        inputs = golden.part(stored, f"{variant.name}/inputs")
        expected = golden.part(stored, f"{variant.name}/outputs")
        tolerance = stored.get(f"{variant.name}/tolerance")
        if tolerance is None or set(inputs) != set(session.inputs) or set(expected) != set(variant.outputs):
            yield f"{golden.FILE} has not the inputs and outputs of {variant.name}"
            continue
        try:
            found = session.run(session.cast(inputs), variant.outputs)
        except BundleError as error:
            yield str(error)
            continue
        for name, values in zip(variant.outputs, found, strict=True):
            wanted = expected[name]
            if values.shape != wanted.shape:
                yield f"{variant.file}: {name} has the shape {values.shape}, golden is {wanted.shape}"
            elif not (far := golden.distance(wanted, values)) <= float(tolerance):
                yield f"{variant.file}: {name} differs by {far:.2e}, allowed is {float(tolerance):.0e} of its length"
