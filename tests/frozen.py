"""What every view of every tab shows, frozen: `python -m tests.frozen [TAB …]` writes tests/golden/TAB.json.xz.

For the beginning of each view and for each of its examples, in both languages: all components that a visitor sees, with
labels, choices and values; the link; and what that link opens. Times are masked, and so is whatever differs between two
runs. Numbers are kept beside the text that they stand in, since a model's answer has another last digit, and on another
kind of processor another second one: there only the settings, the links and which parts have content are compared.
"""

from __future__ import annotations

import base64
import hashlib
import json
import lzma
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
from gradio.blocks import Block

from hub.demos import DEMOS
from hub.service import Service
from hub.tasks import classify, embed
from hub.ui.strings import LANGUAGES, LOCALES, Language
from tests.visitor import Visitor, fields

FOLDER = Path(__file__).parent / "golden"
CONTROLS = (gr.Textbox, gr.Dropdown, gr.Radio, gr.CheckboxGroup, gr.Checkbox, gr.Slider, gr.Number, gr.Dataset)
OUTPUTS = (gr.HTML, gr.Plot, gr.Dataframe, gr.Button, gr.Markdown, gr.File)
NUMBER = re.compile(r"(?<![\w#&])[-+−]?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?")
TIME = re.compile(r"\d[\d.,]*\s?(ms|µs|s|秒|毫秒)(?![a-zA-Z])")
LONG, MANY = 6_000, 40  # characters of a text, and numbers in it, that are kept as they are
MASKED = "*"  # differs between two runs
WRITTEN = ("generation/write", "generation/tldr", "generation/few")  # their words depend on the processor
TIMED = ("quality",)  # whose picture is of times
HEAVY = (*WRITTEN, "gradients/train")  # whose examples take seconds: in Chinese the first alone, links of the first two
# Before the examples: shorter answers, which are not compared anyhow.
FIRST = {"generation/write": ("generation-max_new_tokens", 3)}

Record = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """The page as it is now, of the bundles in onnx/."""

    blocks: gr.Blocks
    words: dict[Language, dict[str, str]]

    def visitor(self, language: Language) -> Visitor:
        return Visitor(self.blocks, language, self.words[language])


def page() -> Page:
    """Draw it."""
    from app import page as module  # wherever it stands

    words = module.LAUNCH["i18n"].translations_dict
    return Page(module.build(Service()), {language: words[LOCALES[language][0]] for language in LANGUAGES})


def machine() -> list[float]:
    """Answers of two quantised models: machines that agree in them compute alike."""
    bundles = Service().bundles
    cosine = embed.similarity(bundles.get("consert-en"), "A man plays a guitar.", "Someone makes music.")
    scores = classify.classify(bundles.get("minilm-sst2"), ["A masterpiece? Hardly."])[0].scores
    return [round(float(one), 4) for one in (cosine, *scores.values())]


# --- what is kept of a component --------------------------------------------------------------------------------------


def numbers(text: str) -> tuple[str, list[float]]:
    """A text without its numbers, and the numbers."""
    text = TIME.sub(r"⏱ \1", text)
    found = [float(one.replace(",", "").replace("−", "-")) for one in NUMBER.findall(text) if _is_number(one)]
    return NUMBER.sub("#", text), found


def _is_number(text: str) -> bool:
    return len(text) < 300 and text.replace(",", "").count(".") < 2


def digest(values: Sequence[float]) -> list[float]:
    """Many numbers in a few."""
    if len(values) <= MANY:
        return [_short(one) for one in values]
    table = np.asarray(values, np.float64)
    table = table[np.isfinite(table)]
    if not len(table):
        return [float(len(values))]
    return [
        float(len(values)),
        *map(_short, (table.mean(), table.std(), table.min(), table.max(), table[0], table[-1])),
    ]


def _short(value: float) -> float:
    return float(f"{value:.4g}") if np.isfinite(value) else 0.0


def kept_text(text: str) -> str:
    """A short text as it is, a long one by its beginning and its sum."""
    return text if len(text) <= LONG else f"{text[:160]} … {hashlib.sha1(text.encode()).hexdigest()[:12]}"


def of_text(text: str) -> Record:
    """A text, HTML too."""
    without, found = numbers(text)
    return {"text": kept_text(without), "numbers": digest(found)}


def of_figure(value: Any) -> Record:
    """A figure of plotly's: its words, and the numbers of each of its arrays."""
    words: list[str] = []
    found: list[float] = []
    _walk(json.loads(value["plot"]), words, found)
    return {"text": kept_text("\n".join(words)), "numbers": digest(found) if len(found) <= MANY else found}


def _walk(value: Any, words: list[str], found: list[float]) -> None:
    if isinstance(value, dict):
        if "bdata" in value:
            kind = {"f4": "<f4", "f8": "<f8", "i1": "<i1", "i2": "<i2", "i4": "<i4", "u1": "<u1"}[value["dtype"]]
            array = np.frombuffer(base64.b64decode(value["bdata"]), kind).astype(np.float64)
            found += digest(array.tolist() * (MANY + 1 if len(array) == 1 else 1))
            return
        for name, one in sorted(value.items()):
            if name not in ("template", "uid"):
                words.append(f"{name}:")
                _walk(one, words, found)
    elif isinstance(value, list) and value and all(isinstance(one, (int, float, type(None))) for one in value):
        table = [np.nan if one is None else float(one) for one in value]
        found += digest(table) if len(table) <= 4 else digest([*table, *[np.nan] * max(0, MANY + 1 - len(table))])
    elif isinstance(value, list):
        for one in value:
            _walk(one, words, found)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        found.append(_short(float(value)))
    else:
        text, some = numbers(str(value))
        words.append(text)
        found += digest(some)


def seen(visitor: Visitor, blocks: Iterator[Block], place: str) -> Record:
    """All components of a part of the page that are visible and have a value."""
    record: Record = {}
    unnamed: list[Record] = []
    for block in blocks:
        if not isinstance(block, (*CONTROLS, *OUTPUTS)) or not visitor.shown(block):
            continue
        one = _component(visitor, block, place)
        name = getattr(block, "elem_id", None)
        if name:
            record[name] = one
        elif one.get("text") or isinstance(block, CONTROLS):
            unnamed.append(one)
    return record | {f"unnamed {number}": one for number, one in enumerate(unnamed, 1)}


def _component(visitor: Visitor, block: Block, place: str) -> Record:
    value = visitor.said(visitor.values[block._id])
    props = visitor.said(visitor.props[block._id])
    if isinstance(block, (gr.HTML, gr.Markdown)):
        text = str(value or "")
        if place in WRITTEN or block.elem_id in TIMED:
            return {"text": "…" if text else ""}
        return of_text(text)
    if isinstance(block, gr.Plot):
        if not value:
            return {"text": ""}
        return {"text": "…"} if place in WRITTEN else of_figure(value)
    if isinstance(block, gr.Dataframe):
        rows = (value or {}).get("data", [])
        return of_text(json.dumps([props.get("headers"), rows], ensure_ascii=False))
    if isinstance(block, (gr.Button, gr.File)):
        return {"label": str(props.get("label") or value), "interactive": props.get("interactive")}
    if isinstance(block, gr.Dataset):
        return {"label": props.get("label"), "samples": props.get("samples")}
    if isinstance(value, str) and len(value) > LONG:
        value = kept_text(value)
    record = {"label": props.get("label"), "value": value}
    return record | ({"choices": props["choices"]} if props.get("choices") else {})


# --- what is kept of a view -------------------------------------------------------------------------------------------


def record(page: Page, tab: str) -> Record:
    """Everything of a tab."""
    return {
        language: {view: _view(page, language, tab, view) for view in Visitor(page.blocks).views(tab)}
        for language in LANGUAGES
    }


def _view(page: Page, language: Language, tab: str, view: str) -> Record:
    place = f"{tab}/{view}"
    query = f"v=1&tab={tab}&lang={language}" + (f"&view={view}" if view else "")

    def opened(query: str) -> Visitor:
        return page.visitor(language).open(query, only=tab).look(tab, view)

    def blocks(visitor: Visitor) -> Iterator[Block]:
        views = {block._id for block in visitor.within(f"tab-{tab}") if isinstance(block, gr.Tab)}
        if views:
            inside = {one._id for number in views for one in visitor.within(visitor.blocks.blocks[number])}
            yield from (block for block in visitor.within(f"tab-{tab}") if block._id not in inside)
            yield from visitor.within(visitor.view(tab, view))
        else:
            yield from visitor.within(f"tab-{tab}")

    def state(visitor: Visitor) -> Record:
        return seen(visitor, blocks(visitor), place) | ({"errors": visitor.errors} if visitor.errors else {})

    def settings(visitor: Visitor) -> Record:
        return {
            name: one["value"]
            for name, one in seen(visitor, blocks(visitor), place).items()
            if "value" in one and not name.startswith("unnamed")
        }

    def back(visitor: Visitor, reopen: bool = True) -> Record:
        """The link, and the settings that are others where it is opened."""
        link = {name: value for name, value in fields(visitor.link).items() if name != "path"}
        if not link or not reopen:
            return {"link": link}
        before, after = settings(visitor), settings(opened(f"{visitor.link}&lang={language}"))
        lost = {name: after.get(name) for name in before if before[name] != after.get(name)}
        return {"link": link, "changed": lost}

    visitor = opened(query)
    start = state(visitor)
    beginning = back(visitor)
    if place in FIRST:
        name, value = FIRST[place]
        visitor.put(name, value, "change")
    examples = []
    for dataset in [block for block in blocks(visitor) if isinstance(block, gr.Dataset) and visitor.shown(block)]:
        count = len(visitor.props[dataset._id]["samples"])
        for number in range(1 if place in HEAVY and language == "zh" else count):
            visitor.errors.clear()
            visitor.example(dataset, number)
            after = state(visitor)
            changed = {name: after.get(name) for name in {**start, **after} if start.get(name) != after.get(name)}
            examples.append({"shown": changed, **back(visitor, place not in HEAVY or number < 2)})
    return {"start": start, **beginning, "examples": examples}


# --- comparing --------------------------------------------------------------------------------------------------------


def differences(frozen: Any, now: Any, alike: bool, path: str = "") -> Iterator[str]:
    """Where two records differ. alike: whether both are of machines that compute alike."""
    if frozen == MASKED or now == MASKED:
        return
    if isinstance(frozen, dict) and isinstance(now, dict):
        for name in sorted({*frozen, *now}):
            if name == "numbers":
                if alike and not _near(frozen.get(name, []), now.get(name, [])):
                    yield f"{path}/{name}: {frozen.get(name)} is now {now.get(name)}"
            elif name == "text" and not alike:
                if bool(frozen.get(name)) != bool(now.get(name)):
                    yield f"{path}/{name}: {frozen.get(name)!r} is now {now.get(name)!r}"
            else:
                yield from differences(frozen.get(name), now.get(name), alike, f"{path}/{name}")
    elif isinstance(frozen, list) and isinstance(now, list) and len(frozen) == len(now):
        for number, (one, other) in enumerate(zip(frozen, now, strict=True)):
            yield from differences(one, other, alike, f"{path}/{number}")
    elif frozen != now and not (isinstance(frozen, float) and isinstance(now, (int, float)) and _near([frozen], [now])):
        yield f"{path}: {frozen!r} is now {now!r}"


def whole(views: Record) -> Record:
    """With all that each example shows, not only what differs from the beginning: times may be equal by chance."""
    for of_language in views.values():
        for view in of_language.values():
            for example in view["examples"]:
                example["shown"] = {**view["start"], **example["shown"]}
    return views


def _near(frozen: Sequence[Any], now: Sequence[float]) -> bool:
    if MASKED in (frozen, now) or len(frozen) != len(now):
        return frozen == MASKED
    pairs = [(one, other) for one, other in zip(frozen, now, strict=True) if one != MASKED]
    return bool(np.allclose([one for one, _ in pairs], [other for _, other in pairs], rtol=5e-3, atol=5e-3))


def masked(first: Any, second: Any) -> Any:
    """The first, with a mask where the second is another."""
    if isinstance(first, dict) and isinstance(second, dict):
        return {name: masked(first.get(name), second.get(name)) for name in {**first, **second}}
    if isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        return [masked(one, other) for one, other in zip(first, second, strict=True)]
    return first if first == second else MASKED


def read(tab: str) -> Record:
    """The frozen record. Raises FileNotFoundError."""
    return json.loads(lzma.decompress((FOLDER / f"{tab}.json.xz").read_bytes()))


def write(tab: str, whole: Record) -> None:
    text = json.dumps(whole, ensure_ascii=False, sort_keys=True)
    (FOLDER / f"{tab}.json.xz").write_bytes(lzma.compress(text.encode(), preset=9))


def main(tabs: Sequence[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    for tab in tabs or [demo.slug for demo in DEMOS]:
        first, second = (json.loads(json.dumps(record(page(), tab))) for _ in range(2))
        write(tab, {"machine": machine(), "views": masked(first, second)})
        print(tab, f"{(FOLDER / f'{tab}.json.xz').stat().st_size / 1024:.0f} KB", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
