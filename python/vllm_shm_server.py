#!/usr/bin/env python3
"""The sidecar's program: see docs/sidecar.md."""

import sys

from themis_sidecar.main import main

if __name__ == "__main__":
    sys.exit(main())
