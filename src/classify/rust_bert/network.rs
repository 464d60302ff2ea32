//! The network itself: sequences of tokens in; for each its mean state, and what the sentiment
//! branch says of it, out.
//!
//! The lower layers run once for both. Above them the encoder's own layers go on to the embedding
//! and the branch's layers to the sentiment.

use std::path::Path;

use rust_bert::bert::{BertConfig, BertEmbedding as _, BertEmbeddings, BertLayer};
use tch::{Device, Kind, TchError, Tensor, nn};

use super::heads::Heads;
use crate::classify::passes::{Chunk, Pass};
use crate::classify::rows::Row;
use crate::classify::sentiment::branch::{Branch, LAYERS, MATRICES, NORMS, WIDTH};
use crate::classify::{EncoderError, damaged, failed};

/// What is added to the attention of padding. The same number as in rust-bert's own model, so that
/// the embedding is the published one.
pub(super) const PADDING: f64 = -10_000.0;

/// The layers and their weights, for one thread.
pub(super) struct Network {
    embeddings: BertEmbeddings,
    layers: Vec<BertLayer>,
    branch: Vec<BertLayer>,
    first_of_branch: usize,
    heads: Heads,
    config: BertConfig,
    kind: Kind,
    weights: nn::VarStore,
    branch_weights: nn::VarStore,
}

/// Makes libtorch compute on the calling thread alone.
pub(super) fn compute_on_one_core() {
    tch::set_num_threads(1);
}

/// Whether the processor multiplies numbers of 16 bits in one instruction. Where it does not, libtorch
/// takes longer with them than with 32.
pub(super) fn multiplies_bf16() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx512bf16");
    #[cfg(not(target_arch = "x86_64"))]
    return false;
}

impl Network {
    /// Reads it from the files in `folder`, and puts the branch on it.
    pub(super) fn open(folder: &Path, branch: &Branch, kind: Kind) -> Result<Self, EncoderError> {
        let config = std::fs::read(folder.join("config.json"))
            .map_err(|error| damaged("config.json", &error))?;
        let config: BertConfig =
            serde_json::from_slice(&config).map_err(|error| damaged("config.json", &error))?;
        let (layers, width) = (config.num_hidden_layers, config.hidden_size);
        if usize::try_from(width) != Ok(WIDTH) || usize::try_from(layers) != Ok(LAYERS) {
            let why = format!(
                "{layers} layers of {width} numbers, and the sentiment branch is for {LAYERS} of {WIDTH}"
            );
            return Err(damaged("config.json", &why));
        }
        let mut network = Self::without_weights(config, branch.first_layer());
        network
            .weights
            .load(folder.join("model.safetensors"))
            .map_err(|error| damaged("model.safetensors", &error))?;
        tch::no_grad(|| network.put(branch)).map_err(|error| failed(&error))?;
        network.weights.set_kind(kind);
        network.branch_weights.set_kind(kind);
        network.kind = kind;
        network.weights.freeze();
        network.branch_weights.freeze();
        Ok(network)
    }

    /// The same network for another thread: layers of its own over the same memory.
    pub(super) fn sibling(&self) -> Result<Self, EncoderError> {
        let mut sibling = Self::without_weights(self.config.clone(), self.first_of_branch);
        share(&self.weights, &mut sibling.weights)?;
        share(&self.branch_weights, &mut sibling.branch_weights)?;
        sibling.heads = self.heads.sibling();
        sibling.kind = self.kind;
        Ok(sibling)
    }

    fn without_weights(config: BertConfig, first_of_branch: usize) -> Self {
        let weights = nn::VarStore::new(Device::Cpu);
        let branch_weights = nn::VarStore::new(Device::Cpu);
        let layer = |store: &nn::VarStore, prefix: &str, layer: usize| {
            BertLayer::new(prefixed(store, prefix) / layer, &config)
        };
        Self {
            embeddings: BertEmbeddings::new(weights.root() / "embeddings", &config),
            layers: (0..LAYERS).map(|place| layer(&weights, "encoder.layer", place)).collect(),
            branch: (first_of_branch..LAYERS)
                .map(|place| layer(&branch_weights, "layer", place))
                .collect(),
            first_of_branch,
            heads: Heads::default(),
            config,
            kind: Kind::Float,
            weights,
            branch_weights,
        }
    }

    /// Gives the branch's layers their weights: matrices that are added to the encoder's own,
    /// everything else as it is.
    fn put(&mut self, branch: &Branch) -> Result<(), TchError> {
        let own = self.weights.variables();
        let mut theirs = self.branch_weights.variables();
        let missing = |name: &str| TchError::FileFormat(format!("there is no {name}"));
        for layer in self.first_of_branch..LAYERS {
            let mut set = |part: &str, is_change: bool| -> Result<(), TchError> {
                let name = format!("layer.{layer}.{part}");
                let variable = theirs.get_mut(&name).ok_or_else(|| missing(&name))?;
                let mut values =
                    Tensor::from_slice(branch.part(&name)).f_reshape(variable.size())?;
                if is_change {
                    let own = own.get(&format!("encoder.{name}")).ok_or_else(|| missing(&name))?;
                    values = values.f_add(own)?;
                }
                variable.f_copy_(&values)
            };
            for (matrix, _, _) in MATRICES {
                set(&format!("{matrix}.weight"), true)?;
                set(&format!("{matrix}.bias"), false)?;
            }
            for norm in NORMS {
                set(&format!("{norm}.weight"), false)?;
                set(&format!("{norm}.bias"), false)?;
            }
        }
        self.heads = Heads::of(branch)?;
        Ok(())
    }

    /// What comes of each sequence.
    pub(super) fn rows_of(&self, pass: &Pass) -> Result<Vec<Row>, EncoderError> {
        tch::no_grad(|| self.rows(pass)).map_err(|error| failed(&error))
    }

    fn rows(&self, pass: &Pass) -> Result<Vec<Row>, Box<dyn std::error::Error>> {
        let Pass { wanted, chunks } = pass;
        let longest = chunks.iter().map(|chunk| chunk.tokens.len()).max().unwrap_or(0);
        let mut ids = Vec::with_capacity(chunks.len() * longest);
        let mut mask = Vec::with_capacity(chunks.len() * longest);
        for Chunk { tokens, .. } in chunks {
            let padding = longest - tokens.len();
            ids.extend_from_slice(tokens);
            // Masked out below, so that it does not matter which token it is.
            ids.extend(std::iter::repeat_n(0_i64, padding));
            mask.extend(std::iter::repeat_n(1_f32, tokens.len()));
            mask.extend(std::iter::repeat_n(0_f32, padding));
        }
        // As wide as the longest sequence; the rows follow from the count.
        let shape = [-1, i64::try_from(longest)?];
        let ids = Tensor::from_slice(&ids).f_reshape(shape)?;
        let mask = Tensor::from_slice(&mask).f_reshape(shape)?;
        let padding: Tensor = (1.0 - mask.unsqueeze(1).unsqueeze(1)) * PADDING;
        let padding = padding.to_kind(self.kind);
        let mask = mask.unsqueeze(-1);

        let states = self.embeddings.forward_t(Some(&ids), None, None, None, false)?;
        let states = through(&self.layers[..self.first_of_branch], states, &padding);
        let mut rows: Vec<Row> = chunks.iter().map(|_| Row::default()).collect();
        if wanted.embedding() {
            let own = &self.layers[self.first_of_branch..];
            let states = through(own, states.shallow_clone(), &padding).to_kind(Kind::Float);
            let means = means(&states, &mask);
            let norms = means.norm_scalaropt_dim(2, [1_i64].as_slice(), true).clamp_min(1e-12);
            for (row, mean) in rows.iter_mut().zip(Vec::<Vec<f32>>::try_from(means / norms)?) {
                row.mean = mean;
            }
        }
        if wanted.sentiment() {
            let states = through(&self.branch, states, &padding).to_kind(Kind::Float);
            let means = means(&states, &mask);
            for (row, scores) in rows.iter_mut().zip(self.heads.scores(&states, &means, chunks)?) {
                row.scores = Some(scores);
            }
        }
        Ok(rows)
    }
}

pub(super) fn through(layers: &[BertLayer], states: Tensor, padding: &Tensor) -> Tensor {
    layers.iter().fold(states, |states, layer| {
        layer.forward_t(&states, Some(padding), None, None, false).hidden_state
    })
}

/// The mean over the tokens of each sequence.
pub(super) fn means(states: &Tensor, mask: &Tensor) -> Tensor {
    let sums = (states * mask).sum_dim_intlist([1_i64].as_slice(), false, Kind::Float);
    sums / mask.sum_dim_intlist([1_i64].as_slice(), false, Kind::Float)
}

pub(super) fn prefixed<'s>(store: &'s nn::VarStore, prefix: &str) -> nn::Path<'s> {
    prefix.split('.').fold(store.root(), |path, part| path / part)
}

/// Lets one network compute with the numbers of another.
pub(super) fn share(ours: &nn::VarStore, theirs: &mut nn::VarStore) -> Result<(), EncoderError> {
    theirs.freeze();
    let ours = ours.variables();
    for (name, mut theirs) in theirs.variables() {
        let missing = || failed(&format!("{name} is in one thread only"));
        theirs.f_set_data(ours.get(&name).ok_or_else(missing)?).map_err(|error| failed(&error))?;
    }
    Ok(())
}
