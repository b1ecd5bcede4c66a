//! Temporary credentials, as the federation of the real stack issues them: bound to one key or
//! prefix, to reading or writing, and to a time.

use std::collections::HashMap;
use std::sync::Mutex;

use s3s::auth::SecretKey;
use time::{Duration, OffsetDateTime};

use crate::sync::lock;
use crate::{moment, random};

/// Federated credentials live for 12 hours.
const LIFE: Duration = Duration::hours(12);
/// The stack's own signer outlives any run.
const SIGNER_LIFE: Duration = Duration::weeks(520);

/// What a holder may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Right {
    /// `GetObject`, and with it `HeadObject`.
    Read,
    /// `PutObject` and `PutObjectAcl`: writing in parts too, but not reading, listing or aborting.
    Write {
        /// The upload was prepared with `isEncrypted`, so it must carry the SSE header.
        encrypted: bool,
    },
}

/// Which keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Exactly this key.
    Key(String),
    /// Every key that begins so: a sliced file.
    Prefix(String),
    /// Every key: the signer of the stack's own URLs.
    Everything,
}

impl Scope {
    pub(crate) fn covers(&self, key: &str) -> bool {
        match self {
            Self::Key(own) => own == key,
            Self::Prefix(prefix) => key.starts_with(prefix),
            Self::Everything => true,
        }
    }
}

/// What a client gets.
#[derive(Debug, Clone)]
pub(crate) struct Federated {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: String,
    pub(crate) expiration: OffsetDateTime,
}

impl Federated {
    /// The `credentials` block of a file (reference/keboola.md section 3.1).
    pub(crate) fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "AccessKeyId": self.access_key_id,
            "SecretAccessKey": self.secret_access_key,
            "SessionToken": self.session_token,
            "Expiration": moment::atom(self.expiration),
        })
    }
}

/// What the store remembers of it.
#[derive(Debug, Clone)]
pub(crate) struct Issued {
    pub(crate) federated: Federated,
    pub(crate) right: Right,
    pub(crate) scope: Scope,
}

/// Every credential of this run, by access key id.
#[derive(Debug, Default)]
pub(crate) struct Credentials(Mutex<HashMap<String, Issued>>);

impl Credentials {
    pub(crate) fn issue(&self, right: Right, scope: Scope) -> Federated {
        let life = if scope == Scope::Everything {
            SIGNER_LIFE
        } else {
            LIFE
        };
        let federated = Federated {
            access_key_id: random::access_key_id(),
            secret_access_key: random::secret_access_key(),
            session_token: random::session_token(),
            expiration: moment::now() + life,
        };
        let issued = Issued {
            federated: federated.clone(),
            right,
            scope,
        };
        lock(&self.0).insert(federated.access_key_id.clone(), issued);
        federated
    }

    pub(crate) fn find(&self, access_key_id: &str) -> Option<Issued> {
        lock(&self.0).get(access_key_id).cloned()
    }

    pub(crate) fn secret(&self, access_key_id: &str) -> Option<SecretKey> {
        self.find(access_key_id)
            .map(|issued| SecretKey::from(issued.federated.secret_access_key))
    }

    /// Ends the credentials that were issued for `key` now. Returns how many.
    pub(crate) fn expire(&self, key: &str) -> usize {
        let mut all = lock(&self.0);
        let hit = all
            .values_mut()
            .filter(|i| i.scope != Scope::Everything && i.scope.covers(key));
        hit.map(|issued| issued.federated.expiration = moment::now() - Duration::seconds(1))
            .count()
    }
}
