//! The Storage API. Every path but the index exists plain and under `/branch/{branch}`.

mod buckets;
mod caller;
mod components;
mod configuration_fields;
mod configuration_versions;
mod configuration_write;
mod configurations;
mod data_file;
mod error;
mod events;
mod export;
mod file_list;
mod file_query;
mod files;
mod index;
mod jobs;
mod load;
mod mapped;
mod parameters;
mod prepare;
mod rows;
mod source;
mod tables;
mod tokens;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{delete, get, post, put};
use http::{Method, Uri};

pub(crate) use caller::{Caller, host};
pub(crate) use components::check_known;
pub(crate) use configurations::{check, check_change};
pub(crate) use data_file::file_pieces;
pub(crate) use error::StorageError;
pub(crate) use file_query::FileQuery;
pub(crate) use mapped::{MappedTable, mapped_table};
pub(crate) use parameters::{Commas, Parameters};

use crate::world::World;

/// A configuration may hold 4 MB; nothing larger is sent to this API.
const LARGEST_BODY: usize = 8 * 1024 * 1024;

/// The API under `/v2/storage`.
pub(crate) fn router(world: Arc<World>) -> Router {
    let api = Router::new()
        .route("/tokens/verify", get(tokens::verify))
        .route("/components", get(components::list))
        .route("/components/{component}", get(components::detail))
        .merge(configurations())
        .route("/events", get(events::list))
        .route("/files/prepare", post(prepare::prepare))
        .route("/files", get(file_list::list))
        .route("/files/{id}", get(files::detail).delete(files::delete))
        .route("/files/{id}/refresh", put(files::refresh))
        .route("/files/{id}/tags", post(files::add_tag))
        .route("/files/{id}/tags/{tag}", delete(files::remove_tag))
        .route("/buckets", get(buckets::list).post(buckets::create))
        .route(
            "/buckets/{id}",
            get(buckets::detail).delete(buckets::delete),
        )
        .route("/buckets/{id}/tables", get(buckets::tables))
        .route("/buckets/{id}/tables-async", post(load::create))
        .route("/tables", get(tables::list))
        .route("/tables/{id}", get(tables::detail).delete(tables::delete))
        .route("/tables/{id}/data-preview", get(tables::preview))
        .route("/tables/{id}/export-async", post(export::start))
        .route("/tables/{id}/import-async", post(load::import));
    let all = Router::new()
        .route("/v2/storage", get(index::index))
        .route("/v2/storage/", get(index::index))
        .route("/v2/storage/dev-branches", get(tokens::branches))
        .route("/v2/storage/dev-branches/", get(tokens::branches))
        .route("/v2/storage/jobs", get(jobs::list))
        .route("/v2/storage/jobs/{id}", get(jobs::detail))
        .nest("/v2/storage", api.clone())
        .nest("/v2/storage/branch/{branch}", api)
        .method_not_allowed_fallback(unknown)
        .fallback(unknown);
    all.layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(world)
}

/// The paths of configurations.
fn configurations() -> Router<Arc<World>> {
    let one = "/components/{component}/configs/{id}";
    Router::new()
        .route(
            "/components/{component}/configs",
            get(configurations::list).post(configuration_write::create),
        )
        .route(
            one,
            get(configurations::detail)
                .put(configuration_write::update)
                .delete(configuration_write::delete),
        )
        .route(
            &format!("{one}/state"),
            put(configuration_write::update_state),
        )
        .route(
            &format!("{one}/restore"),
            post(configuration_write::restore),
        )
        .route(
            &format!("{one}/versions"),
            get(configuration_versions::list),
        )
        .route(
            &format!("{one}/versions/{{version}}"),
            get(configuration_versions::detail),
        )
        .route(
            &format!("{one}/versions/{{version}}/rollback"),
            post(configuration_versions::rollback),
        )
}

async fn unknown(method: Method, uri: Uri) -> StorageError {
    StorageError::not_found(
        "notFound",
        format!(
            "The dev stack has no \"{method} {}\" in its Storage API.",
            uri.path()
        ),
    )
}
