//! The files that are attached to runs, as the configuration lists them.

use keboola::own_parameters::UploadedFile;
use messages::worker::ListStoredFiles;
use messages::{ConfigurationUrl, Problem};

use crate::{settings, stored_files};

/// Those that Storage still has.
pub(super) async fn attached(
    configuration: &ConfigurationUrl,
) -> Result<Vec<UploadedFile>, Problem> {
    if settings::attached(configuration).await?.is_empty() {
        return Ok(Vec::new());
    }
    let list = ListStoredFiles {
        configuration: configuration.clone(),
    };
    let files = stored_files::list(&list).await?.into_iter();
    Ok(files
        .filter(|file| file.attached)
        .map(|file| UploadedFile {
            path: format!(
                "/data/{}",
                keboola::component::input_path(file.id, &file.name)
            ),
            id: file.id,
            name: file.name,
            uploaded_at: file.created,
        })
        .collect())
}
