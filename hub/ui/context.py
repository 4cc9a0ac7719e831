"""What a tab gets to be drawn with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from hub.service import Service
from hub.ui import gate
from hub.ui.turns import QUIET


@dataclass(frozen=True)
class Context:
    """The page that is being drawn, and what its callbacks call. tab: the one that is being drawn."""

    service: Service
    page: gr.Blocks
    tab: gr.Tab | None = None

    def load(self, restore: Callable[..., Any], outputs: Sequence[Any], **settings: Any) -> Any:
        """Write to the tab when the page is opened; it takes no clicks before this has arrived (hub/ui/gate.py)."""
        assert self.tab is not None
        loaded = self.page.load(restore, None, outputs, **{**QUIET, **settings})
        return loaded.then(None, None, None, js=gate.opened(str(self.tab.id)), **QUIET)
