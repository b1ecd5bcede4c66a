//! `GET /metrics`: what the sandbox sees of the machine.

use std::fs;

use serde::Serialize;

/// Bytes unless the name says MiB. A sandbox here has no cgroup of its own, so the figures are the
/// host's.
#[derive(Debug, Serialize)]
pub(crate) struct Metrics {
    ts: i64,
    cpu_count: usize,
    cpu_used_pct: f32,
    mem_total: u64,
    mem_used: u64,
    mem_cache: u64,
    mem_total_mib: u64,
    mem_used_mib: u64,
    disk_used: u64,
    disk_total: u64,
}

impl Metrics {
    /// At `now`, in seconds since 1970.
    pub(crate) fn read(now: i64) -> Metrics {
        let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let kibibytes = |name: &str| -> u64 {
            let line = memory
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok())
                .unwrap_or(0)
        };
        let total = kibibytes("MemTotal") << 10;
        let used = total.saturating_sub(kibibytes("MemAvailable") << 10);
        let (disk_used, disk_total) = rustix::fs::statvfs("/").map_or((0, 0), |found| {
            (
                (found.f_blocks - found.f_bfree) * found.f_frsize,
                found.f_blocks * found.f_frsize,
            )
        });
        let cpu_count = std::thread::available_parallelism().map_or(1, usize::from);
        Metrics {
            ts: now,
            cpu_count,
            cpu_used_pct: load_percent(cpu_count),
            mem_total: total,
            mem_used: used,
            mem_cache: kibibytes("Cached") << 10,
            mem_total_mib: total >> 20,
            mem_used_mib: used >> 20,
            disk_used,
            disk_total,
        }
    }
}

/// Load of the last minute as a share of the processors, 0 to 100.
fn load_percent(cpu_count: usize) -> f32 {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: f32 = load
        .split_whitespace()
        .next()
        .and_then(|load| load.parse().ok())
        .unwrap_or(0.0);
    #[expect(clippy::cast_precision_loss, reason = "a count of processors")]
    let count = cpu_count.max(1) as f32;
    (load / count * 100.0).min(100.0)
}
