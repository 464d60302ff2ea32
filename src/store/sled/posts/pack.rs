//! What is kept of a month, packed: row after row as it lies there, without those of posts that are not
//! kept. Nothing but the numbers of the kept posts is held in memory.

use std::collections::BTreeMap;

use crate::store::keys::{self, Arrival};
use crate::store::sled::engine::Engine;
use crate::store::sled::fault::Fault;
use crate::store::sled::pack::Packer;
use crate::store::sled::posts::changes::{self, BORN, LAST_CHANGE, Logged};
use crate::store::sled::posts::copy;
use crate::store::sled::posts::of_month::{POSTS, VERDICTS, is_first_piece};
use crate::store::sled::table::{Half, Table, whole_row};
use crate::store::{Keeps, codec};

/// Which posts of a month are kept.
#[derive(Debug)]
pub(in crate::store::sled) struct Chosen {
    /// Ascending.
    kept: Vec<Arrival>,
    pub(in crate::store::sled) dropped: u64,
}

impl Chosen {
    /// The posts that `keeps` names.
    pub(in crate::store::sled) fn of(old: &Engine, keeps: &Keeps) -> Result<Self, Fault> {
        let mut chosen = Self { kept: Vec::new(), dropped: 0 };
        for copied in copy::all(old) {
            let copied = copied?;
            if keeps.post(&copied.post) {
                chosen.kept.push(copied.arrival);
            } else {
                chosen.dropped += 1;
            }
        }
        Ok(chosen)
    }

    /// How many are kept.
    pub(in crate::store::sled) fn count(&self) -> u64 {
        self.kept.len() as u64
    }

    fn keeps(&self, arrival: Arrival) -> bool {
        self.kept.binary_search(&arrival).is_ok()
    }
}

/// Packs the rows of the chosen posts, and those that are of no post.
pub(in crate::store::sled) fn pack(
    old: &Engine,
    chosen: &Chosen,
    packer: &mut Packer,
) -> Result<(), Fault> {
    let mut verdicts = 0;
    let mut last_change = old.count(Table::PostFacts, LAST_CHANGE)?;
    let mut logged_now = Vec::new();
    // The facts are the last.
    for (table, _) in Half::Posts.tables().filter(|(table, _)| *table != Table::PostFacts) {
        for row in old.rows(table, &[], None) {
            let (key, row) = row?;
            let owner = owner(table, &key, &row)?;
            if let Owner::Post(arrival) = owner
                && !chosen.keeps(arrival)
            {
                continue;
            }
            verdicts += u64::from(table == Table::Verdicts && is_first_piece(&key));
            match owner {
                // Kept before there was a log.
                Owner::Post(arrival)
                    if table == Table::Stamped && keys::read_change(&row).is_none() =>
                {
                    last_change += 1;
                    let number = keys::change(last_change);
                    packer.add(table, &key, &number)?;
                    logged_now.push((number, keys::arrival(arrival)));
                }
                _ => packer.add(table, &key, &row)?,
            }
        }
        if table == Table::Changes {
            for (number, arrival) in &logged_now {
                packer.add(table, number, arrival)?;
            }
        }
    }
    let posts = chosen.kept.len() as u64;
    let mut facts =
        BTreeMap::from([(POSTS, posts), (VERDICTS, verdicts), (LAST_CHANGE, last_change)]);
    if chosen.dropped > 0 {
        // Nothing says which are gone: its followers begin again.
        facts.insert(BORN, changes::new_birth());
    }
    pack_facts(old, &facts, packer)
}

/// Packs the facts: these as they are now, and the others as they were.
fn pack_facts(old: &Engine, now: &BTreeMap<&str, u64>, packer: &mut Packer) -> Result<(), Fault> {
    let mut rows = BTreeMap::new();
    for row in old.rows(Table::PostFacts, &[], None) {
        let (key, row) = row?;
        rows.insert(key.to_vec(), row.to_vec());
    }
    for (name, fact) in now {
        let row = whole_row(&codec::encode(fact).map_err(Fault::Unfit)?);
        rows.insert(name.as_bytes().to_vec(), row);
    }
    for (key, row) in &rows {
        packer.add(Table::PostFacts, key, row)?;
    }
    Ok(())
}

enum Owner {
    Post(Arrival),
    Nobody,
}

/// The post that a row is of.
fn owner(table: Table, key: &[u8], row: &[u8]) -> Result<Owner, Fault> {
    let of_post = match table {
        // The first piece of a value, or a later one.
        Table::Kept | Table::Verdicts | Table::Embeddings => {
            key.first_chunk().map(|first| Arrival::from_be_bytes(*first))
        }
        Table::Ids => keys::arrival_at_end(row),
        Table::Said | Table::From => keys::arrival_at_end(key),
        Table::Stamped => keys::read_stamped(key).map(|(_, arrival)| arrival),
        Table::Changes => match changes::read(row) {
            Some(Logged::At(arrival)) => Some(arrival),
            Some(Logged::Gone(_)) => return Ok(Owner::Nobody),
            None => None,
        },
        _ => return Ok(Owner::Nobody),
    };
    of_post.map(Owner::Post).ok_or_else(|| Fault::damaged(table, "a row cannot be read"))
}
