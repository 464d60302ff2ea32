//! The store on sled: one folder, one process, one writer; a database for each month of posts, and one
//! for all that stays.
//!
//! sled's faults and the guard for each: it acknowledges before its file is synced (`engine` syncs it
//! itself); rows written outside a transaction are torn by a kill (a draft is one transaction); it
//! panics on a damaged file (every call runs under [`guarded`]); a cut tail takes the last batches
//! with it unnoticed (they are counted beside it); it never gives space back (a month is dropped, or
//! written anew, as a folder).

mod calls;
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
mod merged;
mod migrate;
mod months;
mod pack;
mod posts;
mod refusals;
mod table;
mod verify;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use self::desk_anew::Desk;
use self::fault::Fault;
use self::months::Months;
use super::StoreError;
use super::folder::Folder;
use super::guard::guarded;
use crate::month::Month;

/// How often something is read again because a month went, or was written anew, meanwhile.
const READS: u32 = 4;

/// A [`Store`](super::Store) in a folder of its own.
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
    /// Nothing was written of so many bytes, and all can be read.
    NoRoom(usize),
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
        if !matches!(writer.failed, None | Some(Failed::NoRoom(_))) {
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
        let Some(lost) = &writer.failed else { return Ok(false) };
        let failed = |error| StoreError::of_io(self.folder.path(), error);
        self.folder.find_room().map_err(failed)?;
        if let Failed::NoRoom(bytes) = lost {
            if let Some(databases) = &*self.databases() {
                let found = || databases.desk.engine()?.find_room(*bytes);
                name(&self.folder, guarded(found))?;
            }
            writer.failed = None;
            return Ok(true);
        }
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
            // Nothing was written of what there was no room for; another write may be smaller, or free some, and
            // looks for itself.
            None | Some(Failed::NoRoom(_)) => {}
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
        if let Ok(Err(fault)) = &done
            && let Some(bytes) = fault.no_room()
        {
            writer.failed = Some(Failed::NoRoom(bytes));
        }
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
                compact::forget(&engine, &months, month)?;
            }
            let there = months.all();
            let is_missing = |month: &Month| !there.contains(month) && !months.is_given_up(*month);
            months.note_missing(desk::months(&engine)?.into_iter().filter(is_missing));
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

/// Puts the folder's name to what went wrong.
fn name<T>(folder: &Folder, done: Result<Result<T, Fault>, String>) -> Result<T, StoreError> {
    done.unwrap_or_else(|panic| Err(Fault::of_panic(&panic)))
        .map_err(|fault| fault.named(folder.path()))
}

#[cfg(test)]
mod tests {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    use tokio::signal::unix::{SignalKind, signal};

    use super::table::Table;
    use super::*;
    use crate::post::{Post, Said};
    use crate::store::Store;

    /// What is sent to whoever writes beyond the limit of a file: unheard it ends the process.
    const SIGXFSZ: i32 = 25;

    fn most_in_a_file(bytes: Option<u64>) {
        let maximum = getrlimit(Resource::Fsize).maximum;
        setrlimit(Resource::Fsize, Rlimit { current: bytes, maximum }).unwrap();
    }

    /// About so many bytes that no compression makes less of.
    fn noise(seed: u32, bytes: usize) -> Vec<u32> {
        let mix = |n: u32| (n ^ (n >> 15)).wrapping_mul(0x2C1B_3C6D) ^ (n << 7);
        (0..bytes as u32 / 5).map(|n| mix(mix(n ^ seed.wrapping_mul(0x9E37_79B9)))).collect()
    }

    fn note(store: &SledStore, key: &str, bytes: usize) -> Result<(), StoreError> {
        store.write(|db| {
            let engine = db.desk.engine()?;
            let mut draft = engine.draft();
            draft.put(Table::DeskFacts, key.as_bytes(), &noise(0, bytes))?;
            draft.commit()
        })
    }

    #[tokio::test]
    async fn a_write_that_fails_though_there_seemed_to_be_room_is_mended_when_there_is() {
        let _heard = signal(SignalKind::from_raw(SIGXFSZ)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = SledStore::open(folder.path()).unwrap();
        note(&store, "before", 1_000).unwrap();
        let broken = store.write(|db| {
            let engine = db.desk.engine()?;
            let mut draft = engine.draft();
            for n in 0..60 {
                draft.put(Table::DeskFacts, format!("big {n}").as_bytes(), &noise(n, 100_000))?;
            }
            // Somebody else takes the room between the look for it and the write.
            most_in_a_file(Some(600_000));
            draft
                .write()
                .and_then(|()| engine.flush())
                .map_err(|fault| Fault::Uncommitted(Box::new(fault)))
        });
        assert!(matches!(broken, Err(StoreError::Full { .. })), "{broken:?}");
        assert!(matches!(store.writer().failed, Some(Failed::Full)));
        for _ in 0..2 {
            assert!(matches!(note(&store, "after", 10), Err(StoreError::Full { .. })));
            assert!(matches!(store.mend(), Err(StoreError::Full { .. })));
        }
        most_in_a_file(None);
        assert!(store.mend().unwrap());
        assert!(!store.mend().unwrap());
        note(&store, "after", 1_000).unwrap();
        let kept = |key: &str| {
            store
                .read(|db| db.desk.engine()?.value::<Vec<u32>>(Table::DeskFacts, key.as_bytes()))
                .unwrap()
        };
        assert!(kept("before").is_some() && kept("after").is_some());
        store.close().unwrap();
    }

    #[tokio::test]
    async fn where_no_room_is_left_nothing_is_tried_and_all_is_read() {
        let _heard = signal(SignalKind::from_raw(SIGXFSZ)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let store = SledStore::open(folder.path()).unwrap();
        note(&store, "before", 1_000).unwrap();
        most_in_a_file(Some(2 << 20));
        let refused = note(&store, "big", 1 << 20);
        assert!(matches!(refused, Err(StoreError::Full { .. })), "{refused:?}");
        assert!(matches!(store.writer().failed, Some(Failed::NoRoom(_))));
        let kept =
            store.read(|db| db.desk.engine()?.value::<Vec<u32>>(Table::DeskFacts, b"before"));
        assert!(kept.unwrap().is_some());
        assert!(matches!(store.mend(), Err(StoreError::Full { .. })));
        most_in_a_file(None);
        assert!(store.mend().unwrap());
        note(&store, "big", 1 << 20).unwrap();
        // What needs little finds room where a batch found none.
        most_in_a_file(Some(8 << 20));
        assert!(matches!(note(&store, "bigger", 4 << 20), Err(StoreError::Full { .. })));
        note(&store, "small", 10).unwrap();
        most_in_a_file(None);
        store.close().unwrap();
    }

    #[tokio::test]
    async fn where_no_room_is_left_a_month_is_given_up_all_the_same() {
        let _heard = signal(SignalKind::from_raw(SIGXFSZ)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let [old, new] = ["2026-01-05T08:00:00Z", "2026-11-20T08:00:00Z"].map(|at| {
            let said = Said { key: at.to_owned(), text: at.to_owned(), ..Said::default() };
            Post::new(&"wire".parse().unwrap(), said, at.parse().unwrap())
        });
        let store = SledStore::open(folder.path()).unwrap();
        for post in [&old, &new] {
            store.keep(std::slice::from_ref(post)).unwrap();
        }
        most_in_a_file(Some(1 << 20));
        assert!(matches!(note(&store, "after", 10), Err(StoreError::Full { .. })));
        let month: Month = "2026-01".parse().unwrap();
        assert_eq!(store.give_up(month).unwrap().dropped, 1);
        let months = folder.path().join("months");
        let left = |month: &str| std::fs::read_dir(months.join(month)).map(Iterator::count).ok();
        assert_eq!(
            (left("2026-01"), left("dropped-2026-01")),
            (None, Some(0)),
            "its space is free"
        );
        let is_whole = |store: &SledStore| {
            assert!(store.post(old.id).unwrap().is_none() && store.post(new.id).unwrap().is_some());
            assert_eq!(store.months().unwrap().len(), 1);
            assert!(store.damaged().unwrap().is_empty());
        };
        is_whole(&store);
        store.close().unwrap();
        // There is no room to note it, still.
        let store = SledStore::open(folder.path()).unwrap();
        is_whole(&store);
        store.close().unwrap();
        most_in_a_file(None);
        let store = SledStore::open(folder.path()).unwrap();
        is_whole(&store);
        assert_eq!(left("dropped-2026-01"), None);
        store.close().unwrap();
    }
}
