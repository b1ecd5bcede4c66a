//! A sandbox of an earlier session: it goes on until its time is up, and no run would use it. It is
//! offered for use or for its end.

use messages::ConfigurationUrl;
use messages::worker::SandboxView;
use ui::controls::{Look, button};
use ui::dom::prelude::*;
use ui::format::countdown;
use ui::notice::{Tone, notice};

use crate::state::Panel;

/// The notices, one for each such sandbox.
pub(super) fn left_over(panel: Panel) -> View {
    let key = panel.configuration.with_value(ConfigurationUrl::key);
    let left = Memo::new(move |_| {
        if panel.is_running() {
            return Vec::new();
        }
        panel.sandboxes.without_owner(&key)
    });
    (move || {
        let notices = left.get().into_iter().map(|sandbox| one(panel, sandbox));
        notices.collect::<Vec<_>>()
    })
    .into_any()
}

fn one(panel: Panel, sandbox: SandboxView) -> View {
    let ends_at = sandbox.ends_at;
    let lives = Memo::new(move |_| panel.now.get() < ends_at);
    let sandbox = StoredValue::new(sandbox);
    let content = move || {
        let words = p().child(move || {
            format!(
                "A sandbox of an earlier session still runs for this configuration, {} left.",
                countdown(ends_at, panel.now.get())
            )
        });
        let take = move || {
            let life = panel.settings.with_untracked(|settings| {
                settings
                    .as_ref()
                    .map_or(300, |settings| settings.life_seconds)
            });
            sandbox.with_value(|it| panel.sandboxes.take(it, panel.url(), life));
        };
        let end = move || {
            if panel.is_seen() {
                let id = sandbox.with_value(|it| it.id.clone());
                panel.sandboxes.terminate(id);
            }
        };
        let buttons = div().attr("class", "row").child((
            button(Look::Plain, "Use it", take),
            button(Look::Danger, "Terminate it", end),
        ));
        notice(Tone::Info, (words, buttons).into_any())
    };
    (move || lives.get().then(content)).into_any()
}
