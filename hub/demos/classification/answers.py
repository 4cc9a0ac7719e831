"""The answers of several models side by side, and the race."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hub.demos.classification.strings import STRINGS
from hub.tasks.classifiers import Run
from hub.ui import html
from hub.ui.strings import Language, either, label_title

SHOWN_LABELS = 5
RACE_S = 4.0  # that the slowest model runs on the page


def card_html(run: Run, language: Language) -> str:
    """One model's answer as labelled bars."""
    title = f"<h4>{html.text_of(either(run.card.title, language))}{_head_note(run.head)}</h4>"
    if run.prediction is None:
        return f"<article class='card broken'>{title}{html.note(_failure(run, language), 'warn')}</article>"
    scores = run.prediction.scores
    order = sorted(scores, key=lambda label: -scores[label]) if len(scores) > 2 else list(scores)
    bars = "".join(
        html.bar(
            label_title(run.card, label, language), scores[label], f"{scores[label]:.1%}", label == run.prediction.label
        )
        for label in order[:SHOWN_LABELS]
    )
    more = STRINGS.count("more", language, len(order) - SHOWN_LABELS) if len(order) > SHOWN_LABELS else ""
    if run.prediction.known:
        best = label_title(run.card, run.prediction.label, language)
        verdict = f"{html.text_of(best)}<small>{scores[run.prediction.label]:.1%}</small>"
        blind = ""
    else:
        verdict = html.text_of(STRINGS.say("nothing_known", language))
        blind = html.note(STRINGS.say("blind", language), "warn")
    return (
        f"<article class=card>{title}<div class=verdict>{verdict}</div>{blind}{bars}{html.note(more)}"
        f"<p class=facts>{_facts(run, language)}</p></article>"
    )


def _failure(run: Run, language: Language) -> str:
    return STRINGS.say("disabled", language, reason=run.failure)


def _facts(run: Run, language: Language) -> str:
    assert run.prediction
    found = run.prediction
    tokens = (
        STRINGS.say("truncated", language, count=found.tokens)
        if found.truncated
        else STRINGS.count("tokens", language, found.tokens)
    )
    if found.unknown:
        tokens += STRINGS.say("unknown", language, count=found.unknown)
    provider = f"{run.provider} ({STRINGS.say('fell_back', language, asked=run.asked)})" if run.asked else run.provider
    return html.text_of(" · ".join((f"{run.latency_ms:.2f} ms", run.variant, provider, tokens)))


def _head_note(head: str) -> str:
    return f" <small>· {html.text_of(head)}</small>" if head else ""


def verdicts(runs: Sequence[Run], language: Language) -> str:
    """One line on all cards: whether they agree, and how many say what."""
    answered = [run for run in runs if run.prediction]
    knowing = [run for run in answered if run.prediction and run.prediction.known]
    if not knowing:
        return html.note(STRINGS.say("all_blind", language), "warn") if answered else ""
    if len(runs) == 1:
        return ""
    votes = Counter(label_title(run.card, run.prediction.label, language) for run in knowing if run.prediction)
    blind, broken = len(answered) - len(knowing), len(runs) - len(answered)
    counts = {"rest_blind": blind, "rest_broken": broken}
    rest = [STRINGS.say(key, language, count=count) for key, count in counts.items() if count]
    if len(votes) == 1 and not rest:
        key = "both" if len(runs) == 2 else "agree"
        return html.note(STRINGS.say(key, language, count=len(runs), label=next(iter(votes))))
    labels = {frozenset(run.prediction.scores) for run in knowing if run.prediction}
    key = "answers" if len(votes) == 1 else "disagree" if len(labels) == 1 else "apart"
    said = STRINGS.say("comma", language).join([tally(votes, language), *rest])
    told = STRINGS.say(key, language, count=len(runs), votes=said)
    return html.note(told, "warn" if key == "disagree" else "")


def compared(runs: Sequence[Run], language: Language, others: Sequence[Run] = ()) -> str:
    """All answers side by side, and whether models of the same labels agree. others: told in a line below."""
    if not runs:
        return html.empty(STRINGS.say("no_result", language))
    cards = "".join(card_html(run, language) for run in runs)
    timed = STRINGS.say("timed", language) if any(run.prediction for run in runs) else ""
    return f"{verdicts(runs, language)}<div class=cards>{cards}</div>{_others(others, language)}{html.note(timed)}"


def _others(runs: Sequence[Run], language: Language) -> str:
    chips = "".join(
        f"<span class=chip>{html.text_of(either(run.card.title, language))} "
        f"<b>{html.text_of(label_title(run.card, run.prediction.label, language))}</b> "
        f"{run.prediction.scores[run.prediction.label]:.0%}</span>"
        for run in runs
        if run.prediction and run.prediction.known
    )
    return f"<p class=chips>{html.text_of(STRINGS.say('others_say', language))} {chips}</p>" if chips else ""


def tally(votes: Counter[str], language: Language) -> str:
    """Counts, the largest first."""
    return STRINGS.say("comma", language).join(f"{label} {count:,}" for label, count in votes.most_common())


def slow_motion(slowest_ms: float) -> int:
    """How many times slower the race is shown than it was: a figure with one digit that is not zero."""
    exact = 1000 * RACE_S / max(slowest_ms, 1e-3)
    if exact < 2:
        return 1
    unit: int = 10 ** (len(str(int(exact))) - 1)
    return int(exact // unit) * unit


def raced(runs: Sequence[Run], repeats: int, language: Language) -> str:
    """The race: every bar grows at the same speed until its model has answered, so its length is its time."""
    done = sorted((run for run in runs if run.prediction), key=lambda run: run.latency_ms)
    broken = "".join(html.note(f"{run.card.name}: {_failure(run, language)}", "warn") for run in runs if run.failure)
    if not done:
        return f"<div class=race>{broken}</div>"
    slowest = done[-1].latency_ms
    factor = slow_motion(slowest)
    lanes = "".join(_lane(place, run, slowest, factor, language) for place, run in enumerate(done, 1))
    told = [STRINGS.say("race_title", language, repeats=repeats, factor=factor)]
    if len(done) > 1:
        names = {key: either(run.card.title, language) for key, run in (("slowest", done[-1]), ("fastest", done[0]))}
        told.append(STRINGS.say("race_ratio", language, ratio=slowest / max(done[0].latency_ms, 1e-3), **names))
    return f"<div class=race>{html.note((' ' if language == 'en' else '').join(told))}{lanes}{broken}</div>"


def _lane(place: int, run: Run, slowest_ms: float, factor: int, language: Language) -> str:
    assert run.prediction
    answer = (
        f"{label_title(run.card, run.prediction.label, language)} {run.prediction.scores[run.prediction.label]:.0%}"
    )
    if not run.prediction.known:
        answer = STRINGS.say("nothing_known", language)
    title = either(run.card.title, language) + (f" · {run.head}" if run.head else "")
    bar = html.bar(
        f"{place}. {title}",
        run.latency_ms / slowest_ms,
        f"{run.latency_ms:.2f} ms · {run.variant} · {answer}",
        place == 1,
    )
    return f"<div class=lane style='--run:{run.latency_ms * factor / 1000:.3f}s'>{bar}</div>"
