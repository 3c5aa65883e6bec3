#!/usr/bin/env python3
"""The sidecar's program: see docs/sidecar.md."""

import sys

from themis_sidecar.main import main
from themis_sidecar.vllm_host.process_group import join_group

if __name__ == "__main__":
    sys.exit(main())
if __name__ == "__mp_main__":
    # A process that vLLM started: multiprocessing imports the program in each of them before anything else.
    join_group()
