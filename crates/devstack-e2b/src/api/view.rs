//! How a sandbox is told: the short form of create and connect, the list item, the detail.

use serde_json::{Map, Value, json};

use crate::sandbox::{Sandbox, State};
use crate::stack::E2b;

/// Deprecated, but part of every answer; it is no part of host names any more.
const CLIENT_ID: &str = "6532622b";
/// The domain that clients know without being told.
const PUBLIC_DOMAIN: &str = "e2b.app";

fn domain(stack: &E2b) -> Value {
    match stack.options.domain.as_str() {
        PUBLIC_DOMAIN => Value::Null,
        other => other.into(),
    }
}

fn insert(object: &mut Value, name: &str, value: impl Into<Value>) {
    if let Value::Object(object) = object {
        object.insert(name.to_owned(), value.into());
    }
}

/// Answer of create, connect and resume.
pub(super) fn connection(stack: &E2b, sandbox: &Sandbox) -> Value {
    let mut view = json!({
        "sandboxID": sandbox.id,
        "templateID": sandbox.traits.template.id,
        "alias": sandbox.traits.template.alias(),
        "clientID": CLIENT_ID,
        "envdVersion": stack.options.service.envd().to_string(),
        "trafficAccessToken": null,
        "domain": domain(stack),
    });
    if let Some(token) = sandbox.access_token() {
        insert(&mut view, "envdAccessToken", token.0);
    }
    view
}

/// Item of a list.
pub(super) fn item(stack: &E2b, sandbox: &Sandbox) -> Value {
    let (template, life) = (sandbox.traits.template, sandbox.life());
    let mut view = json!({
        "sandboxID": sandbox.id,
        "templateID": template.id,
        "alias": template.alias(),
        "clientID": CLIENT_ID,
        "startedAt": stack.by_its_clock(sandbox.started_at).to_string(),
        "endAt": stack.by_its_clock(life.end_at).to_string(),
        "state": if life.state == State::Paused { "paused" } else { "running" },
        "cpuCount": template.cpu_count,
        "memoryMB": template.memory_mb,
        "diskSizeMB": template.disk_mb,
        "envdVersion": stack.options.service.envd().to_string(),
    });
    if let Some(metadata) = &sandbox.traits.metadata {
        let metadata: Map<String, Value> = metadata
            .iter()
            .map(|(key, value)| (key.clone(), value.as_str().into()))
            .collect();
        insert(&mut view, "metadata", metadata);
    }
    view
}

/// One sandbox in full.
pub(super) fn detail(stack: &E2b, sandbox: &Sandbox) -> Value {
    let mut view = item(stack, sandbox);
    insert(&mut view, "domain", domain(stack));
    if stack.options.service.confines() {
        insert(
            &mut view,
            "allowInternetAccess",
            sandbox.traits.allow_internet_access,
        );
    }
    let on_timeout = if sandbox.traits.auto_pause {
        "pause"
    } else {
        "kill"
    };
    insert(
        &mut view,
        "lifecycle",
        json!({ "onTimeout": on_timeout, "autoResume": sandbox.traits.auto_resume }),
    );
    if let Some(token) = sandbox.access_token() {
        insert(&mut view, "envdAccessToken", token.0);
    }
    view
}
