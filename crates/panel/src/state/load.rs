//! Reading what the worker knows.

use messages::worker::{ReadContext, ReadKeys, ReadSecrets, ReadSettings, Settings, StoreSettings};
use messages::{Problem, ProblemCode};
use ui::dom::prelude::*;
use webext::calls::call;
use webext::storage::Area;

use super::Panel;

/// What the vault's keys begin with; what is in them is the worker's own.
const VAULT: &str = "vault/item/";

impl Panel {
    /// Reads keys and settings, and what needs keys. Keys are read again whenever the vault
    /// changes: another panel may have saved one, or Storage refused the token.
    pub(super) fn load(self) {
        Area::Session.watch(VAULT, move || {
            leptos::task::spawn_local(self.read_keys());
        });
        leptos::task::spawn_local(async move {
            let reply = call(&ReadSettings {
                configuration: self.url(),
            })
            .await;
            // Without its settings the panel still works; a run then says what is wrong.
            self.settings.set(Some(reply.unwrap_or_default()));
        });
        leptos::task::spawn_local(async move {
            self.read_keys().await;
            // Sandboxes of an earlier session are offered at once.
            self.sandboxes.refresh();
            self.read_secrets().await;
        });
    }

    /// Reads again which keys are there.
    pub(crate) async fn read_keys(self) {
        let reply = call(&ReadKeys {
            configuration: Some(self.url()),
        })
        .await;
        match reply {
            Ok(keys) => self.keys.set(Some(keys)),
            Err(problem) => self.run_failed.set(Some(problem)),
        }
    }

    /// Reads again what only a token can tell: the name and the encrypted parameters.
    pub(crate) async fn read_with_token(self) {
        if let Ok(context) = call(&ReadContext {}).await
            && context.configuration == self.url()
        {
            self.name.set(context.name);
        }
        self.read_secrets().await;
    }

    /// Reads again which parameters are encrypted. Without a token nobody can tell; the head says
    /// that the token is missing, and a run says everything else.
    pub(crate) async fn read_secrets(self) {
        let has_token = self
            .keys
            .with_untracked(|keys| keys.as_ref().is_some_and(|keys| keys.token.is_some()));
        if !has_token {
            self.secrets.set(Vec::new());
            return;
        }
        let reply = call(&ReadSecrets {
            configuration: self.url(),
        })
        .await;
        if let Ok(secrets) = reply {
            self.secrets.set(secrets);
        }
    }

    /// Changes the settings and keeps them.
    pub(crate) async fn store_settings(
        self,
        change: impl FnOnce(&mut Settings),
    ) -> Result<(), Problem> {
        let before = self.settings.get_untracked();
        let mut settings = before.clone().unwrap_or_default();
        change(&mut settings);
        self.settings.set(Some(settings.clone()));
        let reply = call(&StoreSettings {
            configuration: self.url(),
            settings,
        })
        .await;
        if reply.is_err() {
            self.settings.set(before);
        }
        reply
    }

    /// The problem of a press on something that a page may have covered.
    pub(crate) fn covered(self) -> Option<Problem> {
        (!self.is_seen()).then(|| ProblemCode::Covered.into())
    }
}
