//! The network of a checkpoint: rust-bert's layers of its family with its numbers in them; sequences of
//! tokens in, an embedding for each out.

use rust_bert::bert::{BertConfig, BertEmbedding as _, BertEmbeddings, BertLayer};
use rust_bert::distilbert::{DistilBertConfig, DistilBertModel};
use rust_bert::roberta::RobertaEmbeddings;
use tch::{Device, Kind, Tensor, nn};

use super::checkpoint::{Checkpoint, Dense, Family, Form, Pool};
use super::network::{PADDING, means, prefixed, share, through};
use crate::classify::passes::{Chunk, Pass};
use crate::classify::rows::Row;
use crate::classify::threads::Network;
use crate::classify::{EncoderError, failed};

/// What rust-bert's DistilBERT puts before the names of its tensors.
const OF_DISTILBERT: &str = "distilbert.";

/// A network for one thread.
pub(super) struct FormNetwork {
    form: Form,
    pool: Pool,
    layers: Layers,
    dense: Option<Linear>,
    numbers: nn::VarStore,
}

/// The layers of a family.
enum Layers {
    Bert(BertEmbeddings, Vec<BertLayer>),
    Roberta(RobertaEmbeddings, Vec<BertLayer>),
    DistilBert(Box<DistilBertModel>),
}

/// A layer after pooling.
struct Linear {
    matrix: Tensor,
    bias: Option<Tensor>,
    has_tanh: bool,
}

impl FormNetwork {
    /// Reads the numbers of a checkpoint, which fits its form.
    pub(super) fn open(checkpoint: &Checkpoint) -> Result<Self, EncoderError> {
        let mut network = Self::without_numbers(checkpoint.form, checkpoint.pool);
        for (name, variable) in network.numbers.variables() {
            let name = name.strip_prefix(OF_DISTILBERT).unwrap_or(&name);
            checkpoint.weights.fill(name, &variable)?;
        }
        network.dense = checkpoint.dense.as_ref().map(Linear::open).transpose()?;
        network.numbers.freeze();
        Ok(network)
    }

    /// The same network for another thread: layers of its own over the same memory.
    pub(super) fn sibling(&self) -> Result<Self, EncoderError> {
        let mut sibling = Self::without_numbers(self.form, self.pool);
        share(&self.numbers, &mut sibling.numbers)?;
        sibling.dense = self.dense.as_ref().map(Linear::sibling);
        Ok(sibling)
    }

    fn without_numbers(form: Form, pool: Pool) -> Self {
        let numbers = nn::VarStore::new(Device::Cpu);
        let layers = match form.family {
            Family::DistilBert => Layers::DistilBert(Box::new(DistilBertModel::new(
                numbers.root(),
                &distilbert(form),
            ))),
            Family::Bert | Family::Roberta | Family::XlmRoberta => {
                let config = bert(form);
                let below = numbers.root() / "embeddings";
                let layer =
                    |place| BertLayer::new(prefixed(&numbers, "encoder.layer") / place, &config);
                let layers = (0..form.layers).map(layer).collect();
                if form.family == Family::Bert {
                    Layers::Bert(BertEmbeddings::new(below, &config), layers)
                } else {
                    Layers::Roberta(RobertaEmbeddings::new(below, &config), layers)
                }
            }
        };
        Self { form, pool, layers, dense: None, numbers }
    }

    fn rows(&self, chunks: &[Chunk]) -> Result<Vec<Row>, Box<dyn std::error::Error>> {
        let longest = chunks.iter().map(|chunk| chunk.tokens.len()).max().unwrap_or(0);
        let padding = i64::try_from(self.form.padding)?;
        let (mut ids, mut mask) = (Vec::new(), Vec::new());
        for Chunk { tokens, .. } in chunks {
            let missing = longest - tokens.len();
            ids.extend_from_slice(tokens);
            ids.extend(std::iter::repeat_n(padding, missing));
            mask.extend(std::iter::repeat_n(1_f32, tokens.len()));
            mask.extend(std::iter::repeat_n(0_f32, missing));
        }
        let shape = [i64::try_from(chunks.len())?, i64::try_from(longest)?];
        let ids = Tensor::from_slice(&ids).f_reshape(shape)?;
        let mask = Tensor::from_slice(&mask).f_reshape(shape)?;
        let states = self.states(&ids, &mask, padding)?;
        let mut pooled = match self.pool {
            Pool::Mean => means(&states, &mask.unsqueeze(-1)),
            Pool::First => states.f_select(1, 0)?,
        };
        if let Some(dense) = &self.dense {
            pooled = dense.on(&pooled)?;
        }
        let norms = pooled.norm_scalaropt_dim(2, [1_i64].as_slice(), true).clamp_min(1e-12);
        let rows = Vec::<Vec<f32>>::try_from(pooled / norms)?;
        Ok(rows.into_iter().map(|mean| Row { mean, scores: None }).collect())
    }

    fn states(
        &self,
        ids: &Tensor,
        mask: &Tensor,
        padding: i64,
    ) -> Result<Tensor, Box<dyn std::error::Error>> {
        let (embedded, layers) = match &self.layers {
            Layers::DistilBert(model) => {
                return Ok(model.forward_t(Some(ids), Some(mask), None, false)?.hidden_state);
            }
            Layers::Bert(embeddings, layers) => {
                (embeddings.forward_t(Some(ids), None, None, None, false)?, layers)
            }
            Layers::Roberta(embeddings, layers) => {
                // rust-bert takes the padding token to be number 1; it is the checkpoint's to say.
                let (length, first) = (ids.size2()?.1, padding + 1);
                let places =
                    Tensor::arange_start(first, first + length, (Kind::Int64, Device::Cpu));
                let places = places.unsqueeze(0).f_expand_as(ids)?;
                (embeddings.forward_t(Some(ids), None, Some(&places), None, false)?, layers)
            }
        };
        let padding = (1.0 - mask.unsqueeze(1).unsqueeze(1)) * PADDING;
        Ok(through(layers, embedded, &padding))
    }
}

impl Network for FormNetwork {
    fn pass(&mut self, pass: &Pass) -> Result<Vec<Row>, EncoderError> {
        tch::no_grad(|| self.rows(&pass.chunks)).map_err(|error| failed(&error))
    }
}

impl Linear {
    fn open(dense: &Dense) -> Result<Self, EncoderError> {
        let bias = dense.has_bias.then(|| dense.weights.tensor("linear.bias")).transpose()?;
        let matrix = dense.weights.tensor("linear.weight")?;
        Ok(Self { matrix, bias, has_tanh: dense.has_tanh })
    }

    fn sibling(&self) -> Self {
        Self {
            matrix: self.matrix.shallow_clone(),
            bias: self.bias.as_ref().map(Tensor::shallow_clone),
            has_tanh: self.has_tanh,
        }
    }

    fn on(&self, pooled: &Tensor) -> Result<Tensor, tch::TchError> {
        let out = pooled.f_linear(&self.matrix, self.bias.as_ref())?;
        if self.has_tanh { out.f_tanh() } else { Ok(out) }
    }
}

/// A form as rust-bert writes it. Its sides are those of tensors in a file: they fit.
fn bert(form: Form) -> BertConfig {
    BertConfig {
        hidden_act: form.activation,
        attention_probs_dropout_prob: 0.0,
        hidden_dropout_prob: 0.0,
        hidden_size: side(form.width),
        initializer_range: 0.02,
        intermediate_size: side(form.inner),
        max_position_embeddings: side(form.positions),
        num_attention_heads: side(form.heads),
        num_hidden_layers: side(form.layers),
        type_vocab_size: side(form.types),
        vocab_size: side(form.vocabulary),
        output_attentions: None,
        output_hidden_states: None,
        is_decoder: None,
        id2label: None,
        label2id: None,
    }
}

fn distilbert(form: Form) -> DistilBertConfig {
    DistilBertConfig {
        activation: form.activation,
        attention_dropout: 0.0,
        dim: side(form.width),
        dropout: 0.0,
        hidden_dim: side(form.inner),
        initializer_range: 0.02,
        max_position_embeddings: side(form.positions),
        n_heads: side(form.heads),
        n_layers: side(form.layers),
        vocab_size: side(form.vocabulary),
        // The file has them, however they were made.
        sinusoidal_pos_embds: false,
        ..DistilBertConfig::default()
    }
}

fn side(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}
