//! Which posts an export for people holds.

use jiff::Timestamp;

use crate::month::Month;
use crate::post::Post;
use crate::source::SourceId;
use crate::store::{Judged, Store, StoreError};
use crate::verdict::Band;

/// Posts read at a time.
const BATCH: usize = 100;

/// What posts are to be like; what is empty asks for nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chosen {
    /// That arrived in one of these months.
    pub months: Vec<Month>,
    /// Said at this moment or later.
    pub since: Option<Timestamp>,
    /// Said before.
    pub until: Option<Timestamp>,
    /// Of one of these sources.
    pub sources: Vec<SourceId>,
    /// About one of these topics, or with one of these signals.
    pub topics: Vec<String>,
}

impl Chosen {
    /// Whether a post is.
    #[must_use]
    pub fn takes(&self, post: &Post, judged: Option<&Judged>) -> bool {
        let when = post.when();
        let is_in_time = self.since.is_none_or(|since| since <= when)
            && self.until.is_none_or(|until| when < until);
        let is_of_source = self.sources.is_empty() || self.sources.contains(&post.source);
        is_in_time && is_of_source && self.is_about(judged)
    }

    /// Gives every such post to `take`, with its verdict, in the order they were kept.
    ///
    /// # Errors
    /// [`StoreError`], or the error of `take`.
    pub fn walk<E: From<StoreError>>(
        &self,
        store: &dyn Store,
        take: &mut dyn FnMut(Post, Option<Judged>) -> Result<(), E>,
    ) -> Result<(), E> {
        let all = store.months()?.into_iter().map(|filed| filed.month);
        for month in all.filter(|month| self.months.is_empty() || self.months.contains(month)) {
            let mut last = None;
            loop {
                let posts = store.kept_in(month, last, BATCH)?;
                let Some(end) = posts.last() else { break };
                last = Some(end.id);
                let ids: Vec<_> = posts.iter().map(|post| post.id).collect();
                for (post, judged) in posts.into_iter().zip(store.judged_many(&ids)?) {
                    if self.takes(&post, judged.as_ref()) {
                        take(post, judged)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn is_about(&self, judged: Option<&Judged>) -> bool {
        let names = |judged: &Judged| {
            let mut said = judged.verdict.topics.iter().chain(&judged.verdict.signals);
            said.any(|topic| {
                let asked = |name: &String| name.eq_ignore_ascii_case(&topic.name);
                topic.band == Band::Yes && self.topics.iter().any(asked)
            })
        };
        self.topics.is_empty() || judged.is_some_and(names)
    }
}
