//! Access tokens, cut down as Keboola's are: to one object or prefix, to writing or reading, for an
//! hour.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use http::HeaderMap;
use http::header::AUTHORIZATION;
use time::{Duration, OffsetDateTime};

use super::error::Refusal;
use crate::sync::lock;
use crate::{moment, random};

/// What Google gives a token that is asked for now.
const LIFE_S: u32 = 3599;

/// What a holder may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Right {
    Read,
    /// Create objects; neither read nor list nor delete.
    Write,
}

impl Right {
    fn permission(self) -> &'static str {
        match self {
            Self::Read => "storage.objects.get",
            Self::Write => "storage.objects.create",
        }
    }
}

/// Which objects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scope {
    Key(String),
    /// Every key that begins so: a sliced file.
    Prefix(String),
}

impl Scope {
    fn covers(&self, key: &str) -> bool {
        match self {
            Self::Key(own) => own == key,
            Self::Prefix(prefix) => key.starts_with(prefix),
        }
    }
}

/// A token and its life in seconds.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) text: String,
    pub(super) expires_in: u32,
}

#[derive(Debug)]
struct Issued {
    right: Right,
    scope: Scope,
    expires: OffsetDateTime,
}

/// Every token of this run, by its text.
#[derive(Debug)]
pub(super) struct Tokens {
    issued: Mutex<HashMap<String, Issued>>,
    life: AtomicU32,
}

impl Default for Tokens {
    fn default() -> Self {
        Self {
            issued: Mutex::default(),
            life: AtomicU32::new(LIFE_S),
        }
    }
}

impl Tokens {
    /// How long the tokens live that are issued from now on.
    pub(super) fn set_life(&self, seconds: u32) {
        self.life.store(seconds, Ordering::Relaxed);
    }

    pub(super) fn issue(&self, right: Right, scope: Scope) -> Token {
        let expires_in = self.life.load(Ordering::Relaxed);
        let text = random::access_token();
        let issued = Issued {
            right,
            scope,
            expires: moment::now() + Duration::seconds(expires_in.into()),
        };
        lock(&self.issued).insert(text.clone(), issued);
        Token { text, expires_in }
    }

    /// Whether the sender of `headers` may do this with `key`.
    pub(super) fn allow(
        &self,
        headers: &HeaderMap,
        right: Right,
        key: &str,
    ) -> Result<(), Refusal> {
        self.known(headers, right.permission(), |issued| {
            issued.right == right && issued.scope.covers(key)
        })
    }

    /// Whether the sender of `headers` has this permission: no token ever has.
    pub(super) fn allow_nothing(
        &self,
        headers: &HeaderMap,
        permission: &str,
    ) -> Result<(), Refusal> {
        self.known(headers, permission, |_| false)
    }

    fn known(
        &self,
        headers: &HeaderMap,
        permission: &str,
        is_allowed: impl FnOnce(&Issued) -> bool,
    ) -> Result<(), Refusal> {
        let Some(sent) = headers.get(AUTHORIZATION) else {
            return Err(Refusal::anonymous(permission));
        };
        let token = sent.to_str().ok().and_then(|v| v.strip_prefix("Bearer "));
        let all = lock(&self.issued);
        let issued = token.and_then(|token| all.get(token.trim()));
        let issued = issued.filter(|issued| moment::now() < issued.expires);
        match issued {
            None => Err(Refusal::invalid_token()),
            Some(issued) if is_allowed(issued) => Ok(()),
            Some(_) => Err(Refusal::forbidden(permission)),
        }
    }

    /// Ends the tokens that were issued for `key` now. Returns how many.
    pub(super) fn expire(&self, key: &str) -> usize {
        let mut all = lock(&self.issued);
        let hit = all.values_mut().filter(|issued| issued.scope.covers(key));
        hit.map(|issued| issued.expires = moment::now()).count()
    }
}
