"""Text classification: several models side by side, why they say so, many texts at once, and how good they are."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import gradio as gr
import numpy as np

from hub import limits
from hub.bundle import Bundle
from hub.card import Card
from hub.errors import BundleError, HubError, InputError, TooLargeError
from hub.tasks import classify as task
from hub.tasks.classify import TASK
from hub.ui import figures, files, html, share
from hub.ui.context import Context, readable
from hub.ui.strings import Language, Strings, either, label_title, language_of

# --- strings ------------------------------------------------------------------------------------------------------

STRINGS = Strings(
    "classification",
    {
        "title": ("Text classification", "文本分类"),
        "one": ("One text", "一条文本"),
        "many": ("Many texts", "多条文本"),
        "figures": ("How good are they?", "效果如何？"),
        "text": ("Text", "文本"),
        "text_hint": ("Type or paste a text, or choose an example", "输入或粘贴文本，也可以点选下面的例子"),
        "language": ("Language of the text", "文本语言"),
        "language_info": (
            "Suggested from the script; choose another if it is wrong.",
            "按文字自动判断；若有误可手动更改。",
        ),
        "models": ("Models", "模型"),
        "model": ("Model", "模型"),
        "head": ("Task of multi-task models", "多任务模型的任务"),
        "variant": ("Precision", "精度"),
        "variant_default": ("each model's default", "各模型的默认值"),
        "run": ("Classify", "分类"),
        "race": ("Race all models", "全部模型比速度"),
        "share": ("Copy link", "复制链接"),
        "copied": ("Link copied.", "链接已复制。"),
        "examples": ("Examples: click one", "例子：点一下试试"),
        "why": ("Why?", "为什么？"),
        "why_model": ("Explain the model", "解释哪个模型"),
        "target": ("for the label", "针对哪个标签"),
        "tokens": ("{count} tokens", "{count} 个词元"),
        "truncated": ("cut to {count} tokens", "已截断为 {count} 个词元"),
        "more": ("{count} more labels", "另有 {count} 个标签"),
        "agree": ("All {count} models say “{label}”.", "{count} 个模型都判断为“{label}”。"),
        "disagree": ("The models disagree: {votes}.", "模型意见不一：{votes}。"),
        "disabled": ("This model is disabled: {reason}", "该模型已停用：{reason}"),
        "fell_back": ("asked for {asked}", "原本要求 {asked}"),
        "race_title": (
            "Fastest first. Median of {repeats} runs of the one text, after a warm-up; tokenising included.",
            "从快到慢。同一条文本运行 {repeats} 次取中位数（已预热），含分词时间。",
        ),
        "no_result": ("Choose at least one model and press Classify.", "请至少选择一个模型，然后点“分类”。"),
        "empty": ("The text is empty: type at least one word.", "文本是空的：请至少输入一个词。"),
        "long": (
            "The text has {found:,} characters; at most {allowed:,} are allowed: shorten it.",
            "文本有 {found:,} 个字符，最多允许 {allowed:,} 个：请缩短。",
        ),
        "limits": (
            f"At most {limits.MAX_TEXT_CHARS:,} characters; {limits.MAX_MODELS_AT_ONCE} models at once.",
            f"最多 {limits.MAX_TEXT_CHARS:,} 个字符，同时最多 {limits.MAX_MODELS_AT_ONCE} 个模型。",
        ),
        "batch_limits": (
            f"At most {limits.MAX_BATCH_TEXTS:,} texts, and {limits.MAX_UPLOAD_BYTES // 1000:,} KB a file (CSV or TXT; "
            "UTF-8, GB 18030 or UTF-16). The file is deleted after it is read.",
            f"最多 {limits.MAX_BATCH_TEXTS:,} 条文本，文件不超过 {limits.MAX_UPLOAD_BYTES // 1000:,} KB(CSV 或 TXT；"
            "UTF-8、GB 18030 或 UTF-16）。文件读完即删除。",
        ),
        "too_many_models": (
            "{found} models; at most {allowed} at once.",
            "选了 {found} 个模型，一次最多 {allowed} 个。",
        ),
        "no_models": ("Choose at least one model.", "请至少选择一个模型。"),
        "saliency": ("What each token is worth", "每个词元的作用"),
        "saliency_note": (
            "Each token is left out once; the colour shows how the probability of “{label}” ({probability:.1%}) depends on "  # noqa: E501
            "it. The strongest is worth {strongest:+.1f} points.",
            "依次去掉每个词元，颜色表示它对“{label}”的概率（{probability:.1%}）的影响；影响最大的一个为 {strongest:+.1f} 个百分点。",  # noqa: E501
        ),
        "for": ("speaks for it", "支持"),
        "against": ("speaks against it", "反对"),
        "token": ("token", "词元"),
        "points": ("points", "百分点"),
        "values": ("Exact values", "精确数值"),
        "pooling": ("The n-grams that won", "胜出的 n 元词组"),
        "pooling_note": (
            "Exact, not estimated: the graph keeps for each feature the one place where it is largest. The rows add up to "  # noqa: E501
            "the logit; the largest error is {error:.1e} (variant {variant}).",
            "这是精确分解，不是估计：每个特征只取全文中最大的一处。各行之和就是 logit，最大误差 {error:.1e}（变体 {variant}）。",  # noqa: E501
        ),
        "ngram": ("n-gram", "词组"),
        "won": ("features won", "胜出特征数"),
        "others": ("{count} other n-grams", "其余 {count} 个词组"),
        "padding": ("won by no word", "没有词胜出"),
        "bias": ("bias", "偏置"),
        "sum": ("sum", "合计"),
        "logit": ("logit of the graph", "图输出的 logit"),
        "course": ("How the answer changes word by word", "答案随词变化的过程"),
        "course_note": (
            "What the classifier says of the state after each token (variant {variant}).",
            "读完每个词元后，分类器对当时状态的判断（变体 {variant}）。",
        ),
        "lines": ("One text a line", "每行一条文本"),
        "upload": ("or a CSV / TXT file", "或上传 CSV / TXT 文件"),
        "run_many": ("Classify all", "全部分类"),
        "download": ("Download CSV", "下载 CSV"),
        "classified": (
            "{count:,} texts in {seconds:.2f} s: {votes}.",
            "{count:,} 条文本，用时 {seconds:.2f} 秒：{votes}。",
        ),
        "progress": ("Classifying", "正在分类"),
        "no_texts": ("There is no text: type some lines or choose a file.", "还没有文本：请输入几行或选择文件。"),
        "label": ("label", "标签"),
        "probability": ("probability", "概率"),
        "bundle": ("variant", "变体"),
        "metrics": (
            "Measured on the ONNX files, the paper's figures beside them",
            "在 ONNX 文件上实测，与论文数字并列",
        ),
        "dataset": ("data set", "数据集"),
        "split": ("split", "划分"),
        "metric": ("metric", "指标"),
        "ours": ("ours", "本项目"),
        "published": ("published", "论文"),
        "source": ("source", "出处"),
        "no_metrics": ("The card has no figures.", "卡片里没有指标。"),
        "confusion": ("Confusion matrix: {dataset}, {split}, {variant}", "混淆矩阵：{dataset}，{split}，{variant}"),
        "true": ("true", "真实"),
        "predicted": ("predicted", "预测"),
        "notice": ("Notice: {note}", "看点：{note}"),
        "version": (
            "The link is of another version ({version}) and was not used.",
            "链接的版本（{version}）无法识别，已忽略。",
        ),
        "dropped": ("Not found, and left out: {names}.", "链接里的这些内容不存在，已忽略：{names}。"),
        "shortened": (
            "The text is too long for a link; the link holds its beginning.",
            "文本过长，链接里只保留了开头部分。",
        ),
        "internal": ("Something failed here; the reason is in the log.", "这里出错了，原因已写入日志。"),
    },
)


@dataclass(frozen=True)
class Example:
    """A text to click. expects: labels of the models that it is for."""

    text: str
    language: Language
    expects: frozenset[str]
    note: tuple[str, str]


OPINION = frozenset({"positive"})
QUESTION = frozenset({"LOC", "HUM"})
HEADLINE = frozenset({"sports", "finance"})

EXAMPLES = (
    Example("A warm, funny and beautifully acted film.", "en", OPINION, (
        "three words of praise; see in Why how much each is worth.",
        "三个褒义词；在“为什么”里看各自的分量。")),
    Example("It is not a good film, and not even a funny one.", "en", OPINION, (
        "negation. A model that only counts words sees “good” and “funny”; which models fall for it?",
        "否定句。只数词的模型会看到 good 和 funny；哪些模型会上当？")),
    Example("Oh great, another two hours of my life that I will never get back.", "en", OPINION, (
        "sarcasm: the words praise, the sentence does not. A failure for most models.",
        "反讽：字面在夸，意思在骂。大多数模型会判错。")),
    Example("The first half is dull, but the ending is a wonder.", "en", OPINION, (
        "the word “but” turns it: follow the recurrent model word by word.",
        "转折在 but：看循环网络逐词的变化。")),
    Example("The film runs for ninety minutes and was shot in Ohio.", "en", OPINION, (
        "no opinion at all, yet the model must choose: low certainty would be honest.",
        "没有任何评价，但模型必须二选一：不太确定才算诚实。")),
    Example("Where is the longest bridge in the world?", "en", QUESTION, (
        "a question: “where” alone decides.", "问句：单凭 where 就能决定。")),
    Example("What city hosted the games the year my grandmother was born?", "en", QUESTION, (
        "“what” could ask for anything; the noun after it decides.", "what 什么都能问，关键是后面的名词。")),
    Example("质量很好，物流也快，下次还会再来。", "zh", OPINION, (
        "plain praise; each character is one token.", "直接的好评；每个字是一个词元。")),
    Example("说不上好，也谈不上差，就是没什么想再买的感觉。", "zh", OPINION, (
        "“好” and “差” are both negated: where does the model land?", "“好”和“差”都被否定了：模型会判成什么？")),
    Example("真是太“好用”了，用了一天就坏了。", "zh", OPINION, (
        "sarcasm in quotation marks: the last clause tells the truth.", "引号里的反话：最后半句才是真话。")),
    Example("房间小是小了点，但是干净，老板人也热情。", "zh", OPINION, (
        "a complaint, then “但是”: what comes after it counts.", "先抱怨后“但是”：重点在后面。")),
    Example("主队加时赛逆转取胜，晋级决赛", "zh", HEADLINE, (
        "a sports headline; “加时赛” and “决赛” decide.", "体育标题，“加时赛”“决赛”是关键。")),
    Example("球星退役后开公司，首轮融资过亿", "zh", HEADLINE, (
        "sports or finance? The answer may change word by word.", "体育还是财经？逐词看答案怎么变。")),
    Example("这款游戏的股票今天涨停", "zh", HEADLINE, (
        "two sections in one headline: look at the second bar too.", "一条标题两个栏目：也看看第二高的条。")),
)  # fmt: skip

# --- what is shown: text in, figures out ------------------------------------------------------------------------------

SHOWN_LABELS = 5
SHOWN_NGRAMS = 12
RACE_REPEATS = 7


@dataclass(frozen=True)
class Run:
    """One model on one text; failure: why it could not run."""

    card: Card
    head: str
    prediction: task.Prediction | None
    latency_ms: float = 0.0
    variant: str = ""
    provider: str = ""
    asked: str = ""  # the provider that was asked for, where another runs
    failure: str = ""


def script_of(text: str) -> Language:
    """The language that the script suggests: a Chinese character weighs as much as a word of three letters."""
    han = sum("\u3400" <= mark <= "\u9fff" or "\U00020000" <= mark <= "\U0003134f" for mark in text)
    latin = sum(mark.isascii() and mark.isalpha() for mark in text)
    return "zh" if han * 3 > latin else "en"


def checked(text: str | None, language: Language) -> str:
    """The text. Raises InputError, with a message in the language, for what can be told without a model."""
    if not text or not text.strip():
        raise InputError(STRINGS.say("empty", language))
    if len(text) > limits.MAX_TEXT_CHARS:
        raise TooLargeError(STRINGS.say("long", language, found=len(text), allowed=limits.MAX_TEXT_CHARS))
    return text


def head_for(card: Card, head: str) -> str:
    """The head if the card has it, else the first one."""
    return head if head in card.heads else next(iter(card.heads))


def variant_for(card: Card, variant: str) -> str:
    """The variant if the bundle ships it, else the default one."""
    shipped = {entry.name for entry in card.variants if not entry.omitted}
    return variant if variant in shipped else card.default_variant


def fitting(cards: Sequence[Card], language: Language, expects: frozenset[str], kept: int = 3) -> list[str]:
    """Models of a language that know one of the labels: one of each kind of explanation first."""
    able = [
        card
        for card in cards
        if language in card.languages and (not expects or any(expects & set(labels) for labels in card.heads.values()))
    ]
    able.sort(key=lambda card: (len(card.heads) > 1, card.name))
    kinds: dict[str, Card] = {}
    for card in able:
        kinds.setdefault(card.explanation.kind if card.explanation else "", card)
    first = sorted(kinds.values(), key=lambda card: card.explanation is None)
    return [card.name for card in (*first, *(card for card in able if card not in first))][:kept]


def run_model(bundle: Bundle, text: str, head: str, variant: str, language: Language, repeats: int = 1) -> Run:
    """Classify one text; the time is the median of the repeats, without loading. Raises InputError."""
    card = bundle.card
    head, variant = head_for(card, head), variant_for(card, variant)
    try:
        session = bundle.session(variant)
        if repeats > 1:
            task.classify(bundle, [text], head=head, variant=variant)
        bundle.encoder  # noqa: B018  loads it: the time below is of an answer, not of a start
        times = []
        for _ in range(repeats):
            start = time.perf_counter()
            prediction = task.classify(bundle, [text], head=head, variant=variant)[0]
            times.append(1000 * (time.perf_counter() - start))
    except BundleError as error:
        return Run(card, head, None, failure=STRINGS.say("disabled", language, reason=error))
    asked = session.asked[0].removesuffix("ExecutionProvider") if session.fell_back else ""
    return Run(card, head, prediction, statistics.median(times), variant, session.provider, asked)


def card_html(run: Run, language: Language) -> str:
    """One model's answer as labelled bars."""
    title = f"<h4>{html.text_of(either(run.card.title, language))}{_head_note(run.head)}</h4>"
    if run.prediction is None:
        return f"<article class='card broken'>{title}{html.note(run.failure, 'warn')}</article>"
    scores = run.prediction.scores
    order = sorted(scores, key=lambda label: -scores[label]) if len(scores) > 2 else list(scores)
    bars = "".join(
        html.bar(
            label_title(run.card, label, language), scores[label], f"{scores[label]:.1%}", label == run.prediction.label
        )
        for label in order[:SHOWN_LABELS]
    )
    more = STRINGS.say("more", language, count=len(order) - SHOWN_LABELS) if len(order) > SHOWN_LABELS else ""
    tokens = STRINGS.say("truncated" if run.prediction.truncated else "tokens", language, count=run.prediction.tokens)
    provider = f"{run.provider} ({STRINGS.say('fell_back', language, asked=run.asked)})" if run.asked else run.provider
    facts = html.text_of(" · ".join((f"{run.latency_ms:.2f} ms", run.variant, provider, tokens)))
    best = label_title(run.card, run.prediction.label, language)
    verdict = f"{html.text_of(best)}<small>{scores[run.prediction.label]:.1%}</small>"
    return (
        f"<article class=card>{title}<div class=verdict>{verdict}</div>{bars}{html.note(more)}"
        f"<p class=facts>{facts}</p></article>"
    )


def _head_note(head: str) -> str:
    return f" <small>· {html.text_of(head)}</small>" if head else ""


def compared(runs: Sequence[Run], language: Language) -> str:
    """All answers side by side, and whether models of the same labels agree."""
    if not runs:
        return html.empty(STRINGS.say("no_result", language))
    groups: dict[tuple[str, ...], list[Run]] = {}
    for run in runs:
        if run.prediction:
            groups.setdefault(tuple(sorted(run.prediction.scores)), []).append(run)
    lines = []
    for group in groups.values():
        if len(group) > 1:
            votes = Counter(label_title(run.card, run.prediction.label, language) for run in group if run.prediction)
            if len(votes) == 1:
                lines.append(html.note(STRINGS.say("agree", language, count=len(group), label=next(iter(votes)))))
            else:
                lines.append(html.note(STRINGS.say("disagree", language, votes=tally(votes)), "warn"))
    return f"{''.join(lines)}<div class=cards>{''.join(card_html(run, language) for run in runs)}</div>"


def tally(votes: Counter[str]) -> str:
    """Counts, the largest first."""
    return ", ".join(f"{label} {count:,}" for label, count in votes.most_common())


def raced(runs: Sequence[Run], language: Language) -> str:
    """Times of all models as bars, fastest first."""
    done = sorted((run for run in runs if run.prediction), key=lambda run: run.latency_ms)
    slowest = max((run.latency_ms for run in done), default=1.0) or 1.0
    bars = "".join(
        html.bar(
            either(run.card.title, language) + (f" · {run.head}" if run.head else ""),
            run.latency_ms / slowest,
            f"{run.latency_ms:.2f} ms · {run.variant} · {label_title(run.card, run.prediction.label, language)} "
            f"{run.prediction.scores[run.prediction.label]:.0%}",
            number == 0,
        )
        for number, run in enumerate(done)
        if run.prediction
    )
    broken = "".join(html.note(f"{run.card.name}: {run.failure}", "warn") for run in runs if run.failure)
    return f"<div class=race>{html.note(STRINGS.say('race_title', language, repeats=RACE_REPEATS))}{bars}{broken}</div>"


def saliency_html(found: task.Saliency, text: str, label: str, title: str, language: Language) -> str:
    """Occlusion as coloured text, with its values in a table."""
    column = found.labels.index(label)
    deltas = found.deltas[:, column]
    strongest = float(deltas[np.abs(deltas).argmax()]) if len(deltas) else 0.0
    scale = max(abs(strongest), 0.05)  # a text where nothing matters stays pale
    marks = [(span.start, span.end, float(delta) / scale) for span, delta in zip(found.spans, deltas, strict=True)]
    titles = [f"{span.text} {100 * delta:+.1f}" for span, delta in zip(found.spans, deltas, strict=True)]
    note = STRINGS.say(
        "saliency_note", language, label=title, probability=found.probabilities[column], strongest=100 * strongest
    )
    legend = "".join(f"<span><i class={side}></i>{STRINGS.say(side, language)}</span>" for side in ("for", "against"))
    order = np.argsort(-np.abs(deltas), kind="stable")
    rows = [(found.spans[index].text, signed(100 * deltas[index], 1)) for index in order]
    headers = (STRINGS.say("token", language), STRINGS.say("points", language))
    return (
        f"<h3 class=part>{STRINGS.say('saliency', language)}</h3>{html.note(note)}{html.highlighted(text, marks, titles)}"  # noqa: E501
        f"<div class=legend>{legend}</div>"
        + html.details(STRINGS.say("values", language), html.table(headers, rows, numbers=[1]))
    )


def signed(value: float, digits: int = 3) -> html.Raw:
    """A number with its sign, coloured by it."""
    shown = f"{value:+.{digits}f}"
    if not shown.strip("+-0."):
        return html.Raw(shown[1:])
    return html.Raw(f"<span class={'positive' if value > 0 else 'negative'}>{shown}</span>")


def pooling_html(found: task.PoolingEvidence, card: Card, label: str, language: Language) -> str:
    """The winning n-grams and what each adds to the logits; the rows sum to the graph's own logits."""
    others = [name for name in found.labels if name != label]
    runner = sorted(others, key=lambda name: -found.logits[found.labels.index(name)])[:2]
    columns = [found.labels.index(name) for name in (label, *runner)]

    def row(name: str, features: int | None, values: np.ndarray) -> list[html.Cell]:
        return [name, features, *(signed(float(values[column])) for column in columns)]

    shown, rest = found.evidence[:SHOWN_NGRAMS], found.evidence[SHOWN_NGRAMS:]
    rows = [row(item.text, item.features, item.contributions) for item in shown]
    if rest:
        title = STRINGS.say("others", language, count=len(rest))
        total = np.sum([item.contributions for item in rest], axis=0)
        rows.append(row(title, sum(item.features for item in rest), total))
    everything = np.sum([item.contributions for item in found.evidence], axis=0) if found.evidence else 0.0
    rows.append(row(STRINGS.say("padding", language), None, found.padding))
    rows.append(row(STRINGS.say("bias", language), None, found.bias))
    rows.append(row(STRINGS.say("sum", language), None, everything + found.padding + found.bias))
    rows.append(row(STRINGS.say("logit", language), None, found.logits))
    headers = [
        STRINGS.say("ngram", language),
        STRINGS.say("won", language),
        *(label_title(card, found.labels[column], language) for column in columns),
    ]
    note = STRINGS.say("pooling_note", language, error=found.completeness_error, variant=found.variant)
    numbers = range(1, len(headers))
    return f"<h3 class=part>{STRINGS.say('pooling', language)}</h3>{html.note(note)}{html.table(headers, rows, '', numbers)}"  # noqa: E501


def course_html(found: task.CourseEvidence, card: Card, language: Language) -> tuple[str, str]:
    """The heading of the figure, and its values as a table."""
    headers = [STRINGS.say("token", language), *(label_title(card, label, language) for label in found.labels)]
    rows = [
        [span.text, *(f"{value:.1%}" for value in values)]
        for span, values in zip(found.spans, found.probabilities, strict=True)
    ]
    note = html.note(STRINGS.say("course_note", language, variant=found.variant))
    table = html.details(STRINGS.say("values", language), html.table(headers, rows, numbers=range(1, len(headers))))
    return f"<h3 class=part>{STRINGS.say('course', language)}</h3>{note}", table


@dataclass(frozen=True)
class Why:
    """What the panel shows; figure: of a recurrent model."""

    above: str
    figure: Any
    below: str


def explained(bundle: Bundle, text: str, head: str, variant: str, label: str, language: Language) -> Why:
    """Everything that can be said about one answer: occlusion for every model, more where the card says so."""
    card = bundle.card
    head = head_for(card, head)
    labels = card.heads[head]
    figure, above, below = None, "", ""
    try:
        found = task.saliency(bundle, text, head=head, variant=variant_for(card, variant))
        label = label if label in labels else labels[int(found.probabilities.argmax())]
        above = saliency_html(found, text, label, label_title(card, label, language), language)
        if card.explanation and card.explanation.kind == "pooling":
            above += pooling_html(task.pooling_evidence(bundle, text, head=head), card, label, language)
        elif card.explanation and card.explanation.kind == "course":
            course = task.course(bundle, text, head=head)
            heading, below = course_html(course, card, language)
            above += heading
            titles = [label_title(card, name, language) for name in labels]
            figure = figures.course([span.text for span in course.spans], titles, course.probabilities)
    except HubError as error:
        above += html.note(str(error), "warn")
    return Why(above, figure, below)


def metrics_html(card: Card, language: Language) -> str:
    """Our figures, measured on the ONNX files, and the published ones beside them."""
    if not card.metrics:
        return html.empty(STRINGS.say("no_metrics", language))
    rows: list[list[html.Cell]] = []
    for metric in card.metrics:
        beside = [
            entry
            for entry in card.published
            if entry.metric == metric.metric and entry.dataset in (metric.dataset, metric.head)
        ]
        shown = beside if metric.split == "test" else []
        rows.append(
            [
                " · ".join(filter(None, (metric.dataset, metric.head))),
                metric.split,
                metric.metric,
                metric.variant,
                f"{100 * metric.value:.2f}",
                html.Raw(
                    "<br>".join(f"{100 * entry.value:.1f} {html.text_of(entry.system)}" for entry in shown) or "–"
                ),
                ", ".join(dict.fromkeys(entry.source for entry in shown)),
            ]
        )
    keys = ("dataset", "split", "metric", "bundle", "ours", "published", "source")
    return html.table([STRINGS.say(key, language) for key in keys], rows, STRINGS.say("metrics", language), [4])


def classify_lines(
    bundle: Bundle, texts: list[str], head: str, variant: str, language: Language, progress: task.Progress | None
) -> tuple[str, list[list[object]], str]:
    """Many texts: a summary, the rows of the table, and the CSV file. Raises InputError, BundleError."""
    card = bundle.card
    head = head_for(card, head)
    start = time.perf_counter()
    found = task.classify(bundle, texts, head=head, variant=variant_for(card, variant), progress=progress)
    seconds = time.perf_counter() - start
    votes = Counter(label_title(card, prediction.label, language) for prediction in found)
    summary = html.note(
        STRINGS.say("classified", language, count=len(found), seconds=seconds, votes=tally(votes)), "notice"
    )
    rows: list[list[object]] = [
        [text, label_title(card, prediction.label, language), round(prediction.scores[prediction.label], 4)]
        for text, prediction in zip(texts, found, strict=True)
    ]
    labels = card.heads[head]
    full = (
        [text, prediction.label, *(f"{prediction.scores[label]:.6f}" for label in labels)]
        for text, prediction in zip(texts, found, strict=True)
    )
    return summary, rows, files.to_csv(["text", "label", *labels], full)


# --- the page ---------------------------------------------------------------------------------------------------------


def build(context: Context) -> None:
    """Draw the tab and wire its events."""
    bundles = context.service.bundles
    cards = [bundle.card for bundle in bundles.of_task(TASK)]
    spoken = [language for language in ("en", "zh") if any(language in card.languages for card in cards)]
    heads = list(dict.fromkeys(head for card in cards for head in card.heads if head))
    variants = list(dict.fromkeys(entry.name for card in cards for entry in card.variants if not entry.omitted))
    s = STRINGS
    private: dict[str, Any] = {"api_visibility": "private"}

    def choices(language: Language, of: str = "") -> list[tuple[str, str]]:
        return [(either(card.title, language), card.name) for card in cards if not of or of in card.languages]

    def multi(names: Sequence[str]) -> bool:
        return any(len(card.heads) > 1 for card in cards if card.name in names)

    first: Language = "en" if "en" in spoken else "zh"
    start_models = fitting(cards, first, OPINION) or fitting(cards, first, frozenset())

    with gr.Tabs() as views:
        with gr.Tab(s("one"), id="one") as one_tab:
            with gr.Row():
                with gr.Column(scale=5, min_width=280):
                    text = gr.Textbox(
                        label=s("text"), placeholder=s("text_hint"), lines=3, max_lines=10, elem_id="text"
                    )
                with gr.Column(scale=4, min_width=280):
                    language = gr.Radio(
                        [("English", "en"), ("中文", "zh")],
                        value=first, label=s("language"), visible=len(spoken) > 1, elem_id="language",
                    )  # fmt: skip
                    models = gr.Dropdown(
                        choices("en", first), value=start_models, multiselect=True, label=s("models"), elem_id="models"
                    )
            with gr.Row():
                run_button = gr.Button(s("run"), variant="primary", elem_id="run", min_width=120)
                race_button = gr.Button(s("race"), elem_id="race", min_width=120)
                share_button = gr.Button(s("share"), elem_id="share", min_width=120)
            samples = {}
            for name in spoken:
                samples[name] = gr.Dataset(
                    components=[gr.Textbox(visible=False)],
                    samples=[[example.text] for example in EXAMPLES if example.language == name],
                    label=s("examples"), type="index", visible=name == first, elem_id=f"examples-{name}",
                )  # fmt: skip
            with gr.Row():
                head = gr.Dropdown(
                    heads,
                    value=heads[0] if heads else None,
                    label=s("head"),
                    visible=multi(start_models),
                    elem_id="head",
                )
                variant = gr.Dropdown(
                    [(s("variant_default"), ""), *((name, name) for name in variants)],
                    value="",
                    label=s("variant"),
                    elem_id="variant",
                )
            notice = gr.HTML(elem_id="notice")
            results = gr.HTML(elem_id="results")
            with gr.Row():
                why_model = gr.Dropdown([], label=s("why_model"), elem_id="why-model")
                target = gr.Dropdown([], label=s("target"), elem_id="target")
            why_above = gr.HTML(elem_id="why")
            why_figure = gr.Plot(show_label=False, visible=False, elem_id="why-figure")
            why_below = gr.HTML()
        with gr.Tab(s("many"), id="many") as many_tab:
            with gr.Row():
                lines = gr.Textbox(label=s("lines"), lines=6, max_lines=12, elem_id="lines", scale=3, min_width=280)
                upload = gr.File(
                    label=s("upload"), file_types=[".csv", ".txt"], elem_id="upload", height=150, scale=2, min_width=240
                )
            with gr.Row():
                many_model = gr.Dropdown(
                    choices("en"),
                    value=start_models[0] if start_models else None,
                    label=s("model"),
                    elem_id="many-model",
                )
                many_head = gr.Dropdown(
                    heads, value=heads[0] if heads else None, label=s("head"), visible=multi(start_models[:1])
                )
            with gr.Row():
                many_button = gr.Button(s("run_many"), variant="primary", elem_id="run-many")
                download = gr.Button(s("download"), interactive=False, elem_id="download")
            many_summary = gr.HTML(elem_id="many-summary")
            many_table = gr.Dataframe(
                headers=["text", "label", "probability"],
                visible=False,
                wrap=True,
                interactive=False,
                elem_id="many-table",
            )
            many_csv = gr.Textbox(visible="hidden", elem_id="many-csv")
            many_limits = gr.HTML()
        with gr.Tab(s("figures"), id="figures") as figures_tab:
            figure_model = gr.Dropdown(
                choices("en"), value=start_models[0] if start_models else None, label=s("model"), elem_id="figure-model"
            )
            figure_table = gr.HTML()
            figure_head = gr.Dropdown([], label=s("head"), visible=False)
            figure_plot = gr.Plot(show_label=False, visible=False)
            figure_values = gr.HTML()
    query = gr.Textbox(visible="hidden", elem_id="query")
    gr.HTML(f"<span id=copied>✓ {s('copied')}</span>")

    def state(request: gr.Request, **values: object) -> tuple[str, str]:
        """The query of what is seen, and a notice where the text did not fit."""
        link = share.encode({"tab": "classification", **{key: str(value or "") for key, value in values.items()}})
        return link.query, STRINGS.say("shortened", language_of(request)) if link.shortened else ""

    def answer(
        text: str,
        names: Sequence[str],
        head: str,
        variant: str,
        why: str,
        label: str,
        note: str,
        request: gr.Request,
        race: bool = False,
    ) -> list[Any]:
        """Results, why, and the address; for one page, in the order of `shown`."""
        spoke = language_of(request)
        text = checked(text, spoke)
        names = list(names or [])
        if not names:
            raise InputError(STRINGS.say("no_models", spoke))
        if len(names) > limits.MAX_MODELS_AT_ONCE:
            raise TooLargeError(
                STRINGS.say("too_many_models", spoke, found=len(names), allowed=limits.MAX_MODELS_AT_ONCE)
            )
        chosen = []
        runs = []
        for name in names:
            try:
                chosen.append(bundles.get(name, TASK))
            except BundleError as error:
                card = next(card for card in cards if card.name == name)
                runs.append(Run(card, "", None, failure=STRINGS.say("disabled", spoke, reason=error)))
        ran = [run_model(bundle, text, head, variant, spoke, RACE_REPEATS if race else 1) for bundle in chosen]
        runs = [*ran, *runs]
        working = [run.card.name for run in ran if run.prediction]
        why = why if why in working else (working[0] if working else "")
        link, shortened = state(
            request, text=text, models=",".join(names), head=head, variant=variant, why=why, label=label, lang=""
        )
        shown_html = raced(runs, spoke) if race else compared(runs, spoke)
        titles = [(either(run.card.title, spoke), run.card.name) for run in runs if run.prediction]
        message = note + html.note(shortened, "warn")
        why_part = (
            reason(text, why, head, variant, label, spoke)
            if why
            else [gr.Dropdown(choices=[], value=None), "", gr.Plot(value=None, visible=False), ""]
        )
        return [shown_html, message, gr.Dropdown(choices=titles, value=why or None), *why_part, link]

    def reason(text: str, why: str, head: str, variant: str, label: str, spoke: Language) -> list[Any]:
        bundle = bundles.get(why, TASK)
        known = head_for(bundle.card, head)
        labels = bundle.card.heads[known]
        if label not in labels:
            label = task.classify(bundle, [text], head=known, variant=variant_for(bundle.card, variant))[0].label
        found = explained(bundle, text, known, variant, label, spoke)
        return [
            gr.Dropdown(choices=[(label_title(bundle.card, name, spoke), name) for name in labels], value=label),
            found.above,
            gr.Plot(value=found.figure, visible=found.figure is not None),
            found.below,
        ]

    shown = [results, notice, why_model, target, why_above, why_figure, why_below, query]

    def run(text: str, names: list[str], head: str, variant: str, why: str, request: gr.Request) -> list[Any]:
        try:
            return answer(text, names, head, variant, why, "", "", request)
        except HubError as error:
            raise readable(error) from None

    def race(text: str, language: str, head: str, variant: str, why: str, request: gr.Request) -> list[Any]:
        try:
            names = [card.name for card in cards if language in card.languages][: limits.MAX_MODELS_AT_ONCE]
            return answer(text, names, head, variant, why, "", "", request, race=True)
        except HubError as error:
            raise readable(error) from None

    def explain(
        text: str, names: list[str], why: str, label: str, head: str, variant: str, request: gr.Request
    ) -> list[Any]:
        spoke = language_of(request)
        try:
            part = reason(checked(text, spoke), why, head, variant, label, spoke)
        except HubError as error:
            raise readable(error) from None
        kept = (
            label if label in {name for labels in bundles.get(why, TASK).card.heads.values() for name in labels} else ""
        )
        return [
            *part,
            state(request, text=text, models=",".join(names or []), head=head, variant=variant, why=why, label=kept)[0],
        ]

    def of_language(chosen: Language, request: gr.Request) -> list[Any]:
        names = fitting(cards, chosen, OPINION) or fitting(cards, chosen, frozenset())
        return [
            gr.Dropdown(choices=choices(language_of(request), chosen), value=names),
            gr.Dropdown(visible=multi(names)),
            *(gr.Dataset(visible=name == chosen) for name in spoken),
        ]

    def suggest(text: str, chosen: Language, request: gr.Request) -> list[Any]:
        found = script_of(text or "")
        if not (text or "").strip() or found == chosen or found not in spoken:
            return [gr.skip()] * (3 + len(spoken))
        return [found, *of_language(found, request)]

    def example(index: int, language: Language, chosen: list[str], variant: str, request: gr.Request) -> list[Any]:
        spoke = language_of(request)
        item = [entry for entry in EXAMPLES if entry.language == language][index]
        able = fitting(cards, language, item.expects, len(cards)) or fitting(cards, language, frozenset(), len(cards))
        names = [name for name in chosen or [] if name in able] or able[:3]
        fit = [
            name
            for card in cards
            if card.name in names
            for name, labels in card.heads.items()
            if item.expects & set(labels)
        ]
        head = next(filter(None, fit), heads[0] if heads else "")
        note = html.note(STRINGS.say("notice", spoke, note=item.note[spoke == "zh"]), "notice")
        try:
            made = answer(item.text, names, head, variant, "", "", note, request)
        except HubError as error:
            raise readable(error) from None
        return [item.text, gr.Dropdown(value=names), gr.Dropdown(value=head or None, visible=multi(names)), *made]

    def many(
        lines: str,
        path: str | None,
        name: str,
        head: str,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> list[Any]:
        spoke = language_of(request)
        try:
            if path:
                try:
                    texts = files.read_texts(Path(path), spoke)
                finally:
                    Path(path).unlink(missing_ok=True)
            else:
                texts = [line.strip() for line in (lines or "").splitlines() if line.strip()]
            if not texts:
                raise InputError(STRINGS.say("no_texts", spoke))
            files.check_rows(texts, spoke)
            told = STRINGS.say("progress", spoke)
            summary, rows, made = classify_lines(
                bundles.get(name, TASK), texts, head, "", spoke, lambda done, total: progress((done, total), desc=told)
            )
        except HubError as error:
            raise readable(error) from None
        headers = [STRINGS.say(key, spoke) for key in ("text", "label", "probability")]
        return [
            summary,
            gr.Dataframe(value=rows, headers=headers, visible=True),
            made,
            gr.Button(interactive=True),
            None,
        ]

    def figures_of(name: str, head: str, request: gr.Request) -> list[Any]:
        spoke = language_of(request)
        card = next((card for card in cards if card.name == name), None)
        if card is None:
            return [html.empty(STRINGS.say("no_metrics", spoke)), gr.skip(), gr.Plot(visible=False), ""]
        head = head_for(card, head)
        table = metrics_html(card, spoke)
        selector = gr.Dropdown(choices=[*card.heads], value=head, visible=len(card.heads) > 1)
        found = next(
            (entry for entry in card.confusions if entry.head == head and entry.variant == card.default_variant), None
        )
        found = found or next((entry for entry in card.confusions if entry.head == head), None)
        if found is None:
            return [table, selector, gr.Plot(value=None, visible=False), ""]
        titles = [label_title(card, label, spoke) for label in card.heads[head]]
        true, predicted = STRINGS.say("true", spoke), STRINGS.say("predicted", spoke)
        caption = STRINGS.say("confusion", spoke, dataset=found.dataset, split=found.split, variant=found.variant)
        rows: list[list[html.Cell]] = [[title, *counts] for title, counts in zip(titles, found.counts, strict=True)]
        values = html.table([f"{true} \\ {predicted}", *titles], rows, numbers=range(1, len(titles) + 1))
        plot = figures.confusion(titles, found.counts, true, predicted)
        return [
            f"{table}<h3 class=part>{html.text_of(caption)}</h3>", selector, gr.Plot(value=plot, visible=True),
            html.details(STRINGS.say("values", spoke), values),
        ]  # fmt: skip

    def restore(request: gr.Request) -> list[Any]:
        """The page as its address says; without one, the first example."""
        spoke = language_of(request)
        shared = share.decode(dict(request.query_params))
        notes = [STRINGS.say("version", spoke, version=shared.unknown_version)] if shared.unknown_version else []
        values = shared.values
        initial: Language = spoke if spoke in spoken else first
        asked = [name for name in values.get("models", "").split(",") if name]
        names = [name for name in asked if any(card.name == name for card in cards)]
        lost = [name[:60] for name in asked if name not in names]
        given = values.get("text", "")[: limits.MAX_TEXT_CHARS]
        if given:
            initial = script_of(given) if script_of(given) in spoken else initial
        if names:
            initial = next(card.languages[0] for card in cards if card.name == names[0])
        for key, known in (("head", heads), ("variant", variants)):
            if values.get(key) and values[key] not in known:
                lost.append(values[key][:60])
        if lost:
            notes.append(STRINGS.say("dropped", spoke, names=", ".join(lost)))
        chosen_head = values["head"] if values.get("head") in heads else (heads[0] if heads else "")
        chosen_variant = values["variant"] if values.get("variant") in variants else ""
        names = names or fitting(cards, initial, OPINION) or fitting(cards, initial, frozenset())
        opening = next(entry for entry in EXAMPLES if entry.language == initial)
        note = "".join(html.note(line, "warn") for line in notes)
        if not given:
            note += html.note(STRINGS.say("notice", spoke, note=opening.note[spoke == "zh"]), "notice")
        given = given or opening.text
        try:
            made = answer(
                given,
                names[: limits.MAX_MODELS_AT_ONCE],
                chosen_head,
                chosen_variant,
                values.get("why", ""),
                values.get("label", ""),
                note,
                request,
            )
        except HubError as error:
            made = [html.empty(str(error)), note, *[gr.skip()] * 6]
        if not values.get("text") or values.get("tab", "classification") != "classification":
            made[-1] = ""  # a plain address stays plain, and another tab's stays its own
        view = values.get("view", "")
        return [
            given, initial, gr.Dropdown(choices=choices(spoke, initial), value=names),
            *(gr.Dataset(visible=name == initial) for name in spoken),
            gr.Dropdown(value=chosen_head or None, visible=multi(names)), chosen_variant,
            gr.Dropdown(choices=choices(spoke)), gr.Dropdown(choices=choices(spoke)),
            gr.Tabs(selected=view) if view in ("one", "many", "figures") else gr.skip(),
            html.note(STRINGS.say("batch_limits", spoke)), *made,
        ]  # fmt: skip

    inputs = [text, models, head, variant, why_model]
    put = {"js": share.PUT_IN_ADDRESS, **private}
    run_button.click(run, inputs, shown, **private)
    text.submit(run, inputs, shown, **private)
    race_button.click(race, [text, language, head, variant, why_model], shown, **private)
    query.change(None, query, None, **put)
    share_button.click(None, None, None, js=share.COPY_ADDRESS, **private)
    quiet: dict[str, Any] = {"show_progress": "hidden", **private}
    text.change(suggest, [text, language], [language, models, head, *samples.values()], **quiet)
    language.input(of_language, language, [models, head, *samples.values()], **quiet)
    models.input(lambda names: gr.Dropdown(visible=multi(names or [])), models, head, **quiet)
    for name, dataset in samples.items():
        chosen_language = gr.State(name)
        dataset.click(example, [dataset, chosen_language, models, variant], [text, models, head, *shown], **private)
    why_inputs = [text, models, why_model, target, head, variant]
    for component in (why_model, target):
        component.input(explain, why_inputs, [target, why_above, why_figure, why_below, query], **private)
    many_button.click(
        many, [lines, upload, many_model, many_head], [many_summary, many_table, many_csv, download, upload],
        concurrency_limit=2, show_progress_on=many_summary, **private,
    )  # fmt: skip
    many_model.input(lambda name: gr.Dropdown(visible=multi([name])), many_model, many_head, **quiet)
    download.click(None, many_csv, None, js=files.DOWNLOAD, **private)
    figure_out = [figure_table, figure_head, figure_plot, figure_values]
    for listener in (figure_model.input, figure_head.input, figures_tab.select):
        listener(figures_of, [figure_model, figure_head], figure_out, **quiet)
    for tab, view in ((one_tab, "one"), (many_tab, "many"), (figures_tab, "figures")):
        tab.select(None, js=share.note_in_address("view", view), **private)
    written = [text, language, models, *samples.values(), head, variant, many_model, figure_model, views, many_limits]
    context.load(restore, [*written, *shown])


# --- API --------------------------------------------------------------------------------------------------------------


class Classified(TypedDict):
    label: str
    scores: dict[str, float]


def api(context: Context) -> None:
    """Register the endpoints: /classify and /classify_batch, which are MCP tools too."""
    service = context.service

    async def classify(text: str, model: str) -> dict[str, Any]:
        """Classify one text with one model. Requests of different callers run together.

        Args:
            text: the text, at most 5,000 characters.
            model: the name of a model; the endpoint "models" lists them.

        Returns:
            {"label": the most probable label, "scores": {label: probability}}; of a multi-task model, its first task.
        """
        try:
            found = await asyncio.wrap_future(service.submit([text], model))
        except HubError as error:
            raise readable(error) from None
        return dict(answered(found[0]))

    def classify_batch(texts: list[str], model: str) -> list[dict[str, Any]]:
        """Classify several texts with one model.

        Args:
            texts: at most 2,000 texts of at most 5,000 characters each.
            model: the name of a model; the endpoint "models" lists them.

        Returns:
            One {"label": …, "scores": {…}} for each text, in their order.
        """
        try:
            return [dict(answered(found)) for found in service.classify_batch(texts, model)]
        except HubError as error:
            raise readable(error) from None

    gr.api(classify, api_name="classify", concurrency_limit=None)
    gr.api(classify_batch, api_name="classify_batch", concurrency_limit=4)


def answered(prediction: task.Prediction) -> Classified:
    """A Prediction as the API says it."""
    return {"label": prediction.label, "scores": prediction.scores}
