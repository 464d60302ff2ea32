//! From texts to what the network takes: tokens, cut into sequences, gathered into passes.

use std::ops::Range;
use std::path::Path;

use super::sentiment::pieces::Pieces;
use super::threads::Settings;
use super::tokens::{Letters, Tokens};
use super::{EncoderError, Reading, damaged};

/// Characters of a text that are looked at for each token that may be used: an English token is
/// four to five characters long, and a megabyte of text must not be tokenised to be thrown away.
const CHARS_PER_TOKEN: usize = 6;

/// A stretch of a text that goes through the network as one sequence.
#[derive(Debug)]
pub(super) struct Chunk {
    /// The place of its text among those asked for.
    pub(super) text: usize,
    /// With the special ones at both ends.
    pub(super) tokens: Vec<i64>,
    /// The targets that begin in it, by number, each with its tokens.
    pub(super) targets: Vec<(usize, Range<usize>)>,
}

/// What is asked of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wanted {
    /// The embedding, from the encoder's own layers.
    Embedding,
    /// The feelings, from the branch.
    Sentiment,
    /// Both: the lower layers run once.
    Both,
}

impl Wanted {
    pub(super) fn embedding(self) -> bool {
        self != Self::Sentiment
    }

    pub(super) fn sentiment(self) -> bool {
        self != Self::Embedding
    }
}

/// Sequences that go through the network together, all asked for the same.
#[derive(Debug)]
pub(super) struct Pass {
    pub(super) wanted: Wanted,
    pub(super) chunks: Vec<Chunk>,
}

/// Cuts texts into passes.
#[derive(Debug)]
pub(super) struct Cutter {
    tokens: Tokens,
    settings: Settings,
}

impl Cutter {
    /// Reads the vocabulary of the published encoder in `folder`.
    pub(super) fn open(folder: &Path, settings: Settings) -> Result<Self, EncoderError> {
        let tokens = Tokens::bert(&folder.join("vocab.txt"), Letters::SmallAndBare)
            .map_err(|error| damaged("vocab.txt", &error))?;
        Ok(Self::of(tokens, settings))
    }

    /// Cuts by this tokenizer.
    pub(super) fn of(tokens: Tokens, settings: Settings) -> Self {
        Self { tokens, settings }
    }

    /// Every text's chunks, those of like length together. The order is total: the same texts always
    /// give the same passes, hence the same bits.
    pub(super) fn passes(&self, readings: &[Reading<'_>]) -> Vec<Pass> {
        let mut chunks: Vec<(Wanted, Chunk)> = Vec::new();
        for (text, reading) in readings.iter().enumerate() {
            let tokens = self.tokens(reading.text, self.most_tokens());
            let Some(pieces) = reading.pieces else {
                chunks.extend(self.chunks(text, &tokens, &[]).map(|c| (Wanted::Embedding, c)));
                continue;
            };
            let (spoken, targets) = self.spoken(pieces);
            let wanted = if spoken == tokens { Wanted::Both } else { Wanted::Sentiment };
            if wanted == Wanted::Sentiment {
                chunks.extend(self.chunks(text, &tokens, &[]).map(|c| (Wanted::Embedding, c)));
            }
            chunks.extend(self.chunks(text, &spoken, &targets).map(|c| (wanted, c)));
        }
        chunks.sort_by_key(|(wanted, chunk)| (*wanted, chunk.tokens.len(), chunk.text));
        gathered(chunks, self.settings.pass_tokens)
    }

    /// The tokens of the first sequence of a text, and those of each of its targets.
    #[cfg(feature = "rust-bert")]
    pub(super) fn first_sequence(&self, pieces: &Pieces) -> (Vec<i64>, Vec<Range<usize>>) {
        let (tokens, targets) = self.spoken(pieces);
        let mut places = vec![0..0; targets.len()];
        let Some(chunk) = self.chunks(0, &tokens, &targets).next() else {
            return (vec![self.tokens.start, self.tokens.end], places);
        };
        for (number, tokens) in chunk.targets {
            places[number] = tokens;
        }
        (chunk.tokens, places)
    }

    /// The tokens of a text in pieces, and those of each target among them.
    fn spoken(&self, pieces: &Pieces) -> (Vec<i64>, Vec<Range<usize>>) {
        let most = self.most_tokens();
        let mut tokens = Vec::new();
        let mut starts = Vec::with_capacity(pieces.spoken.len() + 1);
        for piece in &pieces.spoken {
            starts.push(tokens.len());
            let room = most.saturating_sub(tokens.len());
            tokens.extend(self.tokens(piece, room));
        }
        starts.push(tokens.len());
        let at = |piece: usize| starts.get(piece).copied().unwrap_or(tokens.len());
        let targets =
            pieces.targets.iter().map(|target| at(target.start)..at(target.end)).collect();
        (tokens, targets)
    }

    fn room(&self) -> usize {
        self.settings.max_tokens.clamp(3, 512) - 2
    }

    fn most_tokens(&self) -> usize {
        self.room() * self.settings.max_chunks.max(1)
    }

    /// Cuts a text into stretches of like length that the network can take.
    fn chunks(
        &self,
        text: usize,
        tokens: &[i64],
        targets: &[Range<usize>],
    ) -> impl Iterator<Item = Chunk> {
        let count = tokens.len().div_ceil(self.room()).max(1);
        let length = tokens.len().div_ceil(count).max(1);
        tokens.chunks(length).enumerate().map(move |(place, stretch)| {
            let mut tokens = Vec::with_capacity(stretch.len() + 2);
            tokens.push(self.tokens.start);
            tokens.extend_from_slice(stretch);
            tokens.push(self.tokens.end);
            let from = place * length;
            let reach = from + stretch.len();
            let targets = targets
                .iter()
                .enumerate()
                .filter(|(_, target)| !target.is_empty() && (from..reach).contains(&target.start))
                // One more for the special token before them.
                .map(|(number, t)| (number, t.start - from + 1..t.end.min(reach) - from + 1))
                .collect();
            Chunk { text, tokens, targets }
        })
    }

    fn tokens(&self, words: &str, most: usize) -> Vec<i64> {
        let most_chars = most * CHARS_PER_TOKEN;
        let cut: String = words.chars().filter(|c| *c != '\0').take(most_chars).collect();
        let mut tokens = self.tokens.of(&cut);
        tokens.truncate(most);
        tokens
    }
}

/// Neighbours become one pass while they and their padding stay within `tokens`; a longer one is a
/// pass by itself. `chunks` are in order of length, so that each is the longest so far.
fn gathered(chunks: Vec<(Wanted, Chunk)>, tokens: usize) -> Vec<Pass> {
    let mut passes: Vec<Pass> = Vec::new();
    for (wanted, chunk) in chunks {
        match passes.last_mut() {
            Some(pass)
                if pass.wanted == wanted
                    && (pass.chunks.len() + 1) * chunk.tokens.len() <= tokens =>
            {
                pass.chunks.push(chunk);
            }
            _ => passes.push(Pass { wanted, chunks: vec![chunk] }),
        }
    }
    passes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gathered_lengths(chunks: &[(Wanted, usize)], tokens: usize) -> Vec<Vec<usize>> {
        let chunk = |n| Chunk { text: 0, tokens: vec![0; n], targets: Vec::new() };
        let chunks = chunks.iter().map(|(wanted, n)| (*wanted, chunk(*n))).collect();
        let passes = gathered(chunks, tokens);
        let lengths = |pass: &Pass| pass.chunks.iter().map(|chunk| chunk.tokens.len()).collect();
        passes.iter().map(lengths).collect()
    }

    fn lengths(chunks: &[usize], tokens: usize) -> Vec<Vec<usize>> {
        let chunks: Vec<_> = chunks.iter().map(|&n| (Wanted::Both, n)).collect();
        gathered_lengths(&chunks, tokens)
    }

    #[test]
    fn a_pass_holds_no_more_tokens_than_it_may_with_its_padding() {
        assert_eq!(lengths(&[2, 3, 4, 5], 9), [vec![2, 3], vec![4], vec![5]]);
        assert_eq!(lengths(&[3, 3, 3], 9), [vec![3, 3, 3]]);
    }

    #[test]
    fn a_sequence_longer_than_a_pass_goes_alone() {
        assert_eq!(lengths(&[4, 20, 21], 9), [vec![4], vec![20], vec![21]]);
        assert!(lengths(&[], 9).is_empty());
    }

    #[test]
    fn what_is_asked_for_other_things_goes_by_itself() {
        let chunks = [(Wanted::Sentiment, 2), (Wanted::Both, 2), (Wanted::Both, 2)];
        assert_eq!(gathered_lengths(&chunks, 9), [vec![2], vec![2, 2]]);
    }
}
