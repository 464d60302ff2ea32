//! Texts that repeat each other: the same tweet with other signs, or a stretch of it.

use std::collections::HashSet;

use sha2::{Digest as _, Sha256};

use super::Labelled;
use crate::classify::readable::readable;

/// Words in a row that two texts share only if one repeats the other.
const SHINGLE: usize = 8;

/// Texts that nothing else may repeat.
#[derive(Debug)]
pub(super) struct KeptApart {
    whole: HashSet<String>,
    shingles: HashSet<String>,
}

impl KeptApart {
    pub(super) fn of<'t>(texts: impl Iterator<Item = &'t Labelled>) -> Self {
        let mut kept_apart = Self { whole: HashSet::new(), shingles: HashSet::new() };
        for text in texts {
            let words = plain(&text.text);
            kept_apart.shingles.extend(shingles(&words));
            kept_apart.whole.insert(words.concat());
        }
        kept_apart
    }

    /// Whether a text is one of these, or shares eight words in a row with one.
    pub(super) fn has(&self, text: &str) -> bool {
        let words = plain(text);
        self.whole.contains(&words.concat())
            || shingles(&words).any(|shingle| self.shingles.contains(&shingle))
    }
}

/// Letters and digits only, without handles and addresses: what two copies of a tweet share.
pub(super) fn bare(text: &str) -> String {
    plain(text).concat()
}

/// Whether this text is one in so many, by what it says alone.
pub(super) fn is_one_in(many: u32, text: &str) -> bool {
    let digest = Sha256::digest(text.as_bytes());
    let number = digest.first_chunk::<4>().map_or(0, |four| u32::from_le_bytes(*four));
    number.is_multiple_of(many)
}

fn shingles(words: &[String]) -> impl Iterator<Item = String> {
    words.windows(SHINGLE).map(|words| words.join(" "))
}

fn plain(text: &str) -> Vec<String> {
    readable(text)
        .split_whitespace()
        .filter(|word| !word.contains("@user") && *word != "http")
        .map(|word| word.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>())
        .filter(|word| !word.is_empty() && word != "rt")
        .collect()
}
