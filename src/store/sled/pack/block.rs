//! A block of a pack, and the blocks that are kept in memory.

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use lru::LruCache;
use zstd::bulk::Decompressor;

use super::super::fault::Fault;

/// Blocks kept in memory, of all the packs of the process: 16 MB of rows. A look-up reads one from the disk
/// and decompresses it otherwise, in some 30 µs.
const KEPT: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();

/// Which block: the pack's number in this process, and its own.
type Name = (u64, usize);

static BLOCKS: LazyLock<Mutex<LruCache<Name, Arc<Block>>>> =
    LazyLock::new(|| Mutex::new(LruCache::new(KEPT)));

/// A block, from memory or else as `read` reads it.
pub(super) fn cached(
    name: Name,
    read: impl FnOnce() -> Result<Block, Fault>,
) -> Result<Arc<Block>, Fault> {
    let blocks = || BLOCKS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(block) = blocks().get(&name) {
        return Ok(Arc::clone(block));
    }
    // Two that read one at once both put it there: it is the same.
    let block = Arc::new(read()?);
    blocks().put(name, Arc::clone(&block));
    Ok(block)
}

// Making one anew costs more than a block.
thread_local! {
    static UNPACKER: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

fn unpacked(bytes: &[u8], raw_bytes: usize) -> Option<Vec<u8>> {
    UNPACKER.with_borrow_mut(|unpacker| {
        let unpacker = match unpacker {
            Some(unpacker) => unpacker,
            None => unpacker.insert(Decompressor::new().ok()?),
        };
        unpacker.decompress(bytes, raw_bytes).ok()
    })
}

/// Rows, decompressed.
#[derive(Debug)]
pub(super) struct Block {
    raw: Vec<u8>,
    /// Where each row begins.
    starts: Vec<u32>,
}

impl Block {
    /// None where the bytes are not those of rows.
    pub(super) fn of(bytes: &[u8], raw_bytes: usize) -> Option<Self> {
        let raw = unpacked(bytes, raw_bytes)?;
        let (mut starts, mut at) = (Vec::new(), 0);
        while at < raw.len() {
            starts.push(u32::try_from(at).ok()?);
            at = split(&raw[at..]).map(|(key, row)| at + 6 + key.len() + row.len())?;
        }
        (raw.len() == raw_bytes && !starts.is_empty()).then_some(Self { raw, starts })
    }

    /// Puts a row behind those of a block that is being made.
    pub(super) fn put(raw: &mut Vec<u8>, key: &[u8], row: &[u8]) -> Option<()> {
        raw.extend(u16::try_from(key.len()).ok()?.to_le_bytes());
        raw.extend(u32::try_from(row.len()).ok()?.to_le_bytes());
        raw.extend(key);
        raw.extend(row);
        Some(())
    }

    pub(super) const fn len(&self) -> usize {
        self.starts.len()
    }

    /// The key and the bytes of the row at `place`.
    pub(super) fn row(&self, place: usize) -> (&[u8], &[u8]) {
        // That there is a row was seen when it was read.
        split(&self.raw[self.starts[place] as usize..]).unwrap_or_default()
    }

    /// The place of the row with this key, or the one of the first behind it.
    pub(super) fn find(&self, key: &[u8]) -> Result<usize, usize> {
        let of = |start: &u32| split(&self.raw[*start as usize..]).unwrap_or_default().0;
        self.starts.binary_search_by(|start| of(start).cmp(key))
    }
}

/// The key and the bytes of the row that begins here.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (key, rest) = bytes.split_first_chunk::<2>()?;
    let (row, rest) = rest.split_first_chunk::<4>()?;
    let (key, rest) = rest.split_at_checked(usize::from(u16::from_le_bytes(*key)))?;
    let row = rest.get(..u32::from_le_bytes(*row) as usize)?;
    Some((key, row))
}
