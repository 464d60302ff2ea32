//! The sentiment branch: what its upper layers and heads differ in from the encoder's, as it was
//! trained and committed.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

use super::relief;
use crate::classify::tensors::{self, Tensor};

/// Numbers of a token's state in the encoder it was trained on.
pub const WIDTH: usize = 384;

/// Numbers inside a layer.
const INNER: usize = 1_536;

/// Layers of the encoder it was trained on.
pub const LAYERS: usize = 6;

/// Numbers between the two layers of the head for targets.
pub const HIDDEN: usize = 256;

/// Classes: negative, neutral, positive.
const CLASSES: usize = 3;

/// The branch that was committed with this version.
const COMMITTED: &[u8] = include_bytes!("../../../models/sentiment.safetensors");

/// The matrices of a layer, each with its outputs and inputs.
pub(in crate::classify) const MATRICES: [(&str, usize, usize); 6] = [
    ("attention.self.query", WIDTH, WIDTH),
    ("attention.self.key", WIDTH, WIDTH),
    ("attention.self.value", WIDTH, WIDTH),
    ("attention.output.dense", WIDTH, WIDTH),
    ("intermediate.dense", INNER, WIDTH),
    ("output.dense", WIDTH, INNER),
];

/// The norms of a layer.
pub(in crate::classify) const NORMS: [&str; 2] = ["attention.output.LayerNorm", "output.LayerNorm"];

/// A trained branch.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    first_layer: usize,
    tensors: HashMap<String, Vec<f32>>,
    temperatures: [f64; 2],
    digits: String,
}

/// A file that is no sentiment branch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the sentiment branch: {0}; restore models/sentiment.safetensors or train it again with `make train-sentiment`"
)]
pub struct NotABranch(String);

impl Branch {
    /// The branch that was committed with this version.
    ///
    /// # Errors
    /// [`NotABranch`], if this version was built from a damaged file.
    pub fn committed() -> Result<Self, NotABranch> {
        Self::from_bytes(COMMITTED)
    }

    /// The branch in a safetensors file. A matrix is whole numbers in bytes and a scale for each
    /// row; that of a layer is added to the encoder's own.
    ///
    /// # Errors
    /// [`NotABranch`] says which part is missing or of another shape.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NotABranch> {
        let parts = tensors::read(bytes).map_err(NotABranch)?;
        let parts: HashMap<&str, &Tensor> =
            parts.iter().map(|part| (part.name.as_str(), part)).collect();
        let read = |name: &str, shape: &[usize]| match parts.get(name) {
            None => Err(NotABranch(format!("it has no `{name}`"))),
            Some(part) if !part.is_of(shape) => {
                Err(NotABranch(format!("its `{name}` is not of the shape {shape:?}")))
            }
            Some(part) if !part.values.iter().all(|value| value.is_finite()) => {
                Err(NotABranch(format!("its `{name}` holds numbers that are none")))
            }
            Some(part) => Ok(part.values.clone()),
        };
        let first_layer = read("first_layer", &[1])?[0];
        let first_layer = (0..LAYERS)
            .find(|layer| (*layer as f32 - first_layer).abs() < 0.5)
            .ok_or_else(|| NotABranch(format!("it begins at layer {first_layer} of {LAYERS}")))?;

        let mut tensors = HashMap::new();
        let mut keep = |name: String, shape: &[usize]| {
            read(&name, shape).map(|values| tensors.insert(name, values))
        };
        let mut matrices: Vec<(String, usize, usize)> =
            vec![("target.hidden".to_owned(), HIDDEN, 2 * WIDTH)];
        for layer in first_layer..LAYERS {
            let in_layer = |(name, rows, columns)| (format!("layer.{layer}.{name}"), rows, columns);
            matrices.extend(MATRICES.map(in_layer));
            for norm in NORMS {
                keep(format!("layer.{layer}.{norm}.weight"), &[WIDTH])?;
                keep(format!("layer.{layer}.{norm}.bias"), &[WIDTH])?;
            }
        }
        for (name, rows, _) in &matrices {
            keep(format!("{name}.bias"), &[*rows])?;
        }
        for (name, columns) in [("author", WIDTH), ("target.out", HIDDEN)] {
            keep(format!("{name}.weight"), &[CLASSES, columns])?;
            keep(format!("{name}.bias"), &[CLASSES])?;
        }
        for (name, rows, columns) in matrices {
            let scales = read(&format!("{name}.scale"), &[rows])?;
            let mut values = read(&format!("{name}.weight"), &[rows, columns])?;
            for (row, scale) in values.chunks_mut(columns).zip(scales) {
                for value in row {
                    *value *= scale;
                }
            }
            tensors.insert(format!("{name}.weight"), values);
        }

        let temperatures = read("temperatures", &[2])?;
        if !temperatures.iter().all(|value| *value > 0.01) {
            return Err(NotABranch("its temperatures are too low".to_owned()));
        }
        let digits = Sha256::digest(bytes)
            .iter()
            .take(4)
            .fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"));
        Ok(Self {
            first_layer,
            tensors,
            temperatures: [f64::from(temperatures[0]), f64::from(temperatures[1])],
            digits,
        })
    }

    /// The first eight digits of the file's checksum, and which rule weighs what it says.
    #[must_use]
    pub fn name(&self) -> String {
        relief::named(&self.digits)
    }

    /// The first layer that is its own; those below are the encoder's.
    #[must_use]
    pub fn first_layer(&self) -> usize {
        self.first_layer
    }

    /// What the scores for authors, and for targets, are divided by before they become
    /// probabilities.
    #[must_use]
    pub fn temperatures(&self) -> [f64; 2] {
        self.temperatures
    }

    /// A part by its name; all that [`Branch::from_bytes`] asks for are there.
    #[cfg(any(feature = "rust-bert", feature = "light"))]
    pub(in crate::classify) fn part(&self, name: &str) -> &[f32] {
        self.tensors.get(name).map_or(&[], Vec::as_slice)
    }
}
