//! The Storage token of the project: enter, see whose it is and what it lacks, forget.

use messages::Problem;
use messages::worker::{ForgetToken, StoreToken, TokenReport};
use ui::controls::{asking_button, link};
use ui::dom::prelude::*;
use ui::notice::{Tone, notice, problem};
use webext::calls::call;

use super::secret_form::{Words, guarded, secret_form};
use super::words::token_facts;
use crate::state::Panel;

/// The section.
pub(super) fn token(panel: Panel) -> View {
    let failed = RwSignal::new(None::<Problem>);
    let busy = RwSignal::new(false);
    let save = move |token| {
        busy.set(true);
        leptos::task::spawn_local(async move {
            let reply = call(&StoreToken {
                configuration: panel.url(),
                token,
            })
            .await;
            busy.set(false);
            failed.set(reply.err());
            panel.read_keys().await;
            panel.read_with_token().await;
        });
    };
    let forget = move || {
        guarded(panel, failed, move || {
            leptos::task::spawn_local(async move {
                let reply = call(&ForgetToken {
                    configuration: panel.url(),
                })
                .await;
                failed.set(reply.err());
                panel.read_keys().await;
                panel.read_secrets().await;
            });
        });
    };
    let stored = move || {
        panel
            .keys
            .with(|keys| keys.as_ref().and_then(|keys| keys.token.clone()))
    };
    section()
        .attr("class", "fields")
        .child((
            div().attr("class", "row").child((
                h2().attr("class", "grow").child("Storage token"),
                link("Create a token", panel.url().new_token_page()),
            )),
            move || stored().map(|token| report(&token, forget)),
            secret_form(
                panel,
                Words {
                    label: "Storage token",
                    id: "token",
                    placeholder: "Token of this project",
                    save: "Save token",
                },
                busy,
                failed,
                save,
            ),
            p().attr("role", "status")
                .child(move || busy.get().then_some("Asking Keboola whose token it is…")),
            move || failed.get().map(|it| problem(&it, None)),
        ))
        .into_any()
}

fn report(token: &TokenReport, forget: impl Fn() + Copy + 'static) -> View {
    let facts: Vec<_> = token_facts(token)
        .into_iter()
        .map(|it| li().child(it))
        .collect();
    let lacks: Vec<_> = token
        .lacks
        .iter()
        .map(|it| li().child(it.clone()))
        .collect();
    let warning = (!lacks.is_empty()).then(|| {
        notice(
            Tone::Warning,
            (
                p().child(strong().child("The token lacks what this configuration needs:")),
                ul().attr("class", "bullets").child(lacks),
                p().child("Give it these rights, or save another token."),
            )
                .into_any(),
        )
    });
    (
        div().attr("class", "row").child((
            ul().attr("class", "grow").child(facts),
            asking_button("Forget token", "Forget it now", forget),
        )),
        warning,
    )
        .into_any()
}
