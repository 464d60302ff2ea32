//! The weights in bytes as they are kept beside the published ones: made from them once, a quarter
//! of their size, and enough without them.
//!
//! The file is a SHA-256 of the rest, and a safetensors file that says what it was made of. It is
//! never believed without both: what was made of other weights, or by another version, is made anew.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Cursor, Read as _, Seek, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::tensor_file::{Entry, TensorFile};
use super::weights::{Quantised, SCALES, Shape, Weights};
use crate::classify::sentiment::branch::Branch;
use crate::classify::{EncoderError, checksum, damaged};

/// The file, in the model's folder.
const KEPT: &str = "model.bytes";

/// What the numbers in the file mean; it is part of the encoder's name.
pub(super) const FORMAT: &str = "bytes-1";

/// The folder may serve other users, too.
const READABLE: u32 = 0o644;

/// Bytes of the checksum.
const SUM: usize = 32;

/// What a network of this kind does not use.
const LEFT_OUT: &[&str] = &["embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias"];

/// What is in the header besides the tensors.
#[derive(Serialize)]
#[serde(untagged)]
enum Item<'a> {
    Tensor(Entry),
    Said(BTreeMap<&'a str, &'a str>),
}

/// Reads the weights in bytes from `folder`; where there are none that can be believed, makes them
/// from the published ones.
pub(super) fn weights(folder: &Path, branch: &Branch) -> Result<Weights, EncoderError> {
    let config = fs::read(folder.join("config.json"));
    let shape = Shape::of(&config.map_err(|error| damaged("config.json", &error))?)?;
    if let Some(bytes) = read(folder, checksum::weights_sum()) {
        return Weights::read(
            &mut TensorFile::open(KEPT, Cursor::new(bytes))?,
            shape,
            Some(branch),
        );
    }
    checksum::verify_file(folder, checksum::WEIGHTS)?;
    let published = folder.join(checksum::WEIGHTS);
    let file = File::open(published).map_err(|error| damaged(checksum::WEIGHTS, &error))?;
    let bytes = made(&mut TensorFile::open(checksum::WEIGHTS, file)?, checksum::weights_sum())?;
    if let Err(error) = keep(folder, &bytes) {
        // A folder that cannot be written to costs a second at every start, and nothing else.
        tracing::warn!(%error, file = KEPT, "the encoder's smaller weights could not be kept");
    }
    Weights::read(&mut TensorFile::open(KEPT, Cursor::new(bytes))?, shape, Some(branch))
}

/// A safetensors file with the same weights in bytes.
pub(super) fn made<R: std::io::Read + Seek>(
    published: &mut TensorFile<R>,
    sum: &str,
) -> Result<Vec<u8>, EncoderError> {
    let mut header = BTreeMap::new();
    header.insert("__metadata__".to_owned(), Item::Said(said(sum)));
    let mut data = Vec::new();
    let mut put =
        |name: String, dtype: &str, shape: Vec<usize>, bytes: &mut dyn Iterator<Item = u8>| {
            let from = data.len() as u64;
            data.extend(bytes);
            let data_offsets = (from, data.len() as u64);
            header
                .insert(name, Item::Tensor(Entry { dtype: dtype.to_owned(), shape, data_offsets }));
        };
    let tensors = published.entries().clone();
    for (name, Entry { shape, .. }) in tensors {
        if LEFT_OUT.contains(&name.as_str()) {
            continue;
        }
        let numbers = published.floats(&name, &shape)?;
        match shape[..] {
            [rows, columns] if is_in_bytes(&name) => {
                let Quantised { values, scales } = Quantised::of(&numbers, columns);
                let mut values = values.into_iter().map(i8::cast_unsigned);
                let mut scales = scales.into_iter().flat_map(f32::to_le_bytes);
                put(format!("{name}{SCALES}"), "F32", vec![rows], &mut scales);
                put(name, "I8", shape, &mut values);
            }
            _ => put(name, "F32", shape, &mut numbers.into_iter().flat_map(f32::to_le_bytes)),
        }
    }
    let mut header = serde_json::to_vec(&header).map_err(|error| damaged(KEPT, &error))?;
    // The format wants the numbers to begin at a multiple of 8.
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    bytes.extend(data);
    Ok(bytes)
}

/// Positions are few, and added to everything.
fn is_in_bytes(name: &str) -> bool {
    name.ends_with("word_embeddings.weight") || name.starts_with("encoder.")
}

fn said(sum: &str) -> BTreeMap<&'static str, &str> {
    BTreeMap::from([("format", FORMAT), ("made_from", sum)])
}

/// Writes the file whole or not at all.
pub(super) fn keep(folder: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let readable = fs::Permissions::from_mode(READABLE);
    let mut file = tempfile::Builder::new().permissions(readable).tempfile_in(folder)?;
    file.write_all(&Sha256::digest(bytes))?;
    file.write_all(bytes)?;
    file.as_file().sync_data()?;
    file.persist(folder.join(KEPT))?;
    Ok(())
}

/// What is kept, if it is whole, and of these weights.
pub(super) fn read(folder: &Path, sum: &str) -> Option<Vec<u8>> {
    let mut file = File::open(folder.join(KEPT)).ok()?;
    let mut checksum = [0; SUM];
    file.read_exact(&mut checksum).ok()?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).ok()?;
    let said = serde_json::to_string(&said(sum)).ok()?;
    let header = bytes.get(8..)?;
    // The header is sorted: what was said stands before the names of the tensors.
    let is_of_these = header.starts_with(format!("{{\"__metadata__\":{said}").as_bytes());
    (is_of_these && Sha256::digest(&bytes)[..] == checksum).then_some(bytes)
}
