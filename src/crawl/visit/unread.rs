//! The articles a visit does not read: teasers that stay, and what is remembered of the rest.

use std::collections::{HashMap, HashSet};

use super::TRIES_AN_ARTICLE;
use super::reading::Reading;
use super::tour::Tour;
use crate::adapters::Listed;
use crate::crawl::edited::TEASERS_A_SOURCE;
use crate::crawl::owed::{GIVEN_UP_A_SOURCE, UNREAD_A_SOURCE, Why, given_up};
use crate::crawl::remember::Contents;
use crate::post::Said;
use crate::visit::{GivenUp, Memory, Teaser, Unread, mark};

use Why::{ForDays, ForGood, ForNow, Forbidden, Untried};

/// How often articles were tried in vain, by their marks.
pub(super) fn tries(memory: &Memory) -> HashMap<u64, u32> {
    let given_up = given_up(memory).map(|given_up| (given_up.mark, given_up.tries));
    given_up.chain(memory.unread.iter().map(|unread| (unread.mark, unread.tries))).collect()
}

impl Tour<'_> {
    /// Remembers an article that was not read, and says whether it is to be asked for again; its post
    /// is kept as the teaser it is, where there is one. What nobody listed is, as far as we know.
    pub(super) fn leave_unread(
        &mut self,
        listed: Option<Listed>,
        why: Why,
        contents: &mut Contents,
    ) -> bool {
        let Some(listed) = listed else { return true };
        let key = listed.said().key.clone();
        let mark = mark(&key);
        let was_tried = matches!(why, ForNow | ForDays(_));
        let tries = self.tries(&key).saturating_add(u32::from(was_tried));
        let is_owed = match why {
            Untried => true,
            ForNow => tries < TRIES_AN_ARTICLE,
            Forbidden | ForDays(_) | ForGood(_) => false,
        };
        let is_teaser = matches!(listed, Listed::Teaser(_));
        let given_up = |why| {
            let at = Some(self.visitor.clock.now());
            GivenUp { mark, why, at, tries }
        };
        match why {
            ForDays(kind) => contents.given_up.push(given_up(Some(kind))),
            // A teaser that is kept is known: it is not asked for in any case.
            ForGood(kind) if !is_teaser => contents.given_up.push(given_up(kind)),
            ForNow if !is_owed && !is_teaser => contents.given_up.push(given_up(None)),
            // And an announced article that was never tried is not known: it is met again as it is.
            Untried | ForNow if is_owed && (is_teaser || tries > 0) => {
                self.remember_unread(mark, tries, contents);
            }
            Forbidden if is_teaser => self.remember_unread(mark, tries, contents),
            _ => {}
        }
        contents.to_come += usize::from(is_owed);
        if let Some(said) = self.edited.remove(&key) {
            self.posts.take(said);
        } else if let Listed::Teaser(said) = listed
            && !self.kept.contains(&key)
        {
            contents.new.push(said.published.or(said.updated));
            self.posts.take(said);
        }
        is_owed
    }

    /// Whether what came of an article is less than what was read of it before, in this visit's edit or
    /// in an earlier one: then that stays.
    pub(super) fn is_less(&self, reading: &Reading, whole: bool, listed: Option<&Listed>) -> bool {
        let Some(Listed::Teaser(teaser)) = listed else { return false };
        let is_more = |said: &Said| said.text.len() > teaser.text.len();
        let had_more = reading.before.as_ref().is_some_and(is_more);
        // A page that gives no more than the teaser is no article: a login wall, an error in words.
        let gives_more = whole && reading.page.posts.iter().any(is_more);
        (had_more && !gives_more) || (!whole && self.edited.contains_key(&teaser.key))
    }

    /// Whether an article was read before, and is asked for because its teaser was edited.
    pub(super) fn was_read(&self, key: &str) -> bool {
        self.edited.contains_key(key) && !self.tries.contains_key(&mark(key))
    }

    /// How often the article of a post was tried in vain.
    pub(super) fn tries(&self, key: &str) -> u32 {
        self.tries.get(&mark(key)).copied().unwrap_or(0)
    }

    /// Goes on remembering what earlier visits found not to be had: it is not asked for, and so not
    /// met again.
    pub(super) fn keep_given_up(&self, contents: &mut Contents) {
        let before = given_up(&self.due.memory);
        contents.given_up.extend(before.filter(|before| !self.asked.contains(&before.mark)));
        let mut met = HashSet::new();
        contents.given_up.retain(|given_up| met.insert(given_up.mark));
        contents.given_up.truncate(GIVEN_UP_A_SOURCE);
    }

    /// An edit whose article there was no room to remember is not noted: the next visit meets it again.
    pub(super) fn forget_lost_edits(&self, contents: &mut Contents) {
        if self.lost.is_empty() {
            return;
        }
        let before = self.due.memory.teasers.iter().map(|teaser| (teaser.mark, *teaser));
        let before: HashMap<u64, Teaser> = before.collect();
        for teaser in contents.teasers.iter_mut().filter(|one| self.lost.contains(&one.mark)) {
            *teaser = before.get(&teaser.mark).copied().unwrap_or(*teaser);
        }
    }

    /// Of a listing that was not read to its end, goes on remembering what lies behind.
    pub(super) fn keep_unmet(&self, contents: &mut Contents) {
        let memory = &self.due.memory;
        let is_unmet = |mark: u64| !self.met.contains(&mark);
        contents.unread.extend(memory.unread.iter().filter(|unread| is_unmet(unread.mark)));
        contents.unread.truncate(UNREAD_A_SOURCE);
        contents.teasers.extend(memory.teasers.iter().filter(|teaser| is_unmet(teaser.mark)));
        contents.teasers.truncate(TEASERS_A_SOURCE);
    }

    fn remember_unread(&mut self, mark: u64, tries: u32, contents: &mut Contents) {
        if contents.unread.len() < UNREAD_A_SOURCE {
            contents.unread.push(Unread { mark, tries, for_good: false });
        } else {
            self.lost.insert(mark);
        }
    }
}
