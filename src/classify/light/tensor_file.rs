//! The safetensors format, read one tensor at a time: the published weights are not held in memory.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};

use crate::classify::{EncoderError, damaged};

/// Bytes a header may take: that of the published weights is 11,000.
const MOST_HEADER: u64 = 1_000_000;

/// A file of tensors, and where each lies in it.
pub(super) struct TensorFile<R> {
    name: String,
    reader: R,
    entries: BTreeMap<String, Entry>,
    data: u64,
    length: u64,
}

/// What a header says of a tensor.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) dtype: String,
    pub(super) shape: Vec<usize>,
    pub(super) data_offsets: (u64, u64),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Item {
    Tensor(Entry),
    Other(serde::de::IgnoredAny),
}

impl<R: Read + Seek> TensorFile<R> {
    /// Reads the header. `name` is that of the file, for whoever has to repair it.
    pub(super) fn open(name: &str, mut reader: R) -> Result<Self, EncoderError> {
        let broken = |error: std::io::Error| damaged(name, &error);
        let length = reader.seek(SeekFrom::End(0)).map_err(broken)?;
        reader.rewind().map_err(broken)?;
        let cut = || damaged(name, &"it is cut off, or no safetensors file");
        let mut size = [0; 8];
        reader.read_exact(&mut size).map_err(|_| cut())?;
        let size = u64::from_le_bytes(size);
        if size > MOST_HEADER || size + 8 > length {
            return Err(cut());
        }
        let mut header = vec![0; size as usize];
        reader.read_exact(&mut header).map_err(broken)?;
        let items: BTreeMap<String, Item> = serde_json::from_slice(&header)
            .map_err(|error| damaged(name, &format!("its header: {error}")))?;
        let tensor = |(name, item)| match item {
            Item::Tensor(entry) => Some((name, entry)),
            Item::Other(_) => None,
        };
        let entries = items.into_iter().filter_map(tensor).collect();
        Ok(Self { name: name.to_owned(), reader, entries, data: 8 + size, length })
    }

    /// The names of its tensors, with what the header says of them.
    pub(super) fn entries(&self) -> &BTreeMap<String, Entry> {
        &self.entries
    }

    /// Its numbers, if it has this shape.
    pub(super) fn floats(
        &mut self,
        tensor: &str,
        shape: &[usize],
    ) -> Result<Vec<f32>, EncoderError> {
        let bytes = self.bytes(tensor, "F32", 4, shape)?;
        Ok(bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect())
    }

    /// Its whole numbers, if it has this shape.
    pub(super) fn whole(&mut self, tensor: &str, shape: &[usize]) -> Result<Vec<i8>, EncoderError> {
        let bytes = self.bytes(tensor, "I8", 1, shape)?;
        Ok(bytes.into_iter().map(u8::cast_signed).collect())
    }

    fn bytes(
        &mut self,
        tensor: &str,
        dtype: &str,
        size: u64,
        shape: &[usize],
    ) -> Result<Vec<u8>, EncoderError> {
        let broken = |why: &str| damaged(&self.name, &format!("`{tensor}` {why}"));
        let entry = self.entries.get(tensor).ok_or_else(|| broken("is missing"))?;
        if entry.dtype != dtype || entry.shape != shape {
            let Entry { dtype: found, shape: has, .. } = entry;
            return Err(broken(&format!("is {found} {has:?}, and should be {dtype} {shape:?}")));
        }
        let (from, until) = entry.data_offsets;
        let wanted = shape.iter().fold(size, |size, side| size.saturating_mul(*side as u64));
        if until.checked_sub(from) != Some(wanted) || until > self.length - self.data {
            return Err(broken("is cut off"));
        }
        let mut bytes = vec![0; wanted as usize];
        let read = self.reader.seek(SeekFrom::Start(self.data + from));
        read.and_then(|_| self.reader.read_exact(&mut bytes))
            .map_err(|error| damaged(&self.name, &error))?;
        Ok(bytes)
    }
}
