//! A file that goes compressed and is unpacked by envd on its way to the disk.

use http::header;

use super::UploadRequest;

impl UploadRequest {
    /// The same with the file as gzip; `None` where envd takes forms only, which it does not unpack
    /// (reference/e2b.md §3.3).
    #[must_use]
    pub fn gzipped(&self) -> Option<Self> {
        let raw = self.around.iter().all(String::is_empty);
        raw.then(|| {
            let mut request = self.clone();
            let coding = (header::CONTENT_ENCODING.to_string(), "gzip".to_owned());
            request.headers.push(coding);
            request
        })
    }
}

#[cfg(test)]
mod tests {
    use transport::testing::Script;

    use crate::envd::testing::with_access;
    use crate::{EnvdAccess, EnvdVersion};

    #[test]
    fn only_a_raw_body_is_unpacked() {
        for (version, coding) in [("0.5.7", true), ("0.5.6", false), ("0.2.10", false)] {
            let access = EnvdAccess {
                url: "https://e.test".into(),
                token: None,
                version: EnvdVersion::read(version),
                user: None,
                routed_to: None,
            };
            let gzipped = with_access(&Script::new(), access, async |envd| {
                envd.upload_request("/data/a", "b").unwrap().gzipped()
            });
            let told = gzipped.map(|request| request.headers.last().cloned());
            let wanted = coding.then(|| Some(("content-encoding".to_owned(), "gzip".to_owned())));
            assert_eq!(told, wanted, "{version}");
        }
    }
}
