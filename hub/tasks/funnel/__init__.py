"""A recommender as a funnel: recall, coarse ranking, fine ranking, re-ranking. Numpy in, numpy out."""

from hub.tasks.funnel.answers import (
    Recommendation,
    Recommended,
    Request,
    Similar,
    recommendation,
    recommendations,
    request_of,
    similar,
)
from hub.tasks.funnel.catalogue import TASK, Catalogue, Shop, check_items, shop_of, titled
from hub.tasks.funnel.pipeline import (
    RULES,
    Funnelled,
    Pool,
    RuleName,
    Settings,
    Stage,
    Taken,
    offered,
    opened,
    recommend,
)
from hub.tasks.funnel.reasons import NEAR, Found, Shares, found_by, shares, speakers
from hub.tasks.funnel.replay import CAUSES, HOWS, Cause, How, Replay, Replayed, Stages, replay_of, rerun
from hub.tasks.funnel.rerank import distance
from hub.tasks.funnel.tables import Tables, tables_of

__all__ = [
    "CAUSES",
    "HOWS",
    "NEAR",
    "RULES",
    "TASK",
    "Catalogue",
    "Cause",
    "Found",
    "Funnelled",
    "How",
    "Pool",
    "Recommendation",
    "Recommended",
    "Replay",
    "Replayed",
    "Request",
    "RuleName",
    "Settings",
    "Shares",
    "Shop",
    "Similar",
    "Stage",
    "Stages",
    "Tables",
    "Taken",
    "check_items",
    "distance",
    "found_by",
    "offered",
    "opened",
    "recommend",
    "recommendation",
    "recommendations",
    "replay_of",
    "request_of",
    "rerun",
    "shares",
    "shop_of",
    "similar",
    "speakers",
    "tables_of",
    "titled",
]
