//! What a run needs to know besides its configuration, and what may be known from a run before.
//!
//! Kept in the worker's memory only, for minutes: a press of Run then waits for one answer of
//! Storage instead of four. Whatever may change from one run to the next (the configuration, its
//! tables, its files) is never taken from here.

use std::cell::RefCell;
use std::collections::BTreeMap;

use futures::future::join_all;
use futures::try_join;
use keboola::page::CUSTOM_PYTHON;
use keboola::{ComponentFlags, KeboolaError, Storage, StorageToken, Table, TokenInfo};
use messages::{ConfigurationUrl, Problem};
use sha2::{Digest, Sha256};
use webext::clock;
use webext::fetch::Fetch;

use crate::keboola_problem::problem;

/// How long what Storage told of a token and of the component is taken for true, in milliseconds.
/// A token that is revoked meanwhile is refused by every other call of the run.
const FRESH_MS: f64 = 5.0 * 60_000.0;

/// What Storage told of the token and of the component.
#[derive(Clone)]
pub(crate) struct Facts {
    /// Whose the token is.
    pub(crate) token: TokenInfo,
    /// The component's switches.
    pub(crate) flags: ComponentFlags,
}

struct Known {
    /// SHA-256 of the token: the token itself stays in the vault.
    token: [u8; 32],
    at: f64,
    facts: Facts,
}

thread_local! {
    static KNOWN: RefCell<BTreeMap<String, Known>> = const { RefCell::new(BTreeMap::new()) };
    static TABLES: RefCell<BTreeMap<String, Vec<String>>> = const { RefCell::new(BTreeMap::new()) };
}

/// The facts of the configuration's branch and token; read when they are not known or too old.
pub(crate) async fn facts(
    storage: &Storage<'_, Fetch>,
    url: &ConfigurationUrl,
    token: &StorageToken,
) -> Result<Facts, Problem> {
    let key = format!(
        "{}/{}/{}",
        url.stack.as_str(),
        url.project,
        url.branch.as_deref().unwrap_or_default()
    );
    let digest: [u8; 32] = Sha256::digest(token.expose()).into();
    let known = KNOWN.with_borrow(|known| {
        known
            .get(&key)
            .filter(|it| it.token == digest && (0.0..FRESH_MS).contains(&(clock::now_ms() - it.at)))
            .map(|it| it.facts.clone())
    });
    if let Some(facts) = known {
        return Ok(facts);
    }
    let (info, flags) = try_join!(
        async {
            storage
                .verify_token()
                .await
                .map_err(|error| problem(error, "verify the token"))
        },
        // A token that may not read them gets the usual ones.
        async {
            Ok(storage
                .read_component_flags(CUSTOM_PYTHON)
                .await
                .unwrap_or_default())
        },
    )?;
    let facts = Facts { token: info, flags };
    let known = Known {
        token: digest,
        at: clock::now_ms(),
        facts: facts.clone(),
    };
    KNOWN.with_borrow_mut(|all| all.insert(key, known));
    Ok(facts)
}

/// Descriptions of tables, read in this run and never older.
pub(crate) struct Tables(BTreeMap<String, Result<Table, KeboolaError>>);

impl Tables {
    /// Reads the tables that the configuration's last run had, while the configuration itself is
    /// still being read: most often they are the ones that it names.
    pub(crate) async fn of_last_run(storage: &Storage<'_, Fetch>, url: &ConfigurationUrl) -> Self {
        let ids = TABLES.with_borrow(|all| all.get(&url.key()).cloned().unwrap_or_default());
        let read = ids.into_iter().map(|id| async move {
            let table = storage.read_table(&id).await;
            (id, table)
        });
        Self(join_all(read).await.into_iter().collect())
    }

    /// Reads those that are missing; those that are named are what the next run reads ahead.
    pub(crate) async fn complete(
        &mut self,
        storage: &Storage<'_, Fetch>,
        url: &ConfigurationUrl,
        named: &[&str],
    ) {
        let missing = named
            .iter()
            .filter(|id| !self.0.contains_key(**id))
            .map(|id| async move { ((*id).to_owned(), storage.read_table(id).await) });
        let read = join_all(missing).await;
        self.0.extend(read);
        let named = named.iter().map(|id| (*id).to_owned()).collect();
        TABLES.with_borrow_mut(|all| all.insert(url.key(), named));
    }

    /// What was read of a table.
    pub(crate) fn get(&self, id: &str) -> Option<&Result<Table, KeboolaError>> {
        self.0.get(id)
    }
}
