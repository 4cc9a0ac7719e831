"""A visitor without a browser: the page's components and their events, as Gradio's page in the browser plays them.

Components are found by what a page has for good: the address of a tab and a view, and `elem_id`s. So what is written
with a Visitor holds whatever the code behind the page looks like.
"""

from __future__ import annotations

import itertools
import json
import re
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import gradio as gr
from fastapi import Request as HttpRequest
from gradio.blocks import Block, BlockFunction
from gradio.i18n import I18nData
from gradio.state_holder import SessionState

from hub.ui.strings import Language
from tests.serving import finish

NOW = itertools.count(1)
SECONDS = 300.0  # that one event may take


class Visitor:
    """One page visit.

    Args:
        words: key -> text, of the visitor's language.
    """

    def __init__(self, blocks: gr.Blocks, language: Language = "en", words: dict[str, str] | None = None) -> None:
        self.blocks, self.language, self.words = blocks, language, words or {}
        self.session = uuid.uuid4().hex
        self.state = SessionState(blocks)
        self.props: dict[int, dict[str, Any]] = {}
        self.values: dict[int, Any] = {}  # as the browser holds them
        for number, block in blocks.blocks.items():
            self.props[number] = block.get_config()
            self.values[number] = self.props[number].get("value")
        self.query = ""
        self.link = ""  # the last query that a view has written for the address
        self.errors: list[str] = []  # the toasts
        self.calls: list[str] = []  # the functions of the hub that were called, in their order
        self.view_of: dict[str, str] = {}  # tab -> the view that was chosen by hand
        self.used = False  # whether a tab was chosen by hand

    # --- what a visitor does

    def open(self, query: str = "", only: str = "") -> Visitor:
        """Load the page. only: the events of one tab alone."""
        self.query = query
        loads = [fn for fn in self.blocks.fns.values() if any(event == "load" for _, event in fn.targets)]
        inside = {block._id for block in self.within(f"tab-{only}")} if only else set()
        for fn in loads:
            if not only or any(output._id in inside for output in fn.outputs):
                self._run(fn)
        return self

    def click(self, elem_id: str, **data: Any) -> Visitor:
        """Press a button; of an HTML component, with the data of its event."""
        return self._tell(self.at(elem_id), "click", data)

    def example(self, dataset: Block | str, place: int) -> Visitor:
        """Choose an example."""
        block = self.at(dataset) if isinstance(dataset, str) else dataset
        self.values[block._id] = place
        return self._tell(block, "click", {"index": place})

    def put(self, elem_id: str, value: Any, event: str = "input") -> Visitor:
        """Change a control by hand."""
        block = self.at(elem_id)
        self.values[block._id] = value
        self._tell(block, event)
        return self._tell(block, "change")

    def look(self, tab: str, view: str = "") -> Visitor:
        """Open a tab, and a view of it."""
        self.used = True
        if view:
            self.view_of[tab] = view
        self._tell(self.at(f"tab-{tab}"), "select")
        found = self.view(tab, view) if view else None
        return self._tell(found, "select") if found is not None else self

    # --- what a visitor sees

    def at(self, elem_id: str) -> Block:
        """Raises KeyError."""
        for block in self.blocks.blocks.values():
            if getattr(block, "elem_id", None) == elem_id:
                return block
        raise KeyError(elem_id)

    def within(self, root: Block | str) -> Iterator[Block]:
        """What stands inside a part of the page, in its order."""
        block = self.at(root) if isinstance(root, str) else root
        for child in getattr(block, "children", []):
            yield child
            yield from self.within(child)

    def view(self, tab: str, view: str) -> Block:
        """Raises KeyError."""
        for block in self.within(f"tab-{tab}"):
            if isinstance(block, gr.Tab) and block.id == view:
                return block
        raise KeyError(view)

    @property
    def first(self) -> str:
        """The tab that the page opens with."""
        tabs = next(block for block in self.blocks.blocks.values() if isinstance(block, gr.Tabs))
        return str(tabs.children[0].id)

    def views(self, tab: str) -> list[str]:
        """The views of a tab, in their order; [""] where it has none."""
        found = [str(block.id) for block in self.within(f"tab-{tab}") if isinstance(block, gr.Tab)]
        return found or [""]

    def shown(self, block: Block) -> bool:
        """Whether it, and all that it stands in, is visible."""
        part: Block | None = block
        while part is not None:
            if self.props.get(part._id, {}).get("visible", True) is not True:
                return False
            part = getattr(part, "parent", None)
        return True

    def of(self, elem_id: str, name: str = "value") -> Any:
        """A property of a component, in the language of the page."""
        block = self.at(elem_id)
        return self.said(self.values[block._id] if name == "value" else self.props[block._id].get(name))

    def said(self, value: Any) -> Any:
        """With what the browser translates."""
        if isinstance(value, I18nData):
            return self.words.get(value.key, value.key)
        if isinstance(value, str) and value.startswith("__i18n__"):
            key = json.loads(value.removeprefix("__i18n__"))["key"]
            return self.words.get(key, key)
        if isinstance(value, dict):
            if value.get("__type__") == "translation_metadata":
                return self.words.get(value["key"], value["key"])
            return {key: self.said(one) for key, one in value.items()}
        return [self.said(one) for one in value] if isinstance(value, (list, tuple)) else value

    # --- what the browser does

    def _tell(self, block: Block, event: str, data: dict[str, Any] | None = None) -> Visitor:
        for fn in list(self.blocks.fns.values()):
            if (block._id, event) in fn.targets:
                self._run(fn, block, data)
        return self

    def _run(self, fn: BlockFunction, target: Block | None = None, data: dict[str, Any] | None = None) -> None:
        failed = False
        if fn.fn is None:
            self._script(fn)
        else:
            try:
                self._call(fn, target, data)
            except gr.Error as error:
                failed = True
                self.errors.append(str(error.message))
        for later in list(self.blocks.fns.values()):
            if later.trigger_after == fn._id and not (failed and later.trigger_only_on_success):
                self._run(later, target)

    def _script(self, fn: BlockFunction) -> None:
        script = str(fn.js)
        if "hubAddress.put" in script:
            query = self.values[fn.inputs[0]._id]
            self.link = query or self.link
        elif found := re.search(r"hubLook\.(\w+)\('([\w-]+)', (\[.*?\])", script):
            self._look(fn, found[1], found[2], json.loads(found[3]))
        elif len(fn.outputs) == 1:  # a moment, where the visitor has chosen a tab
            before = self.values[fn.outputs[0]._id] if fn.inputs else ""
            self._write(fn.outputs, [f"look {next(NOW)}" if self.used else before])

    def _look(self, fn: BlockFunction, event: str, tab: str, views: list[str]) -> None:
        """As hub/ui/js/look.js: a moment is written to the view that is looked at."""
        asked = fields(self.query)
        if event == "load" and asked.get("tab", self.first) != tab:
            return
        if event == "tab" and not self.used:
            return
        named = asked.get("view", "") if event == "load" else self.view_of.get(tab, asked.get("view", ""))
        view = named if named in views else views[0]
        moment = f"{'open' if event == 'load' else 'look'} {next(NOW)}"
        self._write(fn.outputs, [moment if one == view else self.values[block._id]
                                 for one, block in zip(views, fn.outputs, strict=True)])  # fmt: skip

    def _call(self, fn: BlockFunction, target: Block | None, data: dict[str, Any] | None) -> None:
        self.calls.append(getattr(fn.fn, "__qualname__", str(fn.fn)))
        event = gr.EventData(target, data or {})
        changed: list[tuple[Any, Any]] = []  # while a stream runs

        async def answer() -> list[Any]:
            values, iterator = [self.values[block._id] for block in fn.inputs], None
            last: list[Any] = []  # of a stream: Gradio sends it once more when the stream has ended
            while True:
                result = await self.blocks.process_api(
                    fn, values, self.state, request=self._request(), iterator=iterator, session_hash=self.session,
                    event_data=event if fn.collects_event_data else None,
                )  # fmt: skip
                if not result["is_generating"]:
                    return last or result["data"]
                last = result["data"]
                changed.extend(self._place(fn.outputs, last))
                values, iterator = [], result["iterator"]

        end = finish(answer, SECONDS)
        self._follow([*changed, *self._place(fn.outputs, end)])

    def _request(self) -> gr.Request:
        scope = {
            "type": "http", "method": "POST", "path": "/", "query_string": self.query.encode(),
            "headers": [(b"accept-language", {"en": b"en-US", "zh": b"zh-CN"}[self.language])],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80), "scheme": "http",
        }  # fmt: skip
        return gr.Request(HttpRequest(scope), session_hash=self.session)

    def _write(self, outputs: Any, frame: list[Any]) -> None:
        """What a callback gives, and the events that follow from it."""
        self._follow(self._place(outputs, frame))

    def _follow(self, changed: list[tuple[Any, Any]]) -> None:
        for block, selected in dict(changed).items():
            if selected is None:
                self._tell(block, "change")
            for child in getattr(block, "children", []) if selected is not None else []:
                if child.id == selected:
                    self._tell(child, "select")

    def _place(self, outputs: Any, frame: list[Any]) -> list[tuple[Any, Any]]:
        """Values and properties; the blocks that are others now, tabs with what is selected in them."""
        changed: list[tuple[Any, Any]] = []
        for block, value in zip(outputs, frame, strict=True):
            number = block._id
            if isinstance(value, dict) and value.get("__type__") == "update":
                self.props[number] |= {key: one for key, one in value.items() if key not in ("__type__", "value")}
                if isinstance(block, gr.Tabs) and "selected" in value:
                    changed.append((block, value["selected"]))
                if "value" not in value:
                    continue
                value = value["value"]
            if value != self.values[number]:
                changed.append((block, None))
            self.values[number] = value
        return changed


def fields(query: str) -> dict[str, str]:
    """The fields of an address."""
    return {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
