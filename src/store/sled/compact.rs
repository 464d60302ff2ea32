//! Writing months anew: sled never gives space back, and what is to be forgotten must not stay in its
//! files.

use jiff::Timestamp;

use super::desk;
use super::engine::Engine;
use super::fault::Fault;
use super::months::Months;
use super::posts::changes;
use super::posts::copy::{self, BATCH, Copied};
use super::posts::of_month::{self, POSTS};
use super::table::Table;
use super::verify;
use crate::month::Month;
use crate::store::{Anew, Compacted, Keeps};

/// Writes a month anew with the posts that `keeps` names, or gives it up where there are none.
///
/// See [`crate::store::Store::compact`].
pub(super) fn compact(
    desk: &Engine,
    months: &Months,
    month: Month,
    keeps: &Keeps<'_>,
    at: Timestamp,
) -> Result<Compacted, Fault> {
    let before_bytes = months.size_bytes(month)?;
    let new = months.anew(month)?;
    let (kept, dropped) = months.within(month, |old| copy_kept(old, &new, keeps))?;
    let done = |after_bytes| Compacted { month, kept, dropped, before_bytes, after_bytes };
    if kept == 0 {
        drop(new);
        months.discard(month)?;
        return give_up(desk, months, month);
    }
    new.flush()?;
    let problems = verify::of_month(&new, month)?;
    if let Some(problem) = problems.first() {
        return Err(Fault::Damaged(format!(
            "written anew it has {} faults: {problem}",
            problems.len()
        )));
    }
    let ids = of_month::ids(&new)?;
    months.replace(month, new, ids)?;
    let bytes = months.size_bytes(month)?;
    desk::note_anew(desk, month, Anew { at, rule: keeps.rule.to_owned(), bytes })?;
    Ok(done(bytes))
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

fn copy_kept(old: &Engine, new: &Engine, keeps: &Keeps<'_>) -> Result<(u64, u64), Fault> {
    let (mut kept, mut dropped) = (0, 0);
    let mut batch: Vec<Copied> = Vec::with_capacity(BATCH);
    for copied in copy::all(old) {
        let copied = copied?;
        if !(keeps.post)(&copied.post) {
            dropped += 1;
            continue;
        }
        kept += 1;
        batch.push(copied);
        if batch.len() == BATCH {
            copy::batch(old, new, &batch)?;
            batch.clear();
        }
    }
    copy::batch(old, new, &batch)?;
    changes::inherit(old, new, dropped == 0 && changes::none_gone(old)?)?;
    Ok((kept, dropped))
}
