//! sled, held the way that loses nothing: rows, values in pieces, and drafts that become durable whole.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use ::sled::transaction::{TransactionError, TransactionResult, Transactional as _};
use ::sled::{Db, IVec, Tree};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::store::StoreError;
use crate::store::codec::{self, CodecError};
use crate::store::folder::sync_folder;

/// sled's default is 1 GB. With 64 MB the process stays within about 200 MB.
const CACHE_BYTES: u64 = 64 << 20;

/// A value is cut into rows of at most this size. A page of sled's may hold 26 rows before it is
/// split, and one over 128 KiB goes into a file of its own that sled never syncs.
const PIECE_BYTES: usize = 4096;

/// How often a value of several rows is read again when a writer replaces it meanwhile.
const READS: u32 = 16;

/// The name of the row that counts the drafts committed to a half of the tables.
const DRAFTS: &str = "drafts";

/// Beside the database: how many drafts were acknowledged, so that a cut tail is found.
const ACKNOWLEDGED_FILE: &str = "acknowledged";

/// A table; [`crate::store::keys`] says what is in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Table {
    Kept,
    Ids,
    Said,
    From,
    Stamped,
    Verdicts,
    Embeddings,
    Stamps,
    PostFacts,
    Memories,
    Visits,
    Digests,
    Told,
    DeskFacts,
}

impl Table {
    /// Every table in the order of the enum, with its name on the disk.
    const ALL: [(Self, &str); 14] = [
        (Self::Kept, "post/kept"),
        (Self::Ids, "post/id"),
        (Self::Said, "post/said"),
        (Self::From, "post/from"),
        (Self::Stamped, "post/stamp"),
        (Self::Verdicts, "post/verdict"),
        (Self::Embeddings, "post/embedding"),
        (Self::Stamps, "post/stamps"),
        (Self::PostFacts, "post/facts"),
        (Self::Memories, "desk/memory"),
        (Self::Visits, "desk/visit"),
        (Self::Digests, "desk/digest"),
        (Self::Told, "desk/told"),
        (Self::DeskFacts, "desk/facts"),
    ];

    /// The name on the disk.
    pub(super) fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The table of counts of the half this one belongs to.
    fn facts(self) -> Self {
        if self <= Self::PostFacts { Self::PostFacts } else { Self::DeskFacts }
    }
}

/// What went wrong, before the folder's name is put to it.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("{0}")]
    Sled(#[from] ::sled::Error),
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("{0}")]
    Damaged(String),
    #[error("{0}")]
    Unfit(CodecError),
    /// A draft may or may not have become durable: nothing more may be written through this engine.
    #[error("{0}")]
    Uncommitted(Box<Fault>),
}

impl Fault {
    /// Damage in a row of `table`.
    pub(super) fn damaged(table: Table, what: impl std::fmt::Display) -> Self {
        Self::Damaged(format!("{}: {what}", table.name()))
    }

    /// Whether sled's file is held by another handle.
    pub(super) fn is_locked(&self) -> bool {
        // sled has no variant for it.
        matches!(self, Self::Sled(::sled::Error::Io(error))
            if error.to_string().starts_with("could not acquire lock"))
    }

    /// The error of the store in `folder`.
    pub(super) fn named(self, folder: &Path) -> StoreError {
        let shown = folder.display().to_string();
        match self {
            fault if fault.is_locked() => {
                StoreError::Locked { folder: shown, holder: Some(std::process::id()) }
            }
            Self::Sled(::sled::Error::Io(error)) | Self::Io(error) => {
                StoreError::of_io(folder, error)
            }
            Self::Sled(::sled::Error::Unsupported(why)) => {
                StoreError::NotAStore { folder: shown, why }
            }
            Self::Sled(error) => StoreError::Damaged { folder: shown, what: error.to_string() },
            Self::Damaged(what) => StoreError::Damaged { folder: shown, what },
            Self::Unfit(error) => StoreError::of_io(folder, io::Error::other(error)),
            Self::Uncommitted(fault) => fault.named(folder),
        }
    }
}

/// A key and a row.
pub(super) type Row = (IVec, IVec);

/// An open database.
#[derive(Debug)]
pub(super) struct Engine {
    db: Db,
    trees: Vec<Tree>,
    data: File,
    acknowledged: PathBuf,
    drafts: AtomicU64,
}

impl Engine {
    /// Opens the database in `folder`, making it if there is none.
    pub(super) fn open(folder: &Path) -> Result<Self, Fault> {
        // LowSpace mode, which is sled's default, is three times slower and saves nothing.
        let db = ::sled::Config::new()
            .path(folder)
            .cache_capacity(CACHE_BYTES)
            .mode(::sled::Mode::HighThroughput)
            .open()?;
        let trees =
            Table::ALL.iter().map(|(_, name)| db.open_tree(name)).collect::<Result<_, _>>()?;
        let data = File::open(folder.join("db"))?;
        let acknowledged = folder.with_file_name(ACKNOWLEDGED_FILE);
        let engine = Self { db, trees, data, acknowledged, drafts: AtomicU64::new(0) };
        engine.flush()?;
        sync_folder(folder)?;
        folder.parent().map_or(Ok(()), sync_folder)?;

        let found =
            engine.count(Table::PostFacts, DRAFTS)? + engine.count(Table::DeskFacts, DRAFTS)?;
        let promised = read_acknowledged(&engine.acknowledged);
        if found < promised {
            let path = engine.acknowledged.display();
            return Err(Fault::Damaged(format!(
                "the last {} batches are missing (to go on without them, delete {path})",
                promised - found
            )));
        }
        engine.drafts.store(found, Ordering::Release);
        Ok(engine)
    }

    /// A row.
    pub(super) fn row(&self, table: Table, key: &[u8]) -> Result<Option<IVec>, Fault> {
        Ok(self.tree(table).get(key)?)
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
        rows.map(|row| row.map_err(Fault::from))
    }

    /// The last row.
    pub(super) fn last(&self, table: Table) -> Result<Option<Row>, Fault> {
        Ok(self.tree(table).last()?)
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
        Draft { engine: self, rows: BTreeMap::new() }
    }

    /// Makes everything written durable.
    pub(super) fn flush(&self) -> Result<(), Fault> {
        self.db.flush()?;
        // sled's flush comes back after sync_file_range, which moves no metadata and empties no cache
        // of the disk's; it calls fsync up to 500 ms later.
        self.data.sync_data()?;
        Ok(())
    }

    fn tree(&self, table: Table) -> &Tree {
        &self.trees[table as usize]
    }

    fn write(&self, rows: &BTreeMap<(Table, Vec<u8>), Option<Vec<u8>>>) -> Result<(), Fault> {
        let mut trees: Vec<(Table, &Tree)> = Vec::new();
        for (table, _) in rows.keys() {
            if trees.last().is_none_or(|(last, _)| last != table) {
                trees.push((*table, self.tree(*table)));
            }
        }
        let of_trees: Vec<&Tree> = trees.iter().map(|(_, tree)| *tree).collect();
        let done: TransactionResult<()> = of_trees.as_slice().transaction(|views| {
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
            Ok(()) => self.flush(),
            Err(TransactionError::Storage(error)) => Err(error.into()),
            Err(TransactionError::Abort(())) => Err(Fault::Damaged("a transaction gave up".into())),
        }
    }

    fn acknowledge(&self) {
        let drafts = self.drafts.fetch_add(1, Ordering::AcqRel) + 1;
        // Not synced, and no error where it fails: it may lag behind the database, and only that.
        let _ = fs::write(&self.acknowledged, format!("{drafts:020}\n"));
    }
}

/// Rows that become durable together or not at all. What it reads includes what it holds.
pub(super) struct Draft<'a> {
    engine: &'a Engine,
    rows: BTreeMap<(Table, Vec<u8>), Option<Vec<u8>>>,
}

impl Draft<'_> {
    /// A row as it will be.
    pub(super) fn row(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        match self.rows.get(&(table, key.to_vec())) {
            Some(row) => Ok(row.clone()),
            None => Ok(self.engine.row(table, key)?.map(|row| row.to_vec())),
        }
    }

    /// A value as it will be.
    pub(super) fn value<T: DeserializeOwned>(
        &self,
        table: Table,
        key: &[u8],
    ) -> Result<Option<T>, Fault> {
        let Some(first) = self.row(table, key)? else { return Ok(None) };
        let (pieces, bytes) = split_head(table, &first)?;
        let mut whole = bytes.to_vec();
        for number in 1..pieces {
            let piece = self.row(table, &piece_key(key, number))?;
            whole.extend(piece.ok_or_else(|| Fault::damaged(table, "a piece is missing"))?);
        }
        read(table, &whole).map(Some)
    }

    /// Puts a row.
    pub(super) fn put_row(&mut self, table: Table, key: Vec<u8>, row: Vec<u8>) {
        self.rows.insert((table, key), Some(row));
    }

    /// Takes a row away.
    pub(super) fn remove_row(&mut self, table: Table, key: Vec<u8>) {
        self.rows.insert((table, key), None);
    }

    /// Puts a value.
    pub(super) fn put<T: Serialize>(
        &mut self,
        table: Table,
        key: &[u8],
        value: &T,
    ) -> Result<(), Fault> {
        let bytes = codec::encode(value).map_err(Fault::Unfit)?;
        self.put_bytes(table, key, &bytes)
    }

    /// Puts a value's bytes, in as many rows as they need, and takes away the rows of an earlier value.
    pub(super) fn put_bytes(
        &mut self,
        table: Table,
        key: &[u8],
        bytes: &[u8],
    ) -> Result<(), Fault> {
        let unfit = || Fault::Unfit(CodecError::Content("a value is too large".to_owned()));
        let pieces =
            u16::try_from(bytes.len().div_ceil(PIECE_BYTES).max(1)).map_err(|_| unfit())?;
        self.remove_pieces_from(pieces, table, key)?;
        let mut chunks = bytes.chunks(PIECE_BYTES);
        let first = chunks.next().unwrap_or_default();
        self.put_row(table, key.to_vec(), [&pieces.to_be_bytes()[..], first].concat());
        for (number, chunk) in (1..pieces).zip(chunks) {
            self.put_row(table, piece_key(key, number), chunk.to_vec());
        }
        Ok(())
    }

    /// Takes a value away.
    pub(super) fn remove(&mut self, table: Table, key: &[u8]) -> Result<(), Fault> {
        self.remove_pieces_from(1, table, key)?;
        self.remove_row(table, key.to_vec());
        Ok(())
    }

    /// Adds one to a count among the facts.
    pub(super) fn count_one_more(&mut self, facts: Table, name: &str) -> Result<u64, Fault> {
        let count = self.value::<u64>(facts, name.as_bytes())?.unwrap_or(0).saturating_add(1);
        self.put(facts, name.as_bytes(), &count)?;
        Ok(count)
    }

    /// Makes it durable: it is there after a crash once this has returned `Ok`.
    pub(super) fn commit(mut self) -> Result<(), Fault> {
        let Some((table, _)) = self.rows.keys().next() else { return Ok(()) };
        self.count_one_more(table.facts(), DRAFTS)?;
        self.engine.write(&self.rows).map_err(|fault| Fault::Uncommitted(Box::new(fault)))?;
        self.engine.acknowledge();
        Ok(())
    }

    fn remove_pieces_from(&mut self, kept: u16, table: Table, key: &[u8]) -> Result<(), Fault> {
        let Some(first) = self.row(table, key)? else { return Ok(()) };
        let (pieces, _) = split_head(table, &first)?;
        for number in kept..pieces {
            self.remove_row(table, piece_key(key, number));
        }
        Ok(())
    }
}

fn read<T: DeserializeOwned>(table: Table, bytes: &[u8]) -> Result<T, Fault> {
    codec::decode(bytes).map_err(|error| Fault::damaged(table, error))
}

/// The key of a value whose piece is at `key`, and the piece's number.
pub(super) fn split_piece_key(key: &[u8]) -> Option<(&[u8], u16)> {
    let (key, number) = key.split_last_chunk()?;
    Some((key, u16::from_be_bytes(*number)))
}

/// How many rows a value has, and the bytes in its first.
pub(super) fn split_head(table: Table, first: &[u8]) -> Result<(u16, &[u8]), Fault> {
    match first.split_first_chunk() {
        Some((pieces, bytes)) if *pieces != [0, 0] => Ok((u16::from_be_bytes(*pieces), bytes)),
        _ => Err(Fault::damaged(table, "a row is cut short")),
    }
}

fn piece_key(key: &[u8], number: u16) -> Vec<u8> {
    [key, &number.to_be_bytes()].concat()
}

/// 0 where there is no such file: it is new, or a person took it away to go on without what is lost.
fn read_acknowledged(path: &Path) -> u64 {
    fs::read_to_string(path).ok().and_then(|number| number.trim().parse().ok()).unwrap_or(0)
}
