"""The passport of one model: where it comes from, how it was checked, how good it is, and its files."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from urllib.parse import quote

from hub.bundle import Bundle
from hub.card import CARD_FILE, PERPLEXITY, Card, TensorSpec, Variant, unit_of
from hub.demos.classification.quality import metrics_html
from hub.demos.models.headline import card_files, headline_of, size, total
from hub.demos.models.places import Places
from hub.demos.models.strings import STRINGS
from hub.ui import html
from hub.ui.strings import Language, either

LONG = 12  # rows that a table of a passport shows at once


def passport(places: Places, bundle: Bundle, language: Language) -> str:
    """Everything that the card says."""
    card, say = bundle.card, partial(STRINGS.say, language=language)
    paper = f"{card.paper.authors} ({card.paper.year}): "
    link = html.Raw(
        f"{html.text_of(paper)}<a href='{html.text_of(card.paper.url)}' target=_blank rel='noopener noreferrer'>"
        f"{html.text_of(card.paper.title)}</a>"
        if card.paper.url.startswith("https://")
        else html.text_of(paper + card.paper.title)
    )
    departures = "".join(f"<li>{html.text_of(line)}</li>" for line in card.departures)
    labels = "; ".join(f"{head + ': ' if head else ''}{', '.join(names)}" for head, names in card.heads.items())
    facts: list[tuple[str, html.Cell]] = [
        ("status", say("disabled", reason=bundle.reason) if bundle.reason else say("works")),
        ("task", card.task),
        ("languages", ", ".join(card.languages)),
        ("paper", link),
        ("departures", html.Raw(f"<ul>{departures}</ul>") if departures else say("none")),
        ("parameters", f"{card.parameters:,}" if card.parameters else say("none")),
        *([("labels", labels)] if labels else []),
        *([("base", card.base)] if card.base else []),
        *([("max_tokens", say("tokens", count=card.max_tokens))] if card.reads_text else []),
        ("versions", ", ".join(f"{name} {version}" for name, version in card.versions.items())),
        ("made", html.Raw(f"<code>{html.text_of(card.command)}</code> {html.text_of(card.created)}")),
    ]
    facts_html = "".join(f"<dt>{say(key)}</dt><dd>{html.text_of(value)}</dd>" for key, value in facts)
    return (
        f"<h3 class=part>{html.text_of(either(card.title, language))}</h3>{html.note(either(card.summary, language))}"
        f"{head_html(places, bundle, language)}<dl class=passport>{facts_html}</dl>{variants_html(card, language)}"
        f"{metrics_html(card, language) if card.metrics or card.reads_text else ''}"
        f"{interface_html(card, language)}{parts_html(card, language)}{licences_html(card, language)}"
        f"{operators_html(card, language)}{files_html(bundle, language)}"
    )


def head_html(places: Places, bundle: Bundle, language: Language) -> str:
    """The headline figure, the size, and where to try the model."""
    card, found = bundle.card, headline_of(bundle.card, language)
    cards = [score(found.what, found.value, found.where)] if found else []
    if card.parameters:
        cards.append(score(STRINGS.say("parameters", language), f"{card.parameters / 1e6:,.1f} M", ""))
    default = card.variant(card.default_variant)
    cards.append(
        score(STRINGS.say("download_size", language), size(total(card)), f"{default.name} {size(card.size(default))}")
    )
    link = "" if bundle.reason else places.link(card, language, "try_tab")
    return f"<div class=scores>{''.join(cards)}</div>" + (f"<p>{link}</p>" if link else "")


def score(title: str, value: str, note: str) -> str:
    """A figure under its title, and a line of small letters."""
    return (
        f"<div class=score><span>{html.text_of(title)}</span><b>{html.text_of(value)}</b>"
        f"{f'<small>{html.text_of(note)}</small>' if note else ''}</div>"
    )


def variants_html(card: Card, language: Language) -> str:
    """The files with what was measured on each; a bundle that reads no text has no labels and no neighbours."""
    rows: list[list[html.Cell]] = []
    for entry in card.variants:
        notes = [entry.method]
        if entry.name == card.default_variant:
            notes.insert(0, STRINGS.say("default", language))
        if entry.omitted:
            notes.append(STRINGS.say("make", language, command=card.command))
        relative = entry.parity.max_relative_difference
        measured: list[html.Cell] = [
            f"{entry.parity.max_abs_difference:.1e}" if relative is None else f"{relative:.1e}"
        ]
        if card.reads_text and card.heads:
            measured.append(f"{entry.parity.label_flips:,} / {entry.parity.texts:,}")
        elif card.decoding:
            kl = entry.parity.mean_kl
            measured.append(None if kl is None else f"{kl:.1e}")
            measured.append(None if entry.quality is None else unit_of(PERPLEXITY).shown(entry.quality))
        elif card.reads_text:
            measured += [cosines(entry), None if entry.quality is None else unit_of("spearman").shown(entry.quality)]
        if card.reads_text:
            measured += [
                f"{entry.batch_independence:.1e}",
                *([] if card.decoding else [None if entry.quality_drop is None else f"{entry.quality_drop:+.2f}"]),
            ]
        rows.append([entry.name, size(card.size(entry)), *measured, " · ".join(filter(None, notes))])
    keys: tuple[str, ...] = ("relative",)
    if card.decoding:
        keys = ("difference", "kl", "perplexity", "alone")
    elif card.reads_text:
        keys = ("difference", *(("flips",) if card.heads else ("cosines", "spearman")), "alone", "drop")
    headers: list[html.Cell] = [STRINGS.say(key, language) for key in ("variant", "size", *keys, "method")]
    return listed(headers, rows, STRINGS.say("variants", language), range(1, 2 + len(keys)))


def cosines(entry: Variant) -> str | None:
    """How near the vectors of a variant are to PyTorch's."""
    mean, least = entry.parity.mean_cosine, entry.parity.min_cosine
    return None if mean is None or least is None else f"{mean:.5f} / {least:.5f}"


def listed(headers: list[html.Cell], rows: list[list[html.Cell]], title: str, numbers: Iterable[int] = ()) -> str:
    """A table under its title; a long one is folded until asked for."""
    if len(rows) > LONG:
        return html.details(f"{title} ({len(rows)})", html.table(headers, rows, numbers=numbers, stacked=True))
    return html.table(headers, rows, title, numbers, stacked=True)


def interface_html(card: Card, language: Language) -> str:
    rows: list[list[html.Cell]] = [
        [STRINGS.say(kind, language), spec.name, spec.dtype, " × ".join(map(str, spec.shape)), spec.meaning]
        for kind, specs in (("input", card.inputs), ("output", card.outputs))
        for spec in specs
    ]
    headers = [STRINGS.say(key, language) for key in ("name", "type", "shape", "meaning")]
    return listed([html.Raw(""), *headers], rows, STRINGS.say("interface", language))


def parts_html(card: Card, language: Language) -> str:
    """The graphs that the model is cut into."""
    if not card.parts:
        return ""

    def shapes(specs: Iterable[TensorSpec]) -> str:
        return "; ".join(f"{spec.name} {spec.dtype} {' × '.join(map(str, spec.shape))}" for spec in specs)

    rows: list[list[html.Cell]] = [
        [part.name, size(part.bytes), shapes(part.inputs), shapes(part.outputs)] for part in card.parts
    ]
    headers: list[html.Cell] = [STRINGS.say(key, language) for key in ("part", "size", "input", "output")]
    return html.table(headers, rows, STRINGS.say("parts", language), [1], stacked=True)


def licences_html(card: Card, language: Language) -> str:
    if not card.licenses:
        return ""
    rows = [[entry.name, entry.role, entry.license, entry.source] for entry in card.licenses]
    keys = ("name", "role", "licence", "source")
    headers = [STRINGS.say(key, language) for key in keys]
    return html.table(headers, rows, STRINGS.say("licences", language), stacked=True)


def operators_html(card: Card, language: Language) -> str:
    rows: list[list[html.Cell]] = [
        [
            entry.name,
            ", ".join(f"{name} {count}" for name, count in sorted(entry.operators.items(), key=lambda item: -item[1])),
        ]
        for entry in card.variants
        if entry.operators
    ]
    if not rows:
        return ""
    title = STRINGS.say("operators", language)
    return listed([STRINGS.say("variant", language), title], rows, title)


def files_html(bundle: Bundle, language: Language) -> str:
    """Links to the routes under /v1, with the hash of each file."""
    base = f"v1/models/{quote(bundle.name)}"

    def link(file: str) -> html.Raw:
        return html.Raw(f"<a href='{base}/files/{quote(file)}' download>{html.text_of(file)}</a>")

    rows: list[list[html.Cell]] = [[link(CARD_FILE), None, None]]
    rows += [
        [link(file), size(count), html.Raw(f"<code>{sha256}</code>")] for file, count, sha256 in card_files(bundle.card)
    ]
    headers: list[html.Cell] = [STRINGS.say("file", language), STRINGS.say("size", language), "sha256"]
    whole = f"<p><a href='{base}/bundle.zip' download>{STRINGS.say('zip', language)}</a></p>"
    return listed(headers, rows, STRINGS.say("files", language), [1]) + whole
