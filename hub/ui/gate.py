"""A tab takes no clicks before the load of the page has written to it.

The load sets what the address asks for, in the language of the page: dozens of values, on their way for part of a
second. The answer to a click made meanwhile would be overwritten, and no check on the server is late enough to prevent
it.
"""

from __future__ import annotations

from collections.abc import Sequence

LATEST_MS = 15_000  # after which the tabs open anyhow: a page whose load has failed still answers


def opened(slug: str) -> str:
    """The JavaScript that opens a tab."""
    return f"() => {{ document.documentElement.classList.add('{_name(slug)}'); }}"


def script(slugs: Sequence[str]) -> str:
    """The JavaScript that opens every tab at the latest, for the head of the page."""
    names = ", ".join(f"'{_name(slug)}'" for slug in slugs)
    return f"<script>setTimeout(() => document.documentElement.classList.add({names}), {LATEST_MS});</script>"


def style(slugs: Sequence[str]) -> str:
    """The style sheet that keeps the tabs shut."""
    return "".join(f"html:not(.{_name(slug)}) #tab-{slug} {{ pointer-events: none; }}\n" for slug in slugs)


def _name(slug: str) -> str:
    return f"{slug}-open"
