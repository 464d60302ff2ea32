//! Long-lived threads that own a network each and take passes from a bounded channel.
//!
//! Each computes on one core. One pass on all cores makes them wait for each other at every layer
//! by spinning, which on a machine with other work takes many times as long as one core would.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use serde::Deserialize;

use super::passes::{Cutter, Pass};
use super::precision::Precision;
use super::rows::{self, Row};
use super::{EncoderError, Read, Reading, failed};
use crate::verdict::Embedding;

/// Passes that may wait for each thread: enough to keep it busy, few enough to bound memory.
const WAITING_PASSES: usize = 2;

/// How an encoder runs.
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
    /// What rust-bert computes in; the light encoder has numbers of its own.
    pub precision: Precision,
}

impl Default for Settings {
    fn default() -> Self {
        let precision = Precision::F32;
        Self { threads: 0, max_tokens: 256, max_chunks: 4, pass_tokens: 256, precision }
    }
}

impl Settings {
    /// How many threads that is on this machine.
    pub(super) fn thread_count(&self) -> usize {
        match self.threads {
            0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            threads => threads,
        }
    }
}

/// The layers of a model, as one thread owns them.
pub(super) trait Network {
    /// A row for each sequence of the pass, in order, with what the pass wants of it.
    fn pass(&mut self, pass: &Pass) -> Result<Vec<Row>, EncoderError>;
}

/// From texts to what they say: a cutter, and the threads its passes go to.
#[derive(Debug)]
pub(super) struct Threads {
    cutter: Cutter,
    temperatures: Option<[f64; 2]>,
    passes: Option<SyncSender<Request>>,
    started: Vec<JoinHandle<()>>,
}

/// A pass on its way to a network, and where the answer goes.
struct Request {
    place: usize,
    pass: Pass,
    answer: Sender<Answer>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pass {}", self.place)
    }
}

/// What became of the pass at that place: a row for each of its sequences.
type Answer = (usize, Pass, Result<Vec<Row>, EncoderError>);

impl Threads {
    /// Starts one for each network; the thread that is to own it makes it ready. `temperatures` are
    /// those of the sentiment branch, for authors and for targets; none where the networks have no
    /// such branch, and then nobody asks them for it.
    pub(super) fn start<N: Network>(
        cutter: Cutter,
        temperatures: Option<[f64; 2]>,
        networks: Vec<impl FnOnce() -> Result<N, EncoderError> + Send + 'static>,
    ) -> Result<Self, EncoderError> {
        let (passes, inbox) = sync_channel(WAITING_PASSES * networks.len());
        let inbox = Arc::new(Mutex::new(inbox));
        let mut all = Self { cutter, temperatures, passes: Some(passes), started: Vec::new() };
        for network in networks {
            let inbox = Arc::clone(&inbox);
            let thread = std::thread::Builder::new()
                .name("encoder".to_owned())
                .spawn(move || serve(network, &inbox))
                .map_err(|error| failed(&format!("no thread for it: {error}")))?;
            all.started.push(thread);
        }
        Ok(all)
    }

    /// One embedding for each text, in order.
    pub(super) fn encode(&self, texts: &[&str]) -> Result<Vec<Embedding>, EncoderError> {
        let readings: Vec<Reading<'_>> =
            texts.iter().map(|text| Reading { text, pieces: None }).collect();
        Ok(self.read(&readings)?.into_iter().map(|read| read.embedding).collect())
    }

    /// What each text says, in order.
    pub(super) fn read(&self, readings: &[Reading<'_>]) -> Result<Vec<Read>, EncoderError> {
        let Some(temperatures) = self.temperatures else {
            let bare: Vec<Reading<'_>> =
                readings.iter().map(|reading| Reading { pieces: None, ..*reading }).collect();
            return Ok(rows::together(&bare, self.answers(&bare)?, [1.0; 2]));
        };
        Ok(rows::together(readings, self.answers(readings)?, temperatures))
    }

    /// The passes with their rows, in the order of the passes, whichever thread was quicker: the same
    /// texts give the same bits.
    fn answers(&self, readings: &[Reading<'_>]) -> Result<Vec<(Pass, Vec<Row>)>, EncoderError> {
        let requests = self.passes.as_ref().ok_or_else(ended)?;
        let passes = self.cutter.passes(readings);
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

impl Drop for Threads {
    fn drop(&mut self) {
        // Closing the channel ends the threads' loops; they are joined so that what they own is torn
        // down before the process is.
        self.passes = None;
        for thread in self.started.drain(..) {
            let _ = thread.join();
        }
    }
}

/// Runs `work`, and turns a panic in it into an error.
pub(super) fn guarded<T>(
    work: impl FnOnce() -> Result<T, EncoderError>,
) -> Result<T, EncoderError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let said = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("it panicked");
        Err(failed(&said.lines().next().unwrap_or_default()))
    })
}

/// Answers until nobody can ask any more.
fn serve<N: Network>(
    network: impl FnOnce() -> Result<N, EncoderError>,
    inbox: &Mutex<Receiver<Request>>,
) {
    let mut network = guarded(network);
    loop {
        // The lock is held while waiting: the others wait for it instead of for the channel.
        let request = inbox.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Request { place, pass, answer }) = request else { return };
        let rows = match &mut network {
            Ok(network) => guarded(|| network.pass(&pass)),
            Err(error) => Err(error.clone()),
        };
        // Whoever asked may have gone; the next one has not.
        let _ = answer.send((place, pass, rows));
    }
}

fn ended() -> EncoderError {
    failed(&"its threads have ended")
}
