//! What was read lately is not read again: a reprint is the same words from another source.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::Read;
use super::sentiment::pieces::Pieces;

/// Texts remembered, twice as many at most: with their embeddings some 2 KB each.
const REMEMBERED: usize = 1_024;

/// Tells a text, as both branches read it, from every other.
pub(super) type Key = [u8; 32];

/// The last texts and what was read in them.
#[derive(Debug, Default)]
pub(super) struct Lately {
    fresh: HashMap<Key, Read>,
    older: HashMap<Key, Read>,
}

impl Lately {
    /// What was read in this text, if that was lately.
    pub(super) fn read(&self, key: &Key) -> Option<&Read> {
        self.fresh.get(key).or_else(|| self.older.get(key))
    }

    /// Remembers what was read in a text, and forgets those of long ago.
    pub(super) fn remember(&mut self, key: Key, read: Read) {
        if self.fresh.len() >= REMEMBERED {
            self.older = std::mem::take(&mut self.fresh);
        }
        self.fresh.insert(key, read);
    }
}

/// The key of a text.
pub(super) fn key(readable: &str, pieces: &Pieces) -> Key {
    let mut hash = Sha256::new();
    for words in std::iter::once(readable).chain(pieces.spoken.iter().map(String::as_str)) {
        hash.update((words.len() as u64).to_le_bytes());
        hash.update(words);
    }
    for target in &pieces.targets {
        hash.update((target.start as u64).to_le_bytes());
        hash.update((target.end as u64).to_le_bytes());
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_branches_read_otherwise_has_another_key() {
        let pieces = |text: &str, target| Pieces::of(text, &[target]);
        let text = "Acme left Globex";
        let acme = key(text, &pieces(text, 0..4));
        assert_eq!(acme, key(text, &pieces(text, 0..4)));
        assert_ne!(acme, key(text, &pieces(text, 10..16)));
        assert_ne!(acme, key("Acme left", &pieces(text, 0..4)));
        assert_ne!(key("ab", &Pieces::of("c", &[])), key("a", &Pieces::of("bc", &[])));
    }

    #[test]
    fn only_the_last_texts_are_remembered() {
        let mut lately = Lately::default();
        let of = |n: usize| key(&n.to_string(), &Pieces::default());
        for n in 0..4 * REMEMBERED {
            lately.remember(of(n), Read::default());
        }
        assert!(lately.read(&of(4 * REMEMBERED - 1)).is_some());
        assert!(lately.read(&of(3 * REMEMBERED)).is_some());
        assert_eq!(lately.read(&of(0)), None);
        assert!(lately.fresh.len() + lately.older.len() <= 2 * REMEMBERED);
    }
}
