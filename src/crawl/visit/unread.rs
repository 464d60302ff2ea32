//! The articles a visit does not read: teasers that stay, and what is remembered of the rest.

use std::collections::HashSet;

use super::TRIES_AN_ARTICLE;
use super::reading::Reading;
use super::tour::Tour;
use crate::adapters::Listed;
use crate::crawl::owed::{GIVEN_UP_A_SOURCE, Why, given_up, mark};
use crate::crawl::remember::Contents;
use crate::post::Said;
use crate::visit::Unread;

use Why::{ForGood, ForNow};

/// Articles remembered to be tried again: more entries with a teaser no feed has.
const UNREAD_A_SOURCE: usize = 500;

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
        let tries = self.tries(&key).saturating_add(u32::from(why == ForNow));
        let again = why != ForGood && tries < TRIES_AN_ARTICLE;
        let is_teaser = matches!(listed, Listed::Teaser(_));
        // A teaser that is kept is known, and an article that was never tried is not: both are met
        // again as they are.
        let is_worth_it = if is_teaser { again } else { tries > 0 };
        if !again && !is_teaser {
            contents.given_up.push(mark(&key));
        } else if is_worth_it && contents.unread.len() < UNREAD_A_SOURCE {
            contents.unread.push(Unread { key: key.clone(), tries, for_good: false });
        }
        if let Some(said) = self.edited.remove(&key) {
            self.posts.take(said);
        } else if let Listed::Teaser(said) = listed
            && !self.kept.contains(&key)
        {
            contents.new.push(said.published.or(said.updated));
            self.posts.take(said);
        }
        again
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

    /// How often the article of a post was tried in vain.
    pub(super) fn tries(&self, key: &str) -> u32 {
        let unread = self.due.memory.unread.iter().find(|unread| unread.key == key);
        unread.map_or(0, |unread| unread.tries)
    }

    /// Goes on remembering what earlier visits found not to be had: it is not asked for, and so not
    /// met again.
    pub(super) fn keep_given_up(&self, contents: &mut Contents) {
        contents.given_up.extend(given_up(&self.due.memory));
        let mut met = HashSet::new();
        contents.given_up.retain(|mark| met.insert(*mark));
        contents.given_up.truncate(GIVEN_UP_A_SOURCE);
    }
}
