//! Stores of earlier formats become one of ours, step by step, when they are opened.
//!
//! What is new is made beside what is old; only when it is whole does the folder say that it is of the
//! new format, and the old is deleted. Cut short before that, it begins anew; after it, only the deleting
//! is left.

use std::fs;
use std::io;
use std::path::Path;

use super::desk;
use super::draft::Draft;
use super::engine::Engine;
use super::fault::Fault;
use super::months::Months;
use super::posts::of_month::{LAST_STAMP, POSTS, VERDICTS, index_rows, is_first_piece};
use super::table::{Half, Table};
use crate::post::{Post, PostId};
use crate::store::folder::Folder;
use crate::store::keys::{self, Arrival, NEVER_JUDGED, Stamp};
use crate::store::month::Month;
use crate::verdict::Verdict;

/// Posts moved in one transaction.
const BATCH: usize = 100;

/// The format with months.
const MONTHS: u32 = 2;

/// Brings the store in `folder` to the format this version writes.
pub(super) fn up_to_date(folder: &Folder) -> Result<(), Fault> {
    if folder.format()? < MONTHS {
        tracing::info!("the store is brought to a newer format; its posts are filed by month");
        into_months(folder)?;
        folder.set_format(MONTHS)?;
    }
    let (old, counted) = (folder.whole(), folder.whole_acknowledged());
    if old.exists() {
        fs::remove_dir_all(old)?;
    }
    delete_file(&counted)
}

/// Format 1 had all in one database.
fn into_months(folder: &Folder) -> Result<(), Fault> {
    for begun in [folder.desk(), folder.months()] {
        if begun.exists() {
            fs::remove_dir_all(begun)?;
        }
    }
    // Its halves were in one database, and each counts its own batches.
    let found = {
        let posts = Engine::open_counted_elsewhere(&folder.whole(), Half::Posts)?;
        let months = Months::open(&folder.months())?;
        let arrived = move_posts(&posts, &months)?;
        months.close()?;
        drop(months);
        let drafts = posts.drafts()?;
        drop(posts);
        let old = Engine::open_counted_elsewhere(&folder.whole(), Half::Desk)?;
        let new = Engine::open(&folder.desk(), Half::Desk)?;
        move_desk(&old, &new)?;
        for month in arrived {
            desk::note_month(&new, month)?;
        }
        drafts + old.drafts()?
    };
    let promised = super::engine::read_acknowledged(&folder.whole_acknowledged());
    if found < promised {
        let path = folder.whole_acknowledged();
        return Err(Fault::Damaged(format!(
            "the last {} batches are missing (to go on without them, delete {})",
            promised - found,
            path.display()
        )));
    }
    Ok(())
}

/// Files every post, with its verdict and embedding, by the month it arrived in; which months.
fn move_posts(old: &Engine, months: &Months) -> Result<Vec<Month>, Fault> {
    let mut batch: Vec<(Arrival, Post)> = Vec::with_capacity(BATCH);
    for row in old.rows(Table::Kept, &[], None) {
        let (key, _) = row?;
        if !is_first_piece(&key) {
            continue;
        }
        let missing = || Fault::damaged(Table::Kept, "a post is missing");
        let post: Post = old.value(Table::Kept, &key)?.ok_or_else(missing)?;
        let arrival = keys::arrival_at_end(&key).ok_or_else(missing)?;
        let month = Month::of(post.heard);
        let is_full = batch.len() >= BATCH;
        if is_full || batch.last().is_some_and(|(_, last)| Month::of(last.heard) != month) {
            move_batch(old, months, &batch)?;
            batch.clear();
        }
        batch.push((arrival, post));
    }
    move_batch(old, months, &batch)?;
    Ok(months.all())
}

/// Files posts that arrived in one month.
fn move_batch(old: &Engine, months: &Months, batch: &[(Arrival, Post)]) -> Result<(), Fault> {
    let Some((_, first)) = batch.first() else { return Ok(()) };
    let month = Month::of(first.heard);
    months.make(month)?;
    let ids: Vec<PostId> = batch.iter().map(|(_, post)| post.id).collect();
    months.add(month, &ids)?;
    months.within(month, |new| {
        let mut draft = new.draft();
        for (arrival, post) in batch {
            move_post(old, &mut draft, *arrival, post)?;
        }
        draft.commit()
    })
}

fn move_post(
    old: &Engine,
    draft: &mut Draft<'_>,
    arrival: Arrival,
    post: &Post,
) -> Result<(), Fault> {
    let key = keys::arrival(arrival);
    draft.put(Table::Kept, &key, post)?;
    draft.put_row(Table::Ids, post.id.as_bytes().to_vec(), key.clone());
    for (table, key) in index_rows(post, arrival) {
        draft.put_row(table, key, Vec::new());
    }
    draft.count_one_more(Table::PostFacts, POSTS)?;
    let waits = old.row(Table::Stamped, &keys::stamped(NEVER_JUDGED, arrival))?.is_some();
    let mut stamp = NEVER_JUDGED;
    if let Some(verdict) = old.value::<Verdict>(Table::Verdicts, &key)? {
        draft.put(Table::Verdicts, &key, &verdict)?;
        draft.count_one_more(Table::PostFacts, VERDICTS)?;
        if let Some(halves) = old.bytes(Table::Embeddings, &key)? {
            draft.put_bytes(Table::Embeddings, &key, &halves)?;
        }
        if !waits {
            stamp = move_stamp(old, draft, &verdict)?;
        }
    }
    draft.put_row(Table::Stamped, keys::stamped(stamp, arrival), Vec::new());
    Ok(())
}

/// The stamp of a verdict's model and rules, the same as before.
fn move_stamp(old: &Engine, draft: &mut Draft<'_>, verdict: &Verdict) -> Result<Stamp, Fault> {
    let key = keys::stamp(&verdict.model.0, &verdict.ruleset.0);
    let missing = || Fault::damaged(Table::Stamps, "a verdict's stamp is missing");
    let stamp: Stamp = old.value(Table::Stamps, &key)?.ok_or_else(missing)?;
    draft.put(Table::Stamps, &key, &stamp)?;
    let last = draft.value::<u64>(Table::PostFacts, LAST_STAMP.as_bytes())?.unwrap_or(0);
    draft.put(Table::PostFacts, LAST_STAMP.as_bytes(), &last.max(stamp.into()))?;
    Ok(stamp)
}

/// Copies every row of what stays.
fn move_desk(old: &Engine, new: &Engine) -> Result<(), Fault> {
    for (table, _) in Half::Desk.tables() {
        let mut draft = new.draft();
        for (place, row) in old.rows(table, &[], None).enumerate() {
            let (key, row) = row?;
            // It counts its own drafts.
            if key.as_ref() != super::engine::DRAFTS.as_bytes() || table != Table::DeskFacts {
                draft.put_row(table, key.to_vec(), row.to_vec());
            }
            if place % BATCH == BATCH - 1 {
                std::mem::replace(&mut draft, new.draft()).commit()?;
            }
        }
        draft.commit()?;
    }
    Ok(())
}

fn delete_file(path: &Path) -> Result<(), Fault> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
