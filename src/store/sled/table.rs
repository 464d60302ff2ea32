//! The tables, and how a value that is too long for one row lies in several.

use serde::de::DeserializeOwned;

use super::fault::Fault;
use crate::store::codec;

/// A value is cut into rows of at most this size. A page of sled's may hold 26 rows before it is
/// split, and one over 128 KiB goes into a file of its own that sled never syncs.
pub(super) const PIECE_BYTES: usize = 4096;

/// A table; [`crate::store::keys`] says what is in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Table {
    Kept,
    Ids,
    Said,
    From,
    Stamped,
    Changes,
    Verdicts,
    Embeddings,
    Stamps,
    PostFacts,
    Memories,
    Visits,
    Hosts,
    Digests,
    Told,
    Deliveries,
    Labels,
    Lessons,
    Draws,
    Anchors,
    Feedback,
    Unsubscribed,
    Months,
    Sealed,
    Backups,
    DeskFacts,
}

/// The tables that are in one database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Half {
    /// Posts and what they are found by: those of a month.
    Posts,
    /// All that stays.
    Desk,
}

impl Table {
    /// Every table in the order of the enum, with its name on the disk.
    pub(super) const ALL: [(Self, &str); 26] = [
        (Self::Kept, "post/kept"),
        (Self::Ids, "post/id"),
        (Self::Said, "post/said"),
        (Self::From, "post/from"),
        (Self::Stamped, "post/stamp"),
        (Self::Changes, "post/change"),
        (Self::Verdicts, "post/verdict"),
        (Self::Embeddings, "post/embedding"),
        (Self::Stamps, "post/stamps"),
        (Self::PostFacts, "post/facts"),
        (Self::Memories, "desk/memory"),
        (Self::Visits, "desk/visit"),
        (Self::Hosts, "desk/host"),
        (Self::Digests, "desk/digest"),
        (Self::Told, "desk/told"),
        (Self::Deliveries, "desk/delivery"),
        (Self::Labels, "desk/label"),
        (Self::Lessons, "desk/lesson"),
        (Self::Draws, "desk/draw"),
        (Self::Anchors, "desk/anchor"),
        (Self::Feedback, "desk/feedback"),
        (Self::Unsubscribed, "desk/unsubscribed"),
        (Self::Months, "desk/month"),
        (Self::Sealed, "desk/sealed"),
        (Self::Backups, "desk/backup"),
        (Self::DeskFacts, "desk/facts"),
    ];

    /// The name on the disk.
    pub(super) fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// Its number in packed rows, which is never another's: new tables of posts go behind all others.
    pub(super) const fn number(self) -> u8 {
        self as u8
    }

    /// The table of counts of the half this one belongs to.
    pub(super) fn facts(self) -> Self {
        if self <= Self::PostFacts { Self::PostFacts } else { Self::DeskFacts }
    }
}

impl Half {
    /// Its tables, in the order of the enum.
    pub(super) fn tables(self) -> impl Iterator<Item = (Table, &'static str)> {
        let facts = self.facts();
        Table::ALL.into_iter().filter(move |(table, _)| table.facts() == facts)
    }

    /// Its table of counts.
    pub(super) fn facts(self) -> Table {
        match self {
            Self::Posts => Table::PostFacts,
            Self::Desk => Table::DeskFacts,
        }
    }
}

/// The value of the bytes a table holds.
pub(super) fn read<T: DeserializeOwned>(table: Table, bytes: &[u8]) -> Result<T, Fault> {
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

/// The key of a later piece of the value at `key`.
pub(super) fn piece_key(key: &[u8], number: u16) -> Vec<u8> {
    [key, &number.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_in_packs_stay_what_they_are() {
        let numbered: Vec<(u8, &str)> =
            Half::Posts.tables().map(|(table, name)| (table.number(), name)).collect();
        let expected = [
            (0, "post/kept"),
            (1, "post/id"),
            (2, "post/said"),
            (3, "post/from"),
            (4, "post/stamp"),
            (5, "post/change"),
            (6, "post/verdict"),
            (7, "post/embedding"),
            (8, "post/stamps"),
            (9, "post/facts"),
        ];
        assert_eq!(numbered, expected);
    }
}
