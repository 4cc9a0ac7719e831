"""What a network is and how it trains: the settings of a run, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hub import limits
from hub.errors import InputError, TooLargeError, invalid

TASK = "gradients"

STATISTICS = "statistics"

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky-relu", "p-relu", "r-relu", "maxout")

NETWORKS = ("deep", "rnn", "lstm")

INITIALISATIONS = ("normal", "xavier", "he", "orthogonal")

DATA_SETS = ("moons", "spirals", "digits")

CLIPS = ("none", "value", "norm")

CHAINS = ("sigmoid", "tanh", "relu")

POINTS = 512  # of the moons and spirals

SYMBOLS = 4  # of the recall task

HISTORY = 100  # snapshots of one run: columns of its heat map

BINS = 41  # of the histograms

R_RELU = (1 / 8, 1 / 3)  # the slopes of R-ReLU are uniform in between; Xu et al. 2015 draw their inverses

P_RELU = 0.25  # where its slope begins (He et al. 2015)

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]

Penalty = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]


class Config(BaseModel):
    """One network and how it is trained. depth: layers of a deep network, times of a recurrent one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    network: Literal["deep", "rnn", "lstm"] = "deep"
    activation: Literal["sigmoid", "tanh", "relu", "leaky-relu", "p-relu", "r-relu", "maxout"] = "sigmoid"
    depth: Annotated[int, Field(ge=2, le=limits.MAX_LAB_DEPTH)] = 30
    width: Annotated[int, Field(ge=8, le=limits.MAX_LAB_WIDTH)] = 64
    batch_norm: bool = False
    residual: bool = False
    initialisation: Literal["normal", "xavier", "he", "orthogonal"] = "xavier"
    sigma: Annotated[float, Field(ge=0.001, le=4, allow_inf_nan=False)] = 0.125  # of N(0, σ²); a factor of orthogonal
    slope: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.01  # of Leaky-ReLU
    forget_bias: Annotated[float, Field(ge=-5, le=10, allow_inf_nan=False)] = 1.0  # of the LSTM
    data: Literal["moons", "spirals", "digits"] = "digits"  # of a deep network; a recurrent one recalls a symbol
    batch: Annotated[int, Field(ge=8, le=limits.MAX_LAB_BATCH)] = 64
    learning_rate: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] = 0.1
    clip: Literal["none", "value", "norm"] = "none"
    clip_at: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] = 1.0
    l1: Penalty = 0.0
    l2: Penalty = 0.0
    precision: Literal["float64", "float32"] = "float64"
    steps: Annotated[int, Field(ge=0, le=limits.MAX_LAB_STEPS)] = 200
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0

    @model_validator(mode="after")
    def _fits(self) -> Self:
        matrices = self.depth * (2 if self.activation == "maxout" else 1) if self.network == "deep" else 8
        size = matrices * self.width**2 * (8 if self.precision == "float64" else 4)
        if size > limits.MAX_LAB_WEIGHT_BYTES:
            raise TooLargeError(
                "lab_weights", depth=self.depth, width=self.width, precision=self.precision, found=size / 1e6,
                allowed=limits.MAX_LAB_WEIGHT_BYTES / 1e6,
            )  # fmt: skip
        return self

    @property
    def graph(self) -> str:
        """The variant of the bundle that computes it."""
        name: str = self.network
        if name == "deep":
            name = "-".join([self.activation, *["norm"] * self.batch_norm, *["residual"] * self.residual])
        return name if self.precision == "float64" else f"{name}.float32"

    @property
    def work(self) -> int:
        """Multiplications of one step, about."""
        pieces = {"maxout": 2}.get(self.activation, 1) if self.network == "deep" else {"lstm": 4}.get(self.network, 1)
        return 3 * self.depth * self.batch * self.width**2 * pieces

    @property
    def sigma_w2(self) -> float:
        """The variance of a weight times the units that it sums over: σ_w² of the mean-field theory."""
        known = {"xavier": 1.0, "he": 2.0, "orthogonal": self.sigma_of_orthogonal**2}
        return known.get(self.initialisation, self.sigma**2 * self.width)

    @property
    def sigma_of_orthogonal(self) -> float:
        return 1.0


def config(values: Mapping[str, Any] | Config | None) -> Config:
    """A Config from what a visitor or a program gives; what is left out has its default.

    Raises InputError with the value found and the values allowed, TooLargeError for a network that is too large.
    """
    if isinstance(values, Config):
        return values
    if values is not None and not isinstance(values, Mapping):
        raise InputError("settings_type", found=type(values).__name__)
    try:
        return Config.model_validate(dict(values or {}))
    except ValidationError as error:
        raise invalid(error, Config) from None
