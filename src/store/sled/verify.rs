//! Every value and every index row, checked against each other.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::civil::Date;

use super::desk::{self, DIGESTS, SOURCES};
use super::engine::Engine;
use super::fault::Fault;
use super::months::Months;
use super::posts::changes::{self, Logged};
use super::posts::of_month::{self as posts, POSTS, VERDICTS};
use super::table::{Table, split_head, split_piece_key};
use crate::delivery::Delivery;
use crate::digest::{Digest, Told};
use crate::feedback::Feedback;
use crate::host::HostMemory;
use crate::label::{Draw, Label, Lesson};
use crate::month::Month;
use crate::post::{Post, PostId};
use crate::store::keys::{self, Arrival, NEVER_JUDGED, Stamp};
use crate::store::{Counts, codec};
use crate::verdict::{Embedding, Verdict};
use crate::visit::{Memory, Visit};

/// Problems described; the rest are counted.
const DESCRIBED: usize = 50;

/// See [`crate::store::Store::verify`].
pub(super) fn verify(desk: &Engine, months: &Months) -> Result<Vec<String>, Fault> {
    let mut problems = Problems::default();
    let mut found = Counts::default();
    check_sources(desk, &mut found, &mut problems)?;
    check_ledger(desk, &mut found, &mut problems)?;
    check_deliveries(desk, &mut problems)?;
    check_labels(desk, &mut problems)?;
    check_feedback(desk, &mut problems)?;
    for table in [
        Table::Memories,
        Table::Visits,
        Table::Hosts,
        Table::Digests,
        Table::Told,
        Table::Deliveries,
        Table::Labels,
        Table::Lessons,
        Table::Draws,
        Table::Anchors,
        Table::Feedback,
        Table::Unsubscribed,
        Table::Months,
        Table::Backups,
    ] {
        check_pieces(desk, table, &mut problems)?;
    }
    let noted = desk::months(desk)?;
    for month in months.all() {
        let checked = months.within(month, |engine| check_month(engine, month, &mut problems));
        problems.within = Some(month);
        match checked {
            Ok(has_posts) => problems.unless(!has_posts || noted.contains(&month), || {
                format!("{} does not know it", Table::Months.name())
            }),
            Err(Fault::Within { fault, .. }) if fault.is_damage() => {
                problems.add(fault.to_string());
            }
            Err(fault) => return Err(fault),
        }
        problems.within = None;
    }
    let counted = Counts { posts: 0, verdicts: 0, ..counts(desk, months)? };
    problems.unless(counted == found, || format!("counted are {counted:?}, found {found:?}"));
    Ok(problems.told())
}

/// The problems of one month.
pub(super) fn of_month(engine: &Engine, month: Month) -> Result<Vec<String>, Fault> {
    let mut problems = Problems::default();
    check_month(engine, month, &mut problems)?;
    Ok(problems.told())
}

/// See [`crate::store::Store::counts`].
pub(super) fn counts(desk: &Engine, months: &Months) -> Result<Counts, Fault> {
    let mut counts = Counts {
        sources: desk.count(Table::DeskFacts, SOURCES)?,
        digests: desk.count(Table::DeskFacts, DIGESTS)?,
        ..Counts::default()
    };
    for month in months.all() {
        let Some(closed) = months.known(month)? else { continue };
        counts.posts += closed.posts;
        counts.verdicts += closed.verdicts;
    }
    Ok(counts)
}

/// The posts and the verdicts that are counted in a month.
pub(super) fn counted(engine: &Engine) -> Result<(u64, u64), Fault> {
    let count = |name| engine.count(Table::PostFacts, name);
    Ok((count(POSTS)?, count(VERDICTS)?))
}

/// Checks a month; whether there are posts in it.
fn check_month(engine: &Engine, month: Month, problems: &mut Problems) -> Result<bool, Fault> {
    problems.within = Some(month);
    engine.check_pack()?;
    let mut found = Counts::default();
    check_posts(engine, month, &mut found, problems)?;
    check_index_rows(engine, found.posts, problems)?;
    check_log(engine, found.posts, problems)?;
    check_verdicts(engine, &mut found, problems)?;
    for table in [Table::Kept, Table::Verdicts, Table::Embeddings] {
        check_pieces(engine, table, problems)?;
    }
    let (counted, found) = (counted(engine)?, (found.posts, found.verdicts));
    problems.unless(counted == found, || {
        format!("counted are {counted:?} posts and verdicts, found {found:?}")
    });
    problems.within = None;
    Ok(found.0 > 0)
}

#[derive(Default)]
struct Problems {
    /// The month that is checked.
    within: Option<Month>,
    described: Vec<String>,
    more: usize,
    /// The months that have any.
    months: BTreeSet<Month>,
}

impl Problems {
    fn add(&mut self, problem: String) {
        self.months.extend(self.within);
        if self.described.len() < DESCRIBED {
            self.described.push(match self.within {
                Some(month) => format!("month {month}: {problem}"),
                None => problem,
            });
        } else {
            self.more += 1;
        }
    }

    fn unless(&mut self, fine: bool, problem: impl FnOnce() -> String) {
        if !fine {
            self.add(problem());
        }
    }

    /// The value, or a problem noted; only what keeps us from reading on is an error.
    fn value<T>(&mut self, at: &str, read: Result<Option<T>, Fault>) -> Result<Option<T>, Fault> {
        match read {
            Ok(Some(value)) => Ok(Some(value)),
            Ok(None) => {
                self.add(format!("{at}: it is missing"));
                Ok(None)
            }
            Err(Fault::Damaged(what)) => {
                self.add(format!("{at}: {what}"));
                Ok(None)
            }
            Err(fault) => Err(fault),
        }
    }

    fn told(self) -> Vec<String> {
        let mut told = self.described;
        for month in self.months {
            // With the first problem of the month: what to do is no problem of its own.
            let of_month = format!("month {month}: ");
            if let Some(first) = told.iter_mut().find(|problem| problem.starts_with(&of_month)) {
                _ = write!(first, "; `overheard restore BACKUP --month {month}` brings it back");
            }
        }
        told.extend((self.more > 0).then(|| format!("and {} more", self.more)));
        told
    }
}

fn check_posts(
    engine: &Engine,
    month: Month,
    found: &mut Counts,
    problems: &mut Problems,
) -> Result<(), Fault> {
    for row in engine.rows(Table::Kept, &[], None) {
        let (key, _) = row?;
        let Some(arrival) = whole_arrival(&key) else { continue };
        found.posts += 1;
        let at = format!("post number {arrival}");
        let Some(post) = problems.value(&at, engine.value::<Post>(Table::Kept, &key))? else {
            continue;
        };
        let made = PostId::of(&post.source, &post.said.key);
        problems.unless(made == post.id, || format!("{at}: its id is not that of its key"));
        let arrived = Month::of(post.heard);
        problems.unless(arrived == month, || format!("{at}: it arrived in {arrived}"));
        let named = engine.row(Table::Ids, post.id.as_bytes())?;
        problems.unless(named.is_some_and(|row| row == key), || {
            format!("{at}: {} does not lead to it", Table::Ids.name())
        });
        for (table, index) in posts::index_rows(&post, arrival) {
            let there = engine.row(table, &index)?.is_some();
            problems.unless(there, || format!("{at}: it is not in {}", table.name()));
        }
        let verdict = engine.value::<Verdict>(Table::Verdicts, &key).ok().flatten();
        let judged = match &verdict {
            Some(verdict) => posts::known_stamp(engine, verdict)?,
            None => None,
        };
        let stamps: BTreeSet<Stamp> = [Some(NEVER_JUDGED), judged].into_iter().flatten().collect();
        let mut rows = 0;
        for stamp in stamps {
            rows +=
                u32::from(engine.row(Table::Stamped, &keys::stamped(stamp, arrival))?.is_some());
        }
        problems
            .unless(rows == 1, || format!("{at}: it is {rows} times in {}", Table::Stamped.name()));
    }
    Ok(())
}

/// Each post is in the log once, where its row among the stamps says; what else is in it is gone.
fn check_log(engine: &Engine, posts: u64, problems: &mut Problems) -> Result<(), Fault> {
    let name = Table::Changes.name();
    for row in engine.rows(Table::Stamped, &[], None) {
        let (key, change) = row?;
        let Some((_, arrival)) = keys::read_stamped(&key) else { continue };
        let logged = engine.row(Table::Changes, &change)?;
        let leads = logged.and_then(|row| changes::read(&row)) == Some(Logged::At(arrival));
        problems.unless(leads, || format!("post number {arrival}: it is not in {name}"));
    }
    let mut there = 0;
    for row in engine.rows(Table::Changes, &[], None) {
        let (_, row) = row?;
        match changes::read(&row) {
            Some(Logged::At(_)) => there += 1,
            Some(Logged::Gone(id)) => problems
                .unless(!posts::known(engine, id)?, || format!("{name}: {id} is there and gone")),
            None => problems.add(format!("{name}: a row cannot be read")),
        }
    }
    problems.unless(there == posts, || format!("{name}: it has {there} rows for {posts} posts"));
    Ok(())
}

/// Each index table has a row for each post (checked from the posts), and no other.
fn check_index_rows(engine: &Engine, posts: u64, problems: &mut Problems) -> Result<(), Fault> {
    for table in [Table::Ids, Table::Said, Table::From, Table::Stamped] {
        let mut rows = 0;
        for row in engine.rows(table, &[], None) {
            let (key, row) = row?;
            rows += 1;
            let arrival = match table {
                Table::Ids => keys::arrival_at_end(&row),
                Table::Stamped => keys::read_stamped(&key).map(|(_, arrival)| arrival),
                _ => keys::arrival_at_end(&key),
            };
            let there = match arrival {
                Some(arrival) => engine.row(Table::Kept, &keys::arrival(arrival))?.is_some(),
                None => false,
            };
            problems.unless(there, || format!("{}: a row leads to no post", table.name()));
        }
        problems.unless(rows == posts, || {
            format!("{}: it has {rows} rows for {posts} posts", table.name())
        });
    }
    Ok(())
}

fn check_verdicts(
    engine: &Engine,
    found: &mut Counts,
    problems: &mut Problems,
) -> Result<(), Fault> {
    for row in engine.rows(Table::Verdicts, &[], None) {
        let (key, _) = row?;
        let Some(arrival) = whole_arrival(&key) else { continue };
        found.verdicts += 1;
        let at = format!("the verdict of post number {arrival}");
        let verdict = problems.value(&at, engine.value::<Verdict>(Table::Verdicts, &key))?;
        if let Some(verdict) = verdict {
            let leads = engine.row(Table::Ids, verdict.post.as_bytes())?;
            problems.unless(leads.is_some_and(|row| row == key), || {
                format!("{at}: it is of another post")
            });
        }
        let at = format!("the embedding of post number {arrival}");
        if let Some(bytes) = problems.value(&at, engine.bytes(Table::Embeddings, &key))? {
            let read = codec::decode_embedding(&bytes);
            problems.unless(read.is_ok(), || format!("{at}: it cannot be read"));
        }
    }
    for row in engine.rows(Table::Embeddings, &[], None) {
        let (key, _) = row?;
        let Some(arrival) = whole_arrival(&key) else { continue };
        let there = engine.row(Table::Verdicts, &key)?.is_some();
        problems.unless(there, || format!("the embedding of post number {arrival} has no verdict"));
    }
    Ok(())
}

fn check_sources(
    engine: &Engine,
    found: &mut Counts,
    problems: &mut Problems,
) -> Result<(), Fault> {
    for row in engine.rows(Table::Memories, &[], None) {
        let (key, _) = row?;
        let Some(source) = keys::read_source(&key) else { continue };
        found.sources += 1;
        let at = format!("what is remembered of {source}");
        problems.value(&at, engine.value::<Memory>(Table::Memories, &key))?;
    }
    for row in engine.rows(Table::Visits, &[], None) {
        let (key, _) = row?;
        let Some(source) = keys::read_visit(&key) else { continue };
        let at = format!("a visit of {source}");
        problems.value(&at, engine.value::<Visit>(Table::Visits, &key))?;
    }
    for row in engine.rows(Table::Hosts, &[], None) {
        let (key, _) = row?;
        let Some(host) = keys::read_host(&key) else { continue };
        let at = format!("what is remembered of the host {host}");
        problems.value(&at, engine.value::<HostMemory>(Table::Hosts, &key))?;
    }
    Ok(())
}

fn check_ledger(engine: &Engine, found: &mut Counts, problems: &mut Problems) -> Result<(), Fault> {
    for row in engine.rows(Table::Digests, &[], None) {
        let (key, _) = row?;
        let Some((reader, date)) = keys::read_digest(&key) else { continue };
        found.digests += 1;
        let at = format!("the digest of {reader} for {date}");
        let digest = problems.value(&at, engine.value::<Digest>(Table::Digests, &key))?;
        let Some(digest) = digest else { continue };
        for Told { post, .. } in digest.told() {
            let row = engine.row(Table::Told, &keys::told(&reader, date, post))?;
            problems.unless(row.is_some(), || format!("{at}: {post} is not in the ledger"));
        }
    }
    let mut last: Option<(String, Date, BTreeSet<PostId>)> = None;
    for row in engine.rows(Table::Told, &[], None) {
        let (key, _) = row?;
        let Some((reader, date, post)) = keys::read_told(&key) else {
            problems.add(format!("{}: a key cannot be read", Table::Told.name()));
            continue;
        };
        let at = format!("{post} told to {reader} on {date}");
        problems.value(&at, engine.value::<u32>(Table::Told, &key))?;
        // Rows of one digest lie together: it is read once.
        if last.as_ref().is_none_or(|(r, d, _)| (r, *d) != (&reader, date)) {
            let digest = engine.value(Table::Digests, &keys::digest(&reader, date)).ok().flatten();
            let told =
                digest.map(|digest: Digest| digest.told().iter().map(|told| told.post).collect());
            last = Some((reader, date, told.unwrap_or_default()));
        }
        let listed = last.as_ref().is_some_and(|(_, _, told)| told.contains(&post));
        problems.unless(listed, || format!("{at}: no digest says so"));
    }
    Ok(())
}

fn check_deliveries(engine: &Engine, problems: &mut Problems) -> Result<(), Fault> {
    for row in engine.rows(Table::Deliveries, &[], None) {
        let (key, _) = row?;
        // The later pieces of a value name no delivery.
        let Some(id) = keys::read_delivery(&key) else { continue };
        let at = format!("the delivery {id}");
        let delivery = problems.value(&at, engine.value::<Delivery>(Table::Deliveries, &key))?;
        let fits = delivery.is_none_or(|delivery| delivery.id == id);
        problems.unless(fits, || format!("{at}: its row is of another"));
    }
    Ok(())
}

fn check_labels(engine: &Engine, problems: &mut Problems) -> Result<(), Fault> {
    for table in [Table::Labels, Table::Draws] {
        for row in engine.rows(table, &[], None) {
            let (key, _) = row?;
            let Some((topic, post)) = keys::read_label(&key) else { continue };
            let at = format!("{}: {post} for {topic:?}", table.name());
            if table == Table::Labels {
                problems.value(&at, engine.value::<Label>(table, &key))?;
            } else {
                problems.value(&at, engine.value::<Draw>(table, &key))?;
            }
        }
    }
    for row in engine.rows(Table::Lessons, &[], None) {
        let (key, _) = row?;
        let Some(number) = keys::read_lesson(&key) else { continue };
        let at = format!("lesson number {number}");
        problems.value(&at, engine.value::<Lesson>(Table::Lessons, &key))?;
    }
    for row in engine.rows(Table::Anchors, &[], None) {
        let (key, _) = row?;
        if keys::is_anchor(&key) {
            let at = "the embedding of a rule's text";
            problems.value(at, engine.value::<Embedding>(Table::Anchors, &key))?;
        }
    }
    Ok(())
}

fn check_feedback(engine: &Engine, problems: &mut Problems) -> Result<(), Fault> {
    for row in engine.rows(Table::Feedback, &[], None) {
        let (key, _) = row?;
        let Some((reader, date, _)) = keys::read_feedback(&key) else { continue };
        let at = format!("what {reader} said of a point of {date}");
        problems.value(&at, engine.value::<Feedback>(Table::Feedback, &key))?;
    }
    for row in engine.rows(Table::Unsubscribed, &[], None) {
        let (key, _) = row?;
        let Some(reader) = keys::read_reader(&key) else { continue };
        let at = format!("that {reader} wants no more digests");
        problems.value(&at, engine.value::<Timestamp>(Table::Unsubscribed, &key))?;
    }
    Ok(())
}

/// Every row of a table of values is the first piece of one, or a later piece of the one before it.
fn check_pieces(engine: &Engine, table: Table, problems: &mut Problems) -> Result<(), Fault> {
    let mut value: Option<(Vec<u8>, u16)> = None;
    for row in engine.rows(table, &[], None) {
        let (key, row) = row?;
        let piece = value.as_ref().zip(split_piece_key(&key));
        if piece.is_some_and(|((of, pieces), (key, number))| of == key && number < *pieces) {
            continue;
        }
        match split_head(table, &row) {
            Ok((pieces, _)) if is_whole_key(table, &key) => value = Some((key.to_vec(), pieces)),
            _ => problems.add(format!("{}: a row belongs to no value", table.name())),
        }
    }
    Ok(())
}

fn is_whole_key(table: Table, key: &[u8]) -> bool {
    match table {
        Table::Kept | Table::Verdicts | Table::Embeddings => whole_arrival(key).is_some(),
        Table::Memories => keys::read_source(key).is_some(),
        Table::Visits => keys::read_visit(key).is_some(),
        Table::Hosts => keys::read_host(key).is_some(),
        Table::Digests => keys::read_digest(key).is_some(),
        Table::Told => keys::read_told(key).is_some(),
        Table::Deliveries => keys::read_delivery(key).is_some(),
        Table::Labels | Table::Draws => keys::read_label(key).is_some(),
        Table::Lessons => keys::read_lesson(key).is_some(),
        Table::Anchors => keys::is_anchor(key),
        Table::Feedback => keys::read_feedback(key).is_some(),
        Table::Unsubscribed => keys::read_reader(key).is_some(),
        Table::Months => keys::read_month(key).is_some(),
        Table::Backups => keys::read_backup(key).is_some(),
        _ => false,
    }
}

fn whole_arrival(key: &[u8]) -> Option<Arrival> {
    posts::is_first_piece(key).then(|| keys::arrival_at_end(key))?
}
