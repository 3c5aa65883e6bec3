"""Frames through two rings in sealed memory: FRAMING.md section 8, the listener's side. x86-64 alone."""
