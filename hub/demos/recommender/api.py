"""The endpoints /recommend and /similar_items, which are MCP tools too."""

from __future__ import annotations

import gradio as gr

from hub.fields import Again, Item, ListLength, Model, Reasons, Rule, Taken
from hub.tasks.funnel import Recommendation, Similar
from hub.ui.context import Context


def api(context: Context) -> None:
    """Register the endpoints."""
    service = context.service

    def recommend(
        items: Taken,
        model: Model,
        count: ListLength = 10,
        again: Again = False,
        rule: Rule = "mmr",
        reasons: Reasons = True,
    ) -> Recommendation:
        """What somebody who took some things may take next: recall, coarse ranking, fine ranking, re-ranking.

        Args:
            items: numbers of the things that were taken, the newest last; none: what is popular.
            model: the name of a model; the endpoint "models" lists them (task "funnel").
            count: how long the list is.
            again: whether what was taken may come again.
            rule: of the re-ranking: none, mmr, dpp, caps, calibrated, prm.
            reasons: whether the list says why; it takes most of the time.

        Returns:
            {"items": [{"item", "title", "price", "probability", "channels": [{"channel", "rank"}], "because": the taken
            thing that speaks most for it, "shares": what each group of features adds to its score}], "unknown": numbers
            that name nothing, "personal": false where nothing was taken, "stages": [{"name", "given", "kept", "ms"}]}
        """
        return service.recommend(items, model, count, again, rule, reasons)

    def similar_items(item: Item, model: Model, count: ListLength = 10) -> list[Similar]:
        """Things that who takes another one takes too.

        Args:
            item: the number of a thing.
            model: the name of a model; the endpoint "models" lists them (task "funnel").
            count: how many.

        Returns:
            [{"item", "title", "score"}], the nearest first.
        """
        return service.similar_items(item, model, count)

    for endpoint in (recommend, similar_items):
        gr.api(endpoint, api_name=endpoint.__name__, concurrency_limit=4)
