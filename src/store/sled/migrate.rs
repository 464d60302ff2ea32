//! Stores of earlier formats become one of ours, step by step, when they are opened.
//!
//! What is new is made beside what is old; only when it is whole does the folder say that it is of the
//! new format, and the old is deleted. Cut short before that, it begins anew; after it, only the deleting
//! is left.

use std::fs;
use std::io;
use std::path::Path;

use super::desk;
use super::engine::Engine;
use super::fault::Fault;
use super::months::Months;
use super::posts::copy::{self, BATCH, Copied};
use super::table::{Half, Table};
use crate::month::Month;
use crate::post::PostId;
use crate::store::folder::Folder;

/// The format with months.
const MONTHS: u32 = 2;

/// The format in which a month may be packed: who knows only those before would take it for empty.
const PACKS: u32 = 3;

/// Brings the store in `folder` to the format this version writes.
pub(super) fn up_to_date(folder: &Folder) -> Result<(), Fault> {
    if folder.format()? < MONTHS {
        tracing::info!("the store is brought to a newer format; its posts are filed by month");
        into_months(folder)?;
        folder.set_format(MONTHS)?;
    }
    if folder.format()? < PACKS {
        folder.set_format(PACKS)?;
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
        let (months, _) = Months::open(&folder.months())?;
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
    let mut batch: Vec<Copied> = Vec::with_capacity(BATCH);
    for copied in copy::all(old) {
        let copied = copied?;
        let month = Month::of(copied.post.heard);
        let is_full = batch.len() >= BATCH;
        if is_full || batch.last().is_some_and(|last| Month::of(last.post.heard) != month) {
            move_batch(old, months, &batch)?;
            batch.clear();
        }
        batch.push(copied);
    }
    move_batch(old, months, &batch)?;
    Ok(months.all())
}

/// Files posts that arrived in one month.
fn move_batch(old: &Engine, months: &Months, batch: &[Copied]) -> Result<(), Fault> {
    let Some(first) = batch.first() else { return Ok(()) };
    let month = Month::of(first.post.heard);
    months.make(month)?;
    let ids: Vec<PostId> = batch.iter().map(|copied| copied.post.id).collect();
    months.add(month, &ids)?;
    months.within(month, |new| copy::batch(old, new, batch))
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
