//! The tab, put together.

use ui::dom::prelude::*;
use ui::notice::problem;

use super::followed::followed;
use super::following::Jobs;
use super::list::list;
use super::start::start;
use crate::settings::token_wanted;
use crate::state::{Panel, Tab};

/// The tab. Its jobs are read each time it is shown.
pub(crate) fn jobs_tab(panel: Panel) -> View {
    let jobs = Jobs::new(panel);
    let has_token = Memo::new(move |_| panel.has_token());
    Effect::new(move |_| {
        if panel.tab.get() == Tab::Jobs && has_token.get() {
            jobs.refresh();
        }
    });
    (move || match has_token.get() {
        false => token_wanted(
            panel,
            "Jobs are started and followed with a Storage token of the project.",
        ),
        true => (
            start(jobs),
            move || Some(problem(&jobs.failed.get()?, None)),
            followed(jobs),
            list(jobs),
        )
            .into_any(),
    })
    .into_any()
}
