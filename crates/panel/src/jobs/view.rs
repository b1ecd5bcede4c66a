//! The tab, put together.

use ui::dom::prelude::*;

use crate::state::Panel;

/// The tab.
pub(crate) fn jobs_tab(_panel: Panel) -> View {
    div().into_any()
}
