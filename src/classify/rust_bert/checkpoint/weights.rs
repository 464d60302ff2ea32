//! model.safetensors of a checkpoint: what its header promises, and single tensors out of it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tch::{Device, Kind, Tensor};

use super::form::Form;
use super::unusable;
use crate::classify::EncoderError;

/// Bytes a header may take: that of a model of a thousand tensors has some hundred thousand.
const MOST_HEADER: u64 = 16 << 20;

/// Bytes read at a time.
const BLOCK: usize = 16 << 20;

/// Remedies, said more than once.
const AGAIN: &str = "copy it again from where the checkpoint came from";
const PAIR: &str = "take config.json and the weights from one checkpoint";

/// The numbers of a network in their file.
#[derive(Debug, Clone)]
pub(in super::super) struct Weights {
    file: PathBuf,
    /// Where the numbers begin.
    begin: u64,
    entries: BTreeMap<String, Entry>,
    /// What stands before the names: "bert." where the file has heads, too.
    before: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (u64, u64),
}

impl Entry {
    fn kind(&self) -> Option<Kind> {
        match self.dtype.as_str() {
            "F64" => Some(Kind::Double),
            "F32" => Some(Kind::Float),
            "F16" => Some(Kind::Half),
            "BF16" => Some(Kind::BFloat16),
            _ => None,
        }
    }

    /// The bytes its shape and kind come to.
    fn size(&self) -> Option<u64> {
        let numbers = self
            .shape
            .iter()
            .try_fold(1_u64, |size, &side| size.checked_mul(u64::try_from(side).ok()?))?;
        let of_one = u64::try_from(self.kind()?.elt_size_in_bytes()).ok()?;
        numbers.checked_mul(of_one)
    }
}

impl Weights {
    /// Reads the header, and holds it against the form.
    pub(super) fn open(folder: &Path, form: &Form) -> Result<Self, EncoderError> {
        let file = folder.join("model.safetensors");
        if !file.exists() {
            return Err(missing(folder, &file));
        }
        let (begin, entries) = header(&file).map_err(|why| unusable(&file, &why, &AGAIN))?;
        let mut weights = Self { file, begin, entries, before: String::new() };
        weights.before = weights.beginning()?;
        weights.check(form)?;
        Ok(weights)
    }

    /// The weights of a single layer of numbers, in a file of their own.
    pub(super) fn single(
        file: PathBuf,
        parts: &[(String, Vec<usize>)],
    ) -> Result<Self, EncoderError> {
        let (begin, entries) = header(&file).map_err(|why| unusable(&file, &why, &AGAIN))?;
        let weights = Self { file, begin, entries, before: String::new() };
        for (name, shape) in parts {
            weights.check_part(name, shape)?;
        }
        Ok(weights)
    }

    /// Where they are.
    pub(in super::super) fn file(&self) -> &Path {
        &self.file
    }

    /// Puts the numbers of a tensor, by its name in the network, into one of its shape, some rows at a
    /// time: a vocabulary may take most of a gigabyte, and is not held twice.
    pub(in super::super) fn fill(&self, name: &str, into: &Tensor) -> Result<(), EncoderError> {
        self.filled(name, into).map_err(|why| unusable(&self.file, &why, &AGAIN))
    }

    fn filled(&self, name: &str, into: &Tensor) -> Result<(), Box<dyn std::error::Error>> {
        let (_, entry) = self.find(name).ok_or_else(|| format!("it has no `{name}`"))?;
        let kind = entry.kind().ok_or_else(|| format!("`{name}` is of {}", entry.dtype))?;
        let rows = entry.shape.first().copied().unwrap_or(1);
        let of_row = entry.shape.iter().skip(1).product::<usize>() * kind.elt_size_in_bytes();
        let at_a_time = (BLOCK / of_row.max(1)).clamp(1, rows.max(1));
        let mut file = File::open(&self.file)?;
        file.seek(SeekFrom::Start(self.begin + entry.data_offsets.0))?;
        let mut bytes = vec![0; at_a_time * of_row];
        let mut shape: Vec<i64> =
            entry.shape.iter().map(|&side| i64::try_from(side)).collect::<Result<_, _>>()?;
        for first in (0..rows).step_by(at_a_time) {
            let count = at_a_time.min(rows - first);
            let bytes = &mut bytes[..count * of_row];
            file.read_exact(bytes)?;
            shape[0] = i64::try_from(count)?;
            let block = Tensor::f_from_data_size(bytes, &shape, kind)?;
            let mut place = into.f_narrow(0, i64::try_from(first)?, i64::try_from(count)?)?;
            tch::no_grad(|| place.f_copy_(&block))?;
        }
        Ok(())
    }

    /// A tensor of full precision by its name in the file.
    pub(in super::super) fn tensor(&self, name: &str) -> Result<Tensor, EncoderError> {
        let wrong = |why: &dyn std::fmt::Display| unusable(&self.file, why, &AGAIN);
        let (_, entry) = self.find(name).ok_or_else(|| wrong(&format!("it has no `{name}`")))?;
        let shape: Result<Vec<i64>, _> =
            entry.shape.iter().map(|&side| i64::try_from(side)).collect();
        let shape = shape.map_err(|error| wrong(&error))?;
        let tensor = Tensor::f_zeros(&shape, (Kind::Float, Device::Cpu));
        let tensor = tensor.map_err(|error| wrong(&error))?;
        self.fill(name, &tensor)?;
        Ok(tensor)
    }

    /// What stands before "embeddings." in the names.
    fn beginning(&self) -> Result<String, EncoderError> {
        let words = "embeddings.word_embeddings.weight";
        let mut found: Vec<&str> =
            self.entries.keys().filter_map(|name| name.strip_suffix(words)).collect();
        found.sort_by_key(|before| before.len());
        match found.first() {
            Some(before) => Ok((*before).to_owned()),
            None => Err(unusable(
                &self.file,
                &format!("it has no `{words}`, under whatever name before it"),
                &"choose a checkpoint of the BERT, RoBERTa, XLM-RoBERTa or DistilBERT family",
            )),
        }
    }

    fn check(&self, form: &Form) -> Result<(), EncoderError> {
        for (name, shape) in form.below() {
            self.check_part(&name, &shape)?;
        }
        // In order: where config.json promises more layers than there are, the first missing one ends it.
        for layer in 0..form.layers {
            for (name, shape) in form.of_layer(layer) {
                self.check_part(&name, &shape)?;
            }
        }
        let beyond = format!("{}{}", self.before, form.layer(form.layers));
        if self.entries.keys().any(|name| name.starts_with(&beyond)) {
            let why = format!("it has more layers than the {} that config.json says", form.layers);
            return Err(unusable(&self.file, &why, &PAIR));
        }
        Ok(())
    }

    fn check_part(&self, name: &str, shape: &[usize]) -> Result<(), EncoderError> {
        let wrong = |why: String, remedy: &str| unusable(&self.file, &why, &remedy);
        let Some((name, entry)) = self.find(name) else {
            return Err(wrong(
                format!("it has no `{}{name}`, which config.json promises", self.before),
                PAIR,
            ));
        };
        if entry.shape != shape {
            let why = format!(
                "its `{name}` is of the shape {:?}, and config.json says {shape:?}",
                entry.shape
            );
            return Err(wrong(why, PAIR));
        }
        if entry.kind().is_none() {
            let why = format!("its `{name}` is of {}, which we cannot read", entry.dtype);
            return Err(wrong(why, "save it with numbers of F32, F16 or BF16"));
        }
        if entry.size() != entry.data_offsets.1.checked_sub(entry.data_offsets.0) {
            return Err(wrong(format!("`{name}` does not take the bytes its shape needs"), AGAIN));
        }
        Ok(())
    }

    /// An entry by its name in the network: norms of older files have other names.
    fn find(&self, name: &str) -> Option<(String, &Entry)> {
        let whole = format!("{}{name}", self.before);
        let older = whole
            .strip_suffix("LayerNorm.weight")
            .map(|start| format!("{start}LayerNorm.gamma"))
            .or_else(|| {
                whole.strip_suffix("LayerNorm.bias").map(|start| format!("{start}LayerNorm.beta"))
            });
        [Some(whole), older].into_iter().flatten().find_map(|name| {
            let entry = self.entries.get(&name)?;
            Some((name, entry))
        })
    }
}

fn missing(folder: &Path, file: &Path) -> EncoderError {
    let holds = |name: &str| folder.join(name).exists();
    let remedy = if holds("model.safetensors.index.json") {
        "it is there in several files: save it as one, with `save_pretrained(FOLDER, max_shard_size=\"100GB\")`"
    } else if holds("pytorch_model.bin") {
        "pytorch_model.bin is not read, for it can run programs: save it with `save_pretrained(FOLDER, safe_serialization=True)`"
    } else {
        AGAIN
    };
    unusable(file, &"is missing", &remedy)
}

/// Where the numbers begin, and what the header says of each tensor, all of them inside the file.
fn header(file: &Path) -> Result<(u64, BTreeMap<String, Entry>), String> {
    let words = |error: std::io::Error| error.to_string();
    let mut open = File::open(file).map_err(words)?;
    let size = open.metadata().map_err(words)?.len();
    let mut length = [0; 8];
    open.read_exact(&mut length).map_err(|_| "it is empty or cut off".to_owned())?;
    let length = u64::from_le_bytes(length);
    let begin = length.saturating_add(8);
    if length > MOST_HEADER || begin > size {
        return Err("it is cut off, or no safetensors file".to_owned());
    }
    let mut bytes = vec![0; usize::try_from(length).map_err(|error| error.to_string())?];
    open.read_exact(&mut bytes).map_err(words)?;
    let mut raw: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(&bytes).map_err(|error| format!("its header: {error}"))?;
    raw.remove("__metadata__");
    let mut entries = BTreeMap::new();
    for (name, entry) in raw {
        let entry: Entry = serde_json::from_value(entry)
            .map_err(|error| format!("its header, `{name}`: {error}"))?;
        let (from, until) = entry.data_offsets;
        if from > until || until > size - begin {
            return Err(format!(
                "it is cut off: it has {size} bytes, and `{name}` should end at {}",
                begin.saturating_add(until)
            ));
        }
        entries.insert(name, entry);
    }
    Ok((begin, entries))
}
