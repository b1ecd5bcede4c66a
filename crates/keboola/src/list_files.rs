//! Files by query (reference §3.3).
//!
//! Always by `q`, never by `tags[]`: whether that list means "all of" or "one of" is told in two
//! ways, the query is not.

use transport::Http;

use crate::client::{Storage, escape};
use crate::error::KeboolaError;
use crate::read_file::{FileWire, StorageFile};

/// Which files, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileQuery {
    /// In the language of Storage's search, for example `tags:"a" AND NOT tags:"b"`.
    pub q: Option<String>,
    /// Only files with a larger id.
    pub since_id: Option<u64>,
    /// Largest number of files; Storage's own default is 100.
    pub limit: Option<u64>,
    /// How many of the newest are left out.
    pub offset: Option<u64>,
}

impl FileQuery {
    /// The files that have all of the tags.
    #[must_use]
    pub fn tagged(tags: &[&str]) -> Self {
        let terms: Vec<String> = tags.iter().map(|tag| tag_term(tag)).collect();
        Self {
            q: Some(terms.join(" AND ")),
            ..Self::default()
        }
    }

    fn path(&self) -> String {
        let mut pairs = Vec::new();
        pairs.extend(self.q.as_deref().map(|q| format!("q={}", escape(q))));
        pairs.extend(self.since_id.map(|id| format!("sinceId={id}")));
        pairs.extend(self.limit.map(|limit| format!("limit={limit}")));
        pairs.extend(self.offset.map(|offset| format!("offset={offset}")));
        if pairs.is_empty() {
            return "files".to_owned();
        }
        format!("files?{}", pairs.join("&"))
    }
}

/// One tag as a term of the search language.
pub(crate) fn tag_term(tag: &str) -> String {
    let quoted = tag.replace('\\', "\\\\").replace('"', "\\\"");
    format!("tags:\"{quoted}\"")
}

impl<H: Http> Storage<'_, H> {
    /// Lists files of the branch. A file that was just uploaded may be missing for a second.
    ///
    /// # Errors
    /// [`KeboolaError::Refused`] when the query is not understood.
    pub async fn list_files(&self, query: &FileQuery) -> Result<Vec<StorageFile>, KeboolaError> {
        let url = self.of_branch(&query.path());
        let wire: Vec<FileWire> = self.get(&url, "list of files").await?;
        wire.into_iter().map(StorageFile::try_from).collect()
    }
}
