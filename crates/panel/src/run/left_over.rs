//! Sandboxes that go on until their time is up or sleep, and that no run would use: those of this configuration
//! are offered for use or for their end, all others of this browser together.

use messages::worker::{Maker, SandboxView};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use ui::controls::{Look, asking_button, button};
use ui::dom::prelude::*;
use ui::format::countdown;
use ui::notice::{Tone, notice, problem};

use crate::state::{Panel, Tab};

/// The notices, one for each sandbox of this configuration and one for the others.
pub(super) fn left_over(panel: Panel) -> View {
    let key = panel.configuration.with_value(ConfigurationUrl::key);
    let (own, others) = (key.clone(), key);
    let left = Memo::new(move |_| match panel.is_running() {
        true => Vec::new(),
        false => panel.sandboxes.without_owner(&own),
    });
    let elsewhere = Memo::new(move |_| match panel.is_running() {
        true => Vec::new(),
        false => {
            let left = panel.sandboxes.left_elsewhere(&others);
            left.into_iter().map(|it| it.id).collect::<Vec<_>>()
        }
    });
    let failed = RwSignal::new(None::<Problem>);
    (
        move || failed.get().map(|it| problem(&it, None)),
        move || {
            let notices = left.get().into_iter().map(|it| one(panel, it, failed));
            notices.collect::<Vec<_>>()
        },
        move || {
            let left = elsewhere.get();
            (!left.is_empty()).then(|| many(panel, left, failed))
        },
    )
        .into_any()
}

/// Ends what the person sees that they end.
fn terminate(panel: Panel, ids: Vec<String>, failed: RwSignal<Option<Problem>>) {
    if panel.is_seen() {
        failed.set(None);
        panel.sandboxes.terminate_all(ids);
    } else {
        failed.set(Some(ProblemCode::Covered.into()));
    }
}

fn one(panel: Panel, sandbox: SandboxView, failed: RwSignal<Option<Problem>>) -> View {
    let (ends_at, paused) = (sandbox.ends_at, sandbox.paused);
    // Nothing ends while it sleeps.
    let has_end = ends_at > 0 && !paused;
    let lives = Memo::new(move |_| !has_end || panel.now.get() < ends_at);
    let elsewhere = sandbox.maker == Maker::AnotherBrowser;
    let sandbox = StoredValue::new(sandbox);
    let content = move || {
        let words = p().child(move || {
            let whose = match (elsewhere, paused) {
                (true, true) => "A sandbox of another browser is paused for this configuration",
                (true, false) => "A sandbox of another browser runs for this configuration; somebody may be using it",
                (false, true) => "A sandbox of this configuration is paused",
                (false, false) => "A sandbox of an earlier session still runs for this configuration",
            };
            match has_end {
                false => format!("{whose}."),
                true => format!("{whose}, {} left.", countdown(ends_at, panel.now.get())),
            }
        });
        if elsewhere {
            let show = button(Look::Plain, "Show", move || {
                panel.show(Tab::Settings, "sandboxes");
            });
            let buttons = div().attr("class", "row").child(show);
            return notice(Tone::Info, (words, buttons).into_any());
        }
        let take = move || {
            let life = panel.settings.with_untracked(|settings| {
                settings
                    .as_ref()
                    .map_or(300, |settings| settings.life_seconds)
            });
            sandbox.with_value(|it| panel.sandboxes.take(it, panel.url(), life));
        };
        let end = move || {
            let id = sandbox.with_value(|it| it.id.clone());
            terminate(panel, vec![id], failed);
        };
        let buttons = div().attr("class", "row").child((
            button(Look::Plain, "Use it", take),
            button(Look::Danger, "Terminate it", end),
        ));
        notice(Tone::Info, (words, buttons).into_any())
    };
    (move || lives.get().then(content)).into_any()
}

fn many(panel: Panel, ids: Vec<String>, failed: RwSignal<Option<Problem>>) -> View {
    let words = match ids.len() {
        1 => "A sandbox that this browser made elsewhere has no run: of another configuration, or left by a check.".to_owned(),
        number => format!(
            "{number} sandboxes that this browser made elsewhere have no run: of other configurations, or left by a check."
        ),
    };
    let ids = StoredValue::new(ids);
    let end = move || terminate(panel, ids.get_value(), failed);
    let buttons = div().attr("class", "row").child((
        button(Look::Plain, "Show", move || {
            panel.show(Tab::Settings, "sandboxes");
        }),
        asking_button("Terminate all", "Terminate all now", end),
    ));
    notice(Tone::Info, (p().child(words), buttons).into_any())
}
