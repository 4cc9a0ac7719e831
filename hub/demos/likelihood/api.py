"""The endpoint /fit_mle."""

from __future__ import annotations

import gradio as gr

from hub.fields import Family, Samples
from hub.tasks.likelihood import Fit
from hub.ui.context import Context


def api(context: Context) -> None:
    """Register the endpoint /fit_mle, which is an MCP tool too."""
    service = context.service

    def fit_mle(family: Family, data: Samples) -> Fit:
        """Maximum-likelihood estimate of a family from data.

        Args:
            family: bernoulli, categorical, gaussian, poisson, exponential, mixture (of two Gaussians), bigram, linear,
                logistic or two_gaussians.
            data: at most 5,000 values. Numbers; for categorical labels; for bigram lines of text; for linear rows
                [x, y]; for logistic rows [x1, ..., class], for two_gaussians rows [x1, x2, class], the class 0 or 1.

        Returns:
            {"estimate": {parameter: value}, "log_likelihood": null where it grows without bound, "standard_error":
            {parameter: from the Fisher information, null where it says nothing}, "n", "method", "gradient_norm": what
            is left of the gradient there, "notes": codes of what to know about this estimate, among them "boundary",
            and of a missing maximum "constant", "infinite", "perfect", "collapse", "separable", "touching" and
            "one_class"}.
        """
        return service.fit_mle(family, data)

    gr.api(fit_mle, api_name="fit_mle", concurrency_limit=4)
