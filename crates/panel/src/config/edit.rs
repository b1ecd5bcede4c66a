//! The editor of code, packages and user parameters, and what is done with the edits.

use messages::{Problem, ProblemCode};
use ui::controls::{Look, asking_button, button};
use ui::dom::prelude::*;
use ui::icon::{Icon, icon};
use ui::notice::{Tone, notice, problem};

use super::draft::{Part, edited_words, mistake_words};
use super::editing::Editing;
use super::editor::{Kind, editor};
use super::save::save_button;
use super::saving::Saving;
use super::words;
use crate::state::Tab;

/// The section. It is read when the tab is shown, and again when a version was written.
pub(super) fn edit(editing: Editing, saving: Saving) -> View {
    let is_shown = Memo::new(move |_| editing.panel.tab.get() == Tab::Config);
    Effect::new(move |_| {
        saving.written.track();
        if is_shown.get() {
            editing.reload();
        }
    });
    let source = Memo::new(move |_| {
        let view = editing.view;
        view.with(|view| view.as_ref().map(|it| it.source.clone()))
    });
    section()
        .attr("class", "fields")
        .attr("aria-label", "Editor")
        .child((
            move || match source.get() {
                None => waiting(editing),
                Some(source) => panes(editing, &source),
            },
            move || newer(editing),
            move || {
                editing.mistake.with(|it| {
                    let words = mistake_words(it.as_ref()?);
                    Some(p().attr("class", "bad").child((icon(Icon::Warning), words)))
                })
            },
            move || Some(problem(&editing.failed.get()?, again(editing))),
            move || source.with(Option::is_some).then(|| bar(editing, saving)),
        ))
        .into_any()
}

fn waiting(editing: Editing) -> View {
    let words = move || {
        editing
            .reading
            .get()
            .then_some("Reading the configuration…")
    };
    p().attr("class", "dim").child(words).into_any()
}

fn again(editing: Editing) -> Option<View> {
    let is_read = editing.view.with_untracked(Option::is_some);
    (!is_read).then(|| button(Look::Plain, "Try again", move || editing.reload()).into_any())
}

/// One editor for each part, one of them shown.
fn panes(editing: Editing, source: &str) -> View {
    let is_code = matches!(source, "" | "code");
    let parts: &'static [Part] = match is_code {
        true => &Part::ALL,
        false => &[Part::Parameters],
    };
    let chosen = RwSignal::new(if is_code {
        Part::Code
    } else {
        Part::Parameters
    });
    let elsewhere = (!is_code).then(|| {
        let words =
            format!("The code comes from {source}: here the user parameters can be edited.");
        p().attr("class", "dim").child(words)
    });
    let tabs: Vec<View> = parts
        .iter()
        .map(|part| part_tab(editing, parts, *part, chosen))
        .collect();
    let bodies: Vec<View> = parts
        .iter()
        .map(|part| pane(editing, *part, chosen))
        .collect();
    (
        elsewhere,
        div().attr("class", "row").child(
            div()
                .attr("class", "parts")
                .attr("role", "tablist")
                .attr("aria-label", "What to edit")
                .child(tabs),
        ),
        bodies,
        p().attr("class", "hint")
            .child("Tab indents; Esc, then Tab leaves the editor."),
    )
        .into_any()
}

impl Part {
    fn tab(self) -> &'static str {
        match self {
            Self::Code => "edit-code",
            Self::Packages => "edit-packages",
            Self::Parameters => "edit-parameters",
        }
    }

    fn pane(self) -> &'static str {
        match self {
            Self::Code => "pane-code",
            Self::Packages => "pane-packages",
            Self::Parameters => "pane-parameters",
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Code => Kind {
                label: "Code, Python",
                language: "python",
            },
            Self::Packages => Kind {
                label: "Packages, one in a line",
                language: "text",
            },
            Self::Parameters => Kind {
                label: "User parameters, JSON",
                language: "json",
            },
        }
    }

    fn hint(self) -> Option<&'static str> {
        match self {
            Self::Code => None,
            Self::Packages => Some("One package in a line, as pip writes it: pandas==2.2.0"),
            Self::Parameters => Some(
                "A secret goes under a name that begins with #: Keboola encrypts it when you save. \
                 Until then it is kept sealed in this browser's memory.",
            ),
        }
    }
}

fn part_tab(editing: Editing, parts: &'static [Part], part: Part, chosen: RwSignal<Part>) -> View {
    let is_chosen = move || chosen.get() == part;
    let is_edited = Memo::new(move |_| {
        let draft = editing.draft;
        draft.with(|draft| draft.as_ref().is_some_and(|it| part.is_edited(it)))
    });
    let mark = move || {
        is_edited.get().then(|| {
            span()
                .attr("class", "edited")
                .child((icon(Icon::Dot), "edited"))
        })
    };
    ui::dom::prelude::button()
        .attr("type", "button")
        .attr("id", part.tab())
        .attr("class", "part")
        .attr("role", "tab")
        .attr("aria-controls", part.pane())
        .attr("aria-selected", move || is_chosen().to_string())
        .attr("tabindex", move || if is_chosen() { "0" } else { "-1" })
        .on(ev::click, move |_| chosen.set(part))
        .on(ev::keydown, move |event| {
            let at = parts.iter().position(|it| *it == part).unwrap_or_default();
            let to = match event.key().as_str() {
                "ArrowRight" => (at + 1) % parts.len(),
                "ArrowLeft" => (at + parts.len() - 1) % parts.len(),
                "Home" => 0,
                "End" => parts.len() - 1,
                _ => return,
            };
            event.prevent_default();
            if let Some(to) = parts.get(to) {
                chosen.set(*to);
                crate::tabs::focus(to.tab());
            }
        })
        .child((part.name(), mark))
        .into_any()
}

fn pane(editing: Editing, part: Part, chosen: RwSignal<Part>) -> View {
    div()
        .attr("id", part.pane())
        .attr("class", "fields")
        .attr("role", "tabpanel")
        .attr("aria-labelledby", part.tab())
        .attr("hidden", move || chosen.get() != part)
        .on(ev::focusout, move |_| editing.keep())
        .child((
            editor(
                part.kind(),
                editing.text_of(part),
                move |text| editing.typed(part, text),
                move || {
                    let broken = Problem::with(ProblemCode::Internal, "the editor's code");
                    editing.failed.set(Some(broken));
                },
            ),
            part.hint()
                .map(|words| p().attr("class", "hint").child(words)),
        ))
        .into_any()
}

/// That somebody saved since the edits began.
fn newer(editing: Editing) -> Option<View> {
    let it = editing.newer.get()?;
    let base = editing
        .draft
        .with_untracked(|draft| draft.as_ref().map(|it| it.base_version))?;
    let now = editing.panel.now.get_untracked();
    Some(notice(
        Tone::Warning,
        (
            p().child(strong().child(format!(
                "{}, is in Storage now.",
                words::version(&it, now)
            ))),
            p().child(format!(
                "Your edits began from version {base}. Run unsaved takes version {} with your edits \
                 laid over it; saving merges both and asks where both changed the same.",
                it.version
            )),
        )
            .into_any(),
    ))
}

/// What is edited, and what is done with it.
fn bar(editing: Editing, saving: Saving) -> View {
    let words = move || {
        editing.draft.with(|draft| match draft {
            Some(draft) => edited_words(draft),
            None => {
                let version = editing
                    .view
                    .with(|view| view.as_ref().map_or(0, |it| it.version));
                format!("Version {version}, nothing edited.")
            }
        })
    };
    let words = Memo::new(move |_| words());
    let may_run = Memo::new(move |_| editing.is_usable() && !editing.panel.is_running());
    let is_dirty = Memo::new(move |_| editing.is_dirty());
    let look = move || match may_run.get() {
        true => "button primary",
        false => "button",
    };
    let run = ui::dom::prelude::button()
        .attr("type", "button")
        .attr("class", look)
        .attr("disabled", move || !may_run.get())
        .attr("title", move || {
            let runs = editing.panel.is_running();
            runs.then_some("A run goes on; stop it first")
        })
        .on(ev::click, move |_| editing.run())
        .on(ev::pointermove, move |_| editing.panel.expect_run())
        .on(ev::focus, move |_| editing.panel.expect_run())
        .child((icon(Icon::Play), "Run unsaved"));
    (
        p().attr("class", "dim")
            .attr("role", "status")
            .child(move || words.get()),
        div().attr("class", "row wrap").child((
            run,
            save_button(saving, move || editing.is_usable(), move || editing.store()),
            move || {
                is_dirty.get().then(|| {
                    asking_button("Discard edits", "Discard them", move || {
                        editing.discard();
                    })
                })
            },
        )),
    )
        .into_any()
}
