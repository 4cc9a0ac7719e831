"""Maximum likelihood: data in; estimates, standard errors, surfaces and ways up the surface out.

Log-likelihoods, gradients, Fisher information, closed forms and EM steps are outputs of the bundle's graphs, one graph
a family, in float64. What is done here: reading data, changes of variables, the search, and matrix algebra. What
likelihood does has modules of its own: `consistency`, `products`, `losses`, `two_ways`, `balance`, `bigram`.
"""

from hub.tasks.likelihood.classifiers import Logistic, design, fit_logistic, newton_logistic
from hub.tasks.likelihood.estimate import fit_mle
from hub.tasks.likelihood.families import CLOSED, CURVES, FAMILIES, TASK, Family, Graphs, Method
from hub.tasks.likelihood.fit import NOTES, Fit
from hub.tasks.likelihood.graphs import check_parameters, densities, gradient_at, log_likelihoods, run
from hub.tasks.likelihood.reading import number, read_labels, read_numbers, read_rows, read_text
from hub.tasks.likelihood.sampling import hidden_truth, sample
from hub.tasks.likelihood.search import Path, ascend, collapsed, frames
from hub.tasks.likelihood.surfaces import Surface, surface

__all__ = [
    "CLOSED", "CURVES", "FAMILIES", "NOTES", "TASK", "Family", "Fit", "Graphs", "Logistic", "Method", "Path", "Surface",
    "ascend", "check_parameters", "collapsed", "densities", "design", "fit_logistic", "fit_mle", "frames",
    "gradient_at", "hidden_truth", "log_likelihoods", "newton_logistic", "number", "read_labels", "read_numbers",
    "read_rows", "read_text", "run", "sample", "surface",
]  # fmt: skip
