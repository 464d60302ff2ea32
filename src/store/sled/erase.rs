//! Erasing, in an order that can be cut short anywhere and gone on with: what is to go is planned and
//! noted first, with what keeps it from coming back; then it goes, batch by batch; and at the end all that
//! held it is written anew. Whoever reads waits for a batch, and not for what is written anew.

use std::collections::BTreeSet;
use std::sync::{PoisonError, RwLock, RwLockWriteGuard};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::desk::SOURCES;
use super::desk_anew::Desk;
use super::engine::Engine;
use super::fault::Fault;
use super::months::Months;
use super::posts::of_month;
use super::table::Table;
use super::{compact, desk, feedback, refusals};
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

/// The name of the row with what is to go, while it goes.
const PLAN: &str = "erasing";

/// What erasing needs.
#[derive(Clone, Copy)]
pub(super) struct Erasure<'e> {
    pub(super) desk: &'e Desk,
    pub(super) months: &'e Months,
    pub(super) folder: &'e Folder,
    /// Held by whoever reads.
    pub(super) readers: &'e RwLock<()>,
}

/// What is to go. It is taken away before what stays is written anew, for it names sources.
#[derive(Serialize, Deserialize)]
struct Plan {
    posts: BTreeSet<PostId>,
    digests: Vec<Digest>,
    sources: Vec<SourceId>,
}

/// See [`crate::store::Store::erase`].
pub(super) fn erase(
    erasure: &Erasure<'_>,
    erasing: &Erasing<'_>,
    at: Timestamp,
) -> Result<Erased, Fault> {
    finish(erasure, at)?;
    let plan = Plan {
        posts: erasing.posts.iter().copied().collect(),
        digests: erasing.digests.to_vec(),
        sources: erasing.sources.to_vec(),
    };
    let desk = erasure.desk.engine()?;
    let erased = erasure.foresee(&desk, &plan)?;
    refusals::seal(&desk, erasing.signs)?;
    let known = refusals::erasings(&desk)?;
    let (mut last, mut unfinished) = (known.last, Vec::new());
    if !erased.is_nothing() {
        last = Some(at);
        unfinished.push(DESK.to_owned());
        unfinished.extend(erased.months.iter().map(Month::to_string));
    }
    let count = known.count + 1;
    let known = Erasings { count, last, unfinished, erased: erased.clone(), ..known };
    let mut draft = desk.draft();
    refusals::put_erasings(&mut draft, &known)?;
    if !erased.is_nothing() {
        draft.put(Table::DeskFacts, PLAN.as_bytes(), &plan)?;
    }
    draft.commit()?;
    drop(desk);
    finish(erasure, at)?;
    Ok(erased)
}

/// See [`crate::store::Store::finish_erasing`].
pub(super) fn finish(erasure: &Erasure<'_>, at: Timestamp) -> Result<bool, Fault> {
    let desk = erasure.desk.engine()?;
    let known = refusals::erasings(&desk)?;
    if known.unfinished.is_empty() {
        return Ok(false);
    }
    if let Some(plan) = desk.value::<Plan>(Table::DeskFacts, PLAN.as_bytes())? {
        erasure.carry_out(&desk, &plan)?;
        let mut draft = desk.draft();
        draft.remove(Table::DeskFacts, PLAN.as_bytes())?;
        draft.commit()?;
    }
    drop(desk);
    for month in known.unfinished.iter().filter_map(|name| name.parse().ok()) {
        erasure.write_anew(month, at)?;
    }
    erasure.desk.write_anew(erasure.folder)?;
    let desk = erasure.desk.engine()?;
    refusals::note_erasings(&desk, &Erasings { unfinished: Vec::new(), ..known })?;
    Ok(true)
}

impl Erasure<'_> {
    /// What carrying out a plan will erase.
    fn foresee(&self, desk: &Engine, plan: &Plan) -> Result<Erased, Fault> {
        let mut erased = Erased::default();
        for month in self.months.all() {
            let here = |engine: &Engine| {
                let (mut posts, mut verdicts) = (0, 0);
                for id in &plan.posts {
                    posts += u64::from(of_month::known(engine, *id)?);
                    verdicts += u64::from(of_month::is_judged(engine, *id)?);
                }
                Ok((posts, verdicts))
            };
            let here = self.months.within_whole(month, here)?;
            if let Some((posts @ 1.., verdicts)) = here {
                erased.posts += posts;
                erased.verdicts += verdicts;
                erased.months.push(month);
            }
        }
        for digest in &plan.digests {
            erased.told += told_no_more(desk, digest)?.len() as u64;
            erased.digests += 1;
        }
        erased.labels =
            labels_on(desk, &plan.posts)?.len() as u64 + feedback::on(desk, &plan.posts)?;
        for source in &plan.sources {
            let is_known = desk.row(Table::Memories, &keys::source(source))?.is_some();
            erased.sources += u64::from(is_known);
        }
        Ok(erased)
    }

    fn carry_out(&self, desk: &Engine, plan: &Plan) -> Result<(), Fault> {
        {
            let _alone = self.alone();
            for digest in &plan.digests {
                replace_digest(desk, digest)?;
            }
            forget_labels(desk, &plan.posts)?;
            feedback::forget(desk, &plan.posts)?;
            forget_sources(desk, &plan.sources)?;
        }
        let posts: Vec<PostId> = plan.posts.iter().copied().collect();
        for month in self.months.all() {
            for batch in posts.chunks(BATCH) {
                let _alone = self.alone();
                let erase = |engine: &Engine| of_month::erase(engine, batch);
                // Of one that is damaged nothing can be taken away: it is restored without them.
                self.months.within_whole(month, erase)?;
            }
        }
        Ok(())
    }

    /// Writes a month anew, if it is there and whole: of another, a restored one takes the place.
    fn write_anew(&self, month: Month, at: Timestamp) -> Result<(), Fault> {
        if !self.months.all().contains(&month) || self.months.is_damaged(month) {
            return Ok(());
        }
        let desk = self.desk.engine()?;
        // What was to be kept by then is kept: its rule stands.
        let rule = desk::month(&desk, month)?.map(|anew| anew.rule).unwrap_or_default();
        let keeps = Keeps { rule, ..Keeps::default() };
        match compact::compact(&desk, self.months, month, &keeps, at) {
            Err(fault) if fault.is_damage() && self.months.is_damaged(month) => Ok(()),
            done => done.map(|_| ()),
        }
    }

    fn alone(&self) -> RwLockWriteGuard<'_, ()> {
        self.readers.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Puts a digest in the place of the one of the same reader and date, and the rows of the ledger with it.
fn replace_digest(desk: &Engine, digest: &Digest) -> Result<(), Fault> {
    let key = keys::digest(&digest.reader, digest.date);
    let gone = told_no_more(desk, digest)?;
    if desk.row(Table::Digests, &key)?.is_none() {
        return Ok(());
    }
    let mut draft = desk.draft();
    draft.put(Table::Digests, &key, digest)?;
    for Told { post, date, .. } in gone {
        draft.remove(Table::Told, &keys::told(&digest.reader, date, post))?;
    }
    draft.commit()
}

/// What the digest of before tells, of the same reader and date, and this one does not.
fn told_no_more(desk: &Engine, digest: &Digest) -> Result<Vec<Told>, Fault> {
    let key = keys::digest(&digest.reader, digest.date);
    let Some(before) = desk.value::<Digest>(Table::Digests, &key)? else { return Ok(Vec::new()) };
    let tells: BTreeSet<PostId> = digest.told().iter().map(|told| told.post).collect();
    let mut told = before.told();
    told.retain(|told| !tells.contains(&told.post));
    Ok(told)
}

/// The rows of what people said of these posts, and that they were drawn.
fn labels_on(desk: &Engine, posts: &BTreeSet<PostId>) -> Result<Vec<(Table, ::sled::IVec)>, Fault> {
    let mut found = Vec::new();
    for table in [Table::Labels, Table::Draws] {
        for row in desk.rows(table, &[], None) {
            let (key, _) = row?;
            if keys::read_label(&key).is_some_and(|(_, post)| posts.contains(&post)) {
                found.push((table, key));
            }
        }
    }
    Ok(found)
}

/// Forgets what people said of these posts, and that they were drawn.
fn forget_labels(desk: &Engine, posts: &BTreeSet<PostId>) -> Result<(), Fault> {
    let mut draft = desk.draft();
    for (table, key) in labels_on(desk, posts)? {
        draft.remove(table, &key)?;
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
    draft.commit()
}

/// Forgets these sources and their visits.
fn forget_sources(desk: &Engine, sources: &[SourceId]) -> Result<(), Fault> {
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
    draft.commit()
}
