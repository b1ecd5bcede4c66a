//! The rows.

use std::rc::Rc;

use messages::ConfigurationUrl;
use messages::worker::{Maker, SandboxView};

use super::Sandboxes;
use super::actions::actions;
use crate::allow::allow_button;
use crate::dom::prelude::*;
use crate::format;
use crate::notice::problem;

/// Whether the person can see what they press (see `webext::visibility`).
pub type Seen = Rc<dyn Fn() -> bool>;

/// What every row needs.
#[derive(Clone, Copy)]
pub(super) struct Around {
    pub(super) sandboxes: Sandboxes,
    pub(super) now: ReadSignal<u64>,
    /// The configuration at hand; the popup has none.
    pub(super) own: StoredValue<Option<ConfigurationUrl>>,
    pub(super) seen: StoredValue<Seen, LocalStorage>,
}

/// The list. `own` is the configuration at hand, to mark its sandboxes; the popup has none.
pub fn sandbox_list(
    sandboxes: Sandboxes,
    now: ReadSignal<u64>,
    own: Option<ConfigurationUrl>,
    seen: Seen,
) -> View {
    let around = Around {
        sandboxes,
        now,
        own: StoredValue::new(own),
        seen: StoredValue::new_local(seen),
    };
    (
        move || {
            let failed = sandboxes.failed.get()?;
            let remedy = allow_button(&failed, move || sandboxes.refresh());
            Some(problem(&failed, remedy))
        },
        move || match sandboxes.list.get() {
            None if sandboxes.failed.with(Option::is_some) => ().into_any(),
            None => div()
                .attr("class", "dim")
                .child("Reading the list…")
                .into_any(),
            Some(list) if list.is_empty() => div()
                .attr("class", "dim")
                .child("No sandbox is running. A run makes one.")
                .into_any(),
            Some(list) => ul()
                .attr("class", "card")
                .attr("aria-label", "Sandboxes")
                .child(
                    list.into_iter()
                        .map(|sandbox| row(around, sandbox))
                        .collect::<Vec<_>>(),
                )
                .into_any(),
        },
    )
        .into_any()
}

fn row(around: Around, sandbox: SandboxView) -> View {
    let own = around.own.with_value(|own| {
        let own = own.as_ref().map(ConfigurationUrl::key);
        own.is_some() && own == sandbox.configuration
    });
    let whose = match (&sandbox.configuration, own) {
        _ if sandbox.maker == Maker::AnotherBrowser => "made in another browser",
        (None, _) if sandbox.maker == Maker::ThisBrowser => "made by a check of the service",
        (None, _) => "not made here",
        (Some(_), true) => "this configuration",
        (Some(_), false) if around.own.with_value(Option::is_none) => "made by a run",
        (Some(_), false) => "another configuration",
    };
    let size = sandbox
        .size
        .map(|(cpus, megabytes)| format!("{cpus} vCPU, {megabytes} MB"));
    let (ends_at, paused) = (sandbox.ends_at, sandbox.paused);
    let life = move || match format::countdown(ends_at, around.now.get()) {
        _ if paused => "paused".to_owned(),
        _ if ends_at == 0 => "no end told".to_owned(),
        over if over == "0:00" => "over".to_owned(),
        left => format!("{left} left"),
    };
    li().attr("class", "item")
        .child((
            div().attr("class", "row").child((
                strong()
                    .attr("class", "grow")
                    .child(sandbox.template.clone()),
                span().attr("class", "num").child(life),
            )),
            div().attr("class", "meta").child((
                code().child(sandbox.id.clone()),
                span().child(whose),
                size.map(|size| span().child(size)),
            )),
            actions(around, sandbox, own),
        ))
        .into_any()
}
