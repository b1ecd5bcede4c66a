//! The terminal: opened on demand, shown above the files. Hidden, its shell goes on.

use messages::engine::{EndTerminal, OpenTerminal, ResizeTerminal, TypeIntoTerminal};
use messages::{Problem, ProblemCode};
use ui::controls::{Look, asking_button, button};
use ui::dom::prelude::*;
use ui::notice::problem;
use web_sys::HtmlElement;
use webext::calls::call;

use super::screen::Screen;
use crate::state::Panel;

/// Id of the button that Shift+Esc leads to.
const HIDE: &str = "terminal-hide";

/// What the engine told before it was known which terminal is this one.
type Early = (String, String, u64);

/// The line from a panel to its terminal.
#[derive(Clone, Copy)]
pub(crate) struct Line {
    /// Whether it is shown.
    pub(super) open: RwSignal<bool>,
    /// Which terminal it is, once that is known.
    terminal: RwSignal<Option<String>>,
    /// The sandbox that it is in.
    sandbox: RwSignal<Option<String>>,
    /// Whether its shell goes on.
    lives: RwSignal<bool>,
    failed: RwSignal<Option<Problem>>,
    screen: StoredValue<Option<Screen>, LocalStorage>,
    early: StoredValue<Vec<Early>>,
    /// What was typed before there was a shell.
    typed: StoredValue<String>,
}

impl Line {
    /// To none yet.
    pub(crate) fn new() -> Self {
        Self {
            open: RwSignal::new(false),
            terminal: RwSignal::new(None),
            sandbox: RwSignal::new(None),
            lives: RwSignal::new(false),
            failed: RwSignal::new(None),
            screen: StoredValue::new_local(None),
            early: StoredValue::new(Vec::new()),
            typed: StoredValue::new(String::new()),
        }
    }

    /// A terminal showed something.
    pub(crate) fn shown(self, terminal: &str, shown: &str, before: u64) {
        if !self.open.get_untracked() {
            return;
        }
        match self.terminal.get_untracked() {
            Some(own) if own == terminal => self.on_screen(|screen| screen.show(shown)),
            Some(_) => {}
            None => self.early.update_value(|early| {
                early.push((terminal.to_owned(), shown.to_owned(), before));
            }),
        }
    }

    /// A terminal ended.
    pub(crate) fn ended(self, terminal: &str, why: &str) {
        if self.terminal.get_untracked().as_deref() == Some(terminal) {
            self.lives.set(false);
            self.on_screen(|screen| screen.say(&format!("[{why}]")));
        }
    }

    fn on_screen(self, work: impl FnOnce(&Screen)) {
        self.screen.with_value(|screen| screen.as_ref().map(work));
    }

    /// Another engine is there than the one that held the terminal: its shell goes on, and is joined.
    pub(crate) fn rejoin(self, panel: Panel) {
        let lives = self.lives.get_untracked() && self.terminal.get_untracked().is_some();
        if self.open.get_untracked() && lives {
            self.terminal.set(None);
            self.connect(panel, self.sandbox.get_untracked());
        }
    }

    /// Shows the terminal of the panel's sandbox.
    pub(super) fn open(self, panel: Panel) {
        self.terminal.set(None);
        self.typed.set_value(String::new());
        self.connect(panel, None);
    }

    fn connect(self, panel: Panel, again: Option<String>) {
        self.failed.set(None);
        self.early.set_value(Vec::new());
        // Telling it again would lay its place out anew.
        if !self.open.get_untracked() {
            self.open.set(true);
        }
        // Its place is laid out in the next frame.
        request_animation_frame(move || {
            leptos::task::spawn_local(async move {
                if let Err(problem) = self.begin(panel, again).await {
                    self.lives.set(false);
                    self.on_screen(|screen| screen.say(&format!("[{}]", problem.code.what())));
                    self.failed.set(Some(problem));
                }
            });
        });
    }

    async fn begin(self, panel: Panel, again: Option<String>) -> Result<(), Problem> {
        let broken = |what: &str| Problem::with(ProblemCode::Internal, what);
        if self.screen.with_value(Option::is_none) {
            let place = document().get_element_by_id("terminal");
            let place: HtmlElement = place
                .and_then(|it| wasm_bindgen::JsCast::dyn_into(it).ok())
                .ok_or_else(|| broken("the terminal has no place"))?;
            let screen = Screen::open(
                &place,
                move |text| self.type_in(panel, text),
                move |columns, rows| self.resized(columns, rows),
                || crate::tabs::focus(HIDE),
            );
            let screen = screen.await.ok_or_else(|| broken("the terminal's code"))?;
            self.screen.set_value(Some(screen));
        }
        let size = self.screen.with_value(|it| it.as_ref().map(Screen::size));
        let (columns, rows) = size.unwrap_or((80, 24));
        let stays = again.is_some();
        let opened = call(&OpenTerminal {
            configuration: panel.url(),
            columns,
            rows,
            again,
        })
        .await?;
        self.on_screen(|screen| {
            if !(stays && opened.joined) {
                screen.clear();
            }
            screen.show(&opened.shown);
            for (terminal, shown, before) in self.early.get_value() {
                if terminal == opened.terminal && before >= opened.so_far {
                    screen.show(&shown);
                }
            }
            screen.focus();
        });
        self.early.set_value(Vec::new());
        self.terminal.set(Some(opened.terminal));
        self.sandbox.set(Some(opened.sandbox));
        self.lives.set(true);
        let typed = self.typed.try_update_value(std::mem::take);
        if let Some(typed) = typed.filter(|it| !it.is_empty()) {
            self.type_in(panel, typed);
        }
        Ok(())
    }

    fn type_in(self, panel: Panel, text: String) {
        let Some(terminal) = self.terminal.get_untracked() else {
            self.typed.update_value(|typed| typed.push_str(&text));
            return;
        };
        leptos::task::spawn_local(async move {
            let typed = TypeIntoTerminal {
                terminal,
                text: text.clone(),
            };
            match call(&typed).await {
                Ok(()) => {}
                Err(problem) if problem.code == ProblemCode::TerminalLost => {
                    self.typed.update_value(|typed| typed.push_str(&text));
                    self.rejoin(panel);
                }
                Err(problem) => self.failed.set(Some(problem)),
            }
        });
    }

    fn resized(self, columns: u16, rows: u16) {
        let Some(terminal) = self.terminal.get_untracked() else {
            return;
        };
        leptos::task::spawn_local(async move {
            // The next change of size tries again.
            let _ = call(&ResizeTerminal {
                terminal,
                columns,
                rows,
            })
            .await;
        });
    }

    fn hide(self) {
        self.open.set(false);
        self.terminal.set(None);
        self.screen.set_value(None);
    }

    fn end(self, panel: Panel) {
        if let Some(covered) = panel.covered() {
            return self.failed.set(Some(covered));
        }
        let Some(terminal) = self.terminal.get_untracked() else {
            return self.hide();
        };
        leptos::task::spawn_local(async move {
            match call(&EndTerminal { terminal }).await {
                Ok(()) => self.hide(),
                Err(problem) => self.failed.set(Some(problem)),
            }
        });
    }
}

/// The terminal with its bar, while it is shown.
pub(super) fn terminal(panel: Panel) -> View {
    let line = panel.terminal;
    let bar = move || {
        div().attr("class", "bar").child((
            span().attr("class", "grow").child("Terminal"),
            span().attr("class", "hint").child("Shift+Esc leaves it"),
            move || match line.lives.get() {
                true => asking_button("End shell", "End it and what it started", move || {
                    line.end(panel);
                }),
                false => button(Look::Quiet, "New shell", move || line.open(panel)).into_any(),
            },
            button(Look::Quiet, "Hide", move || line.hide()).attr("id", HIDE),
        ))
    };
    (move || {
        line.open.get().then(|| {
            (
                div()
                    .attr("class", "log terminal")
                    .child((bar(), div().attr("id", "terminal").attr("class", "screen"))),
                move || line.failed.get().map(|it| problem(&it, None)),
            )
                .into_any()
        })
    })
    .into_any()
}
