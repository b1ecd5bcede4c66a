//! A terminal in a configuration's sandbox. There is one at a time; it outlives the panel, and the
//! engine keeps the last of what it showed.

use serde::{Deserialize, Serialize};

use crate::ConfigurationUrl;

/// Opens the terminal of a configuration's sandbox: the one that is there, or a new shell. What it
/// shows from then on comes as events.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OpenTerminal {
    /// Whose sandbox.
    pub configuration: ConfigurationUrl,
    /// Characters of a line.
    pub columns: u16,
    /// Lines.
    pub rows: u16,
    /// The sandbox in which this panel's terminal was, which goes on there; no other shell is started.
    pub again: Option<String>,
}

/// A terminal that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedTerminal {
    /// Its id.
    pub terminal: String,
    /// The last of what it showed, in base64.
    pub shown: String,
    /// Whether an earlier engine held it: what it showed then is not known, and may stay where it is
    /// still shown.
    pub joined: bool,
    /// The sandbox that it is in.
    pub sandbox: String,
    /// How many bytes it has shown so far: an event before that has nothing new.
    pub so_far: u64,
}

/// Types into a terminal, after what was typed before.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TypeIntoTerminal {
    /// See [`OpenedTerminal::terminal`].
    pub terminal: String,
    /// What was typed.
    pub text: String,
}

/// Gives a terminal another size.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ResizeTerminal {
    /// See [`OpenedTerminal::terminal`].
    pub terminal: String,
    /// Characters of a line.
    pub columns: u16,
    /// Lines.
    pub rows: u16,
}

/// Ends the shell of a terminal and all that it started.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EndTerminal {
    /// See [`OpenedTerminal::terminal`].
    pub terminal: String,
}
