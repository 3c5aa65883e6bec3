"""What the sidecar counts, and how Prometheus reads it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from themis_sidecar import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from themis_sidecar.engines.engine import Description, Load

_BUCKETS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0)


class Histogram:
    """How long something took, in seconds."""

    def __init__(self) -> None:
        """Starts empty."""
        self._counts = [0] * (len(_BUCKETS) + 1)
        self._sum = 0.0

    def add(self, seconds: float) -> None:
        """Adds one."""
        self._sum += seconds
        for index, bound in enumerate(_BUCKETS):
            if seconds <= bound:
                self._counts[index] += 1
                return
        self._counts[-1] += 1

    def lines(self, name: str) -> Iterable[str]:
        """The exposition."""
        total = 0
        for bound, count in zip((*map(str, _BUCKETS), "+Inf"), self._counts, strict=True):
            total += count
            yield f'{name}_bucket{{le="{bound}"}} {total}'
        yield f"{name}_sum {self._sum:.9g}"
        yield f"{name}_count {total}"


class Metrics:
    """Counters of one sidecar; all of them belong to the event loop's thread."""

    def __init__(self) -> None:
        """Starts at zero."""
        self.connections_total = 0
        self.connections_refused = 0
        self.active_requests = 0
        self.request_bytes = 0
        self.requests: Counter[tuple[str, str]] = Counter()
        self.input_tokens = 0
        self.output_tokens = 0
        self.step_frames = 0
        self.step_rows = 0
        self.sent_bytes = 0
        self.first_token = Histogram()
        self.duration = Histogram()

    def text(self, engine: Description, load: Load, connections: int, unsent_bytes: int) -> str:
        """Everything, in Prometheus' text format."""
        lines: list[str] = []

        def add(name: str, kind: str, description: str, *samples: str) -> None:
            lines.extend((f"# HELP {name} {description}", f"# TYPE {name} {kind}", *samples))

        def one(name: str, kind: str, description: str, value: float) -> None:
            add(name, kind, description, f"{name} {value}")

        add(
            "themis_bridge_sidecar_info", "gauge", "What runs here.",
            f'themis_bridge_sidecar_info{{version="{VERSION}",engine="{_label(engine.engine)}",'
            f'model="{_label(engine.model)}"}} 1',
        )  # fmt: skip
        one("themis_bridge_connections", "gauge", "Open connections.", connections)
        one("themis_bridge_connections_total", "counter", "Connections that were opened.", self.connections_total)
        one("themis_bridge_connections_refused_total", "counter", "Connections refused.", self.connections_refused)
        one("themis_bridge_active_requests", "gauge", "Open requests.", self.active_requests)
        one("themis_bridge_request_bytes", "gauge", "Memory of open requests.", self.request_bytes)
        one("themis_bridge_engine_running", "gauge", "Generations of the engine's last step.", load.running)
        one("themis_bridge_engine_waiting", "gauge", "Generations that wait in the engine.", load.waiting)
        add(
            "themis_bridge_requests_total", "counter", "Requests that are over, by kind and outcome.",
            *(
                f'themis_bridge_requests_total{{kind="{kind}",outcome="{outcome}"}} {count}'
                for (kind, outcome), count in sorted(self.requests.items())
            ),
        )  # fmt: skip
        add(
            "themis_bridge_tokens_total", "counter", "Tokens of prompts and answers.",
            f'themis_bridge_tokens_total{{gen_ai_token_type="input"}} {self.input_tokens}',
            f'themis_bridge_tokens_total{{gen_ai_token_type="output"}} {self.output_tokens}',
        )  # fmt: skip
        one("themis_bridge_step_frames_total", "counter", "STEP frames sent.", self.step_frames)
        one("themis_bridge_step_rows_total", "counter", "Rows of STEP frames sent.", self.step_rows)
        one("themis_bridge_sent_bytes_total", "counter", "Bytes of frames sent.", self.sent_bytes)
        one("themis_bridge_unsent_bytes", "gauge", "Bytes that clients have not taken.", unsent_bytes)
        for name, description, histogram in (
            ("gen_ai_server_time_to_first_token_seconds", "From request to first row.", self.first_token),
            ("gen_ai_server_request_duration_seconds", "From request to its end.", self.duration),
        ):
            add(name, "histogram", description, *histogram.lines(name))
        return "\n".join(lines) + "\n"


def _label(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
