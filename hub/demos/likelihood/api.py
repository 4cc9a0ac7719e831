"""The endpoint /fit_mle."""

from __future__ import annotations

import gradio as gr
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from hub.errors import HubError
from hub.fields import Model, Samples
from hub.tasks import likelihood as task
from hub.ui.context import Context, readable


class Fitted(TypedDict):
    family: str
    n: int
    method: str
    estimate: dict[str, float]
    log_likelihood: float | None
    standard_error: dict[str, float | None]
    notes: list[str]


def api(context: Context) -> None:
    """Register the endpoint /fit_mle, which is an MCP tool too."""
    service = context.service

    def fit_mle(family: Model, data: Samples) -> Fitted:
        """Maximum-likelihood estimate of a family from data.

        Args:
            family: bernoulli, categorical, gaussian, poisson, exponential, mixture (of two Gaussians), bigram, linear,
                logistic or two_gaussians.
            data: at most 5,000 values. Numbers; for categorical labels; for bigram lines of text; for linear rows
                [x, y]; for logistic rows [x1, ..., class], for two_gaussians rows [x1, x2, class], the class 0 or 1.

        Returns:
            {"estimate": {parameter: value}, "log_likelihood": null where it grows without bound, "standard_error":
            {parameter: from the Fisher information, null where it says nothing}, "n", "method", "notes": what to know
            about this estimate, a boundary or a missing maximum among them}.
        """
        try:
            return fitted(service.fit_mle(family, data))
        except HubError as error:
            raise readable(error) from None

    gr.api(fit_mle, api_name="fit_mle", concurrency_limit=4)


def fitted(fit: task.Fit) -> Fitted:
    """A Fit as the API says it."""
    return {
        "family": fit.family,
        "n": fit.n,
        "method": fit.method,
        "estimate": fit.estimate,
        "log_likelihood": fit.log_likelihood,
        "standard_error": fit.standard_error,
        "notes": [task.NOTES[code] for code in fit.notes],
    }
