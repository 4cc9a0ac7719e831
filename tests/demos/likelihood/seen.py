"""What the tests of the views share: how to read what a view shows."""

from __future__ import annotations

import json
from typing import Any

from hub.ui.strings import Language
from hub.ui.view import Scene, View


def figure(sent: Any) -> dict[str, Any]:
    """The picture that a plot is given."""
    drawn = json.loads(sent.plot)
    assert drawn["data"] and drawn["config"]["toImageButtonOptions"]["format"] == "svg"
    return drawn


def names_of(drawn: dict[str, Any]) -> set[str]:
    """The names of its traces."""
    return {trace["name"].partition(",")[0] for trace in drawn["data"]}


def shown(view: View, language: Language, **values: Any) -> dict[str, Any]:
    """What a view shows of its beginning, with other values."""
    return dict(view.show(view.beginning(Scene(language, language)).changed(**values), language))  # type: ignore[arg-type]
