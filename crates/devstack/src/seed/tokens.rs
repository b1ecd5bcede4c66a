//! The tokens that every project has.

use time::Duration;

use super::TokenSeed;
use crate::moment;
use crate::project::CUSTOM_PYTHON;
use crate::project::token::{BucketRight, Rights, Token};
use crate::world::World;

/// The secrets of a project's standard tokens.
#[derive(Debug, Clone)]
pub(crate) struct Planted {
    pub(crate) full: String,
    pub(crate) master: String,
    pub(crate) weak: String,
    pub(crate) expired: String,
}

/// A limited token that can do all that the extension needs.
fn full() -> Rights {
    Rights {
        component_access: vec![CUSTOM_PYTHON.to_owned()],
        every_bucket: Some(BucketRight::Write),
        can_read_all_file_uploads: true,
        ..Rights::default()
    }
}

fn master() -> Rights {
    Rights {
        is_master_token: true,
        can_manage_buckets: true,
        can_read_all_file_uploads: true,
        can_manage_tokens: true,
        ..Rights::default()
    }
}

/// Makes the standard tokens of `project`.
pub(crate) fn standard(world: &World, project: u64) -> (Vec<Token>, Planted) {
    let make = |name: &str, rights| Token::new(project, world.next_id(), name, rights);
    let mut all = vec![
        make("full", full()),
        make("master", master()),
        make("weak", Rights::default()),
        make("expired", full()),
    ];
    let secret = |at: usize| {
        all.get(at)
            .map(|token| token.secret.clone())
            .unwrap_or_default()
    };
    let planted = Planted {
        full: secret(0),
        master: secret(1),
        weak: secret(2),
        expired: secret(3),
    };
    if let Some(expired) = all.last_mut() {
        expired.expires = Some(moment::now() - Duration::hours(1));
    }
    (all, planted)
}

/// A token of the seed.
pub(crate) fn seeded(world: &World, project: u64, seed: TokenSeed) -> Token {
    let mut token = Token::new(project, world.next_id(), &seed.name, seed.rights);
    let life = seed
        .expires_in_s
        .and_then(|s| i64::try_from(s).ok())
        .map(Duration::seconds);
    token.expires = life.map(|life| moment::now() + life);
    token
}
