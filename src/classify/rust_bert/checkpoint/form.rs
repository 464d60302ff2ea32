//! What a checkpoint's config.json says of its network, and the tensors that must be there for it.

use std::path::Path;

use rust_bert::Activation;
use serde::Deserialize;

use super::{json, unusable};
use crate::classify::EncoderError;

/// Fewest tokens that leave room for one between the special ones.
pub(super) const FEWEST_TOKENS: usize = 3;

/// The kinds of network that we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Family {
    /// BERT, and ELECTRA's discriminator of the same shape.
    Bert,
    /// RoBERTa: positions are counted from after the padding token's number.
    Roberta,
    /// XLM-RoBERTa: the same network with another tokenizer.
    XlmRoberta,
    /// DistilBERT: no token types, and names of its own.
    DistilBert,
}

/// The shape of a network.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Form {
    pub(in super::super) family: Family,
    pub(in super::super) layers: usize,
    pub(in super::super) width: usize,
    pub(in super::super) heads: usize,
    pub(in super::super) inner: usize,
    pub(in super::super) positions: usize,
    pub(in super::super) vocabulary: usize,
    pub(in super::super) types: usize,
    pub(in super::super) activation: Activation,
    /// The padding token's number.
    pub(in super::super) padding: usize,
}

/// config.json, as far as it matters. DistilBERT has names of its own for some.
#[derive(Debug, Deserialize)]
struct Config {
    model_type: Option<String>,
    #[serde(alias = "n_layers")]
    num_hidden_layers: Option<usize>,
    #[serde(alias = "dim")]
    hidden_size: Option<usize>,
    #[serde(alias = "n_heads")]
    num_attention_heads: Option<usize>,
    #[serde(alias = "hidden_dim")]
    intermediate_size: Option<usize>,
    max_position_embeddings: Option<usize>,
    vocab_size: Option<usize>,
    type_vocab_size: Option<usize>,
    embedding_size: Option<usize>,
    #[serde(alias = "activation")]
    hidden_act: Option<String>,
    pad_token_id: Option<usize>,
    position_embedding_type: Option<String>,
    layer_norm_eps: Option<f64>,
    is_decoder: Option<bool>,
}

/// A norm's smallest divisor up to which ours, which is smaller, gives the same embedding: 1e-5, which
/// RoBERTa has, moves it by 2e-6.
const LARGEST_EPSILON: f64 = 1e-4;

/// Reads the folder's config.json.
pub(super) fn read(folder: &Path) -> Result<Form, EncoderError> {
    let file = folder.join("config.json");
    let config: Option<Config> = json(&file)?;
    let Some(config) = config else {
        let remedy = "name the folder of a checkpoint, with config.json, model.safetensors and its tokenizer's files";
        return Err(unusable(&file, &"is missing", &remedy));
    };
    of(&config).map_err(|(why, remedy)| unusable(&file, &why, &remedy))
}

fn of(config: &Config) -> Result<Form, (String, &'static str)> {
    const OTHER: &str =
        "choose a checkpoint of the BERT, RoBERTa, XLM-RoBERTa or DistilBERT family";
    const AGAIN: &str = "copy it again from where the checkpoint came from";
    let family = match config.model_type.as_deref() {
        Some("bert" | "electra") => Family::Bert,
        Some("roberta") => Family::Roberta,
        Some("xlm-roberta") => Family::XlmRoberta,
        Some("distilbert") => Family::DistilBert,
        Some(other) => {
            return Err((format!("its model_type is {other:?}, which we cannot run"), OTHER));
        }
        None => return Err(("it has no model_type".to_owned(), OTHER)),
    };
    let needed = |value: Option<usize>, name: &str| match value {
        Some(0) => Err((format!("its {name} is 0"), AGAIN)),
        Some(value) => Ok(value),
        None => Err((format!("it has no {name}"), AGAIN)),
    };
    let form = Form {
        family,
        layers: needed(config.num_hidden_layers, "num_hidden_layers")?,
        width: needed(config.hidden_size, "hidden_size")?,
        heads: needed(config.num_attention_heads, "num_attention_heads")?,
        inner: needed(config.intermediate_size, "intermediate_size")?,
        positions: needed(config.max_position_embeddings, "max_position_embeddings")?,
        vocabulary: needed(config.vocab_size, "vocab_size")?,
        types: match family {
            Family::DistilBert => 0,
            Family::Bert | Family::Roberta | Family::XlmRoberta => {
                needed(config.type_vocab_size, "type_vocab_size")?
            }
        },
        activation: activation(config.hidden_act.as_deref()).map_err(|other| {
            (format!("its hidden_act is {other:?}, which we cannot run"), OTHER)
        })?,
        padding: config.pad_token_id.unwrap_or(match family {
            Family::Roberta | Family::XlmRoberta => 1,
            Family::Bert | Family::DistilBert => 0,
        }),
    };
    if !form.width.is_multiple_of(form.heads) {
        let (width, heads) = (form.width, form.heads);
        return Err((format!("its hidden_size {width} cannot be shared by {heads} heads"), AGAIN));
    }
    if form.padding >= form.vocabulary {
        return Err(("its pad_token_id is none of its vocab_size tokens".to_owned(), AGAIN));
    }
    if config.embedding_size.is_some_and(|size| size != form.width) {
        return Err(("its embedding_size is not its hidden_size".to_owned(), OTHER));
    }
    if config.position_embedding_type.as_deref().is_some_and(|kind| kind != "absolute") {
        return Err(("its positions are not absolute".to_owned(), OTHER));
    }
    if config.is_decoder == Some(true) {
        return Err(("it is a decoder's".to_owned(), OTHER));
    }
    if config.layer_norm_eps.is_some_and(|epsilon| !(0.0..=LARGEST_EPSILON).contains(&epsilon)) {
        return Err((format!("its layer_norm_eps is above {LARGEST_EPSILON}"), OTHER));
    }
    if form.most_tokens() < FEWEST_TOKENS {
        return Err(("its max_position_embeddings leave room for no text".to_owned(), AGAIN));
    }
    Ok(form)
}

/// The name of an activation in rust-bert; GELU where there is none.
fn activation(name: Option<&str>) -> Result<Activation, &str> {
    Ok(match name {
        None | Some("gelu") => Activation::gelu,
        Some("gelu_new" | "gelu_pytorch_tanh") => Activation::gelu_new,
        Some("relu") => Activation::relu,
        Some("silu" | "swish") => Activation::swish,
        Some("tanh") => Activation::tanh,
        Some("mish") => Activation::mish,
        Some(other) => return Err(other),
    })
}

impl Form {
    /// Tokens of the longest sequence there are positions for.
    pub(super) fn most_tokens(&self) -> usize {
        match self.family {
            Family::Roberta | Family::XlmRoberta => {
                self.positions.saturating_sub(self.padding.saturating_add(1))
            }
            Family::Bert | Family::DistilBert => self.positions,
        }
    }

    /// The tensors below the layers, each with its shape; names as in the file, without what the model
    /// with its heads puts before them.
    pub(super) fn below(&self) -> Vec<(String, Vec<usize>)> {
        let width = self.width;
        let mut parts = vec![
            ("embeddings.word_embeddings.weight".to_owned(), vec![self.vocabulary, width]),
            ("embeddings.position_embeddings.weight".to_owned(), vec![self.positions, width]),
            ("embeddings.LayerNorm.weight".to_owned(), vec![width]),
            ("embeddings.LayerNorm.bias".to_owned(), vec![width]),
        ];
        if self.family != Family::DistilBert {
            parts.push((
                "embeddings.token_type_embeddings.weight".to_owned(),
                vec![self.types, width],
            ));
        }
        parts
    }

    /// What the names of a layer's tensors begin with.
    pub(super) fn layer(&self, layer: usize) -> String {
        match self.family {
            Family::DistilBert => format!("transformer.layer.{layer}."),
            Family::Bert | Family::Roberta | Family::XlmRoberta => {
                format!("encoder.layer.{layer}.")
            }
        }
    }

    /// The tensors of a layer, each with its shape.
    pub(super) fn of_layer(&self, layer: usize) -> Vec<(String, Vec<usize>)> {
        let (width, inner) = (self.width, self.inner);
        let (square, norms, out, back): (&[&str], [&str; 2], &str, &str) = match self.family {
            Family::DistilBert => (
                &["attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin"],
                ["sa_layer_norm", "output_layer_norm"],
                "ffn.lin1",
                "ffn.lin2",
            ),
            Family::Bert | Family::Roberta | Family::XlmRoberta => (
                &[
                    "attention.self.query",
                    "attention.self.key",
                    "attention.self.value",
                    "attention.output.dense",
                ],
                ["attention.output.LayerNorm", "output.LayerNorm"],
                "intermediate.dense",
                "output.dense",
            ),
        };
        let before = self.layer(layer);
        let mut parts = Vec::new();
        let matrices = square.iter().map(|name| (*name, width, width));
        for (name, rows, columns) in matrices.chain([(out, inner, width), (back, width, inner)]) {
            parts.push((format!("{before}{name}.weight"), vec![rows, columns]));
            parts.push((format!("{before}{name}.bias"), vec![rows]));
        }
        for norm in norms {
            parts.push((format!("{before}{norm}.weight"), vec![width]));
            parts.push((format!("{before}{norm}.bias"), vec![width]));
        }
        parts
    }
}
