//! Which posts a month may hold: a Bloom filter over their ids, so that a post is looked for in one
//! month and not in all.
//!
//! (B. H. Bloom, 1970; two hashes for all, A. Kirsch and M. Mitzenmacher, 2006. Ids are hashes already.)

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use crate::post::PostId;

/// Bits for each id: with so many one id in fifty thousand that is not there seems to be, and a month
/// is opened for it in vain.
const BITS_PER_ID: u64 = 24;

/// Bits set for each id.
const HASHES: u64 = 12;

/// Ids there is room for at first: 192 KB.
const FIRST_ROOM: u64 = 65_536;

const MAGIC: &[u8; 8] = b"ovrids01";

/// The ids of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ids {
    bits: Vec<u64>,
    count: u64,
}

impl Ids {
    /// None yet, with room for so many.
    pub(super) fn with_room(ids: u64) -> Self {
        let words = ids.max(FIRST_ROOM).next_power_of_two().saturating_mul(BITS_PER_ID) / 64;
        Self { bits: vec![0; usize::try_from(words).unwrap_or(0)], count: 0 }
    }

    /// Adds an id that is not among them.
    pub(super) fn add(&mut self, id: PostId) {
        let places = self.places(id);
        for place in places {
            if let Some(word) = self.bits.get_mut((place / 64) as usize) {
                *word |= 1 << (place % 64);
            }
        }
        self.count += 1;
    }

    /// Whether an id may be among them; one that was added always is.
    pub(super) fn may_hold(&self, id: PostId) -> bool {
        self.places(id).into_iter().all(|place| {
            self.bits.get((place / 64) as usize).is_some_and(|word| word >> (place % 64) & 1 == 1)
        })
    }

    /// Whether there are more than there is room for: too many would seem to be there.
    pub(super) fn is_full(&self) -> bool {
        self.count.saturating_mul(BITS_PER_ID) > self.bits.len() as u64 * 64
    }

    /// Writes them to a file.
    pub(super) fn save(&self, path: &Path) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(self.bits.len() * 8 + 32);
        bytes.extend(MAGIC);
        bytes.extend(self.count.to_be_bytes());
        bytes.extend(self.bits.iter().flat_map(|word| word.to_be_bytes()));
        bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
        let new = path.with_extension("new");
        let mut file = fs::File::create(&new)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&new, path)
    }

    /// Reads them from a file; none where there is none, or it is damaged: they can be counted anew.
    pub(super) fn read(path: &Path) -> Option<Self> {
        let bytes = fs::read(path).ok()?;
        let (content, sum) = bytes.split_last_chunk::<4>()?;
        let (count, bits) = content.strip_prefix(MAGIC)?.split_first_chunk::<8>()?;
        let (bits, rest) = bits.as_chunks::<8>();
        let fits = rest.is_empty()
            && !bits.is_empty()
            && crc32fast::hash(content) == u32::from_be_bytes(*sum);
        fits.then(|| Self {
            bits: bits.iter().map(|word| u64::from_be_bytes(*word)).collect(),
            count: u64::from_be_bytes(*count),
        })
    }

    fn places(&self, id: PostId) -> [u64; HASHES as usize] {
        let whole = u128::from_be_bytes(*id.as_bytes());
        let (first, step) = ((whole >> 64) as u64, whole as u64 | 1);
        let bits = (self.bits.len() as u64 * 64).max(1);
        let mut places = [0; HASHES as usize];
        for (turn, place) in (0..HASHES).zip(&mut places) {
            *place = first.wrapping_add(step.wrapping_mul(turn)) % bits;
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    fn id(n: u64) -> PostId {
        let hash = Sha256::digest(n.to_be_bytes());
        PostId::from_bytes(*hash.first_chunk().unwrap())
    }

    #[test]
    fn what_was_added_is_there_and_hardly_anything_else_seems_to_be() {
        let mut ids = Ids::with_room(50_000);
        (0..FIRST_ROOM).for_each(|n| ids.add(id(n)));
        assert!(!ids.is_full());
        assert!((0..FIRST_ROOM).all(|n| ids.may_hold(id(n))));
        let seem = (FIRST_ROOM..2 * FIRST_ROOM).filter(|n| ids.may_hold(id(*n))).count() as u64;
        assert!(seem < FIRST_ROOM / 5_000, "{seem}");
        ids.add(id(u64::MAX));
        assert!(ids.is_full());
    }

    #[test]
    fn they_come_back_from_a_file_unless_it_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ids");
        assert_eq!(Ids::read(&path), None);
        let mut ids = Ids::with_room(0);
        ids.add(id(1));
        ids.save(&path).unwrap();
        assert_eq!(Ids::read(&path), Some(ids));
        let mut bytes = fs::read(&path).unwrap();
        bytes[100] ^= 1;
        fs::write(&path, &bytes).unwrap();
        assert_eq!(Ids::read(&path), None);
        fs::write(&path, &bytes[..9]).unwrap();
        assert_eq!(Ids::read(&path), None);
    }
}
