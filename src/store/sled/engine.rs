//! sled, held the way that loses nothing.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use ::sled::transaction::{TransactionError, TransactionResult, Transactional as _};
use ::sled::{Db, IVec, Tree};
use serde::de::DeserializeOwned;

use super::closed;
use super::draft::Draft;
use super::fault::Fault;
use super::merged::Merged;
#[cfg(test)]
use super::pack::Packer;
use super::pack::{self, PACK_FILE, Pack};
use super::table::{Half, Table, piece_key, read, split_head};
use crate::store::folder::sync_folder;
use crate::store::guard::guarded;
use crate::store::room;

/// sled's default is 1 GB. For a database that is written to: the newest month, one that is written anew,
/// and what stays. With 64 MB a month of 85,000 posts no longer fits, and the last of them cost half as much
/// CPU time again as the first (`make bench-store`).
const WRITING_CACHE_BYTES: u64 = 112 << 20;

/// For a month that is hardly more than read: a year of them is to be open within 300 MB.
const READING_CACHE_BYTES: u64 = 6 << 20;

/// sled's threads may hold its file for a moment after a database was closed in this same process.
const CLOSING: Duration = Duration::from_secs(5);

/// How often to look whether they have let go.
const CLOSING_LOOK: Duration = Duration::from_millis(20);

/// The folder of sled's own files.
pub(in crate::store) const DATABASE_FOLDER: &str = "sled";

/// What is behind the name of a snapshot of sled's that is not whole yet.
const TORN_SNAPSHOT: &str = ".generating";

/// sled's file with its settings.
const SETTINGS_FILE: &str = "conf";

/// The tree with the keys of packed rows that are gone.
const GONE: &str = "post/gone";

/// Under which name the database says which pack it belongs to.
const PACKED: &str = "packed";

/// How often a value of several rows is read again when a writer replaces it meanwhile.
const READS: u32 = 16;

/// The name of the row that counts the drafts committed to a half of the tables.
pub(super) const DRAFTS: &str = "drafts";

/// Beside the database: how many drafts were acknowledged, so that a cut tail is found.
pub(in crate::store) const ACKNOWLEDGED_FILE: &str = "acknowledged";

/// A key and a row.
pub(super) type Row = (IVec, IVec);

/// An open database.
#[derive(Debug)]
pub(super) struct Engine {
    db: Db,
    half: Half,
    /// Those of the half, in the order of the enum.
    trees: Vec<Tree>,
    /// What was packed, where something was.
    packed: Option<Packed>,
    data: File,
    acknowledged: PathBuf,
    acknowledged_drafts: AtomicU64,
    /// Whether what was written down of it when it was closed may still be there.
    has_closed: AtomicBool,
}

/// A pack, and the keys of its rows that are gone.
#[derive(Debug)]
struct Packed {
    pack: Arc<Pack>,
    gone: Tree,
}

impl Engine {
    /// Opens the database in `folder`, making it if there is none.
    pub(super) fn open(folder: &Path, half: Half) -> Result<Self, Fault> {
        Self::open_with(folder, half, WRITING_CACHE_BYTES)
    }

    /// The same for a database that is mostly read.
    pub(super) fn open_to_read(folder: &Path, half: Half) -> Result<Self, Fault> {
        Self::open_with(folder, half, READING_CACHE_BYTES)
    }

    fn open_with(folder: &Path, half: Half, cache_bytes: u64) -> Result<Self, Fault> {
        let database = folder.join(DATABASE_FOLDER);
        let mut engine = Self::open_database(&database, half, cache_bytes)?;
        engine.open_pack(folder)?;
        sync_folder(folder)?;
        let found = engine.drafts()?;
        let promised = read_acknowledged(&engine.acknowledged);
        if found < promised {
            let path = engine.acknowledged.display();
            return Err(Fault::Damaged(format!(
                "the last {} batches are missing (to go on without them, delete {path})",
                promised - found
            )));
        }
        engine.acknowledged_drafts.store(found, Ordering::Release);
        Ok(engine)
    }

    /// Makes a database in `folder`, where there is none, over the pack that is there.
    pub(super) fn over_pack(folder: &Path, half: Half) -> Result<Self, Fault> {
        let database = folder.join(DATABASE_FOLDER);
        let mut engine = Self::open_database(&database, half, READING_CACHE_BYTES)?;
        let pack = Pack::open(&folder.join(PACK_FILE))?.ok_or_else(no_pack)?;
        engine.db.insert(PACKED, &pack.sum().to_be_bytes())?;
        engine.open_pack(folder)?;
        engine.flush()?;
        sync_folder(folder)?;
        engine.acknowledged_drafts.store(engine.drafts()?, Ordering::Release);
        Ok(engine)
    }

    /// Opens the pack the database belongs to, if it does to one.
    fn open_pack(&mut self, folder: &Path) -> Result<(), Fault> {
        let named = self.db.get(PACKED)?;
        let pack = Pack::open(&folder.join(PACK_FILE))?;
        self.packed = match (named, pack) {
            (None, None) => None,
            (Some(named), Some(pack)) if *named == pack.sum().to_be_bytes() => {
                Some(Packed { pack: Arc::new(pack), gone: self.db.open_tree(GONE)? })
            }
            (Some(_), None) => return Err(no_pack()),
            (_, Some(_)) => {
                let words = format!("the file `{PACK_FILE}` does not belong to the database");
                return Err(Fault::Damaged(words));
            }
        };
        Ok(())
    }

    /// Opens the database of sled's own folder, without counting what it holds.
    pub(super) fn open_counted_elsewhere(path: &Path, half: Half) -> Result<Self, Fault> {
        Self::open_database(path, half, WRITING_CACHE_BYTES)
    }

    fn open_database(path: &Path, half: Half, cache_bytes: u64) -> Result<Self, Fault> {
        fs::create_dir_all(path)?;
        let settings = path.join(SETTINGS_FILE);
        remove_torn_settings(&settings)?;
        remove_torn_snapshots(path)?;
        let db = open_database(path, cache_bytes)?;
        // sled never does: after a power failure it could not open what it holds.
        File::open(&settings)?.sync_all()?;
        let trees = half.tables().map(|(_, name)| db.open_tree(name)).collect::<Result<_, _>>()?;
        let data = File::open(path.join("db"))?;
        let acknowledged = path.with_file_name(ACKNOWLEDGED_FILE);
        let acknowledged_drafts = AtomicU64::new(0);
        let has_closed = AtomicBool::new(true);
        let packed = None;
        let engine =
            Self { db, half, trees, packed, data, acknowledged, acknowledged_drafts, has_closed };
        engine.flush()?;
        sync_folder(path)?;
        Ok(engine)
    }

    /// How many drafts were committed.
    pub(super) fn drafts(&self) -> Result<u64, Fault> {
        self.count(self.half.facts(), DRAFTS)
    }

    /// A row.
    pub(super) fn row(&self, table: Table, key: &[u8]) -> Result<Option<IVec>, Fault> {
        let since = self.tree(table).get(key)?;
        match &self.packed {
            Some(packed) if since.is_none() => packed.row(table, key),
            _ => Ok(since),
        }
    }

    /// The rows with keys in `[from, until)`.
    pub(super) fn rows(
        &self,
        table: Table,
        from: &[u8],
        until: Option<&[u8]>,
    ) -> impl DoubleEndedIterator<Item = Result<Row, Fault>> + use<> {
        let rows = match until {
            // sled refuses a range that ends before it begins.
            Some(until) => self.tree(table).range(from..until.max(from)),
            None => self.tree(table).range(from..),
        };
        let rows = Merged::of_database(rows);
        match &self.packed {
            Some(Packed { pack, gone }) => rows.over(pack.walk(table, from, until), table, gone),
            None => rows,
        }
    }

    /// Reads all that is packed, to see whether it can be.
    pub(super) fn check_pack(&self) -> Result<(), Fault> {
        self.packed.as_ref().map_or(Ok(()), |packed| packed.pack.check())
    }

    /// Every row, into a pack in `folder`.
    #[cfg(test)]
    pub(super) fn pack_into(&self, folder: &Path) -> Result<(), Fault> {
        let mut packer = Packer::new(&folder.join(PACK_FILE))?;
        for (table, _) in self.half.tables() {
            for row in self.rows(table, &[], None) {
                let (key, row) = row?;
                packer.add(table, &key, &row)?;
            }
        }
        packer.finish()?;
        Ok(sync_folder(folder)?)
    }

    /// The last row.
    pub(super) fn last(&self, table: Table) -> Result<Option<Row>, Fault> {
        self.rows(table, &[], None).next_back().transpose()
    }

    /// A value, whole.
    pub(super) fn value<T: DeserializeOwned>(
        &self,
        table: Table,
        key: &[u8],
    ) -> Result<Option<T>, Fault> {
        self.bytes(table, key)?.map(|bytes| read(table, &bytes)).transpose()
    }

    /// A value's bytes, put together from its pieces.
    pub(super) fn bytes(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        for _ in 0..READS {
            let Some(first) = self.row(table, key)? else { return Ok(None) };
            let (pieces, bytes) = split_head(table, &first)?;
            if pieces == 1 {
                return Ok(Some(bytes.to_vec()));
            }
            let mut whole = Some(bytes.to_vec());
            for number in 1..pieces {
                whole = self
                    .row(table, &piece_key(key, number))?
                    .zip(whole)
                    .map(|(row, whole)| [&whole[..], &row].concat());
            }
            // The first row holds the checksum of the whole: while it stands, so do the others.
            if self.row(table, key)?.as_ref() == Some(&first) {
                let missing = || Fault::damaged(table, "a piece of a value is missing");
                return whole.ok_or_else(missing).map(Some);
            }
        }
        Err(Fault::Io(io::Error::other("a value changed each time it was read")))
    }

    /// A count kept among the facts; 0 where there is none yet.
    pub(super) fn count(&self, facts: Table, name: &str) -> Result<u64, Fault> {
        Ok(self.value(facts, name.as_bytes())?.unwrap_or(0))
    }

    /// Begins a draft.
    pub(super) fn draft(&self) -> Draft<'_> {
        Draft::new(self)
    }

    /// Refuses where there is no room for so many bytes of rows.
    pub(super) fn find_room(&self, bytes: usize) -> Result<(), Fault> {
        // Each is written into the log, and may be moved once more.
        room::for_more(&self.data, 2 * bytes as u64).map_err(|error| Fault::NoRoom { bytes, error })
    }

    /// Makes everything written durable.
    pub(super) fn flush(&self) -> Result<(), Fault> {
        self.db.flush()?;
        // sled's flush comes back after sync_file_range, which moves no metadata and empties no cache
        // of the disk's; it calls fsync up to 500 ms later.
        self.data.sync_data()?;
        Ok(())
    }

    /// Makes durable what was written and not acknowledged, if there is any: a batch on its way, or one whose
    /// write failed.
    pub(super) fn flush_unacknowledged(&self) -> Result<(), Fault> {
        if self.drafts()? > self.acknowledged_drafts.load(Ordering::Acquire) {
            self.flush()?;
        }
        Ok(())
    }

    /// Closes it, and comes back when sled has let go of its files: another may take their place then.
    pub(super) fn close(self) -> Result<(), Fault> {
        self.flush()?;
        let Self { db, trees, packed, data, .. } = self;
        drop((trees, packed, db));
        let since = Instant::now();
        while data.try_lock().is_err() && since.elapsed() < CLOSING {
            thread::sleep(CLOSING_LOOK);
        }
        Ok(())
    }

    /// Closes what a failed write may have left unfit for it; whether that ended in time. What waits for a
    /// write that cannot be done waits on in a thread of its own.
    pub(super) fn let_go(self) -> bool {
        let (ended, waits) = mpsc::channel();
        let closing = thread::Builder::new().name("letting go".to_owned()).spawn(move || {
            let _ = guarded(move || {
                // Where a write fails, sled may forget to wake who waits for it; whoever flushes after
                // that does.
                let _ = self.flush();
                drop(self);
            });
            let _ = ended.send(());
        });
        closing.is_ok() && waits.recv_timeout(CLOSING).is_ok()
    }

    fn tree(&self, table: Table) -> &Tree {
        let first = self.half.tables().next().map_or(0, |(first, _)| first as usize);
        &self.trees[table as usize - first]
    }

    /// Writes the rows in one transaction; they are durable once it is flushed.
    pub(super) fn write(
        &self,
        rows: &BTreeMap<(Table, Vec<u8>), Option<Vec<u8>>>,
    ) -> Result<(), Fault> {
        self.no_longer_closed()?;
        let mut trees: Vec<(Table, &Tree)> = Vec::new();
        for (table, _) in rows.keys() {
            if trees.last().is_none_or(|(last, _)| last != table) {
                trees.push((*table, self.tree(*table)));
            }
        }
        let mut of_trees: Vec<&Tree> = trees.iter().map(|(_, tree)| *tree).collect();
        let mut gone: Vec<Vec<u8>> = Vec::new();
        if let Some(packed) = &self.packed {
            for ((table, key), _) in rows.iter().filter(|(_, row)| row.is_none()) {
                if packed.pack.row(*table, key)?.is_some() {
                    gone.push(pack::keyed(*table, key));
                }
            }
            of_trees.push(&packed.gone);
        }
        let done: TransactionResult<()> = of_trees.as_slice().transaction(|views| {
            for key in &gone {
                // The last: it is there where any row is packed.
                views.last().map_or(Ok(None), |view| view.insert(key.as_slice(), &[]))?;
            }
            for ((table, key), row) in rows {
                let view = trees.iter().zip(views).find(|((of, _), _)| of == table);
                let Some((_, view)) = view else { continue };
                match row {
                    Some(row) => view.insert(key.as_slice(), row.as_slice())?,
                    None => view.remove(key.as_slice())?,
                };
            }
            Ok(())
        });
        match done {
            Ok(()) => Ok(()),
            Err(TransactionError::Storage(error)) => Err(error.into()),
            Err(TransactionError::Abort(())) => Err(Fault::Damaged("a transaction gave up".into())),
        }
    }

    /// Takes away what was written down when it was closed, before it is something else: once.
    fn no_longer_closed(&self) -> Result<(), Fault> {
        let Some(folder) = self.acknowledged.parent() else { return Ok(()) };
        if !self.has_closed.load(Ordering::Acquire) {
            return Ok(());
        }
        match fs::remove_file(closed::file(folder)) {
            Ok(()) => sync_folder(folder)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        self.has_closed.store(false, Ordering::Release);
        Ok(())
    }

    /// Counts a draft that has become durable.
    pub(super) fn acknowledge(&self) {
        self.note_acknowledged(self.acknowledged_drafts.fetch_add(1, Ordering::AcqRel) + 1);
    }

    /// Makes all that was written durable, and counts it.
    pub(super) fn finish(&self) -> Result<(), Fault> {
        self.flush()?;
        let drafts = self.drafts()?;
        self.acknowledged_drafts.store(drafts, Ordering::Release);
        self.note_acknowledged(drafts);
        Ok(())
    }

    fn note_acknowledged(&self, drafts: u64) {
        // Not synced, and no error where it fails: it may lag behind the database, and only that.
        let _ = fs::write(&self.acknowledged, format!("{drafts:020}\n"));
    }
}

impl Packed {
    fn row(&self, table: Table, key: &[u8]) -> Result<Option<IVec>, Fault> {
        match self.pack.row(table, key)? {
            Some(_) if self.gone.contains_key(pack::keyed(table, key))? => Ok(None),
            row => Ok(row.map(IVec::from)),
        }
    }
}

fn no_pack() -> Fault {
    Fault::Damaged(format!("the file `{PACK_FILE}` is missing"))
}

/// Removes sled's settings where a power failure tore them before they were synced. Ours are always the
/// same: sled writes them anew.
fn remove_torn_settings(path: &Path) -> Result<(), Fault> {
    let Ok(bytes) = fs::read(path) else { return Ok(()) };
    let is_whole = bytes
        .split_last_chunk()
        .is_some_and(|(settings, sum)| crc32fast::hash(settings) == u32::from_le_bytes(*sum));
    if !is_whole {
        fs::remove_file(path)?;
    }
    Ok(())
}

/// Removes snapshots that sled had only begun when it was killed, or the disk was full: it takes one for the
/// newest, and then for damaged. The one of before stands beside it.
fn remove_torn_snapshots(path: &Path) -> Result<(), Fault> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().ends_with(TORN_SNAPSHOT) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn open_database(path: &Path, cache_bytes: u64) -> Result<Db, Fault> {
    // LowSpace mode, which is sled's default, is three times slower and saves nothing.
    let config = ::sled::Config::new()
        .path(path)
        .cache_capacity(cache_bytes)
        .mode(::sled::Mode::HighThroughput);
    let tried = Instant::now();
    loop {
        let opened = config.open().map_err(Fault::from);
        // Nobody but us can hold it: the folder is ours.
        if matches!(&opened, Err(fault) if fault.is_locked()) && tried.elapsed() < CLOSING {
            thread::sleep(CLOSING_LOOK);
            continue;
        }
        return opened;
    }
}

/// 0 where there is no such file: it is new, or a person took it away to go on without what is lost.
pub(super) fn read_acknowledged(path: &Path) -> u64 {
    fs::read_to_string(path).ok().and_then(|number| number.trim().parse().ok()).unwrap_or(0)
}
