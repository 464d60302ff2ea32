//! A pack: rows that are hardly ever written to again, sorted, compressed and in one file.
//!
//! sled's pages are half empty however they are filled, its memory grows with its file, and opening reads
//! its log. What a month holds once it was written anew lies in a pack beside its database, which then holds
//! what is written since ([`super::merged`]). A pack is never changed: it is written, synced, read again, and
//! replaced as a whole.
//!
//! | Part | Bytes | |
//! |---|---|---|
//! | blocks | | rows in the order of table and key, each block compressed for itself (zstd) |
//! | index | | of each block: length of its first key (2), that key, where it begins (8), its bytes (4), those before compression (4), its CRC-32 (4) |
//! | footer | 40 | where the index begins (8), its bytes (8), rows (8), CRC-32 of the index (4), CRC-32 of what precedes in the footer (4), the magic (8) |
//!
//! Within a block a row is: the length of its key (2), of its bytes (4), the key, the bytes. A key begins with
//! the number of its table. Numbers are little-endian.
//!
//! No library was at hand that does this and no more: the sorted tables on crates.io are read by one thread
//! (`sstable`), hold no values of bytes (tantivy's), or are whole engines with a log and a memory of their own.

mod block;
mod rows;
mod write;

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use self::block::{Block, cached};
pub(super) use self::rows::PackRows;
pub(super) use self::write::Packer;
use super::fault::Fault;
use super::table::Table;

/// Beside the database.
pub(in crate::store) const PACK_FILE: &str = "packed";

const MAGIC: &[u8; 8] = b"ovrpack1";

const FOOTER_BYTES: usize = 40;

/// Rows come into a block until it is this long: what one look-up decompresses.
const BLOCK_BYTES: usize = 16 << 10;

/// A block is never longer than this, whatever a damaged index says: rows are pieces of 4 KB.
const MOST_BLOCK_BYTES: usize = 1 << 20;

/// Tells the packs of this process apart.
static OPENED: AtomicU64 = AtomicU64::new(0);

/// An open pack.
#[derive(Debug)]
pub(super) struct Pack {
    file: File,
    index: Vec<Entry>,
    rows: u64,
    /// The CRC-32 of its index, which holds those of its blocks.
    sum: u32,
    /// Its number in this process.
    number: u64,
}

/// Where a block is.
#[derive(Debug, PartialEq, Eq)]
struct Entry {
    first: Box<[u8]>,
    at: u64,
    bytes: u32,
    raw_bytes: u32,
    sum: u32,
}

impl Pack {
    /// Opens a pack; none where there is no such file.
    pub(super) fn open(path: &Path) -> Result<Option<Self>, Fault> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let length = file.metadata()?.len();
        let footer_at = length.checked_sub(FOOTER_BYTES as u64).ok_or_else(cut_short)?;
        let mut footer = [0; FOOTER_BYTES];
        file.read_exact_at(&mut footer, footer_at)?;
        let Footer { index_at, index_bytes, rows, sum } =
            Footer::read(&footer).ok_or_else(cut_short)?;
        if index_at.checked_add(index_bytes) != Some(footer_at) {
            return Err(cut_short());
        }
        let room = usize::try_from(index_bytes).map_err(|_| cut_short())?;
        let mut index = vec![0; room];
        file.read_exact_at(&mut index, index_at)?;
        if crc32fast::hash(&index) != sum {
            return Err(damaged("its index does not have its checksum"));
        }
        let index = read_index(&index, index_at)
            .ok_or_else(|| damaged("its index is not that of a pack"))?;
        let number = OPENED.fetch_add(1, Ordering::Relaxed);
        Ok(Some(Self { file, index, rows, sum, number }))
    }

    /// What tells it from another.
    pub(super) const fn sum(&self) -> u32 {
        self.sum
    }

    /// A row.
    pub(super) fn row(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        let key = keyed(table, key);
        let Some(number) = self.index.partition_point(|entry| *entry.first <= *key).checked_sub(1)
        else {
            return Ok(None);
        };
        let block = self.block(number)?;
        Ok(block.find(&key).ok().map(|place| block.row(place).1.to_vec()))
    }

    /// The rows of a table with keys in `[from, until)`.
    pub(super) fn walk(
        self: &Arc<Self>,
        table: Table,
        from: &[u8],
        until: Option<&[u8]>,
    ) -> PackRows {
        let end = match until {
            Some(until) => keyed(table, until.max(from)),
            None => vec![table.number() + 1],
        };
        PackRows::between(self, &keyed(table, from), &end)
    }

    /// Reads every block.
    pub(super) fn check(&self) -> Result<(), Fault> {
        let (mut rows, mut broken) = (0, Vec::new());
        for number in 0..self.index.len() {
            match self.read(number) {
                Ok(block) => rows += block.len() as u64,
                Err(Fault::Damaged(_)) => broken.push(number),
                Err(fault) => return Err(fault),
            }
        }
        let all = self.index.len();
        match broken.as_slice() {
            [] if rows == self.rows => Ok(()),
            [] => Err(damaged("it has not the rows it counts")),
            [first, ..] => Err(damaged(&format!(
                "{} of its {all} blocks are not whole, block {first} the first; {} of its {} rows are lost",
                broken.len(),
                self.rows.saturating_sub(rows),
                self.rows
            ))),
        }
    }

    /// Where the first row is that is not before `key`: block and place in it.
    fn lower_bound(&self, key: &[u8]) -> Result<(usize, usize), Fault> {
        let Some(number) = self.index.partition_point(|entry| *entry.first <= *key).checked_sub(1)
        else {
            return Ok((0, 0));
        };
        let place = self.block(number)?.find(key).unwrap_or_else(|place| place);
        Ok((number, place))
    }

    /// A block, from memory where it was read lately.
    fn block(&self, number: usize) -> Result<Arc<Block>, Fault> {
        cached((self.number, number), || self.read(number))
    }

    fn read(&self, number: usize) -> Result<Block, Fault> {
        let entry = &self.index[number];
        let mut bytes = vec![0; entry.bytes as usize];
        self.file.read_exact_at(&mut bytes, entry.at).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => cut_short(),
            _ => error.into(),
        })?;
        let whole = crc32fast::hash(&bytes) == entry.sum;
        let block = whole.then(|| Block::of(&bytes, entry.raw_bytes as usize)).flatten();
        block.ok_or_else(|| damaged(&format!("block {number} does not have its checksum")))
    }
}

/// The end of a pack.
struct Footer {
    index_at: u64,
    index_bytes: u64,
    rows: u64,
    sum: u32,
}

impl Footer {
    fn write(&self) -> [u8; FOOTER_BYTES] {
        let mut bytes = Vec::with_capacity(FOOTER_BYTES);
        for number in [self.index_at, self.index_bytes, self.rows] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(self.sum.to_le_bytes());
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        bytes.extend(MAGIC);
        let mut footer = [0; FOOTER_BYTES];
        footer.copy_from_slice(&bytes);
        footer
    }

    fn read(bytes: &[u8; FOOTER_BYTES]) -> Option<Self> {
        let (content, magic) = bytes.split_last_chunk::<8>()?;
        let (content, own_sum) = content.split_last_chunk::<4>()?;
        if magic != MAGIC || crc32fast::hash(content) != u32::from_le_bytes(*own_sum) {
            return None;
        }
        let (numbers, sum) = content.split_last_chunk::<4>()?;
        let [index_at, index_bytes, rows] =
            numbers.as_chunks::<8>().0.first_chunk::<3>()?.map(u64::from_le_bytes);
        Some(Self { index_at, index_bytes, rows, sum: u32::from_le_bytes(*sum) })
    }
}

/// None where it is not one of blocks that lie one after the other up to `end`, by ascending keys.
fn read_index(mut bytes: &[u8], end: u64) -> Option<Vec<Entry>> {
    let mut index: Vec<Entry> = Vec::new();
    let mut next = 0;
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let (first, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
        let (at, rest) = rest.split_first_chunk::<8>()?;
        let (numbers, rest) = rest.split_first_chunk::<12>()?;
        let [bytes_there, raw_bytes, sum] =
            numbers.as_chunks::<4>().0.first_chunk::<3>()?.map(u32::from_le_bytes);
        let at = u64::from_le_bytes(*at);
        let is_next = at == next && index.last().is_none_or(|last| *last.first < *first);
        if !is_next || raw_bytes as usize > MOST_BLOCK_BYTES {
            return None;
        }
        next = at.checked_add(bytes_there.into())?;
        index.push(Entry { first: first.into(), at, bytes: bytes_there, raw_bytes, sum });
        bytes = rest;
    }
    (next == end).then_some(index)
}

/// A key in a pack.
pub(super) fn keyed(table: Table, key: &[u8]) -> Vec<u8> {
    [&[table.number()], key].concat()
}

fn cut_short() -> Fault {
    damaged("it is cut short")
}

fn damaged(what: &str) -> Fault {
    Fault::Damaged(format!("the file `{PACK_FILE}`: {what}"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    fn packed(path: &Path, rows: &BTreeMap<Vec<u8>, Vec<u8>>) {
        let mut packer = Packer::new(path).unwrap();
        for (key, row) in rows {
            packer.add(Table::Kept, key, row).unwrap();
        }
        packer.finish().unwrap();
    }

    fn many() -> BTreeMap<Vec<u8>, Vec<u8>> {
        let row = |n: u32| (0..n % 700).flat_map(|i| (i * n).to_le_bytes()).collect();
        (0..400_u32).map(|n| (n.to_be_bytes().to_vec(), row(n))).collect()
    }

    #[test]
    fn what_is_packed_is_found_again_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(PACK_FILE);
        assert!(Pack::open(&path).unwrap().is_none());
        packed(&path, &many());
        let pack = Arc::new(Pack::open(&path).unwrap().unwrap());
        assert!(pack.index.len() > 5, "{} blocks", pack.index.len());
        pack.check().unwrap();
        for (key, row) in many() {
            assert_eq!(pack.row(Table::Kept, &key).unwrap().unwrap(), row);
            assert_eq!(pack.row(Table::Ids, &key).unwrap(), None);
            assert_eq!(pack.row(Table::Kept, &[&key[..], b"!"].concat()).unwrap(), None);
        }
    }

    #[test]
    fn every_byte_that_changes_is_noticed_by_name_and_no_cut_is_taken_for_the_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(PACK_FILE);
        packed(&path, &many());
        let whole = fs::read(&path).unwrap();
        let is_noticed = || match Pack::open(&path) {
            Ok(None) => panic!("it is there"),
            Ok(Some(pack)) => pack.check().unwrap_err().to_string(),
            Err(fault) => fault.to_string(),
        };
        for at in (0..whole.len()).step_by(997).chain(whole.len() - 60..whole.len()) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            fs::write(&path, &bytes).unwrap();
            assert!(is_noticed().contains(PACK_FILE), "byte {at}");
        }
        for length in (0..whole.len()).step_by(whole.len() / 40) {
            fs::write(&path, &whole[..length]).unwrap();
            assert!(is_noticed().contains(PACK_FILE), "{length} bytes");
        }
    }

    #[test]
    fn what_is_lost_is_counted_and_a_cut_while_it_is_open_is_damage() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(PACK_FILE);
        packed(&path, &many());
        let pack = Pack::open(&path).unwrap().unwrap();
        pack.check().unwrap();
        let (all, last) = (pack.index.len(), pack.index.last().unwrap().at);
        assert!(all > 2, "{all}");
        let mut bytes = fs::read(&path).unwrap();
        for entry in [&pack.index[0], &pack.index[1]] {
            bytes[usize::try_from(entry.at).unwrap() + 9] ^= 1;
        }
        let rows = pack.read(0).unwrap().len() + pack.read(1).unwrap().len();
        fs::write(&path, &bytes).unwrap();
        let told = pack.check().unwrap_err().to_string();
        let expected =
            format!("2 of its {all} blocks are not whole, block 0 the first; {rows} of its");
        assert!(told.contains(&expected), "{told}");
        fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(last + 5).unwrap();
        assert!(matches!(pack.read(all - 1), Err(Fault::Damaged(_))));
    }

    #[test]
    fn rows_out_of_order_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let mut packer = Packer::new(&folder.path().join(PACK_FILE)).unwrap();
        packer.add(Table::Ids, b"b", b"").unwrap();
        assert!(packer.add(Table::Kept, b"a", b"").is_err());
        assert!(packer.add(Table::Ids, b"b", b"").is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn a_walk_from_both_ends_is_a_walk_through_the_rows(
            rows in prop::collection::btree_map(
                prop::collection::vec(any::<u8>(), 0..4),
                prop::collection::vec(any::<u8>(), 0..6_000),
                0..60,
            ),
            from in prop::collection::vec(any::<u8>(), 0..3),
            until in prop::option::of(prop::collection::vec(any::<u8>(), 0..3)),
            turns in prop::collection::vec(any::<bool>(), 70),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join(PACK_FILE);
            packed(&path, &rows);
            let pack = Arc::new(Pack::open(&path).unwrap().unwrap());
            let until = until.as_deref();
            let mut walk = pack.walk(Table::Kept, &from, until);
            let within = |key: &&Vec<u8>| **key >= from && until.is_none_or(|until| &key[..] < until);
            let mut expected: std::collections::VecDeque<_> =
                rows.keys().filter(within).cloned().collect();
            for is_front in turns {
                let (found, next) = if is_front {
                    (walk.next(), expected.pop_front())
                } else {
                    (walk.next_back(), expected.pop_back())
                };
                let found = found.map(|row| row.unwrap().0.to_vec());
                prop_assert_eq!(found, next);
            }
        }
    }
}
