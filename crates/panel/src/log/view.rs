//! The bar and the box of the log.

use ui::controls::{Look, button, icon_button};
use ui::dom::prelude::*;
use ui::format::count;
use ui::icon::{Icon, icon};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{HtmlElement, ResizeObserver};

use super::lines::gone_words;
use super::pane::{Pane, Summary};
use super::rows::{Filter, MOST_MATCHES};
use crate::download;

/// What a log is called, and what it holds.
#[derive(Clone, Copy, Debug)]
pub struct Named {
    /// The log's name.
    pub log: &'static str,
    /// What is searched, copied and downloaded: `the log`.
    pub all: &'static str,
    /// In place of lines while there is none.
    pub empty: &'static str,
    /// The choices of what is shown: all, standard output, standard error.
    pub shown: [&'static str; 3],
}

/// The log of a run.
pub const RUN: Named = Named {
    log: "Log",
    all: "the log",
    empty: "The script's output appears here.",
    shown: ["stdout + stderr", "stdout", "stderr"],
};

/// The events of a job.
pub const JOB: Named = Named {
    log: "Events",
    all: "the events",
    empty: "What the job says appears here.",
    shown: [
        "All events",
        "Without warnings and errors",
        "Warnings and errors",
    ],
};

/// A log. `file_name` names the file of a download.
pub fn log_view(pane: Pane, named: Named, file_name: impl Fn() -> String + 'static) -> View {
    let lines = div()
        .attr("class", "lines")
        .attr("role", "log")
        .attr("aria-label", named.log)
        // Not read out line by line; the state of the run is, beside it.
        .attr("aria-live", "off")
        .attr("tabindex", "0")
        .on(ev::scroll, move |_| pane.scrolled());
    let scroller: HtmlElement = lines.element();
    watch_size(&scroller, pane);
    pane.mount(scroller);
    div()
        .attr("class", "log")
        .child((
            bar(pane, named, file_name),
            move || {
                let gone = pane.summary.get().gone;
                (gone > 0).then(|| div().attr("class", "gone").child(gone_words(gone)))
            },
            div().attr("class", "box").child((
                lines,
                move || {
                    (pane.summary.get().lines == 0)
                        .then(|| div().attr("class", "empty").child(named.empty))
                },
                move || {
                    (!pane.follow.get() && pane.summary.get().lines > 0).then(|| {
                        button(Look::Plain, "Jump to end", move || pane.jump_to_end())
                            .attr("class", "button jump")
                    })
                },
            )),
        ))
        .into_any()
}

fn bar(pane: Pane, named: Named, file_name: impl Fn() -> String + 'static) -> View {
    let copied = RwSignal::new("");
    let copy = move || {
        let text = pane.text();
        leptos::task::spawn_local(async move {
            let done = webext::clipboard::write(&text).await;
            copied.try_set(if done { "Copied" } else { "Not copied" });
            webext::timer::sleep_ms(1_500).await;
            copied.try_set("");
        });
    };
    div()
        .attr("class", "bar")
        .child((
            search(pane, named),
            streams(pane, named),
            span()
                .attr("class", "hint")
                .attr("role", "status")
                .child(move || copied.get()),
            icon_button(Icon::Wrap, "Wrap long lines", move || pane.toggle_wrap())
                .attr("aria-pressed", move || pane.wrap.get().to_string()),
            icon_button(Icon::Copy, format!("Copy {}", named.all), copy),
            icon_button(
                Icon::Download,
                format!("Download {}", named.all),
                move || {
                    download::text(&file_name(), &pane.text());
                },
            ),
        ))
        .into_any()
}

fn search(pane: Pane, named: Named) -> View {
    let typed = StoredValue::new(0_u32);
    let text = RwSignal::new(String::new());
    let on_input = move |event: ev::Event| {
        text.set(event_target_value(&event));
        typed.update_value(|it| *it += 1);
        let mine = typed.get_value();
        // A search over a long log waits for a pause in the typing.
        leptos::task::spawn_local(async move {
            webext::timer::sleep_ms(120).await;
            if typed.try_get_value() == Some(mine) {
                pane.search(&text.get_untracked());
            }
        });
    };
    let on_key = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Enter" => {
            event.prevent_default();
            pane.step(!event.shift_key());
        }
        // The first Esc ends the search, the next closes the panel.
        "Escape" if !text.get_untracked().is_empty() => {
            event.stop_propagation();
            text.set(String::new());
            pane.search("");
        }
        _ => {}
    };
    let searching = move || !text.get().is_empty();
    (
        icon(Icon::Search),
        input()
            .attr("type", "text")
            .attr("class", "search")
            .attr("aria-label", format!("Search {}", named.all))
            .attr("placeholder", format!("Search {}", named.all))
            .attr("autocomplete", "off")
            .attr("spellcheck", "false")
            .prop("value", move || text.get())
            .on(ev::input, on_input)
            .on(ev::keydown, on_key),
        move || {
            searching().then(|| {
                (
                    span()
                        .attr("class", "num")
                        .attr("role", "status")
                        .attr("aria-label", "Matches")
                        .child(move || found(pane.summary.get())),
                    icon_button(Icon::Up, "Previous match", move || pane.step(false)),
                    icon_button(Icon::Down, "Next match", move || pane.step(true)),
                )
            })
        },
    )
        .into_any()
}

fn found(summary: Summary) -> String {
    let more = if summary.matches >= MOST_MATCHES {
        "+"
    } else {
        ""
    };
    match summary.current {
        _ if summary.matches == 0 => "none".to_owned(),
        Some(at) => format!(
            "{} of {}{more}",
            count(at as u64 + 1),
            count(summary.matches as u64)
        ),
        None => format!("{}{more}", count(summary.matches as u64)),
    }
}

fn streams(pane: Pane, named: Named) -> View {
    let [all, out, err] = named.shown;
    label()
        .attr("class", "streams")
        .child(
            select()
                .attr("aria-label", "Streams")
                .on(ev::change, move |event| {
                    pane.set_filter(match event_target_value(&event).as_str() {
                        "stdout" => Filter::Stdout,
                        "stderr" => Filter::Stderr,
                        _ => Filter::All,
                    });
                })
                .child((
                    option().attr("value", "all").child(all),
                    option().attr("value", "stdout").child(out),
                    option().attr("value", "stderr").child(err),
                )),
        )
        .into_any()
}

/// A new size needs new rows; a hidden tab that is shown again has a new size.
fn watch_size(element: &HtmlElement, pane: Pane) {
    let changed = Closure::<dyn FnMut()>::new(move || pane.redraw());
    if let Ok(observer) = ResizeObserver::new(changed.as_ref().unchecked_ref()) {
        observer.observe(element);
        // The log lives as long as the page.
        changed.forget();
    }
}
