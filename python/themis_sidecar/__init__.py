"""The ThemisBridge sidecar: an engine behind a Unix socket, spoken to in the frames of protos/wire/FRAMING.md."""

VERSION = "1.0"
