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
    let text = serde_json::to_string(draft)
        .map(Zeroizing::new)
        .map_err(|_| Problem::with(ProblemCode::Internal, "the edits could not be written"))?;
    Vault::open()
        .await?
        .put(&name(&call.configuration), &text)
        .await
        .map_err(|problem| Problem {
            code: ProblemCode::DraftNotKept,
            ..problem
        })
}

/// Drops them.
pub(crate) async fn forget(configuration: &ConfigurationUrl) -> Result<(), Problem> {
    Vault::open().await?.remove(&name(configuration)).await
}

fn name(configuration: &ConfigurationUrl) -> String {
    format!("draft/{}", configuration.key())
}
