//! Characters from bytes, over chunks.

use std::borrow::Cow;

/// Decodes UTF-8 whose characters may be cut by the chunks. Bytes that are no UTF-8 become U+FFFD.
#[derive(Debug, Default)]
pub(super) struct Utf8Decoder {
    /// The begin of a character, at most three bytes.
    held: Vec<u8>,
}

impl Utf8Decoder {
    /// The text that the next chunk completes.
    pub(super) fn push<'a>(&mut self, chunk: &'a [u8]) -> Cow<'a, str> {
        if self.held.is_empty()
            && let Ok(text) = std::str::from_utf8(chunk)
        {
            return Cow::Borrowed(text);
        }
        let mut bytes = std::mem::take(&mut self.held);
        bytes.extend_from_slice(chunk);
        let mut text = String::with_capacity(bytes.len());
        let mut rest = bytes.as_slice();
        while let Err(error) = std::str::from_utf8(rest) {
            let (valid, after) = rest.split_at(error.valid_up_to());
            text.push_str(std::str::from_utf8(valid).unwrap_or_default());
            let Some(length) = error.error_len() else {
                self.held = after.to_vec();
                return Cow::Owned(text);
            };
            text.push(char::REPLACEMENT_CHARACTER);
            rest = after.get(length..).unwrap_or_default();
        }
        text.push_str(std::str::from_utf8(rest).unwrap_or_default());
        Cow::Owned(text)
    }

    /// What a begun character becomes when nothing follows.
    pub(super) fn finish(&mut self) -> &'static str {
        if std::mem::take(&mut self.held).is_empty() {
            ""
        } else {
            "\u{fffd}"
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_chunking_decodes_as_the_whole(
            pieces in prop::collection::vec(
                prop_oneof![
                    any::<char>().prop_map(|c| c.to_string().into_bytes()),
                    prop::collection::vec(any::<u8>(), 0..5),
                ],
                0..40,
            ),
            size in 1_usize..9,
        ) {
            let bytes = pieces.concat();
            let mut decoder = Utf8Decoder::default();
            let mut text = String::new();
            for chunk in bytes.chunks(size) {
                text.push_str(&decoder.push(chunk));
            }
            text.push_str(decoder.finish());
            prop_assert_eq!(text, String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn nothing_is_held_but_the_begin_of_a_character() {
        let mut decoder = Utf8Decoder::default();
        assert_eq!(decoder.push(b"a\xe2\x82"), "a");
        assert_eq!(decoder.push(b"\xac!"), "€!");
        assert_eq!(decoder.push(b"\xff\xc3"), "\u{fffd}");
        assert_eq!(decoder.finish(), "\u{fffd}");
        assert_eq!(decoder.finish(), "");
    }
}
