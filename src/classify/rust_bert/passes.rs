//! From texts to what the network takes: tokens, cut into sequences, gathered into passes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use rust_tokenizers::tokenizer::{BertTokenizer, Tokenizer};
use rust_tokenizers::vocab::{BertVocab, Vocab};

use super::{Settings, damaged};
use crate::classify::EncoderError;

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
}

/// Sequences that go through the network together.
pub(super) type Pass = Vec<Chunk>;

/// Cuts texts into passes.
#[derive(Debug)]
pub(super) struct Cutter {
    tokenizer: Tokens,
    start: i64,
    end: i64,
    unknown: i64,
    settings: Settings,
}

/// The tokenizer, which cannot print itself.
struct Tokens(BertTokenizer);

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BertTokenizer")
    }
}

impl Cutter {
    /// Reads the vocabulary in `folder`.
    pub(super) fn open(folder: &Path, settings: Settings) -> Result<Self, EncoderError> {
        let vocab = BertVocab::from_file(folder.join("vocab.txt"))
            .map_err(|error| damaged("vocab.txt", &error))?;
        Ok(Self {
            start: vocab.token_to_id(vocab.get_cls_value()),
            end: vocab.token_to_id(vocab.get_sep_value()),
            unknown: vocab.token_to_id(vocab.get_unknown_value()),
            tokenizer: Tokens(BertTokenizer::from_existing_vocab(vocab, true, true)),
            settings,
        })
    }

    /// Every text's chunks, those of like length together. The order is total: the same texts always
    /// give the same passes, hence the same bits.
    pub(super) fn passes(&self, texts: &[&str]) -> Vec<Pass> {
        let mut chunks: Vec<Chunk> =
            texts.iter().enumerate().flat_map(|(text, words)| self.chunks(text, words)).collect();
        chunks.sort_by_key(|chunk| (chunk.tokens.len(), chunk.text));
        gathered(chunks, self.settings.pass_tokens)
    }

    /// Cuts a text into stretches of like length that the network can take.
    fn chunks(&self, text: usize, words: &str) -> Vec<Chunk> {
        let room = self.settings.max_tokens.clamp(3, 512) - 2;
        let most = room * self.settings.max_chunks.max(1);
        let mut tokens = self.tokens(words, most * CHARS_PER_TOKEN);
        tokens.truncate(most);
        if tokens.is_empty() {
            return Vec::new();
        }
        let count = tokens.len().div_ceil(room);
        tokens
            .chunks(tokens.len().div_ceil(count))
            .map(|stretch| {
                let mut tokens = Vec::with_capacity(stretch.len() + 2);
                tokens.push(self.start);
                tokens.extend_from_slice(stretch);
                tokens.push(self.end);
                Chunk { text, tokens }
            })
            .collect()
    }

    fn tokens(&self, words: &str, most_chars: usize) -> Vec<i64> {
        let cut: String = words.chars().filter(|c| *c != '\0').take(most_chars).collect();
        // The tokenizer panics on some sequences of combining marks. One such text must not take
        // the others with it: it becomes a single unknown token.
        let tokens = catch_unwind(AssertUnwindSafe(|| self.tokenizer.0.tokenize(&cut)));
        let Ok(tokens) = tokens else {
            return vec![self.unknown];
        };
        self.tokenizer.0.convert_tokens_to_ids(&tokens)
    }
}

/// Neighbours become one pass while they and their padding stay within `tokens`; a longer one is a
/// pass by itself. `chunks` are in order of length, so that each is the longest so far.
fn gathered(chunks: Vec<Chunk>, tokens: usize) -> Vec<Pass> {
    let mut passes: Vec<Pass> = Vec::new();
    for chunk in chunks {
        match passes.last_mut() {
            Some(pass) if (pass.len() + 1) * chunk.tokens.len() <= tokens => pass.push(chunk),
            _ => passes.push(vec![chunk]),
        }
    }
    passes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(chunks: &[usize], tokens: usize) -> Vec<Vec<usize>> {
        let chunks = chunks.iter().map(|&n| Chunk { text: 0, tokens: vec![0; n] }).collect();
        let passes = gathered(chunks, tokens);
        passes.iter().map(|pass| pass.iter().map(|chunk| chunk.tokens.len()).collect()).collect()
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
}
