//! The Sandbox tab, put together.

use messages::engine::SandboxState;
use ui::allow::allow_button;
use ui::controls::{Look, button};
use ui::dom::prelude::*;
use ui::format::countdown;
use ui::notice::problem;

use super::browser::Browser;
use super::entries::{entries, way};
use super::naming::{Naming, naming};
use super::opened::opened;
use super::put::{on_their_way, put};
use super::terminal::terminal;
use super::words::usage;
use crate::state::{Panel, Tab};

/// The tab.
pub(crate) fn sandbox_tab(panel: Panel) -> View {
    let browser = Browser::new(panel);
    let lives = Memo::new(move |_| browser.state.with(|it| it.as_ref().map(Option::is_some)));
    (
        move || {
            let failed = browser.failed.get()?;
            Some(problem(
                &failed,
                allow_button(&failed, move || browser.try_again()),
            ))
        },
        move || match lives.get() {
            None => p()
                .attr("class", "empty-tab dim")
                .child("Looking for the sandbox…")
                .into_any(),
            Some(false) => none(browser),
            Some(true) => files(browser),
        },
    )
        .into_any()
}

fn none(browser: Browser) -> View {
    let no_key = move || {
        let keys = browser.panel.keys;
        keys.with(|keys| keys.as_ref().is_some_and(|keys| keys.e2b_key.is_none()))
    };
    div()
        .attr("class", "empty-tab dim")
        .child((
            p().child(
                "No sandbox lives for this configuration. A run starts one; start one now to put \
                 files into it or look around.",
            ),
            move || match no_key() {
                true => button(Look::Plain, "Enter the e2b key", move || {
                    browser.panel.show(Tab::Settings, "e2b-key");
                }),
                false => button(Look::Plain, "Start a sandbox", move || browser.start())
                    .attr("disabled", move || browser.doing.with(Option::is_some)),
            },
            doing(browser),
        ))
        .into_any()
}

fn files(browser: Browser) -> View {
    let at_root = move || {
        let folder = browser.folder;
        folder.with(|it| it.as_ref().is_none_or(|it| it.path == "/"))
    };
    (
        facts(browser),
        div().attr("class", "row").child((
            div().attr("class", "grow").child(way(browser)),
            button(Look::Quiet, "Up", move || browser.open_parent())
                .attr("aria-label", "Folder above")
                .attr("disabled", at_root),
            button(Look::Quiet, "Refresh", move || browser.refresh()),
        )),
        div().attr("class", "row wrap").child((
            put(browser),
            button(Look::Plain, "New folder", move || {
                browser.naming.set(Some(Naming::Folder));
            }),
            move || {
                let line = browser.panel.terminal;
                (!line.open.get())
                    .then(|| button(Look::Plain, "Terminal", move || line.open(browser.panel)))
            },
            doing(browser),
        )),
        terminal(browser.panel),
        move || {
            let new = browser.naming.with(|it| *it == Some(Naming::Folder));
            new.then(|| naming(browser, Naming::Folder, ""))
        },
        on_their_way(browser),
        opened(browser),
        entries(browser),
    )
        .into_any()
}

fn doing(browser: Browser) -> View {
    span()
        .attr("class", "num")
        .attr("role", "status")
        .child(move || browser.doing.get())
        .into_any()
}

/// Which sandbox it is, and what it uses.
fn facts(browser: Browser) -> View {
    (move || {
        let SandboxState {
            sandbox,
            usage: used,
        } = browser.state.get()??;
        let used = used.map(|it| usage(&it)).unwrap_or_default();
        let used: Vec<_> = used.into_iter().map(|it| span().child(it)).collect();
        let (now, ends_at) = (browser.panel.now, sandbox.ends_at);
        Some(div().attr("class", "meta num").child((
            code().child(sandbox.id),
            // Only the text ticks.
            span().child(move || match ends_at {
                0 => "no end told".to_owned(),
                _ => format!("{} left", countdown(ends_at, now.get())),
            }),
            used,
        )))
    })
    .into_any()
}
