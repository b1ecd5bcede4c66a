//! Whatever a service, a proxy or a broken line sends: the parsers answer an error or a value and
//! never panic, and how the bytes are cut means nothing. Bounded, so that it runs with every test.
#![allow(clippy::unwrap_used)] // clippy does not see that these are tests

use e2b::connect::FrameDecoder;
use e2b::{EnvdVersion, SandboxId, read_upload};
use proptest::prelude::*;

/// Bytes that look like a stream of Connect in places: flags, lengths and JSON that may fit.
fn nearly_a_stream() -> impl Strategy<Value = Vec<u8>> {
    let frame = (
        prop_oneof![Just(0u8), Just(1), Just(2), Just(3), any::<u8>()],
        prop_oneof![
            4 => Just(None),
            1 => any::<u32>().prop_map(Some),
        ],
        prop_oneof![
            Just(b"{}".to_vec()),
            Just(br#"{"event":{"data":{"stdout":"aGk="}}}"#.to_vec()),
            Just(br#"{"error":{"code":"not_found","message":"x"}}"#.to_vec()),
            proptest::collection::vec(any::<u8>(), 0..60),
        ],
    );
    proptest::collection::vec(frame, 0..6).prop_map(|frames| {
        let mut bytes = Vec::new();
        for (flag, length, body) in frames {
            let length = length.unwrap_or(u32::try_from(body.len()).unwrap());
            bytes.push(flag);
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(&body);
        }
        bytes
    })
}

/// All messages of the stream, and how it ended.
fn decoded(chunks: &[&[u8]]) -> Vec<String> {
    let mut decoder = FrameDecoder::new();
    let mut told = Vec::new();
    for chunk in chunks {
        decoder.push(chunk);
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => told.push(format!("{frame:?}")),
                Ok(None) => break,
                Err(error) => {
                    told.push(error.to_string());
                    return told;
                }
            }
        }
    }
    told.push(format!("{:?}", decoder.finish()));
    told
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn a_stream_means_the_same_however_it_is_cut(
        bytes in nearly_a_stream(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..5),
    ) {
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        places.extend([0, bytes.len()]);
        places.sort_unstable();
        let chunks: Vec<&[u8]> = places.windows(2).map(|it| &bytes[it[0]..it[1]]).collect();
        prop_assert_eq!(decoded(&chunks), decoded(&[&bytes]));
    }

    #[test]
    fn any_answer_to_an_upload_is_a_value_or_an_error(
        status in any::<u16>(),
        header in ("[a-zA-Z-]{0,20}", "\\PC{0,40}"),
        body in prop_oneof![
            "\\PC{0,200}".boxed(),
            Just(r#"{"code":507,"message":"not enough disk space"}"#.to_owned()).boxed(),
            Just("<html><body>502 Bad Gateway</body></html>".to_owned()).boxed(),
            Just(r#"[{"path":"/a","name":"a"}]"#.to_owned()).boxed(),
            Just(r#"{"code":{"a":1},"message":7}"#.to_owned()).boxed(),
        ],
    ) {
        if let Err(error) = read_upload(status, &[header], &body) {
            // A line for a person, however long the answer was.
            let words = error.to_string();
            prop_assert!(words.chars().count() < 600 && !words.contains('\n'), "{}", words);
        }
    }

    #[test]
    fn any_text_is_a_version_and_an_id_or_none(text in "\\PC{0,40}") {
        let _ = EnvdVersion::read(&text);
        if let Ok(id) = SandboxId::parse(&text) {
            prop_assert!(!id.as_str().is_empty());
        }
    }
}
