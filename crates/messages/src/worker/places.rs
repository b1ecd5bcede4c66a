//! The engine's own document.

use serde::{Deserialize, Serialize};

/// Makes sure that the engine's document exists; replies when it listens.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StartEngine {}

/// Does the engine's document exist? The popup asks, so as not to start it just to hear "nothing".
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EngineRuns {}
