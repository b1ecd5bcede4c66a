//! The Settings tab, put together.

use ui::dom::prelude::*;

use super::data_flow::data_flow;
use super::e2b_key::e2b_key;
use super::run_settings::run_settings;
use super::running::running;
use super::service::service;
use super::token::token;
use crate::state::Panel;

/// The tab.
pub(crate) fn settings_tab(panel: Panel) -> View {
    (
        service(panel),
        e2b_key(panel),
        token(panel),
        run_settings(panel),
        running(panel),
        data_flow(panel),
    )
        .into_any()
}
