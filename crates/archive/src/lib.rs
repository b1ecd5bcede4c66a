//! A zip or tar archive as a list of pieces: headers, which are made here, and the contents of files, which
//! are only named. Whoever has the files puts the pieces together; a browser does so with a `Blob` of
//! handles, so that an archive of any size takes no memory.
//!
//! The format of zip is PKWARE's APPNOTE 6.3.10. Contents are stored, not compressed: compressing would
//! lead every byte through wasm. Sizes and CRC-32 are known before, so that headers are complete and
//! no data descriptor is needed, and the archive's size is known before the first byte is sent.
//!
//! Why not a library: `zip`, `async_zip`, `rawzip` and, in JavaScript, `client-zip` and `zip.js` write
//! an archive by having all contents pass through them, `rc-zip` only reads. `zip` reads back what is
//! made here, in the tests.

mod directory;
mod entry;
mod field;
mod names;
mod tar;

pub use directory::{Piece, pieces, size};
pub use entry::{Entry, EntryError, Modified};
pub use names::distinct;
pub use tar::{TarEntry, TarNameError, tar_pieces};
