//! What goes where, in a few lines, and the places where access is taken back.

use ui::controls::link;
use ui::dom::prelude::*;

use crate::state::Panel;

/// The place where e2b keys are made and deleted.
pub(super) const E2B_DASHBOARD: &str = "https://e2b.dev/dashboard?tab=keys";

/// The section.
pub(super) fn data_flow(panel: Panel) -> View {
    let line = |what: &'static str, way: &'static str| li().child((b().child(what), " ", way));
    section()
        .attr("class", "fields")
        .child((
            h2().child("What goes where"),
            ul().attr("class", "bullets").child((
                line(
                    "Code and parameters",
                    "go from Keboola through this browser to your sandbox at e2b.",
                ),
                line(
                    "Input tables and files",
                    "go from Keboola Storage straight to the sandbox, by signed links.",
                ),
                line(
                    "Files you upload",
                    "go from this computer to Keboola Storage, where the sandbox fetches them, or \
                     straight to the sandbox when you choose that.",
                ),
                line(
                    "Keys",
                    "stay encrypted in this browser's memory until it closes. The sandbox never \
                     sees them.",
                ),
            )),
            div().attr("class", "row wrap").child((
                "Take access back:",
                link("e2b keys", E2B_DASHBOARD.to_owned()),
                link("Storage tokens", panel.url().tokens_page()),
            )),
        ))
        .into_any()
}
