//! Whatever a service, a proxy or a broken line sends: the parsers answer an error or a value and
//! never panic, and how the bytes are cut means nothing. Bounded, so that it runs with every test.
#![allow(clippy::unwrap_used)] // clippy does not see that these are tests

use std::collections::BTreeMap;

use bytes::Bytes;
use e2b::connect::FrameDecoder;
use e2b::{
    ApiKey, Control, CreateSandbox, E2bError, Endpoint, Envd, EnvdAccess, EnvdVersion,
    ProcessStart, Profile, SandboxId, read_upload,
};
use futures::StreamExt as _;
use futures::executor::block_on;
use proptest::prelude::*;
use transport::testing::Script;

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

/// What a service, a proxy or a broken line answers instead of what it should.
fn nearly_an_answer() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..200),
        "\\PC{0,200}".prop_map(String::into_bytes),
        (any::<u16>(), "\\PC{0,400}", "[a-z_]{0,20}").prop_map(|(code, message, word)| {
            let body = serde_json::json!({ "code": code, "message": message, "error_code": word });
            body.to_string().into_bytes()
        }),
        ("[a-z_]{0,20}", "(\\PC|\n){0,400}").prop_map(|(code, message)| {
            let body = serde_json::json!({ "code": code, "message": message });
            body.to_string().into_bytes()
        }),
        ("\\PC{0,30}", any::<Option<i64>>()).prop_map(|(text, number)| {
            let body = serde_json::json!({
                "sandboxID": text, "templateID": text, "envdVersion": text, "domain": text,
                "envdAccessToken": text, "endAt": number,
            });
            body.to_string().into_bytes()
        }),
        Just(b"<html><body>502 Bad Gateway</body></html>".to_vec()),
        Just(br#"{"code":{"a":1},"message":7}"#.to_vec()),
        Just(
            br#"{"code":429,"message":"maximum number of concurrent E2B sandboxes (20)"}"#.to_vec()
        ),
        Just(br#"{"code":400,"message":"Timeout cannot be greater than 1 hours"}"#.to_vec()),
        Just(br#"{"sandboxID":"i01","templateID":"t","envdVersion":"0.6.2"}"#.to_vec()),
    ]
}

/// A status that an answer may have.
fn status() -> impl Strategy<Value = u16> {
    prop_oneof![
        Just(200u16),
        Just(201),
        Just(400),
        Just(429),
        Just(502),
        200u16..600
    ]
}

/// A line for a person, however long the answer was.
fn is_a_line(words: &str) -> bool {
    words.chars().count() < 700 && !words.contains('\n')
}

fn on_control<T>(
    script: &Script,
    call: impl AsyncFnOnce(Control<'_, Script>) -> Result<T, E2bError>,
) -> Result<T, E2bError> {
    let endpoint = Endpoint::of(&Profile::Cloud).unwrap();
    let key = ApiKey::parse(&format!("e2b_{}", "0d".repeat(20))).unwrap();
    block_on(call(Control::new(script, &endpoint, &key)))
}

fn access() -> EnvdAccess {
    EnvdAccess {
        url: "https://e.test".to_owned(),
        token: None,
        version: EnvdVersion::new(0, 6, 2),
        user: None,
        routed_to: None,
    }
}

/// Everything that a process told, over whatever chunks it came.
fn process_told(chunks: &[&[u8]]) -> Vec<String> {
    let framed: &[(&str, &str)] = &[("content-type", "application/connect+json")];
    let chunks = chunks.iter().map(|chunk| Ok(Bytes::copy_from_slice(chunk)));
    let script = Script::new().chunks(200, framed, chunks.collect());
    block_on(async {
        let envd = Envd::new(&script, access());
        let mut told = Vec::new();
        match envd.start(&ProcessStart::shell("true")).await {
            Err(error) => told.push(error.to_string()),
            Ok(events) => {
                told.push(events.pid.to_string());
                told.extend(
                    events
                        .map(|event| format!("{event:?}"))
                        .collect::<Vec<_>>()
                        .await,
                );
            }
        }
        told
    })
}

/// Events as envd words them, nearly, and ends of streams with their errors.
fn nearly_a_process() -> impl Strategy<Value = Vec<u8>> {
    let message = prop_oneof![
        4 => Just(r#"{"event":{"start":{"pid":7}}}"#.to_owned()),
        1 => Just(r#"{"event":{"data":{"stdout":"aGk="}}}"#.to_owned()),
        1 => "[A-Za-z0-9+/=]{0,12}".prop_map(|it| format!(r#"{{"event":{{"data":{{"stderr":"{it}"}}}}}}"#)),
        1 => any::<i64>().prop_map(|it| format!(r#"{{"event":{{"start":{{"pid":{it}}}}}}}"#)),
        2 => (any::<i64>(), any::<bool>()).prop_map(|(code, exited)| {
            format!(r#"{{"event":{{"end":{{"exitCode":{code},"exited":{exited},"status":"s"}}}}}}"#)
        }),
        1 => Just(r#"{"event":{"keepalive":{}}}"#.to_owned()),
        1 => "\\PC{0,40}",
    ];
    let end = prop_oneof![
        Just("{}".to_owned()),
        ("[a-z_]{0,20}", "\\PC{0,40}").prop_map(|(code, message)| {
            serde_json::json!({ "error": { "code": code, "message": message } }).to_string()
        }),
        "\\PC{0,40}",
    ];
    let frame = |flag: u8, text: &str| {
        let mut bytes = vec![flag];
        bytes.extend_from_slice(&u32::try_from(text.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
        bytes
    };
    (
        proptest::collection::vec(message, 0..5),
        proptest::option::of(end),
    )
        .prop_map(move |(messages, end)| {
            let mut bytes: Vec<u8> = messages.iter().flat_map(|it| frame(0, it)).collect();
            bytes.extend(end.iter().flat_map(|it| frame(2, it)));
            bytes
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn any_answer_of_the_control_plane_is_a_value_or_a_line(
        status in status(),
        retry_after in "\\PC{0,20}",
        body in nearly_an_answer(),
    ) {
        let retry_after: String = retry_after.chars().filter(char::is_ascii).collect();
        let headers: &[(&str, &str)] = &[("retry-after", &retry_after)];
        let answer = || Script::new().reply_with(status, headers, body.clone());
        let id = SandboxId::parse("i01").unwrap();
        let wanted = CreateSandbox {
            template: "base".to_owned(),
            life_seconds: 60,
            metadata: BTreeMap::new(),
            env_vars: BTreeMap::new(),
            internet: true,
        };
        let made = on_control(&answer(), async |it| it.create(&wanted).await.map(drop));
        let got = on_control(&answer(), async |it| it.get(&id).await.map(drop));
        let listed = on_control(&answer(), async |it| it.list().await.map(drop));
        let metrics = on_control(&answer(), async |it| it.metrics(&id).await.map(drop));
        for error in [made, got, listed, metrics].into_iter().filter_map(Result::err) {
            prop_assert!(is_a_line(&error.to_string()), "{}", error);
        }
    }

    #[test]
    fn any_answer_of_a_sandbox_is_a_value_or_a_line(
        status in status(),
        body in nearly_an_answer(),
    ) {
        let answer = || Script::new().reply_with(status, &[], body.clone());
        let on_envd = |script: &Script| block_on(async {
            Envd::new(script, access()).stat("/a").await.map(drop)
        });
        let stat = on_envd(&answer());
        let listed = block_on(async {
            Envd::new(&answer(), access()).list().await.map(drop)
        });
        for error in [stat, listed].into_iter().filter_map(Result::err) {
            prop_assert!(is_a_line(&error.to_string()), "{}", error);
        }
    }

    #[test]
    fn what_a_process_tells_means_the_same_however_it_is_cut(
        bytes in prop_oneof![nearly_a_process(), nearly_a_stream()],
        size in 1usize..60,
    ) {
        let chunks: Vec<&[u8]> = bytes.chunks(size).collect();
        prop_assert_eq!(process_told(&chunks), process_told(&[&bytes]));
    }
}
