//! What each service answers when it cannot: in its own words, so that a client's reading of them
//! is tested, too.

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::json;

use super::{FaultKind, FaultRule};
use crate::gcs;
use crate::hosts::Place;
use crate::random::exception_id;

/// How a service words its errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// JSON with `error`, `code`, `exceptionId`; every service that is not one of the others.
    Keboola,
    /// The same with a number as the code: Keboola's services beside Storage.
    KeboolaService,
    /// XML with `Code` and `Message`.
    S3,
    /// Google's JSON, with `error.code` and `error.errors`.
    GoogleJson,
    /// XML as S3's, with Google's codes.
    GoogleXml,
    /// XML as S3's, with Azure's codes, which are in a header, too.
    Azure,
}

impl Dialect {
    pub(crate) fn of(place: Option<Place>, path: &str) -> Self {
        match place {
            Some(Place::S3) => Self::S3,
            Some(Place::Gcs) if gcs::speaks_json(path) => Self::GoogleJson,
            Some(Place::Gcs) => Self::GoogleXml,
            Some(Place::Azure) => Self::Azure,
            Some(Place::Encryption | Place::Queue | Place::OtherKeboola) => Self::KeboolaService,
            _ => Self::Keboola,
        }
    }

    /// The answer that a rule gives in the service's stead.
    pub(super) fn answer(self, rule: &FaultRule) -> Response {
        let status = match rule.kind {
            FaultKind::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
            FaultKind::LimitReached => StatusCode::FORBIDDEN,
            FaultKind::Maintenance | FaultKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            FaultKind::ErrorInOk => StatusCode::OK,
            FaultKind::VersionConflict => StatusCode::CONFLICT,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut response = self.body(rule.kind);
        *response.status_mut() = status;
        let is_wait = matches!(
            rule.kind,
            FaultKind::TooManyRequests | FaultKind::Maintenance | FaultKind::Unavailable
        );
        if let Some(seconds) = rule.retry_after_s.filter(|_| is_wait) {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    fn body(self, kind: FaultKind) -> Response {
        match self {
            Self::Keboola => keboola(kind),
            Self::KeboolaService => keboola_service(kind),
            Self::S3 => {
                let (code, text) = match kind {
                    FaultKind::TooManyRequests | FaultKind::Unavailable => {
                        ("SlowDown", "Please reduce your request rate.")
                    }
                    FaultKind::Maintenance => {
                        ("ServiceUnavailable", "Service is unable to handle request.")
                    }
                    _ => (
                        "InternalError",
                        "We encountered an internal error. Please try again.",
                    ),
                };
                xml(code, text)
            }
            Self::GoogleJson => {
                let (code, reason, text) = google(kind);
                let error = json!({"message": text, "domain": "global", "reason": reason});
                let body = json!({"error": {"code": code, "message": text, "errors": [error]}});
                axum::Json(body).into_response()
            }
            Self::GoogleXml => match google(kind) {
                (429, _, text) => xml("SlowDown", text),
                (503, _, text) => xml("ServiceUnavailable", text),
                (_, _, text) => xml("InternalError", text),
            },
            Self::Azure => {
                let (code, text) = match kind {
                    FaultKind::TooManyRequests
                    | FaultKind::Unavailable
                    | FaultKind::Maintenance => (
                        "ServerBusy",
                        "The server is currently unable to receive requests. Please retry your \
                         request.",
                    ),
                    _ => (
                        "InternalError",
                        "The server encountered an internal error. Please retry the request.",
                    ),
                };
                let mut response = xml(code, text);
                let headers = response.headers_mut();
                headers.insert("x-ms-error-code", HeaderValue::from_static(code));
                response
            }
        }
    }
}

fn keboola(kind: FaultKind) -> Response {
    let error = |code: &str, text: &str| {
        let body = json!({"error": text, "code": code, "exceptionId": exception_id()});
        axum::Json(body).into_response()
    };
    match kind {
        FaultKind::TooManyRequests => error("tooManyRequests", "Too many requests"),
        FaultKind::LimitReached => error(
            "storage.files.limitReached",
            "The limit of files of this project is reached.",
        ),
        FaultKind::VersionConflict => error(
            "storage.components.configurations.versionConflict",
            "The configuration was changed at the same time. Please try again.",
        ),
        FaultKind::Maintenance => axum::Json(json!({
            "status": "maintenance", "estimatedEndTime": null, "reason": "Planned maintenance",
        }))
        .into_response(),
        FaultKind::Unavailable => ([(CONTENT_TYPE, "application/json")], "").into_response(),
        _ => error("internalError", "Application error"),
    }
}

fn keboola_service(kind: FaultKind) -> Response {
    let (code, text) = match kind {
        FaultKind::TooManyRequests => (429, "Too many requests"),
        FaultKind::LimitReached => (403, "A limit is reached"),
        FaultKind::Maintenance | FaultKind::Unavailable => (503, "Service unavailable"),
        FaultKind::VersionConflict => (409, "Conflict"),
        _ => (500, "Internal Server Error occurred."),
    };
    let body = json!({
        "error": text, "code": code, "exceptionId": exception_id(), "status": "error",
    });
    axum::Json(body).into_response()
}

/// Status, reason and text.
fn google(kind: FaultKind) -> (u16, &'static str, &'static str) {
    match kind {
        FaultKind::TooManyRequests => (
            429,
            "rateLimitExceeded",
            "The total number of changes to the object exceeds the rate limit. Please reduce the \
             rate of create, update, and delete requests.",
        ),
        FaultKind::Maintenance | FaultKind::Unavailable => (
            503,
            "backendError",
            "We encountered an internal error. Please try again.",
        ),
        _ => (
            500,
            "backendError",
            "We encountered an internal error. Please try again.",
        ),
    }
}

fn xml(code: &str, text: &str) -> Response {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Error><Code>{code}</Code><Message>{text}</Message></Error>"
    );
    ([(CONTENT_TYPE, "application/xml")], text).into_response()
}
