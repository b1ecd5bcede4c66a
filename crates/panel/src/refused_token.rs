//! Keboola no longer accepts the token: said above every tab, with the way to a new one.

use messages::ProblemCode;
use ui::controls::{Look, button};
use ui::dom::prelude::*;
use ui::notice::{Tone, notice};

use crate::state::{Panel, Tab};

/// The notice; Settings tells it by itself.
pub(crate) fn refused_token(panel: Panel) -> View {
    let shown = Memo::new(move |_| panel.is_token_refused() && panel.tab.get() != Tab::Settings);
    let code = ProblemCode::TokenRefused;
    (move || {
        shown.get().then(|| {
            div()
                .attr("class", "above")
                .attr("role", "alert")
                .child(notice(
                    Tone::Error,
                    (
                        p().child(strong().child(code.what())),
                        p().child((code.why(), " ", code.action())),
                        button(Look::Plain, "Enter a new token", move || {
                            panel.show(Tab::Settings, "token");
                        }),
                    )
                        .into_any(),
                ))
        })
    })
    .into_any()
}
