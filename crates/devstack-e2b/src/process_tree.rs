//! Signals to all processes of a sandbox, found from outside through `/proc`.

use std::fs;

use rustix::process::{Pid, Signal, kill_process};

/// Stops every process below `pid`.
pub(crate) fn stop(pid: u32) {
    // A process may fork while we walk; the second walk finds the child of a parent stopped by then.
    for _ in 0..2 {
        signal(pid, Signal::STOP);
    }
}

/// Continues every process below `pid`.
pub(crate) fn go_on(pid: u32) {
    signal(pid, Signal::CONT);
}

fn signal(pid: u32, signal: Signal) {
    for pid in descendants(pid) {
        if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
            // It may have ended since we saw it.
            let _ = kill_process(pid, signal);
        }
    }
}

/// Resident memory of the processes below `pid`, in bytes, and the processor time that they used, in
/// clock ticks.
pub(crate) fn usage(pid: u32) -> (u64, u64) {
    let page = rustix::param::page_size() as u64;
    descendants(pid)
        .into_iter()
        .fold((0, 0), |(memory, ticks), pid| {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            // The name in parentheses may hold blanks; the numbers follow its last parenthesis.
            let fields: Vec<u64> = stat
                .rsplit_once(')')
                .map(|(_, rest)| {
                    rest.split_whitespace()
                        .map(|field| field.parse().unwrap_or(0))
                        .collect()
                })
                .unwrap_or_default();
            let field = |index: usize| fields.get(index).copied().unwrap_or(0);
            (memory + field(21) * page, ticks + field(11) + field(12))
        })
}

fn descendants(pid: u32) -> Vec<u32> {
    let mut found = Vec::new();
    let mut left = vec![pid];
    while let Some(pid) = left.pop() {
        let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else {
            continue;
        };
        for task in tasks.flatten() {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            for child in children
                .split_whitespace()
                .filter_map(|child| child.parse().ok())
            {
                found.push(child);
                left.push(child);
            }
        }
    }
    found
}
