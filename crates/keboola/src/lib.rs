//! Keboola's wire contracts: pages, tokens, Storage, configurations, the `/data` of a component.
//!
//! Facts about the wire carry the section of `reference/keboola.md` that they come from.
//! This crate knows nothing of browsers: it speaks HTTP through [`transport::Http`], and where it
//! needs the time, the caller gives it.
//!
//! [`Storage`] is the API of one project and branch as a token sees it; each of its calls stands
//! in a file of its own, named after what it does.

mod azure;
mod client;
pub mod component;
mod custom_python;
mod delete_file;
mod difference;
mod document;
mod encrypt;
mod error;
mod export_table;
pub mod fields;
mod file_name;
mod gcs;
pub mod jobs;
mod list_branches;
mod list_files;
pub mod mapping;
mod object_error;
pub mod own_parameters;
pub mod page;
mod prepare_file;
mod read_component_flags;
mod read_configuration;
mod read_file;
mod read_table;
mod refresh_file;
pub mod retry;
mod retry_after;
mod rights;
mod s3;
mod save_configuration;
mod services;
mod shown_value;
mod signed_request;
mod slices;
mod tag_file;
mod token;
pub mod upload;
mod verify_token;
mod versions;
mod wire;

pub use azure::AzureRead;
pub use client::Storage;
pub use custom_python::{ConfigurationError, CustomPython, Source};
pub use difference::{Difference, difference};
pub use document::{Document, DocumentError, same_content};
pub use encrypt::{EncryptError, Encryption, plaintext_secrets};
pub use error::KeboolaError;
pub use export_table::{Export, ExportRequest, WhereFilter, WhereOperator};
pub use file_name::{FileName, FileNameError, MAX_NAME_BYTES};
pub use gcs::GcsRead;
pub use list_branches::Branch;
pub use list_files::FileQuery;
pub use object_error::ObjectError;
pub use prepare_file::{PrepareFile, PreparedFile};
pub use read_component_flags::ComponentFlags;
pub use read_configuration::Configuration;
pub use read_file::{Federation, ReadAccess, StorageFile};
pub use read_table::Table;
pub use rights::{Held, Purpose, Right, Tried};
pub use s3::{S3Read, SIGNATURE_LIFE};
pub use save_configuration::{LARGEST, Overtaken, Review, Save, SaveError, Saved};
pub use services::{Service, Services};
pub use shown_value::shown_value;
pub use signed_request::SignedRequest;
pub use slices::{Place, Slice, parse_slices};
pub use token::{StorageToken, StorageTokenError};
pub use verify_token::TokenInfo;
pub use versions::Version;
