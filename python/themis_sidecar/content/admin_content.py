"""The JSON of ADMIN frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from themis_sidecar.content.members import Members
from themis_sidecar.content.requests import Adapter
from themis_sidecar.failures import invalid
from themis_sidecar.wire.strict_json import read_json
from themis_sidecar.wire.words import Operation

if TYPE_CHECKING:
    from themis_sidecar.wire.control_frames import AdminFrame
    from themis_sidecar.wire.strict_json import JsonObject


def read_admin_content(frame: AdminFrame) -> Adapter | None:
    """Which adapter is meant, with an empty name for all of a model; None for what is about none."""
    if frame.json and frame.operation in (Operation.HEALTH, Operation.METRICS):
        raise invalid("json", "The question has no JSON. Leave it out.")
    try:
        content = read_json(frame.json) if frame.json else {}
    except ValueError as e:
        raise invalid(
            "json", "The JSON of the question is none, too deep, or has a member twice or null in a list."
        ) from e
    members = Members(content, "json")
    adapter = None
    if frame.operation == Operation.ADAPTER_LOAD:
        scale = members.number("scale")
        adapter = Adapter(
            members.text("model"),
            members.text("name"),
            members.optional_text("peft_path"),
            members.optional_text("gguf_path"),
            1.0 if scale is None else scale,
            members.optional_text("digest"),
        )
    elif frame.operation == Operation.ADAPTER_UNLOAD:
        adapter = Adapter(members.text("model"), members.text("name"))
    elif frame.operation == Operation.ADAPTER_LIST:
        adapter = Adapter(members.text("model"), "")
    members.finish()
    if adapter is not None and not adapter.name and frame.operation != Operation.ADAPTER_LIST:
        raise invalid("name", "name is empty. Name the adapter.")
    return adapter


def adapter_members(adapter: Adapter) -> JsonObject:
    """One entry of the list of adapters; members without a value are left out."""
    members: JsonObject = {
        "model": adapter.model,
        "name": adapter.name,
        "peft_path": adapter.peft_path,
        "gguf_path": adapter.gguf_path,
        "scale": None if adapter.scale == 1.0 else adapter.scale,
        "digest": adapter.digest,
    }
    return {name: value for name, value in members.items() if value is not None}
