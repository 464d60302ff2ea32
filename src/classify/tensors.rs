//! The safetensors format, as far as our own parts need it: floats, and whole numbers in a byte.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Bytes a header may take: ours is some thousands.
const MOST_HEADER: usize = 100_000;

/// Numbers with a name and a shape.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tensor {
    pub(super) name: String,
    pub(super) values: Vec<f32>,
    shape: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Kind {
    F32,
    I8,
}

#[derive(Deserialize)]
struct Entry {
    dtype: Kind,
    shape: Vec<usize>,
    data_offsets: (usize, usize),
}

impl Tensor {
    pub(super) fn is_of(&self, shape: &[usize]) -> bool {
        self.shape == shape && self.values.len() == shape.iter().product::<usize>()
    }
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
            Ok(Tensor { name, values, shape: entry.shape })
        })
        .collect()
}
