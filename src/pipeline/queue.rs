//! The queue: posts whose label would teach a topic most; and posts drawn by chance, whose labels
//! measure it.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::PipelineError;
use crate::label::{Draw, Label};
use crate::post::{Post, PostId};
use crate::store::{Judged, Store};
use crate::verdict::{Band, Embedding, ModelId, TopicVerdict};

/// Posts read at a time.
const PAGE: usize = 256;

/// Posts a topic's part of the queue is chosen from: the nearest to the threshold.
const NEAREST: usize = 400;

/// Two posts nearer than this tell one story: one label says what two would.
const SAME_STORY: f32 = 0.8;

/// Of a draw, the share taken from each band: what is said, what may be, what is not. Were they drawn
/// alike, a rare topic would need thousands of labels.
const SHARES: [(Band, usize); 3] = [(Band::Yes, 2), (Band::Unsure, 1), (Band::No, 1)];

/// A post to label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Asked {
    /// Which topic or signal it may be about.
    pub topic: String,
    /// Which post.
    pub post: PostId,
    /// Its title, or the beginning of its text.
    pub title: String,
    /// What the verdict says; none where it says that it is not about it.
    pub verdict: Option<TopicVerdict>,
}

/// Up to `limit` posts whose label would teach most: near their topic's threshold, not labelled yet, and
/// unlike each other. `topics` take turns.
///
/// # Errors
/// [`PipelineError`].
pub fn nearest(
    store: &dyn Store,
    labels: &[Label],
    topics: &[&str],
    limit: usize,
) -> Result<Vec<Asked>, PipelineError> {
    let labelled: BTreeSet<(&str, PostId)> =
        labels.iter().map(|label| (label.topic.as_str(), label.post)).collect();
    let mut near: HashMap<&str, Vec<Near>> = HashMap::new();
    walk(store, &mut |post, judged| {
        for verdict in judged.verdict.topics.iter().chain(&judged.verdict.signals) {
            let Some(topic) = topics.iter().find(|topic| **topic == verdict.name) else { continue };
            if labelled.contains(&(*topic, post.id)) {
                continue;
            }
            let of_topic = near.entry(topic).or_default();
            of_topic.push(Near {
                asked: Asked {
                    topic: verdict.name.clone(),
                    post: post.id,
                    title: title(post),
                    verdict: Some(verdict.clone()),
                },
                doubt: (verdict.score - 0.5).abs(),
                model: judged.verdict.model.clone(),
                embedding: judged.embedding.clone(),
            });
            if of_topic.len() >= 2 * NEAREST {
                of_topic.sort_by(|a, b| a.doubt.total_cmp(&b.doubt));
                of_topic.truncate(NEAREST);
            }
        }
    })?;
    for of_topic in near.values_mut() {
        // Nearest last: they are taken from the end.
        of_topic.sort_by(|a, b| b.doubt.total_cmp(&a.doubt));
    }
    let mut chosen: Vec<Near> = Vec::new();
    while chosen.len() < limit {
        let before = chosen.len();
        for topic in topics {
            let Some(of_topic) = near.get_mut(topic) else { continue };
            while let Some(next) = of_topic.pop() {
                let is_new = chosen
                    .iter()
                    .filter(|other| other.asked.topic == next.asked.topic)
                    .all(|other| !other.is_like(&next));
                if is_new {
                    chosen.push(next);
                    break;
                }
            }
        }
        if chosen.len() == before {
            break;
        }
    }
    chosen.truncate(limit);
    Ok(chosen.into_iter().map(|near| near.asked).collect())
}

struct Near {
    asked: Asked,
    doubt: f32,
    model: ModelId,
    embedding: Embedding,
}

impl Near {
    /// Whether both tell one story; of what two models read nothing can be said.
    fn is_like(&self, other: &Self) -> bool {
        self.model == other.model && self.embedding.cosine(&other.embedding) >= SAME_STORY
    }
}

/// Up to `limit` posts drawn by chance for a topic, and not labelled yet: first those that were drawn
/// before, so that nobody can pass over what is hard to say. New draws are kept in the store.
///
/// # Errors
/// [`PipelineError`].
pub fn drawn(
    store: &dyn Store,
    labels: &[Label],
    topic: &str,
    limit: usize,
    at: Timestamp,
) -> Result<Vec<Asked>, PipelineError> {
    let labelled: BTreeSet<PostId> =
        labels.iter().filter(|label| label.topic == topic).map(|label| label.post).collect();
    let draws = store.draws()?;
    let before: BTreeSet<PostId> =
        draws.iter().filter(|draw| draw.topic == topic).map(|draw| draw.post).collect();
    let mut asked = Vec::new();
    for post in before.iter().filter(|post| !labelled.contains(post)).take(limit) {
        if let (Some(post), Some(judged)) = (store.post(*post)?, store.judged(*post)?) {
            asked.push(of(topic, &post, &judged));
        }
    }
    let missing = limit - asked.len();
    if missing == 0 {
        return Ok(asked);
    }

    let mut bands: HashMap<Band, Stratum> = HashMap::new();
    walk(store, &mut |post, judged| {
        if judged.embedding.0.is_empty() {
            return;
        }
        let verdict = verdict_of(topic, judged);
        let stratum = bands.entry(verdict.map_or(Band::No, |verdict| verdict.band)).or_default();
        stratum.among += 1;
        if !labelled.contains(&post.id) && !before.contains(&post.id) {
            stratum.offer(lot(topic, post.id), of(topic, post, judged), missing);
        }
    })?;
    let whole: usize = SHARES.iter().map(|(_, share)| share).sum();
    let mut new = Vec::new();
    for (band, share) in SHARES {
        let Some(stratum) = bands.remove(&band) else { continue };
        for (_, one) in stratum.lots.into_iter().take((missing * share).div_ceil(whole)) {
            let (topic, post, among) = (topic.to_owned(), one.post, stratum.among);
            new.push((Draw { topic, post, said: band, among, at }, one));
        }
    }
    new.truncate(missing);
    let draws: Vec<Draw> = new.iter().map(|(draw, _)| draw.clone()).collect();
    store.draw(&draws)?;
    asked.extend(new.into_iter().map(|(_, one)| one));
    Ok(asked)
}

/// The posts of one band, and those of them with the least lots.
#[derive(Default)]
struct Stratum {
    among: u64,
    lots: Vec<([u8; 8], Asked)>,
}

impl Stratum {
    fn offer(&mut self, lot: [u8; 8], asked: Asked, most: usize) {
        let place = self.lots.partition_point(|(other, _)| *other < lot);
        if place < most {
            self.lots.insert(place, (lot, asked));
            self.lots.truncate(most);
        }
    }
}

/// What decides who is drawn: nobody can choose it, and it is the same on every machine.
fn lot(topic: &str, post: PostId) -> [u8; 8] {
    let mut hash = Sha256::new();
    hash.update(post.as_bytes());
    hash.update(topic.as_bytes());
    let mut lot = [0; 8];
    lot.copy_from_slice(&hash.finalize()[..8]);
    lot
}

fn of(topic: &str, post: &Post, judged: &Judged) -> Asked {
    let verdict = verdict_of(topic, judged).cloned();
    Asked { topic: topic.to_owned(), post: post.id, title: title(post), verdict }
}

fn verdict_of<'j>(topic: &str, judged: &'j Judged) -> Option<&'j TopicVerdict> {
    judged.verdict.topics.iter().chain(&judged.verdict.signals).find(|one| one.name == topic)
}

/// What a post is called: its title, else the beginning of its text.
#[must_use]
pub fn title(post: &Post) -> String {
    const MOST: usize = 90;
    let words = post.said.title.as_deref().filter(|title| !title.trim().is_empty());
    let line = words.unwrap_or(&post.said.text).trim().lines().next().unwrap_or_default();
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line.to_owned(),
    }
}

/// Every post with its verdict, page by page.
fn walk(store: &dyn Store, see: &mut dyn FnMut(&Post, &Judged)) -> Result<(), PipelineError> {
    let mut last = None;
    loop {
        let posts = store.kept_after(last, PAGE)?;
        let Some(end) = posts.last() else { return Ok(()) };
        last = Some(end.id);
        let ids: Vec<PostId> = posts.iter().map(|post| post.id).collect();
        for (post, judged) in posts.iter().zip(store.still_judged(&ids)?) {
            if let Some(judged) = judged {
                see(post, &judged);
            }
        }
    }
}
