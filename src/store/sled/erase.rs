//! Erasing, in an order that can be cut short anywhere and begun again: first what keeps it from coming
//! back, then what stays, then the months, and at the end all that held it is written anew.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::desk::SOURCES;
use super::engine::Engine;
use super::fault::Fault;
use super::posts::of_month;
use super::table::Table;
use super::{Databases, compact, desk, feedback, refusals};
use crate::digest::{Digest, Told};
use crate::label::{Label, Lesson};
use crate::month::Month;
use crate::post::PostId;
use crate::source::SourceId;
use crate::store::erase::{Erased, Erasing, Erasings};
use crate::store::folder::Folder;
use crate::store::{Keeps, keys};

/// Posts erased in one transaction.
const BATCH: usize = 100;

/// Names what stays among the months that are to be written anew.
const DESK: &str = "desk";

/// See [`crate::store::Store::erase`].
pub(super) fn erase(
    db: &Databases,
    folder: &Folder,
    erasing: &Erasing<'_>,
    at: Timestamp,
) -> Result<Erased, Fault> {
    let desk = db.desk.engine()?;
    let posts: BTreeSet<PostId> = erasing.posts.iter().copied().collect();
    let mut of_month: Vec<(Month, Vec<PostId>)> = Vec::new();
    for month in db.months.all() {
        let here = |engine: &Engine| {
            let mut here = Vec::new();
            for id in &posts {
                if of_month::known(engine, *id)? {
                    here.push(*id);
                }
            }
            Ok(here)
        };
        if let Some(here) = db.months.within_whole(month, here)?.filter(|here| !here.is_empty()) {
            of_month.push((month, here));
        }
    }
    refusals::seal(&desk, erasing.signs)?;
    let mut known = refusals::erasings(&desk)?;
    let mut unfinished: BTreeSet<String> = known.unfinished.into_iter().collect();
    unfinished.insert(DESK.to_owned());
    unfinished.extend(of_month.iter().map(|(month, _)| month.to_string()));
    known = Erasings {
        count: known.count + 1,
        last: Some(at),
        unfinished: unfinished.into_iter().collect(),
        ..known
    };
    refusals::note_erasings(&desk, &known)?;

    let mut erased = Erased::default();
    for digest in erasing.digests {
        erased.told += replace_digest(&desk, digest)?;
        erased.digests += 1;
    }
    erased.labels = forget_labels(&desk, &posts)? + feedback::forget(&desk, &posts)?;
    erased.sources = forget_sources(&desk, erasing.sources)?;
    drop(desk);
    for (month, here) in of_month {
        for batch in here.chunks(BATCH) {
            let (posts, verdicts) =
                db.months.within(month, |engine| of_month::erase(engine, batch))?;
            erased.posts += posts;
            erased.verdicts += verdicts;
        }
    }
    erased.months = finish(db, folder, at)?;
    Ok(erased)
}

/// Writes anew what held erased words: the months that are left to be, and what stays; which months.
fn finish(db: &Databases, folder: &Folder, at: Timestamp) -> Result<Vec<Month>, Fault> {
    let known = refusals::erasings(&*db.desk.engine()?)?;
    let there = db.months.all();
    let named: Vec<Month> = known.unfinished.iter().filter_map(|name| name.parse().ok()).collect();
    for month in named.iter().filter(|month| there.contains(month)) {
        let desk = db.desk.engine()?;
        // What was to be kept by then is kept: its rule stands.
        let rule = desk::month(&desk, *month)?.map(|anew| anew.rule).unwrap_or_default();
        let keeps = Keeps { rule, ..Keeps::default() };
        compact::compact(&desk, &db.months, *month, &keeps, at)?;
    }
    db.desk.write_anew(folder)?;
    let desk = db.desk.engine()?;
    refusals::note_erasings(&desk, &Erasings { unfinished: Vec::new(), ..known })?;
    Ok(named)
}

/// Puts a digest in the place of the one of the same reader and date; how many rows of the ledger went.
fn replace_digest(desk: &Engine, digest: &Digest) -> Result<u64, Fault> {
    let key = keys::digest(&digest.reader, digest.date);
    let Some(before) = desk.value::<Digest>(Table::Digests, &key)? else { return Ok(0) };
    let mut draft = desk.draft();
    draft.put(Table::Digests, &key, digest)?;
    let tells: BTreeSet<PostId> = digest.told().iter().map(|told| told.post).collect();
    let mut gone = 0;
    for Told { post, date, .. } in before.told().iter().filter(|told| !tells.contains(&told.post)) {
        draft.remove(Table::Told, &keys::told(&digest.reader, *date, *post))?;
        gone += 1;
    }
    draft.commit()?;
    Ok(gone)
}

/// Forgets what people said of these posts, and that they were drawn; how many rows.
fn forget_labels(desk: &Engine, posts: &BTreeSet<PostId>) -> Result<u64, Fault> {
    let mut gone = Vec::new();
    for table in [Table::Labels, Table::Draws] {
        for row in desk.rows(table, &[], None) {
            let (key, _) = row?;
            if keys::read_label(&key).is_some_and(|(_, post)| posts.contains(&post)) {
                gone.push((table, key));
            }
        }
    }
    let mut draft = desk.draft();
    for (table, key) in &gone {
        draft.remove(*table, key)?;
    }
    for row in desk.rows(Table::Lessons, &[], None) {
        let (key, _) = row?;
        if keys::read_lesson(&key).is_none() {
            continue;
        }
        let Some(lesson) = desk.value::<Lesson>(Table::Lessons, &key)? else { continue };
        let stays = |label: &Label| !posts.contains(&label.post);
        let mut left = lesson.clone();
        left.changes.retain(|change| stays(&change.label));
        if left.changes.is_empty() {
            draft.remove(Table::Lessons, &key)?;
        } else if left != lesson {
            draft.put(Table::Lessons, &key, &left)?;
        }
    }
    draft.commit()?;
    Ok(gone.len() as u64)
}

/// Forgets these sources and their visits; of how many there was something.
fn forget_sources(desk: &Engine, sources: &[SourceId]) -> Result<u64, Fault> {
    let mut draft = desk.draft();
    let mut gone = 0;
    for source in sources {
        let key = keys::source(source);
        if draft.row(Table::Memories, &key)?.is_some() {
            draft.remove(Table::Memories, &key)?;
            gone += 1;
        }
        for row in desk.rows(Table::Visits, &key, keys::after(&key).as_deref()) {
            // The later pieces of a value go one by one.
            draft.remove_row(Table::Visits, row?.0.to_vec());
        }
    }
    if gone > 0 {
        draft.count_fewer(Table::DeskFacts, SOURCES, gone)?;
    }
    draft.commit()?;
    Ok(gone)
}
