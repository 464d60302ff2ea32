//! How a checkpoint makes one embedding of the states of many tokens: as sentence-transformers wrote it
//! down, else their mean.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use super::form::Form;
use super::weights::Weights;
use super::{json, unusable};
use crate::classify::EncoderError;

/// What becomes of the tokens' states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Pool {
    /// Their mean.
    Mean,
    /// The first one's.
    First,
}

/// A layer after that: a matrix, and whether its result goes through a hyperbolic tangent.
#[derive(Debug, Clone)]
pub(in super::super) struct Dense {
    pub(in super::super) weights: Weights,
    pub(in super::super) has_bias: bool,
    pub(in super::super) has_tanh: bool,
}

pub(super) struct Pooling {
    pub(super) pool: Pool,
    pub(super) dense: Option<Dense>,
    /// Tokens of a sequence, with the special ones, where it says.
    pub(super) max_tokens: Option<usize>,
}

#[derive(Deserialize)]
struct Module {
    path: PathBuf,
    r#type: String,
}

#[derive(Deserialize)]
struct Sentences {
    max_seq_length: Option<usize>,
    #[serde(default)]
    do_lower_case: bool,
}

#[derive(Deserialize)]
struct DenseConfig {
    in_features: usize,
    out_features: usize,
    #[serde(default = "there_is_one")]
    bias: bool,
    activation_function: Option<String>,
}

fn there_is_one() -> bool {
    true
}

const OTHER: &str = "choose a checkpoint that takes the mean or the first token's state, and at most one dense layer";

/// Reads modules.json and what it names; without it, the mean.
pub(super) fn read(folder: &Path, form: &Form) -> Result<Pooling, EncoderError> {
    let sentences: Option<Sentences> = json(&folder.join("sentence_bert_config.json"))?;
    if sentences.as_ref().is_some_and(|sentences| sentences.do_lower_case) {
        let file = folder.join("sentence_bert_config.json");
        let remedy = "set do_lower_case in tokenizer_config.json instead";
        return Err(unusable(&file, &"it asks for small letters before the tokenizer", &remedy));
    }
    let max_tokens = sentences.and_then(|sentences| sentences.max_seq_length);
    let file = folder.join("modules.json");
    let modules: Vec<Module> = json(&file)?.unwrap_or_default();
    let (mut pool, mut dense) = (Pool::Mean, None);
    for module in &modules {
        let kind = module.r#type.rsplit('.').next().unwrap_or_default();
        if kind != "Transformer"
            && module.path.components().any(|part| !matches!(part, Component::Normal(_)))
        {
            return Err(unusable(&file, &"it names a folder outside of its own", &OTHER));
        }
        let inside = folder.join(&module.path);
        match kind {
            "Transformer" if module.path.as_os_str().is_empty() => {}
            "Transformer" => {
                let remedy = format!("set `encoder` to {}", inside.display());
                return Err(unusable(&file, &"its network is in a folder inside it", &remedy));
            }
            "Pooling" => pool = pool_of(&inside.join("config.json"))?,
            "Dense" if dense.is_none() => dense = Some(dense_of(&inside, form)?),
            // An embedding is of unit length anyhow.
            "Normalize" => {}
            other => {
                return Err(unusable(&file, &format!("it has a {other:?} we cannot run"), &OTHER));
            }
        }
    }
    Ok(Pooling { pool, dense, max_tokens })
}

fn pool_of(file: &Path) -> Result<Pool, EncoderError> {
    let config: Option<BTreeMap<String, serde_json::Value>> = json(file)?;
    let config = config.ok_or_else(|| unusable(file, &"is missing", &OTHER))?;
    let asked = config.iter().filter(|(_, value)| **value == serde_json::Value::Bool(true));
    let asked: Vec<&str> = asked.filter_map(|(key, _)| key.strip_prefix("pooling_mode_")).collect();
    match asked.as_slice() {
        ["mean_tokens"] => Ok(Pool::Mean),
        ["cls_token"] => Ok(Pool::First),
        _ => Err(unusable(file, &"it asks for another way of pooling than we have", &OTHER)),
    }
}

fn dense_of(folder: &Path, form: &Form) -> Result<Dense, EncoderError> {
    let file = folder.join("config.json");
    let config: DenseConfig = json(&file)?.ok_or_else(|| unusable(&file, &"is missing", &OTHER))?;
    if config.in_features != form.width {
        let why = format!(
            "it takes {} numbers, and the network gives {}",
            config.in_features, form.width
        );
        return Err(unusable(&file, &why, &"take it from the same checkpoint as the weights"));
    }
    let activation = config.activation_function.as_deref().and_then(|name| name.rsplit('.').next());
    let has_tanh = match activation {
        None | Some("Tanh") => true,
        Some("Identity") => false,
        Some(other) => {
            return Err(unusable(&file, &format!("its activation is {other:?}"), &OTHER));
        }
    };
    let mut parts =
        vec![("linear.weight".to_owned(), vec![config.out_features, config.in_features])];
    if config.bias {
        parts.push(("linear.bias".to_owned(), vec![config.out_features]));
    }
    let weights = Weights::single(folder.join("model.safetensors"), &parts)?;
    Ok(Dense { weights, has_bias: config.bias, has_tanh })
}
