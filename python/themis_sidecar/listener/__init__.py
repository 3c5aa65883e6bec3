"""The listener at the Unix socket, and what can be seen of it from outside."""
