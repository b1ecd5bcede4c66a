//! The sandbox and its files in words.

use messages::engine::{FolderEntry, FolderEntryKind, SandboxUsage};
use ui::format::{ago, bytes, bytes_of, counted};

/// What a sandbox uses: what it does not tell is left out.
#[must_use]
pub fn usage(used: &SandboxUsage) -> Vec<String> {
    let mut facts = Vec::new();
    if used.cpus > 0 {
        let percent = used.cpu_percent.max(0.0);
        facts.push(format!(
            "{} {percent:.0} %",
            counted(used.cpus.into(), "vCPU")
        ));
    }
    if used.memory > 0 {
        facts.push(format!(
            "memory {}",
            bytes_of(used.memory_used, used.memory)
        ));
    }
    if used.disk > 0 {
        facts.push(format!("disk {}", bytes_of(used.disk_used, used.disk)));
    }
    facts
}

/// What is known of an entry: size, or where a link leads to; and when it was changed.
#[must_use]
pub fn facts(entry: &FolderEntry, now_ms: u64) -> Vec<String> {
    let mut facts = Vec::new();
    match entry.kind {
        FolderEntryKind::Folder => {}
        FolderEntryKind::File => facts.push(bytes(entry.bytes)),
        FolderEntryKind::Link => facts.push(match &entry.link_target {
            Some(target) => format!("link to {target}"),
            None => "link".to_owned(),
        }),
        FolderEntryKind::Other => facts.push("no file".to_owned()),
    }
    // By the sandbox's clock, which may differ from this one.
    facts.extend(
        entry
            .modified_at
            .map(|at| format!("changed {}", ago(at, now_ms))),
    );
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_told_is_left_out() {
        let mut used = SandboxUsage {
            cpus: 2,
            cpu_percent: 12.4,
            memory_used: 100_000_000,
            memory: 512_000_000,
            disk_used: 1_000_000_000,
            disk: 10_000_000_000,
        };
        assert_eq!(
            usage(&used),
            ["2 vCPUs 12 %", "memory 100 of 512 MB", "disk 1 of 10 GB"]
        );
        used.disk = 0;
        used.memory = 0;
        assert_eq!(usage(&used), ["2 vCPUs 12 %"]);
    }

    #[test]
    fn an_entry_tells_its_size_and_age() {
        let mut entry = FolderEntry {
            name: "a".to_owned(),
            path: "/a".to_owned(),
            kind: FolderEntryKind::File,
            bytes: 1_500,
            modified_at: Some(1_000_000),
            link_target: None,
        };
        let now = |after_s: u64| 1_000_000 + after_s * 1_000;
        for (after, told) in [
            (0, "changed just now"),
            (60, "changed 1 minute ago"),
            (7_300, "changed 2 hours ago"),
            (200_000, "changed 2 days ago"),
        ] {
            assert_eq!(facts(&entry, now(after))[1], told, "{after}");
        }
        // A clock that goes ahead.
        assert_eq!(facts(&entry, 0)[1], "changed just now");
        entry.kind = FolderEntryKind::Link;
        entry.link_target = Some("/b".to_owned());
        assert_eq!(facts(&entry, now(0))[0], "link to /b");
        entry.kind = FolderEntryKind::Folder;
        assert_eq!(facts(&entry, now(0)), ["changed just now"]);
    }
}
