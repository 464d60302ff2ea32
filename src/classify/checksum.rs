//! The model's files are the ones this project measured, to the bit.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::EncoderError;

/// Checksums and names, as `sha256sum` writes them.
const LIST: &str = include_str!("../../models/all-MiniLM-L6-v2.sha256");

/// The file whose checksum names the model.
pub(super) const WEIGHTS: &str = "model.safetensors";

/// The file that says which encoder it is.
const CONFIG: &str = "config.json";

/// Bytes read at a time: a model is not held in memory to be hashed.
const BLOCK: usize = 1 << 18;

/// Checks every listed file in `folder`. It takes about 0.1 s for 90 MB where the processor has
/// instructions for SHA-256, and that at every start: a half-written file is found before it is
/// believed.
///
/// # Errors
/// [`EncoderError::Files`] for the first file that is missing or different.
#[cfg(feature = "rust-bert")]
pub(super) fn verify(folder: &Path) -> Result<(), EncoderError> {
    listed().try_for_each(|(_, file)| verify_file(folder, file))
}

/// Checks one file in `folder`.
///
/// # Errors
/// [`EncoderError::Files`] if it is missing, different or not listed.
pub(super) fn verify_file(folder: &Path, file: &str) -> Result<(), EncoderError> {
    let path = folder.join(file);
    let broken = |why: String| EncoderError::Files { file: path.display().to_string(), why };
    let sum = sum_of(file).ok_or_else(|| broken("is not on the list of checksums".to_owned()))?;
    let found = hash(&path).map_err(|error| {
        broken(match error.kind() {
            io::ErrorKind::NotFound => "is missing".to_owned(),
            _ => error.to_string(),
        })
    })?;
    if found != sum {
        return Err(broken(format!(
            "its SHA-256 begins {}, and should begin {}: it is damaged, changed, or another model's (which needs \
             a config.json of its own)",
            &found[..12],
            &sum[..12.min(sum.len())]
        )));
    }
    Ok(())
}

/// Whether a folder is of the published encoder, damaged or not: its config or its weights are. Another
/// checkpoint has neither.
pub fn is_published(folder: &Path) -> bool {
    listed()
        .filter(|(_, file)| [CONFIG, WEIGHTS].contains(file))
        .any(|(sum, file)| hash(&folder.join(file)).is_ok_and(|found| found == sum))
}

/// The first eight digits of the weights' checksum.
pub(super) fn weights_digits() -> &'static str {
    weights_sum().get(..8).unwrap_or("unlisted")
}

/// The weights' checksum.
pub(super) fn weights_sum() -> &'static str {
    sum_of(WEIGHTS).unwrap_or_default()
}

fn sum_of(file: &str) -> Option<&'static str> {
    listed().find(|(_, listed)| *listed == file).map(|(sum, _)| sum)
}

fn listed() -> impl Iterator<Item = (&'static str, &'static str)> {
    LIST.lines().filter_map(|line| line.split_once("  "))
}

/// A file's SHA-256, in hexadecimal digits.
pub(super) fn hash(file: &Path) -> io::Result<String> {
    let mut file = File::open(file)?;
    let mut hash = Sha256::new();
    let mut block = vec![0; BLOCK];
    loop {
        match file.read(&mut block)? {
            0 => break,
            read => hash.update(&block[..read]),
        }
    }
    Ok(hash.finalize().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}")))
}
