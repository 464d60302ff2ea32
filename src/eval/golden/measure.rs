//! The digests of golden windows, made from a store.

use std::sync::Arc;

use super::{Golden, Named, Score};
use crate::classify::{Classifier, ClassifierError, Encoder};
use crate::clock::Clock;
use crate::config::Market;
use crate::digest::{self, Heard, Input, Listening, Outages, Useful};
use crate::pipeline::{Judging, PipelineError};
use crate::post::Post;
use crate::store::{Judged, Store, StoreError};
use crate::story;

/// Posts read at a time.
const PAGE: usize = 500;

/// The windows could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum GoldenError {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The posts could not be judged.
    #[error(transparent)]
    Judging(#[from] PipelineError),
    /// The rules cannot be used.
    #[error(transparent)]
    Rules(#[from] ClassifierError),
    /// The store is another than the windows were written for.
    #[error("this is another store than the golden windows are of: it has no post {0}")]
    OtherStore(String),
}

impl Golden {
    /// Judges the posts of `store` by the rules of `market`, makes the digest of each window, and compares.
    /// Nothing is kept.
    ///
    /// # Errors
    /// [`GoldenError`].
    pub fn measure(
        &self,
        market: &Market,
        store: &dyn Store,
        encoder: &Arc<dyn Encoder>,
        clock: &dyn Clock,
    ) -> Result<Score, GoldenError> {
        let posts = kept(store, market)?;
        let named = Named::of(posts.iter().map(|post| post.id));
        let missing = named.missing(self);
        if !missing.is_empty() {
            return Err(GoldenError::OtherStore(missing.join(", ")));
        }
        let classifier =
            Classifier::new(Arc::clone(encoder), &market.ruleset, market.accounts.clone())?;
        let judging = Judging { market, store, classifier: &classifier, clock };
        let judged = judging.read(&posts.iter().collect::<Vec<&Post>>())?;
        let heard = heard(market, &posts, &judged);

        let mut came = Score::default();
        for morning in &self.windows {
            let reader = morning.reader();
            let digest = digest::make(&Input {
                reader: &reader,
                ruleset: &market.ruleset,
                accounts: &market.accounts,
                window: digest::window(&reader, morning.date),
                now: clock.now(),
                heard: &heard,
                told: &[],
                listening: Listening::default(),
                outages: &Outages::default(),
                met: &[],
                told_before: &[],
                rising_told: &[],
                useful: &Useful::default(),
            });
            came.morning(self, morning, &digest, &named, &heard);
        }
        came.stories(self, &named, &heard, &story::stories(&heard));
        Ok(came)
    }
}

/// The posts of the market's sources, in the order they arrived.
fn kept(store: &dyn Store, market: &Market) -> Result<Vec<Post>, StoreError> {
    let (mut posts, mut after) = (Vec::new(), None);
    loop {
        let page = store.kept_after(after, PAGE)?;
        let Some(last) = page.last() else { return Ok(posts) };
        after = Some(last.id);
        posts.extend(page.into_iter().filter(|post| market.source(&post.source).is_some()));
    }
}

fn heard<'a>(market: &'a Market, posts: &'a [Post], judged: &'a [Judged]) -> Vec<Heard<'a>> {
    let heard = posts.iter().zip(judged).filter_map(|(post, judged)| {
        let Judged { verdict, embedding } = judged;
        Some(Heard { post, verdict, embedding, source: market.source(&post.source)? })
    });
    heard.collect()
}
