//! A draft: rows that become durable together or not at all.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::engine::{DRAFTS, Engine};
use super::fault::Fault;
use super::table::{PIECE_BYTES, Table, piece_key, read, split_head};
use crate::store::codec::{self, CodecError};

/// Rows that become durable together or not at all. What it reads includes what it holds.
pub(super) struct Draft<'a> {
    engine: &'a Engine,
    rows: BTreeMap<(Table, Vec<u8>), Option<Vec<u8>>>,
}

impl<'a> Draft<'a> {
    /// An empty draft.
    pub(super) fn new(engine: &'a Engine) -> Self {
        Self { engine, rows: BTreeMap::new() }
    }

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

    /// Takes so many from a count among the facts.
    pub(super) fn count_fewer(&mut self, facts: Table, name: &str, by: u64) -> Result<(), Fault> {
        let count = self.value::<u64>(facts, name.as_bytes())?.unwrap_or(0).saturating_sub(by);
        self.put(facts, name.as_bytes(), &count)
    }

    /// Makes it durable: it is there after a crash once this has returned `Ok`.
    pub(super) fn commit(self) -> Result<(), Fault> {
        let engine = self.engine;
        let uncommitted = |fault| Fault::Uncommitted(Box::new(fault));
        if self.rows.is_empty() {
            return Ok(());
        }
        let bytes = |((_, key), row): (&(Table, Vec<u8>), &Option<Vec<u8>>)| {
            key.len() + row.as_ref().map_or(0, Vec::len)
        };
        engine.find_room(self.rows.iter().map(bytes).sum())?;
        self.write().and_then(|()| engine.flush()).map_err(uncommitted)?;
        engine.acknowledge();
        Ok(())
    }

    /// Writes it without making it durable: for a database that nobody relies on yet.
    pub(super) fn write(mut self) -> Result<(), Fault> {
        let Some((table, _)) = self.rows.keys().next() else { return Ok(()) };
        self.count_one_more(table.facts(), DRAFTS)?;
        self.engine.write(&self.rows)
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
