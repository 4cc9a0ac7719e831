"""The error tree: who can mend what.

A visitor reads sentences of ours alone: those of hub/messages.py, in the language of the page. Programs get the
English, and the code. What a library or Python says of an error is for the operator's log.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from annotated_types import Ge, Le
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from hub import messages
from hub.messages import Language, Term

Model = TypeVar("Model", bound=BaseModel)

__all__ = ["Term"]  # what a value of an error may be


class HubError(Exception):
    """Anything that the hub reports by itself. The text of one that has no code is for the operator."""


class CodedError(HubError):
    """An error with a sentence for the visitor.

    Args:
        code: of hub/messages.py. values: what fills its sentence in.

    Raises KeyError: no such code, or a value is missing.
    """

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(messages.say(code, "en", **values))
        self.code = code
        self.values = values


class InputError(CodedError):
    """The visitor can mend it: the sentence has the value found, the value allowed, and what to do (HTTP 422)."""


class TooLargeError(InputError):
    """The input is over a limit of hub/limits.py (HTTP 413)."""


class UnknownModelError(InputError):
    """No such model, or no such variant or head of it (HTTP 404)."""


class BusyError(CodedError):
    """Too many requests wait already (HTTP 429); `wait` says when to come again, in seconds."""

    def __init__(self, code: str, *, wait: float = 1.0, **values: object) -> None:
        super().__init__(code, wait=wait, **values)
        self.retry_after_s = wait


class BundleError(HubError):
    """The operator can mend it: a bundle is missing, truncated or altered (HTTP 503).

    Its text names the bundle, the file and what is wrong, in words of ours: /health and /v1 show it.
    """


class ProviderError(HubError):
    """The operator can mend it: an execution provider was asked for and not got, in strict mode (HTTP 503)."""


def readable(error: BaseException, language: Language) -> str:
    """What a visitor reads of an error; of one without a code only that there was one."""
    values = error.values if isinstance(error, CodedError) else {}
    text = messages.say(code_of(error), language, **values)
    return text[:1].upper() + text[1:] if PLAIN.match(text) else text


def code_of(error: BaseException) -> str:
    """The code of an error, for programs."""
    if isinstance(error, CodedError):
        return error.code
    return "disabled" if isinstance(error, (BundleError, ProviderError)) else "unexpected"


def english(error: BaseException) -> str:
    """What a program gets beside the code: of a disabled model, the reason too."""
    known = isinstance(error, (CodedError, BundleError))
    return str(error) if known else messages.say(code_of(error), "en")


PLAIN = re.compile(r"[a-z]+[ :]")  # the first word is one of English, not the name of a model or a setting
WHOLE = ("int_type", "int_parsing", "int_parsing_size", "int_from_float")
NUMBER = ("float_type", "float_parsing", "finite_number", "decimal_type", "decimal_parsing")
BOUNDS = {
    "less_than_equal": ("setting_high", "le"),
    "greater_than_equal": ("setting_low", "ge"),
    "less_than": ("setting_below", "lt"),
    "greater_than": ("setting_above", "gt"),
    "literal_error": ("setting_choice", "expected"),
    "enum": ("setting_choice", "expected"),
}


def checked(model: type[Model], values: Mapping[str, Any]) -> Model:
    """The settings of a model. Raises InputError for the first that is wrong."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        raise invalid(error, model) from None


def bounds(field: FieldInfo) -> tuple[float, float]:
    """The lowest and the highest value of a setting; infinite where there is none."""
    low = next((one.ge for one in field.metadata if isinstance(one, Ge)), -math.inf)
    high = next((one.le for one in field.metadata if isinstance(one, Le)), math.inf)
    return cast(float, low), cast(float, high)


def invalid(error: ValidationError, model: type[BaseModel]) -> InputError:
    """What pydantic says of the first setting that is wrong, as an error of ours. model: whose settings they are."""
    first = error.errors(include_url=False)[0]
    kind, context = first["type"], first.get("ctx", {})
    name = ".".join(map(str, first["loc"]))[:60]
    found = str(first.get("input"))[:60]
    field = model.model_fields.get(name)
    if (
        field is not None
        and kind in ("less_than_equal", "greater_than_equal")
        and all(map(math.isfinite, bounds(field)))
    ):
        low, high = bounds(field)
        code = "setting_whole_range" if field.annotation is int else "setting_range"
        return InputError(code, name=name, found=found, low=low, high=high)
    if kind == "extra_forbidden":
        return InputError("setting_unknown", name=name, known=", ".join(model.model_fields))
    if kind == "missing":
        return InputError("setting_empty", name=name)
    if kind in BOUNDS:
        code, bound = BOUNDS[kind]
        allowed = str(context[bound])
        if code == "setting_choice":
            return InputError(code, name=name, found=found, known=allowed.replace("'", "").replace(" or ", ", "))
        return InputError(code, name=name, found=found, allowed=allowed)
    if kind in WHOLE or kind in NUMBER:
        return InputError("setting_whole" if kind in WHOLE else "setting_number", name=name, found=found)
    return InputError("setting_wrong", name=name, found=found)
