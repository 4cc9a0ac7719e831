"""Find, check and open bundles. A broken one is disabled with its reason; the others go on."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from hub import orders, spelling, weights
from hub.card import CARD_FILE, Card, File, Variant
from hub.errors import BundleError, UnknownModelError
from hub.session import Session, Sessions
from hub.spelling import WordReader
from hub.text import INPUTS, TOKENIZER_FILE, TextEncoder

LAYERED = ("input_ids", "shapes", "lengths", "layers")  # what is read beside the layers of another bundle
ROOT = Path(__file__).resolve().parent.parent
AGAIN = "copy the bundle again"


def default_folder() -> Path:
    """The setting HUB_BUNDLES, else onnx/ beside app.py."""
    return Path(os.environ.get("HUB_BUNDLES") or ROOT / "onnx")


def sha256(path: Path) -> str:
    """Hexadecimal digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


State = tuple[tuple[str, int, int], ...]  # of each file of a folder: its name, size and time of change


def _state(folder: Path) -> State:
    try:
        found = [(path.name, path.stat()) for path in folder.iterdir()]
    except OSError:  # gone, or not to be read
        return ()
    return tuple(sorted((name, stat.st_size, stat.st_ctime_ns) for name, stat in found))


@dataclass
class Bundle:
    """A folder whose card could be read. Files are checked against it when they are first used."""

    folder: Path
    card: Card
    sessions: Sessions
    reason: str = ""  # why it is disabled; empty: it works, as far as is known
    disabled: State = ()  # the state of its files when it was disabled, at a use of it
    _checked: dict[str, tuple[int, int, int]] = field(default_factory=dict)  # file -> its state when it was hashed
    _encoder: TextEncoder | None = None
    _words: WordReader | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def name(self) -> str:
        return self.card.name

    @property
    def files(self) -> list[File]:
        """What the card lists and the bundle ships, the graphs first."""
        graphs = (variant for variant in self.card.variants if not variant.omitted)
        return [*graphs, *self.card.parts, *self.card.files]

    def path(self, file: str) -> Path:
        """A file that the card lists, after its size and hash are checked: once, and again where it has changed.

        Raises:
            UnknownModelError: the card lists no such file.
            BundleError: missing, unreadable, truncated or altered; the bundle is disabled from then on.
        """
        known = {entry.file: entry for entry in self.files}
        if file not in known:
            raise UnknownModelError("file_unknown", name=self.name, file=file[:80], known=", ".join(known))
        with self._lock:
            try:
                problem = _shape_problem(self.folder, known[file]) or self._content_problem(known[file])
            except OSError as error:
                problem = f"{file} cannot be read ({error.strerror or error}): give the hub the right to"
            if problem:
                raise self.disable(problem)
        return self.folder / file

    def _content_problem(self, entry: File) -> str:
        """How a file differs from the one of the card, or nothing. Raises OSError."""
        status = (self.folder / entry.file).stat()
        state = (status.st_ino, status.st_mtime_ns, status.st_size)
        if self._checked.get(entry.file) != state:
            if sha256(self.folder / entry.file) != entry.sha256:
                return f"{entry.file} was altered (its sha256 is not the card's): {AGAIN}"
            self._checked[entry.file] = state
        return ""

    def disable(self, reason: str) -> BundleError:
        """Disable the bundle, for the first reason that comes. Returns the error to raise."""
        self.reason = self.reason or reason
        self.disabled = self.disabled or _state(self.folder)
        return BundleError(f"{self.name} is disabled: {self.reason}")

    def variant(self, name: str = "") -> Variant:
        """A variant that is shipped, "" for the default one. Raises UnknownModelError."""
        name = name or self.card.default_variant
        try:
            entry = self.card.variant(name)
        except KeyError:
            known = ", ".join(entry.name for entry in self.card.variants)
            raise UnknownModelError("variant_unknown", name=self.name, variant=str(name)[:80], known=known) from None
        if entry.omitted:
            raise UnknownModelError("variant_omitted", variant=name, name=self.name, command=self.card.command)
        return entry

    def variant_with(self, output: str) -> str:
        """The first shipped variant whose file has this output. Raises UnknownModelError."""
        for entry in self.card.variants:
            if output in entry.outputs and not entry.omitted:
                return entry.name
        raise UnknownModelError("output_unknown", name=self.name, output=output)

    def session(self, variant: str = "", *, large: bool = False) -> Session:
        """The session of a variant, "" for the default one. Its file is checked before it is opened.

        Raises:
            UnknownModelError: the card does not list the variant, or the bundle does not ship it.
            BundleError: the file is broken, or is not the graph that the card describes; the bundle is disabled.
            ProviderError: in strict mode.
        """
        entry = self.variant(variant)
        try:
            session = self.sessions.get(self.folder / entry.file, large=large, check=lambda: self._open(entry))
        except BundleError as error:
            raise self.disable(str(error)) from error
        missing = [name for name in entry.outputs if name not in session.outputs]
        strange = [name for name in session.inputs if name not in self.card.inputs_of(entry)]
        if missing or strange:
            what = f"has no output {missing[0]!r}" if missing else f"has an unknown input {strange[0]!r}"
            raise self.disable(f"{entry.file} {what}: it is not the graph that the card describes")
        return session

    def part(self, name: str) -> Session:
        """The session of a part of the model. Raises UnknownModelError where it has none, and what session() raises."""
        try:
            entry = self.card.part(name)
        except KeyError:
            raise UnknownModelError("part_unknown", name=self.name, part=name[:80]) from None
        try:
            return self.sessions.get(self.folder / entry.file, large=False, check=lambda: self._open(entry))
        except BundleError as error:
            raise self.disable(str(error)) from error

    def _open(self, entry: File) -> None:
        """Check a graph, and the files beside it that it reads weights from: none that the card does not list."""
        file = self.path(entry.file)
        listed = {known.file for known in self.files}
        try:
            beside = weights.locations(file)
        except ValueError as error:
            raise self.disable(f"{entry.file} is not an ONNX file") from error
        for name in beside:
            if name not in listed:
                raise self.disable(f"{entry.file} has weights in {name[:80]!r}, which {CARD_FILE} does not list")
            self.path(name)

    @property
    def encoder(self) -> TextEncoder:
        """tokenizer.json, read when first used. Raises BundleError, and UnknownModelError where there is none."""
        with self._lock:
            if self._encoder is None:
                if self.card.max_tokens is None:
                    raise UnknownModelError("reads_no_text", name=self.name)
                path = self.path(TOKENIZER_FILE)
                try:
                    self._encoder = TextEncoder(path, self.card.max_tokens)
                except BundleError as error:
                    raise self.disable(str(error)) from error
            return self._encoder

    @property
    def words(self) -> WordReader:
        """The same of a bundle that spells its words. Raises as `encoder` does."""
        with self._lock:
            if self._words is None:
                if self.card.max_tokens is None or self.card.spelling is None:
                    raise UnknownModelError("spells_no_words", name=self.name)
                path = self.path(TOKENIZER_FILE)
                try:
                    self._words = WordReader(path, self.card.max_tokens, self.card.spelling)
                except BundleError as error:
                    raise self.disable(str(error)) from error
            return self._words


def _shape_problem(folder: Path, entry: File) -> str:
    """What is wrong with a file as far as its name and size tell, or nothing."""
    path = folder / entry.file
    if path.is_symlink() and path.resolve().parent != folder.resolve():
        return f"{entry.file} is a link that leads out of the bundle: put the file itself there"
    if not path.is_file():
        return f"{entry.file} is missing: {AGAIN}"
    if not os.access(path, os.R_OK):
        return f"{entry.file} cannot be read: give the hub the right to"
    found = path.stat().st_size
    if found != entry.bytes:
        return f"{entry.file} has {found:,} bytes, the card says {entry.bytes:,}: {AGAIN}"
    return ""


def _card_problem(folder: Path, card: Card) -> str:
    """What makes a card unusable though each field is well-formed, or nothing."""
    if card.name != folder.name:
        return f"{CARD_FILE} says {card.name!r}, the folder is {folder.name!r}"
    shipped = [variant.name for variant in card.variants if not variant.omitted]
    if card.default_variant not in shipped:
        return f"{CARD_FILE}: the default variant {card.default_variant!r} is not shipped, only {shipped}"
    listed = {entry.file for entry in card.files}
    if card.reads_text and TOKENIZER_FILE not in listed:
        return f"{CARD_FILE} does not list {TOKENIZER_FILE}"
    kinds = ((card.spelling, spelling.INPUTS), (card.orders, orders.INPUTS), (card.layers_of, LAYERED))
    inputs = next((names for kind, names in kinds if kind), INPUTS)
    unknown = [spec.name for spec in card.inputs if spec.name not in inputs]
    if card.reads_text and not card.decoding and unknown:
        return f"{CARD_FILE} has an input {unknown[0]!r}, which no text gives: known are {', '.join(inputs)}"
    declared = {spec.name for spec in card.inputs}
    for variant in card.variants:
        strange = next((name for name in variant.inputs if name not in declared), "")
        if strange:
            return f"{CARD_FILE} does not describe the input {strange!r} of {variant.name!r}"
    return ""


class Bundles:
    """All bundles of a folder, by name. Reading them opens the cards only.

    Args:
        folder: the setting HUB_BUNDLES by default.
    """

    def __init__(self, folder: Path | None = None, sessions: Sessions | None = None) -> None:
        self.folder = folder or default_folder()
        self.sessions = sessions or Sessions()
        self._bundles: dict[str, Bundle] = {}
        self.broken: dict[str, str] = {}  # folder name -> why its card cannot be used
        self._seen: dict[str, State] = {}  # of each folder: its files when the card was read
        try:
            found = sorted(self.folder.iterdir())
        except OSError:  # there is none, or it cannot be read: a hub without bundles says so
            found = []
        for path in found:
            if path.is_dir() and not path.name.startswith("."):
                self._add(path)

    def _add(self, path: Path) -> None:
        self._seen[path.name] = _state(path)
        try:
            if (path / CARD_FILE).is_symlink():
                raise OSError("it is a link")
            card = Card.read(path)
        except OSError as error:
            self.broken[path.name] = f"{CARD_FILE} cannot be read: {error.strerror or error}"
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(str(part) for part in first["loc"]) or "the whole file"
            self.broken[path.name] = f"{CARD_FILE} is not a card: {place}: {first['msg']}"
        else:
            problem = _card_problem(path, card)
            if problem:
                self.broken[path.name] = problem
                return
            bundle = Bundle(path, card, self.sessions)
            # Sizes are cheap to check now; hashes are checked when a file is first opened.
            try:
                bundle.reason = next(filter(None, (_shape_problem(path, entry) for entry in bundle.files)), "")
            except OSError as error:
                bundle.reason = f"its files cannot be read ({error.strerror or error}): give the hub the right to"
            self._bundles[card.name] = bundle

    def __iter__(self) -> Iterator[Bundle]:
        return iter(self._bundles.values())

    def __len__(self) -> int:
        return len(self._bundles)

    def of_task(self, task: str) -> list[Bundle]:
        """The bundles of a task that are not disabled, in the order of their names."""
        return [bundle for bundle in self if bundle.card.task == task and not bundle.reason]

    def get(self, name: object, task: str = "") -> Bundle:
        """A bundle by name.

        Raises:
            UnknownModelError: no such bundle, or it is of another task.
            BundleError: it is disabled.
        """
        if isinstance(name, str):
            self._look_again(name)
        if isinstance(name, str) and name in self.broken:
            raise BundleError(f"{name} is disabled: {self.broken[name]}")
        bundle = self._bundles.get(name) if isinstance(name, str) else None
        if bundle is None or (task and bundle.card.task != task):
            known = ", ".join(known.name for known in self if not task or known.card.task == task) or "none"
            raise UnknownModelError("model_unknown", name=str(name)[:80], known=known)
        if bundle.reason:
            raise BundleError(f"{bundle.name} is disabled: {bundle.reason}")
        return bundle

    def _look_again(self, name: str) -> None:
        """A disabled bundle whose files are others now is read anew: its owner may have mended it."""
        bundle = self._bundles.get(name)
        if name not in self.broken and (bundle is None or not bundle.reason):
            return
        path = self.folder / name
        if _state(path) != (bundle.disabled if bundle and bundle.disabled else self._seen.get(name)):
            self.broken.pop(name, None)
            self._bundles.pop(name, None)
            self.sessions.forget(path)
            self._add(path)

    def first(self, task: str) -> Bundle:
        """A bundle of a task that works, for tasks that need no choice. Raises UnknownModelError, BundleError."""
        found = self.of_task(task)
        if found:
            return found[0]
        broken = next((bundle for bundle in self if bundle.card.task == task), None)
        if broken is not None:
            raise BundleError(f"{broken.name} is disabled: {broken.reason}")
        raise UnknownModelError("model_none", task=task)

    def problems(self) -> dict[str, str]:
        """Name -> reason, of all that is disabled."""
        return {**self.broken, **{bundle.name: bundle.reason for bundle in self if bundle.reason}}
