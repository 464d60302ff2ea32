//! Writing months anew: sled never gives space back, and what is to be forgotten must not stay in its
//! files.
//!
//! In sled itself it would come to 2.4 times its live data: sled writes a leaf of eight rows three times while
//! it grows, and cleans a segment only once half of it is dead. The order of rows (by post, by table, from the
//! end), flushing after every batch, and touching every leaf once more afterwards were tried: 2.4 to 4.2. So
//! what is written anew is packed ([`super::pack`]), with an empty database beside it for what comes.

use std::fs;
use std::path::Path;

use jiff::Timestamp;

use super::desk;
use super::engine::Engine;
use super::fault::Fault;
use super::ids::Ids;
use super::months::Months;
use super::posts::changes;
use super::posts::copy::{self, BATCH, Copied};
use super::posts::of_month::{self, POSTS};
use super::table::{Half, Table};
use super::verify;
use crate::month::Month;
use crate::store::{Anew, Compacted, Keeps};

/// Where what is dropped is left out, in the folder of what is written anew.
const SCRATCH: &str = "scratch";

/// Writes a month anew with the posts that `keeps` names, or gives it up where there are none.
///
/// See [`crate::store::Store::compact`].
pub(super) fn compact(
    desk: &Engine,
    months: &Months,
    month: Month,
    keeps: &Keeps,
    at: Timestamp,
) -> Result<Compacted, Fault> {
    let before_bytes = months.size_bytes(month)?;
    let folder = months.anew(month)?;
    let written = months.within(month, |old| written_anew(old, &folder, keeps));
    let made = written.and_then(|(kept, dropped)| {
        let new = if kept > 0 { Some(checked(&folder, month)?) } else { None };
        Ok((new, kept, dropped))
    });
    let (new, kept, dropped) = match made {
        Ok(made) => made,
        Err(fault) => {
            // The space it took may be what is missing.
            months.discard(month)?;
            return Err(fault);
        }
    };
    let Some((new, ids)) = new else {
        months.discard(month)?;
        return give_up(desk, months, month);
    };
    months.replace(month, new, ids)?;
    let bytes = months.size_bytes(month)?;
    desk::note_anew(desk, month, Anew { at, rule: keeps.rule.clone(), bytes })?;
    Ok(Compacted { month, kept, dropped, before_bytes, after_bytes: bytes })
}

/// Gives up a month: its space is free at once.
pub(super) fn give_up(desk: &Engine, months: &Months, month: Month) -> Result<Compacted, Fault> {
    let before_bytes = months.size_bytes(month)?;
    // What cannot be counted any more goes uncounted.
    let count = |engine: &Engine| engine.count(Table::PostFacts, POSTS);
    let dropped = months.within(month, count).unwrap_or(0);
    months.give_up(month)?;
    desk::forget_month(desk, month)?;
    months.forget(month)?;
    Ok(Compacted { month, kept: 0, dropped, before_bytes, after_bytes: 0 })
}

/// Opens what was written anew, and looks it over; with its ids.
fn checked(folder: &Path, month: Month) -> Result<(Engine, Ids), Fault> {
    let new = Engine::over_pack(folder, Half::Posts)?;
    let looked = verify::of_month(&new, month).and_then(|problems| match problems.first() {
        Some(problem) => {
            let count = problems.len();
            Err(Fault::Damaged(format!("written anew it has {count} faults: {problem}")))
        }
        None => of_month::ids(&new),
    });
    match looked {
        Ok(ids) => Ok((new, ids)),
        Err(fault) => {
            new.let_go();
            Err(fault)
        }
    }
}

/// Packs the posts of a month that `keeps` names into `folder`; how many are, and are not.
fn written_anew(old: &Engine, folder: &Path, keeps: &Keeps) -> Result<(u64, u64), Fault> {
    let (mut kept, mut dropped) = (0, 0);
    for copied in copy::all(old) {
        *if keeps.post(&copied?.post) { &mut kept } else { &mut dropped } += 1;
    }
    let is_whole = dropped == 0;
    if is_whole && changes::has_all(old)? {
        old.pack_into(folder)?;
    } else if kept > 0 {
        // In its own order a post's rows are everywhere: a database of those that stay sorts them.
        let scratch_folder = folder.join(SCRATCH);
        let scratch = Engine::open(&scratch_folder, Half::Posts)?;
        let packed =
            copy_kept(old, &scratch, keeps, is_whole).and_then(|()| scratch.pack_into(folder));
        scratch.let_go();
        fs::remove_dir_all(scratch_folder)?;
        packed?;
    }
    Ok((kept, dropped))
}

fn copy_kept(old: &Engine, new: &Engine, keeps: &Keeps, is_whole: bool) -> Result<(), Fault> {
    let mut batch: Vec<Copied> = Vec::with_capacity(BATCH);
    for copied in copy::all(old) {
        let copied = copied?;
        if !keeps.post(&copied.post) {
            continue;
        }
        batch.push(copied);
        if batch.len() == BATCH {
            copy::batch(old, new, &batch)?;
            batch.clear();
        }
    }
    copy::batch(old, new, &batch)?;
    changes::copy_gone(old, new)?;
    changes::inherit(old, new, is_whole)
}
