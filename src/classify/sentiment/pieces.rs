//! A text cut at its targets, so that each one's tokens can be found again.

use std::ops::Range;

use super::spoken::spoken;
use crate::classify::readable::{MOST_CHARS, is_inside_address, readable};

/// Targets of one text that are judged: each takes a moment, and a crafted text may hold thousands.
const MOST_TARGETS: usize = 64;

/// Bytes kept on each side of a target that is asked for by itself. What a long text says of it
/// stands near it, and this much fits one sequence of the encoder.
const AROUND_TARGET: usize = 500;

/// A text in pieces, each as the sentiment branch reads it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pieces {
    /// The whole text, in order.
    pub spoken: Vec<String>,
    /// For each target the pieces that are it; empty for one that is not read.
    pub targets: Vec<Range<usize>>,
}

impl Pieces {
    /// Cuts a text at these stretches of its bytes. One that does not fit the text, or stands inside
    /// an address, is not read.
    #[must_use]
    pub fn of(text: &str, targets: &[Range<usize>]) -> Self {
        let end = text.char_indices().nth(MOST_CHARS).map_or(text.len(), |(end, _)| end);
        let text = &text[..end];
        let is_read = |place: usize, range: &Range<usize>| {
            place < MOST_TARGETS
                && text.get(range.clone()).is_some_and(|words| !words.trim().is_empty())
                && !is_inside_address(text, range.start)
        };
        let mut cuts = vec![0, text.len()];
        for (place, range) in targets.iter().enumerate() {
            if is_read(place, range) {
                cuts.extend([range.start, range.end]);
            }
        }
        cuts.sort_unstable();
        cuts.dedup();
        let piece_at = |byte: usize| cuts.binary_search(&byte).unwrap_or(0);
        let targets = targets
            .iter()
            .enumerate()
            .map(|(place, range)| {
                if is_read(place, range) {
                    piece_at(range.start)..piece_at(range.end)
                } else {
                    0..0
                }
            })
            .collect();
        let spoken = cuts
            .windows(2)
            .map(|cut| spoken(&readable(&text[cut[0]..cut[1]])).into_owned())
            .collect();
        Self { spoken, targets }
    }

    /// Cuts what stands around one target. One that does not fit the text is not read.
    #[must_use]
    pub fn around(text: &str, target: &Range<usize>) -> Self {
        let (Some(before), Some(after)) = (text.get(..target.start), text.get(target.end..)) else {
            return Self::of(text, std::slice::from_ref(target));
        };
        // Not in the middle of a word, unless the word is that long.
        let from = before.floor_char_boundary(before.len().saturating_sub(AROUND_TARGET));
        let space = before[from..].find(char::is_whitespace).filter(|_| from > 0);
        let from = from + space.unwrap_or(0);
        let near = &after[..after.ceil_char_boundary(AROUND_TARGET.min(after.len()))];
        let space = near.rfind(char::is_whitespace).filter(|_| near.len() < after.len());
        let until = target.end + space.unwrap_or(near.len());
        let target = target.start - from..target.end.max(from) - from;
        Self::of(&text[from..until.max(from)], std::slice::from_ref(&target))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, words: &str) -> Range<usize> {
        let at = text.find(words).unwrap();
        at..at + words.len()
    }

    #[test]
    fn every_target_is_its_own_pieces() {
        let text = "We left #AcmeCloud🔥 for Globex.";
        let pieces = Pieces::of(text, &[place(text, "AcmeCloud"), place(text, "Globex")]);
        assert_eq!(pieces.spoken, ["We left #", "AcmeCloud", " fire  for", "Globex", "."]);
        assert_eq!(pieces.targets, [1..2, 3..4]);
    }

    #[test]
    fn targets_may_lie_inside_each_other() {
        let text = "Acme Foods fell";
        let pieces = Pieces::of(text, &[0..10, 0..4, 0..4]);
        assert_eq!(pieces.spoken, ["Acme", "Foods", "fell"]);
        assert_eq!(pieces.targets, [0..2, 0..1, 0..1]);
    }

    #[test]
    fn what_is_no_target_is_not_read() {
        let text = "é https://acme.example/x";
        let inside_a_character = 1..2;
        let pieces = Pieces::of(text, &[inside_a_character, place(text, "acme"), 90..95, 0..0]);
        assert_eq!(pieces.targets, vec![0..0; 4]);
        assert_eq!(pieces.spoken, ["é http"]);
    }

    #[test]
    fn a_target_in_a_long_text_is_read_with_what_stands_around_it() {
        let text = format!("{} Acme {}", "before ".repeat(5_000), "after ".repeat(5_000));
        let pieces = Pieces::around(&text, &place(&text, "Acme"));
        assert_eq!((pieces.targets.len(), pieces.targets[0].clone()), (1, 1..2));
        assert_eq!(pieces.spoken[1], "Acme");
        assert!(pieces.spoken[0].starts_with("before") && pieces.spoken[2].ends_with("after"));
        assert!((400..=AROUND_TARGET).contains(&pieces.spoken[0].len()), "{pieces:?}");
        let all = Pieces::around(&text, &(0..text.len()));
        assert_eq!((all.targets.len(), all.spoken.len()), (1, 1), "one target, and it is all");
    }
}
