"""Strings in two languages. Each tab has one table of them, English and Chinese side by side.

What stands still on the page is translated by the browser (`gr.I18n`); what a callback makes is written in the
language of the request: `?lang=` in the address, else the browser's first language. Both ends see the same two facts,
so they agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

import gradio as gr
from gradio.i18n import I18nData

from hub.card import Card, Text
from hub.messages import LANGUAGES, Language

__all__ = ["LANGUAGES", "Language", "Strings"]
# Gradio knows Chinese by these two names; the page's head maps every other Chinese locale to the first.
LOCALES = {"en": ("en",), "zh": ("zh-CN", "zh-TW")}


class Strings:
    """The strings of one tab.

    Args:
        slug: of the tab; keys of different tabs do not meet.
        table: key -> (English, Chinese); {names} are filled in by `say`.
    """

    def __init__(self, slug: str, table: Mapping[str, tuple[str, str]]) -> None:
        self.slug = slug
        self.table = dict(table)

    def __call__(self, key: str) -> I18nData:
        """For a component: the browser translates it. Raises KeyError for a key that is not in the table."""
        self.table[key]
        return I18nData(f"{self.slug}_{key}")

    def say(self, key: str, language: Language, **values: object) -> str:
        """For a value made by a callback."""
        return self.table[key][LANGUAGES.index(language)].format(**values)

    def count(self, key: str, language: Language, count: int, **values: object) -> str:
        """The same for a string that counts: of one thing, `key` with "_one" after it."""
        return self.say(f"{key}_one" if count == 1 else key, language, count=count, **values)


def i18n(tables: Iterable[Strings]) -> gr.I18n:
    """All tables, as Gradio's page takes them."""
    translations: dict[str, dict[str, str]] = {}
    for position, language in enumerate(LANGUAGES):
        strings = {f"{table.slug}_{key}": pair[position] for table in tables for key, pair in table.table.items()}
        translations |= {locale: strings for locale in LOCALES[language]}
    return gr.I18n(**translations)


def language_of(request: gr.Request | None) -> Language:
    """The language to answer in: `?lang=`, else the first of Accept-Language; English where neither is Chinese."""
    if request is None or request.request is None:
        return "en"
    asked = str(request.query_params.get("lang") or "")
    header = request.headers.get("accept-language") or ""
    first = (asked or header.split(",")[0]).strip().lower()
    return "zh" if first.startswith("zh") else "en"


def either(text: Text, language: Language) -> str:
    """One of the two languages of a card's string."""
    return cast(str, getattr(text, language))


def label_title(card: Card, label: str, language: Language) -> str:
    """How a label is shown."""
    return either(card.label_titles[label], language) if label in card.label_titles else label
