//! What the sandbox uses, as its own daemon sees it (reference/e2b.md §3.3).

use bytes::Bytes;
use http::Method;
use serde::Deserialize;
use transport::{Http, Timeout};

use super::call::{SHORT, parse};
use super::{Envd, EnvdError};
use crate::Metrics;

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Wire {
    ts: i64,
    cpu_count: u32,
    cpu_used_pct: f64,
    mem_total: u64,
    mem_used: u64,
    disk_total: u64,
    disk_used: u64,
}

impl<H: Http> Envd<'_, H> {
    /// What is used now. Each service has this, also those without metrics of their own; an envd older
    /// than 0.2.4 tells no disk.
    ///
    /// # Errors
    /// See [`EnvdError`].
    pub async fn usage(&self) -> Result<Metrics, EnvdError> {
        let request = self
            .request(Method::GET, "/metrics")
            .extension(Timeout(SHORT));
        let reply = self.exchange(request, Bytes::new()).await?;
        let wire: Wire = parse(reply.body())?;
        Ok(Metrics {
            timestamp_unix: wire.ts,
            cpu_count: wire.cpu_count,
            cpu_used_pct: wire.cpu_used_pct,
            mem_used: wire.mem_used,
            mem_total: wire.mem_total,
            disk_used: wire.disk_used,
            disk_total: wire.disk_total,
        })
    }
}

#[cfg(test)]
mod tests {
    use transport::testing::Script;

    use crate::envd::testing::with;

    #[test]
    fn an_answer_tells_the_sandboxs_time() {
        let date = &[("date", "Sun, 29 Nov 2026 20:00:00 GMT")];
        let script = Script::new()
            .reply_with(200, date, "{}")
            .reply_with(200, &[("date", "later")], "{}")
            .reply_with(401, &[("date", "Sun, 29 Nov 2026 20:00:01 GMT")], "{}");
        with(&script, async |envd| {
            assert_eq!(envd.now(), None);
            assert!(envd.usage().await.is_ok());
            assert_eq!(envd.now(), Some(1_795_982_400));
            assert!(envd.usage().await.is_ok());
            assert_eq!(envd.now(), Some(1_795_982_400), "what is no time is none");
            assert!(envd.usage().await.is_err());
            assert_eq!(envd.now(), Some(1_795_982_401));
        });
    }

    #[test]
    fn what_an_old_envd_does_not_tell_is_nothing() {
        let script = Script::new()
            .reply(
                200,
                r#"{"ts":7,"cpu_count":2,"cpu_used_pct":12.5,"mem_total":512,"mem_used":9}"#,
            )
            .reply(200, r#"{"disk_total":5,"disk_used":4,"mem_cache":1}"#);
        let read = || with(&script, async |envd| envd.usage().await).unwrap();
        let first = read();
        assert_eq!(
            (first.cpu_count, first.mem_used, first.disk_total),
            (2, 9, 0)
        );
        assert_eq!(read().disk_used, 4);
        assert_eq!(script.requests()[0].uri().path(), "/metrics");
    }
}
