//! The store on sled: one folder, one process, one writer; a database for each month of posts, and one
//! for all that stays.
//!
//! sled's faults and the guard for each: it acknowledges before its file is synced (`engine` syncs it
//! itself); rows written outside a transaction are torn by a kill (a draft is one transaction); it
//! panics on a damaged file (every call runs under [`guarded`]); a cut tail takes the last batches
//! with it unnoticed (they are counted beside it); it never gives space back (a month is dropped, or
//! written anew, as a folder).

mod closed;
mod compact;
mod deliveries;
mod desk;
mod desk_anew;
mod draft;
mod engine;
mod erase;
mod fault;
mod feedback;
mod filing;
mod ids;
mod lessons;
mod migrate;
mod months;
mod posts;
mod refusals;
mod table;
mod verify;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use jiff::Timestamp;
use jiff::civil::Date;

use self::desk_anew::Desk;
use self::engine::Engine;
use self::fault::Fault;
use self::months::Months;
use self::posts::of_month;
use self::refusals::Refusals;
use super::erase::{BackedUp, Erased, Erasing, Erasings, Sealed};
use super::folder::Folder;
use super::guard::guarded;
use super::{
    Changes, Claim, Compacted, Counts, Damaged, Filed, Judged, Keeps, Kept, Mark, Store,
    StoreError, Told,
};
use crate::delivery::Delivery;
use crate::digest::{Digest, Window};
use crate::feedback::Feedback;
use crate::host::HostMemory;
use crate::label::{Draw, Label, Lesson};
use crate::month::Month;
use crate::post::{Post, PostId};
use crate::source::SourceId;
use crate::topic::RulesetId;
use crate::verdict::{Embedding, ModelId, Verdict};
use crate::visit::{Memory, Visit};

/// How often something is read again because a month went, or was written anew, meanwhile.
const READS: u32 = 4;

/// A [`Store`] in a folder of its own.
#[derive(Debug)]
pub struct SledStore {
    /// Shared by whoever reads or writes; alone has them who closes them or opens them anew.
    databases: RwLock<Option<Databases>>,
    // Taken before the databases are.
    writer: Mutex<Writer>,
    // Held by whoever reads, and by an erasing alone while it takes a batch away: a row that leads to what
    // goes is no damage.
    readers: RwLock<()>,
    // After the databases: nobody else may open the folder before they are closed.
    folder: Folder,
}

/// What stays, and the months.
#[derive(Debug)]
struct Databases {
    desk: Desk,
    months: Months,
}

/// The right to write, and whether it is lost until the databases are opened anew.
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
        let (writer, readers) = (Mutex::default(), RwLock::default());
        Ok(Self { databases: RwLock::new(Some(databases)), writer, readers, folder })
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
            let desk = Desk::open(&folder)?;
            desk::forget_month(&*desk.engine()?, month)?;
            desk.close()?;
            Ok(aside)
        });
        name(&folder, moved)
    }

    /// Closes the store. Dropping it does the same, but cannot say what went wrong.
    ///
    /// # Errors
    /// [`StoreError`]; what was acknowledged before is safe.
    pub fn close(self) -> Result<(), StoreError> {
        self.shut()
    }

    /// Closes the databases while others hold the store still: what they read or write from now on is
    /// refused. The folder is free when all have dropped it.
    ///
    /// # Errors
    /// See [`SledStore::close`].
    pub fn shut(&self) -> Result<(), StoreError> {
        let writer = self.writer();
        let Some(databases) = self.databases_alone().take() else { return Ok(()) };
        if writer.failed.is_some() {
            // Closing would write, and wait for ever for a write that cannot be done.
            std::mem::forget(databases);
            return Ok(());
        }
        let closed = guarded(move || {
            let Databases { desk, months } = databases;
            let closed = months.close();
            closed.and(desk.close())
        });
        name(&self.folder, closed)
    }

    /// Opens anew what a write that failed left unfit for another, once there is room; whether there was
    /// anything to mend. What was acknowledged before is there: opening counts it. Until there is room
    /// nothing is touched, so that what is kept can be read.
    ///
    /// # Errors
    /// [`StoreError::Full`] while there is no room; else it cannot be opened.
    pub fn mend(&self) -> Result<bool, StoreError> {
        self.mend_as(&mut self.writer())
    }

    fn mend_as(&self, writer: &mut Writer) -> Result<bool, StoreError> {
        if writer.failed.is_none() {
            return Ok(false);
        }
        let failed = |error| StoreError::of_io(self.folder.path(), error);
        self.folder.find_room().map_err(failed)?;
        let mut databases = self.databases_alone();
        if let Some(broken) = databases.take()
            && !broken.let_go()
        {
            let why = "a write that failed does not end; end this process and start it again";
            return Err(failed(io::Error::other(why)));
        }
        *databases = Some(name(&self.folder, guarded(|| Databases::open(&self.folder)))?);
        writer.failed = None;
        Ok(true)
    }

    fn read<T>(&self, work: impl Fn(&Databases) -> Result<T, Fault>) -> Result<T, StoreError> {
        let databases = self.databases();
        let Some(databases) = &*databases else { return Err(self.closed()) };
        let _reading = self.readers.read().unwrap_or_else(PoisonError::into_inner);
        let mut reads = 1;
        loop {
            let turns = databases.months.turns();
            let done = guarded(|| work(databases));
            let is_torn = !matches!(done, Ok(Ok(_))) && databases.months.turns() != turns;
            if !is_torn || reads == READS {
                return name(&self.folder, done);
            }
            reads += 1;
        }
    }

    fn write<T>(&self, work: impl FnOnce(&Databases) -> Result<T, Fault>) -> Result<T, StoreError> {
        let mut writer = self.writer();
        match &writer.failed {
            None => {}
            Some(Failed::Full) => {
                self.mend_as(&mut writer)?;
            }
            Some(Failed::Other(what)) => {
                let why = format!("an earlier write failed ({what}); open the store again");
                return Err(StoreError::of_io(self.folder.path(), io::Error::other(why)));
            }
        }
        let databases = self.databases();
        let Some(databases) = &*databases else { return Err(self.closed()) };
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

    fn erasure<'e>(&'e self, databases: &'e Databases) -> erase::Erasure<'e> {
        let Databases { desk, months } = databases;
        erase::Erasure { desk, months, folder: &self.folder, readers: &self.readers }
    }

    fn databases(&self) -> RwLockReadGuard<'_, Option<Databases>> {
        // Nothing that may panic is done with them outside of a guard.
        self.databases.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn databases_alone(&self) -> RwLockWriteGuard<'_, Option<Databases>> {
        self.databases.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        // No panic leaves it half changed: it is set in one step.
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn closed(&self) -> StoreError {
        StoreError::of_io(
            self.folder.path(),
            io::Error::other("it is closed; try again in a minute"),
        )
    }
}

impl Databases {
    /// Closes what a write that failed may have left unfit; whether all of it ended in time.
    fn let_go(self) -> bool {
        let Self { desk, months } = self;
        let (desk, months) = (desk.let_go(), months.let_go());
        desk && months
    }

    fn open(folder: &Folder) -> Result<Self, Fault> {
        migrate::up_to_date(folder)?;
        let desk = Desk::open(folder)?;
        let (months, given_up) = Months::open(&folder.months())?;
        {
            let engine = desk.engine()?;
            for month in given_up {
                desk::forget_month(&engine, month)?;
                months.forget(month)?;
            }
            let there = months.all();
            let noted = desk::months(&engine)?.into_iter();
            months.note_missing(noted.filter(|month| !there.contains(month)));
        }
        Ok(Self { desk, months })
    }
}

impl Drop for SledStore {
    fn drop(&mut self) {
        // Whoever wants to know calls `close`.
        let _ = self.shut();
    }
}

impl Store for SledStore {
    fn keep(&self, posts: &[Post]) -> Result<Kept, StoreError> {
        self.write(|db| posts::keep(&*db.desk.engine()?, &db.months, posts))
    }

    fn judge(&self, judged: &[Judged]) -> Result<(), StoreError> {
        self.write(|db| posts::judge(&db.months, judged))
    }

    fn judge_again(&self, verdicts: &[Verdict]) -> Result<(), StoreError> {
        self.write(|db| posts::judge_again(&db.months, verdicts))
    }

    fn remember(&self, memories: &[(SourceId, Memory)]) -> Result<(), StoreError> {
        self.write(|db| desk::remember(&*db.desk.engine()?, memories))
    }

    fn memory(&self, source: &SourceId) -> Result<Option<Memory>, StoreError> {
        self.read(|db| desk::memory(&*db.desk.engine()?, source))
    }

    fn memories(&self) -> Result<Vec<(SourceId, Memory)>, StoreError> {
        self.read(|db| desk::memories(&*db.desk.engine()?))
    }

    fn remember_hosts(&self, hosts: &[(String, Option<HostMemory>)]) -> Result<(), StoreError> {
        self.write(|db| desk::remember_hosts(&*db.desk.engine()?, hosts))
    }

    fn hosts(&self) -> Result<Vec<(String, HostMemory)>, StoreError> {
        self.read(|db| desk::hosts(&*db.desk.engine()?))
    }

    fn visits(&self, source: &SourceId, limit: usize) -> Result<Vec<Visit>, StoreError> {
        self.read(|db| desk::visits(&*db.desk.engine()?, source, limit))
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

    fn posts(&self, ids: &[PostId]) -> Result<Vec<Option<Post>>, StoreError> {
        self.read(|db| posts::many(&db.months, ids, of_month::post))
    }

    fn judged_many(&self, ids: &[PostId]) -> Result<Vec<Option<Judged>>, StoreError> {
        self.read(|db| posts::many(&db.months, ids, of_month::judged))
    }

    fn still_judged(&self, ids: &[PostId]) -> Result<Vec<Option<Judged>>, StoreError> {
        self.read(|db| posts::many(&db.months, ids, of_month::still_judged))
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
        let kept = |engine: &Engine| of_month::kept_after(engine, after, limit);
        self.read(|db| {
            if db.months.all().contains(&month) {
                db.months.within(month, kept)
            } else {
                Ok(Vec::new())
            }
        })
    }

    fn first_heard(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|db| posts::first_heard(&db.months))
    }

    fn first_said(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|db| posts::first_said(&db.months))
    }

    fn claim(&self, digest: &Digest) -> Result<Claim, StoreError> {
        self.write(|db| {
            let desk = db.desk.engine()?;
            let clean = Refusals::of(&desk)?.clean(digest)?;
            desk::claim(&desk, clean.as_ref().unwrap_or(digest))
        })
    }

    fn digest(&self, reader: &str, date: Date) -> Result<Option<Digest>, StoreError> {
        self.read(|db| desk::digest(&*db.desk.engine()?, reader, date))
    }

    fn claims(&self) -> Result<Vec<(String, Date)>, StoreError> {
        self.read(|db| desk::claims(&*db.desk.engine()?))
    }

    fn told(&self, reader: &str, since: Date) -> Result<Vec<Told>, StoreError> {
        self.read(|db| desk::told(&*db.desk.engine()?, reader, since))
    }

    fn dispatch(&self, deliveries: &[Delivery]) -> Result<(), StoreError> {
        self.write(|db| deliveries::dispatch(&*db.desk.engine()?, deliveries))
    }

    fn deliveries(&self, since: Date) -> Result<Vec<Delivery>, StoreError> {
        self.read(|db| deliveries::deliveries(&*db.desk.engine()?, since))
    }

    fn advance(&self, before: &Delivery, after: &Delivery) -> Result<bool, StoreError> {
        self.write(|db| deliveries::advance(&*db.desk.engine()?, before, after))
    }

    fn teach(&self, labels: &[Label], at: Timestamp) -> Result<Lesson, StoreError> {
        self.write(|db| {
            let desk = db.desk.engine()?;
            let labels = Refusals::of(&desk)?.let_in(labels, |label| label.post)?;
            lessons::teach(&desk, &labels, at)
        })
    }

    fn unteach(&self) -> Result<Option<Lesson>, StoreError> {
        self.write(|db| lessons::unteach(&*db.desk.engine()?))
    }

    fn labels(&self) -> Result<Vec<Label>, StoreError> {
        self.read(|db| lessons::labels(&*db.desk.engine()?))
    }

    fn draw(&self, draws: &[Draw]) -> Result<(), StoreError> {
        self.write(|db| {
            let desk = db.desk.engine()?;
            let draws = Refusals::of(&desk)?.let_in(draws, |draw| draw.post)?;
            lessons::draw(&desk, &draws)
        })
    }

    fn draws(&self) -> Result<Vec<Draw>, StoreError> {
        self.read(|db| lessons::draws(&*db.desk.engine()?))
    }

    fn anchors(
        &self,
        model: &ModelId,
        texts: &[&str],
    ) -> Result<Vec<Option<Embedding>>, StoreError> {
        self.read(|db| lessons::anchors(&*db.desk.engine()?, model, texts))
    }

    fn keep_anchors(
        &self,
        model: &ModelId,
        anchors: &[(&str, &Embedding)],
    ) -> Result<(), StoreError> {
        self.write(|db| lessons::keep_anchors(&*db.desk.engine()?, model, anchors))
    }

    fn hear_back(&self, feedback: &Feedback) -> Result<bool, StoreError> {
        self.write(|db| {
            let desk = db.desk.engine()?;
            if Refusals::of(&desk)?.refuse_id(feedback.point.post)? {
                return Ok(false);
            }
            feedback::hear_back(&desk, feedback)
        })
    }

    fn take_back(&self, feedback: &Feedback) -> Result<bool, StoreError> {
        self.write(|db| feedback::take_back(&*db.desk.engine()?, feedback))
    }

    fn feedback(&self, since: Date) -> Result<Vec<Feedback>, StoreError> {
        self.read(|db| feedback::feedback(&*db.desk.engine()?, since))
    }

    fn unsubscribe(&self, reader: &str, at: Option<Timestamp>) -> Result<(), StoreError> {
        self.write(|db| feedback::unsubscribe(&*db.desk.engine()?, reader, at))
    }

    fn unsubscribed(&self) -> Result<Vec<(String, Timestamp)>, StoreError> {
        self.read(|db| feedback::unsubscribed(&*db.desk.engine()?))
    }

    fn counts(&self) -> Result<Counts, StoreError> {
        self.read(|db| verify::counts(&*db.desk.engine()?, &db.months))
    }

    fn months(&self) -> Result<Vec<Filed>, StoreError> {
        self.read(|db| {
            let mut filed = Vec::new();
            for month in db.months.all() {
                // Of a damaged one nothing is known: see [`Store::damaged`].
                if db.months.is_damaged(month) {
                    continue;
                }
                let bytes = db.months.size_bytes(month)?;
                let Some(known) = db.months.known(month)? else { continue };
                let anew = desk::month(&*db.desk.engine()?, month)?;
                filed.push(Filed { month, bytes, batches: known.batches, anew });
            }
            Ok(filed)
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

    fn compact(&self, month: Month, keeps: &Keeps, at: Timestamp) -> Result<Compacted, StoreError> {
        self.write(|db| compact::compact(&*db.desk.engine()?, &db.months, month, keeps, at))
    }

    fn give_up(&self, month: Month) -> Result<Compacted, StoreError> {
        self.write(|db| compact::give_up(&*db.desk.engine()?, &db.months, month))
    }

    fn damaged(&self) -> Result<Vec<Damaged>, StoreError> {
        self.read(|db| {
            for month in db.months.all() {
                // One that was whole when it was closed, and is as it was, need not be opened.
                db.months.known(month)?;
            }
            let damaged = db.months.damaged().into_iter();
            Ok(damaged.map(|(month, what)| Damaged { month, what }).collect())
        })
    }

    fn known_damage(&self) -> Result<Vec<Damaged>, StoreError> {
        self.read(|db| {
            let damaged = db.months.damaged().into_iter();
            Ok(damaged.map(|(month, what)| Damaged { month, what }).collect())
        })
    }

    fn erase(&self, erasing: &Erasing<'_>, at: Timestamp) -> Result<Erased, StoreError> {
        self.write(|db| erase::erase(&self.erasure(db), erasing, at))
    }

    fn finish_erasing(&self, at: Timestamp) -> Result<bool, StoreError> {
        if self.erasings()?.unfinished.is_empty() {
            return Ok(false);
        }
        self.write(|db| erase::finish(&self.erasure(db), at))
    }

    fn refuses(&self, id: PostId) -> Result<bool, StoreError> {
        self.read(|db| Refusals::of(&*db.desk.engine()?)?.refuse_id(id))
    }

    fn sealed(&self) -> Result<Vec<Sealed>, StoreError> {
        self.read(|db| refusals::sealed(&*db.desk.engine()?))
    }

    fn keep_out(&self, sealed: &[Sealed]) -> Result<(), StoreError> {
        self.write(|db| refusals::keep_out(&*db.desk.engine()?, sealed))
    }

    fn erasings(&self) -> Result<Erasings, StoreError> {
        self.read(|db| refusals::erasings(&*db.desk.engine()?))
    }

    fn note_backup(&self, backup: &BackedUp) -> Result<(), StoreError> {
        self.write(|db| refusals::note_backup(&*db.desk.engine()?, backup))
    }

    fn backups(&self) -> Result<Vec<BackedUp>, StoreError> {
        self.read(|db| refusals::backups(&*db.desk.engine()?))
    }

    fn verify(&self) -> Result<Vec<String>, StoreError> {
        self.read(|db| verify::verify(&*db.desk.engine()?, &db.months))
    }
}

/// Puts the folder's name to what went wrong.
fn name<T>(folder: &Folder, done: Result<Result<T, Fault>, String>) -> Result<T, StoreError> {
    done.unwrap_or_else(|panic| Err(Fault::of_panic(&panic)))
        .map_err(|fault| fault.named(folder.path()))
}
