"""The share link: what a visitor sees, in the query of the address. Nothing is kept on the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote_plus, urlencode

from hub.ui import scripts

VERSION = "1"
MAX_BYTES = 2_000  # of a query; addresses up to 2 KB pass every mail program and messenger


@dataclass(frozen=True)
class Link:
    """A query, without its question mark."""

    query: str
    shortened: bool  # the long field did not fit


@dataclass(frozen=True)
class Shared:
    """What a query says. An unknown version says nothing, and is told."""

    values: dict[str, str] = field(default_factory=dict)
    unknown_version: str = ""


def encode(values: Mapping[str, str], long: str = "text") -> Link:
    """A query of at most MAX_BYTES bytes; empty values are left out.

    Args:
        values: field -> its value; lone surrogates become question marks, an address cannot carry them.
        long: the field that is shortened, from its end, where the whole does not fit.
    """
    kept = {key: value.encode("utf-8", "replace").decode() for key, value in values.items() if value}
    rest = urlencode({"v": VERSION, **{key: value for key, value in kept.items() if key != long}})
    if long not in kept:
        return Link(rest, False)
    room = MAX_BYTES - len(rest) - len(f"&{long}=")
    text, used = kept[long], 0
    for position, character in enumerate(text):
        used += len(quote_plus(character))
        if used > room:
            text = text[:position]
            break
    return Link(f"{rest}&{urlencode({long: text})}" if text else rest, text != kept[long])


def decode(query: Mapping[str, object]) -> Shared:
    """The fields of a query that `encode` made; of any other query, what can be used."""
    version = str(query.get("v") or VERSION)
    if version != VERSION:
        return Shared(unknown_version=version[:20])
    return Shared({str(key): str(value) for key, value in query.items() if key != "v" and value})


# In the browser: the query that a view has written, for the address.
PUT_IN_ADDRESS = "(query) => { hubAddress.put(query); return []; }"
SCRIPT = scripts.tag("address")
