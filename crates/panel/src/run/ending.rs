//! The last minute of a sandbox in which no run goes on: what is only in it is lost then.

use ui::controls::{Look, button};
use ui::dom::prelude::*;
use ui::format::countdown;
use ui::notice::{Tone, notice};

use crate::state::Panel;

/// How long before the end it is said, in milliseconds.
const WARNED_MS: u64 = 60_000;
/// Life that is offered, in seconds.
const MORE_S: u32 = 300;

/// The notice of the run's sandbox. While a run goes on its sandbox is kept alive.
pub(crate) fn ending(panel: Panel) -> View {
    let sandbox = Memo::new(move |_| {
        panel.run.with(|run| {
            let sandbox = run.as_ref()?.sandbox.as_ref()?;
            (!sandbox.gone).then(|| (sandbox.id.clone(), sandbox.ends_at))
        })
    });
    ending_of(panel, sandbox)
}

/// The same of the sandbox with this id and end.
pub(crate) fn ending_of(panel: Panel, sandbox: Memo<Option<(String, u64)>>) -> View {
    let ends = Memo::new(move |_| {
        let (id, ends_at) = sandbox.get()?;
        let now = panel.now.get();
        let soon = ends_at > now && ends_at <= now + WARNED_MS;
        (soon && !panel.is_running()).then_some((id, ends_at))
    });
    (move || {
        let (id, ends_at) = ends.get()?;
        let words = move || {
            let left = countdown(ends_at, panel.now.get());
            format!("The sandbox ends in {left}. What is only in it is lost then.")
        };
        let keep = button(Look::Plain, "Keep it 5 min", move || {
            panel.sandboxes.extend(id.clone(), ends_at, MORE_S);
        });
        Some(notice(Tone::Warning, (p().child(words), keep).into_any()))
    })
    .into_any()
}
