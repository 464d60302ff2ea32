//! The rows of one month: two files, and what of them is in memory.
//!
//! `YYYY-MM.heads` begins with a page: the format, the width of the embeddings, and, in two places written
//! in turns, the mark up to which the store was read. `YYYY-MM.bodies` has the rows in the same order.
//! Every row says only what is true of its post at some moment since the mark, so a batch that was cut short
//! is written again over what there is of it; the mark is written when the rows are on the disk.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::Passing;
use super::row::{
    Body, Head, Kind, NewRow, WIDEST, body_bytes, first_digits, head_bytes, sign_bytes,
};
use super::scan::Scan;
use crate::digest::Window;
use crate::month::Month;
use crate::post::PostId;
use crate::store::Mark;

/// What a file of heads begins with: the last digits count the changes of its form.
const FORMAT: &[u8; 8] = b"ohmean01";

/// Where the rows begin.
const PAGE: u64 = 4_096;

/// Where the two places for the mark are: sectors of their own.
const MARKS: [u64; 2] = [512, 1_024];

/// The bytes of a mark: a turn, born, change, places, rows, and a checksum.
const MARK: usize = 44;

/// The kind of a place where no post is.
const HOLE: u32 = u32::MAX;

/// Read at a time: fewer calls than rows.
const READ_AT_ONCE: usize = 1 << 20;

const HEADS: &str = "heads";
const BODIES: &str = "bodies";

/// The rows of a month.
#[derive(Debug)]
pub(super) struct Rows {
    heads: File,
    bodies: File,
    width: usize,
    turn: u64,
    mark: Mark,
    /// The signs of each row, [`sign_bytes`] a row.
    signs: Vec<u8>,
    when: Vec<i64>,
    scale: Vec<f32>,
    first_digits: Vec<u32>,
    /// What each row is by number among `kinds`, or [`HOLE`].
    kind: Vec<u32>,
    kinds: Vec<Kind>,
    numbers: HashMap<Kind, u32>,
    holes: Vec<u32>,
}

/// The months with files in a folder, whole or not.
pub(super) fn filed(folder: &Path) -> io::Result<Vec<Month>> {
    let mut months = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let ours = path.extension().is_some_and(|ending| ending == HEADS || ending == BODIES);
        let month: Option<Month> = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
        months.extend(month.filter(|_| ours));
    }
    months.sort();
    months.dedup();
    Ok(months)
}

/// Deletes the files of a month.
pub(super) fn delete(folder: &Path, month: Month) -> io::Result<()> {
    for path in [at(folder, month, HEADS), at(folder, month, BODIES)] {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    File::open(folder)?.sync_all()
}

fn at(folder: &Path, month: Month, ending: &str) -> PathBuf {
    folder.join(format!("{month}.{ending}"))
}

impl Rows {
    /// Opens the files of a month. None where they are damaged, or of another version.
    pub(super) fn open(folder: &Path, month: Month) -> io::Result<Option<Self>> {
        let open = |ending| {
            let opened = OpenOptions::new().read(true).write(true).open(at(folder, month, ending));
            match opened {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                opened => opened.map(Some),
            }
        };
        let (Some(heads), Some(bodies)) = (open(HEADS)?, open(BODIES)?) else { return Ok(None) };
        let Some(page) = read_page(&heads)? else { return Ok(None) };
        let Page { width, turn, mark, places, held } = page;
        let mut rows = Self::empty(heads, bodies, width, turn, mark);
        // Fewer than were there when the mark was written: a cut tail, zeroed blocks, or a batch that was cut
        // short after rows were wiped.
        let is_whole = |rows: &Self| rows.kind.len() as u64 >= places && rows.len() as u64 >= held;
        Ok((rows.load()? && is_whole(&rows)).then_some(rows))
    }

    /// Makes the files of a month anew, for embeddings of so many numbers.
    pub(super) fn create(folder: &Path, month: Month, width: usize) -> io::Result<Self> {
        delete(folder, month)?;
        let create = |ending| {
            let path = at(folder, month, ending);
            OpenOptions::new().read(true).write(true).create_new(true).open(path)
        };
        let (heads, bodies) = (create(HEADS)?, create(BODIES)?);
        let mut page = Vec::from(FORMAT.as_slice());
        page.extend(u32::try_from(width).unwrap_or(u32::MAX).to_le_bytes());
        page.extend(crc32fast::hash(&page).to_le_bytes());
        page.resize(PAGE as usize, 0);
        heads.write_all_at(&page, 0)?;
        File::open(folder)?.sync_all()?;
        Ok(Self::empty(heads, bodies, width, 0, Mark { born: 0, change: 0 }))
    }

    /// How many numbers its embeddings have; 0 where it had none so far.
    pub(super) const fn width(&self) -> usize {
        self.width
    }

    /// How far the store was read.
    pub(super) const fn mark(&self) -> Mark {
        self.mark
    }

    /// Posts in it.
    pub(super) fn len(&self) -> usize {
        self.kind.len() - self.holes.len()
    }

    /// When a post was said.
    pub(super) fn when(&self, row: u32) -> Timestamp {
        let when = self.when.get(row as usize).copied().unwrap_or_default();
        Timestamp::from_microsecond(when).unwrap_or(Timestamp::MIN)
    }

    /// What the numbers of a row are to be multiplied by.
    pub(super) fn scale(&self, row: u32) -> f32 {
        self.scale.get(row as usize).copied().unwrap_or_default()
    }

    /// How far each row is from what is asked, by its signs; `scan::NEVER` for those that do not pass.
    pub(super) fn distances(&self, asked: &Scan, passing: &Passing) -> Vec<u16> {
        asked.distances(&self.signs, self.passes(passing))
    }

    /// How many rows pass.
    pub(super) fn passing(&self, passing: &Passing) -> usize {
        let passes = self.passes(passing);
        (0..self.kind.len()).filter(|row| passes(*row)).count()
    }

    /// Notes the first moment in the window that each source was heard, by its key.
    pub(super) fn first_said(&self, window: Window, first: &mut HashMap<u64, Timestamp>) {
        let within = window.from.as_microsecond()..window.until.as_microsecond();
        let mut of_kind = vec![i64::MAX; self.kinds.len()];
        for (kind, when) in self.kind.iter().zip(&self.when) {
            if let Some(known) = of_kind.get_mut(*kind as usize).filter(|_| within.contains(when)) {
                *known = (*known).min(*when);
            }
        }
        for (kind, when) in self.kinds.iter().zip(of_kind).filter(|(_, when)| *when < i64::MAX) {
            let when = Timestamp::from_microsecond(when).unwrap_or(Timestamp::MAX);
            let known = first.entry(kind.source).or_insert(when);
            *known = when.min(*known);
        }
    }

    /// The body of a row, from the disk; none where it is not what was written.
    pub(super) fn read(&self, row: u32) -> io::Result<Option<Body>> {
        let size = body_bytes(self.width);
        let mut bytes = vec![0; size];
        match self.bodies.read_exact_at(&mut bytes, u64::from(row) * size as u64) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let body = Body::read(&bytes);
        let is_ours =
            |body: &Body| self.first_digits.get(row as usize) == Some(&first_digits(&body.post));
        Ok(body.filter(is_ours))
    }

    /// Writes rows in place of those their posts have, overwrites those of posts that have none any more,
    /// and then, when all that is on the disk, the mark.
    pub(super) fn commit(
        &mut self,
        changed: &HashMap<PostId, Option<NewRow>>,
        mark: Mark,
    ) -> io::Result<()> {
        for row in self.rows_of(changed)? {
            self.wipe(row)?;
        }
        // By id, so that the same changes give the same files.
        let mut fresh: Vec<&NewRow> = changed.values().flatten().collect();
        fresh.sort_by_key(|row| row.head.post);
        let into_holes = fresh.len().min(self.holes.len());
        let (into_holes, at_the_end) = fresh.split_at(into_holes);
        for row in into_holes {
            if let Some(at) = self.holes.pop() {
                self.write(at, &[row])?;
                self.hold(at, &row.head);
            }
        }
        let end = self.kind.len() as u32;
        self.write(end, at_the_end)?;
        for (at, row) in (end..).zip(at_the_end) {
            self.hold(at, &row.head);
        }
        if !changed.is_empty() {
            self.bodies.sync_data()?;
            self.heads.sync_data()?;
        }
        self.write_mark(mark)
    }

    fn empty(heads: File, bodies: File, width: usize, turn: u64, mark: Mark) -> Self {
        Self {
            heads,
            bodies,
            width,
            turn,
            mark,
            signs: Vec::new(),
            when: Vec::new(),
            scale: Vec::new(),
            first_digits: Vec::new(),
            kind: Vec::new(),
            kinds: Vec::new(),
            numbers: HashMap::new(),
            holes: Vec::new(),
        }
    }

    /// Reads every head. Whether they are whole.
    fn load(&mut self) -> io::Result<bool> {
        if self.width == 0 {
            return Ok(true);
        }
        let size = head_bytes(self.width);
        let rows = (self.heads.metadata()?.len().saturating_sub(PAGE) / size as u64) as usize;
        if self.bodies.metadata()?.len() < (rows * body_bytes(self.width)) as u64 {
            return Ok(false);
        }
        self.signs.reserve_exact(rows * sign_bytes(self.width));
        self.when.reserve_exact(rows);
        self.scale.reserve_exact(rows);
        self.first_digits.reserve_exact(rows);
        self.kind.reserve_exact(rows);
        let mut reading = BufReader::with_capacity(READ_AT_ONCE, self.heads.try_clone()?);
        io::copy(&mut reading.by_ref().take(PAGE), &mut io::sink())?;
        let mut bytes = vec![0; size];
        for at in 0..rows as u32 {
            reading.read_exact(&mut bytes)?;
            if bytes.iter().all(|byte| *byte == 0) {
                self.open_up(at);
            } else if let Some(head) = Head::read(&bytes) {
                self.hold(at, &head);
            } else {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Which rows pass, by number.
    fn passes<'a>(&'a self, passing: &'a Passing) -> impl Fn(usize) -> bool + 'a {
        let kinds: Vec<bool> = self.kinds.iter().map(|kind| passing.kind(kind)).collect();
        move |row| {
            let kind = self.kind.get(row).copied().unwrap_or(HOLE) as usize;
            let when = self.when.get(row).copied().unwrap_or(i64::MAX);
            kinds.get(kind).copied().unwrap_or(false)
                && passing.from <= when
                && when < passing.until
                && passing.posts.as_ref().is_none_or(|posts| {
                    self.first_digits.get(row).is_some_and(|first| posts.contains(first))
                })
        }
    }

    /// The rows that these posts have. Rows and posts with the same first digits are told apart on the disk.
    fn rows_of(&self, posts: &HashMap<PostId, Option<NewRow>>) -> io::Result<Vec<u32>> {
        let looked_for: HashSet<u32> = posts.keys().map(first_digits).collect();
        let mut found = Vec::new();
        for (row, (first, kind)) in (0_u32..).zip(self.first_digits.iter().zip(&self.kind)) {
            if *kind != HOLE && looked_for.contains(first) {
                let mut id = [0; 16];
                let place = PAGE + u64::from(row) * head_bytes(self.width) as u64;
                self.heads.read_exact_at(&mut id, place)?;
                if posts.contains_key(&PostId::from_bytes(id)) {
                    found.push(row);
                }
            }
        }
        Ok(found)
    }

    /// Overwrites a row with zeros.
    fn wipe(&mut self, row: u32) -> io::Result<()> {
        let (head, body) = (head_bytes(self.width), body_bytes(self.width));
        self.bodies.write_all_at(&vec![0; body], u64::from(row) * body as u64)?;
        self.heads.write_all_at(&vec![0; head], PAGE + u64::from(row) * head as u64)?;
        self.open_up(row);
        Ok(())
    }

    /// Writes rows one after the other, from this place on: the bodies first, so that where a head is
    /// there is a body.
    fn write(&self, first: u32, rows: &[&NewRow]) -> io::Result<()> {
        let bodies: Vec<u8> = rows.iter().flat_map(|row| row.body()).collect();
        let heads: Vec<u8> = rows.iter().flat_map(|row| row.head.bytes()).collect();
        let first = u64::from(first);
        self.bodies.write_all_at(&bodies, first * body_bytes(self.width) as u64)?;
        self.heads.write_all_at(&heads, PAGE + first * head_bytes(self.width) as u64)
    }

    fn write_mark(&mut self, mark: Mark) -> io::Result<()> {
        let turn = self.turn + 1;
        let mut bytes = Vec::with_capacity(MARK);
        bytes.extend(turn.to_le_bytes());
        bytes.extend(mark.born.to_le_bytes());
        bytes.extend(mark.change.to_le_bytes());
        bytes.extend((self.kind.len() as u64).to_le_bytes());
        bytes.extend((self.len() as u64).to_le_bytes());
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        self.heads.write_all_at(&bytes, MARKS[(turn % 2) as usize])?;
        self.heads.sync_data()?;
        (self.turn, self.mark) = (turn, mark);
        Ok(())
    }

    /// Holds a row in memory, at a place that is there or the next.
    fn hold(&mut self, at: u32, head: &Head) {
        let next = self.kinds.len() as u32;
        let kind = *self.numbers.entry(head.kind).or_insert(next);
        if kind == next {
            self.kinds.push(head.kind);
        }
        self.put(at, kind, head.when, head.scale, first_digits(&head.post), Some(&head.signs));
    }

    /// Holds no row at a place that is there or the next.
    fn open_up(&mut self, at: u32) {
        self.put(at, HOLE, i64::MAX, 0.0, 0, None);
        self.holes.push(at);
    }

    fn put(
        &mut self,
        at: u32,
        kind: u32,
        when: i64,
        scale: f32,
        first_digits: u32,
        signs: Option<&[u8]>,
    ) {
        let (at, bytes) = (at as usize, sign_bytes(self.width));
        if at == self.kind.len() {
            self.kind.push(kind);
            self.when.push(when);
            self.scale.push(scale);
            self.first_digits.push(first_digits);
            self.signs.resize(self.signs.len() + bytes, 0);
        } else {
            self.kind[at] = kind;
            self.when[at] = when;
            self.scale[at] = scale;
            self.first_digits[at] = first_digits;
        }
        let place = &mut self.signs[at * bytes..(at + 1) * bytes];
        match signs {
            Some(signs) => place.copy_from_slice(signs),
            None => place.fill(0),
        }
    }
}

/// What a file of heads begins with.
struct Page {
    width: usize,
    turn: u64,
    mark: Mark,
    /// Places for rows there were when the mark was written.
    places: u64,
    /// Rows in them.
    held: u64,
}

/// The page a file of heads begins with. None where it is not one of ours, or no mark was ever written whole.
fn read_page(heads: &File) -> io::Result<Option<Page>> {
    let mut page = [0; PAGE as usize];
    match heads.read_exact_at(&mut page, 0) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let (begin, width, sum) = (&page[..12], number(&page[8..12]), number(&page[12..16]));
    let width = width as usize;
    if !begin.starts_with(FORMAT) || u64::from(crc32fast::hash(begin)) != sum || width > WIDEST {
        return Ok(None);
    }
    let marks = MARKS.iter().filter_map(|place| {
        let place = *place as usize;
        let (bytes, sum) = page[place..place + MARK].split_at(MARK - 4);
        let field = |at: usize| number(&bytes[at * 8..at * 8 + 8]);
        let is_whole = field(0) > 0 && u64::from(crc32fast::hash(bytes)) == number(sum);
        is_whole.then(|| Page {
            width,
            turn: field(0),
            mark: Mark { born: field(1), change: field(2) },
            places: field(3),
            held: field(4),
        })
    });
    Ok(marks.max_by_key(|page| page.turn))
}

/// A number of up to eight bytes.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
