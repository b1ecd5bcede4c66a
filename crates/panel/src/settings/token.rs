//! The Storage token of the project: enter or take it from the page, see whose it is and what it
//! lacks, check it again, forget it.

use messages::Problem;
use messages::worker::{CheckToken, ForgetToken, Secret, StoreToken, TokenReport};
use ui::controls::{Look, asking_button, button, link};
use ui::dom::prelude::*;
use ui::notice::problem;
use webext::calls::call;

use super::capture::capture;
use super::secret_form::{Words, guarded, secret_form};
use super::token_report::token_report;
use super::token_words::{NEEDED, NOT_NEEDED};
use crate::state::{Panel, Tab};

/// What the parts of the section share.
#[derive(Clone, Copy)]
pub(super) struct Section {
    pub(super) panel: Panel,
    pub(super) failed: RwSignal<Option<Problem>>,
    /// A token is being saved; the field waits for it.
    busy: RwSignal<bool>,
    /// The stored token is being checked; the field does not wait, somebody may be typing.
    checking: RwSignal<bool>,
    /// Whether Storage told of the stored token since the panel was opened.
    checked: StoredValue<bool>,
}

impl Section {
    fn save(self, token: Secret) {
        self.busy.set(true);
        leptos::task::spawn_local(async move {
            let reply = call(&StoreToken {
                configuration: self.panel.url(),
                token,
            })
            .await;
            self.busy.set(false);
            self.take(reply).await;
        });
    }

    /// Shows what came of a new token, pasted or taken from the page.
    pub(super) async fn take(self, reply: Result<TokenReport, Problem>) {
        self.checked.set_value(reply.is_ok());
        self.failed.set(reply.err());
        self.panel.read_keys().await;
        self.panel.read_with_token().await;
    }

    fn check(self) {
        self.checked.set_value(true);
        self.checking.set(true);
        leptos::task::spawn_local(async move {
            let reply = call(&CheckToken {
                configuration: self.panel.url(),
            })
            .await;
            self.checking.set(false);
            self.failed.set(reply.err());
            self.panel.read_keys().await;
        });
    }

    fn forget(self) {
        guarded(self.panel, self.failed, move || {
            leptos::task::spawn_local(async move {
                let reply = call(&ForgetToken {
                    configuration: self.panel.url(),
                })
                .await;
                self.failed.set(reply.err());
                self.panel.read_keys().await;
                self.panel.read_secrets().await;
            });
        });
    }

    /// A stored token is checked when Settings is opened for the first time: what is shown there
    /// is how things stand, not how they stood.
    fn check_when_shown(self) {
        let stored = Memo::new(move |_| self.panel.has_token());
        Effect::new(move |_| {
            let shown = self.panel.tab.get() == Tab::Settings && stored.get();
            if shown && !self.checked.get_value() && !self.busy.get_untracked() {
                self.check();
            }
        });
    }
}

/// The section.
pub(super) fn token(panel: Panel) -> View {
    let section = Section {
        panel,
        failed: RwSignal::new(None),
        busy: RwSignal::new(false),
        checking: RwSignal::new(false),
        checked: StoredValue::new(false),
    };
    section.check_when_shown();
    let Section {
        failed,
        busy,
        checking,
        ..
    } = section;
    let asking = move || busy.get() || checking.get();
    let stored = Memo::new(move |_| {
        panel
            .keys
            .with(|keys| keys.as_ref().and_then(|keys| keys.token.clone()))
    });
    let buttons = move || {
        (
            button(Look::Plain, "Check again", move || section.check()).attr("disabled", asking),
            asking_button("Forget token", "Forget it now", move || section.forget()),
        )
            .into_any()
    };
    ui::dom::prelude::section()
        .attr("class", "fields")
        .child((
            div().attr("class", "row wrap").child((
                h2().attr("class", "grow").child("Storage token"),
                link("Create a token", panel.url().new_token_page()),
            )),
            move || {
                stored
                    .get()
                    .map(|token| token_report(panel, &token, buttons()))
            },
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
                move |token| section.save(token),
            ),
            p().attr("role", "status")
                .child(move || asking().then_some("Asking Keboola about the token…")),
            move || failed.get().map(|it| problem(&it, None)),
            caution(panel),
            capture(section),
        ))
        .into_any()
}

/// What a token is, and where it is taken back; said where it is entered.
fn caution(panel: Panel) -> View {
    let needed = NEEDED.map(|it| li().child(it)).into_iter();
    (
        p().attr("class", "hint").child((
            "Whoever has a token has its rights. It stays encrypted in this browser until the \
             browser closes. ",
            link("Revoke or change it in Keboola", panel.url().tokens_page()),
        )),
        details().child((
            summary().child("What the token needs"),
            ul().attr("class", "bullets")
                .child(needed.collect::<Vec<_>>()),
            p().attr("class", "hint").child(NOT_NEEDED),
        )),
    )
        .into_any()
}
