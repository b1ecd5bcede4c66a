//! The content script: detects a configuration page, places the button, mounts the panel's frame.
