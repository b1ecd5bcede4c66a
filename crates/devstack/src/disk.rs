//! Objects on disk for the stores of our own: what is being written is a file of its own until it
//! is whole, so that nobody ever sees half an object, and an overwritten one can be read to its end.
//!
//! Nothing is ever held in memory but the piece that passes through.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::Stream;
use futures::stream::try_unfold;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt, BufWriter};

use crate::moment;
use crate::sync::lock;

/// Bytes of one write, and of one read.
const PIECE: usize = 1024 * 1024;

/// A file that is removed with its last owner.
#[derive(Debug)]
pub(crate) struct OwnedFile(PathBuf);

impl OwnedFile {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for OwnedFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// An object, with what its store wants to know of it.
#[derive(Debug)]
pub(crate) struct Stored<M> {
    file: OwnedFile,
    pub(crate) bytes: u64,
    pub(crate) modified: OffsetDateTime,
    pub(crate) about: M,
}

impl<M> Stored<M> {
    /// All of its bytes.
    pub(crate) async fn all(&self) -> io::Result<Vec<u8>> {
        tokio::fs::read(self.file.path()).await
    }

    /// Its bytes from `start` on, `length` of them.
    pub(crate) async fn read(
        &self,
        start: u64,
        length: u64,
    ) -> io::Result<impl Stream<Item = io::Result<Bytes>> + use<M>> {
        let mut file = tokio::fs::File::open(self.file.path()).await?;
        file.set_max_buf_size(PIECE);
        file.seek(io::SeekFrom::Start(start)).await?;
        Ok(try_unfold((file, length), |(mut file, left)| async move {
            let wanted = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let mut piece = vec![0; wanted];
            let read = file.read(&mut piece).await?;
            if read == 0 {
                return Ok(None);
            }
            piece.truncate(read);
            Ok(Some((Bytes::from(piece), (file, left - read as u64))))
        }))
    }
}

/// Size and SHA-256 of an object, as the control API shows them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Described {
    /// What follows the file's key in the object's: empty, or the name of a slice.
    pub(crate) suffix: String,
    pub(crate) bytes: u64,
    /// In hex.
    pub(crate) sha256: String,
}

/// A folder of objects.
#[derive(Debug)]
pub(crate) struct Disk<M> {
    folder: PathBuf,
    objects: Mutex<BTreeMap<String, Arc<Stored<M>>>>,
    next: AtomicU64,
}

impl<M> Disk<M> {
    /// An empty one in `folder`, which is made.
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            objects: Mutex::default(),
            next: AtomicU64::new(1),
        })
    }

    fn fresh(&self) -> PathBuf {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.folder.join(number.to_string())
    }

    /// A new file that bytes can be written to.
    pub(crate) async fn incoming(&self) -> io::Result<Incoming> {
        let path = self.fresh();
        let file = tokio::fs::File::create(&path).await?;
        Ok(Incoming {
            writer: BufWriter::with_capacity(PIECE, file),
            file: OwnedFile(path),
            bytes: 0,
        })
    }

    /// A new, empty file for who writes by himself.
    pub(crate) fn empty(&self) -> io::Result<(OwnedFile, std::fs::File)> {
        let path = self.fresh();
        let file = std::fs::File::create_new(&path)?;
        Ok((OwnedFile(path), file))
    }

    /// A file of the stack's own making.
    pub(crate) fn file_of(&self, bytes: &[u8]) -> io::Result<OwnedFile> {
        let path = self.fresh();
        std::fs::write(&path, bytes)?;
        Ok(OwnedFile(path))
    }

    /// Makes `file` the object `key`.
    pub(crate) fn keep(&self, key: &str, file: OwnedFile, about: M) -> io::Result<Arc<Stored<M>>> {
        let stored = Arc::new(Stored {
            bytes: std::fs::metadata(file.path())?.len(),
            file,
            modified: moment::now(),
            about,
        });
        lock(&self.objects).insert(key.to_owned(), Arc::clone(&stored));
        Ok(stored)
    }

    pub(crate) fn find(&self, key: &str) -> Option<Arc<Stored<M>>> {
        lock(&self.objects).get(key).cloned()
    }

    /// Removes every object whose key begins with `key`.
    pub(crate) fn remove_prefix(&self, key: &str) {
        lock(&self.objects).retain(|own, _| !own.starts_with(key));
    }

    /// Every object whose key begins with `key`.
    pub(crate) async fn describe(&self, key: &str) -> io::Result<Vec<Described>>
    where
        M: Send + Sync + 'static,
    {
        let found: Vec<_> = lock(&self.objects)
            .iter()
            .filter_map(|(own, stored)| Some((own.strip_prefix(key)?.to_owned(), stored.clone())))
            .collect();
        let hashing = tokio::task::spawn_blocking(move || {
            let described = found.into_iter().map(|(suffix, stored)| {
                Ok(Described {
                    suffix,
                    bytes: stored.bytes,
                    sha256: sha256_of(stored.file.path())?,
                })
            });
            described.collect()
        });
        hashing.await.map_err(io::Error::other)?
    }
}

/// A file that is being written. Dropped, it is gone.
#[derive(Debug)]
pub(crate) struct Incoming {
    writer: BufWriter<tokio::fs::File>,
    file: OwnedFile,
    bytes: u64,
}

impl Incoming {
    pub(crate) async fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.writer.write_all(piece).await?;
        self.bytes += piece.len() as u64;
        Ok(())
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The file, all of it on disk.
    pub(crate) async fn finish(mut self) -> io::Result<OwnedFile> {
        self.writer.flush().await?;
        Ok(self.file)
    }
}

/// The files one behind the other, in the first of them.
pub(crate) fn joined(files: Vec<OwnedFile>) -> io::Result<OwnedFile> {
    let mut files = files.into_iter();
    let Some(whole) = files.next() else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let mut target = std::fs::OpenOptions::new().write(true).open(whole.path())?;
    target.seek(io::SeekFrom::End(0))?;
    for file in files {
        // In the kernel where it can: no byte of a part comes into this process.
        io::copy(&mut std::fs::File::open(file.path())?, &mut target)?;
    }
    Ok(whole)
}

fn sha256_of(path: &Path) -> io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; PIECE];
    loop {
        let read = file.read(&mut buffer)?;
        let Some(piece) = buffer.get(..read).filter(|piece| !piece.is_empty()) else {
            return Ok(hex(&hash.finalize()));
        };
        hash.update(piece);
    }
}

/// `bytes` in lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt;

    use super::*;

    async fn file(disk: &Disk<()>, text: &[u8]) -> OwnedFile {
        let mut incoming = disk.incoming().await.unwrap();
        incoming.write(text).await.unwrap();
        incoming.finish().await.unwrap()
    }

    #[tokio::test]
    async fn an_object_is_read_to_its_end_although_another_took_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let disk: Disk<()> = Disk::new(folder.path()).unwrap();
        disk.keep("a", file(&disk, b"old").await, ()).unwrap();
        let old = disk.find("a").unwrap();
        disk.keep("a", file(&disk, b"newer").await, ()).unwrap();
        let read: Vec<Bytes> = old.read(1, 2).await.unwrap().try_collect().await.unwrap();
        assert_eq!(read.concat(), b"ld");
        drop(old);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(disk.describe("").await.unwrap()[0].bytes, 5);
        disk.remove_prefix("a");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn files_are_joined_in_order_and_what_was_given_up_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let disk: Disk<()> = Disk::new(folder.path()).unwrap();
        drop(disk.incoming().await.unwrap());
        let parts = vec![file(&disk, b"one ").await, file(&disk, b"two").await];
        let whole = joined(parts).unwrap();
        assert_eq!(std::fs::read(whole.path()).unwrap(), b"one two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
