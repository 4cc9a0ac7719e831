"""Every bundle, broken ones too: where it comes from, how it was checked, how good it is, and its files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import gradio as gr

from hub.bundle import Bundle
from hub.card import CARD_FILE, PERPLEXITY, Card, TensorSpec, Variant, unit_of
from hub.demos.classification.quality import metrics_html
from hub.snippet import snippet
from hub.ui import html, share
from hub.ui.context import Context
from hub.ui.strings import Language, Strings, either, language_of

# --- strings ------------------------------------------------------------------------------------------------------

STRINGS = Strings(
    "models",
    {
        "title": ("Models", "模型"),
        "intro": (
            "**Every model of this hub.** "
            "What it was made of, how good it is beside its paper, and its files to download.",
            "**这里的每个模型。** 用什么做成、与论文相比有多好，文件都可以下载。",
        ),
        "model": ("Model", "模型"),
        "task": ("Task", "任务"),
        "languages": ("Languages", "语言"),
        "paper": ("Paper", "论文"),
        "departures": ("Departures from it", "与论文的差别"),
        "none": ("none", "无"),
        "parameters": ("Parameters", "参数量"),
        "labels": ("Labels", "标签"),
        "max_tokens": ("Longest text", "最长文本"),
        "tokens": ("{count} tokens", "{count} 个词元"),
        "made": ("Made by", "制作命令"),
        "versions": ("Versions", "版本"),
        "status": ("Status", "状态"),
        "works": ("works", "可用"),
        "disabled": ("disabled: {reason}", "已停用：{reason}"),
        "variants": ("Variants, compared with PyTorch", "变体，与 PyTorch 对比"),
        "variant": ("variant", "变体"),
        "size": ("size", "大小"),
        "difference": ("max |difference|", "最大差值"),
        "relative": ("relative difference", "相对差值"),
        "flips": ("labels that differ", "标签不同数"),
        "alone": ("alone / in a batch", "单独与成批之差"),
        "drop": ("points below fp32", "比 fp32 低（百分点）"),
        "cosines": ("cosine to PyTorch: mean / least", "与 PyTorch 的余弦：平均 / 最低"),
        "spearman": ("Spearman ρ × 100, validation", "斯皮尔曼 ρ × 100，验证集"),
        "kl": ("KL to PyTorch, nats", "与 PyTorch 的 KL（奈特）"),
        "perplexity": ("perplexity, validation", "困惑度，验证集"),
        "base": ("Trained from", "训练起点"),
        "parts": ("Parts: the model in pieces, for what reaches inside", "部件：拆开的模型，供深入内部时使用"),
        "part": ("part", "部件"),
        "method": ("how", "做法"),
        "default": ("default", "默认"),
        "omitted": ("not shipped (to save room)", "未随附（节省空间）"),
        "interface": ("Inputs and outputs", "输入与输出"),
        "name": ("name", "名称"),
        "type": ("type", "类型"),
        "shape": ("shape", "形状"),
        "meaning": ("meaning", "含义"),
        "input": ("input", "输入"),
        "output": ("output", "输出"),
        "licences": ("Licences", "许可"),
        "role": ("what for", "用途"),
        "licence": ("licence", "许可"),
        "source": ("source", "来源"),
        "operators": ("Operators", "算子"),
        "files": ("Files", "文件"),
        "file": ("file", "文件"),
        "zip": ("Download the whole bundle (zip)", "下载整个包（zip）"),
        "snippet": ("Run it without this hub", "脱离本站运行"),
        "figures": ("Figures", "指标"),
        "empty": ("There is no model here yet.", "这里还没有模型。"),
        "all": ("All models", "全部模型"),
        "accuracy": ("test set: accuracy in %, or Spearman ρ × 100", "测试集：准确率（%）或斯皮尔曼 ρ × 100"),
    },
)

HEADLINES = {"accuracy": "", "spearman": " ρ"}  # metric of the overview -> how it is marked there
LONG = 12  # rows that a table of a passport shows at once

# --- what is shown ------------------------------------------------------------------------------------------------


def size(count: int) -> str:
    """Bytes for a reader."""
    return f"{count / 1e6:.2f} MB" if count >= 10_000 else f"{count:,} B"


def overview(bundles: list[Bundle], broken: dict[str, str], language: Language) -> str:
    """One row for each bundle, broken ones with their reason."""
    rows: list[list[html.Cell]] = []
    for bundle in bundles:
        card = bundle.card
        default = card.variant(card.default_variant)
        best = [
            row
            for row in card.metrics
            if row.metric in HEADLINES and (row.split, row.variant) == ("test", card.default_variant)
        ]
        shown = "; ".join(
            f"{' '.join(dict.fromkeys(filter(None, (row.dataset, row.head))))}{HEADLINES[row.metric]} {row.shown}"
            for row in best[:4]
        )
        state = (
            STRINGS.say("disabled", language, reason=bundle.reason) if bundle.reason else STRINGS.say("works", language)
        )
        rows.append(
            [
                card.name, either(card.title, language), f"{card.parameters:,}",
                f"{default.name} {size(default.bytes)}", shown, state,
            ]
        )  # fmt: skip
    rows += [
        [name, None, None, None, None, STRINGS.say("disabled", language, reason=reason)]
        for name, reason in broken.items()
    ]
    if not rows:
        return html.empty(STRINGS.say("empty", language))
    keys = ("name", "model", "parameters", "default", "accuracy", "status")
    return html.table([STRINGS.say(key, language) for key in keys], rows, STRINGS.say("all", language), [2])


def passport(bundle: Bundle, language: Language) -> str:
    """Everything that the card says."""
    card, say = bundle.card, lambda key, **values: STRINGS.say(key, language, **values)
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
        f"<dl class=passport>{facts_html}</dl>{variants_html(card, language)}"
        f"{metrics_html(card, language) if card.metrics or card.reads_text else ''}"
        f"{interface_html(card, language)}{parts_html(card, language)}{licences_html(card, language)}"
        f"{operators_html(card, language)}{files_html(bundle, language)}"
    )


def variants_html(card: Card, language: Language) -> str:
    """The files with what was measured on each; a bundle that reads no text has no labels and no neighbours."""
    rows: list[list[html.Cell]] = []
    for entry in card.variants:
        notes = [entry.method]
        if entry.name == card.default_variant:
            notes.insert(0, STRINGS.say("default", language))
        if entry.omitted:
            notes.append(STRINGS.say("omitted", language))
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
        rows.append([entry.name, size(entry.bytes), *measured, " · ".join(filter(None, notes))])
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
        return html.details(f"{title} ({len(rows)})", html.table(headers, rows, numbers=numbers))
    return html.table(headers, rows, title, numbers)


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
    return html.table(headers, rows, STRINGS.say("parts", language), [1])


def licences_html(card: Card, language: Language) -> str:
    if not card.licenses:
        return ""
    rows = [[entry.name, entry.role, entry.license, entry.source] for entry in card.licenses]
    keys = ("name", "role", "licence", "source")
    return html.table([STRINGS.say(key, language) for key in keys], rows, STRINGS.say("licences", language))


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

    entries = [*card_files(bundle.card)]
    rows: list[list[html.Cell]] = [[link(CARD_FILE), None, None]]
    rows += [[link(file), size(count), html.Raw(f"<code>{sha256}</code>")] for file, count, sha256 in entries]
    headers: list[html.Cell] = [STRINGS.say("file", language), STRINGS.say("size", language), "sha256"]
    whole = f"<p><a href='{base}/bundle.zip' download>{STRINGS.say('zip', language)}</a></p>"
    return listed(headers, rows, STRINGS.say("files", language), [1]) + whole


def card_files(card: Card) -> list[tuple[str, int, str]]:
    """(file, bytes, sha256) of everything that the bundle ships."""
    shipped = [entry for entry in card.variants if not entry.omitted]
    return [(entry.file, entry.bytes, entry.sha256) for entry in (*shipped, *card.parts, *card.files)]


# --- the page -----------------------------------------------------------------------------------------------------


def build(context: Context) -> None:
    """Draw the tab and wire its events."""
    bundles = context.service.bundles
    names = [bundle.name for bundle in bundles]
    table = gr.HTML(elem_id="overview")
    model = gr.Dropdown(names, value=names[0] if names else None, label=STRINGS("model"), elem_id="passport-model")
    card = gr.HTML(elem_id="passport")
    code = gr.Code(
        language="python", label=STRINGS("snippet"), interactive=False, visible=bool(names), elem_id="snippet"
    )
    query = gr.Textbox(visible="hidden")

    def show(name: str, request: gr.Request) -> list[Any]:
        found = next((bundle for bundle in bundles if bundle.name == name), None)
        if found is None:
            return ["", gr.Code(visible=False)]
        return [passport(found, language_of(request)), gr.Code(value=snippet(found.card), visible=True)]

    def choose(name: str, request: gr.Request) -> list[Any]:
        return [*show(name, request), share.encode({"tab": "models", "model": name or ""}).query]

    def restore(request: gr.Request) -> list[Any]:
        asked = share.decode(dict(request.query_params)).values.get("model", "")
        name = asked if asked in names else (names[0] if names else "")
        language = language_of(request)
        return [overview(list(bundles), bundles.broken, language), name or None, *show(name, request)]

    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    model.input(choose, model, [card, code, query], **quiet)
    query.change(None, query, None, js=share.PUT_IN_ADDRESS, api_visibility="private")
    context.load(restore, [table, model, card, code])


def api(context: Context) -> None:
    """Register the endpoint /models, which is an MCP tool too."""

    def models() -> list[dict[str, Any]]:
        """The cards of all models that work: name, task, languages, labels, variants, metrics, licences."""
        return [card.model_dump(mode="json") for card in context.service.cards()]

    gr.api(models, api_name="models")
