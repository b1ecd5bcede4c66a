//! The last minute of the configuration's sandbox while nothing keeps it alive: what is only in it is
//! lost then. Said above every tab, whatever the sandbox was made for.

use messages::ConfigurationUrl;
use messages::engine::{SandboxCopy, UploadView};
use ui::controls::{Look, button};
use ui::dom::prelude::*;
use ui::format::countdown;
use ui::notice::{Tone, notice};

use crate::state::Panel;

/// How long before the end it is said, in milliseconds.
const WARNED_MS: u64 = 60_000;
/// Life that is offered, in seconds.
const MORE_S: u32 = 300;

/// The notice. While a run goes on its sandbox is kept alive.
pub(crate) fn ending(panel: Panel) -> View {
    let key = panel.configuration.with_value(ConfigurationUrl::key);
    let of_run = Memo::new(move |_| {
        panel.run.with(|run| {
            let sandbox = run.as_ref()?.sandbox.as_ref()?;
            (!sandbox.gone).then(|| (sandbox.id.clone(), sandbox.ends_at))
        })
    });
    let kept = Memo::new(move |_| panel.sandboxes.kept_for(&key));
    let ends = Memo::new(move |_| {
        let now = panel.now.get();
        let soon = |(_, ends_at): &(String, u64)| *ends_at > now && *ends_at <= now + WARNED_MS;
        let lives = |(_, ends_at): &(String, u64)| *ends_at > now;
        let sandbox = of_run.get().filter(lives).or_else(|| kept.get())?;
        (soon(&sandbox) && !panel.is_running()).then_some(sandbox)
    });
    read_in_time(panel, ends);
    (move || {
        let (id, ends_at) = ends.get()?;
        let words = move || {
            let left = countdown(ends_at, panel.now.get());
            format!("The sandbox ends in {left}. What is only in it is lost then.")
        };
        let keep = button(Look::Plain, "Keep it 5 min", move || {
            panel.sandboxes.extend(id.clone(), ends_at, MORE_S);
        });
        let notice = notice(Tone::Warning, (p().child(words), keep).into_any());
        Some(div().attr("class", "above").child(notice))
    })
    .into_any()
}

/// The list is read when a file has made a sandbox, and before it is said that one ends: an upload or
/// a terminal may have moved its life on.
fn read_in_time(panel: Panel, ends: Memo<Option<(String, u64)>>) {
    let there = |it: &UploadView| matches!(it.sandbox, SandboxCopy::There { .. });
    let has_files = Memo::new(move |_| panel.uploads.with(|all| all.iter().any(there)));
    let ends_soon = Memo::new(move |_| ends.get().is_some());
    Effect::new(move |_| {
        if has_files.get() || ends_soon.get() {
            panel.sandboxes.refresh();
        }
    });
}
