//! Run and Stop, and which sandbox a run takes.

use messages::engine::{PrepareRun, RunOf, RunPhase, StartRun, StopRun};
use ui::controls::Look;
use ui::dom::prelude::*;
use ui::format::duration;
use ui::icon::{Icon, icon};
use ui::keys::missing;
use webext::calls::call;

use crate::state::{Panel, Tab};

/// How often the engine is told at the most that Run may be pressed, in milliseconds.
const EXPECT_MS: f64 = 1_000.0;

/// What the one button does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Run,
    Starting,
    Stop,
    Stopping,
}

impl Panel {
    /// Runs it as it was run last: as it is saved, or with the edits.
    pub(super) fn run_again(self) {
        let of = self
            .run
            .with_untracked(|run| run.as_ref().map(|it| it.of.clone()));
        self.start_run(of.unwrap_or_default());
    }

    /// Runs the configuration's code.
    pub(crate) fn start_run(self, of: RunOf) {
        if self.starting.get_untracked() {
            return;
        }
        self.starting.set(true);
        self.run_failed.set(None);
        leptos::task::spawn_local(async move {
            let reply = call(&StartRun {
                configuration: self.url(),
                of,
            })
            .await;
            self.starting.set(false);
            self.run_failed.set(reply.err());
        });
    }

    /// Run may be pressed in a moment: the pointer is over it, or the focus is on it.
    pub(crate) fn expect_run(self) {
        let now = webext::clock::now_ms();
        if now - self.expected_at.get_value() < EXPECT_MS {
            return;
        }
        self.expected_at.set_value(now);
        leptos::task::spawn_local(async move {
            // Only to be quicker: a press does all of it again when it must.
            let _ = call(&PrepareRun {
                configuration: self.url(),
            })
            .await;
        });
    }

    fn stop_run(self) {
        let run = self
            .run
            .with_untracked(|run| run.as_ref().map(|it| it.run.clone()));
        let Some(run) = run else { return };
        leptos::task::spawn_local(async move {
            self.run_failed.set(call(&StopRun { run }).await.err());
        });
    }

    fn action(self) -> Action {
        let phase = self.run.with(|run| {
            let run = run.as_ref()?;
            match run.phase {
                RunPhase::Running => Some(Action::Stop),
                RunPhase::Stopping => Some(Action::Stopping),
                RunPhase::Ended(_) => None,
            }
        });
        match phase {
            Some(action) => action,
            None if self.starting.get() => Action::Starting,
            None => Action::Run,
        }
    }
}

/// The row of the one button and what belongs to it.
pub(super) fn actions(panel: Panel) -> View {
    let action = Memo::new(move |_| panel.action());
    let disabled = move || {
        let lacks_keys = |keys: &messages::worker::Keys| !missing(keys).is_empty();
        action.get() == Action::Run
            && panel
                .keys
                .with(|keys| keys.as_ref().is_some_and(lacks_keys))
    };
    // Not `disabled`: that would take the focus away from whoever pressed it by the keyboard.
    let waits =
        move || matches!(action.get(), Action::Starting | Action::Stopping).then_some("true");
    let press = move |_| match action.get_untracked() {
        Action::Run => panel.start_run(RunOf::Saved),
        Action::Stop => panel.stop_run(),
        Action::Starting | Action::Stopping => {}
    };
    let expect = move || {
        if action.get_untracked() == Action::Run {
            panel.expect_run();
        }
    };
    let face = move || match action.get() {
        Action::Run => (icon(Icon::Play), "Run in sandbox"),
        Action::Starting => (icon(Icon::Play), "Starting…"),
        Action::Stop => (icon(Icon::Stop), "Stop"),
        Action::Stopping => (icon(Icon::Stop), "Stopping…"),
    };
    div()
        .attr("class", "row wrap")
        .child((
            button()
                .attr("type", "button")
                .attr("class", "button primary")
                .attr("disabled", disabled)
                .attr("aria-disabled", waits)
                .on(ev::click, press)
                .on(ev::pointermove, move |_| expect())
                .on(ev::focus, move |_| expect())
                .child(face),
            sandbox_choice(panel),
            span().attr("class", "grow"),
            elapsed(panel),
            ui::controls::button(Look::Quiet, "As a job…", move || panel.tab.set(Tab::Jobs))
                .attr("title", "Start a real job in Keboola instead"),
        ))
        .into_any()
}

fn sandbox_choice(panel: Panel) -> View {
    let reuse = move || {
        panel
            .settings
            .with(|settings| settings.as_ref().is_none_or(|settings| settings.reuse))
    };
    let choose = move |event: ev::Event| {
        let reuse = event_target_value(&event) == "reuse";
        leptos::task::spawn_local(async move {
            let stored = panel
                .store_settings(|settings| settings.reuse = reuse)
                .await;
            if let Err(problem) = stored {
                panel.run_failed.set(Some(problem));
            }
        });
    };
    label()
        .child(
            select()
                .attr("aria-label", "Sandbox")
                .on(ev::change, choose)
                .child((
                    option().attr("value", "reuse").child("Reuse sandbox"),
                    option().attr("value", "new").child("New, ended after"),
                ))
                .prop("value", move || if reuse() { "reuse" } else { "new" }),
        )
        .into_any()
}

fn elapsed(panel: Panel) -> View {
    (move || {
        panel.is_running().then(|| {
            let began = panel
                .run
                .with(|run| run.as_ref().map_or(0, |it| it.started_at));
            let text = move || duration(panel.now.get().saturating_sub(began));
            span().attr("class", "num").child(text)
        })
    })
    .into_any()
}
