//! Writing a pack.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use super::super::fault::Fault;
use super::block::Block;
use super::{BLOCK_BYTES, Entry, Footer, MOST_BLOCK_BYTES, damaged, keyed};
use crate::store::sled::table::Table;

/// zstd's default: higher ones take several times as long and save a twentieth.
const LEVEL: i32 = 3;

/// A pack that is being written.
pub(in super::super) struct Packer {
    file: BufWriter<File>,
    compressor: zstd::bulk::Compressor<'static>,
    at: u64,
    /// The rows of the block that is being filled, and the first and the last key of it.
    raw: Vec<u8>,
    first: Vec<u8>,
    last: Option<Vec<u8>>,
    index: Vec<Entry>,
    rows: u64,
}

impl Packer {
    /// Begins one; whatever was there is gone.
    pub(in super::super) fn new(path: &Path) -> Result<Self, Fault> {
        Ok(Self {
            file: BufWriter::new(File::create(path)?),
            compressor: zstd::bulk::Compressor::new(LEVEL)?,
            at: 0,
            raw: Vec::new(),
            first: Vec::new(),
            last: None,
            index: Vec::new(),
            rows: 0,
        })
    }

    /// Adds a row: by ascending tables, and keys in each.
    pub(in super::super) fn add(
        &mut self,
        table: Table,
        key: &[u8],
        row: &[u8],
    ) -> Result<(), Fault> {
        let key = keyed(table, key);
        if self.last.as_ref().is_some_and(|last| *last >= key) {
            return Err(damaged("its rows are not in order"));
        }
        if self.raw.is_empty() {
            self.first.clone_from(&key);
        }
        // What is refused at opening is not written.
        if row.len() + key.len() > MOST_BLOCK_BYTES - 2 * BLOCK_BYTES {
            return Err(damaged("a row is too long"));
        }
        Block::put(&mut self.raw, &key, row).ok_or_else(|| damaged("a row is too long"))?;
        self.last = Some(key);
        self.rows += 1;
        if self.raw.len() >= BLOCK_BYTES { self.close_block() } else { Ok(()) }
    }

    /// Makes it durable; the folder it is in is the caller's to sync.
    pub(in super::super) fn finish(mut self) -> Result<(), Fault> {
        self.close_block()?;
        let index = index_bytes(&self.index).ok_or_else(|| damaged("a key is too long"))?;
        self.file.write_all(&index)?;
        let footer = Footer {
            index_at: self.at,
            index_bytes: index.len() as u64,
            rows: self.rows,
            sum: crc32fast::hash(&index),
        };
        self.file.write_all(&footer.write())?;
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        Ok(())
    }

    fn close_block(&mut self) -> Result<(), Fault> {
        if self.raw.is_empty() {
            return Ok(());
        }
        let bytes = self.compressor.compress(&self.raw)?;
        self.file.write_all(&bytes)?;
        let too_long = |_| damaged("a block is too long");
        self.index.push(Entry {
            first: self.first.as_slice().into(),
            at: self.at,
            bytes: u32::try_from(bytes.len()).map_err(too_long)?,
            raw_bytes: u32::try_from(self.raw.len()).map_err(too_long)?,
            sum: crc32fast::hash(&bytes),
        });
        self.at += bytes.len() as u64;
        self.raw.clear();
        Ok(())
    }
}

fn index_bytes(index: &[Entry]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for Entry { first, at, bytes: there, raw_bytes, sum } in index {
        bytes.extend(u16::try_from(first.len()).ok()?.to_le_bytes());
        bytes.extend(first);
        bytes.extend(at.to_le_bytes());
        for number in [there, raw_bytes, sum] {
            bytes.extend(number.to_le_bytes());
        }
    }
    Some(bytes)
}
