//! Writes a request frame.

use bytes::{BufMut as _, Bytes, BytesMut};

use super::HEADER;

/// The one frame of a request to a server stream: `json` behind flag 0 and its length.
///
/// ```
/// let frame = e2b::connect::encode(br#"{"process":{"pid":7}}"#);
/// assert_eq!(&frame[..6], [0, 0, 0, 0, 0x15, b'{']);
/// ```
#[must_use]
pub fn encode(json: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(HEADER + json.len());
    frame.put_u8(0);
    // A request of 4 GiB does not exist; a cut length would be refused by the other side.
    frame.put_u32(u32::try_from(json.len()).unwrap_or(u32::MAX));
    frame.put_slice(json);
    frame.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of reference/e2b.md §3.7.
    #[test]
    fn a_request_frame_is_flag_length_and_json() {
        let hex: String = encode(br#"{"process":{"pid":7}}"#)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(hex, "00000000157b2270726f63657373223a7b22706964223a377d7d");
    }
}
