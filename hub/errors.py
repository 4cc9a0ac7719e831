"""The error tree: who can mend what.

Only the text of an InputError reaches a visitor word for word.
"""


class HubError(Exception):
    """Anything that the hub reports by itself."""


class InputError(HubError):
    """The visitor can mend it: the message has the value found, the value allowed, and what to do."""


class TooLargeError(InputError):
    """The input is over a limit of hub/limits.py (HTTP 413)."""


class UnknownModelError(InputError):
    """No such model, or no such variant or head of it (HTTP 404)."""


class BusyError(HubError):
    """Too many requests wait already (HTTP 429); retry_after_s says when to come again."""

    def __init__(self, message: str, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class BundleError(HubError):
    """The operator can mend it: a bundle is missing, truncated or altered (HTTP 503)."""


class ProviderError(HubError):
    """The operator can mend it: an execution provider was asked for and not got, in strict mode (HTTP 503)."""
