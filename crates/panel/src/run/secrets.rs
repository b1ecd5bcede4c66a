//! The encrypted parameters of the configuration: nobody can read them back, so each is entered
//! once for this browser session, or left out on purpose.

use messages::Problem;
use messages::worker::{Secret, SecretChoice, SecretParameter, StoreSecret};
use ui::controls::{Look, button};
use ui::dom::prelude::*;
use ui::notice::{Tone, notice, problem};
use web_sys::HtmlInputElement;
use webext::calls::call;

use crate::state::Panel;

/// What is asked, and what was answered before.
pub(super) fn secrets(panel: Panel) -> View {
    let failed = RwSignal::new(None::<Problem>);
    let of = move |open: bool| {
        panel.secrets.with(|secrets| {
            secrets
                .iter()
                .filter(|it| (it.choice == SecretChoice::Open) == open)
                .cloned()
                .collect::<Vec<_>>()
        })
    };
    (
        move || {
            let open = of(true);
            (!open.is_empty()).then(|| question(panel, failed, open))
        },
        move || failed.get().map(|it| problem(&it, None)),
        move || {
            let answered = of(false);
            (!answered.is_empty()).then(|| answers(panel, failed, answered))
        },
    )
        .into_any()
}

fn question(
    panel: Panel,
    failed: RwSignal<Option<Problem>>,
    secrets: Vec<SecretParameter>,
) -> View {
    let one = secrets.len() == 1;
    let (whose, words) = match secrets.as_slice() {
        [only] => (
            only.path.clone(),
            " is stored encrypted and nobody can read it back. Enter it for this browser session, \
             or leave it out.",
        ),
        many => (
            format!("{} parameters", many.len()),
            " are stored encrypted and nobody can read them back. Enter each for this browser \
             session, or leave it out.",
        ),
    };
    let rows: Vec<_> = secrets
        .into_iter()
        .map(|secret| {
            let name = (!one).then(|| code().attr("class", "grow").child(secret.path.clone()));
            li().attr("class", "secret")
                .child((name, choice(panel, failed, secret.path)))
                .into_any()
        })
        .collect();
    notice(
        Tone::Warning,
        (
            p().child((b().child(whose), words)),
            ul().attr("aria-label", "Secrets needed").child(rows),
        )
            .into_any(),
    )
}

fn answers(panel: Panel, failed: RwSignal<Option<Problem>>, secrets: Vec<SecretParameter>) -> View {
    let entered = secrets
        .iter()
        .filter(|it| it.choice == SecretChoice::Entered)
        .count();
    let left_out = secrets.len() - entered;
    let mut parts = Vec::new();
    if entered > 0 {
        parts.push(format!("{entered} entered"));
    }
    if left_out > 0 {
        parts.push(format!("{left_out} left out"));
    }
    let rows: Vec<_> = secrets
        .into_iter()
        .map(|secret| {
            let state = match secret.choice {
                SecretChoice::Entered => "entered for this browser session",
                SecretChoice::LeftOut => "left out: the script gets an empty text",
                SecretChoice::Open => "",
            };
            li().attr("class", "item")
                .child((
                    div()
                        .attr("class", "meta")
                        .child((code().child(secret.path.clone()), span().child(state))),
                    choice(panel, failed, secret.path),
                ))
                .into_any()
        })
        .collect();
    details()
        .attr("class", "answers")
        .child((
            summary().child(format!("Secrets: {}", parts.join(", "))),
            ul().attr("class", "card").child(rows),
        ))
        .into_any()
}

/// The two buttons, and the field that the first one opens.
fn choice(panel: Panel, failed: RwSignal<Option<Problem>>, path: String) -> View {
    let entering = RwSignal::new(false);
    let path = StoredValue::new(path);
    let store = move |value: Option<Secret>| {
        if let Some(covered) = panel.covered() {
            failed.set(Some(covered));
            return;
        }
        leptos::task::spawn_local(async move {
            let reply = call(&StoreSecret {
                configuration: panel.url(),
                path: path.get_value(),
                value,
            })
            .await;
            failed.set(reply.err());
            panel.read_secrets().await;
        });
    };
    (move || {
        if entering.get() {
            field(&path.get_value(), entering, store)
        } else {
            div()
                .attr("class", "row")
                .child((
                    button(Look::Quiet, "Enter value", move || entering.set(true)),
                    button(Look::Quiet, "Leave out", move || store(None)),
                ))
                .into_any()
        }
    })
    .into_any()
}

fn field(
    path: &str,
    entering: RwSignal<bool>,
    store: impl Fn(Option<Secret>) + Copy + 'static,
) -> View {
    let field = input()
        .attr("type", "password")
        .attr("class", "grow")
        .attr("autocomplete", "off")
        .attr("aria-label", format!("Value of {path}"));
    let value: HtmlInputElement = field.element();
    let entered = value.clone();
    request_animation_frame(move || {
        let _ = value.focus();
    });
    let save = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let text = entered.value();
        // An empty text is what leaving it out gives; it is not taken for an answer here.
        if !text.is_empty() {
            entered.set_value("");
            store(Some(Secret(text)));
        }
    };
    form()
        .attr("class", "row")
        .on(ev::submit, save)
        .child((
            field,
            ui::dom::prelude::button()
                .attr("type", "submit")
                .attr("class", "button")
                .child("Save value"),
            button(Look::Quiet, "Cancel", move || entering.set(false)),
        ))
        .into_any()
}
