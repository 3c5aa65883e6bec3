"""The conversation in the JSON of a request."""

from __future__ import annotations

from themis_sidecar.content.members import Members
from themis_sidecar.content.requests import ChatPrompt, Message, Tool, ToolCall, ToolChoice
from themis_sidecar.failures import invalid

_MODES = ("auto", "none", "required")


def read_chat(value: object) -> ChatPrompt:
    """Reads and checks a conversation."""
    members = Members(value, "messages")
    messages = members.items("messages")
    if not messages:
        raise invalid("messages", "messages is missing or empty. Give at least one message.")
    choice = members.take("tool_choice")
    chat = ChatPrompt(
        tuple(_read_message(message) for message in messages),
        tuple(_read_tool(tool) for tool in members.items("tools") or ()),
        None if choice is None else _read_choice(choice),
        members.flag("add_generation_prompt", default=True),
        members.flag("continue_final_message", default=False),
    )
    members.finish()
    if chat.add_generation_prompt and chat.continue_final_message:
        raise invalid(
            "continue_final_message",
            "continue_final_message and add_generation_prompt exclude each other. Set only one of them.",
        )
    function = chat.tool_choice.function if chat.tool_choice else None
    if function is not None and all(tool.name != function for tool in chat.tools):
        raise invalid("tool_choice", "tool_choice names a function that is not in tools.")
    return chat


def _read_message(value: object) -> Message:
    members = Members(value, "messages")
    message = Message(
        members.text("role"),
        members.text("content"),
        members.optional_text("name"),
        tuple(_read_call(call) for call in members.items("tool_calls") or ()),
        members.optional_text("tool_call_id"),
        members.optional_text("reasoning"),
    )
    members.finish()
    if not message.role:
        raise invalid("messages", "messages holds a message without a role.")
    return message


def _read_call(value: object) -> ToolCall:
    members = Members(value, "messages")
    call = ToolCall(members.text("id"), members.text("name"), members.text("arguments"))
    members.finish()
    return call


def _read_tool(value: object) -> Tool:
    members = Members(value, "tools")
    strict = members.take("strict")
    if strict is not None and not isinstance(strict, bool):
        raise invalid("tools", "'strict' in tools must be true or false.")
    tool = Tool(members.text("name"), members.optional_text("description"), members.optional_text("parameters"), strict)
    members.finish()
    return tool


def _read_choice(value: object) -> ToolChoice:
    members = Members(value, "tool_choice")
    choice = ToolChoice(members.text("mode"), members.optional_text("function"))
    members.finish()
    if (choice.mode in _MODES) == (choice.function is not None) or choice.mode not in (*_MODES, "function"):
        raise invalid("tool_choice", "tool_choice must be auto, none, required, or function with its name.")
    return choice
