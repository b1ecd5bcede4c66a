//! The tab, put together.

use ui::dom::prelude::*;

use super::edit::edit;
use super::editing::Editing;
use super::review::review;
use super::saving::Saving;
use super::sync::sync;
use super::told::told;
use super::versions::versions;
use crate::settings::token_wanted;
use crate::state::Panel;

/// The tab.
pub(crate) fn config_tab(panel: Panel) -> View {
    let saving = Saving::new(panel);
    let editing = Editing::new(panel);
    // Keys are read again whenever the edits are kept: the tab must not be built anew for that.
    let has_token = Memo::new(move |_| panel.has_token());
    (move || match has_token.get() {
        false => token_wanted(
            panel,
            "The configuration is read and saved with a Storage token of its project.",
        ),
        true => (
            edit(editing, saving),
            told(saving),
            review(saving),
            sync(saving),
            versions(saving),
        )
            .into_any(),
    })
    .into_any()
}
