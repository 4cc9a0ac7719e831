"""Where a model can be tried: the tab of its task, opened with this model."""

from __future__ import annotations

from hub.card import Card
from hub.demos.models.strings import STRINGS
from hub.ui import html, share
from hub.ui.strings import Language


def address_of(card: Card) -> tuple[str, str, str] | None:
    """(English title of the tab, Chinese title, query); None for a task that no tab shows."""
    from hub.demos import DEMOS  # the table lists this tab too

    for demo in DEMOS:
        if card.task in demo.opens:
            query = share.encode({"tab": demo.slug, **demo.opens[card.task](card)}).query
            return (*demo.strings.table["title"], query)
    return None


def try_link(card: Card, language: Language, key: str) -> str:
    """A link that says the string of this key, with the name of the tab; or nothing."""
    found = address_of(card)
    if found is None:
        return ""
    text = STRINGS.say(key, language, tab=found[language == "zh"])
    address = html.text_of(f"?{found[2]}&lang={language}")
    return f"<a class=try href='{address}'>{html.text_of(text)}</a>"
