//! Files of this computer into the folder that is shown.

use messages::engine::{NewUpload, StartUploads, UploadTo};
use ui::controls::{Look, button};
use ui::dom::prelude::*;
use ui::feed::is_under_way;
use ui::format::counted;
use web_sys::{File, HtmlInputElement};
use webext::calls::call_with_files;

use super::browser::Browser;
use crate::files::gather::of_input;
use crate::state::Tab;

/// The buttons that choose them, and how many are on their way.
pub(super) fn put(browser: Browser) -> View {
    (
        chooser(browser, "Upload files…", "Files for this folder", false),
        chooser(browser, "Upload folder…", "Folder for this folder", true),
    )
        .into_any()
}

fn chooser(browser: Browser, words: &'static str, name: &'static str, folder: bool) -> View {
    let field = input()
        .attr("type", "file")
        .attr("multiple", true)
        .attr("webkitdirectory", folder)
        .attr("hidden", true)
        .attr("aria-label", name);
    let browse: HtmlInputElement = field.element();
    let chosen = browse.clone();
    let field = field.on(ev::change, move |_| {
        let gathered = of_input(chosen.files());
        chosen.set_value("");
        let Some(folder) = browser.below("") else {
            return;
        };
        browser.begin("Handing the files over…", async move {
            let (new, files): (Vec<NewUpload>, Vec<File>) = gathered
                .found
                .into_iter()
                .map(|it| {
                    let name = it.place.path().to_owned();
                    (NewUpload { name, sha256: None }, it.file)
                })
                .unzip();
            if files.is_empty() {
                return Ok(());
            }
            let start = StartUploads {
                configuration: browser.panel.url(),
                files: new,
                to: UploadTo::Sandbox { folder },
            };
            call_with_files(&start, &files).await.map(drop)
        });
    });
    (button(Look::Plain, words, move || browse.click()), field).into_any()
}

/// How many files are on their way, with the way to where they are shown.
pub(super) fn on_their_way(browser: Browser) -> View {
    let panel = browser.panel;
    let number = Memo::new(move |_| {
        panel.uploads.with(|uploads| {
            let straight = uploads.iter().filter(|it| it.straight_to.is_some());
            straight.filter(|it| is_under_way(it)).count() as u64
        })
    });
    (move || {
        let number = number.get();
        (number > 0).then(|| {
            div().attr("class", "row").child((
                span()
                    .attr("class", "grow")
                    .attr("role", "status")
                    .child(format!("{} on the way", counted(number, "file"))),
                button(Look::Quiet, "Show under Files", move || {
                    panel.tab.set(Tab::Files);
                }),
            ))
        })
    })
    .into_any()
}
