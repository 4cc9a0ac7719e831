"""What can be done to a text that is written: look at a token, take another one, go back, write one token more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from hub.demos.generation.words import BACK
from hub.demos.generation.writing import Settings, Writing
from hub.demos.generation.written import Written
from hub.tasks.generate import Request
from hub.ui import html
from hub.ui.tab import Wiring
from hub.ui.turns import LIVE, QUIET
from hub.ui.view import Kit, Scene

Shown = dict[Any, Any]


class Editor:
    """The events of the view that no other view has: their inputs are the text and the place that is looked at."""

    def __init__(self, writing: Writing, kit: Kit, wiring: Wiring) -> None:
        self.writing, self.kit, self.wiring = writing, kit, wiring

    def wire(self) -> None:
        """Wire them."""
        seen, view = self.kit.outputs, self.kit.view
        outputs = [*seen.values(), self.wiring.notice, self.wiring.query]
        controls = self.wiring.inputs(view)
        slots = {"concurrency_limit": view.at_once, "concurrency_id": f"generation-{view.slug}", **QUIET}
        one_more = self.wiring.turns.newest(self.one_more, view.slug, len(outputs))
        branch = self.wiring.turns.newest(self.branch, view.slug, len(outputs))
        seen["one"].click(one_more, [seen["written"], *controls], outputs, **slots)
        seen["alternatives"].click(branch, [seen["written"], seen["at"], *controls], outputs, **slots)
        seen["text"].click(self.pick, [seen["written"], *controls], outputs, **QUIET)
        for control in self.kit.controls.values():
            if isinstance(control, gr.Slider):
                moved = [seen["distribution"], seen["left"]]
                control.input(self.moved, [seen["written"], seen["at"], *controls], moved, **LIVE)

    # --- callbacks

    def one_more(self, request: gr.Request, text: Written, *given: Any) -> Iterator[Shown]:
        """A single token more, by the settings as they are."""
        scene, settings = self.stand(request, given)
        single = settings.changed(max_new_tokens=1, beams=1)
        begun, asked = self.writing.begin(single)
        if not text.tokens or (begun.model, begun.prompt, begun.way) != (text.model, text.prompt, text.way):
            yield from self.grown(replace(begun, length=1), asked, single, scene, request)
            return
        new = len(text.tokens) - text.begun
        asked = replace(single.go_on(text), drawn=new)
        yield from self.grown(replace(text, length=new + 1), asked, single, scene, request)

    def branch(
        self, request: gr.Request, event: gr.EventData, text: Written, place: int, *given: Any
    ) -> Iterator[Shown]:
        """Another token at a place, and the text goes on from it."""
        scene, settings = self.stand(request, given)
        taken = text.taken(place, int(event.pick))
        yield from self.grown(taken, settings.go_on(taken), settings, scene, request)

    def pick(self, request: gr.Request, event: gr.EventData, text: Written, *given: Any) -> Shown:
        """Look at a place; or go back to the other future."""
        scene, settings = self.stand(request, given)
        place, address = int(event.pick), {}
        if place == BACK:
            if text.other is None:
                return {self.kit.outputs["at"]: gr.skip()}
            text, place = text.swapped(), text.fork
            address = self.address(text, settings, scene)
        seen = {"text": self.writing.text_html(text, scene.language, place), "at": place, "written": text}
        seen |= self.writing.look(text, place, settings, scene.language)
        return {**self.wiring.placed(self.kit, seen), **address}

    def moved(self, request: gr.Request, text: Written, place: int, *given: Any) -> Shown:
        """A setting moved: the distribution follows."""
        if place <= 0 or not text.tokens:
            return {self.kit.outputs["left"]: gr.skip()}
        scene, settings = self.stand(request, given)
        seen = self.writing.look(text, place, settings, scene.language)
        seen.pop("alternatives")
        return self.wiring.placed(self.kit, seen)

    # --- what they are made of

    def stand(self, request: gr.Request, given: Sequence[Any]) -> tuple[Scene, Settings]:
        """The settings as the controls have them. Raises InputError."""
        scene, values = self.wiring.scene_of(self.kit.view, given, request)
        settings: Any = self.kit.view.of_values(values, scene)
        return scene, settings

    def grown(
        self, text: Written, asked: Request, settings: Settings, scene: Scene, request: gr.Request
    ) -> Iterator[Shown]:
        """A text as it grows, then its address."""
        (going,) = self.wiring.further(self.kit.view, request, None, scene.language)
        for frame in self.writing.grow(text, asked, settings, scene.language, going):
            text = frame["written"]
            yield self.wiring.placed(self.kit, frame)
        yield self.address(text, settings, scene)

    def address(self, text: Written, settings: Settings, scene: Scene) -> Shown:
        """The link of a text, whose prompt may be another than the one that stands there now."""
        values: dict[str, Any] = {"prompt": text.prompt, "model": text.model, "way": text.way, "path": text.path}
        if text.length:
            longest = self.kit.controls["max_new_tokens"].maximum
            values["max_new_tokens"] = min(text.length, longest)
        link = self.wiring.link(self.kit.view, settings.changed(**values), scene)
        return {self.wiring.query: link.query, self.wiring.notice: html.note(link.note(scene.language))}
