"""Jinja as transformers sets it up, as an oracle: one JSON request a line, one JSON answer a line.

{"template": text, "variables": {..}, "now": iso time, "mutable": bool} -> {"text": text} or {"error": text}
{"template": text, "chat": {"messages": [..], "tools": [..] | null, "add_generation_prompt": bool,
 "continue_final_message": bool}, "tokens": {..}, "now": .., "mutable": bool} -> the same, shaped as vLLM shapes it
"mutable" allows what llama.cpp adds: list.append, list.pop and the filter from_json.
"""

import copy
import datetime as dt
import functools
import json
import sys
from collections.abc import Callable
from typing import Any, ClassVar

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.parser
import jinja2.sandbox

TAG = "CONTINUE_FINAL_MESSAGE_TAG "


class Generation(jinja2.ext.Extension):
    """The block in which transformers marks what a model has written."""

    tags: ClassVar[set[str]] = {"generation"}

    def parse(self, parser: jinja2.parser.Parser) -> jinja2.nodes.Node:
        """Make the block a call of its own body."""
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller: Callable[[], str]) -> str:
        return caller()


@functools.cache
def environment(now: str, mutable: bool) -> jinja2.Environment:
    """Jinja with what transformers adds."""
    kind = jinja2.sandbox.SandboxedEnvironment if mutable else jinja2.sandbox.ImmutableSandboxedEnvironment
    made = kind(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, "jinja2.ext.loopcontrols"])

    def raise_exception(message: str) -> None:
        raise jinja2.TemplateError(message)

    def tojson(
        value: object,
        ensure_ascii: bool = False,
        indent: int | str | None = None,
        separators: tuple[str, str] | None = None,
        sort_keys: bool = False,
    ) -> str:
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    made.globals["raise_exception"] = raise_exception
    made.globals["strftime_now"] = lambda pattern: dt.datetime.fromisoformat(now).strftime(pattern)
    made.filters["tojson"] = tojson
    if mutable:
        made.filters["from_json"] = json.loads
    return made


def is_wrapped(node: jinja2.nodes.Node | None) -> bool:
    """Whether an expression is another one filtered, tested or sliced."""
    return (isinstance(node, (jinja2.nodes.Filter, jinja2.nodes.Test)) and node.node is not None) or (
        isinstance(node, jinja2.nodes.Getitem) and isinstance(node.arg, jinja2.nodes.Slice)
    )


def is_access(node: jinja2.nodes.Node | None, name: str, key: str | None) -> bool:
    """Whether an expression is that variable or, with a key, that entry of it; wrapped or not."""
    while is_wrapped(node):
        node = node.node
    if key is None:
        return isinstance(node, jinja2.nodes.Name) and node.name == name
    if isinstance(node, jinja2.nodes.Getattr):
        return is_access(node.node, name, None) and node.attr == key
    if isinstance(node, jinja2.nodes.Getitem) and isinstance(node.arg, jinja2.nodes.Const):
        return isinstance(node.node, jinja2.nodes.Name) and node.node.name == name and node.arg.value == key
    return False


def wants_parts(tree: jinja2.nodes.Template) -> bool:
    """vLLM's rule for content: parts where the template loops over the content of a message."""
    lists = ["messages"]
    for name in lists:
        for assign in tree.find_all(jinja2.nodes.Assign):
            if is_access(assign.node, name, None):
                if not isinstance(assign.target, jinja2.nodes.Name):
                    return False
                if assign.target.name not in lists:
                    lists.append(assign.target.name)
    loops = list(tree.find_all(jinja2.nodes.For))
    over = [loop for loop in loops if any(is_access(loop.iter, name, None) for name in lists)]
    if any(not isinstance(loop.target, jinja2.nodes.Name) for loop in over):
        return False
    messages = [loop.target.name for loop in over]
    for loop in loops:
        if any(is_access(loop.iter, name, "content") for name in messages):
            return isinstance(loop.target, jinja2.nodes.Name)
    return False


def parsed(arguments: str) -> Any:  # noqa: ANN401 - JSON is anything
    """The arguments of a call; none if they are no JSON, as in vLLM."""
    try:
        return json.loads(arguments)
    except json.JSONDecodeError:
        return {}


def shaped(message: dict[str, Any], parts: bool) -> dict[str, Any]:
    """A message as vLLM gives it to templates."""
    content: Any = message.get("content") or ""
    if parts and message["role"] != "tool":
        content = [{"type": "text", "text": content}] if content or not message.get("tool_calls") else []
    made = {"role": message["role"], "content": content}
    if message.get("tool_calls"):
        made["tool_calls"] = copy.deepcopy(message["tool_calls"])
        for call in made["tool_calls"]:
            call["function"]["arguments"] = parsed(call["function"]["arguments"])
    if "reasoning" in message:
        made["reasoning"] = made["reasoning_content"] = message["reasoning"]
    made.update({name: message[name] for name in ("tool_call_id", "name") if name in message})
    return made


@functools.cache
def compiled(made: jinja2.Environment, source: str) -> tuple[jinja2.Template, bool]:
    """The template, and whether it wants parts."""
    return made.from_string(source), wants_parts(made.parse(source))


def chat(made: jinja2.Environment, source: str, request: dict[str, Any]) -> str:
    """The prompt of a conversation."""
    asked = request["chat"]
    template, parts = compiled(made, source)
    messages = [shaped(message, parts) for message in asked["messages"]]
    continues = asked.get("continue_final_message", False)
    if continues:
        final = messages[-1]
        if isinstance(final["content"], list):
            final["content"][-1]["text"] += TAG
        else:
            final["content"] += TAG
    text = template.render(
        messages=messages,
        tools=asked.get("tools"),
        documents=None,
        add_generation_prompt=asked["add_generation_prompt"],
        **request["tokens"],
    )
    if continues:
        if asked["messages"][-1]["content"].strip() not in text or TAG.strip() not in text:
            raise ValueError("the final message does not appear")
        at = text.rindex(TAG.strip())
        text = text[:at] if text[at : at + len(TAG)] == TAG else text[:at].rstrip()
    return text


def answer(request: dict[str, Any]) -> dict[str, str]:
    """The answer to one request."""
    try:
        made = environment(request["now"], request.get("mutable", False))
        if "chat" in request:
            return {"text": chat(made, request["template"], request)}
        return {"text": made.from_string(request["template"]).render(**request["variables"])}
    except Exception as error:  # whatever goes wrong is the answer
        return {"error": f"{type(error).__name__}: {error}"}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
