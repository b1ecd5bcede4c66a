//! The admin page: a small single-page application with the DOM facts of a Custom Python
//! configuration (reference/keboola.md sections 1.3 and 1.4).
//!
//! It reads its own data through the Storage API with a user's token, as the real one does. What
//! the real one's content security policy and markup are tomorrow is not known, so both can be
//! switched by the control API.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::storage;
use crate::sync::lock;
use crate::world::World;

const APP_HTML: &str = include_str!("app.html");
const LOGIN_HTML: &str = include_str!("login.html");
const CSS: &str = include_str!("app.css");
const MODULES: [(&str, &str); 4] = [
    ("/admin/assets/app.js", include_str!("app.js")),
    (
        "/admin/assets/configuration.js",
        include_str!("configuration.js"),
    ),
    ("/admin/assets/elements.js", include_str!("elements.js")),
    ("/admin/assets/hostile.js", include_str!("hostile.js")),
];

/// A policy without `wasm-unsafe-eval`, without foreign frames, without inline scripts or styles.
const STRICT: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; frame-src 'none'; object-src 'none'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

/// The cookie of somebody who is not logged in.
const LOGGED_OUT: &str = "devstack_logged_out=1";

/// Which content security policy the page comes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PagePolicy {
    /// None.
    #[default]
    None,
    /// `default-src 'self'` and no WebAssembly.
    Strict,
}

/// Which markup the page has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PageDom {
    /// As described in section 1.4.
    #[default]
    Usual,
    /// Other elements, other classes, and no action list.
    Different,
    /// As usual, with a script that patches DOM functions, swallows events and removes what it does
    /// not know.
    Hostile,
}

/// How the page is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub(crate) struct PageSwitches {
    /// The policy.
    pub csp: PagePolicy,
    /// The markup.
    pub dom: PageDom,
}

/// A change of the switches; what is absent stays.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PageChange {
    csp: Option<PagePolicy>,
    dom: Option<PageDom>,
}

impl PageSwitches {
    pub(crate) fn change(&mut self, change: PageChange) {
        self.csp = change.csp.unwrap_or(self.csp);
        self.dom = change.dom.unwrap_or(self.dom);
    }
}

/// The page under `/admin`.
pub(crate) fn router(world: Arc<World>) -> Router {
    let mut router = Router::new()
        .route("/", get(|| async { Redirect::temporary("/admin") }))
        .route("/admin/session", get(session))
        .route("/admin/sign-in", get(sign_in))
        .route(
            "/admin/assets/app.css",
            get(|| async { asset("text/css", CSS) }),
        )
        .route("/admin", get(shell))
        .route("/admin/", get(shell))
        .route("/admin/{*path}", get(shell));
    for (path, text) in MODULES {
        router = router.route(
            path,
            get(move || async move { asset("text/javascript", text) }),
        );
    }
    router.with_state(world)
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(CONTENT_TYPE, kind)], text).into_response()
}

fn is_logged_out(headers: &HeaderMap, query: Option<&str>) -> bool {
    let by_query = query.is_some_and(|q| {
        q.split('&')
            .any(|p| p.split('=').next() == Some("logged_out"))
    });
    let cookies = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    by_query
        || cookies
            .flat_map(|all| all.split(';'))
            .any(|cookie| cookie.trim() == LOGGED_OUT)
}

async fn shell(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let switches = *lock(&world.page);
    let page = if is_logged_out(&headers, query.as_deref()) {
        LOGIN_HTML
    } else {
        APP_HTML
    };
    let script = match switches.dom {
        PageDom::Hostile => r#"<script src="/admin/assets/hostile.js"></script>"#,
        PageDom::Usual | PageDom::Different => "",
    };
    let page = page.replace("<!-- scripts -->", script);
    let mut response = ([(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response();
    if switches.csp == PagePolicy::Strict {
        let policy = HeaderValue::from_static(STRICT);
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// What the application starts with: the user's token and project. The project is the path's.
async fn session(
    State(world): State<Arc<World>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    if is_logged_out(&headers, None) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let wanted = query
        .as_deref()
        .and_then(|q| q.strip_prefix("project="))
        .unwrap_or_default();
    let projects = lock(&world.projects);
    let host = storage::host(&headers);
    let chosen = projects
        .iter()
        .filter(|project| project.lives_on(&host))
        .find(|p| wanted.is_empty() || p.id.to_string() == wanted);
    let Some(project) = chosen else {
        return (
            StatusCode::FORBIDDEN,
            Json(json!({"error": "No such project"})),
        )
            .into_response();
    };
    let token = project
        .tokens
        .iter()
        .find(|token| token.rights.is_master_token);
    let branches: Vec<Value> = project
        .branches
        .iter()
        .map(|b| json!({"id": b.id, "name": b.name, "isDefault": b.is_default}))
        .collect();
    Json(json!({
        "token": token.map(|token| token.secret.clone()),
        "project": {"id": project.id, "name": project.name},
        "branches": branches,
        "dom": lock(&world.page).dom,
    }))
    .into_response()
}

/// Ends the logged-out state and goes on to the admin area.
async fn sign_in() -> Response {
    let mut response = Redirect::to("/admin").into_response();
    let cookie = "devstack_logged_out=; Max-Age=0; Path=/";
    response
        .headers_mut()
        .insert(SET_COOKIE, HeaderValue::from_static(cookie));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_or_the_query_logs_the_user_out() {
        let cookie = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, text.parse().unwrap());
            headers
        };
        assert!(is_logged_out(&cookie("a=b; devstack_logged_out=1"), None));
        assert!(is_logged_out(&HeaderMap::new(), Some("x=1&logged_out")));
        assert!(!is_logged_out(
            &cookie("devstack_logged_out="),
            Some("tab=logged_out")
        ));
    }
}
