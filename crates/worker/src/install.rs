//! Which browser this is: a random word, so that sandboxes tell whether they were made here. It is no
//! secret and names nobody.

use std::fmt::Write as _;

use messages::Problem;

use crate::settings::{load, save};
use crate::vault::fill_random;

const KEY: &str = "install";

/// The word; the first question makes it.
pub(crate) async fn id() -> Result<String, Problem> {
    if let Some(id) = load(KEY).await? {
        return Ok(id);
    }
    let mut noise = [0; 8];
    fill_random(&mut noise)?;
    let id = noise.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    save(KEY, &id).await?;
    Ok(id)
}
