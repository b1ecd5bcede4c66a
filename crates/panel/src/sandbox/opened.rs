//! A look into a file: its beginning, without downloading all of it.

use messages::engine::OpenEntry;
use messages::{Problem, ProblemCode};
use ui::controls::{Look, button};
use ui::dom::prelude::*;
use ui::format::bytes;
use webext::calls::call;
use webext::download::fetch_blob;

use super::browser::Browser;
use super::preview::{Preview, READ};

/// A file that is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Opened {
    path: String,
    bytes: u64,
    preview: Preview,
}

impl Browser {
    /// Reads the beginning of a file; of how many bytes, when that is known.
    pub(super) fn look_into(self, path: String, bytes: Option<u64>) {
        self.begin("Reading…", async move {
            let opened = OpenEntry {
                configuration: self.panel.url(),
                path: path.clone(),
                folder: false,
            };
            let opened = call(&opened).await?;
            let bytes = bytes.unwrap_or(opened.bytes);
            let mut headers = opened.headers;
            headers.push(("range".to_owned(), format!("bytes=0-{}", READ - 1)));
            let read = match bytes {
                // No range fits into nothing.
                0 => Vec::new(),
                _ => {
                    let blob = fetch_blob(&opened.url, headers, |_| {}).await;
                    let blob = blob.map_err(|error| failed(&error.to_string()))?;
                    // A service without ranges sends all of it.
                    webext::blob::read_first(&blob, READ)
                        .await
                        .ok_or_else(|| failed("the browser lost the file"))?
                }
            };
            let bytes = opened.bytes;
            let preview = Preview::of(&read, bytes);
            self.opened.set(Some(Opened {
                path,
                bytes,
                preview,
            }));
            request_animation_frame(|| crate::tabs::focus("opened"));
            Ok(())
        });
    }
}

pub(super) fn failed(why: &str) -> Problem {
    Problem::with(ProblemCode::DownloadFailed, why)
}

/// The file that is looked at.
pub(super) fn opened(browser: Browser) -> View {
    (move || {
        let Opened {
            path,
            bytes: size,
            preview,
        } = browser.opened.get()?;
        let (words, content) = match preview {
            Preview::Empty => ("It is empty.".to_owned(), None),
            Preview::Text(text, more) => {
                let words = match more {
                    true => format!("The first {} of {}.", bytes(READ), bytes(size)),
                    false => bytes(size),
                };
                (words, Some(text))
            }
            Preview::Binary(dump) => {
                let words = format!("No text; the first bytes of {}.", bytes(size));
                (words, Some(dump))
            }
        };
        Some(
            section()
                .attr("class", "fields opened")
                .attr("id", "opened")
                .attr("tabindex", "-1")
                .attr("aria-label", format!("Content of {path}"))
                .child((
                    div().attr("class", "row").child((
                        code().attr("class", "grow").child(path),
                        button(Look::Quiet, "Close file", move || browser.opened.set(None)),
                    )),
                    p().attr("class", "num").child(words),
                    content.map(|text| pre().attr("tabindex", "0").child(text)),
                )),
        )
    })
    .into_any()
}
