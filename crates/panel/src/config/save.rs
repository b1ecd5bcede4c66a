//! From the edits to the review of what saving them would change.

use messages::Problem;
use messages::worker::Wanted;
use ui::controls::{Look, button};
use ui::dom::prelude::*;

use super::saving::Saving;

/// The button that reviews the edits. `store` keeps the edits for the worker to find.
pub(super) fn save_button<F>(
    saving: Saving,
    possible: impl Fn() -> bool + 'static,
    store: impl Fn() -> F + 'static,
) -> View
where
    F: Future<Output = Result<(), Problem>> + 'static,
{
    button(Look::Plain, "Review and save…", move || {
        let wanted = Wanted {
            edits: true,
            ..Wanted::default()
        };
        saving.review(wanted, store());
    })
    .attr("disabled", move || {
        !possible() || saving.doing.with(Option::is_some)
    })
    .into_any()
}
