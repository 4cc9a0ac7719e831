"""What no page has the time to measure: every encoder on a whole public test set, without its k most frequent tokens.

`python -m bench removal` makes the file; it has figures alone, nothing of the data set.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from hub.bundle import Bundle
from hub.card import Text
from hub.ui.strings import Language

FILE = Path(__file__).with_name("measured.json")


class Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Course(Record):
    """One encoder. The lists go from no removed token up by one."""

    sha256: str  # of the file that was measured
    spearman: tuple[float, ...]
    low: tuple[float, ...]  # the 95 % interval
    high: tuple[float, ...]


class Measured(Record):
    """One test set."""

    title: Text
    pairs: int
    courses: dict[str, Course]  # name of the bundle -> its figures

    def of(self, bundle: Bundle) -> Course | None:
        """The figures of a bundle, if they are of the file that it has now."""
        found = self.courses.get(bundle.name)
        serving = bundle.card.variant(bundle.variant_with("token_embeddings"))
        return found if found and found.sha256 == serving.sha256 else None


class Measurements(Record):
    """The whole file."""

    sets: dict[Language, Measured]


@lru_cache(maxsize=1)
def measurements() -> Measurements:
    """The file's content."""
    return Measurements.model_validate_json(FILE.read_bytes())
