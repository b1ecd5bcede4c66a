//! The token of the page's own requests, taken once, after the person agreed.
//!
//! The permission `scripting` is optional: the panel asks for it in the click that agrees, and it
//! is given back when the capture ends. `capture/start.js` then looks at the requests of the page
//! from the page's own world until one shows the token, 60 s have passed, or `capture/stop.js`
//! ends it. A page can show whatever it likes, so the token is verified as a pasted one is.

use std::cell::Cell;

use messages::worker::{CaptureToken, Secret, TokenReport};
use messages::{ConfigurationUrl, Problem, ProblemCode};
use wasm_bindgen_futures::spawn_local;
use webext::calls::Sender;
use webext::runtime::text;
use webext::{permissions, scripting};

use crate::storage_token;

/// Looks until there is a token, and stops by itself.
const START: &str = "capture/start.js";
/// Ends what [`START`] began.
const STOP: &str = "capture/stop.js";

thread_local! {
    /// How many captures go on.
    static LOOKING: Cell<u32> = const { Cell::new(0) };
}

/// What the page's requests showed.
enum Seen {
    Token(Secret),
    Cancelled,
    Nothing,
}

/// Waits for the token; `None` when it was cancelled.
pub(crate) async fn capture(
    call: &CaptureToken,
    sender: &Sender,
) -> Result<Option<TokenReport>, Problem> {
    LOOKING.set(LOOKING.get() + 1);
    let seen = look(call, sender).await;
    LOOKING.set(LOOKING.get() - 1);
    permissions::give_back(scripting::PERMISSION).await;
    match seen? {
        Seen::Token(token) => storage_token::keep(&call.configuration, &token)
            .await
            .map(Some),
        Seen::Cancelled => Ok(None),
        Seen::Nothing => Err(ProblemCode::CaptureEmpty.into()),
    }
}

/// Ends the capture on the sender's page, if there is one.
pub(crate) async fn cancel(sender: &Sender) -> Result<(), Problem> {
    if let Some(tab) = sender.tab {
        // Without the permission there is no capture to end.
        let _ = scripting::run_in_page(tab, STOP).await;
    }
    Ok(())
}

/// Gives the permission back that a capture could not give back, because the browser was closed in
/// the middle of it. Called when a panel opens; nobody waits for it.
pub(crate) fn tidy() {
    if LOOKING.get() == 0 {
        spawn_local(permissions::give_back(scripting::PERMISSION));
    }
}

async fn look(call: &CaptureToken, sender: &Sender) -> Result<Seen, Problem> {
    let shown = sender.tab_url.as_deref().and_then(ConfigurationUrl::parse);
    let Some((tab, _)) = sender.tab.zip(shown.filter(|it| *it == call.configuration)) else {
        return Err(ProblemCode::NotAConfiguration.into());
    };
    let seen = scripting::run_in_page(tab, START)
        .await
        .map_err(|why| Problem::with(ProblemCode::CaptureNotAllowed, why))?;
    if let Some(token) = text(&seen, "token") {
        return Ok(Seen::Token(Secret(token)));
    }
    match text(&seen, "ended").as_deref() {
        Some("time") => Ok(Seen::Nothing),
        Some("cancelled") => Ok(Seen::Cancelled),
        // The document went away, and the script with it.
        _ => Err(ProblemCode::CaptureNotAllowed.into()),
    }
}
