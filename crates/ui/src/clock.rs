//! The time that countdowns and running steps show.

use crate::dom::prelude::*;

/// A signal that holds the milliseconds since 1970. It moves once a second, and five times a
/// second while `hurried` says that something is timed to the tenth.
#[must_use]
pub fn ticking(hurried: impl Fn() -> bool + 'static) -> ReadSignal<u64> {
    let (now, set_now) = signal(webext::clock::unix_ms());
    leptos::task::spawn_local(async move {
        loop {
            webext::timer::sleep_ms(if hurried() { 200 } else { 1_000 }).await;
            if set_now.try_set(webext::clock::unix_ms()).is_some() {
                return;
            }
        }
    });
    now
}
