//! Which service a stack is: what it has, and how old its envd is (`reference/e2b.md` §8).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::random;

/// A service that speaks E2B's protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Service {
    /// E2B's cloud, and a self-hosted one of the same age.
    #[default]
    E2b,
    /// OpenKruise Agents: a part of the API, any key, an envd of 2025, and no CORS at all.
    OpenKruise,
}

impl Service {
    /// Version of the envd in its sandboxes, as answers tell it.
    pub(crate) fn envd(self) -> Version {
        match self {
            Self::E2b => Version(0, 6, 2),
            Self::OpenKruise => Version(0, 2, 10),
        }
    }

    /// Whether it has this call of E2B's API.
    pub(crate) fn has(self, part: Part) -> bool {
        self == Self::E2b || part == Part::Common
    }

    /// Whether browsers of other origins may read its answers.
    pub(crate) fn has_cors(self) -> bool {
        self == Self::E2b
    }

    /// Whether it takes any key: OpenKruise may be set up without accounts.
    pub(crate) fn takes_any_key(self) -> bool {
        self == Self::OpenKruise
    }

    /// Whether it keeps a sandbox from the internet when asked to; OpenKruise does not look at the field.
    pub(crate) fn confines(self) -> bool {
        self == Self::E2b
    }

    /// A new id. That of OpenKruise is a namespace and a name.
    pub(crate) fn new_id(self) -> String {
        match self {
            Self::E2b => format!("i{}", random::lowercase(20)),
            Self::OpenKruise => format!("default--agent-{}", random::lowercase(6)),
        }
    }

    /// Shortest and longest life, and the one in force when none is asked for, in seconds.
    pub(crate) fn life(self) -> Life {
        match self {
            Self::E2b => Life {
                least: 1,
                most: 3_600,
                default_v1: 15,
                default_v2: 300,
            },
            Self::OpenKruise => Life {
                least: 30,
                most: 30 * 86_400,
                default_v1: 300,
                default_v2: 300,
            },
        }
    }
}

/// A part of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// What every known service has.
    Common,
    /// What E2B alone has.
    E2bOnly,
}

/// Lives that may be asked for, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Life {
    pub(crate) least: i64,
    pub(crate) most: i64,
    /// Of `POST /sandboxes`.
    pub(crate) default_v1: i64,
    /// Of `POST /v2/sandboxes` and of connect.
    pub(crate) default_v2: i64,
}

/// A version of envd; clients gate features on it (`reference/e2b.md` §3.4), and it has those alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Version(u16, u16, u16);

impl Version {
    pub(crate) fn has_stdin_flag(self) -> bool {
        self >= Self(0, 3, 0)
    }

    pub(crate) fn has_default_user(self) -> bool {
        self >= Self(0, 4, 0)
    }

    pub(crate) fn has_close_stdin(self) -> bool {
        self >= Self(0, 5, 2)
    }

    pub(crate) fn has_compose(self) -> bool {
        self >= Self(0, 5, 5)
    }

    pub(crate) fn has_raw_upload(self) -> bool {
        self >= Self(0, 5, 7)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_envd_has_none_of_what_came_later() {
        let old = Service::OpenKruise.envd();
        assert_eq!(old.to_string(), "0.2.10");
        for has in [
            old.has_stdin_flag(),
            old.has_default_user(),
            old.has_close_stdin(),
            old.has_compose(),
            old.has_raw_upload(),
        ] {
            assert!(!has);
        }
        let new = Service::E2b.envd();
        assert_eq!(new.to_string(), "0.6.2");
        assert!(new.has_stdin_flag() && new.has_close_stdin() && new.has_compose());
        assert!(new.has_default_user() && new.has_raw_upload());
    }
}
