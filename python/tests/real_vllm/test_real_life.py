"""Start, drain and deaths of a real vLLM."""

from test_vllm_life import (
    test_death_of_the_engine_reaches_everybody,
    test_drain_that_is_over_answers_everybody,
    test_engine_that_is_silent_counts_as_dead,
    test_killed_sidecar_leaves_no_orphan,
    test_sigterm_lets_own_requests_end,
)

__all__ = [
    "test_death_of_the_engine_reaches_everybody",
    "test_drain_that_is_over_answers_everybody",
    "test_engine_that_is_silent_counts_as_dead",
    "test_killed_sidecar_leaves_no_orphan",
    "test_sigterm_lets_own_requests_end",
]
