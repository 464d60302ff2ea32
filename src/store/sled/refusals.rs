//! What stays out: the seals of what was erased, and what is known of erasings.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::engine::Engine;
use super::fault::Fault;
use super::table::Table;
use crate::digest::Digest;
use crate::post::{Post, PostId};
use crate::store::erase::{BackedUp, Erasings, Seal, Sealed, SealingKey, Sign};
use crate::store::keys;

/// The name of the row with the keys, our own first.
const KEYS: &str = "sealing keys";

/// The name of the row with what is known of erasings.
const ERASINGS: &str = "erasings";

/// Seals written in one transaction.
const BATCH: usize = 1_000;

/// The keys of what stays out; none where nothing does.
pub(super) struct Refusals<'e> {
    desk: &'e Engine,
    sealing: Vec<SealingKey>,
}

impl<'e> Refusals<'e> {
    pub(super) fn of(desk: &'e Engine) -> Result<Self, Fault> {
        Ok(Self { desk, sealing: sealing_keys(desk)? })
    }

    /// Whether a post stays out: it bears a sign of what was erased, or passes on what does.
    pub(super) fn refuse(&self, post: &Post) -> Result<bool, Fault> {
        if self.sealing.is_empty() {
            return Ok(false);
        }
        self.any(Sign::of(post).into_iter().chain(Sign::passed_on(post)))
    }

    /// Whether a post with this id was erased.
    pub(super) fn refuse_id(&self, id: PostId) -> Result<bool, Fault> {
        self.any([Sign::Post(id)].into_iter())
    }

    /// What is said of posts that were not erased.
    pub(super) fn let_in<T: Clone>(
        &self,
        said: &[T],
        post: impl Fn(&T) -> PostId,
    ) -> Result<Vec<T>, Fault> {
        let mut let_in = Vec::with_capacity(said.len());
        for one in said {
            if !self.refuse_id(post(one))? {
                let_in.push(one.clone());
            }
        }
        Ok(let_in)
    }

    /// A digest as it may be kept: without the words of posts that were erased.
    pub(super) fn clean(&self, digest: &Digest) -> Result<Option<Digest>, Fault> {
        if self.sealing.is_empty() {
            return Ok(None);
        }
        let mut gone = std::collections::BTreeSet::new();
        for citation in &digest.citations {
            if self.any(Sign::of_citation(citation).into_iter())? {
                gone.insert(citation.post);
            }
        }
        for told in digest.told() {
            if self.refuse_id(told.post)? {
                gone.insert(told.post);
            }
        }
        Ok(digest.without(&gone))
    }

    fn any(&self, mut signs: impl Iterator<Item = Sign>) -> Result<bool, Fault> {
        signs.try_fold(false, |found, sign| {
            if found {
                return Ok(true);
            }
            for (number, key) in (0_u32..).zip(&self.sealing) {
                let row = keys::sealed(number, key.seal(&sign).0);
                if self.desk.row(Table::Sealed, &row)?.is_some() {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }
}

/// See [`crate::store::Store::sealed`].
pub(super) fn sealed(desk: &Engine) -> Result<Vec<Sealed>, Fault> {
    let mut sealed: Vec<Sealed> =
        sealing_keys(desk)?.into_iter().map(|key| Sealed { key, seals: Vec::new() }).collect();
    for row in desk.rows(Table::Sealed, &[], None) {
        let (key, _) = row?;
        let unreadable = || Fault::damaged(Table::Sealed, "a key cannot be read");
        let (number, seal) = keys::read_sealed(&key).ok_or_else(unreadable)?;
        let under = sealed.get_mut(number as usize).ok_or_else(unreadable)?;
        under.seals.push(Seal(seal));
    }
    Ok(sealed)
}

/// See [`crate::store::Store::keep_out`].
pub(super) fn keep_out(desk: &Engine, sealed: &[Sealed]) -> Result<(), Fault> {
    for Sealed { key, seals } in sealed {
        let number = number_of(desk, *key)?;
        write(desk, number, seals)?;
    }
    Ok(())
}

/// Seals these signs under our own key, made when the first is.
pub(super) fn seal(desk: &Engine, signs: &[Sign]) -> Result<(), Fault> {
    let key = match sealing_keys(desk)?.first() {
        Some(key) => *key,
        None => SealingKey::new()?,
    };
    let number = number_of(desk, key)?;
    let seals: Vec<Seal> = signs.iter().map(|sign| key.seal(sign)).collect();
    write(desk, number, &seals)
}

/// See [`crate::store::Store::erasings`].
pub(super) fn erasings(desk: &Engine) -> Result<Erasings, Fault> {
    Ok(desk.value(Table::DeskFacts, ERASINGS.as_bytes())?.unwrap_or_default())
}

/// Keeps what is known of erasings.
pub(super) fn note_erasings(desk: &Engine, erasings: &Erasings) -> Result<(), Fault> {
    let mut draft = desk.draft();
    put_erasings(&mut draft, erasings)?;
    draft.commit()
}

/// The same, together with what else the draft holds.
pub(super) fn put_erasings(draft: &mut Draft<'_>, erasings: &Erasings) -> Result<(), Fault> {
    draft.put(Table::DeskFacts, ERASINGS.as_bytes(), erasings)
}

/// Counts posts that were heard again and stay out.
pub(super) fn count_kept_out(desk: &Engine, posts: usize) -> Result<(), Fault> {
    let mut known = erasings(desk)?;
    known.kept_out = known.kept_out.saturating_add(posts as u64);
    note_erasings(desk, &known)
}

/// See [`crate::store::Store::note_backup`].
pub(super) fn note_backup(desk: &Engine, backup: &BackedUp) -> Result<(), Fault> {
    let mut draft = desk.draft();
    draft.put(Table::Backups, &keys::backup(&backup.folder), backup)?;
    draft.commit()
}

/// See [`crate::store::Store::backups`].
pub(super) fn backups(desk: &Engine) -> Result<Vec<BackedUp>, Fault> {
    let mut backups = BTreeMap::new();
    for row in desk.rows(Table::Backups, &[], None) {
        let (key, _) = row?;
        // The later pieces of a value name no folder.
        let Some(folder) = keys::read_backup(&key) else { continue };
        if let Some(backup) = desk.value(Table::Backups, &key)? {
            backups.insert(folder, backup);
        }
    }
    Ok(backups.into_values().collect())
}

fn sealing_keys(desk: &Engine) -> Result<Vec<SealingKey>, Fault> {
    Ok(desk.value(Table::DeskFacts, KEYS.as_bytes())?.unwrap_or_default())
}

/// The number of a key, which is kept if it is new.
fn number_of(desk: &Engine, key: SealingKey) -> Result<u32, Fault> {
    let mut all = sealing_keys(desk)?;
    let known = all.iter().position(|known| *known == key);
    let number = known.unwrap_or(all.len());
    if known.is_none() {
        all.push(key);
        let mut draft = desk.draft();
        draft.put(Table::DeskFacts, KEYS.as_bytes(), &all)?;
        draft.commit()?;
    }
    u32::try_from(number).map_err(|_| Fault::damaged(Table::DeskFacts, "there are too many keys"))
}

fn write(desk: &Engine, number: u32, seals: &[Seal]) -> Result<(), Fault> {
    for seals in seals.chunks(BATCH) {
        let mut draft = desk.draft();
        for seal in seals {
            draft.put_row(Table::Sealed, keys::sealed(number, seal.0), Vec::new());
        }
        draft.commit()?;
    }
    Ok(())
}
