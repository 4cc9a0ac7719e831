"""Gradients of deep and recurrent networks while they train: numpy in, numpy out. The graphs are the gradient lab's.

A run is fixed by its Config, the seed included: the same configuration gives the same figures, so a link can carry it.
"""

from hub.tasks.gradients.chains import ChainResult, chain, exploding
from hub.tasks.gradients.data import DATA_FILE, data_set, recall, weights
from hub.tasks.gradients.mean_field import theory
from hub.tasks.gradients.profiles import profile
from hub.tasks.gradients.run import Run, Runs, histograms, slope, train
from hub.tasks.gradients.settings import (
    ACTIVATIONS,
    BINS,
    CHAINS,
    CLIPS,
    DATA_SETS,
    INITIALISATIONS,
    NETWORKS,
    R_RELU,
    SYMBOLS,
    TASK,
    Config,
    config,
)

__all__ = [
    "ACTIVATIONS",
    "BINS",
    "CHAINS",
    "CLIPS",
    "DATA_FILE",
    "DATA_SETS",
    "INITIALISATIONS",
    "NETWORKS",
    "R_RELU",
    "SYMBOLS",
    "TASK",
    "ChainResult",
    "Config",
    "Run",
    "Runs",
    "chain",
    "config",
    "data_set",
    "exploding",
    "histograms",
    "profile",
    "recall",
    "slope",
    "theory",
    "train",
    "weights",
]
