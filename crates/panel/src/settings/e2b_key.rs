//! The e2b API key: enter, test, forget.

use messages::Problem;
use messages::worker::{E2bKeyReport, ForgetE2bKey, StoreE2bKey, TestE2bKey};
use ui::controls::{Look, asking_button, button, link};
use ui::dom::prelude::*;
use ui::icon::{Icon, icon};
use ui::notice::problem;
use webext::calls::call;

use super::data_flow::E2B_DASHBOARD;
use super::secret_form::{Words, guarded, secret_form};
use super::words::key_verdict;
use crate::state::Panel;

/// The section.
pub(super) fn e2b_key(panel: Panel) -> View {
    let report = RwSignal::new(None::<E2bKeyReport>);
    let failed = RwSignal::new(None::<Problem>);
    let busy = RwSignal::new(false);
    let take = move |reply: Result<E2bKeyReport, Problem>| {
        busy.set(false);
        match reply {
            Ok(told) => {
                report.set(Some(told));
                failed.set(None);
            }
            Err(problem) => {
                report.set(None);
                failed.set(Some(problem));
            }
        }
    };
    let save = move |key| {
        busy.set(true);
        leptos::task::spawn_local(async move {
            take(call(&StoreE2bKey { key }).await);
            panel.read_keys().await;
            panel.sandboxes.refresh();
        });
    };
    let test = move || {
        busy.set(true);
        leptos::task::spawn_local(async move { take(call(&TestE2bKey {}).await) });
    };
    let forget = move || {
        guarded(panel, failed, move || {
            leptos::task::spawn_local(async move {
                failed.set(call(&ForgetE2bKey {}).await.err());
                report.set(None);
                panel.read_keys().await;
                panel.sandboxes.refresh();
            });
        });
    };
    let stored = move || {
        panel.keys.with(|keys| {
            keys.as_ref()
                .and_then(|keys| keys.e2b_key.as_ref().map(|hint| hint.last4.clone()))
        })
    };
    section()
        .attr("class", "fields")
        .child((
            div().attr("class", "row").child((
                h2().attr("class", "grow").child("e2b API key"),
                link("Keys at e2b", E2B_DASHBOARD.to_owned()),
            )),
            move || {
                stored().map(|last4| {
                    div().attr("class", "row wrap").child((
                        span()
                            .attr("class", "grow")
                            .child(format!("Stored, ends in {last4}")),
                        button(Look::Plain, "Test key", test).attr("disabled", move || busy.get()),
                        asking_button("Forget key", "Forget it now", forget),
                    ))
                })
            },
            secret_form(
                panel,
                Words {
                    label: "e2b API key",
                    id: "e2b-key",
                    placeholder: "e2b_…",
                    save: "Save key",
                },
                busy,
                failed,
                save,
            ),
            p().attr("class", "hint").child((
                "Whoever has the key can start sandboxes that your team pays for. It stays \
                 encrypted in this browser until the browser closes. ",
                link("Revoke it at e2b", E2B_DASHBOARD.to_owned()),
            )),
            p().attr("role", "status").child(move || {
                if busy.get() {
                    return Some("Asking e2b…".into_any());
                }
                report.get().map(|report| {
                    let verdict = key_verdict(&report);
                    let (class, mark) = if verdict.good {
                        ("good", Icon::Check)
                    } else {
                        ("bad", Icon::Warning)
                    };
                    span()
                        .attr("class", class)
                        .child((icon(mark), span().child(verdict.words)))
                        .into_any()
                })
            }),
            move || failed.get().map(|it| problem(&it, None)),
        ))
        .into_any()
}
