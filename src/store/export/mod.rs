//! A store as JSON Lines, and back: for backups, for other engines, and for people.
//!
//! Each line is `{"crc32":"xxxxxxxx","entry":{…}}`, the checksum taken over the bytes of the entry as
//! they stand. The first entry names the format, the last counts those between: a line that is
//! changed, lost or cut off is noticed. Between them come posts, each with its verdict and embedding
//! (half-precision floats in hexadecimal), in the order they were kept; what is remembered of sources
//! and of hosts; digests, from which the ledger is made again, and their deliveries. Visits before the last
//! are left out.

pub mod chosen;
mod parquet;
mod row;
mod table;

pub use self::table::{csv, parquet};

use std::collections::HashMap;
use std::io::{self, BufRead, Read as _, Write};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::delivery::Delivery;
use crate::digest::Digest;
use crate::feedback::Feedback;
use crate::host::HostMemory;
use crate::label::{Draw, Label};
use crate::month::Month;
use crate::post::{Post, PostId};
use crate::source::SourceId;
use crate::store::erase::Sealed;
use crate::store::{Claim, Counts, Judged, Kept, Store, StoreError, codec};
use crate::verdict::Verdict;
use crate::visit::Memory;

/// The format this version writes.
const FORMAT: u32 = 1;

/// Posts read or kept at a time.
const BATCH: usize = 100;

/// No line is longer: a post is bounded by the body it came from.
const LONGEST_LINE_BYTES: u64 = 256 << 20;

const BEFORE_SUM: &[u8] = br#"{"crc32":""#;
const BEFORE_ENTRY: &[u8] = br#"","entry":"#;
const AFTER_ENTRY: &[u8] = b"}\n";

/// An export that could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file failed.
    #[error("the export cannot be read or written: {0}")]
    Io(#[from] io::Error),
    /// A line is not what was written.
    #[error("line {line} of the export is damaged: {why}; use another copy")]
    Damaged {
        /// Which line, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
}

/// Which part of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What stays: sources, hosts, labels, digests.
    Desk,
    /// The posts that arrived in a month, with their verdicts.
    Month(Month),
}

/// Writes all of a store; how much it was.
///
/// # Errors
/// [`ExportError::Store`] or [`ExportError::Io`]; what was written is not an export then.
pub fn export(store: &dyn Store, out: &mut dyn Write) -> Result<Counts, ExportError> {
    let mut written = EndCounts::default();
    begin(store, out, &mut written)?;
    for filed in store.months()? {
        write_month(store, filed.month, out, &mut written)?;
    }
    write_desk(store, out, &mut written)?;
    end(out, written)
}

/// Writes chosen posts, as an export of its own; what is kept beside posts is left out, but for what stays
/// out.
///
/// # Errors
/// As for [`export`].
pub fn export_chosen(
    store: &dyn Store,
    chosen: &chosen::Chosen,
    out: &mut dyn Write,
) -> Result<Counts, ExportError> {
    let mut written = EndCounts::default();
    begin(store, out, &mut written)?;
    chosen.walk(store, &mut |post, judged| write_post(post, judged, out, &mut written))?;
    end(out, written)
}

/// Writes one part of a store, as an export of its own.
///
/// # Errors
/// As for [`export`].
pub fn export_part(
    store: &dyn Store,
    part: Part,
    out: &mut dyn Write,
) -> Result<Counts, ExportError> {
    let mut written = EndCounts::default();
    write_entry(out, &Entry::Begin { overheard_export: FORMAT })?;
    match part {
        Part::Desk => write_desk(store, out, &mut written)?,
        Part::Month(month) => write_month(store, month, out, &mut written)?,
    }
    end(out, written)
}

fn begin(
    store: &dyn Store,
    out: &mut dyn Write,
    written: &mut EndCounts,
) -> Result<(), ExportError> {
    write_entry(out, &Entry::Begin { overheard_export: FORMAT })?;
    // Before the first post: wherever it is imported, what was erased stays out.
    for sealed in store.sealed()? {
        written.sealed += 1;
        write_entry(out, &Entry::Sealed { sealed })?;
    }
    Ok(())
}

fn write_month(
    store: &dyn Store,
    month: Month,
    out: &mut dyn Write,
    written: &mut EndCounts,
) -> Result<(), ExportError> {
    let mut last = None;
    loop {
        let posts = store.kept_in(month, last, BATCH)?;
        let Some(end) = posts.last() else { return Ok(()) };
        last = Some(end.id);
        let ids: Vec<_> = posts.iter().map(|post| post.id).collect();
        for (post, judged) in posts.into_iter().zip(store.judged_many(&ids)?) {
            write_post(post, judged, out, written)?;
        }
    }
}

fn write_post(
    post: Post,
    judged: Option<Judged>,
    out: &mut dyn Write,
    written: &mut EndCounts,
) -> Result<(), ExportError> {
    written.posts += 1;
    written.verdicts += u64::from(judged.is_some());
    let judged = judged.map(|judged| Judgement {
        embedding: codec::to_hex(&judged.embedding),
        verdict: judged.verdict,
    });
    let entry = Entry::Post { post: Box::new(post), judged: judged.map(Box::new) };
    Ok(write_entry(out, &entry)?)
}

fn write_desk(
    store: &dyn Store,
    out: &mut dyn Write,
    written: &mut EndCounts,
) -> Result<(), ExportError> {
    for (source, memory) in store.memories()? {
        written.sources += 1;
        write_entry(out, &Entry::Source { source, memory: Box::new(memory) })?;
    }
    for (host, memory) in store.hosts()? {
        written.hosts += 1;
        write_entry(out, &Entry::Host { host, memory: Box::new(memory) })?;
    }
    for label in store.labels()? {
        written.labels += 1;
        write_entry(out, &Entry::Label { label })?;
    }
    for draw in store.draws()? {
        written.labels += 1;
        write_entry(out, &Entry::Draw { draw })?;
    }
    for feedback in store.feedback(Date::MIN)? {
        written.feedback += 1;
        write_entry(out, &Entry::Feedback { feedback: Box::new(feedback) })?;
    }
    for (reader, at) in store.unsubscribed()? {
        written.feedback += 1;
        write_entry(out, &Entry::Unsubscribed { reader, at })?;
    }
    for (reader, date) in store.claims()? {
        let Some(digest) = store.digest(&reader, date)? else { continue };
        written.digests += 1;
        write_entry(out, &Entry::Digest { digest: Box::new(digest) })?;
    }
    // Without them a digest that was sent would be sent again.
    for delivery in store.deliveries(Date::MIN)? {
        written.deliveries += 1;
        write_entry(out, &Entry::Delivery { delivery })?;
    }
    Ok(())
}

fn end(out: &mut dyn Write, counts: EndCounts) -> Result<Counts, ExportError> {
    write_entry(out, &Entry::End { counts })?;
    out.flush()?;
    Ok(counts.into())
}

/// What an import found in its file, and what of that the store did not have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct TakenIn {
    /// What the file holds.
    pub counts: Counts,
    /// What became of its posts.
    pub posts: Kept,
    /// Digests that were not in the ledger.
    pub new_digests: u64,
}

impl TakenIn {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let (a, b) = (self.counts, other.counts);
        Self {
            counts: Counts {
                posts: a.posts + b.posts,
                verdicts: a.verdicts + b.verdicts,
                sources: a.sources + b.sources,
                digests: a.digests + b.digests,
            },
            posts: self.posts.and(other.posts),
            new_digests: self.new_digests + other.new_digests,
        }
    }
}

/// What is taken of an export.
#[derive(Debug, Clone, Copy, Default)]
pub struct Selection {
    /// Only what was heard, said of posts, or told before.
    pub until: Option<Timestamp>,
}

impl Selection {
    fn takes(&self, entry: &Entry) -> bool {
        let Some(until) = self.until else { return true };
        match entry {
            Entry::Post { post, .. } => post.heard < until,
            Entry::Label { label } => label.at < until,
            Entry::Draw { draw } => draw.at < until,
            Entry::Digest { digest } => digest.made < until,
            Entry::Delivery { delivery } => delivery.at < until,
            Entry::Feedback { feedback } => feedback.at < until,
            Entry::Unsubscribed { at, .. } => *at < until,
            // A memory of later vouches for posts of later: they would never be read again.
            Entry::Source { memory, .. } => {
                memory.last.as_ref().is_none_or(|visit| visit.at < until)
            }
            Entry::Host { .. } | Entry::Sealed { .. } | Entry::Begin { .. } | Entry::End { .. } => {
                true
            }
        }
    }
}

/// Keeps all of an export in a store; how much it was. What is there already is not doubled, so that
/// an import that was cut short is simply repeated; of a source or host visited since, what is known
/// here stands, so that nothing is asked again too early.
///
/// # Errors
/// [`ExportError`]; what came before the damage is kept then. [`check`] first where that matters.
pub fn import(store: &dyn Store, input: &mut dyn BufRead) -> Result<TakenIn, ExportError> {
    take_in(store, input, Selection::default())
}

/// Keeps what is selected of an export.
///
/// # Errors
/// As for [`import`].
pub fn take_in(
    store: &dyn Store,
    input: &mut dyn BufRead,
    selection: Selection,
) -> Result<TakenIn, ExportError> {
    let hosts = store.hosts()?.into_iter().map(|(host, memory)| (host, memory.last_asked));
    let said = store.labels()?.into_iter().map(|label| ((label.topic, label.post), label.at));
    let mut batch = Batch {
        store,
        posts: Vec::new(),
        judged: Vec::new(),
        labels: Vec::new(),
        asked: hosts.collect(),
        said: said.collect(),
        taken: TakenIn::default(),
    };
    let counts =
        read_entries(
            input,
            |entry| {
                if selection.takes(&entry) { batch.take(entry) } else { Ok(()) }
            },
        )?;
    Ok(TakenIn { counts, ..batch.taken })
}

/// Reads an export through and counts it, without keeping anything.
///
/// # Errors
/// [`ExportError::Io`] or [`ExportError::Damaged`].
pub fn check(input: &mut dyn BufRead) -> Result<Counts, ExportError> {
    read_entries(input, |_| Ok(()))
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Entry {
    Begin { overheard_export: u32 },
    Sealed { sealed: Sealed },
    Post { post: Box<Post>, judged: Option<Box<Judgement>> },
    Source { source: SourceId, memory: Box<Memory> },
    Host { host: String, memory: Box<HostMemory> },
    Label { label: Label },
    Draw { draw: Draw },
    Digest { digest: Box<Digest> },
    Delivery { delivery: Delivery },
    Feedback { feedback: Box<Feedback> },
    Unsubscribed { reader: String, at: Timestamp },
    End { counts: EndCounts },
}

#[derive(Serialize, Deserialize)]
struct Judgement {
    verdict: Verdict,
    embedding: String,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct EndCounts {
    posts: u64,
    verdicts: u64,
    sources: u64,
    digests: u64,
    /// Absent in exports from before hosts were remembered.
    #[serde(default)]
    hosts: u64,
    /// Labels and draws; absent in exports from before there were any.
    #[serde(default)]
    labels: u64,
    /// Keys under which something stays out; absent in exports from before anything was erased.
    #[serde(default)]
    sealed: u64,
    /// Absent in exports from before digests were sent.
    #[serde(default)]
    deliveries: u64,
    /// What readers said, and who wants no more; absent in exports from before either was kept.
    #[serde(default)]
    feedback: u64,
}

impl From<EndCounts> for Counts {
    fn from(counts: EndCounts) -> Self {
        let EndCounts { posts, verdicts, sources, digests, .. } = counts;
        Self { posts, verdicts, sources, digests }
    }
}

/// Posts and verdicts that wait for others to be kept with.
struct Batch<'a> {
    store: &'a dyn Store,
    posts: Vec<Post>,
    judged: Vec<Judged>,
    labels: Vec<Label>,
    /// When each host was asked last, as far as is known here.
    asked: HashMap<String, Option<Timestamp>>,
    /// When each label that stands here was given.
    said: HashMap<(String, PostId), Timestamp>,
    taken: TakenIn,
}

impl Batch<'_> {
    fn take(&mut self, entry: Entry) -> Result<(), Refused> {
        match entry {
            Entry::Begin { .. } => {}
            Entry::Sealed { sealed } => self.store.keep_out(&[sealed])?,
            Entry::Post { post, judged } => {
                self.posts.push(*post);
                if let Some(Judgement { verdict, embedding }) = judged.map(|judged| *judged) {
                    let embedding = codec::from_hex(&embedding)
                        .ok_or_else(|| Refused::Entry("its embedding cannot be read".into()))?;
                    self.judged.push(Judged { verdict, embedding });
                }
                if self.posts.len() == BATCH {
                    self.keep()?;
                }
            }
            Entry::Source { source, memory } => {
                self.keep()?;
                let last = |memory: &Memory| memory.last.as_ref().map(|visit| visit.at);
                let here = self.store.memory(&source)?;
                if here.is_none_or(|here| last(&here) < last(&memory)) {
                    self.store.remember(&[(source, *memory)])?;
                }
            }
            Entry::Host { host, memory } => {
                if self.asked.get(&host).is_none_or(|here| *here < memory.last_asked) {
                    self.store.remember_hosts(&[(host, Some(*memory))])?;
                }
            }
            Entry::Label { label } => {
                let here = self.said.get(&(label.topic.clone(), label.post));
                if here.is_none_or(|here| *here < label.at) {
                    self.labels.push(label);
                }
            }
            Entry::Draw { draw } => self.store.draw(&[draw])?,
            Entry::Feedback { feedback } => {
                self.store.hear_back(&feedback)?;
            }
            Entry::Unsubscribed { reader, at } => {
                if !self.store.unsubscribed()?.iter().any(|(here, _)| *here == reader) {
                    self.store.unsubscribe(&reader, Some(at))?;
                }
            }
            Entry::Digest { digest } => {
                // Claimed before by an import that was cut short, or sent since: both are fine.
                match self.store.claim(&digest)? {
                    Claim::Ours => self.taken.new_digests += 1,
                    Claim::Before(_) => {}
                }
            }
            Entry::Delivery { delivery } => self.store.dispatch(&[delivery.restored()])?,
            Entry::End { .. } => {
                self.keep()?;
                if let Some(at) = self.labels.iter().map(|label| label.at).max() {
                    self.store.teach(&self.labels, at)?;
                }
            }
        }
        Ok(())
    }

    fn keep(&mut self) -> Result<(), StoreError> {
        let kept = self.store.keep(&self.posts)?;
        self.taken.posts = self.taken.posts.and(kept);
        self.store.judge(&self.judged)?;
        self.posts.clear();
        self.judged.clear();
        Ok(())
    }
}

enum Refused {
    Entry(String),
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

fn write_entry(out: &mut dyn Write, entry: &Entry) -> io::Result<()> {
    let json = serde_json::to_vec(entry)?;
    let sum = format!("{:08x}", crc32fast::hash(&json));
    [BEFORE_SUM, sum.as_bytes(), BEFORE_ENTRY, &json, AFTER_ENTRY]
        .into_iter()
        .try_for_each(|bytes| out.write_all(bytes))
}

/// Gives every entry to `take`, in order, and checks that none is missing.
fn read_entries(
    input: &mut dyn BufRead,
    mut take: impl FnMut(Entry) -> Result<(), Refused>,
) -> Result<Counts, ExportError> {
    let (mut counts, mut beside) = (Counts::default(), EndCounts::default());
    let mut bytes = Vec::new();
    for line in 1_u64.. {
        let damaged = |why: String| ExportError::Damaged { line, why };
        bytes.clear();
        (&mut *input).take(LONGEST_LINE_BYTES).read_until(b'\n', &mut bytes)?;
        if bytes.is_empty() {
            return Err(damaged("the export ends before its last line".to_owned()));
        }
        let entry = read_entry(&bytes).map_err(damaged)?;
        match &entry {
            Entry::Begin { overheard_export } if line == 1 && *overheard_export == FORMAT => {}
            Entry::Begin { overheard_export } if line == 1 => {
                return Err(damaged(format!("its format is {overheard_export}, we know {FORMAT}")));
            }
            _ if line == 1 => return Err(damaged("it does not begin an export".to_owned())),
            Entry::Begin { .. } => return Err(damaged("it begins another export".to_owned())),
            Entry::Post { judged, .. } => {
                counts.posts += 1;
                counts.verdicts += u64::from(judged.is_some());
            }
            Entry::Sealed { .. } => beside.sealed += 1,
            Entry::Source { .. } => counts.sources += 1,
            Entry::Host { .. } => beside.hosts += 1,
            Entry::Label { .. } | Entry::Draw { .. } => beside.labels += 1,
            Entry::Feedback { .. } | Entry::Unsubscribed { .. } => beside.feedback += 1,
            Entry::Digest { .. } => counts.digests += 1,
            Entry::Delivery { .. } => beside.deliveries += 1,
            Entry::End { .. } => {}
        }
        let end = match &entry {
            Entry::End { counts } => Some(*counts),
            _ => None,
        };
        let differs = |end: EndCounts| {
            let of = |counts: EndCounts| {
                let EndCounts { hosts, labels, sealed, deliveries, feedback, .. } = counts;
                (hosts, labels, sealed, deliveries, feedback)
            };
            Counts::from(end) != counts || of(end) != of(beside)
        };
        if end.is_some_and(differs) {
            return Err(damaged("lines are missing before it, or there are too many".to_owned()));
        }
        take(entry).map_err(|refused| match refused {
            Refused::Entry(why) => damaged(why),
            Refused::Store(error) => ExportError::Store(error),
        })?;
        if end.is_some() {
            break;
        }
    }
    Ok(counts)
}

fn read_entry(line: &[u8]) -> Result<Entry, String> {
    let parts = || {
        let rest = line.strip_prefix(BEFORE_SUM)?;
        let (sum, rest) = rest.split_at_checked(8)?;
        let json = rest.strip_prefix(BEFORE_ENTRY)?.strip_suffix(AFTER_ENTRY)?;
        Some((u32::from_str_radix(std::str::from_utf8(sum).ok()?, 16).ok()?, json))
    };
    let (sum, json) = parts().ok_or("it is not a line of an export, or is cut off")?;
    if crc32fast::hash(json) != sum {
        return Err("its checksum does not fit".to_owned());
    }
    serde_json::from_slice(json).map_err(|error| error.to_string())
}
