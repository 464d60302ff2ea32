//! The encoder on rust-bert: all-MiniLM-L6-v2 with its published safetensors, as they are.
//!
//! Long-lived threads own the model and take passes from a bounded channel: rust-bert panics inside
//! tokio's reactor, and libtorch leaks a thread pool for every thread that infers. Each computes on
//! one core. libtorch's own way, one pass on all cores, makes them wait for each other at every
//! layer by spinning, which on a machine with other work takes many times as long as one core would.

mod heads;
mod network;
mod passes;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use serde::Deserialize;

use self::network::{Network, Row};
use self::passes::{Cutter, Pass};
use super::checksum;
use super::sentiment::branch::Branch;
use super::sentiment::pieces::Pieces;
use super::sentiment::{Feelings, mean, softened};
use super::{Encoder, EncoderError, Read, Reading};
use crate::verdict::{Embedding, ModelId, Probs};

/// Passes that may wait for each thread: enough to keep it busy, few enough to bound memory.
const WAITING_PASSES: usize = 2;

/// How the encoder runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Threads that compute, each on one core; 0 means one for each core.
    pub threads: usize,
    /// Tokens of one sequence, with the two special ones. What this model was trained with is 256.
    pub max_tokens: usize,
    /// Sequences of one text at most. What follows in a longer text is not read.
    pub max_chunks: usize,
    /// Tokens of one pass over several sequences, padding included. What a pass computes has to fit
    /// the processor's cache: with more, the time goes to memory and to the kernel that hands it out
    /// (32 sequences of 256 took twice the CPU time of one by one).
    pub pass_tokens: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { threads: 0, max_tokens: 256, max_chunks: 4, pass_tokens: 256 }
    }
}

/// all-MiniLM-L6-v2 on libtorch: mean-pooled, unit length, 384 numbers; and the sentiment branch.
#[derive(Debug)]
pub struct RustBertEncoder {
    id: ModelId,
    temperatures: [f64; 2],
    cutter: Cutter,
    passes: Option<SyncSender<Request>>,
    threads: Vec<JoinHandle<()>>,
}

/// The tokens that the sentiment branch gets, for whoever trains one.
#[derive(Debug)]
pub struct SentimentTokens(Cutter);

impl SentimentTokens {
    /// Reads the vocabulary in `folder`.
    ///
    /// # Errors
    /// [`EncoderError::Files`] if it is missing or damaged.
    pub fn open(folder: &Path) -> Result<Self, EncoderError> {
        checksum::verify(folder)?;
        Ok(Self(Cutter::open(folder, Settings { max_chunks: 1, ..Settings::default() })?))
    }

    /// The tokens of the first sequence of a text, with the special ones at both ends, and those of
    /// each target; from 0 until 0 for one that is not read.
    #[must_use]
    pub fn of(&self, pieces: &Pieces) -> (Vec<i64>, Vec<Range<usize>>) {
        self.0.first_sequence(pieces)
    }
}

/// A pass on its way to the model, and where the answer goes.
struct Request {
    place: usize,
    pass: Pass,
    answer: Sender<Answer>,
}

/// What became of the pass at that place: a row for each of its sequences.
type Answer = (usize, Pass, Result<Vec<Row>, EncoderError>);

impl RustBertEncoder {
    /// What the encoder with this branch is called; known before it is opened, for only the published
    /// weights are.
    #[must_use]
    pub fn named(branch: &Branch) -> ModelId {
        let (weights, sentiment) = (checksum::weights_digits(), branch.digits());
        ModelId(format!("all-MiniLM-L6-v2:{weights}+sentiment:{sentiment}"))
    }

    /// Opens the model in `folder` with this branch on it, and checks its files against the project's
    /// list of checksums.
    ///
    /// # Errors
    /// [`EncoderError::Files`] names the file that is missing, damaged or of another model.
    pub fn open(folder: &Path, branch: &Branch, settings: Settings) -> Result<Self, EncoderError> {
        checksum::verify(folder)?;
        let id = Self::named(branch);
        let count = match settings.threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            threads => threads,
        };
        let cutter = Cutter::open(folder, settings)?;
        let first = guarded(|| Network::open(folder, branch))?;
        let mut networks: Vec<Network> =
            (1..count).map(|_| guarded(|| first.sibling())).collect::<Result<_, _>>()?;
        networks.push(first);

        let (passes, inbox) = sync_channel(WAITING_PASSES * count);
        let inbox = Arc::new(Mutex::new(inbox));
        let temperatures = branch.temperatures();
        let mut encoder =
            Self { id, temperatures, cutter, passes: Some(passes), threads: Vec::new() };
        for network in networks {
            let inbox = Arc::clone(&inbox);
            let thread = std::thread::Builder::new()
                .name("encoder".to_owned())
                .spawn(move || serve(&network, &inbox))
                .map_err(|error| EncoderError::Failed(format!("no thread for it: {error}")))?;
            encoder.threads.push(thread);
        }
        Ok(encoder)
    }
}

impl Encoder for RustBertEncoder {
    fn id(&self) -> &ModelId {
        &self.id
    }

    fn encode(&self, texts: &[&str]) -> Result<Vec<Embedding>, EncoderError> {
        let readings: Vec<Reading<'_>> =
            texts.iter().map(|text| Reading { text, pieces: None }).collect();
        Ok(self.read(&readings)?.into_iter().map(|read| read.embedding).collect())
    }

    fn read(&self, readings: &[Reading<'_>]) -> Result<Vec<Read>, EncoderError> {
        let mut heard: Vec<Heard> = readings.iter().map(|_| Heard::default()).collect();
        for (pass, rows) in self.answers(self.cutter.passes(readings))? {
            for (chunk, row) in pass.chunks.into_iter().zip(rows) {
                let length = chunk.tokens.len() as f32;
                let heard = &mut heard[chunk.text];
                if !row.mean.is_empty() {
                    add(&mut heard.sum, &row.mean, length);
                }
                if let Some(scores) = row.scores {
                    let [author, target] = self.temperatures;
                    heard.author.push((softened(scores.author, author), length));
                    let targets = scores.targets.into_iter();
                    heard.targets.extend(targets.map(|(n, score)| (n, softened(score, target))));
                }
            }
        }
        Ok(readings.iter().zip(heard).map(|(reading, heard)| heard.of(reading)).collect())
    }
}

impl RustBertEncoder {
    /// The passes with their rows, in the order of the passes, whichever thread was quicker: the same
    /// texts give the same bits.
    fn answers(&self, passes: Vec<Pass>) -> Result<Vec<(Pass, Vec<Row>)>, EncoderError> {
        let requests = self.passes.as_ref().ok_or_else(ended)?;
        let mut answers: Vec<Option<Answer>> = passes.iter().map(|_| None).collect();
        // Not bounded itself: it holds at most an answer for each pass of this call.
        let (answer, answered) = channel();
        for (place, pass) in passes.into_iter().enumerate() {
            let request = Request { place, pass, answer: answer.clone() };
            requests.send(request).map_err(|_| ended())?;
        }
        drop(answer);
        for answer in answered {
            let place = answer.0;
            answers[place] = Some(answer);
        }
        answers
            .into_iter()
            .map(|answer| {
                let (_, pass, rows) = answer.ok_or_else(ended)?;
                Ok((pass, rows?))
            })
            .collect()
    }
}

/// What came of a text's chunks so far.
#[derive(Debug, Default)]
struct Heard {
    sum: Vec<f32>,
    author: Vec<(Probs, f32)>,
    targets: Vec<(usize, Probs)>,
}

impl Heard {
    fn of(self, reading: &Reading<'_>) -> Read {
        let feelings = reading.pieces.map(|pieces| {
            let mut targets = vec![None; pieces.targets.len()];
            for (number, probs) in self.targets {
                targets[number] = Some(probs);
            }
            Feelings { author: mean(&self.author), targets }
        });
        Read { embedding: unit(self.sum), feelings: feelings.unwrap_or_default() }
    }
}

impl Drop for RustBertEncoder {
    fn drop(&mut self) {
        // Closing the channel ends the threads' loops; they are joined so that libtorch is torn down
        // before the process is.
        self.passes = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// Answers until nobody can ask any more.
fn serve(network: &Network, inbox: &Mutex<Receiver<Request>>) {
    network::compute_on_one_core();
    loop {
        // The lock is held while waiting: the others wait for it instead of for the channel.
        let request = inbox.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Request { place, pass, answer }) = request else { return };
        let rows = guarded(|| network.pass(&pass.chunks, pass.wanted));
        // Whoever asked may have gone; the next one has not.
        let _ = answer.send((place, pass, rows));
    }
}

fn ended() -> EncoderError {
    EncoderError::Failed("its threads have ended".to_owned())
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
