"""Tests of the runner: real processes, real files, a real HTTP server."""
