//! Listening to the engine.

use messages::ProblemCode;
use messages::engine::{Event, RunPhase};
use ui::dom::prelude::*;
use ui::engine_link::{Told, follow};
use ui::feed::Change;

use super::Panel;

impl Panel {
    /// Takes in what the engine tells, from now on.
    pub(super) fn follow(self) {
        follow(move |told| match told {
            Told::Connected => self.lost.set(None),
            Told::Lost(problem) => self.lost.set(Some(problem)),
            Told::Event(event) => self.take_in(event),
        });
        self.ask_for_secrets_when_needed();
    }

    fn take_in(self, event: Event) {
        // Log lines do not touch the feed, so that they wake no view.
        if let Event::Log { run, lines } = event {
            self.log.append(&run, &lines);
            return;
        }
        match event {
            Event::Terminal {
                terminal,
                shown,
                before,
            } => return self.terminal.shown(&terminal, &shown, before),
            Event::Snapshot { .. } => self.terminal.rejoin(self),
            Event::TerminalEnded { terminal, why } => return self.terminal.ended(&terminal, &why),
            _ => {}
        }
        let own = self
            .configuration
            .with_value(messages::ConfigurationUrl::key);
        if let Event::Run(run) = &event
            && run.configuration == own
        {
            self.log.begin(&run.run);
            self.starting.set(false);
        }
        let change = self.feed.try_update(|feed| feed.apply(event));
        if let Some(Change::Everything(logs)) = change {
            let run = self
                .run
                .with_untracked(|run| run.as_ref().map(|it| it.run.clone()));
            // A new engine does not know the run yet; once it does, the log comes anew as a whole.
            let run = run.unwrap_or_default();
            let lines = logs.iter().find(|(id, _)| *id == run);
            self.log
                .replace(&run, lines.map_or(&[], |(_, lines)| lines));
        }
    }

    /// The configuration may have gained a secret since it was read; the run found out.
    fn ask_for_secrets_when_needed(self) {
        let needed = Memo::new(move |_| {
            self.run.with(|run| {
                let run = run.as_ref()?;
                let RunPhase::Ended(end) = &run.phase else {
                    return None;
                };
                let code = end.problem.as_ref()?.code;
                (code == ProblemCode::SecretsNeeded).then(|| run.run.clone())
            })
        });
        Effect::new(move |_| {
            if needed.get().is_some() {
                leptos::task::spawn_local(self.read_secrets());
            }
        });
    }
}
