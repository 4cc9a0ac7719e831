"""The endpoint /evaluate_ranking, which is an MCP tool too."""

from __future__ import annotations

import gradio as gr

from hub.fields import Cut, Judgments
from hub.tasks.judging import RankingEvaluation
from hub.ui.context import Context


def api(context: Context) -> None:
    """Register the endpoint."""
    service = context.service

    def evaluate_ranking(judgments: Judgments, at: Cut = 10) -> RankingEvaluation:
        """How good a ranking of judged documents is: nDCG with an interval, beside BM25 and chance.

        Args:
            judgments: at most 2,000 of {"query", "document", "grade": 0 to 10, "score": of the system that is judged,
                for all of them or for none}; without scores the documents of a query stand in the order that is judged.
            at: k of nDCG@k, 1 to 100.

        Returns:
            {"at", "by": "score" or "order", "queries": whose documents are not all of one grade, "left_out": the other
            ones, "documents", "own", "bm25", "chance", "difference" (own − bm25): {"value", "low", "high"} with an
            interval of 95 % over queries, "per_query": the worst first, with what stands first and the best document}
        """
        return service.evaluate_ranking(judgments, at)

    gr.api(evaluate_ranking, api_name="evaluate_ranking", concurrency_limit=4)
