//! Every request that any listener saw: the evidence for tests, and what the secrets canary reads.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use http::request::Parts;
use serde::Serialize;

use crate::moment;
use crate::sync::lock;
use crate::watched::Watched;

/// How much of a body is kept: 64 KiB.
const KEPT_BODY: usize = 64 * 1024;
/// How many requests are kept; the oldest go first.
const KEPT_REQUESTS: usize = 20_000;

/// One request, as the control API shows it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RequestRecord {
    /// Counts from 1 in the order of arrival.
    pub id: u64,
    /// When the head arrived, Unix time in milliseconds.
    pub at_ms: i64,
    /// Which listener took it: `https`, `storage`, `e2b_api`, `sandbox`, `proxy`.
    pub listener: &'static str,
    /// The method.
    pub method: String,
    /// The host that the client asked for, without the port.
    pub host: String,
    /// The path as sent.
    pub path: String,
    /// The query as sent, without `?`; empty when there is none.
    pub query: String,
    /// Names and values in the order of arrival.
    pub headers: Vec<(String, String)>,
    /// The first 64 KiB of the body that the service read, with invalid UTF-8 replaced.
    pub body: String,
    /// How many bytes of the body were read in all.
    pub body_bytes: u64,
    /// The status of the answer; `null` while it is awaited, or when the connection was reset.
    pub status: Option<u16>,
    /// The fault that answered instead of the service.
    pub fault: Option<String>,
}

#[derive(Debug, Default)]
struct Kept {
    record: Option<RequestRecord>,
    body: Vec<u8>,
}

/// A request whose body and answer are still to come.
#[derive(Debug, Clone)]
pub(crate) struct OpenRecord(Arc<Mutex<Kept>>);

impl OpenRecord {
    /// The same body, which notes what passes through.
    pub(crate) fn watch(&self, body: Body) -> Body {
        let record = self.clone();
        Body::new(Watched::new(body, move |chunk| record.note(chunk)))
    }

    fn note(&self, chunk: &[u8]) {
        let mut kept = lock(&self.0);
        let room = KEPT_BODY.saturating_sub(kept.body.len()).min(chunk.len());
        kept.body
            .extend_from_slice(chunk.get(..room).unwrap_or_default());
        if let Some(record) = &mut kept.record {
            record.body_bytes += chunk.len() as u64;
        }
    }

    pub(crate) fn answered(&self, status: u16) {
        if let Some(record) = &mut lock(&self.0).record {
            record.status = Some(status);
        }
    }

    pub(crate) fn faulted(&self, fault: &str) {
        if let Some(record) = &mut lock(&self.0).record {
            record.fault = Some(fault.to_owned());
        }
    }

    fn head(&self) -> Option<RequestRecord> {
        lock(&self.0).record.clone()
    }

    fn shown(&self) -> Option<RequestRecord> {
        let kept = lock(&self.0);
        let mut record = kept.record.clone()?;
        record.body = String::from_utf8_lossy(&kept.body).into_owned();
        Some(record)
    }
}

/// The log of all listeners.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    next: AtomicU64,
    records: Mutex<VecDeque<OpenRecord>>,
}

impl RequestLog {
    pub(crate) fn begin(&self, listener: &'static str, host: &str, parts: &Parts) -> OpenRecord {
        let at_ms = moment::now().unix_timestamp_nanos() / 1_000_000;
        let record = RequestRecord {
            id: self.next.fetch_add(1, Ordering::Relaxed) + 1,
            at_ms: i64::try_from(at_ms).unwrap_or_default(),
            listener,
            method: parts.method.to_string(),
            host: host.to_owned(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts
                .headers
                .iter()
                .map(|(name, value)| {
                    (
                        name.to_string(),
                        String::from_utf8_lossy(value.as_bytes()).into_owned(),
                    )
                })
                .collect(),
            body: String::new(),
            body_bytes: 0,
            status: None,
            fault: None,
        };
        let kept = Kept {
            record: Some(record),
            body: Vec::new(),
        };
        let open = OpenRecord(Arc::new(Mutex::new(kept)));
        let mut records = lock(&self.records);
        if records.len() == KEPT_REQUESTS {
            records.pop_front();
        }
        records.push_back(open.clone());
        open
    }

    /// All that is kept, the oldest first.
    pub(crate) fn all(&self) -> Vec<RequestRecord> {
        lock(&self.records)
            .iter()
            .filter_map(OpenRecord::shown)
            .collect()
    }

    /// The same with empty bodies.
    pub(crate) fn heads(&self) -> Vec<RequestRecord> {
        lock(&self.records)
            .iter()
            .filter_map(OpenRecord::head)
            .collect()
    }

    pub(crate) fn clear(&self) {
        lock(&self.records).clear();
    }
}
