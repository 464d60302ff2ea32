//! The tokenizer of a checkpoint: which of its files say it, and how it takes letters.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::form::{Family, Form};
use super::{json, unusable};
use crate::classify::EncoderError;
use crate::classify::tokens::{FirstWord, Letters, Tokens};

/// Rows that no token has are one in so many at most: sizes are rounded up.
const ROUNDED: usize = 5;

/// Tokens from which on a vocabulary is one of a language, and none made for a trial.
const REAL: usize = 1_000;

/// Bytes of a file of a tokenizer at most: those of a quarter of a million tokens have 15 million.
const MOST_BYTES: u64 = 256 << 20;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Config {
    tokenizer_class: Option<String>,
    do_lower_case: Option<bool>,
    strip_accents: Option<bool>,
    tokenize_chinese_chars: Option<bool>,
    add_prefix_space: Option<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bert,
    Roberta,
    XlmRoberta,
}

const KINDS: [Kind; 3] = [Kind::Bert, Kind::Roberta, Kind::XlmRoberta];

impl Kind {
    fn files(self) -> &'static [&'static str] {
        match self {
            Self::Bert => &["vocab.txt"],
            Self::Roberta => &["vocab.json", "merges.txt"],
            Self::XlmRoberta => &["sentencepiece.bpe.model"],
        }
    }

    /// By the name of its class in transformers; none for a class that says nothing.
    fn of_class(class: &str) -> Result<Option<Self>, ()> {
        match class.trim_end_matches("Fast") {
            "BertTokenizer" | "DistilBertTokenizer" | "ElectraTokenizer" => Ok(Some(Self::Bert)),
            "RobertaTokenizer" => Ok(Some(Self::Roberta)),
            "XLMRobertaTokenizer" => Ok(Some(Self::XlmRoberta)),
            "PreTrainedTokenizer" => Ok(None),
            _ => Err(()),
        }
    }
}

impl From<Family> for Kind {
    /// The tokenizer that the family was made with.
    fn from(family: Family) -> Self {
        match family {
            Family::Bert | Family::DistilBert => Self::Bert,
            Family::Roberta => Self::Roberta,
            Family::XlmRoberta => Self::XlmRoberta,
        }
    }
}

/// Reads the tokenizer of the folder, and holds its numbers against the network's.
pub(super) fn read(folder: &Path, form: &Form) -> Result<Tokens, EncoderError> {
    let file = folder.join("tokenizer_config.json");
    let config: Config = json(&file)?.unwrap_or_default();
    let declared =
        match config.tokenizer_class.as_deref().map(|class| (class, Kind::of_class(class))) {
            Some((class, Err(()))) => {
                let remedy =
                    "choose a checkpoint with the tokenizer of BERT, RoBERTa or XLM-RoBERTa";
                return Err(unusable(
                    &file,
                    &format!("its tokenizer_class is {class:?}, which we have not"),
                    &remedy,
                ));
            }
            Some((_, Ok(kind))) => kind,
            None => None,
        };
    let kind = by_files(folder, declared.unwrap_or(form.family.into()));
    let files: Vec<PathBuf> = kind.files().iter().map(|name| folder.join(name)).collect();
    for file in &files {
        let Ok(metadata) = file.metadata() else { return Err(missing(folder, file)) };
        if metadata.len() > MOST_BYTES {
            let why = format!("it has {} bytes, more than any vocabulary needs", metadata.len());
            return Err(unusable(file, &why, &"copy it again from where the checkpoint came from"));
        }
    }
    if kind == Kind::Bert && config.tokenize_chinese_chars == Some(false) {
        let why = "it keeps Chinese characters together, which we do not";
        return Err(unusable(&file, &why, &"choose a checkpoint that sets them apart"));
    }
    let tokens = match kind {
        Kind::Bert => Tokens::bert(&files[0], letters(&config)),
        Kind::Roberta => {
            let first = match config.add_prefix_space {
                Some(true) => FirstWord::AfterASpace,
                _ => FirstWord::AsItStands,
            };
            Tokens::roberta(&files[0], &files[1], first)
        }
        Kind::XlmRoberta => Tokens::xlm_roberta(&files[0]),
    };
    let tokens = tokens.map_err(|error| {
        unusable(&files[0], &error, &"copy it again from where the checkpoint came from")
    })?;
    if usize::try_from(tokens.largest).is_ok_and(|largest| largest >= form.vocabulary) {
        let (most, rows) = (tokens.largest.saturating_add(1), form.vocabulary);
        let why = format!("it has {most} tokens, and config.json has room for {rows}");
        return Err(unusable(
            &files[0],
            &why,
            &"take the tokenizer and the weights from one checkpoint",
        ));
    }
    let known = usize::try_from(tokens.largest).unwrap_or(0).saturating_add(1);
    if form.vocabulary >= REAL && known < form.vocabulary / ROUNDED * (ROUNDED - 1) {
        let why = format!(
            "it has {known} tokens, and the weights have {}: most words would be unknown",
            form.vocabulary
        );
        let remedy = "take the tokenizer and the weights from one checkpoint";
        return Err(unusable(&files[0], &why, &remedy));
    }
    Ok(tokens)
}

/// The kind that is expected; where its files are not there, the one whose files are: the multilingual
/// MiniLM calls its tokenizer BERT's, and has XLM-RoBERTa's.
fn by_files(folder: &Path, expected: Kind) -> Kind {
    let is_there = |kind: &Kind| kind.files().iter().all(|name| folder.join(name).exists());
    let there: Vec<Kind> = KINDS.into_iter().filter(is_there).collect();
    match there.as_slice() {
        [one] if !there.contains(&expected) => *one,
        _ => expected,
    }
}

/// As transformers does it: small letters unless it says otherwise, and bare with them.
fn letters(config: &Config) -> Letters {
    let small = config.do_lower_case.unwrap_or(true);
    match (small, config.strip_accents.unwrap_or(small)) {
        (false, false) => Letters::Kept,
        (false, true) => Letters::Bare,
        (true, false) => Letters::Small,
        (true, true) => Letters::SmallAndBare,
    }
}

fn missing(folder: &Path, file: &Path) -> EncoderError {
    let remedy = if folder.join("tokenizer.json").exists() {
        format!(
            "tokenizer.json alone is not enough: save the tokenizer in its plain form, with Python's \
             `AutoTokenizer.from_pretrained(\"{0}\", use_fast=False).save_pretrained(\"{0}\")`",
            folder.display()
        )
    } else {
        "copy it from where the checkpoint came from".to_owned()
    };
    unusable(file, &"is missing", &remedy)
}
