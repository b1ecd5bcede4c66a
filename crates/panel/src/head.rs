//! The head: whose panel this is, whether the keys are there, how long the sandbox lives.

use ui::controls::icon_button;
use ui::dom::prelude::*;
use ui::format::countdown;
use ui::icon::{Icon, icon};
use ui::keys::of_keys;

use crate::state::{Panel, Tab};

/// The head while it is not known which configuration this is.
pub(crate) fn nameless_head() -> View {
    bar("Custom Python".into_any(), ().into_any())
}

/// The head of a configuration.
pub(crate) fn head(panel: Panel) -> View {
    let place = panel.configuration.with_value(|it| {
        let branch = match &it.branch {
            Some(id) => format!("branch {id}"),
            None => "main".to_owned(),
        };
        format!("{} · project {} · {branch}", it.stack.label(), it.project)
    });
    let fallback = panel
        .configuration
        .with_value(|it| format!("Configuration {}", it.configuration));
    let name = move || panel.name.get().unwrap_or_else(|| fallback.clone());
    bar(
        name.into_any(),
        (
            span().attr("title", place.clone()).child(place),
            keys(panel),
            sandbox(panel),
        )
            .into_any(),
    )
}

fn bar(name: View, context: View) -> View {
    header()
        .attr("class", "head")
        .child((
            span()
                .attr("class", "mark")
                .attr("aria-hidden", "true")
                .child("e2"),
            h1().child(name),
            icon_button(Icon::Close, "Close", webext::close_frame),
            div().attr("class", "context").child(context),
        ))
        .into_any()
}

/// The state of the keys, as a way to the place where they are entered.
fn keys(panel: Panel) -> View {
    let words = Memo::new(move |_| panel.keys.get().map(|keys| of_keys(&keys)));
    (move || {
        words.get().map(|words| {
            let mark = if words.ready {
                Icon::Dot
            } else {
                Icon::Warning
            };
            let class = if words.ready {
                "state good"
            } else {
                "state bad"
            };
            button()
                .attr("type", "button")
                .attr("class", class)
                .attr("title", "Show the keys under Settings")
                .on(ev::click, move |_| panel.show(Tab::Settings, "e2b-key"))
                .child((icon(mark), words.text))
        })
    })
    .into_any()
}

/// The life of the run's sandbox, as a way to the place where it can be ended.
fn sandbox(panel: Panel) -> View {
    let ends_at = Memo::new(move |_| {
        panel.run.with(|run| {
            let sandbox = run.as_ref()?.sandbox.as_ref()?;
            (!sandbox.gone).then_some(sandbox.ends_at)
        })
    });
    let lives = Memo::new(move |_| ends_at.get().filter(|it| panel.now.get() < *it));
    (move || {
        let ends_at = lives.get()?;
        Some(
            button()
                .attr("type", "button")
                .attr("class", "state num")
                .attr(
                    "title",
                    "Life left of the sandbox; show the sandboxes under Settings",
                )
                .on(ev::click, move |_| panel.show(Tab::Settings, "sandboxes"))
                // Only the text ticks: a button that is replaced each second loses the focus.
                .child(move || format!("Sandbox {}", countdown(ends_at, panel.now.get()))),
        )
    })
    .into_any()
}
