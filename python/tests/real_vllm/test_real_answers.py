"""What is asked and answered, by a real vLLM. Requests of the model itself and of adapters are never mixed here."""

from test_vllm_answers import (
    client,
    test_adapters_have_digests_and_typed_errors,
    test_cancelled_request_leaves_the_engine,
    test_every_cut_is_continued,
    test_every_question_is_answered,
    test_hello_says_what_the_engine_can,
    test_logprobs_have_the_alternatives_best_first,
    test_many_streams_share_the_frames,
    test_seed_is_accepted_and_choice_obeyed,
    test_slow_client_gets_everything_in_larger_rows,
    test_stop_ids_and_lengths_are_told,
    test_stop_string_ends_the_answer_though_no_text_is_wanted,
    test_tenants_do_not_share_the_cache,
    test_text_prompt_is_tokenized_by_the_engine,
    test_tokenize_and_detokenize,
    test_wrong_requests_are_refused_and_the_engine_goes_on,
)

__all__ = [
    "client",
    "test_adapters_have_digests_and_typed_errors",
    "test_cancelled_request_leaves_the_engine",
    "test_every_cut_is_continued",
    "test_every_question_is_answered",
    "test_hello_says_what_the_engine_can",
    "test_logprobs_have_the_alternatives_best_first",
    "test_many_streams_share_the_frames",
    "test_seed_is_accepted_and_choice_obeyed",
    "test_slow_client_gets_everything_in_larger_rows",
    "test_stop_ids_and_lengths_are_told",
    "test_stop_string_ends_the_answer_though_no_text_is_wanted",
    "test_tenants_do_not_share_the_cache",
    "test_text_prompt_is_tokenized_by_the_engine",
    "test_tokenize_and_detokenize",
    "test_wrong_requests_are_refused_and_the_engine_goes_on",
]
