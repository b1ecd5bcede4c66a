//! What goes to the sandbox for a file, a part or an archive: the bytes as they are, or compressed where
//! they are there earlier that way ([`transfer::compression`]). A table shrinks to a fifth, and most lines
//! take far less than a processor compresses.

use std::cell::{Cell, RefCell};
use std::pin::pin;

use e2b::{EnvdError, UploadRequest};
use futures::future::{Either, select};
use tokio::sync::Semaphore;
use transfer::compression::Compression;
use transfer::line::Line;
use web_sys::Blob;
use webext::xhr::Sending;
use webext::{clock, gzip, timer};

use super::body;
use crate::state::Engine;
use crate::upload::refused::Refused;

/// Fewer bytes are not worth the thought.
const LEAST: f64 = 64.0 * 1024.0;

/// From the middle of a file so many bytes tell how far it shrinks.
const SAMPLE: f64 = 512.0 * 1024.0;

/// How long a compression may take, in milliseconds: slower than 1 MiB a second helps nobody.
const GZIP_MS: u32 = 20_000;

/// What all uploads into sandboxes share.
pub(crate) struct Outgoings {
    /// The line to the sandboxes.
    line: RefCell<Line>,
    /// One is compressed at a time: two would only be there later, both.
    compressing: Semaphore,
}

impl Default for Outgoings {
    fn default() -> Self {
        Self {
            line: RefCell::default(),
            compressing: Semaphore::new(1),
        }
    }
}

/// One file's compression.
pub(super) struct Packer<'a> {
    engine: &'a Engine,
    file: Blob,
    known: Cell<Option<Compression>>,
    refused: Cell<bool>,
}

/// A request and its body.
pub(super) struct Outgoing<'a> {
    engine: &'a Engine,
    request: UploadRequest,
    body: Blob,
    /// Bytes of the file.
    bytes: f64,
    /// Bytes of the file for each byte of the body.
    scale: f64,
    is_packed: bool,
}

impl<'a> Packer<'a> {
    /// Looks how far it shrinks, unless that is known: what is to be sent later need not wait for it.
    pub(super) async fn look(&self) {
        let _turn = self.engine.outgoings.compressing.acquire().await;
        self.know().await;
    }

    async fn know(&self) {
        if self.known.get().is_none() && !self.refused.get() {
            let sample = self.sample().await;
            self.refused.set(sample.is_none());
            self.known.set(sample);
        }
    }

    /// Of a file, all of it.
    pub(super) fn new(engine: &'a Engine, file: &Blob) -> Self {
        Self {
            engine,
            file: file.clone(),
            known: Cell::new(None),
            refused: Cell::new(false),
        }
    }

    /// From now on everything goes as it is: what went compressed did not arrive well.
    pub(super) fn refuse(&self) {
        self.refused.set(true);
    }

    /// Whether the file will be compressed, as far as that is known.
    pub(super) fn will_pack(&self) -> bool {
        self.known.get().is_some() && !self.is_against()
    }

    /// What goes for `piece` of the file.
    pub(super) async fn pack(&self, request: &UploadRequest, piece: &Blob) -> Outgoing<'a> {
        let packed = match request.gzipped().filter(|_| piece.size() >= LEAST) {
            Some(gzipped) => self.packed(piece).await.map(|body| (gzipped, body)),
            None => None,
        };
        let is_packed = packed.is_some();
        let (request, body) = packed.unwrap_or_else(|| (request.clone(), piece.clone()));
        Outgoing {
            engine: self.engine,
            request,
            bytes: piece.size(),
            scale: piece.size() / body.size().max(1.0),
            body,
            is_packed,
        }
    }

    async fn packed(&self, piece: &Blob) -> Option<Blob> {
        // Who does not compress does not wait for those who do.
        if self.is_against() {
            return None;
        }
        let _turn = self.engine.outgoings.compressing.acquire().await;
        self.know().await;
        let known = self.known.get()?;
        if self.is_against() {
            return None;
        }
        let (packed, newer) = measured(piece).await?;
        let mut known = known;
        known.learn(newer);
        self.known.set(Some(known));
        Some(packed)
    }

    /// Whether the bytes are there earlier as they are, as far as that is known.
    fn is_against(&self) -> bool {
        let line = self.engine.outgoings.line.borrow().rate();
        let known = self.known.get();
        self.refused.get() || known.is_some_and(|known| !known.pays(line))
    }

    async fn sample(&self) -> Option<Compression> {
        let from = ((self.file.size() - SAMPLE) / 2.0).max(0.0).floor();
        let sample = self.file.slice_with_f64_and_f64(from, from + SAMPLE).ok()?;
        Some(measured(&sample).await?.1)
    }
}

/// A blob compressed, and how that went; `None` when it cannot be read, which who sends it finds out.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // sizes
async fn measured(blob: &Blob) -> Option<(Blob, Compression)> {
    let began = clock::now_ms();
    // A worker that was killed answers nobody.
    let packed = match select(pin!(gzip::gzip(blob)), pin!(timer::sleep_ms(GZIP_MS))).await {
        Either::Left((packed, _)) => packed.ok()?,
        Either::Right(_) => return None,
    };
    let took = clock::now_ms() - began;
    let compression = Compression::of(blob.size() as u64, packed.size() as u64, took);
    Some((packed, compression))
}

impl Outgoing<'_> {
    /// Whether it was refused because it is compressed, for all that is known.
    pub(super) fn is_to_blame(&self, refused: &Refused) -> bool {
        let Refused::Sandbox(error) = refused else {
            return false;
        };
        let other = matches!(
            error,
            EnvdError::SandboxGone | EnvdError::NoSpace { .. } | EnvdError::Unauthorized { .. }
        );
        self.is_packed && !other && !error.is_transient()
    }

    /// Sends it. `on_progress` is told in bytes of the file, of all of them once the network took the last.
    pub(super) async fn send(
        &self,
        mut on_progress: impl FnMut(u64) + 'static,
        began: impl FnOnce(Sending),
    ) -> Result<(), Refused> {
        let (scale, body, all) = (self.scale, self.body.size(), self.bytes);
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // sizes
        #[allow(clippy::cast_sign_loss)]
        let scaled = move |sent: u64| {
            let sent = sent as f64;
            on_progress((if sent < body { sent * scale } else { all }) as u64);
        };
        let mut under_way = UnderWay::begin(self.engine);
        body::send(
            &self.request,
            std::slice::from_ref(&self.body),
            scaled,
            began,
        )
        .await?;
        under_way.arrived = self.body.size();
        Ok(())
    }
}

/// A request on the line.
struct UnderWay<'a> {
    engine: &'a Engine,
    arrived: f64,
}

impl<'a> UnderWay<'a> {
    fn begin(engine: &'a Engine) -> Self {
        let mut line = engine.outgoings.line.borrow_mut();
        line.began(clock::unix_ms());
        Self {
            engine,
            arrived: 0.0,
        }
    }
}

impl Drop for UnderWay<'_> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a size
    fn drop(&mut self) {
        let mut line = self.engine.outgoings.line.borrow_mut();
        line.ended(clock::unix_ms(), self.arrived as u64);
    }
}
