//! The months: one database for the posts that arrived in each.
//!
//! A month is opened when it is first asked for, and closed again when others were asked for since: what
//! was said long ago costs neither time nor memory until somebody wants it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::closed::Closed;
use super::engine::Engine;
use super::fault::Fault;
use super::filing::{Damage, Filing, GONE, Shelf, ids_file};
use super::ids::Ids;
use super::posts::of_month;
use crate::month::Month;
use crate::post::PostId;
use crate::store::folder::sync_folder;
use crate::store::guard::guarded;

/// What is before the name of a month that was given up.
const DROPPED: &str = "dropped-";

/// What is before the name of a month that is written anew.
const ANEW: &str = "anew-";

/// The databases of the months.
#[derive(Debug)]
pub(super) struct Months {
    folder: PathBuf,
    filed: Mutex<Shelf>,
    /// Counts the times a month gave way to another, or went.
    turns: AtomicU64,
}

impl Months {
    /// The months in `folder`, and those of which only the giving up was not finished: call
    /// [`Months::empty`] and [`Months::forget`] for them. What was left of a month written anew is brought to its end.
    pub(super) fn open(folder: &Path) -> Result<(Self, Vec<Month>), Fault> {
        fs::create_dir_all(folder)?;
        let (mut months, mut dropped, mut anew) = (BTreeMap::new(), Vec::new(), Vec::new());
        for entry in fs::read_dir(folder)? {
            let name = entry?.file_name();
            let Some(name) = name.to_str() else { continue };
            let after = |prefix: &str| name.strip_prefix(prefix).and_then(|name| name.parse().ok());
            if let Ok(month) = name.parse::<Month>() {
                months.insert(month, Filing::default());
            } else if let Some(month) = after(DROPPED) {
                dropped.push(month);
            } else if let Some(month) = after(ANEW) {
                anew.push(month);
            }
        }
        for month in anew {
            let path = named(folder, ANEW, month);
            // The old one gives way only when the new one is whole.
            if months.contains_key(&month) || !dropped.contains(&month) {
                fs::remove_dir_all(path)?;
            } else {
                fs::rename(path, folder.join(month.to_string()))?;
                sync_folder(folder)?;
                months.insert(month, Filing::default());
            }
        }
        let (replaced, given_up): (Vec<Month>, Vec<Month>) =
            dropped.into_iter().partition(|month| months.contains_key(month));
        for month in replaced {
            fs::remove_dir_all(named(folder, DROPPED, month))?;
        }
        let filed = Mutex::new(Shelf { months, asked: 0 });
        let turns = AtomicU64::default();
        Ok((Self { folder: folder.to_owned(), filed, turns }, given_up))
    }

    /// Moves what is left of a month out of `folder`, while no month is open; where to.
    pub(super) fn put_aside(
        folder: &Path,
        aside: &Path,
        month: Month,
    ) -> Result<Option<PathBuf>, Fault> {
        let there = folder.join(month.to_string());
        if !there.exists() {
            return Ok(None);
        }
        fs::create_dir_all(aside)?;
        let mut names = (0..).map(|turn: u32| match turn {
            0 => aside.join(month.to_string()),
            turn => aside.join(format!("{month}-{turn}")),
        });
        let Some(free) = names.find(|name| !name.exists()) else { return Ok(None) };
        fs::rename(&there, &free)?;
        sync_folder(aside)?;
        sync_folder(folder)?;
        Ok(Some(free))
    }

    /// Notes months that were here and are not.
    pub(super) fn note_missing(&self, months: impl IntoIterator<Item = Month>) {
        let mut filed = self.filed();
        for month in months {
            let damage = Some(Damage::Closed(GONE.to_owned()));
            filed.months.entry(month).or_insert(Filing { damage, ..Filing::default() });
        }
    }

    /// The months that were found to be damaged so far, with what is wrong.
    pub(super) fn damaged(&self) -> Vec<(Month, String)> {
        let filed = self.filed();
        let damaged = filed.months.iter().filter_map(|(month, filing)| {
            Some((*month, filing.damage.as_ref()?.words().to_owned()))
        });
        damaged.collect()
    }

    /// Refuses to go on where a month is damaged.
    pub(super) fn refuse_damaged(&self, month: Month) -> Result<(), Fault> {
        let filed = self.filed();
        let Some(damage) = filed.months.get(&month).and_then(|filing| filing.damage.as_ref())
        else {
            return Ok(());
        };
        Err(Fault::Within { month, fault: Box::new(Fault::Damaged(damage.words().to_owned())) })
    }

    /// Whether a month was found to be damaged.
    pub(super) fn is_damaged(&self, month: Month) -> bool {
        self.filed().months.get(&month).is_some_and(|filing| filing.damage.is_some())
    }

    /// The months there are, oldest first, the damaged ones among them.
    pub(super) fn all(&self) -> Vec<Month> {
        self.filed().months.keys().copied().collect()
    }

    /// How often a month gave way to another, or went: what was read while this changed may be of both.
    pub(super) fn turns(&self) -> u64 {
        self.turns.load(Ordering::SeqCst)
    }

    /// Does something in a month, which stays what it is until that is done; what goes wrong is said with
    /// the month's name. Not to be called by who is at work in the month already.
    pub(super) fn within<T>(
        &self,
        month: Month,
        work: impl FnOnce(&Engine) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let named = |fault| Fault::Within { month, fault: Box::new(fault) };
        // What a panic left of it is not known.
        let broken = |panic: String| Fault::Uncommitted(Box::new(Fault::of_panic(&panic)));
        let gate = self.filed().gate(month).map_err(named)?;
        let _at_work = gate.read().unwrap_or_else(PoisonError::into_inner);
        let opened = guarded(|| self.filed().engine(&self.folder, month));
        let opened = opened.unwrap_or_else(|panic| Err(broken(panic)));
        let engine = opened.inspect_err(|fault| self.note(month, fault, Damage::Closed));
        let engine = engine.map_err(named)?;
        let done = guarded(|| work(&engine)).unwrap_or_else(|panic| Err(broken(panic)));
        done.inspect_err(|fault| self.note(month, fault, Damage::Within)).map_err(named)
    }

    /// The same, but nothing where the month is damaged, or is found to be: what is known of the others
    /// is worth as much without it.
    pub(super) fn within_whole<T>(
        &self,
        month: Month,
        work: impl FnOnce(&Engine) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        if self.is_damaged(month) {
            return Ok(None);
        }
        match self.within(month, work) {
            Ok(done) => Ok(Some(done)),
            Err(fault) if fault.is_damage() => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// What is counted in a month, opened only where that was not written down; none where it is damaged.
    pub(super) fn known(&self, month: Month) -> Result<Option<Closed>, Fault> {
        match self.closed(month) {
            Some(closed) => Ok(Some(closed)),
            None => self.within_whole(month, Closed::of),
        }
    }

    /// What was written down of a month when it was closed; none where it is open, or damaged.
    pub(super) fn closed(&self, month: Month) -> Option<Closed> {
        let filed = self.filed();
        let filing = filed.months.get(&month)?;
        let is_closed = filing.engine.is_none() && filing.damage.is_none();
        // While this is read nobody opens it.
        if is_closed { Closed::read(&self.folder.join(month.to_string())) } else { None }
    }

    /// Remembers that a month is damaged, if that is what is wrong.
    fn note(&self, month: Month, fault: &Fault, as_what: fn(String) -> Damage) {
        if fault.is_damage()
            && let Some(filing) = self.filed().months.get_mut(&month)
        {
            filing.damage.get_or_insert_with(|| as_what(fault.to_string()));
        }
    }

    /// Makes a month, if there is none of that name.
    pub(super) fn make(&self, month: Month) -> Result<(), Fault> {
        let mut filed = self.filed();
        if let Entry::Vacant(free) = filed.months.entry(month) {
            fs::create_dir_all(self.folder.join(month.to_string()))?;
            sync_folder(&self.folder)?;
            free.insert(Filing::default());
        }
        Ok(())
    }

    /// The month that holds a post: the newest are asked first. A damaged one is taken to hold it where
    /// its list of ids says so, unless another does.
    pub(super) fn holding(&self, id: PostId) -> Result<Option<Month>, Fault> {
        let mut damaged = None;
        for month in self.all().into_iter().rev() {
            if !self.may_hold(month, id)? {
                continue;
            }
            match self.within_whole(month, |engine| of_month::known(engine, id))? {
                Some(true) => return Ok(Some(month)),
                Some(false) => {}
                None => damaged = damaged.or(Some(month)),
            }
        }
        Ok(damaged)
    }

    /// Notes that a month is about to hold these posts. One caller at a time.
    pub(super) fn add(&self, month: Month, ids: &[PostId]) -> Result<(), Fault> {
        self.with_ids(month)?;
        let mut filed = self.filed();
        let Some(filing) = filed.months.get_mut(&month) else { return Ok(()) };
        if filing.is_saved {
            // Whatever happens from now on, the file is not believed: were it there again after a power
            // loss, posts that came since would seem unknown.
            let file = ids_file(&self.folder, month);
            match fs::remove_file(&file) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
                _ => file.parent().map_or(Ok(()), sync_folder)?,
            }
            filing.is_saved = false;
        }
        let Some(known) = &mut filing.ids else { return Ok(()) };
        for id in ids {
            known.add(*id);
        }
        if !known.is_full() {
            return Ok(());
        }
        drop(filed);
        // Until there is more room the full ones stand: from here on a month is never without.
        let mut roomy = self.within(month, of_month::ids)?;
        for id in ids {
            roomy.add(*id);
        }
        if let Some(filing) = self.filed().months.get_mut(&month) {
            filing.ids = Some(roomy);
        }
        Ok(())
    }

    /// An empty folder to write a month anew into, beside it.
    pub(super) fn anew(&self, month: Month) -> Result<PathBuf, Fault> {
        let path = named(&self.folder, ANEW, month);
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        fs::create_dir_all(&path)?;
        Ok(path)
    }

    /// Deletes what was written anew of a month.
    pub(super) fn discard(&self, month: Month) -> Result<(), Fault> {
        Ok(fs::remove_dir_all(named(&self.folder, ANEW, month))?)
    }

    /// Puts the database made in the folder of [`Months::anew`] in the place of a month's, whose folder is deleted;
    /// waits until nobody is at work in the month.
    pub(super) fn replace(&self, month: Month, new: Engine, ids: Ids) -> Result<(), Fault> {
        new.finish()?;
        let closed = Closed::of(&new)?;
        drop(new);
        // Where it is missing the month is opened: no reason to stop.
        let _ = closed.save(&named(&self.folder, ANEW, month));
        let gate = self.filed().gate(month)?;
        let _alone = gate.write().unwrap_or_else(PoisonError::into_inner);
        let mut filed = self.filed();
        filed.close(&self.folder, month)?;
        self.turns.fetch_add(1, Ordering::SeqCst);
        let (there, old) =
            (self.folder.join(month.to_string()), named(&self.folder, DROPPED, month));
        fs::rename(&there, &old)?;
        let gate = Arc::clone(&gate);
        filed.months.insert(month, Filing { ids: Some(ids), gate, ..Filing::default() });
        sync_folder(&self.folder)
            .and_then(|()| fs::rename(named(&self.folder, ANEW, month), &there))
            .and_then(|()| sync_folder(&self.folder))
            // Opening the store finishes it.
            .map_err(|error| Fault::Uncommitted(Box::new(error.into())))?;
        Ok(fs::remove_dir_all(&old)?)
    }

    /// Takes a month away, so that it is not there when the store is opened again; waits until nobody is at
    /// work in it.
    pub(super) fn give_up(&self, month: Month) -> Result<(), Fault> {
        let gate = self.filed().gate(month)?;
        let _alone = gate.write().unwrap_or_else(PoisonError::into_inner);
        let mut filed = self.filed();
        filed.close(&self.folder, month)?;
        self.turns.fetch_add(1, Ordering::SeqCst);
        fs::rename(self.folder.join(month.to_string()), named(&self.folder, DROPPED, month))?;
        sync_folder(&self.folder)?;
        filed.months.remove(&month);
        Ok(())
    }

    /// Whether a month was given up, and that is not forgotten.
    pub(super) fn is_given_up(&self, month: Month) -> bool {
        named(&self.folder, DROPPED, month).exists()
    }

    /// Gives the space of a month that was given up back: its folder is left, empty.
    pub(super) fn empty(&self, month: Month) -> Result<(), Fault> {
        for entry in fs::read_dir(named(&self.folder, DROPPED, month))? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Deletes the folder of a month that was given up.
    pub(super) fn forget(&self, month: Month) -> Result<(), Fault> {
        Ok(fs::remove_dir_all(named(&self.folder, DROPPED, month))?)
    }

    /// The bytes on the disk of a month.
    pub(super) fn size_bytes(&self, month: Month) -> Result<u64, Fault> {
        let mut bytes = 0;
        let mut folders = vec![self.folder.join(month.to_string())];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                let about = entry.metadata()?;
                if about.is_dir() {
                    folders.push(entry.path());
                } else {
                    bytes += about.len();
                }
            }
        }
        Ok(bytes)
    }

    /// Closes every month, and keeps their ids for the next time.
    pub(super) fn close(&self) -> Result<(), Fault> {
        let mut filed = self.filed();
        for (month, filing) in &mut filed.months {
            filing.close(&self.folder, *month)?;
        }
        Ok(())
    }

    /// Closes every month, as far as that can be done after a write failed: whether it was.
    pub(super) fn let_go(self) -> bool {
        let filed = self.filed.into_inner().unwrap_or_else(PoisonError::into_inner);
        let engines = filed.months.into_values().filter_map(|filing| filing.engine);
        // Each, whatever became of those before.
        let ended: Vec<bool> =
            engines.map(|engine| Arc::into_inner(engine).is_some_and(Engine::let_go)).collect();
        ended.into_iter().all(|ended| ended)
    }

    /// Whether a month may hold a post.
    pub(super) fn may_hold(&self, month: Month, id: PostId) -> Result<bool, Fault> {
        self.with_ids(month)?;
        let filed = self.filed();
        let Some(filing) = filed.months.get(&month) else { return Ok(false) };
        // Of a damaged month without a list nothing can be known: what is heard again is taken for new.
        Ok(match &filing.ids {
            Some(ids) => ids.may_hold(id),
            None => filing.damage.is_none(),
        })
    }

    /// Reads a month's ids from their file, or else from the month itself.
    fn with_ids(&self, month: Month) -> Result<(), Fault> {
        {
            let mut filed = self.filed();
            let Some(filing) = filed.months.get_mut(&month) else { return Ok(()) };
            if filing.ids.is_some() {
                return Ok(());
            }
            if let Some(ids) = Ids::read(&ids_file(&self.folder, month)) {
                filing.ids = Some(ids);
                filing.is_saved = true;
                return Ok(());
            }
        }
        if let Some(ids) = self.within_whole(month, of_month::ids)? {
            self.now_known(month, ids);
        }
        Ok(())
    }

    /// Takes the ids that a month was found to hold, unless somebody was quicker: to those, posts may
    /// have been added since.
    fn now_known(&self, month: Month, ids: Ids) {
        if let Some(filing) = self.filed().months.get_mut(&month) {
            filing.ids.get_or_insert(ids);
        }
    }

    fn filed(&self) -> MutexGuard<'_, Shelf> {
        // A panic of sled's while it opens leaves a month that is not open.
        self.filed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn named(folder: &Path, prefix: &str, month: Month) -> PathBuf {
    folder.join(format!("{prefix}{month}"))
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    fn id(n: u64) -> PostId {
        let hash = Sha256::digest(n.to_be_bytes());
        PostId::from_bytes(*hash.first_chunk().unwrap())
    }

    fn a_month(folder: &Path) -> (Months, Month) {
        let (months, _) = Months::open(folder).unwrap();
        let november: Month = "2026-11".parse().unwrap();
        months.make(november).unwrap();
        (months, november)
    }

    #[test]
    fn ids_read_before_posts_came_do_not_replace_those_read_since() {
        let folder = tempfile::tempdir().unwrap();
        let (months, november) = a_month(folder.path());
        let of_a_slow_reader = months.within(november, of_month::ids).unwrap();
        months.add(november, &[id(1)]).unwrap();
        months.now_known(november, of_a_slow_reader);
        assert!(months.may_hold(november, id(1)).unwrap());
    }

    #[test]
    fn ids_with_no_room_left_get_more_before_anybody_can_read_them() {
        let folder = tempfile::tempdir().unwrap();
        let (months, november) = a_month(folder.path());
        let many: Vec<PostId> = (0..70_000).map(id).collect();
        months.add(november, &many).unwrap();
        months.now_known(november, Ids::with_room(0));
        assert!(many.iter().all(|id| months.may_hold(november, *id).unwrap()));
    }
}
