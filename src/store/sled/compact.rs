//! Writing months anew: sled never gives space back, and what is to be forgotten must not stay in its
//! files.
//!
//! What is written anew comes to 2.4 times its live data: sled writes a leaf of eight rows three times while
//! it grows, and cleans a segment only once half of it is dead. The order of rows (by post, by table, from the
//! end), flushing after every batch, and touching every leaf once more afterwards were tried: 2.4 to 4.2.
//! Fewer, larger rows would be less; or another engine for months that are over.

use jiff::Timestamp;

use super::desk;
use super::engine::Engine;
use super::fault::Fault;
use super::ids::Ids;
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
    keeps: &Keeps,
    at: Timestamp,
) -> Result<Compacted, Fault> {
    let before_bytes = months.size_bytes(month)?;
    let new = months.anew(month)?;
    let written = months.within(month, |old| copy_kept(old, &new, keeps)).and_then(|counts| {
        let ids = checked(&new, month)?;
        Ok((counts, ids))
    });
    let ((kept, dropped), ids) = match written {
        Ok(written) => written,
        Err(fault) => {
            // The space it took may be what is missing.
            new.let_go();
            months.discard(month)?;
            return Err(fault);
        }
    };
    if kept == 0 {
        drop(new);
        months.discard(month)?;
        return give_up(desk, months, month);
    }
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

/// Makes what was written anew durable, and looks it over; its ids.
fn checked(new: &Engine, month: Month) -> Result<Ids, Fault> {
    new.flush()?;
    let problems = verify::of_month(new, month)?;
    if let Some(problem) = problems.first() {
        let count = problems.len();
        return Err(Fault::Damaged(format!("written anew it has {count} faults: {problem}")));
    }
    of_month::ids(new)
}

fn copy_kept(old: &Engine, new: &Engine, keeps: &Keeps) -> Result<(u64, u64), Fault> {
    let (mut kept, mut dropped) = (0, 0);
    let mut batch: Vec<Copied> = Vec::with_capacity(BATCH);
    for copied in copy::all(old) {
        let copied = copied?;
        if !keeps.post(&copied.post) {
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
    changes::copy_gone(old, new)?;
    changes::inherit(old, new, dropped == 0)?;
    Ok((kept, dropped))
}
