//! The encoder on rust-bert: all-MiniLM-L6-v2 with its published safetensors, as they are.
//!
//! One long-lived thread owns the model and takes requests from a bounded channel: rust-bert panics
//! inside tokio's reactor, and libtorch leaks a thread pool for every thread that infers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use rust_bert::bert::{BertConfig, BertEmbeddings, BertModel};
use rust_tokenizers::tokenizer::{BertTokenizer, Tokenizer};
use rust_tokenizers::vocab::{BertVocab, Vocab};
use serde::Deserialize;
use tch::{Device, Kind, Tensor, nn};

use super::checksum;
use super::{Encoder, EncoderError};
use crate::verdict::{Embedding, ModelId};

/// Requests that may wait for the model: enough to keep it busy, few enough to bound memory.
const WAITING_REQUESTS: usize = 4;

/// Characters of a text that are looked at for each token that may be used: an English token is
/// four to five characters long, and a megabyte of text must not be tokenised to be thrown away.
const CHARS_PER_TOKEN: usize = 6;

/// How the encoder runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Threads libtorch may use; 0 means one for each core.
    pub threads: usize,
    /// Tokens of one pass, with the two special ones. What this model was trained with is 256.
    pub max_tokens: usize,
    /// Passes over one text at most. What follows in a longer text is not read.
    pub max_chunks: usize,
    /// Sequences of one pass.
    pub batch: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { threads: 0, max_tokens: 256, max_chunks: 4, batch: 32 }
    }
}

/// all-MiniLM-L6-v2 on libtorch: mean-pooled, unit length, 384 numbers.
#[derive(Debug)]
pub struct RustBertEncoder {
    id: ModelId,
    requests: Option<SyncSender<Request>>,
    thread: Option<JoinHandle<()>>,
}

/// Texts on their way to the model, and where the answer goes.
struct Request {
    texts: Vec<String>,
    answer: SyncSender<Result<Vec<Embedding>, EncoderError>>,
}

impl RustBertEncoder {
    /// Opens the model in `folder` and checks its files against the project's list of checksums.
    ///
    /// # Errors
    /// [`EncoderError::Files`] names the file that is missing, damaged or of another model.
    pub fn open(folder: &Path, settings: Settings) -> Result<Self, EncoderError> {
        checksum::verify(folder)?;
        let id = ModelId(format!("all-MiniLM-L6-v2:{}", checksum::weights_digits()));
        let (requests, inbox) = sync_channel(WAITING_REQUESTS);
        let (ready, opened) = sync_channel(1);
        let folder = folder.to_owned();
        let thread = std::thread::Builder::new()
            .name("encoder".to_owned())
            .spawn(move || match guarded(|| Model::open(&folder, settings)) {
                Ok(model) => {
                    // The opener has gone only if its thread panicked; then nobody asks either.
                    let _ = ready.send(Ok(()));
                    model.serve(&inbox);
                }
                Err(error) => {
                    let _ = ready.send(Err(error));
                }
            })
            .map_err(|error| EncoderError::Failed(format!("no thread for it: {error}")))?;
        opened.recv().map_err(|_| ended())??;
        Ok(Self { id, requests: Some(requests), thread: Some(thread) })
    }
}

impl Encoder for RustBertEncoder {
    fn id(&self) -> &ModelId {
        &self.id
    }

    fn encode(&self, texts: &[&str]) -> Result<Vec<Embedding>, EncoderError> {
        let (answer, answered) = sync_channel(1);
        let texts = texts.iter().map(|&text| text.to_owned()).collect();
        let requests = self.requests.as_ref().ok_or_else(ended)?;
        requests.send(Request { texts, answer }).map_err(|_| ended())?;
        answered.recv().map_err(|_| ended())?
    }
}

impl Drop for RustBertEncoder {
    fn drop(&mut self) {
        // Closing the channel ends the thread's loop; it is joined so that libtorch is torn down
        // before the process is.
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn ended() -> EncoderError {
    EncoderError::Failed("its thread has ended".to_owned())
}

/// What the encoder's thread owns.
struct Model {
    bert: BertModel<BertEmbeddings>,
    tokenizer: BertTokenizer,
    special: SpecialTokens,
    settings: Settings,
    _weights: nn::VarStore,
}

struct SpecialTokens {
    start: i64,
    end: i64,
    pad: i64,
    unknown: i64,
}

/// A stretch of a text that goes through the model in one pass.
struct Chunk {
    text: usize,
    tokens: Vec<i64>,
}

impl Model {
    fn open(folder: &Path, settings: Settings) -> Result<Self, EncoderError> {
        let threads = match settings.threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            threads => threads,
        };
        tch::set_num_threads(i32::try_from(threads).unwrap_or(i32::MAX));

        let config = std::fs::read(folder.join("config.json"))
            .map_err(|error| damaged("config.json", &error))?;
        let config: BertConfig =
            serde_json::from_slice(&config).map_err(|error| damaged("config.json", &error))?;
        let vocab = BertVocab::from_file(folder.join("vocab.txt"))
            .map_err(|error| damaged("vocab.txt", &error))?;
        let special = SpecialTokens {
            start: vocab.token_to_id(vocab.get_cls_value()),
            end: vocab.token_to_id(vocab.get_sep_value()),
            pad: vocab.token_to_id(vocab.get_pad_value()),
            unknown: vocab.token_to_id(vocab.get_unknown_value()),
        };

        let mut weights = nn::VarStore::new(Device::Cpu);
        let bert = BertModel::new_with_optional_pooler(weights.root(), &config, false);
        weights
            .load(folder.join("model.safetensors"))
            .map_err(|error| damaged("model.safetensors", &error))?;
        weights.freeze();
        let tokenizer = BertTokenizer::from_existing_vocab(vocab, true, true);
        Ok(Self { bert, tokenizer, special, settings, _weights: weights })
    }

    /// Answers until nobody can ask any more.
    fn serve(&self, inbox: &Receiver<Request>) {
        while let Ok(Request { texts, answer }) = inbox.recv() {
            let embeddings = guarded(|| self.embed(&texts));
            // Whoever asked may have gone; the next one has not.
            let _ = answer.send(embeddings);
        }
    }

    fn embed(&self, texts: &[String]) -> Result<Vec<Embedding>, EncoderError> {
        let mut chunks: Vec<Chunk> =
            texts.iter().enumerate().flat_map(|(text, words)| self.chunks(text, words)).collect();
        // Neighbours of like length waste little on padding. The order is total: the same texts
        // always give the same batches, hence the same bits.
        chunks.sort_by_key(|chunk| (chunk.tokens.len(), chunk.text));

        let mut sums = vec![Vec::new(); texts.len()];
        for batch in chunks.chunks(self.settings.batch.max(1)) {
            let rows = tch::no_grad(|| self.pass(batch))?;
            for (chunk, row) in batch.iter().zip(rows) {
                add(&mut sums[chunk.text], &row, chunk.tokens.len() as f32);
            }
        }
        Ok(sums.into_iter().map(unit).collect())
    }

    /// Cuts a text into stretches of like length that the model can take.
    fn chunks(&self, text: usize, words: &str) -> Vec<Chunk> {
        let room = self.settings.max_tokens.clamp(3, 512) - 2;
        let most = room * self.settings.max_chunks.max(1);
        let mut tokens = self.tokens(words, most * CHARS_PER_TOKEN);
        tokens.truncate(most);
        if tokens.is_empty() {
            return Vec::new();
        }
        let count = tokens.len().div_ceil(room);
        tokens
            .chunks(tokens.len().div_ceil(count))
            .map(|stretch| {
                let mut tokens = Vec::with_capacity(stretch.len() + 2);
                tokens.push(self.special.start);
                tokens.extend_from_slice(stretch);
                tokens.push(self.special.end);
                Chunk { text, tokens }
            })
            .collect()
    }

    fn tokens(&self, words: &str, most_chars: usize) -> Vec<i64> {
        let cut: String = words.chars().filter(|c| *c != '\0').take(most_chars).collect();
        // The tokenizer panics on some sequences of combining marks. One such text must not take
        // the batch with it: it becomes a single unknown token.
        let tokens = catch_unwind(AssertUnwindSafe(|| self.tokenizer.tokenize(&cut)));
        let Ok(tokens) = tokens else {
            return vec![self.special.unknown];
        };
        self.tokenizer.convert_tokens_to_ids(&tokens)
    }

    /// One embedding for each chunk: the mean over its tokens, at unit length.
    fn pass(&self, batch: &[Chunk]) -> Result<Vec<Vec<f32>>, EncoderError> {
        let longest = batch.iter().map(|chunk| chunk.tokens.len()).max().unwrap_or(0);
        let mut ids = Vec::with_capacity(batch.len() * longest);
        let mut mask = Vec::with_capacity(batch.len() * longest);
        for Chunk { tokens, .. } in batch {
            let padding = longest - tokens.len();
            ids.extend_from_slice(tokens);
            ids.extend(std::iter::repeat_n(self.special.pad, padding));
            mask.extend(std::iter::repeat_n(1_i64, tokens.len()));
            mask.extend(std::iter::repeat_n(0_i64, padding));
        }
        // As wide as the longest chunk; the rows follow from the count.
        let shape = [-1, i64::try_from(longest).unwrap_or(i64::MAX)];
        let ids = Tensor::from_slice(&ids).reshape(shape);
        let mask = Tensor::from_slice(&mask).reshape(shape);
        let states = self
            .bert
            .forward_t(Some(&ids), Some(&mask), None, None, None, None, None, false)
            .map_err(|error| EncoderError::Failed(error.to_string()))?
            .hidden_state;
        let mask = mask.unsqueeze(-1).to_kind(Kind::Float);
        let sums = (states * &mask).sum_dim_intlist([1_i64].as_slice(), false, Kind::Float);
        let means = sums / mask.sum_dim_intlist([1_i64].as_slice(), false, Kind::Float);
        let norms = means.norm_scalaropt_dim(2, [1_i64].as_slice(), true).clamp_min(1e-12);
        Vec::<Vec<f32>>::try_from(means / norms)
            .map_err(|error| EncoderError::Failed(error.to_string()))
    }
}

fn damaged(file: &str, error: &dyn std::fmt::Display) -> EncoderError {
    EncoderError::Files { file: file.to_owned(), why: error.to_string() }
}

/// Runs `work`, and turns a panic in it into an error.
fn guarded<T>(work: impl FnOnce() -> Result<T, EncoderError>) -> Result<T, EncoderError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let said = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("it panicked");
        Err(EncoderError::Failed(said.lines().next().unwrap_or_default().to_owned()))
    })
}

fn add(sum: &mut Vec<f32>, row: &[f32], weight: f32) {
    sum.resize(row.len(), 0.0);
    for (sum, value) in sum.iter_mut().zip(row) {
        *sum += value * weight;
    }
}

fn unit(mut sum: Vec<f32>) -> Embedding {
    let norm = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
    if norm.is_normal() {
        for value in &mut sum {
            *value /= norm;
        }
        Embedding(sum)
    } else {
        Embedding::default()
    }
}
