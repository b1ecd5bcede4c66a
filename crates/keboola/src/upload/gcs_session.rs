//! A resumable session of Google Cloud Storage.
//!
//! It takes the parts in order, and its URI is the permission: the token is asked for only at its
//! begin, so a session outlives it. Google verifies no part, only the whole object, by a checksum
//! that comes with the last part.
//! <https://cloud.google.com/storage/docs/performing-resumable-uploads>

use serde_json::Value;

use super::gcs::{hash, refused};
use super::{Body, Part, ProviderRequest, Receipt, Refusal, Reply, Session, header};
use crate::wire;

fn put(session: &Session, range: String, body: Body) -> ProviderRequest {
    ProviderRequest {
        method: http::Method::PUT,
        url: session.id.clone(),
        headers: vec![header("content-range", range)],
        body,
    }
}

/// A part that is sent again is no harm: bytes that are there already are passed over.
pub(super) fn part(session: &Session, part: &Part) -> ProviderRequest {
    let (first, end, total) = (part.offset, part.end(), part.total);
    let mut request = if part.length == 0 {
        put(session, format!("bytes */{total}"), Body::Empty)
    } else {
        let range = format!("bytes {first}-{}/{total}", end - 1);
        put(session, range, Body::File)
    };
    let alone = part.is_whole().then(|| part.checksum.base64());
    if let Some(whole) = session.whole.clone().or(alone).filter(|_| end == total) {
        request.headers.push(hash(&whole));
    }
    request
}

pub(super) fn position(session: &Session, total: u64) -> ProviderRequest {
    put(session, format!("bytes */{total}"), Body::Empty)
}

pub(super) fn cancel(session: &Session) -> ProviderRequest {
    ProviderRequest {
        method: http::Method::DELETE,
        url: session.id.clone(),
        headers: Vec::new(),
        body: Body::Empty,
    }
}

/// How far a session is.
enum Reached {
    /// So many bytes are there, and no object yet.
    Bytes(u64),
    /// The object is made.
    Object {
        size: Option<u64>,
        crc32c: Option<String>,
    },
}

fn read_reached(reply: &Reply) -> Result<Reached, Refusal> {
    match reply.status {
        // "Resume Incomplete", which is no redirect: it has no `Location`.
        308 => persisted(reply).map(Reached::Bytes),
        200 | 201 => {
            let resource: Value = serde_json::from_str(&reply.body)
                .map_err(|_| Refusal::Malformed("no object".to_owned()))?;
            let crc32c = resource.get("crc32c").and_then(Value::as_str);
            Ok(Reached::Object {
                size: resource.get("size").and_then(wire::whole),
                crc32c: crc32c.map(str::to_owned),
            })
        }
        // Unknown, or given up: it has to be begun anew.
        404 | 410 => Err(Refusal::SessionLost),
        _ => Err(refused(reply)),
    }
}

/// `Range: bytes=0-N`; without one nothing is there.
fn persisted(reply: &Reply) -> Result<u64, Refusal> {
    let Some(range) = reply.header("range") else {
        return Ok(0);
    };
    let last: Option<u64> = range
        .strip_prefix("bytes=0-")
        .and_then(|last| last.parse().ok());
    last.and_then(|last| last.checked_add(1))
        .ok_or_else(|| Refusal::Malformed("a range of another kind".to_owned()))
}

pub(super) fn read_part(part: &Part, reply: &Reply) -> Result<Receipt, Refusal> {
    let receipt = |object| Receipt {
        index: part.index,
        etag: String::new(),
        checksum: part.checksum.base64(),
        object,
    };
    match read_reached(reply)? {
        Reached::Object { size, crc32c } if size == Some(part.total) => {
            let receipt = receipt(crc32c);
            if part.is_whole() {
                receipt.check_object(&part.checksum)?;
            }
            Ok(receipt)
        }
        Reached::Object { .. } => Err(Refusal::Mismatch),
        Reached::Bytes(has) if has >= part.total => Err(unfinished(reply)),
        Reached::Bytes(has) if has == part.end() => Ok(receipt(None)),
        Reached::Bytes(has) => Err(Refusal::Partial { has }),
    }
}

pub(super) fn read_position(reply: &Reply, total: u64) -> Result<u64, Refusal> {
    match read_reached(reply)? {
        Reached::Object { size, .. } if size == Some(total) => Ok(total),
        Reached::Object { .. } => Err(Refusal::Mismatch),
        Reached::Bytes(has) if has >= total => Err(unfinished(reply)),
        Reached::Bytes(has) => Ok(has),
    }
}

/// Every byte is there and no object: must never look like success. Asking again makes it one.
fn unfinished(reply: &Reply) -> Refusal {
    Refusal::transient(reply, "not finished".to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{reply, written};
    use super::super::{Checksum, ChecksumKind};
    use super::*;

    const SESSION: &str = "https://storage.googleapis.com/upload/storage/v1/b/kbc-fs/o\
                           ?uploadType=resumable&name=k&upload_id=ABC-test";

    fn checksum(bytes: [u8; 4]) -> Checksum {
        Checksum {
            kind: ChecksumKind::Crc32c,
            bytes: bytes.to_vec(),
        }
    }

    /// Of the nine digits, the CRC's own check value: E3069283.
    fn digits() -> Checksum {
        checksum([0xe3, 0x06, 0x92, 0x83])
    }

    fn part_of(offset: u64, length: u64, total: u64) -> Part {
        Part {
            index: 0,
            offset,
            length,
            total,
            checksum: digits(),
        }
    }

    #[test]
    fn a_session_goes_on_without_the_token() {
        let session = Session::begun(SESSION);
        for (request, expected) in [
            (part(&session, &part_of(0, 4, 9)), "bytes 0-3/9"),
            (part(&session, &part_of(4, 5, 9)), "bytes 4-8/9"),
            (part(&session, &part_of(0, 0, 0)), "bytes */0"),
            (position(&session, 9), "bytes */9"),
        ] {
            assert_eq!(
                (request.method, request.url.as_str()),
                (http::Method::PUT, SESSION)
            );
            assert_eq!(request.headers[0], header("content-range", expected));
        }
        let cancel = cancel(&session);
        assert_eq!(written(&cancel), [format!("DELETE {SESSION}")]);
    }

    #[test]
    fn the_last_part_carries_the_checksum_of_the_whole() {
        let session = Session::begun(SESSION);
        let expecting = session.clone().expecting(&checksum([0, 0, 0, 1]));
        for (session, part_of, expected) in [
            (&session, part_of(0, 4, 9), None),
            (&session, part_of(4, 5, 9), None),
            // It is the whole.
            (&session, part_of(0, 9, 9), Some("crc32c=4waSgw==")),
            (&expecting, part_of(0, 4, 9), None),
            (&expecting, part_of(4, 5, 9), Some("crc32c=AAAAAQ==")),
        ] {
            let request = part(session, &part_of);
            let sent = request
                .headers
                .iter()
                .find(|(name, _)| name == "x-goog-hash");
            assert_eq!(
                sent.map(|(_, value)| value.as_str()),
                expected,
                "{part_of:?}"
            );
        }
    }

    const OBJECT: &str = r#"{"kind":"storage#object","name":"k","size":"9","crc32c":"4waSgw=="}"#;

    #[test]
    fn what_the_answer_to_a_part_means() {
        let transient = Refusal::Transient {
            status: 308,
            code: "not finished".to_owned(),
            retry_after: None,
        };
        let malformed = |words: &str| Err(Refusal::Malformed(words.to_owned()));
        let (first, last) = (part_of(0, 4, 9), part_of(4, 5, 9));
        for (part, status, range, body, expected) in [
            (&first, 308, Some("bytes=0-3"), "", Ok(None)),
            (
                &first,
                308,
                Some("bytes=0-1"),
                "",
                Err(Refusal::Partial { has: 2 }),
            ),
            (
                &first,
                308,
                Some("bytes=0-5"),
                "",
                Err(Refusal::Partial { has: 6 }),
            ),
            (&first, 308, None, "", Err(Refusal::Partial { has: 0 })),
            (
                &first,
                308,
                Some("bytes=1-3"),
                "",
                malformed("a range of another kind"),
            ),
            (
                &last,
                308,
                Some("bytes=0-3"),
                "",
                Err(Refusal::Partial { has: 4 }),
            ),
            (&last, 308, Some("bytes=0-8"), "", Err(transient)),
            (&last, 200, None, OBJECT, Ok(Some("4waSgw=="))),
            (&last, 201, None, r#"{"size":9}"#, Ok(None)),
            (&last, 200, None, r#"{"size":"8"}"#, Err(Refusal::Mismatch)),
            (&first, 200, None, "{}", Err(Refusal::Mismatch)),
            (&last, 200, None, "", malformed("no object")),
            (&last, 404, None, "Not Found", Err(Refusal::SessionLost)),
            (&last, 410, None, "Gone", Err(Refusal::SessionLost)),
        ] {
            let headers: Vec<_> = range.map(|range| ("range", range)).into_iter().collect();
            let read = read_part(part, &reply(status, &headers, body));
            let read = read.map(|receipt| receipt.object);
            assert_eq!(
                read,
                expected.map(|it| it.map(str::to_owned)),
                "{status} {range:?} {body}"
            );
        }
    }

    #[test]
    fn a_receipt_tells_whether_the_object_is_the_file() {
        let receipt = read_part(&part_of(4, 5, 9), &reply(200, &[], OBJECT)).unwrap();
        assert_eq!(receipt.check_object(&digits()), Ok(()));
        let other = receipt.check_object(&checksum([0; 4]));
        assert_eq!(other, Err(Refusal::Mismatch));
        let first = read_part(
            &part_of(0, 4, 9),
            &reply(308, &[("range", "bytes=0-3")], ""),
        );
        assert_eq!(first.unwrap().check_object(&digits()), Ok(()));
        // A part that is the whole is compared at once.
        let object = OBJECT.replace("4waSgw", "AAAAAA");
        let alone = |object| read_part(&part_of(0, 9, 9), &reply(200, &[], object)).err();
        assert_eq!(alone(OBJECT), None);
        assert_eq!(alone(&object), Some(Refusal::Mismatch));
    }

    #[test]
    fn how_far_a_session_is() {
        let at = |status, headers: &[(&str, &str)], body: &str| {
            read_position(&reply(status, headers, body), 9)
        };
        assert_eq!(at(308, &[], ""), Ok(0));
        assert_eq!(at(308, &[("range", "bytes=0-3")], ""), Ok(4));
        assert_eq!(at(200, &[], OBJECT), Ok(9));
        assert_eq!(at(200, &[], r#"{"size":"10"}"#), Err(Refusal::Mismatch));
        assert_eq!(at(410, &[], "Gone"), Err(Refusal::SessionLost));
        let all = at(308, &[("range", "bytes=0-8")], "");
        assert!(matches!(all, Err(Refusal::Transient { status: 308, .. })));
    }
}
