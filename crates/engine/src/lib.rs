//! The engine: an offscreen document that owns bytes, streams and running work.
