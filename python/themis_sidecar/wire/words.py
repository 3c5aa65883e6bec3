"""The words of the frames: enumerations and bits. A test holds them equal to protos/wire/layout.json."""

from __future__ import annotations

from enum import IntEnum, IntFlag


class FrameType(IntEnum):
    """What a frame is."""

    HELLO = 1
    UPGRADE = 2
    REQUEST = 3
    ACCEPTED = 4
    STEP = 5
    RESULT = 6
    END = 7
    ERROR = 8
    CANCEL = 9
    CREDIT = 10
    PING = 11
    PONG = 12
    ADMIN = 13
    GOAWAY = 14


class Role(IntEnum):
    """Which side a peer is."""

    CLIENT = 1
    LISTENER = 2


class UpgradeStep(IntEnum):
    """How far the move to another channel is."""

    OFFER = 1
    ACCEPT = 2
    CONFIRM = 3
    DECLINE = 4


class UpgradeKind(IntEnum):
    """Where a channel can move to."""

    SHARED_MEMORY = 1


class RequestKind(IntEnum):
    """What a REQUEST asks for."""

    GENERATE = 1
    EMBED = 2
    TOKENIZE = 3
    DETOKENIZE = 4


class PromptForm(IntEnum):
    """Where the prompt of a REQUEST stands."""

    NONE = 0
    TOKENS = 1
    TEXT = 2
    CHAT = 3


class ResultKind(IntEnum):
    """What a RESULT holds."""

    EMBEDDING = 1
    IDS = 2
    TEXT = 3
    JSON = 4


class Finish(IntEnum):
    """Why a generation is complete."""

    NONE = 0
    STOP = 1
    LENGTH = 2
    TOOL_CALLS = 3
    REPETITION = 4


class Stage(IntEnum):
    """How far a request had come."""

    CONNECT = 1
    ADMIT = 2
    PREFILL = 3
    STREAM = 4


class Operation(IntEnum):
    """What an ADMIN asks for."""

    HEALTH = 1
    METRICS = 2
    ADAPTER_LOAD = 3
    ADAPTER_UNLOAD = 4
    ADAPTER_LIST = 5


class Failure(IntEnum):
    """What went wrong."""

    INVALID_REQUEST = 1
    UNSUPPORTED_OPTION = 2
    CONTEXT_LENGTH_EXCEEDED = 3
    UNKNOWN_MODEL = 4
    UNKNOWN_ADAPTER = 5
    UNAUTHORIZED = 6
    LIMIT_EXCEEDED = 7
    INVALID_MODEL_FILE = 8
    NATIVE_LIBRARY_UNAVAILABLE = 9
    MODEL_LOAD_FAILED = 10
    CONNECTION_FAILED = 11
    CONNECTION_LOST = 12
    PROTOCOL_VIOLATION = 13
    BUSY = 14
    DRAINING = 15
    ABORTED_BY_ENGINE = 16
    ENGINE_FAILED = 17
    DEADLINE_EXCEEDED = 18
    NO_ELIGIBLE_BACKEND = 19
    CANCELLED = 20


class Feature(IntFlag):
    """What a connection can use if both sides offer it."""

    SHARED_MEMORY = 1 << 0


class Option(IntFlag):
    """The yes-or-no options of a REQUEST."""

    TEXT = 1 << 0
    TOKEN_IDS = 1 << 1
    PROMPT_IDS = 1 << 2
    STREAM = 1 << 3
    IGNORE_EOS = 1 << 4
    INCLUDE_STOP = 1 << 5
    KEEP_SPECIAL_TOKENS = 1 << 6
    BYPASS_CACHE = 1 << 7
    ADD_SPECIAL_GIVEN = 1 << 8
    ADD_SPECIAL = 1 << 9


class Given(IntFlag):
    """Which numbers of a REQUEST are given."""

    MAX_TOKENS = 1 << 0
    MIN_TOKENS = 1 << 1
    TOP_K = 1 << 2
    SEED = 1 << 3
    LOGPROBS = 1 << 4
    DIMENSIONS = 1 << 5
    TEMPERATURE = 1 << 6
    TOP_P = 1 << 7
    MIN_P = 1 << 8
    FREQUENCY_PENALTY = 1 << 9
    PRESENCE_PENALTY = 1 << 10
    REPETITION_PENALTY = 1 << 11


class Capability(IntFlag):
    """What an engine can do."""

    GENERATE = 1 << 0
    TEXT_PROMPT = 1 << 1
    TOKEN_PROMPT = 1 << 2
    RENDERS_CHAT = 1 << 3
    TEXT_OUTPUT = 1 << 4
    TOKEN_ID_OUTPUT = 1 << 5
    PROMPT_TOKEN_ID_OUTPUT = 1 << 6
    APPLIES_MODEL_DEFAULTS = 1 << 7
    STOP_TOKEN_IDS = 1 << 8
    IGNORE_EOS = 1 << 9
    MIN_TOKENS = 1 << 10
    TOP_K = 1 << 11
    MIN_P = 1 << 12
    SEED = 1 << 13
    PENALTIES = 1 << 14
    REPETITION_PENALTY = 1 << 15
    LOGIT_BIAS = 1 << 16
    LOGPROBS = 1 << 17
    INCLUDE_STOP_IN_OUTPUT = 1 << 18
    KEEP_SPECIAL_TOKENS = 1 << 19
    JSON_SCHEMA = 1 << 20
    JSON_OBJECT = 1 << 21
    REGEX = 1 << 22
    CHOICE = 1 << 23
    GRAMMAR = 1 << 24
    TOOLS = 1 << 25
    ADAPTERS = 1 << 26
    PRIORITY = 1 << 27
    CACHE_BYPASS = 1 << 28
    TENANT_ISOLATION = 1 << 29
    CONTINUE_FINAL_MESSAGE = 1 << 30
    EMBED = 1 << 31
    EMBEDDING_DIMENSIONS = 1 << 32
    TOKENIZE = 1 << 33
