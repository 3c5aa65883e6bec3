"""The frames themselves, read and written without I/O."""
