//! What a sandbox uses.

use http::{Method, StatusCode};
use serde::Deserialize;
use transport::Http;

use super::{Control, parse};
use crate::{E2bError, SandboxId};

/// Use of a sandbox at a moment. Sizes are bytes; 0 where the service does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Metrics {
    /// Moment, in seconds since 1970.
    pub timestamp_unix: i64,
    /// vCPUs.
    pub cpu_count: u32,
    /// Percent of one vCPU: 200 is two of them, fully used.
    pub cpu_used_pct: f64,
    /// Memory in use.
    pub mem_used: u64,
    /// Memory in all.
    pub mem_total: u64,
    /// Disk in use.
    pub disk_used: u64,
    /// Disk in all.
    pub disk_total: u64,
}

impl<H: Http> Control<'_, H> {
    /// What a sandbox used, oldest first; `None` where the service does not offer it (OpenKruise and
    /// others answer 404 or 405 to the path as such).
    ///
    /// # Errors
    /// See [`E2bError`]. A sandbox that is gone is `None` as well: services answer both alike.
    pub async fn metrics(&self, id: &SandboxId) -> Result<Option<Vec<Metrics>>, E2bError> {
        let path = format!("/sandboxes/{id}/metrics");
        let reply = self.call(Method::GET, &path).await?;
        if is_absent(reply.status()) {
            return Ok(None);
        }
        if !reply.status().is_success() {
            return Err(E2bError::of_reply(&reply));
        }
        parse(&reply).map(Some)
    }
}

/// Whether a status says that a service has no such call.
pub(super) fn is_absent(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED
    )
}

#[cfg(test)]
mod tests {
    use transport::testing::Script;

    use super::*;
    use crate::control::testing::with;

    #[test]
    fn use_is_read_and_its_absence_is_no_error() {
        let script = Script::new()
            .reply(
                200,
                r#"[{"timestamp":"2026-11-23T08:00:00Z","timestampUnix":1795420800,"cpuCount":2,"cpuUsedPct":12.5,"memUsed":100,"memTotal":512,"memCache":1,"diskUsed":7,"diskTotal":10}]"#,
            )
            .reply(200, "[]")
            .reply(404, "404 page not found")
            .reply(405, "")
            .reply(501, "")
            .reply(401, "");
        let id = SandboxId::parse("i01").unwrap();
        let metrics = || with(&script, async |control| control.metrics(&id).await);
        let first = metrics().unwrap().unwrap();
        assert_eq!(
            first,
            [Metrics {
                timestamp_unix: 1_795_420_800,
                cpu_count: 2,
                cpu_used_pct: 12.5,
                mem_used: 100,
                mem_total: 512,
                disk_used: 7,
                disk_total: 10,
            }]
        );
        assert_eq!(metrics(), Ok(Some(Vec::new())));
        for _ in 0..3 {
            assert_eq!(metrics(), Ok(None));
        }
        assert_eq!(metrics(), Err(E2bError::InvalidKey));
    }
}
