//! The button that asks the browser for hosts that a problem names.

use messages::{Problem, ProblemCode};

use crate::controls::{Look, button};
use crate::dom::prelude::*;

/// Allow, when that is what helps; `again` is done once the person has allowed it.
pub fn allow_button(failed: &Problem, again: impl Fn() + Copy + 'static) -> Option<View> {
    let needed = failed.code == ProblemCode::PermissionNeeded;
    let hosts = failed.detail.clone().filter(|_| needed)?;
    let ask = move || {
        let hosts = hosts.clone();
        leptos::task::spawn_local(async move {
            // Nothing may be awaited before: the browser asks only inside a click.
            let hosts: Vec<&str> = hosts.split_whitespace().collect();
            if webext::permissions::request(&hosts).await {
                again();
            }
        });
    };
    Some(button(Look::Plain, "Allow", ask).into_any())
}
