"""What Gradio keeps for each visitor, without what nothing here reads.

For its deep links (gr.DeepLinkButton) Gradio makes a configuration of every component for each visitor, and for each
call of its API, which counts as a visitor: a tenth of a second and more than a megabyte. The hub's links are in the
address (hub/ui/share.py), so nobody asks for it. What is kept: the values of gr.State, and the components that an
event has changed, which check what the visitor sends next.
"""

from __future__ import annotations

from copy import copy
from typing import Any

import gradio as gr
from gradio.state_holder import SessionState, StateHolder


class Session(SessionState):
    """One visitor's state."""

    def __init__(self, blocks: gr.Blocks) -> None:
        # As Gradio's, whose first act would be the configuration of every component.
        self.blocks_config = copy(blocks.default_config)
        self.config_values = {}
        self.state_data = {}
        self._state_ttl = {}
        self.is_closed = False
        self.STATE_TTL_WHEN_CLOSED = 3600

    def __setitem__(self, key: int, value: Any) -> None:
        """A new value of a gr.State; of any other component, the component as it now is."""
        if isinstance(self.blocks_config.blocks.get(key), gr.State):
            super().__setitem__(key, value)
            self.config_values.clear()
        else:
            self.blocks_config.blocks[key] = value

    def _update_config(self, key: int) -> None:
        """Nothing: it would be for deep links."""

    def _update_value_in_config(self, key: int, value: Any) -> None:
        """Nothing: it would be for deep links."""


class Sessions(StateHolder):
    """The visitors' states, the newest `state_session_capacity` of them."""

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            self.session_data[session_id] = Session(self.blocks)
        return super().__getitem__(session_id)
