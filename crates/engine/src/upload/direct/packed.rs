//! Many small files as one archive: headers of ours and the files' handles in a `Blob`, sent as one
//! file, and unpacked, compared and put into their places by one command in the sandbox.

use std::fmt::Write as _;

use archive::{Piece, TarEntry, tar_pieces};
use e2b::{ARCHIVE_CONTENTS, ARCHIVE_SUMS, EnvdError};
use futures::future::join;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;
use web_sys::Blob;

use super::lot::Item;
use super::outgoing::Packer;
use super::watch::Watch;
use super::{PASSING, body, make_folder, remove};
use crate::problems::new_id;
use crate::sandbox::{ask, entering};
use crate::state::Engine;
use crate::upload::refused::Refused;

/// Fewer go as a form: an archive takes a command more.
pub(super) const FROM: usize = 8;

/// How it went.
pub(super) enum Packed {
    /// Each is in its place, with its checksum.
    There,
    /// They cannot go this way: a name that no archive has, a sandbox without `tar`, a file that is in
    /// the way or cannot be read.
    AnotherWay,
}

/// Sends them and has them unpacked.
///
/// # Errors
/// What the request or the command met with, when another way would meet with it, too.
pub(super) async fn send(
    engine: &Engine,
    files: &[&Item],
    watch: &Watch<'_>,
) -> Result<Packed, Refused> {
    let (Some(first), Some(folder)) = (files.first(), common_folder(files)) else {
        return Ok(Packed::AnotherWay);
    };
    let Some(archive) = pack(files, &folder) else {
        return Ok(Packed::AnotherWay);
    };
    let id = new_id();
    let path = format!("{PASSING}/{id}.tar");
    let packer = Packer::new(engine, &archive);
    let arrived = entering(&first.lease, async |envd| {
        let request = envd.upload_request(&path, &body::boundary())?;
        let outgoing = packer.pack(&request, &archive).await;
        let began = |sending| watch.began(sending);
        match outgoing.send(watch.progress(), began).await {
            Ok(()) => Ok(true),
            Err(refused) if outgoing.is_to_blame(&refused) => Ok(false),
            Err(refused) => Err(refused),
        }
    });
    let (arrived, ()) = join(arrived, make_folder(&first.lease, &folder)).await;
    if !arrived? {
        return Ok(Packed::AnotherWay);
    }
    let unpacked = ask(&first.lease, async |envd| {
        envd.unpack(&path, &folder, &id).await
    });
    match unpacked.await {
        Ok(()) => Ok(Packed::There),
        Err(error @ (EnvdError::SandboxGone | EnvdError::Unauthorized { .. })) => {
            Err(Refused::Sandbox(error))
        }
        Err(_) => {
            // What stays, in a folder for what passes, goes with the sandbox.
            remove(&first.lease, &path).await;
            Ok(Packed::AnotherWay)
        }
    }
}

/// The folder that all of them are in, at any depth; without a slash at its end.
fn common_folder(files: &[&Item]) -> Option<String> {
    let mut folders = files
        .iter()
        .map(|it| it.path.rsplit_once('/').map(|it| it.0));
    let mut common = folders.next()??;
    for folder in folders {
        let folder = folder?;
        while !is_in(folder, common) {
            common = common.rsplit_once('/')?.0;
        }
    }
    Some(match common {
        "" => "/".to_owned(),
        common => common.to_owned(),
    })
}

fn is_in(folder: &str, above: &str) -> bool {
    let below = folder.strip_prefix(above);
    below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn pack(files: &[&Item], folder: &str) -> Option<Blob> {
    let root = folder.trim_end_matches('/');
    let names: Vec<String> = files
        .iter()
        .map(|it| Some(format!("{ARCHIVE_CONTENTS}{}", it.path.strip_prefix(root)?)))
        .collect::<Option<_>>()?;
    let mut sums = String::with_capacity(files.len() * 100);
    for (file, name) in files.iter().zip(&names) {
        // `sha256sum` writes such a name in a way of its own.
        if name.contains('\\') {
            return None;
        }
        let _ = writeln!(sums, "{}  {name}", file.sha256);
    }
    let mut entries = vec![TarEntry {
        name: ARCHIVE_SUMS,
        bytes: sums.len() as u64,
    }];
    entries.extend(files.iter().zip(&names).map(|(file, name)| TarEntry {
        name,
        bytes: size(file),
    }));
    let parts = Array::new();
    for piece in tar_pieces(&entries).ok()? {
        let part: JsValue = match piece {
            Piece::Bytes(bytes) => Uint8Array::from(bytes.as_slice()).into(),
            Piece::Content(0) => JsValue::from_str(&sums),
            Piece::Content(number) => files.get(number - 1)?.file.clone().into(),
        };
        parts.push(&part);
    }
    Blob::new_with_blob_sequence(&parts).ok()
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a file's size
pub(super) fn size(item: &Item) -> u64 {
    item.file.size() as u64
}
