//! The store on sled: one folder, one process, one writer; a database for each month of posts, and one
//! for all that stays.
//!
//! sled's faults and the guard for each: it acknowledges before its file is synced (`engine` syncs it
//! itself); rows written outside a transaction are torn by a kill (a draft is one transaction); it
//! panics on a damaged file (every call runs under [`guarded`]); a cut tail takes the last batches
//! with it unnoticed (they are counted beside it); it never gives space back (a month is dropped, or
//! written anew, as a folder).

mod compact;
mod desk;
mod draft;
mod engine;
mod fault;
mod ids;
mod lessons;
mod migrate;
mod months;
mod posts;
mod table;
mod verify;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;

use self::engine::Engine;
use self::fault::Fault;
use self::months::Months;
use self::table::Half;
use super::folder::Folder;
use super::guard::guarded;
use super::{
    Changes, Claim, Compacted, Counts, Filed, Judged, Keeps, Kept, Mark, Store, StoreError, Told,
};
use crate::digest::{Digest, Window};
use crate::host::HostMemory;
use crate::label::{Draw, Label, Lesson};
use crate::month::Month;
use crate::post::{Post, PostId};
use crate::source::SourceId;
use crate::topic::RulesetId;
use crate::verdict::{Embedding, ModelId, Verdict};
use crate::visit::{Memory, Visit};

/// A [`Store`] in a folder of its own.
#[derive(Debug)]
pub struct SledStore {
    // Taken out on closing only.
    databases: Option<Databases>,
    writer: Mutex<Writer>,
    // After the databases: nobody else may open the folder before they are closed.
    folder: Folder,
}

/// What stays, and the months.
#[derive(Debug)]
struct Databases {
    desk: Engine,
    months: Months,
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
        let opened = guarded(|| Databases::open(&folder));
        let databases = name(&folder, opened)?;
        Ok(Self { databases: Some(databases), writer: Mutex::default(), folder })
    }

    /// Puts a month of the store in `folder` aside, to be restored from a backup: whatever is left of its
    /// files is moved into a folder of its own; where, if there was anything.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_aside(folder: &Path, month: Month) -> Result<Option<PathBuf>, StoreError> {
        let folder = Folder::take(folder)?;
        let moved = guarded(|| {
            migrate::up_to_date(&folder)?;
            let aside = Months::put_aside(&folder.months(), &folder.aside(), month)?;
            let desk = Engine::open(&folder.desk(), Half::Desk)?;
            desk::forget_month(&desk, month)?;
            Ok(aside)
        });
        name(&folder, moved)
    }

    /// Closes the store. Dropping it does the same, but cannot say what went wrong.
    ///
    /// # Errors
    /// [`StoreError`]; what was acknowledged before is safe.
    pub fn close(mut self) -> Result<(), StoreError> {
        self.close_databases()
    }

    fn close_databases(&mut self) -> Result<(), StoreError> {
        let Some(databases) = self.databases.take() else { return Ok(()) };
        if self.writer().failed.is_some() {
            // Closing would write, and wait for ever for a write that cannot be done.
            std::mem::forget(databases);
            return Ok(());
        }
        let closed = guarded(move || {
            let Databases { desk, months } = databases;
            let closed = months.close();
            let flushed = desk.flush();
            closed.and(flushed)
        });
        name(&self.folder, closed)
    }

    fn read<T>(&self, work: impl FnOnce(&Databases) -> Result<T, Fault>) -> Result<T, StoreError> {
        let Some(databases) = &self.databases else { return Err(self.closed()) };
        name(&self.folder, guarded(|| work(databases)))
    }

    fn write<T>(&self, work: impl FnOnce(&Databases) -> Result<T, Fault>) -> Result<T, StoreError> {
        let Some(databases) = &self.databases else { return Err(self.closed()) };
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
        let done = guarded(|| work(databases));
        let uncommitted = match &done {
            Ok(Err(fault)) => fault.is_uncommitted(),
            Ok(Ok(_)) => false,
            Err(_) => true,
        };
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

impl Databases {
    fn open(folder: &Folder) -> Result<Self, Fault> {
        migrate::up_to_date(folder)?;
        let desk = Engine::open(&folder.desk(), Half::Desk)?;
        let (months, given_up) = Months::open(&folder.months())?;
        for month in given_up {
            desk::forget_month(&desk, month)?;
            months.forget(month)?;
        }
        let there = months.all();
        let gone: Vec<String> = desk::months(&desk)?
            .into_iter()
            .filter(|month| !there.contains(month))
            .map(|month| month.to_string())
            .collect();
        if gone.is_empty() {
            return Ok(Self { desk, months });
        }
        let path = folder.months();
        let (first, gone, path) = (gone[0].clone(), gone.join(", "), path.display());
        Err(Fault::Damaged(format!(
            "{path} holds no posts of {gone} any more (`overheard restore BACKUP --month {first}`)"
        )))
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        // Whoever wants to know calls `close`.
        let _ = self.close_databases();
    }
}

impl Store for SledStore {
    fn keep(&self, posts: &[Post]) -> Result<Kept, StoreError> {
        self.write(|db| posts::keep(&db.desk, &db.months, posts))
    }

    fn judge(&self, judged: &[Judged]) -> Result<(), StoreError> {
        self.write(|db| posts::judge(&db.months, judged))
    }

    fn judge_again(&self, verdicts: &[Verdict]) -> Result<(), StoreError> {
        self.write(|db| posts::judge_again(&db.months, verdicts))
    }

    fn remember(&self, memories: &[(SourceId, Memory)]) -> Result<(), StoreError> {
        self.write(|db| desk::remember(&db.desk, memories))
    }

    fn memory(&self, source: &SourceId) -> Result<Option<Memory>, StoreError> {
        self.read(|db| desk::memory(&db.desk, source))
    }

    fn memories(&self) -> Result<Vec<(SourceId, Memory)>, StoreError> {
        self.read(|db| desk::memories(&db.desk))
    }

    fn remember_hosts(&self, hosts: &[(String, Option<HostMemory>)]) -> Result<(), StoreError> {
        self.write(|db| desk::remember_hosts(&db.desk, hosts))
    }

    fn hosts(&self) -> Result<Vec<(String, HostMemory)>, StoreError> {
        self.read(|db| desk::hosts(&db.desk))
    }

    fn visits(&self, source: &SourceId, limit: usize) -> Result<Vec<Visit>, StoreError> {
        self.read(|db| desk::visits(&db.desk, source, limit))
    }

    fn known(&self, id: PostId) -> Result<bool, StoreError> {
        self.read(|db| posts::known(&db.months, id))
    }

    fn post(&self, id: PostId) -> Result<Option<Post>, StoreError> {
        self.read(|db| posts::post(&db.months, id))
    }

    fn judged(&self, id: PostId) -> Result<Option<Judged>, StoreError> {
        self.read(|db| posts::judged(&db.months, id))
    }

    fn judged_many(&self, ids: &[PostId]) -> Result<Vec<Option<Judged>>, StoreError> {
        self.read(|db| ids.iter().map(|id| posts::judged(&db.months, *id)).collect())
    }

    fn still_judged(&self, ids: &[PostId]) -> Result<Vec<Option<Judged>>, StoreError> {
        self.read(|db| ids.iter().map(|id| posts::still_judged(&db.months, *id)).collect())
    }

    fn ids_from(&self, from: PostId, limit: usize) -> Result<Vec<PostId>, StoreError> {
        self.read(|db| posts::ids_from(&db.months, from, limit))
    }

    fn unjudged(
        &self,
        model: &ModelId,
        ruleset: &RulesetId,
        limit: usize,
    ) -> Result<Vec<Post>, StoreError> {
        self.read(|db| posts::unjudged(&db.months, model, ruleset, limit))
    }

    fn count_unjudged(&self, model: &ModelId, ruleset: &RulesetId) -> Result<usize, StoreError> {
        self.read(|db| posts::count_unjudged(&db.months, model, ruleset))
    }

    fn said_in(&self, window: Window) -> Result<Vec<Post>, StoreError> {
        self.read(|db| posts::said_in(&db.months, window))
    }

    fn newest(&self, source: &SourceId, limit: usize) -> Result<Vec<Post>, StoreError> {
        self.read(|db| posts::newest(&db.months, source, limit))
    }

    fn kept_after(&self, after: Option<PostId>, limit: usize) -> Result<Vec<Post>, StoreError> {
        self.read(|db| posts::kept_after(&db.months, after, limit))
    }

    fn kept_in(
        &self,
        month: Month,
        after: Option<PostId>,
        limit: usize,
    ) -> Result<Vec<Post>, StoreError> {
        let kept = |engine: &Engine| posts::of_month::kept_after(engine, after, limit);
        self.read(|db| db.months.within(month, kept))
    }

    fn first_heard(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|db| posts::first_heard(&db.months))
    }

    fn first_said(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|db| posts::first_said(&db.months))
    }

    fn claim(&self, digest: &Digest) -> Result<Claim, StoreError> {
        self.write(|db| desk::claim(&db.desk, digest))
    }

    fn digest(&self, reader: &str, date: Date) -> Result<Option<Digest>, StoreError> {
        self.read(|db| desk::digest(&db.desk, reader, date))
    }

    fn claims(&self) -> Result<Vec<(String, Date)>, StoreError> {
        self.read(|db| desk::claims(&db.desk))
    }

    fn told(&self, reader: &str, since: Date) -> Result<Vec<Told>, StoreError> {
        self.read(|db| desk::told(&db.desk, reader, since))
    }

    fn teach(&self, labels: &[Label], at: Timestamp) -> Result<Lesson, StoreError> {
        self.write(|db| lessons::teach(&db.desk, labels, at))
    }

    fn unteach(&self) -> Result<Option<Lesson>, StoreError> {
        self.write(|db| lessons::unteach(&db.desk))
    }

    fn labels(&self) -> Result<Vec<Label>, StoreError> {
        self.read(|db| lessons::labels(&db.desk))
    }

    fn draw(&self, draws: &[Draw]) -> Result<(), StoreError> {
        self.write(|db| lessons::draw(&db.desk, draws))
    }

    fn draws(&self) -> Result<Vec<Draw>, StoreError> {
        self.read(|db| lessons::draws(&db.desk))
    }

    fn anchors(
        &self,
        model: &ModelId,
        texts: &[&str],
    ) -> Result<Vec<Option<Embedding>>, StoreError> {
        self.read(|db| lessons::anchors(&db.desk, model, texts))
    }

    fn keep_anchors(
        &self,
        model: &ModelId,
        anchors: &[(&str, &Embedding)],
    ) -> Result<(), StoreError> {
        self.write(|db| lessons::keep_anchors(&db.desk, model, anchors))
    }

    fn counts(&self) -> Result<Counts, StoreError> {
        self.read(|db| verify::counts(&db.desk, &db.months))
    }

    fn months(&self) -> Result<Vec<Filed>, StoreError> {
        self.read(|db| {
            let filed = |month| {
                let (bytes, anew) = (db.months.size_bytes(month)?, desk::month(&db.desk, month)?);
                let batches = db.months.within(month, Engine::drafts)?;
                Ok(Filed { month, bytes, batches, anew })
            };
            db.months.all().into_iter().map(filed).collect()
        })
    }

    fn changes(
        &self,
        month: Month,
        after: Option<Mark>,
        limit: usize,
    ) -> Result<Changes, StoreError> {
        self.read(|db| posts::changes(&db.months, month, after, limit))
    }

    fn compact(
        &self,
        month: Month,
        keeps: &Keeps<'_>,
        at: Timestamp,
    ) -> Result<Compacted, StoreError> {
        self.write(|db| compact::compact(&db.desk, &db.months, month, keeps, at))
    }

    fn give_up(&self, month: Month) -> Result<Compacted, StoreError> {
        self.write(|db| compact::give_up(&db.desk, &db.months, month))
    }

    fn verify(&self) -> Result<Vec<String>, StoreError> {
        self.read(|db| verify::verify(&db.desk, &db.months))
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
