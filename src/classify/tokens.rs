//! From words to the numbers of tokens, in the ways that BERT, RoBERTa and XLM-RoBERTa do it.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rust_tokenizers::error::TokenizerError;
use rust_tokenizers::tokenizer::{BertTokenizer, RobertaTokenizer, Tokenizer, XLMRobertaTokenizer};
use rust_tokenizers::vocab::{BertVocab, BpePairVocab, RobertaVocab, Vocab, XLMRobertaVocab};

/// Characters after which a tokenizer that remembers every word it met is made anew, so that it forgets
/// them: some tens of megabytes.
const MOST_REMEMBERED: usize = 4_000_000;

/// What BERT's tokenizer makes of letters before it cuts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    /// They stay as they are.
    Kept,
    /// Without accents.
    Bare,
    /// Small letters, with their accents.
    Small,
    /// Small letters without accents.
    SmallAndBare,
}

/// A tokenizer with the special tokens of its vocabulary.
pub(super) struct Tokens {
    way: Way,
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) unknown: i64,
    /// The largest number it gives.
    pub(super) largest: i64,
}

enum Way {
    Bert(Box<BertTokenizer>),
    Roberta(Box<Mutex<Forgetful>>),
    XlmRoberta(Box<XLMRobertaTokenizer>),
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.way {
            Way::Bert(_) => "BERT's tokens",
            Way::Roberta(_) => "RoBERTa's tokens",
            Way::XlmRoberta(_) => "XLM-RoBERTa's tokens",
        })
    }
}

impl Tokens {
    /// Word pieces, by a vocabulary with one a line.
    pub(super) fn bert(vocabulary: &Path, letters: Letters) -> Result<Self, TokenizerError> {
        let vocab = BertVocab::from_file(vocabulary)?;
        let special = [vocab.get_cls_value(), vocab.get_sep_value()];
        let (special, largest) = (special.map(|token| vocab.token_to_id(token)), largest(&vocab));
        let unknown = vocab.token_to_id(vocab.get_unknown_value());
        let (small, bare) = match letters {
            Letters::Kept => (false, false),
            Letters::Bare => (false, true),
            Letters::Small => (true, false),
            Letters::SmallAndBare => (true, true),
        };
        let way = Way::Bert(Box::new(BertTokenizer::from_existing_vocab(vocab, small, bare)));
        Ok(Self { way, start: special[0], end: special[1], unknown, largest })
    }

    /// Pairs of bytes, by a vocabulary in JSON and a list of merges; every text begins as if after a
    /// space, or not.
    pub(super) fn roberta(
        vocabulary: &Path,
        merges: &Path,
        first: FirstWord,
    ) -> Result<Self, TokenizerError> {
        let vocab = RobertaVocab::from_file(vocabulary)?;
        let merges = BpePairVocab::from_file(merges)?;
        let special = [vocab.get_cls_value(), vocab.get_sep_value()];
        let (special, largest) = (special.map(|token| vocab.token_to_id(token)), largest(&vocab));
        let unknown = vocab.token_to_id(vocab.get_unknown_value());
        let way = Way::Roberta(Box::new(Mutex::new(Forgetful::new(vocab, merges, first))));
        Ok(Self { way, start: special[0], end: special[1], unknown, largest })
    }

    /// Pieces of sentences, by a model of SentencePiece with the numbers of fairseq.
    pub(super) fn xlm_roberta(model: &Path) -> Result<Self, TokenizerError> {
        let tokenizer = XLMRobertaTokenizer::from_file(model, false)?;
        let vocab: &XLMRobertaVocab = Tokenizer::vocab(&tokenizer);
        let special = [vocab.get_cls_value(), vocab.get_sep_value()];
        let (special, largest) = (special.map(|token| vocab.token_to_id(token)), largest(vocab));
        let unknown = vocab.token_to_id(vocab.get_unknown_value());
        let way = Way::XlmRoberta(Box::new(tokenizer));
        Ok(Self { way, start: special[0], end: special[1], unknown, largest })
    }

    /// The numbers of a text's tokens, without the special ones at its ends.
    pub(super) fn of(&self, text: &str) -> Vec<i64> {
        // The tokenizers panic on some sequences of combining marks. One such text must not take the
        // others with it: it becomes a single unknown token.
        let numbers = catch_unwind(AssertUnwindSafe(|| match &self.way {
            Way::Bert(tokenizer) => numbers(&**tokenizer, text),
            Way::Roberta(tokenizer) => {
                tokenizer.lock().unwrap_or_else(PoisonError::into_inner).numbers(text)
            }
            Way::XlmRoberta(tokenizer) => numbers(&**tokenizer, text),
        }));
        numbers.unwrap_or_else(|_| vec![self.unknown])
    }
}

/// How a tokenizer of pairs of bytes takes the first word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FirstWord {
    /// As it stands.
    AsItStands,
    /// As if it stood after a space.
    AfterASpace,
}

/// RoBERTa's tokenizer remembers every word it ever cut: it is made anew now and then.
struct Forgetful {
    tokenizer: RobertaTokenizer,
    vocab: RobertaVocab,
    merges: BpePairVocab,
    first: FirstWord,
    read: usize,
}

impl Forgetful {
    fn new(vocab: RobertaVocab, merges: BpePairVocab, first: FirstWord) -> Self {
        let tokenizer = fresh(&vocab, &merges, first);
        Self { tokenizer, vocab, merges, first, read: 0 }
    }

    fn numbers(&mut self, text: &str) -> Vec<i64> {
        self.read += text.len();
        if self.read > MOST_REMEMBERED {
            self.tokenizer = fresh(&self.vocab, &self.merges, self.first);
            self.read = text.len();
        }
        numbers(&self.tokenizer, text)
    }
}

fn fresh(vocab: &RobertaVocab, merges: &BpePairVocab, first: FirstWord) -> RobertaTokenizer {
    let after_a_space = first == FirstWord::AfterASpace;
    RobertaTokenizer::from_existing_vocab_and_merges(
        vocab.clone(),
        merges.clone(),
        false,
        after_a_space,
    )
}

fn numbers<V: Vocab>(tokenizer: &impl Tokenizer<V>, text: &str) -> Vec<i64> {
    let tokens = tokenizer.tokenize(text);
    tokenizer.convert_tokens_to_ids(&tokens)
}

fn largest(vocab: &impl Vocab) -> i64 {
    vocab.values().values().copied().max().unwrap_or(-1)
}
