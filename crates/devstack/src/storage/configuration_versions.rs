//! Versions of configurations: the list, one of them, and the way back to it (reference/keboola.md
//! section 4).

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Caller;
use super::configurations::{ConfigurationPath, missing};
use super::error::StorageError;
use super::parameters::Parameters;
use crate::project::configuration::Configuration;
use crate::project::version::{Content, Version};
use crate::world::World;
use crate::writers::{When, let_others_write};

/// The version of a path.
#[derive(Debug, Deserialize)]
pub(super) struct VersionPath {
    version: String,
}

fn find<'a>(configuration: &'a Configuration, number: &str) -> Result<&'a Version, StorageError> {
    let mut all = configuration.versions();
    let found = all.find(|version| version.number.to_string() == number);
    found.ok_or_else(|| {
        let text = format!("Configuration {} has no version {number}", configuration.id);
        StorageError::not_found("notFound", text)
    })
}

/// `GET components/{component}/configs/{id}/versions`, the newest first.
pub(super) async fn list(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<ConfigurationPath>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, StorageError> {
    let place = path.place(&caller)?;
    let query = Parameters::from_query(&query.unwrap_or_default());
    let number = |name: &str, otherwise: usize| -> Result<usize, StorageError> {
        let given = query.number(name)?;
        Ok(given.map_or(otherwise, |n| usize::try_from(n).unwrap_or(usize::MAX)))
    };
    let (offset, limit) = (number("offset", 0)?, number("limit", usize::MAX)?);
    caller.with(&world, |project| {
        let found = project.configuration(&place);
        let found = found.ok_or_else(|| missing(&place))?;
        let page = found.versions().skip(offset).take(limit);
        Ok(Json(page.map(Version::to_json).collect()))
    })
}

/// `GET components/{component}/configs/{id}/versions/{version}`.
pub(super) async fn detail(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<ConfigurationPath>,
    Path(version): Path<VersionPath>,
) -> Result<Json<Value>, StorageError> {
    let place = path.place(&caller)?;
    caller.with(&world, |project| {
        let found = project.configuration(&place);
        let found = found.ok_or_else(|| missing(&place))?;
        let version = find(found, &version.version)?;
        Ok(Json(found.at_version(version)))
    })
}

/// `POST components/{component}/configs/{id}/versions/{version}/rollback`: a new version with the
/// content of an old one; the state stays.
pub(super) async fn rollback(
    State(world): State<Arc<World>>,
    caller: Caller,
    Path(path): Path<ConfigurationPath>,
    Path(version): Path<VersionPath>,
    parameters: Parameters,
) -> Result<(StatusCode, Json<Value>), StorageError> {
    let place = path.place_to_change(&caller)?;
    let change = parameters.text("changeDescription")?;
    let change = change.unwrap_or_else(|| format!("Rollback to version {}", version.version));
    caller.with(&world, |project| {
        let_others_write(&world, When::BeforeWrite, project, &place);
        let found = project.configuration(&place);
        let found = found.ok_or_else(|| missing(&place))?;
        let content = Content {
            is_deleted: false,
            ..find(found, &version.version)?.content.clone()
        };
        let own = project.configuration_to_change(&place);
        let own = own.ok_or_else(|| missing(&place))?;
        own.change(content, change, caller.token.as_creator());
        let answer = json!({"version": own.current.number});
        let_others_write(&world, When::AfterWrite, project, &place);
        Ok((StatusCode::CREATED, Json(answer)))
    })
}
