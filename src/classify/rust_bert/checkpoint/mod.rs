//! A checkpoint of the user's: a folder as transformers or sentence-transformers save it.
//!
//! Everything is read and held against everything else before libtorch makes room for a single number:
//! what config.json promises must stand in the weights, in that shape, and the tokenizer must not give
//! numbers that the weights have no row for.

mod form;
mod pooling;
mod vocabulary;
mod weights;

use std::fmt::Display;
use std::path::Path;

use sha2::{Digest as _, Sha256};

pub(super) use self::form::{Family, Form};
use self::pooling::Pooling;
pub(super) use self::pooling::{Dense, Pool};
pub(super) use self::weights::Weights;
use crate::classify::tokens::Tokens;
use crate::classify::{EncoderError, checksum};

/// Tokens of a sequence where the folder does not say: what sentences are mostly trained with.
const USUAL_TOKENS: usize = 256;

/// Endings of the files that are read.
const READ: [&str; 4] = ["json", "txt", "safetensors", "model"];

/// Characters of a folder's name in an id.
const MOST_OF_A_NAME: usize = 64;

/// A checkpoint whose parts fit each other.
#[derive(Debug)]
pub(super) struct Checkpoint {
    /// The folder's name and the first digits of a checksum of all that is read in it.
    pub(super) id: String,
    pub(super) form: Form,
    pub(super) weights: Weights,
    pub(super) tokens: Tokens,
    pub(super) pool: Pool,
    pub(super) dense: Option<Dense>,
    /// Tokens of one sequence, with the special ones.
    pub(super) max_tokens: usize,
}

impl Checkpoint {
    /// Reads and checks the folder; of the weights their header and checksum alone.
    pub(super) fn read(folder: &Path) -> Result<Self, EncoderError> {
        let form = form::read(folder)?;
        let weights = Weights::open(folder, &form)?;
        let Pooling { pool, dense, max_tokens } = pooling::read(folder, &form)?;
        let tokens = vocabulary::read(folder, &form)?;
        let most = form.most_tokens();
        let max_tokens = max_tokens.unwrap_or(USUAL_TOKENS).min(most);
        if max_tokens < form::FEWEST_TOKENS {
            let file = folder.join("sentence_bert_config.json");
            let why =
                format!("its max_seq_length is {max_tokens}, which leaves no room for a word");
            return Err(unusable(
                &file,
                &why,
                &"copy it again from where the checkpoint came from",
            ));
        }
        let digits = digits(folder)
            .map_err(|error| unusable(weights.file(), &error, &"check that it can be read"))?;
        let id = format!("{}:{digits}", name(folder));
        Ok(Self { id, form, weights, tokens, pool, dense, max_tokens })
    }
}

/// The first digits of a checksum over every file that the model, its tokens or its pooling may be read
/// from: what changes any of them makes another encoder.
fn digits(folder: &Path) -> std::io::Result<String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(inside) = folders.pop() {
        for entry in std::fs::read_dir(&inside)? {
            let path = entry?.path();
            let is_read = path
                .extension()
                .and_then(|ending| ending.to_str())
                .is_some_and(|ending| READ.contains(&ending));
            if path.is_dir() && inside == folder {
                folders.push(path);
            } else if is_read && path.is_file() {
                files.push(path);
            }
        }
    }
    files.sort();
    let mut all = Sha256::new();
    for file in files {
        let name = file.strip_prefix(folder).unwrap_or(&file).to_string_lossy().into_owned();
        all.update(name);
        all.update([0]);
        all.update(checksum::hash(&file)?);
    }
    Ok(all.finalize().iter().take(4).fold(String::new(), |hex, byte| format!("{hex}{byte:02x}")))
}

/// The folder's name, of what may stand in an id.
fn name(folder: &Path) -> String {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let plain = |c: char| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    name.chars().map(plain).take(MOST_OF_A_NAME).collect()
}

/// A file of a checkpoint that cannot be used: what is wrong with it and what to do.
pub(super) fn unusable(file: &Path, why: &dyn Display, remedy: &dyn Display) -> EncoderError {
    EncoderError::Checkpoint {
        file: file.display().to_string(),
        why: why.to_string(),
        remedy: remedy.to_string(),
    }
}

/// Bytes of a small file at most: a config has a few thousand.
const MOST_OF_A_CONFIG: u64 = 1 << 20;

/// A JSON file of a checkpoint; none where it is not there.
fn json<T: serde::de::DeserializeOwned>(file: &Path) -> Result<Option<T>, EncoderError> {
    let again = "copy it again from where the checkpoint came from";
    let size = match file.metadata() {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(file, &error, &"check that it can be read")),
    };
    if size > MOST_OF_A_CONFIG {
        let why = format!("it has {size} bytes, and a config has some thousands");
        return Err(unusable(file, &why, &again));
    }
    let bytes = std::fs::read(file)
        .map_err(|error| unusable(file, &error, &"check that it can be read"))?;
    serde_json::from_slice(&bytes).map(Some).map_err(|error| unusable(file, &error, &again))
}
