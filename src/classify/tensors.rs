//! The safetensors format, as far as our small heads need it: floats, and whole numbers in a byte.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Bytes a header may take: ours is a few hundred.
const MOST_HEADER: usize = 100_000;

/// Numbers with a name and a shape.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tensor {
    pub(super) name: String,
    pub(super) values: Vec<f32>,
    shape: Vec<usize>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    F32,
    I8,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    dtype: Kind,
    shape: Vec<usize>,
    data_offsets: (usize, usize),
}

impl Tensor {
    pub(super) fn floats(name: &str, shape: &[usize], values: Vec<f32>) -> Self {
        Self { name: name.to_owned(), values, shape: shape.to_vec(), kind: Kind::F32 }
    }

    /// Values are whole numbers from −128 to 127.
    pub(super) fn bytes(name: &str, shape: &[usize], values: Vec<f32>) -> Self {
        Self { name: name.to_owned(), values, shape: shape.to_vec(), kind: Kind::I8 }
    }
}

pub(super) fn write(tensors: &[Tensor]) -> Vec<u8> {
    let mut header = BTreeMap::new();
    let mut data = Vec::new();
    for tensor in tensors {
        let from = data.len();
        for value in &tensor.values {
            match tensor.kind {
                Kind::F32 => data.extend(value.to_le_bytes()),
                Kind::I8 => data.extend((*value as i8).to_le_bytes()),
            }
        }
        header.insert(
            &tensor.name,
            Entry {
                dtype: tensor.kind,
                shape: tensor.shape.clone(),
                data_offsets: (from, data.len()),
            },
        );
    }
    let mut header = serde_json::to_vec(&header).unwrap_or_default();
    // The format wants the numbers to begin at a multiple of 8.
    header.resize(header.len().next_multiple_of(8), b' ');
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header);
    bytes.extend(data);
    bytes
}

pub(super) fn read(bytes: &[u8]) -> Result<Vec<Tensor>, String> {
    let (length, rest) = bytes.split_first_chunk::<8>().ok_or("it is empty")?;
    let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
    if length > MOST_HEADER || length > rest.len() {
        return Err("it is cut off, or no safetensors file".to_owned());
    }
    let (header, data) = rest.split_at(length);
    let header: BTreeMap<String, Entry> =
        serde_json::from_slice(header).map_err(|error| format!("its header: {error}"))?;
    header
        .into_iter()
        .map(|(name, entry)| {
            let (from, until) = entry.data_offsets;
            let bytes = data.get(from..until).ok_or_else(|| format!("`{name}` is cut off"))?;
            let values: Vec<f32> = match entry.dtype {
                Kind::F32 => {
                    bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect()
                }
                Kind::I8 => bytes.iter().map(|byte| f32::from(byte.cast_signed())).collect(),
            };
            Ok(Tensor { name, values, shape: entry.shape, kind: entry.dtype })
        })
        .collect()
}
