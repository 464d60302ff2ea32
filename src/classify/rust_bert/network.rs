//! The network itself: sequences of tokens in, one row of numbers for each out.

use std::path::Path;

use rust_bert::bert::{BertConfig, BertEmbeddings, BertModel};
use tch::{Device, Kind, Tensor, nn};

use super::damaged;
use super::passes::Chunk;
use crate::classify::EncoderError;

/// The layers and their weights, for one thread.
pub(super) struct Network {
    bert: BertModel<BertEmbeddings>,
    config: BertConfig,
    weights: nn::VarStore,
}

/// Makes libtorch compute on the calling thread alone.
pub(super) fn compute_on_one_core() {
    tch::set_num_threads(1);
}

impl Network {
    /// Reads it from the files in `folder`.
    pub(super) fn open(folder: &Path) -> Result<Self, EncoderError> {
        let config = std::fs::read(folder.join("config.json"))
            .map_err(|error| damaged("config.json", &error))?;
        let config: BertConfig =
            serde_json::from_slice(&config).map_err(|error| damaged("config.json", &error))?;
        let mut network = Self::without_weights(config);
        network
            .weights
            .load(folder.join("model.safetensors"))
            .map_err(|error| damaged("model.safetensors", &error))?;
        network.weights.freeze();
        Ok(network)
    }

    /// The same network for another thread: layers of its own over the same memory.
    pub(super) fn sibling(&self) -> Result<Self, EncoderError> {
        let mut sibling = Self::without_weights(self.config.clone());
        sibling.weights.freeze();
        let ours = self.weights.variables();
        for (name, mut theirs) in sibling.weights.variables() {
            let missing = || EncoderError::Failed(format!("{name} is in one thread only"));
            theirs
                .f_set_data(ours.get(&name).ok_or_else(missing)?)
                .map_err(|error| EncoderError::Failed(error.to_string()))?;
        }
        Ok(sibling)
    }

    fn without_weights(config: BertConfig) -> Self {
        let weights = nn::VarStore::new(Device::Cpu);
        let bert = BertModel::new_with_optional_pooler(weights.root(), &config, false);
        Self { bert, config, weights }
    }

    /// One embedding for each sequence: the mean over its tokens, at unit length.
    pub(super) fn pass(&self, chunks: &[Chunk]) -> Result<Vec<Vec<f32>>, EncoderError> {
        tch::no_grad(|| self.means(chunks)).map_err(|error| EncoderError::Failed(error.to_string()))
    }

    fn means(&self, chunks: &[Chunk]) -> Result<Vec<Vec<f32>>, Box<dyn std::error::Error>> {
        let longest = chunks.iter().map(|chunk| chunk.tokens.len()).max().unwrap_or(0);
        let mut ids = Vec::with_capacity(chunks.len() * longest);
        let mut mask = Vec::with_capacity(chunks.len() * longest);
        for Chunk { tokens, .. } in chunks {
            let padding = longest - tokens.len();
            ids.extend_from_slice(tokens);
            // Masked out below, so that it does not matter which token it is.
            ids.extend(std::iter::repeat_n(0_i64, padding));
            mask.extend(std::iter::repeat_n(1_i64, tokens.len()));
            mask.extend(std::iter::repeat_n(0_i64, padding));
        }
        // As wide as the longest sequence; the rows follow from the count.
        let shape = [-1, i64::try_from(longest)?];
        let ids = Tensor::from_slice(&ids).reshape(shape);
        let mask = Tensor::from_slice(&mask).reshape(shape);
        let states = self
            .bert
            .forward_t(Some(&ids), Some(&mask), None, None, None, None, None, false)?
            .hidden_state;
        let mask = mask.unsqueeze(-1).to_kind(Kind::Float);
        let sums = (states * &mask).sum_dim_intlist([1_i64].as_slice(), false, Kind::Float);
        let means = sums / mask.sum_dim_intlist([1_i64].as_slice(), false, Kind::Float);
        let norms = means.norm_scalaropt_dim(2, [1_i64].as_slice(), true).clamp_min(1e-12);
        Ok(Vec::<Vec<f32>>::try_from(means / norms)?)
    }
}
