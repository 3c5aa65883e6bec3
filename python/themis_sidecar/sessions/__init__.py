"""The state of a connection, without I/O."""
