//! Values of encrypted parameters, entered for a browser session.

use serde::{Deserialize, Serialize};

use super::keys::Secret;
use crate::ConfigurationUrl;

/// Which parameters of the configuration are encrypted, and what was done about each?
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReadSecrets {
    /// The page's configuration.
    pub configuration: ConfigurationUrl,
}

/// An encrypted parameter of the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretParameter {
    /// Dotted path inside the user parameters, for example `db.#password`.
    pub path: String,
    /// What a run does with it.
    pub choice: SecretChoice,
}

/// What a run does with an encrypted parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretChoice {
    /// Nothing was chosen yet: the run asks.
    Open,
    /// A value was entered for this browser session.
    Entered,
    /// Left out on purpose: the script gets an empty text.
    LeftOut,
}

/// Enters the value of an encrypted parameter for this browser session, or leaves it out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StoreSecret {
    /// The page's configuration.
    pub configuration: ConfigurationUrl,
    /// See [`SecretParameter::path`].
    pub path: String,
    /// The value; `None` leaves it out on purpose.
    pub value: Option<Secret>,
}
