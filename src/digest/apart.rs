//! News of one account told apart. What is said of one account is alike, whatever it is, and a signal would go
//! under in it: a story that shows one is news of its own.

use std::collections::BTreeSet;

use super::evidence::Voiced;
use crate::verdict::{Band, Embedding};

/// The mean cosine from which on stories of one account that do not show the same signals are one news. MiniLM
/// gives two tellings of one event 0.7 to 0.9, and two events of one company 0.35 to 0.57.
const ONE_NEWS: f32 = 0.6;

/// One in so many stories of an item has to show a signal.
pub(super) const SHOWN_BY: usize = 3;

/// A story, and by what words it names the account.
type Named<'s, 'v, 'a> = (&'v Voiced<'a>, &'s str);

/// One news.
struct News<'s, 'v, 'a> {
    stories: Vec<Named<'s, 'v, 'a>>,
    signals: BTreeSet<&'a str>,
    /// The embeddings of its stories, added up: a mean cosine costs one product, however many they are.
    sum: Embedding,
}

impl<'s, 'v, 'a> News<'s, 'v, 'a> {
    fn of(story: Named<'s, 'v, 'a>) -> Self {
        let signals = shown_by(story.0).collect();
        Self { stories: vec![story], signals, sum: story.0.lead().embedding.clone() }
    }

    /// The mean cosine between a story and its own.
    fn likeness(&self, story: &Voiced) -> f32 {
        self.sum.cosine(story.lead().embedding) / self.stories.len().max(1) as f32
    }

    /// Takes in another.
    fn join(&mut self, other: Self) {
        self.stories.extend(other.stories);
        self.signals.extend(other.signals);
        for (sum, number) in self.sum.0.iter_mut().zip(&other.sum.0) {
            *sum += number;
        }
    }
}

/// The news in a group of stories about one account: of a story that shows a signal, with those that show the same
/// one, or that are nearer to it. The others are one news, as they were; and of so many that the signal would go
/// under in them none is taken for a telling of it.
pub(super) fn told<'s, 'v, 'a>(group: &[Named<'s, 'v, 'a>]) -> Vec<Vec<Named<'s, 'v, 'a>>> {
    let (showing, silent): (Vec<Named>, Vec<Named>) =
        group.iter().copied().partition(|(story, _)| shown_by(story).next().is_some());
    let mut news: Vec<News> = Vec::new();
    for story in showing {
        let mut one = News::of(story);
        let is_its = |known: &mut News| {
            !known.signals.is_disjoint(&one.signals) || known.likeness(story.0) >= ONE_NEWS
        };
        let its: Vec<News> = news.extract_if(.., is_its).collect();
        for known in its {
            one.join(known);
        }
        news.push(one);
    }
    let mut rest = Vec::new();
    let mut near = vec![Vec::new(); news.len()];
    for story in silent {
        let likeness = news.iter().map(|one| one.likeness(story.0)).enumerate();
        match likeness.max_by(|(_, a), (_, b)| a.total_cmp(b)) {
            Some((at, likeness)) if likeness >= ONE_NEWS => near[at].push(story),
            _ => rest.push(story),
        }
    }
    let mut told = Vec::new();
    for (News { mut stories, .. }, near) in news.into_iter().zip(near) {
        let is_heard = stories.len() * SHOWN_BY >= stories.len() + near.len();
        if is_heard { &mut stories } else { &mut rest }.extend(near);
        told.push(stories);
    }
    told.extend(Some(rest).filter(|rest| !rest.is_empty()));
    for one in &mut told {
        one.sort_by_key(|(story, _)| (story.when, story.lead().post.id));
    }
    told
}

/// The signals a story shows.
fn shown_by<'a>(story: &Voiced<'a>) -> impl Iterator<Item = &'a str> {
    let signals = story.lead().verdict.signals.iter();
    signals.filter(|signal| signal.band == Band::Yes).map(|signal| signal.name.as_str())
}
