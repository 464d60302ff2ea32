//! The store on sled: one folder, one process, one writer.
//!
//! sled's faults and the guard for each: it acknowledges before its file is synced (`engine` syncs it
//! itself); rows written outside a transaction are torn by a kill (a draft is one transaction); it
//! panics on a damaged file (every call runs under [`guarded`]); a cut tail takes the last batches
//! with it unnoticed (they are counted beside it).

mod desk;
mod draft;
mod engine;
mod fault;
mod lessons;
mod posts;
mod table;
mod verify;

use std::io;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;

use self::engine::Engine;
use self::fault::Fault;
use super::folder::Folder;
use super::guard::guarded;
use super::{Claim, Counts, Judged, Kept, Store, StoreError, Told};
use crate::digest::{Digest, Window};
use crate::host::HostMemory;
use crate::label::{Draw, Label, Lesson};
use crate::post::{Post, PostId};
use crate::source::SourceId;
use crate::topic::RulesetId;
use crate::verdict::{Embedding, ModelId, Verdict};
use crate::visit::{Memory, Visit};

/// sled's threads may hold its file for a moment after the store was closed in this same process.
const CLOSING: Duration = Duration::from_secs(5);

/// How often to look whether they have let go.
const CLOSING_LOOK: Duration = Duration::from_millis(20);

/// A [`Store`] in a folder of its own.
#[derive(Debug)]
pub struct SledStore {
    // Taken out on closing only.
    engine: Option<Engine>,
    writer: Mutex<Writer>,
    // After the engine: nobody else may open the folder before it is closed.
    folder: Folder,
}

/// The right to write, and whether it is lost until the store is opened again.
#[derive(Debug, Default)]
struct Writer {
    failed: Option<Failed>,
}

#[derive(Debug, Clone)]
enum Failed {
    Full,
    Other(String),
}

impl SledStore {
    /// Opens the store in `folder`, making it if there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let folder = Folder::take(folder)?;
        let tried = Instant::now();
        loop {
            let opened = guarded(|| Engine::open(&folder.database()));
            // Nobody but us can hold it: the folder is ours.
            if matches!(&opened, Ok(Err(fault)) if fault.is_locked()) && tried.elapsed() < CLOSING {
                thread::sleep(CLOSING_LOOK);
                continue;
            }
            let engine = name(&folder, opened)?;
            return Ok(Self { engine: Some(engine), writer: Mutex::default(), folder });
        }
    }

    /// Closes the store. Dropping it does the same, but cannot say what went wrong.
    ///
    /// # Errors
    /// [`StoreError`]; what was acknowledged before is safe.
    pub fn close(mut self) -> Result<(), StoreError> {
        self.close_engine()
    }

    fn close_engine(&mut self) -> Result<(), StoreError> {
        let Some(engine) = self.engine.take() else { return Ok(()) };
        if self.writer().failed.is_some() {
            // Closing would write, and wait for ever for a write that cannot be done.
            std::mem::forget(engine);
            return Ok(());
        }
        let closed = guarded(move || {
            let flushed = engine.flush();
            drop(engine);
            flushed
        });
        name(&self.folder, closed)
    }

    fn read<T>(&self, work: impl FnOnce(&Engine) -> Result<T, Fault>) -> Result<T, StoreError> {
        let Some(engine) = &self.engine else { return Err(self.closed()) };
        name(&self.folder, guarded(|| work(engine)))
    }

    fn write<T>(&self, work: impl FnOnce(&Engine) -> Result<T, Fault>) -> Result<T, StoreError> {
        let Some(engine) = &self.engine else { return Err(self.closed()) };
        let mut writer = self.writer();
        match &writer.failed {
            None => {}
            Some(Failed::Full) => {
                return Err(StoreError::Full { folder: self.folder.path().display().to_string() });
            }
            Some(Failed::Other(what)) => {
                let why = format!("an earlier write failed ({what}); open the store again");
                return Err(StoreError::of_io(self.folder.path(), io::Error::other(why)));
            }
        }
        let done = guarded(|| work(engine));
        let uncommitted = matches!(&done, Err(_) | Ok(Err(Fault::Uncommitted(_))));
        let named = name(&self.folder, done);
        if let (true, Err(error)) = (uncommitted, &named) {
            writer.failed = Some(match error {
                StoreError::Full { .. } => Failed::Full,
                error => Failed::Other(error.to_string()),
            });
        }
        named
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // No panic leaves it half changed: it is set in one step.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn closed(&self) -> StoreError {
        StoreError::of_io(self.folder.path(), io::Error::other("it is closed"))
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        // Whoever wants to know calls `close`.
        let _ = self.close_engine();
    }
}

impl Store for SledStore {
    fn keep(&self, posts: &[Post]) -> Result<Kept, StoreError> {
        self.write(|engine| posts::keep(engine, posts))
    }

    fn judge(&self, judged: &[Judged]) -> Result<(), StoreError> {
        self.write(|engine| posts::judge(engine, judged))
    }

    fn judge_again(&self, verdicts: &[Verdict]) -> Result<(), StoreError> {
        self.write(|engine| posts::judge_again(engine, verdicts))
    }

    fn remember(&self, memories: &[(SourceId, Memory)]) -> Result<(), StoreError> {
        self.write(|engine| desk::remember(engine, memories))
    }

    fn memory(&self, source: &SourceId) -> Result<Option<Memory>, StoreError> {
        self.read(|engine| desk::memory(engine, source))
    }

    fn memories(&self) -> Result<Vec<(SourceId, Memory)>, StoreError> {
        self.read(desk::memories)
    }

    fn remember_hosts(&self, hosts: &[(String, Option<HostMemory>)]) -> Result<(), StoreError> {
        self.write(|engine| desk::remember_hosts(engine, hosts))
    }

    fn hosts(&self) -> Result<Vec<(String, HostMemory)>, StoreError> {
        self.read(desk::hosts)
    }

    fn visits(&self, source: &SourceId, limit: usize) -> Result<Vec<Visit>, StoreError> {
        self.read(|engine| desk::visits(engine, source, limit))
    }

    fn known(&self, id: PostId) -> Result<bool, StoreError> {
        self.read(|engine| posts::known(engine, id))
    }

    fn post(&self, id: PostId) -> Result<Option<Post>, StoreError> {
        self.read(|engine| posts::post(engine, id))
    }

    fn judged(&self, id: PostId) -> Result<Option<Judged>, StoreError> {
        self.read(|engine| posts::judged(engine, id))
    }

    fn judged_many(&self, ids: &[PostId]) -> Result<Vec<Option<Judged>>, StoreError> {
        self.read(|engine| ids.iter().map(|id| posts::judged(engine, *id)).collect())
    }

    fn still_judged(&self, ids: &[PostId]) -> Result<Vec<Option<Judged>>, StoreError> {
        self.read(|engine| ids.iter().map(|id| posts::still_judged(engine, *id)).collect())
    }

    fn ids_from(&self, from: PostId, limit: usize) -> Result<Vec<PostId>, StoreError> {
        self.read(|engine| posts::ids_from(engine, from, limit))
    }

    fn unjudged(
        &self,
        model: &ModelId,
        ruleset: &RulesetId,
        limit: usize,
    ) -> Result<Vec<Post>, StoreError> {
        self.read(|engine| posts::unjudged(engine, model, ruleset, limit))
    }

    fn count_unjudged(&self, model: &ModelId, ruleset: &RulesetId) -> Result<usize, StoreError> {
        self.read(|engine| posts::count_unjudged(engine, model, ruleset))
    }

    fn said_in(&self, window: Window) -> Result<Vec<Post>, StoreError> {
        self.read(|engine| posts::said_in(engine, window))
    }

    fn newest(&self, source: &SourceId, limit: usize) -> Result<Vec<Post>, StoreError> {
        self.read(|engine| posts::newest(engine, source, limit))
    }

    fn kept_after(&self, after: Option<PostId>, limit: usize) -> Result<Vec<Post>, StoreError> {
        self.read(|engine| posts::kept_after(engine, after, limit))
    }

    fn first_heard(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(posts::first_heard)
    }

    fn first_said(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(posts::first_said)
    }

    fn claim(&self, digest: &Digest) -> Result<Claim, StoreError> {
        self.write(|engine| desk::claim(engine, digest))
    }

    fn digest(&self, reader: &str, date: Date) -> Result<Option<Digest>, StoreError> {
        self.read(|engine| desk::digest(engine, reader, date))
    }

    fn claims(&self) -> Result<Vec<(String, Date)>, StoreError> {
        self.read(desk::claims)
    }

    fn told(&self, reader: &str, since: Date) -> Result<Vec<Told>, StoreError> {
        self.read(|engine| desk::told(engine, reader, since))
    }

    fn teach(&self, labels: &[Label], at: Timestamp) -> Result<Lesson, StoreError> {
        self.write(|engine| lessons::teach(engine, labels, at))
    }

    fn unteach(&self) -> Result<Option<Lesson>, StoreError> {
        self.write(lessons::unteach)
    }

    fn labels(&self) -> Result<Vec<Label>, StoreError> {
        self.read(lessons::labels)
    }

    fn draw(&self, draws: &[Draw]) -> Result<(), StoreError> {
        self.write(|engine| lessons::draw(engine, draws))
    }

    fn draws(&self) -> Result<Vec<Draw>, StoreError> {
        self.read(lessons::draws)
    }

    fn anchors(
        &self,
        model: &ModelId,
        texts: &[&str],
    ) -> Result<Vec<Option<Embedding>>, StoreError> {
        self.read(|engine| lessons::anchors(engine, model, texts))
    }

    fn keep_anchors(
        &self,
        model: &ModelId,
        anchors: &[(&str, &Embedding)],
    ) -> Result<(), StoreError> {
        self.write(|engine| lessons::keep_anchors(engine, model, anchors))
    }

    fn counts(&self) -> Result<Counts, StoreError> {
        self.read(verify::counts)
    }

    fn verify(&self) -> Result<Vec<String>, StoreError> {
        self.read(verify::verify)
    }
}

/// Puts the folder's name to what went wrong.
fn name<T>(folder: &Folder, done: Result<Result<T, Fault>, String>) -> Result<T, StoreError> {
    let damaged = |what| StoreError::Damaged { folder: folder.path().display().to_string(), what };
    match done {
        Ok(done) => done.map_err(|fault| fault.named(folder.path())),
        Err(panic) => Err(damaged(panic)),
    }
}
