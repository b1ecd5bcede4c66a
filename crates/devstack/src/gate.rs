//! The way of a request through a listener: noted, hit by a fault or not, answered by its place.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::HOST;
use http::{HeaderValue, Method, Request, StatusCode};
use hyper::body::Incoming;
use serde_json::json;
use tower::ServiceExt;

use crate::azure::AzureService;
use crate::drained::Drained;
use crate::faults::{self, After, Dialect, Faults, Outcome};
use crate::gcs::GcsService;
use crate::hosts::{self, Place, Service};
use crate::random::exception_id;
use crate::requests::RequestLog;
use crate::s3::ObjectService;

/// What answers at each place.
#[derive(Clone)]
pub(crate) struct Places {
    /// Admin page and Storage API.
    pub(crate) connection: Router,
    /// The Storage API alone.
    pub(crate) storage: Router,
    pub(crate) encryption: Router,
    pub(crate) queue: Router,
    pub(crate) s3: ObjectService,
    pub(crate) gcs: GcsService,
    pub(crate) azure: AzureService,
    /// Each service of sandboxes.
    pub(crate) services: Arc<BTreeMap<Service, ServiceRouters>>,
    pub(crate) packages: Router,
}

/// The faces of a service of sandboxes.
#[derive(Clone)]
pub(crate) struct ServiceRouters {
    /// The control plane.
    pub(crate) api: Router,
    /// The way to sandboxes.
    pub(crate) sandbox: Router,
    /// Both by path.
    pub(crate) one_host: Router,
}

/// Which place a listener serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// The place that the host name says.
    ByHost,
    /// The Storage API, whatever the host.
    Storage,
    /// The e2b control plane, whatever the host.
    E2bApi,
    /// The sandbox gateway, whatever the host.
    Sandbox,
}

impl Door {
    fn name(self) -> &'static str {
        match self {
            Self::ByHost => "https",
            Self::Storage => "storage",
            Self::E2bApi => "e2b_api",
            Self::Sandbox => "sandbox",
        }
    }
}

/// The connection ends here without an answer, because a fault says so.
#[derive(Debug, thiserror::Error)]
#[error("the connection is reset by a fault rule")]
pub(crate) struct Reset;

/// One listener's view of the stack.
#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) door: Door,
    pub(crate) places: Places,
    pub(crate) requests: Arc<RequestLog>,
    pub(crate) faults: Arc<Faults>,
}

impl Gate {
    /// Answers `request`, or ends its connection.
    pub(crate) async fn answer(self, request: Request<Incoming>) -> Result<Response, Reset> {
        let (mut parts, body) = request.into_parts();
        // HTTP/2 carries the host in the URI; everything behind this line finds it in the header.
        if !parts.headers.contains_key(HOST)
            && let Some(authority) = parts.uri.authority()
            && let Ok(value) = HeaderValue::from_str(authority.as_str())
        {
            parts.headers.insert(HOST, value);
        }
        let host = parts
            .headers
            .get(HOST)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default();
        let authority = host.to_ascii_lowercase();
        let host = hosts::without_port(&authority).to_owned();
        let record = self.requests.begin(self.door.name(), &host, &parts);
        let body = Body::new(Drained::new(Body::new(body)));
        let mut body = record.watch(body);
        let mut after = After::Untouched;
        if let Some(rule) = self.faults.take(&host, &parts) {
            record.faulted(&format!("{:?}", rule.kind));
            let dialect = self.dialect(&authority, parts.uri.path());
            match faults::strike(&rule, dialect, body).await {
                Outcome::Serve(untouched, then) => (body, after) = (untouched, then),
                Outcome::Reset => return Err(Reset),
                Outcome::Answer(response) => {
                    record.answered(response.status().as_u16());
                    return Ok(response);
                }
            }
        }
        let asks_for_head = parts.method == Method::HEAD;
        let response = self
            .route(&authority, Request::from_parts(parts, body))
            .await;
        let mut response = after.apply(response).ok_or(Reset)?;
        if asks_for_head {
            // A body would end the connection in HTTP/2; the length in the headers stays.
            *response.body_mut() = Body::empty();
        }
        record.answered(response.status().as_u16());
        Ok(response)
    }

    /// How the service that is asked words its errors.
    fn dialect(&self, host: &str, path: &str) -> Dialect {
        match self.door {
            Door::ByHost => Dialect::of(hosts::place_at(host), path),
            Door::Storage | Door::E2bApi | Door::Sandbox => Dialect::Keboola,
        }
    }

    async fn route(&self, host: &str, request: Request<Body>) -> Response {
        let places = &self.places;
        match self.door {
            Door::Storage => call(&places.storage, request).await,
            Door::E2bApi => {
                self.of_service(Place::E2bApi(Service::Cloud), request)
                    .await
            }
            Door::Sandbox => {
                self.of_service(Place::Sandbox(Service::Cloud), request)
                    .await
            }
            Door::ByHost => match hosts::place_at(host) {
                Some(Place::Connection) => call(&places.connection, request).await,
                Some(Place::Encryption) => call(&places.encryption, request).await,
                Some(Place::Queue) => call(&places.queue, request).await,
                Some(Place::S3) => places.s3.answer(request).await,
                Some(Place::Gcs) => places.gcs.answer(request).await,
                Some(Place::Azure) => places.azure.answer(request).await,
                Some(place @ (Place::E2bApi(_) | Place::Sandbox(_) | Place::OneHost(_))) => {
                    self.of_service(place, request).await
                }
                Some(Place::Packages) => call(&places.packages, request).await,
                Some(Place::OtherKeboola) => not_served(
                    StatusCode::SERVICE_UNAVAILABLE,
                    &format!("The dev stack does not stand in for {host}."),
                ),
                None => not_served(
                    StatusCode::MISDIRECTED_REQUEST,
                    &format!(
                        "The dev stack serves by host name, and \"{host}\" is none of its hosts."
                    ),
                ),
            },
        }
    }
}

impl Gate {
    async fn of_service(&self, place: Place, request: Request<Body>) -> Response {
        let services = &self.places.services;
        let router = match place {
            Place::E2bApi(service) => services.get(&service).map(|it| &it.api),
            Place::Sandbox(service) => services.get(&service).map(|it| &it.sandbox),
            Place::OneHost(service) => services.get(&service).map(|it| &it.one_host),
            _ => None,
        };
        match router {
            Some(router) => call(router, request).await,
            None => not_served(StatusCode::NOT_FOUND, "There is no such service here."),
        }
    }
}

async fn call(router: &Router, request: Request<Body>) -> Response {
    let answer: Result<Response, Infallible> = router.clone().oneshot(request).await;
    match answer {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

fn not_served(status: StatusCode, text: &str) -> Response {
    let body = json!({"error": text, "code": status.as_u16(), "exceptionId": exception_id()});
    (status, axum::Json(body)).into_response()
}
