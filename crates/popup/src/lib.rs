//! The popup of the toolbar button: status, transfers, runs, sandboxes.
