"""The routes of /v1 as a page: written from the OpenAPI document on the server, without a script, a font or a CDN."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any
from urllib.parse import urlsplit

STYLE = """
body { font: 16px/1.5 ui-sans-serif, system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1, h2 { line-height: 1.2 } h2 { margin-top: 2.5rem; font-size: 1.15rem }
code, pre { font: 14px/1.5 ui-monospace, Consolas, monospace } .method { color: #1d4ed8 } body { color: #1e293b }
pre { background: #f1f5f9; padding: .75rem 1rem; overflow-x: auto; border-radius: .4rem }
table { border-collapse: collapse; width: 100% } summary { cursor: pointer; margin: .6rem 0 }
td, th { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #e2e8f0 }
@media (prefers-color-scheme: dark) {
body { background: #0f172a; color: #e2e8f0 } .method, a { color: #93c5fd }
pre { background: #1e293b } td, th { border-color: #334155 } }
"""
SAMPLES = {  # of requests, by route
    "/classify": {"text": "a quiet film that earns every tear", "model": "NAME"},
    "/embed": {"text": "a quiet film", "model": "NAME"},
    "/similarity": {"a": "a quiet film", "b": "a silent movie", "model": "NAME"},
    "/search": {"query": "a quiet film", "texts": ["a silent movie", "loud music"], "model": "NAME", "k": 1},
    "/generate": {"prompt": "Once upon a time", "model": "NAME", "max_new_tokens": 32},
    "/permutation": {"text": "New York is a city", "model": "NAME", "targets": [1, 2]},
    "/recommend": {"items": [84, 120, 7], "model": "NAME", "count": 10},
    "/similar_items": {"item": 84, "model": "NAME"},
    "/evaluate_ranking": {
        "judgments": [
            {"query": "hot pot", "document": "Lin's Hot Pot", "grade": 2},
            {"query": "hot pot", "document": "Hot Iron Pots", "grade": 0},
        ],
        "at": 10,
    },
    "/fit_mle": {"family": "gaussian", "data": [1.5, 2.5, 3.5]},
    "/gradient_profile": {"network": "deep", "depth": 20},
}
LIMITS = {
    "maxLength": "at most {:,} characters",
    "minLength": "at least {:,} characters",
    "maxItems": "at most {:,} entries",
    "minItems": "at least {:,}",
    "minimum": "from {:,}",
    "maximum": "to {:,}",
}


def page(document: Mapping[str, Any], address: str) -> str:
    """The page of an OpenAPI document whose application is at an address, without a slash at its end."""
    entries = [
        (method, path, entry) for path, methods in document["paths"].items() for method, entry in methods.items()
    ]
    entries.sort(key=lambda one: one[0] != "post")  # what the hub does before what it has
    operations = [operation(document, address, *one) for one in entries]
    title = escape(document["info"]["title"])
    source = f"{urlsplit(address).path}/openapi.json"
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}: API</title>"
        f"<meta name=viewport content='width=device-width, initial-scale=1'><style>{STYLE}</style></head><body>"
        f"<h1>{title}: API</h1><p>{escape(document['info']['description'])}</p>"
        f'<p>For tools: <a href="{escape(source)}">{escape(source)}</a> (OpenAPI)</p>'
        f"{''.join(operations)}</body></html>"
    )


def operation(document: Mapping[str, Any], address: str, method: str, path: str, entry: Mapping[str, Any]) -> str:
    """One route: what it does, what it takes, an example, what it answers."""
    place = escape(urlsplit(address).path + path)
    parts = [f"<h2><span class=method>{method.upper()}</span> <code>{place}</code></h2>"]
    parts.append(f"<p>{escape(entry.get('description', ''))}</p>")
    content = entry.get("requestBody", {}).get("content", {}).get("application/json", {})
    if content:
        parts.append(fields(document, content["schema"], "Request"))
        sample = json.dumps(SAMPLES[path]) if path in SAMPLES else "{}"
        command = f"curl {address}{path} -H 'Content-Type: application/json' -d '{sample}'"
        parts.append(f"<pre>{escape(command)}</pre>")
    for status, answer in entry["responses"].items():
        schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
        if status == "200" and schema:
            parts.append(fields(document, schema, "Answer"))
    refusals = [
        f"<tr><td>{status}<td>{escape(answer['description'])}"
        for status, answer in entry["responses"].items()
        if status != "200"
    ]
    parts.append(f"<details><summary>Failures</summary><table>{''.join(refusals)}</table></details>")
    return "".join(parts)


def fields(document: Mapping[str, Any], schema: Mapping[str, Any], what: str) -> str:
    """The table of a schema's fields, folded where it is long."""
    rows = []
    for name, kind in records(document, schema):
        rows.append(f"<tr><th colspan=3>{escape(name)}")
        for field, entry in kind.get("properties", {}).items():
            required = ", required" if field in kind.get("required", []) else ""
            default = f", else {json.dumps(entry['default'])}" if "default" in entry else ""
            told = escape(type_of(entry) + required + default)
            rows.append(f"<tr><td><code>{escape(field)}</code><td>{told}<td>{escape(entry.get('description', ''))}")
    if not rows:
        return ""
    opened = "open" if len(rows) <= 24 else ""
    summary = f"{what}: {escape(type_of(schema))}"
    return f"<details {opened}><summary>{summary}</summary><table>{''.join(rows)}</table></details>"


def records(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The records that a schema names at its top."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        yield name, document["components"]["schemas"][name]
        return
    seen = []
    for part in [*schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])]:
        for name, record in records(document, part):
            if name not in seen:
                seen.append(name)
                yield name, record


def type_of(schema: Mapping[str, Any]) -> str:
    """A schema in words."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(type_of(part) for part in schema["anyOf"]))
    if "enum" in schema:
        return " or ".join(json.dumps(value) for value in schema["enum"])
    told = str(schema.get("type", "anything"))
    if told == "array":
        told = f"list of ({type_of(schema.get('items', {}))})"
    bounds = [text.format(schema[key]) for key, text in LIMITS.items() if isinstance(schema.get(key), (int, float))]
    return ", ".join([told, *bounds])
