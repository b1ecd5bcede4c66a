//! Every file of a drop or of a folder that was chosen, with its path.

use futures::channel::oneshot;
use js_sys::Array;
use ui::dom::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{
    DataTransfer, File, FileList, FileSystemDirectoryEntry, FileSystemDirectoryReader,
    FileSystemEntry, FileSystemFileEntry,
};

use super::left_out::LeftOut;
use super::place::Place;

/// A file with its path.
pub(crate) struct Found {
    pub(crate) place: Place,
    pub(crate) file: File,
}

/// What a choice holds.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) found: Vec<Found>,
    pub(super) left_out: LeftOut,
}

impl Gathered {
    fn take(&mut self, place: Place, file: File) {
        if place.is_of_the_system() {
            self.left_out.system += 1;
        } else {
            self.found.push(Found { place, file });
        }
    }

    /// Each folder's files together; the browser gives them in the disk's order.
    fn sort(&mut self) {
        self.found.sort_by(|one, other| one.place.cmp(&other.place));
    }
}

/// What was dropped: files, and folders that are still to be read.
#[derive(Default)]
pub(super) struct Dropped {
    files: Vec<File>,
    folders: Vec<FileSystemEntry>,
}

impl Dropped {
    /// Reads a drop. Must be called within its event: the browser clears it afterwards.
    pub(super) fn read(transfer: &DataTransfer) -> Self {
        let items = transfer.items();
        let mut dropped = Self::default();
        for index in 0..items.length() {
            let Some(item) = items.get(index).filter(|item| item.kind() == "file") else {
                continue;
            };
            // The browser has a `File` for a folder too; it would fail when it is read.
            let entry = item.webkit_get_as_entry().ok().flatten();
            match entry.filter(FileSystemEntry::is_directory) {
                Some(folder) => dropped.folders.push(folder),
                None => dropped.files.extend(item.get_as_file().ok().flatten()),
            }
        }
        dropped
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.folders.is_empty()
    }

    /// Everything below. `count` tells how many files were found so far.
    pub(super) async fn gather(self, count: RwSignal<Option<u64>>) -> Gathered {
        let mut gathered = Gathered::default();
        for file in self.files {
            gathered.take(Place::new(&file.name()), file);
        }
        let mut waiting = self.folders;
        while let Some(folder) = waiting.pop() {
            let path = Place::new(&folder.full_path()).path().to_owned();
            let Some(entries) = entries_of(folder.unchecked_into()).await else {
                gathered.left_out.unreadable.push(path);
                continue;
            };
            if entries.is_empty() {
                gathered.left_out.empty.push(path);
            }
            for entry in entries {
                if entry.is_directory() {
                    waiting.push(entry);
                    continue;
                }
                let place = Place::new(&entry.full_path());
                match file_of(entry.unchecked_ref()).await {
                    Some(file) => gathered.take(place, file),
                    None => gathered.left_out.unreadable.push(place.path().to_owned()),
                }
            }
            count.set(Some(gathered.found.len() as u64));
        }
        gathered.sort();
        gathered
    }
}

/// The files of an input: chosen one by one, or all of a folder.
pub(crate) fn of_input(list: Option<FileList>) -> Gathered {
    let mut gathered = Gathered::default();
    let Some(list) = list else { return gathered };
    for file in (0..list.length()).filter_map(|at| list.get(at)) {
        let path = js_sys::Reflect::get(&file, &"webkitRelativePath".into());
        let path = path.ok().and_then(|it| it.as_string());
        let path = path.filter(|it| !it.is_empty());
        gathered.take(Place::new(&path.unwrap_or_else(|| file.name())), file);
    }
    gathered.sort();
    gathered
}

/// All entries of a folder; `None` when it cannot be read.
async fn entries_of(folder: FileSystemDirectoryEntry) -> Option<Vec<FileSystemEntry>> {
    let reader = folder.create_reader();
    let mut all = Vec::new();
    loop {
        // A hundred at a time, and none at the end.
        let some = some_entries(&reader).await?;
        if some.length() == 0 {
            return Some(all);
        }
        all.extend(some.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
}

async fn some_entries(reader: &FileSystemDirectoryReader) -> Option<Array> {
    let answer =
        answer(|done, failed| reader.read_entries_with_callback_and_callback(done, failed));
    answer.await?.dyn_into().ok()
}

async fn file_of(entry: &FileSystemFileEntry) -> Option<File> {
    answer(|done, failed| {
        entry.file_with_callback_and_callback(done, failed);
        Ok(())
    })
    .await?
    .dyn_into()
    .ok()
}

/// Waits for the first of two callbacks; `None` when it was the second.
async fn answer(
    begin: impl FnOnce(&js_sys::Function, &js_sys::Function) -> Result<(), JsValue>,
) -> Option<JsValue> {
    let (sender, receiver) = oneshot::channel();
    let sender = std::rc::Rc::new(std::cell::Cell::new(Some(sender)));
    let end = move |value: Option<JsValue>| {
        if let Some(sender) = sender.take() {
            let _ = sender.send(value);
        }
    };
    let fail = end.clone();
    let done = Closure::once(move |value: JsValue| end(Some(value)));
    let failed = Closure::once(move |_: JsValue| fail(None));
    begin(
        done.as_ref().unchecked_ref(),
        failed.as_ref().unchecked_ref(),
    )
    .ok()?;
    receiver.await.ok().flatten()
}
