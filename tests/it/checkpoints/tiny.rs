//! Tiny checkpoints with random numbers, made here, in the forms that transformers saves; and what
//! rust-bert's own models make of the same numbers.

use std::fs;
use std::path::{Path, PathBuf};

use rust_bert::Activation;
use rust_bert::bert::{BertConfig, BertForMaskedLM};
use rust_bert::distilbert::{DistilBertConfig, DistilBertModelMaskedLM};
use rust_bert::roberta::RobertaForMaskedLM;
use rust_tokenizers::tokenizer::{BertTokenizer, RobertaTokenizer, Tokenizer, XLMRobertaTokenizer};
use serde_json::{Value, json};
use tch::{Device, Kind, Tensor, nn};

pub(crate) const WIDTH: i64 = 32;
const LAYERS: i64 = 2;
const HEADS: i64 = 4;
const INNER: i64 = 64;
const POSITIONS: i64 = 130;
const ROOM: i64 = 400;

/// A form of checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Bert,
    Roberta,
    XlmRoberta,
    DistilBert,
}

pub(crate) const FORMS: [Form; 4] = [Form::Bert, Form::Roberta, Form::XlmRoberta, Form::DistilBert];

impl Form {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bert => "bert",
            Self::Roberta => "roberta",
            Self::XlmRoberta => "xlm-roberta",
            Self::DistilBert => "distilbert",
        }
    }
}

/// A model of rust-bert's with its head, as a reference.
enum Model {
    Bert(BertForMaskedLM),
    Roberta(RobertaForMaskedLM),
    DistilBert(DistilBertModelMaskedLM),
}

/// A checkpoint in a folder, and the reference of the same numbers.
pub(crate) struct Tiny {
    pub(crate) folder: PathBuf,
    /// The form of its tokenizer.
    pub(crate) tokenizer: Form,
    model: Model,
    _numbers: nn::VarStore,
}

impl Tiny {
    /// Makes one in a new folder inside `place`.
    pub(crate) fn make(place: &Path, form: Form) -> Self {
        let folder = place.join(format!("tiny-{}", form.name()));
        fs::create_dir_all(&folder).unwrap();
        write_tokenizer(&folder, form);
        fs::write(folder.join("config.json"), config(form).to_string()).unwrap();
        tch::manual_seed(4);
        let numbers = nn::VarStore::new(Device::Cpu);
        let root = numbers.root();
        let model = match form {
            Form::Bert => Model::Bert(BertForMaskedLM::new(&root, &bert(2))),
            Form::Roberta | Form::XlmRoberta => {
                Model::Roberta(RobertaForMaskedLM::new(&root, &bert(1)))
            }
            Form::DistilBert => {
                Model::DistilBert(DistilBertModelMaskedLM::new(&root, &distilbert()))
            }
        };
        let parts: Vec<(String, Tensor)> = numbers.variables().into_iter().collect();
        // Norms at 1 and biases at 0 would not show that they are read.
        for (_, part) in parts.iter().filter(|(_, part)| part.dim() == 1) {
            let noise = part.rand_like() * 0.4 - 0.2;
            tch::no_grad(|| part.shallow_clone().copy_(&(part + noise)));
        }
        let tiny = Self { folder, tokenizer: form, model, _numbers: numbers };
        tiny.save(&parts);
        tiny
    }

    /// Writes these tensors as the weights.
    pub(crate) fn save(&self, parts: &[(String, Tensor)]) {
        Tensor::write_safetensors(parts, self.weights()).unwrap();
    }

    pub(crate) fn weights(&self) -> PathBuf {
        self.folder.join("model.safetensors")
    }

    /// The tensors in the file.
    pub(crate) fn parts(&self) -> Vec<(String, Tensor)> {
        Tensor::read_safetensors(self.weights()).unwrap()
    }

    /// Puts a key of config.json to a value.
    pub(crate) fn set(&self, key: &str, value: Value) {
        let file = self.folder.join("config.json");
        let mut config: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        config[key] = value;
        fs::write(file, config.to_string()).unwrap();
    }

    /// The mean of the last states, at unit length, as rust-bert's own model gives them.
    pub(crate) fn reference(&self, text: &str) -> Vec<f32> {
        self.pooled(text, |states| {
            states.mean_dim([1_i64].as_slice(), false, Kind::Float).squeeze_dim(0)
        })
    }

    /// The first token's state.
    pub(crate) fn reference_of_first(&self, text: &str) -> Vec<f32> {
        self.pooled(text, |states| states.select(1, 0).squeeze_dim(0))
    }

    fn pooled(&self, text: &str, pool: impl Fn(&Tensor) -> Tensor) -> Vec<f32> {
        let ids = Tensor::from_slice(&self.ids(text)).unsqueeze(0);
        let states = tch::no_grad(|| self.states(&ids));
        let pooled = pool(&states);
        Vec::try_from(&pooled / pooled.norm()).unwrap()
    }

    fn states(&self, ids: &Tensor) -> Tensor {
        let all = match &self.model {
            Model::Bert(model) => {
                let out = model.forward_t(Some(ids), None, None, None, None, None, None, false);
                out.all_hidden_states
            }
            Model::Roberta(model) => {
                let out = model.forward_t(Some(ids), None, None, None, None, None, None, false);
                out.all_hidden_states
            }
            Model::DistilBert(model) => {
                model.forward_t(Some(ids), None, None, false).unwrap().all_hidden_states
            }
        };
        all.unwrap().pop().unwrap()
    }

    fn ids(&self, text: &str) -> Vec<i64> {
        let at = |name: &str| self.folder.join(name);
        let inside = match self.tokenizer {
            Form::Bert | Form::DistilBert => {
                let tokenizer = BertTokenizer::from_file(at("vocab.txt"), true, true).unwrap();
                tokenizer.convert_tokens_to_ids(&tokenizer.tokenize(text))
            }
            Form::Roberta => {
                let files = (at("vocab.json"), at("merges.txt"));
                let tokenizer =
                    RobertaTokenizer::from_file(files.0, files.1, false, false).unwrap();
                tokenizer.convert_tokens_to_ids(&tokenizer.tokenize(text))
            }
            Form::XlmRoberta => {
                let model = at("sentencepiece.bpe.model");
                let tokenizer = XLMRobertaTokenizer::from_file(model, false).unwrap();
                tokenizer.convert_tokens_to_ids(&tokenizer.tokenize(text))
            }
        };
        let (first, last) = match self.tokenizer {
            Form::Bert | Form::DistilBert => (2, 3),
            Form::Roberta | Form::XlmRoberta => (0, 2),
        };
        assert!(inside.len() > 2, "{text:?} has hardly a token: {inside:?}");
        [vec![first], inside, vec![last]].concat()
    }
}

fn config(form: Form) -> Value {
    match form {
        Form::DistilBert => json!({
            "model_type": "distilbert", "architectures": ["DistilBertForMaskedLM"], "dim": WIDTH, "n_layers": LAYERS,
            "n_heads": HEADS, "hidden_dim": INNER, "max_position_embeddings": POSITIONS, "vocab_size": ROOM,
            "activation": "gelu", "pad_token_id": 0, "sinusoidal_pos_embds": false, "tie_weights_": true,
        }),
        _ => json!({
            "model_type": form.name(), "hidden_size": WIDTH, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
            "intermediate_size": INNER, "max_position_embeddings": POSITIONS, "vocab_size": ROOM, "hidden_act": "gelu",
            "type_vocab_size": if form == Form::Bert { 2 } else { 1 }, "layer_norm_eps": 1e-5,
            "pad_token_id": i32::from(form != Form::Bert), "transformers_version": "4.46.3",
        }),
    }
}

fn bert(types: i64) -> BertConfig {
    BertConfig {
        hidden_act: Activation::gelu,
        attention_probs_dropout_prob: 0.1,
        hidden_dropout_prob: 0.1,
        hidden_size: WIDTH,
        initializer_range: 0.02,
        intermediate_size: INNER,
        max_position_embeddings: POSITIONS,
        num_attention_heads: HEADS,
        num_hidden_layers: LAYERS,
        type_vocab_size: types,
        vocab_size: ROOM,
        output_attentions: None,
        output_hidden_states: Some(true),
        is_decoder: None,
        id2label: None,
        label2id: None,
    }
}

fn distilbert() -> DistilBertConfig {
    DistilBertConfig {
        dim: WIDTH,
        hidden_dim: INNER,
        max_position_embeddings: POSITIONS,
        n_heads: HEADS,
        n_layers: LAYERS,
        vocab_size: ROOM,
        output_hidden_states: Some(true),
        sinusoidal_pos_embds: false,
        ..DistilBertConfig::default()
    }
}

/// Words that are whole tokens, beside letters.
const WHOLE: [&str; 8] = ["the", "cloud", "bill", "our", "is", "die", "rechnung", "price"];

pub(crate) fn write_tokenizer(folder: &Path, form: Form) {
    let letters = ('a'..='z').map(String::from);
    match form {
        Form::Bert | Form::DistilBert => {
            let special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].map(str::to_owned);
            let pieces = letters.clone().map(|letter| format!("##{letter}"));
            let all: Vec<String> = special
                .into_iter()
                .chain(WHOLE.map(str::to_owned))
                .chain(letters)
                .chain(pieces)
                .collect();
            fs::write(folder.join("vocab.txt"), all.join("\n") + "\n").unwrap();
        }
        Form::Roberta => {
            let merges = ["\u{120} t", "h e", "\u{120}t he", "\u{120} c", "l o", "\u{120}c lo"];
            let mut all: Vec<String> =
                ["<s>", "<pad>", "</s>", "<unk>"].map(str::to_owned).to_vec();
            all.extend((0..=255).map(|byte| shown(byte).to_string()));
            all.extend(merges.map(|merge| merge.replace(' ', "")));
            all.push("<mask>".to_owned());
            let numbered: serde_json::Map<String, Value> =
                all.into_iter().enumerate().map(|(n, token)| (token, json!(n))).collect();
            fs::write(folder.join("vocab.json"), Value::Object(numbered).to_string()).unwrap();
            let merges = format!("#version: 0.2\n{}\n", merges.join("\n"));
            fs::write(folder.join("merges.txt"), merges).unwrap();
        }
        Form::XlmRoberta => {
            let mut pieces: Vec<(String, f32, u8)> = vec![
                ("<unk>".to_owned(), 0.0, 2),
                ("<s>".to_owned(), 0.0, 3),
                ("</s>".to_owned(), 0.0, 3),
            ];
            pieces.extend(WHOLE.iter().map(|word| (format!("\u{2581}{word}"), -3.0, 1)));
            pieces.push(("\u{2581}".to_owned(), -4.0, 1));
            pieces.extend(letters.map(|letter| (letter, -6.0, 1)));
            fs::write(folder.join("sentencepiece.bpe.model"), sentencepiece(&pieces)).unwrap();
        }
    }
}

/// The character that stands for a byte in GPT-2's vocabularies.
fn shown(byte: u8) -> char {
    let is_plain = |byte: u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    if is_plain(byte) {
        return char::from(byte);
    }
    let before = (0..byte).filter(|byte| !is_plain(*byte)).count();
    char::from_u32(256 + u32::try_from(before).unwrap()).unwrap()
}

/// A model of SentencePiece: its pieces alone, each with text (1), score (2) and kind (3).
fn sentencepiece(pieces: &[(String, f32, u8)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (text, score, kind) in pieces {
        let mut piece = vec![0x0a, u8::try_from(text.len()).unwrap()];
        piece.extend(text.as_bytes());
        piece.push(0x15);
        piece.extend(score.to_le_bytes());
        piece.extend([0x18, *kind]);
        bytes.extend([0x0a, u8::try_from(piece.len()).unwrap()]);
        bytes.extend(piece);
    }
    bytes
}
