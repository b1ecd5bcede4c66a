"""Runs one Keboola Custom Python configuration inside a sandbox; see ../PROTOCOL.md."""
