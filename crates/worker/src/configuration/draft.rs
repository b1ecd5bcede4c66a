//! Edits that are not saved: sealed, because they may hold a secret that was typed in clear.

use messages::worker::{Draft, ReadDraft, StoreDraft};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use zeroize::Zeroizing;

use crate::vault::Vault;

/// The edits of this browser session.
pub(crate) async fn read(call: &ReadDraft) -> Result<Option<Draft>, Problem> {
    stored(&call.configuration).await
}

/// As [`read`].
pub(crate) async fn stored(configuration: &ConfigurationUrl) -> Result<Option<Draft>, Problem> {
    let text = Vault::open().await?.get(&name(configuration)).await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Keeps them, or drops them.
pub(crate) async fn store(call: &StoreDraft) -> Result<(), Problem> {
    let Some(draft) = &call.draft else {
        return forget(&call.configuration).await;
    };
    put(&Vault::open().await?, &name(&call.configuration), draft).await
}

/// Drops them.
pub(crate) async fn forget(configuration: &ConfigurationUrl) -> Result<(), Problem> {
    Vault::open().await?.remove(&name(configuration)).await
}

/// The edits as one run has them, also when they are changed or dropped while it goes on.
///
/// # Errors
/// `DraftMissing` when there are none.
pub(crate) async fn of_run(configuration: &ConfigurationUrl, run: &str) -> Result<Draft, Problem> {
    let vault = Vault::open().await?;
    let name = name_of_run(run);
    if let Some(text) = vault.get(&name).await?
        && let Ok(draft) = serde_json::from_str(&text)
    {
        return Ok(draft);
    }
    let draft = stored(configuration).await?;
    let draft = Draft {
        // Only saving asks for it, and it may be large.
        base: String::new(),
        ..draft.ok_or(ProblemCode::DraftMissing)?
    };
    put(&vault, &name, &draft).await?;
    Ok(draft)
}

/// A run is over.
pub(crate) async fn forget_run(run: &str) -> Result<(), Problem> {
    Vault::open().await?.remove(&name_of_run(run)).await
}

async fn put(vault: &Vault, name: &str, draft: &Draft) -> Result<(), Problem> {
    let text = serde_json::to_string(draft)
        .map(Zeroizing::new)
        .map_err(|_| Problem::with(ProblemCode::Internal, "the edits could not be written"))?;
    vault.put(name, &text).await.map_err(|problem| Problem {
        code: ProblemCode::DraftNotKept,
        ..problem
    })
}

fn name_of_run(run: &str) -> String {
    format!("draft-of-run/{run}")
}

fn name(configuration: &ConfigurationUrl) -> String {
    format!("draft/{}", configuration.key())
}
