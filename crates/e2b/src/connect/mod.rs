//! The Connect protocol as envd speaks it: frames of JSON in one long reply.
//!
//! A frame is a flag byte, a length of four bytes (big endian), and that much JSON. The stream is
//! whole only when a frame with the end flag came; anything else is a connection that broke
//! (reference/e2b.md §3.5). Nothing here does IO: chunks go in as the network cut them, frames come
//! out.

mod decode;
mod encode;

pub use decode::{Frame, FrameDecoder, FrameError, StreamError};
pub use encode::encode;

/// Flag of a compressed frame; never asked for, so refused.
const COMPRESSED: u8 = 0x01;
/// Flag of the last frame.
const END: u8 = 0x02;
/// Bytes of flag and length.
const HEADER: usize = 5;
