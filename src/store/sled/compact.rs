//! Writing months anew: sled never gives space back, and what is to be forgotten must not stay in its
//! files.
//!
//! In sled itself it would come to 2.4 times its live data: sled writes a leaf of eight rows three times while
//! it grows, and cleans a segment only once half of it is dead. The order of rows (by post, by table, from the
//! end), flushing after every batch, and touching every leaf once more afterwards were tried: 2.4 to 4.2. So
//! what is written anew is packed ([`super::pack`]), with an empty database beside it for what comes.

use std::path::Path;

use jiff::Timestamp;

use super::desk;
use super::engine::Engine;
use super::fault::Fault;
use super::ids::Ids;
use super::months::Months;
use super::pack::{PACK_FILE, Packer};
use super::posts::of_month::{self, POSTS};
use super::posts::pack::{self, Chosen};
use super::table::{Half, Table};
use super::verify;
use crate::month::Month;
use crate::store::folder::sync_folder;
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
    forget(desk, months, month)?;
    Ok(Compacted { month, kept: 0, dropped, before_bytes, after_bytes: 0 })
}

/// Deletes what is left of a month that was given up, and what is noted of it. Where there is no room to write even
/// that, its empty folder says it until the store is opened again.
pub(super) fn forget(desk: &Engine, months: &Months, month: Month) -> Result<(), Fault> {
    months.empty(month)?;
    match desk::forget_month(desk, month) {
        Err(fault) if fault.no_room().is_some() => Ok(()),
        noted => noted.and_then(|()| months.forget(month)),
    }
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
    let chosen = Chosen::of(old, keeps)?;
    if chosen.count() > 0 {
        let mut packer = Packer::new(&folder.join(PACK_FILE))?;
        pack::pack(old, &chosen, &mut packer)?;
        packer.finish()?;
        sync_folder(folder)?;
    }
    Ok((chosen.count(), chosen.dropped))
}
