"""The endpoints as MCP tools: typed, with limits in their schemas, answered as JSON with `structuredContent`.

Gradio makes the server and serves it; its own tools take everything, and answer with Python's repr of what the
function returned. Here the two handlers that matter are registered anew on that server, in the SDK's own way, from the
annotations of the functions. They are called straight, without Gradio's queue and a client of the hub to itself.
"""

from __future__ import annotations

import inspect
import json
import logging
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio
import gradio as gr
from gradio.block_function import BlockFunction
from mcp.types import CallToolResult, TextContent, Tool
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, create_model

from hub import errors

MOST = 40  # calls at a time of an endpoint that has no limit of its own
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Endpoint:
    """One function as a tool.

    Args:
        request: its parameters. answer: of its return value. whole: whether that is an object by itself; other values
            stand under "result".
    """

    tool: Tool
    function: Callable[..., Any]
    request: type[BaseModel]
    answer: TypeAdapter[Any]
    whole: bool
    limiter: anyio.CapacityLimiter

    async def call(self, arguments: Mapping[str, Any]) -> CallToolResult:
        """The answer, or what is wrong with the call."""
        try:
            request = self.request.model_validate(arguments)
        except ValidationError as error:
            places = (".".join(map(str, entry["loc"])) + f": {entry['msg']}" for entry in error.errors()[:5])
            return refused("; ".join(places), "invalid")
        try:
            value = await self._run({name: getattr(request, name) for name in self.request.model_fields})
        except Exception as error:
            if not isinstance(error, errors.CodedError):
                log.exception("the tool %s failed", self.tool.name)
            return refused(errors.english(error), errors.code_of(error))
        content = json.loads(self.answer.dump_json(self.answer.validate_python(value)))  # NaN becomes null
        record = content if self.whole else {"result": content}
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        return CallToolResult(content=[TextContent(type="text", text=text)], structuredContent=record)

    async def _run(self, values: dict[str, Any]) -> Any:
        if inspect.iscoroutinefunction(self.function):
            return await self.function(**values)
        return await anyio.to_thread.run_sync(self._last, values, limiter=self.limiter)

    def _last(self, values: dict[str, Any]) -> Any:
        """What the function returns; of one that yields an answer as it grows, the last."""
        value = self.function(**values)
        if inspect.isgenerator(value):
            *_, value = value
        return value


def refused(detail: str, code: str) -> CallToolResult:
    """A call that failed: in words for the model, and the code for its host."""
    return CallToolResult(content=[TextContent(type="text", text=detail)], isError=True, _meta={"code": code})


def endpoint(name: str, description: str, parameters: Mapping[str, str], block: BlockFunction) -> Endpoint:
    """The tool of an event of Gradio's that is an API.

    Args:
        parameters: name -> what it is, of the function's docstring.
    """
    assert block.fn is not None
    hints = typing.get_type_hints(block.fn, include_extras=True)
    fields: dict[str, Any] = {
        key: (hints[key], ... if entry.default is entry.empty else entry.default)
        for key, entry in inspect.signature(block.fn).parameters.items()
    }
    request = create_model(name, __config__=ConfigDict(extra="forbid"), **fields)
    schema = request.model_json_schema()
    for key, entry in schema["properties"].items():
        entry["description"] = parameters.get(key) or entry.get("description", "")
    returned = hints["return"]
    if typing.get_origin(returned) is not None and inspect.isgeneratorfunction(block.fn):
        returned = typing.get_args(returned)[0]
    answer: TypeAdapter[Any] = TypeAdapter(returned)
    output = answer.json_schema(mode="serialization")
    whole = output.get("type") == "object"
    if not whole:
        definitions = {"$defs": output.pop("$defs")} if "$defs" in output else {}
        output = {"type": "object", "properties": {"result": output}, "required": ["result"], **definitions}
    limit = block.concurrency_limit if isinstance(block.concurrency_limit, int) else MOST
    tool = Tool(name=name, description=description, inputSchema=schema, outputSchema=output)
    return Endpoint(tool, block.fn, request, answer, whole, anyio.CapacityLimiter(limit))


def register(blocks: gr.Blocks) -> None:
    """Put our tools into the MCP server of a page that has been mounted. Their names are Gradio's."""
    gradio = blocks.mcp_server_obj
    assert gradio is not None
    endpoints: dict[str, Endpoint] = {}
    for name, place in gradio.tool_to_endpoint.items():
        block = gradio.get_block_fn_from_endpoint_name(place)
        if block is not None and block.fn is not None:
            endpoints[name] = endpoint(name, *gradio.get_fn_description(block, name), block)

    def chosen() -> dict[str, Endpoint]:
        """Those of ?tools=…, or all."""
        names = gradio.get_selected_tools_from_request()
        return endpoints if names is None else {name: one for name, one in endpoints.items() if name in names}

    async def list_tools() -> list[Tool]:
        return [one.tool for one in chosen().values()]

    async def call_tool(name: str, arguments: dict[str, Any]) -> CallToolResult:
        one = chosen().get(name)
        if one is None:
            return refused(f"there is no tool {name[:80]!r}; there are {', '.join(chosen())}", "unknown_tool")
        return await one.call(arguments)

    gradio.mcp_server.list_tools()(list_tools)  # type: ignore[no-untyped-call]
    gradio.mcp_server.call_tool(validate_input=False)(call_tool)
