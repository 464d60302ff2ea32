//! The weights of the network, most of them in bytes.
//!
//! A row of a matrix has a scale of its own: no number is further from the published one than half
//! a 127th of the largest of its row.

use std::io::{Read, Seek};

use serde::Deserialize;

use super::heads::Heads;
use super::kernels::{LANES, Norm};
use super::tensor_file::TensorFile;
use crate::classify::sentiment::branch::{Branch, LAYERS, WIDTH};
use crate::classify::{EncoderError, damaged};

/// How large the network is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) struct Shape {
    #[serde(rename = "vocab_size")]
    pub(super) words: usize,
    #[serde(rename = "max_position_embeddings")]
    pub(super) positions: usize,
    #[serde(rename = "hidden_size")]
    pub(super) width: usize,
    #[serde(rename = "num_attention_heads")]
    pub(super) heads: usize,
    #[serde(rename = "intermediate_size")]
    pub(super) inner: usize,
    #[serde(rename = "num_hidden_layers")]
    pub(super) layers: usize,
}

/// Rows of whole numbers, each with its scale.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Quantised {
    pub(super) values: Vec<i8>,
    pub(super) scales: Vec<f32>,
}

/// A matrix with what is added to its product: a row for each number that comes out.
#[derive(Debug, Clone)]
pub(super) struct LinearWeights {
    pub(super) matrix: Quantised,
    pub(super) bias: Vec<f32>,
}

/// One layer.
#[derive(Debug, Clone)]
pub(super) struct LayerWeights {
    /// One under the other.
    pub(super) query_key_value: LinearWeights,
    pub(super) output: LinearWeights,
    pub(super) attention_norm: Norm,
    pub(super) up: LinearWeights,
    pub(super) down: LinearWeights,
    pub(super) norm: Norm,
}

/// Everything the network is made of.
#[derive(Debug, Clone)]
pub(super) struct Weights {
    pub(super) shape: Shape,
    pub(super) words: Quantised,
    /// With that of the first kind of token, which all of ours are.
    pub(super) positions: Vec<f32>,
    pub(super) norm: Norm,
    pub(super) layers: Vec<LayerWeights>,
    pub(super) branch: Option<Fork>,
}

/// The sentiment branch: layers in place of the last of the network's own, and what it reads off them.
#[derive(Debug, Clone)]
pub(super) struct Fork {
    pub(super) layers: Vec<LayerWeights>,
    pub(super) heads: Heads,
}

impl Shape {
    /// Reads it from a `config.json`.
    pub(super) fn of(config: &[u8]) -> Result<Self, EncoderError> {
        let shape: Self =
            serde_json::from_slice(config).map_err(|error| damaged("config.json", &error))?;
        let Self { width, heads, inner, positions, .. } = shape;
        if width == 0
            || heads == 0
            || width % LANES != 0
            || inner % LANES != 0
            || width % heads != 0
        {
            let why = format!(
                "{heads} heads, {width} and {inner} numbers a token, which is for rust-bert"
            );
            return Err(damaged("config.json", &why));
        }
        if inner == 0 || positions == 0 {
            return Err(damaged("config.json", &"a network of no size"));
        }
        Ok(shape)
    }
}

impl Quantised {
    /// The nearest whole numbers of these rows.
    pub(super) fn of(rows: &[f32], width: usize) -> Self {
        let mut quantised = Self::default();
        for row in rows.chunks_exact(width.max(1)) {
            let largest = row.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
            let scale = if largest.is_normal() { largest / 127.0 } else { 1.0 };
            quantised.scales.push(scale);
            quantised.values.extend(row.iter().map(|value| (value / scale).round() as i8));
        }
        quantised
    }

    /// The nearest whole numbers of these rows and others together.
    fn plus(&self, others: &[f32], width: usize) -> Self {
        let rows = self.values.chunks_exact(width.max(1)).zip(&self.scales);
        let values = rows.flat_map(|(row, scale)| row.iter().map(move |v| f32::from(*v) * scale));
        let sums: Vec<f32> = values.zip(others).map(|(value, other)| value + other).collect();
        Self::of(&sums, width)
    }

    fn append(&mut self, other: Self) {
        self.values.extend(other.values);
        self.scales.extend(other.scales);
    }
}

/// What stands behind the name of a matrix in bytes for that of its scales.
pub(super) const SCALES: &str = ".scales";

impl Weights {
    /// Reads them from a file whose matrices may be in bytes already. The branch's layers are the
    /// file's with what the branch adds to them.
    pub(super) fn read<R: Read + Seek>(
        file: &mut TensorFile<R>,
        shape: Shape,
        branch: Option<&Branch>,
    ) -> Result<Self, EncoderError> {
        let Shape { words, positions, width, layers, .. } = shape;
        let kind = file.floats("embeddings.token_type_embeddings.weight", &[2, width])?;
        let mut places =
            file.floats("embeddings.position_embeddings.weight", &[positions, width])?;
        for row in places.chunks_exact_mut(width) {
            for (place, kind) in row.iter_mut().zip(&kind) {
                *place += kind;
            }
        }
        let words = quantised(file, "embeddings.word_embeddings.weight", words, width)?;
        let norm = norm(file, "embeddings.LayerNorm", width)?;
        let mut own = Source { file, branch: None };
        let layers = (0..layers).map(|layer| own.layer(layer, shape)).collect::<Result<_, _>>()?;
        let branch = branch.map(|branch| Fork::read(file, shape, branch)).transpose()?;
        Ok(Self { shape, words, positions: places, norm, layers, branch })
    }
}

impl Fork {
    fn read<R: Read + Seek>(
        file: &mut TensorFile<R>,
        shape: Shape,
        branch: &Branch,
    ) -> Result<Self, EncoderError> {
        let Shape { layers, width, .. } = shape;
        if (layers, width) != (LAYERS, WIDTH) {
            let why = format!(
                "{layers} layers of {width} numbers, and the sentiment branch is for {LAYERS} of {WIDTH}"
            );
            return Err(damaged("config.json", &why));
        }
        let mut source = Source { file, branch: Some(branch) };
        let layers = (branch.first_layer()..layers).map(|layer| source.layer(layer, shape));
        Ok(Self { layers: layers.collect::<Result<_, _>>()?, heads: Heads::of(branch) })
    }
}

/// Where layers come from: the file, or the file with what a branch adds.
struct Source<'a, R> {
    file: &'a mut TensorFile<R>,
    branch: Option<&'a Branch>,
}

impl<R: Read + Seek> Source<'_, R> {
    fn layer(&mut self, layer: usize, shape: Shape) -> Result<LayerWeights, EncoderError> {
        let Shape { width, inner, .. } = shape;
        let name = |part: &str| format!("layer.{layer}.{part}");
        let mut query_key_value = self.linear(&name("attention.self.query"), width, width)?;
        for part in ["attention.self.key", "attention.self.value"] {
            let more = self.linear(&name(part), width, width)?;
            query_key_value.matrix.append(more.matrix);
            query_key_value.bias.extend(more.bias);
        }
        Ok(LayerWeights {
            query_key_value,
            output: self.linear(&name("attention.output.dense"), width, width)?,
            attention_norm: self.norm(&name("attention.output.LayerNorm"), width)?,
            up: self.linear(&name("intermediate.dense"), inner, width)?,
            down: self.linear(&name("output.dense"), width, inner)?,
            norm: self.norm(&name("output.LayerNorm"), width)?,
        })
    }

    fn linear(
        &mut self,
        name: &str,
        rows: usize,
        columns: usize,
    ) -> Result<LinearWeights, EncoderError> {
        let (weight, bias) = (format!("{name}.weight"), format!("{name}.bias"));
        let mut matrix = quantised(self.file, &format!("encoder.{weight}"), rows, columns)?;
        let Some(branch) = self.branch else {
            let bias = self.file.floats(&format!("encoder.{bias}"), &[rows])?;
            return Ok(LinearWeights { matrix, bias });
        };
        // Made of what is in bytes already, not of the published weights: a new branch then needs
        // nothing but the file that is kept. What is rounded twice answers no worse (models/light.md).
        matrix = matrix.plus(part(branch, &weight, rows * columns)?, columns);
        Ok(LinearWeights { matrix, bias: part(branch, &bias, rows)?.to_vec() })
    }

    fn norm(&mut self, name: &str, width: usize) -> Result<Norm, EncoderError> {
        let Some(branch) = self.branch else {
            return norm(self.file, &format!("encoder.{name}"), width);
        };
        Ok(Norm {
            weight: part(branch, &format!("{name}.weight"), width)?.to_vec(),
            bias: part(branch, &format!("{name}.bias"), width)?.to_vec(),
        })
    }
}

fn part<'b>(branch: &'b Branch, name: &str, length: usize) -> Result<&'b [f32], EncoderError> {
    let part = branch.part(name);
    if part.len() == length {
        return Ok(part);
    }
    let found = part.len();
    let why =
        format!("the sentiment branch has {found} numbers for `{name}`, which wants {length}");
    Err(damaged("config.json", &why))
}

fn quantised<R: Read + Seek>(
    file: &mut TensorFile<R>,
    name: &str,
    rows: usize,
    columns: usize,
) -> Result<Quantised, EncoderError> {
    let scales = format!("{name}{SCALES}");
    if file.entries().contains_key(&scales) {
        let values = file.whole(name, &[rows, columns])?;
        return Ok(Quantised { values, scales: file.floats(&scales, &[rows])? });
    }
    Ok(Quantised::of(&file.floats(name, &[rows, columns])?, columns))
}

fn norm<R: Read + Seek>(
    file: &mut TensorFile<R>,
    name: &str,
    width: usize,
) -> Result<Norm, EncoderError> {
    Ok(Norm {
        weight: file.floats(&format!("{name}.weight"), &[width])?,
        bias: file.floats(&format!("{name}.bias"), &[width])?,
    })
}
