//! The stored token: whose it is, when it ends, what it may do.

use messages::ProblemCode;
use messages::worker::TokenReport;
use ui::dom::prelude::*;
use ui::icon::{Icon, icon};
use ui::notice::{Tone, notice};

use super::token_words::{RightWords, Standing, expiry, facts, right};
use crate::state::Panel;

/// The report, with its buttons.
pub(super) fn token_report(panel: Panel, token: &TokenReport, buttons: View) -> View {
    let stack = panel
        .configuration
        .with_value(|it| it.stack.as_str().to_owned());
    let mut rows: Vec<_> = facts(token, &stack)
        .into_iter()
        .map(|(name, value)| fact(name, value.into_any()))
        .collect();
    rows.push(fact("Ends", end(panel, token)));
    let rights: Vec<_> = token.rights.iter().map(|it| row(right(it))).collect();
    (
        token.refused.then(refused),
        token.is_master.then(full_power),
        dl().attr("class", "facts").child(rows),
        ul().attr("class", "rights")
            .attr("aria-label", "Rights of the token")
            // What a refused token may do is history.
            .attr("hidden", token.refused)
            .child(rights),
        div().attr("class", "row wrap").child(buttons),
    )
        .into_any()
}

fn fact(name: &'static str, value: View) -> View {
    (dt().child(name), dd().child(value)).into_any()
}

/// Only the words follow the clock.
fn end(panel: Panel, token: &TokenReport) -> View {
    let token = token.clone();
    let told = Memo::new(move |_| {
        let told = expiry(&token, panel.now.get());
        (told.warns, told.words)
    });
    (move || {
        let (warns, words) = told.get();
        if !warns {
            return words.into_any();
        }
        span()
            .attr("class", "bad")
            .child((icon(Icon::Warning), span().child(words)))
            .into_any()
    })
    .into_any()
}

fn row(words: RightWords) -> View {
    let (class, mark, state) = match words.standing {
        Standing::Works => ("works", Icon::Check, None),
        Standing::Missing => ("missing", Icon::Warning, Some("missing: ")),
        Standing::Unknown => ("unknown", Icon::Info, Some("not known: ")),
    };
    li().attr("class", class)
        .child((
            icon(mark),
            div().child((
                state.map(|state| span().attr("class", "unseen").child(state)),
                words.purpose,
                (!words.consequence.is_empty())
                    .then(|| p().attr("class", "hint").child(words.consequence)),
            )),
        ))
        .into_any()
}

fn refused() -> View {
    let code = ProblemCode::TokenRefused;
    notice(
        Tone::Error,
        (
            p().child(strong().child(code.what())),
            p().child((code.why(), " ", code.action())),
        )
            .into_any(),
    )
}

fn full_power() -> View {
    notice(
        Tone::Warning,
        p().child(
            "This is a person's own full-power token: it can do all that the person can do in the \
             project. A token that is made for this work can do less harm.",
        )
        .into_any(),
    )
}
