"""Card, model card and the atomic replacement of onnx/NAME. No torch."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from huggingface_hub import EvalResult, ModelCard, ModelCardData

from hub.card import CARD_FILE, Card, File, License, Variant
from hub.snippet import snippet

ASIDE = ".aside"  # in the folder of the bundles, so that a rename stays on one filesystem
_FILLED: set[Path] = set()  # of this process, now: in a container every run may have the same process id
README = "README.md"
TRAINING_FILE = "training.json"
MAX_FILE_BYTES = 48 * 2**20
MAX_ALL_BYTES = 320 * 2**20  # of all bundles of the repository together

# Task -> its name on the Hugging Face Hub, where it has one there.
PIPELINE_TAGS = {
    "text-classification": "text-classification",
    "sentence-similarity": "sentence-similarity",
    "text-generation": "text-generation",
    "input-transformation": "text-classification",
}

METRIC_TYPES = {
    "macro_f1": "f1",
    "spearman": "spearmanr",
    "spearman_without_stsb_train": "spearmanr",
}  # name of a metric on the Hugging Face Hub

# Names of licences as the Hugging Face Hub lists them; any other is "other" with its name beside.
KNOWN_LICENSES = (
    *("apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "cc0-1.0"),
    *("cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "cc-by-nc-sa-4.0"),
)


# --- atomic replacement -------------------------------------------------------------------------------------------


class OccupiedError(ValueError):
    """A folder that no bundle may take the place of."""


def require_free(bundles: Path, name: str) -> None:
    """A bundle may take the place of nothing, or of a bundle: a folder with a card.json of ours.

    Raises:
        OccupiedError: the folder holds something else, a model that was exported from there for instance.
    """
    target = bundles / name
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    try:
        known = {"name", "task", "variants"} <= set(json.loads((target / CARD_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        known = False
    if not known:
        raise OccupiedError(
            f"{target} is there and is no bundle (it has no {CARD_FILE} of one): "
            "it stays as it is; say another --name, or another folder with --bundles"
        )


@contextlib.contextmanager
def replacing(bundles: Path, name: str) -> Iterator[Path]:
    """A fresh folder that takes the place of bundles/NAME when the block ends well; else it is thrown away.

    At every moment bundles/NAME is the whole old bundle or the whole new one, also after a power cut: the files are
    flushed to the disk, then the two folders change places in one step.

    Raises:
        OccupiedError: bundles/NAME is something else than a bundle.
    """
    require_free(bundles, name)
    sweep(bundles)
    (bundles / ASIDE).mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=f"{name}-", suffix=f"-{os.getpid()}", dir=bundles / ASIDE))
    aside.chmod(0o755)
    _FILLED.add(aside)
    try:
        yield aside
        for path in (*aside.iterdir(), aside):
            _flush(path)
        require_free(bundles, name)
        _exchange(aside, bundles / name)
        _flush(bundles)
    finally:
        _FILLED.discard(aside)
        shutil.rmtree(aside, ignore_errors=True)  # the unfinished bundle, or the old one
        with contextlib.suppress(OSError):
            (bundles / ASIDE).rmdir()


def sweep(bundles: Path) -> None:
    """Remove what interrupted runs left; put an old bundle back where a run died between two renames."""
    for left in sorted((bundles / ASIDE).glob("*-*")):
        name, _, process = left.name.rpartition("-")
        if process == "old":
            if not (bundles / name).exists():
                left.rename(bundles / name)
            else:
                shutil.rmtree(left)
        elif left not in _FILLED and (int(process) == os.getpid() or not _alive(int(process))):
            shutil.rmtree(left)


def _exchange(new: Path, target: Path) -> None:
    """Let two folders change places; where there is no target yet, a plain rename."""
    if not target.exists():
        new.rename(target)
        return
    at_working_folder, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE of linux/fs.h
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename and rename(at_working_folder, os.fsencode(new), at_working_folder, os.fsencode(target), exchange) == 0:
        return
    # Not Linux, or a filesystem without exchange: two renames; sweep() mends a death between them.
    old = new.with_name(f"{target.name}-old")
    target.rename(old)
    new.rename(target)
    shutil.rmtree(old)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


# --- files --------------------------------------------------------------------------------------------------------


def sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def describe(path: Path) -> File:
    """Raises ValueError for a file over MAX_FILE_BYTES."""
    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise ValueError(f"{path.name} has {size / 2**20:.1f} MiB, allowed are {MAX_FILE_BYTES / 2**20:.0f} MiB")
    return entry(path)


def entry(path: Path) -> File:
    """A file of any size: name, bytes, sha256."""
    return File(file=path.name, bytes=path.stat().st_size, sha256=sha256(path))


def write_config(folder: Path, card: Card, config: Mapping[str, object]) -> None:
    """config.json, Hugging Face style: what the recipe says, and the labels where it says nothing of them."""
    content: dict[str, object] = ({"problem_type": "single_label_classification"} if card.labels else {}) | dict(config)
    if card.labels and not isinstance(card.labels, dict):
        content.setdefault("id2label", {str(index): label for index, label in enumerate(card.labels)})
        content.setdefault("label2id", {label: index for index, label in enumerate(card.labels)})
    (folder / "config.json").write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_training(folder: Path, runs: Sequence[Mapping[str, Any]]) -> None:
    """training.json: of each run that made the weights its settings, hashes of its examples, curve and seconds.

    Where nothing was trained here there is no such file.
    """
    if runs:
        text = json.dumps({"runs": list(runs)}, indent=1, ensure_ascii=False) + "\n"
        (folder / TRAINING_FILE).write_text(text, encoding="utf-8")


def finish(folder: Path, card: Card) -> Card:
    """Write README.md, list the other files with their hashes, and write card.json last."""
    named = {CARD_FILE, README, *(entry.file for entry in (*card.variants, *card.parts))}
    others = [describe(path) for path in folder.iterdir() if path.name not in named]
    card = card.model_copy(update={"files": tuple(others)})
    (folder / README).write_text(readme(card), encoding="utf-8")
    files = sorted([*others, describe(folder / README)], key=lambda entry: entry.file)
    card = card.model_copy(update={"files": tuple(files)})
    card.write(folder)
    return card


def refresh(folder: Path) -> Card:
    """Write README.md of a bundle anew, from its card, and list it there; the graphs stay as they are."""
    card = Card.read(folder)
    (folder / README).write_text(readme(card), encoding="utf-8")
    files = [describe(folder / README) if entry.file == README else entry for entry in card.files]
    card = card.model_copy(update={"files": tuple(files)})
    card.write(folder)
    return card


def digest(content: Mapping[str, Any]) -> str:
    """sha256 of a card's JSON without its list of files: README.md carries it, and the list has README.md.

    Of the content and not of a Card, so that a field which a later version adds does not alter the older cards.
    """
    kept = {key: value for key, value in content.items() if key != "files"}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


# --- model card ---------------------------------------------------------------------------------------------------


def readme(card: Card) -> str:
    """README.md: metadata as the Hugging Face Hub reads it, what the bundle is, how to run it."""
    sections = [
        f"# {card.title.en} / {card.title.zh}",
        *((text.en + "\n\n" + text.zh) for text in (card.summary, card.has_read) if text),
        f"{card.paper.authors} ({card.paper.year}): [{card.paper.title}]({card.paper.url}).",
        _departures(card),
        f"## Run it\n\nIn this folder:\n\n```python\n{snippet(card)}```",
        "## Files\n\n" + _variants(card),
        "## Figures\n\nMeasured on the ONNX files.\n\n" + _metrics(card) if card.metrics else "",
        _published(card),
        _repeated(card),
        "## Labels\n\n" + _labels(card) if card.labels else "",
        "## Licences and sources\n\n" + _licenses(card),
        "## Made by\n\n"
        f"`{card.command}`, {card.created}; "
        + ", ".join(f"{name} {version}" for name, version in card.versions.items())
        + f".\nOutputs of the PyTorch module for {'a few texts' if card.reads_text else 'small inputs'} are in "
        "`golden.npz`; "
        f"`python -m export check {card.name}` runs them through onnxruntime.",
        f"<!-- card.json without its list of files: sha256 {digest(card.model_dump(mode='json'))} -->",
    ]
    return f"---\n{_metadata(card).to_yaml()}\n---\n\n" + "\n\n".join(filter(None, sections)) + "\n"


def stored_digest(text: str) -> str:
    """The digest of the card that README.md carries; empty where there is none."""
    found = re.search(r"<!-- card\.json .*: sha256 ([0-9a-f]{64}) -->", text)
    return found.group(1) if found else ""


def _metadata(card: Card) -> ModelCardData:
    weights = next((used.license for used in card.licenses if used.role == "weights"), "")
    slug = re.sub(r"[^a-z0-9.]+", "-", weights.lower()).strip("-")
    known = slug in KNOWN_LICENSES
    bases = [used.source for used in card.licenses if used.role == "base weights"]
    sources = [re.search(r"huggingface\.co/([\w.-]+/[\w.-]+)", source) for source in bases]
    results = [
        EvalResult(
            task_type=card.task,
            dataset_type=row.dataset,
            dataset_name=" ".join(filter(None, (row.dataset, row.head))),
            dataset_split=row.split,
            metric_type=METRIC_TYPES.get(row.metric, row.metric),
            metric_name=f"{row.metric} ({row.variant})",
            metric_value=row.value,
        )
        for row in card.metrics
        if row.split == "test"
    ]
    return ModelCardData(
        language=list(card.languages),
        license=slug if known else "other",
        license_name=None if known else slug or "see-model-card",
        license_link=None if known else README,
        library_name="onnx",
        pipeline_tag=PIPELINE_TAGS.get(card.task, "other"),
        tags=["onnx", "onnxruntime", card.task],
        base_model=[source.group(1) for source in sources if source] or None,
        model_name=card.name,
        eval_results=results or None,
    )


def _table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    lines += ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _departures(card: Card) -> str:
    if not card.departures:
        return "Departures from the paper: none."
    return "Departures from the paper:\n\n" + "\n".join(f"- {departure}" for departure in card.departures)


def _variants(card: Card) -> str:
    text = [
        f"{card.parameters:,} parameters" if card.parameters else "",
        f"at most {card.max_tokens} tokens" if card.reads_text else "",
    ]
    columns = [(name, cell) for name, cell, of_texts in COLUMNS if card.reads_text or not of_texts]
    rows: list[tuple[object, ...]] = [tuple(cell(card, variant) for _, cell in columns) for variant in card.variants]
    facts = "; ".join(filter(None, text))
    lines = f"{facts}.\n\n" * bool(facts) + _table(tuple(name for name, _ in columns), rows)
    for part in card.parts:
        lines += f"\n\n`{part.file}` ({part.bytes / 1e6:.1f} MB): a part of the fp32 model, for what reaches inside."
    for variant in card.variants:
        if variant.omitted and variant.passed:
            lines += (
                f"\n\nThe {variant.name} file is left out for its size; "
                f"`{card.command}` makes it as `.cache/checkpoints/{card.name}/{variant.file}`."
            )
        elif variant.omitted:
            lines += f"\n\nThe {variant.name} file is not published: it did not pass its gate ({variant.gate})."
    return lines


def _difference(card: Card, variant: Variant) -> str:
    if variant.parity.max_relative_difference is not None:
        return f"{variant.parity.max_relative_difference:.1e} of its length"
    return f"{variant.parity.max_abs_difference:.1e}"


def _agreement(variant: Variant) -> str:
    parity = variant.parity
    if parity.mean_kl is not None:
        return (
            f"KL {parity.mean_kl:.1e} nats, first choice the same at {parity.top1_agreement:.1%} of "
            f"{parity.tokens:,} tokens"
        )
    if parity.mean_cosine is not None:
        return f"cosine {parity.mean_cosine:.4f}, lowest {parity.min_cosine:.4f} of {parity.texts} sentences"
    return f"{parity.label_flips} of {parity.texts} labels differ" if parity.texts else ""


def _file(variant: Variant) -> str:
    if variant.omitted:
        return "not in the repository"
    return f"`{variant.file}`" + (f" with its weights in {len(variant.data)} files beside it" if variant.data else "")


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count > 50_000 else f"{count / 1e3:.1f} KB"


# Of the table of variants: head, cell, and whether it is of texts only.
COLUMNS: tuple[tuple[str, Callable[[Card, Variant], str], bool], ...] = (
    ("variant", lambda card, v: f"{v.name} (default)" if v.name == card.default_variant else v.name, False),
    ("file", lambda card, v: _file(v), False),
    ("size", lambda card, v: _size(card.size(v)), False),
    ("max difference to PyTorch", _difference, False),
    ("against PyTorch", lambda card, v: _agreement(v), True),
    ("points lost on valid", lambda card, v: f"{v.quality_drop:+.2f}" if v.quality_drop is not None else "", True),
    ("alone vs in a batch", lambda card, v: f"{v.batch_independence:.0e}", True),
    ("how", lambda card, v: v.method, False),
)


def _metrics(card: Card) -> str:
    rows: list[tuple[object, ...]] = [
        (row.dataset, row.head, row.split, row.metric, row.variant, row.shown) for row in card.metrics
    ]
    return _table(("data set", "head", "split", "metric", "variant", "value"), rows)


def _published(card: Card) -> str:
    rows: list[tuple[object, ...]] = [
        (row.system, row.dataset, row.metric, row.shown, row.source) for row in card.published
    ]
    return (
        "Published figures, for comparison:\n\n" + _table(("system", "data set", "metric", "value", "source"), rows)
        if rows
        else ""
    )


def _repeated(card: Card) -> str:
    rows: list[tuple[object, ...]] = [
        (row.dataset, row.arm, row.shown, row.gain_shown if row.arm != "without" else "") for row in card.repeated
    ]
    if not rows:
        return ""
    (metric,) = {row.metric for row in card.repeated}
    seeds = len(card.repeated[0].values)
    what = (
        f"{metric} × 100 on the test split, means of {seeds} trainings with intervals of 95 %; these files are of one"
    )
    return f"{what}:\n\n" + _table(("data set", "layers of the language model", "mean", "gain"), rows)


def _labels(card: Card) -> str:
    rows: list[tuple[object, ...]] = []
    for head, labels in card.heads.items():
        for index, label in enumerate(labels):
            title = card.label_titles.get(label)
            rows.append((card.scores_of(head), index, label, f"{title.en} / {title.zh}" if title else ""))
    return _table(("output", "index", "label", "shown as"), rows)


def _licenses(card: Card) -> str:
    def row(used: License) -> tuple[object, ...]:
        return used.role, used.name, used.license, used.source

    return _table(("role", "name", "licence", "source"), [row(used) for used in card.licenses])


def require_metadata(text: str) -> None:
    """Hold the front matter of README.md against huggingface_hub's card class. Raises ValueError."""
    data = ModelCard(text).data
    if not isinstance(data, ModelCardData) or not data.license or not data.pipeline_tag:
        raise ValueError("the metadata lack a licence or a pipeline tag")
