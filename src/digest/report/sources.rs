//! Whether a source earns its place.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::digest::Heard;
use crate::digest::make::is_read;
use crate::post::PostId;
use crate::source::{Owner, SourceId};
use crate::story::stories;
use crate::verdict::Band;

/// Posts that must link to a domain, and sources they must be from, before it is worth a look.
const LINKS: usize = 3;
/// See [`LINKS`].
const FROM_SOURCES: usize = 2;
/// Domains shown.
const GAPS: usize = 10;
/// Posts shown with one.
const EXAMPLES: usize = 3;

/// What listening to a source cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Cost {
    /// Requests.
    pub requests: u64,
    /// Bytes of bodies.
    pub bytes: u64,
    /// Whether there were more visits than are remembered: it cost at least that.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub at_least: bool,
}

/// How a source did in a week.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceScore {
    /// Which.
    pub source: SourceId,
    /// Posts of it.
    pub posts: usize,
    /// Stories only it had.
    pub unique: usize,
    /// Stories others had too, and it first.
    pub first: usize,
    /// The share of its posts that were read which is about no topic, 0 to 1; none where none was.
    pub noise: Option<f64>,
    /// What it cost.
    pub cost: Cost,
    /// What it earned by its readers' answers: 1 where nobody said anything.
    pub weight: f64,
}

/// Sources that could go without a story that reached a point going with them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Drop {
    /// Those.
    pub sources: Vec<SourceId>,
    /// Those that are enough.
    pub kept: Vec<SourceId>,
    /// Stories that reached a point; each is heard from one that is kept.
    pub stories: usize,
}

/// An address that a post of ours leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// Who is there.
    pub owner: Owner,
    /// The post that leads there.
    pub post: PostId,
    /// The source of that.
    pub source: SourceId,
    /// The address.
    pub url: String,
}

/// A place our posts keep leading to, and we do not listen to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// Its domain.
    pub domain: String,
    /// Posts that lead there.
    pub posts: usize,
    /// Sources these are from.
    pub sources: usize,
    /// A few of the addresses.
    pub examples: Vec<String>,
    /// What to do about it.
    pub command: String,
}

/// How each source did, in the order of `listened`.
pub(super) fn scores(
    heard: &[Heard<'_>],
    listened: &[SourceId],
    costs: &BTreeMap<SourceId, Cost>,
    weight: impl Fn(&SourceId) -> f64,
) -> Vec<SourceScore> {
    let (mut unique, mut first) = (BTreeMap::new(), BTreeMap::new());
    for story in stories(heard) {
        let of: BTreeSet<&SourceId> =
            story.posts.iter().map(|&post| &heard[post].post.source).collect();
        let Some(&begun) = story.posts.first() else { continue };
        let counted = if of.len() == 1 { &mut unique } else { &mut first };
        *counted.entry(&heard[begun].post.source).or_insert(0) += 1;
    }
    let is_about = |heard: &&Heard<'_>| {
        let verdict = heard.verdict;
        verdict.topics.iter().chain(&verdict.signals).any(|topic| topic.band == Band::Yes)
    };
    let score = |source: &SourceId| {
        let posts: Vec<&Heard<'_>> = heard.iter().filter(|h| h.post.source == *source).collect();
        // What no encoder could read is about nothing we know.
        let read: Vec<&Heard<'_>> = posts.iter().copied().filter(|heard| is_read(heard)).collect();
        let about = read.iter().copied().filter(is_about).count();
        let noise = (!read.is_empty()).then(|| 1.0 - about as f64 / read.len() as f64);
        SourceScore {
            source: source.clone(),
            posts: posts.len(),
            unique: unique.get(source).copied().unwrap_or_default(),
            first: first.get(source).copied().unwrap_or_default(),
            noise,
            cost: costs.get(source).copied().unwrap_or_default(),
            weight: weight(source),
        }
    };
    listened.iter().map(score).collect()
}

/// Which of `sources` could go: those that are kept have every story that one of them has. The fewest are
/// kept that a greedy choice finds, the cheaper of equals.
#[must_use]
pub fn droppable(
    reached: &[BTreeSet<SourceId>],
    sources: &[SourceId],
    cost: impl Fn(&SourceId) -> u64,
) -> Drop {
    let known: BTreeSet<&SourceId> = sources.iter().collect();
    let had: Vec<BTreeSet<&SourceId>> = reached
        .iter()
        .map(|story| story.iter().filter(|source| known.contains(source)).collect())
        .filter(|story: &BTreeSet<_>| !story.is_empty())
        .collect();
    let mut open: Vec<&BTreeSet<&SourceId>> = had.iter().collect();
    let mut kept: BTreeSet<&SourceId> = BTreeSet::new();
    while !open.is_empty() {
        let has = |source: &SourceId| open.iter().filter(|story| story.contains(source)).count();
        let best = sources.iter().filter(|source| !kept.contains(source)).max_by(|a, b| {
            let by_cost = || cost(b).cmp(&cost(a));
            has(a).cmp(&has(b)).then_with(by_cost).then_with(|| b.cmp(a))
        });
        let Some(best) = best else { break };
        kept.insert(best);
        open.retain(|story| !story.contains(best));
    }
    // A choice made early may be covered by those made later.
    for source in kept.clone() {
        let without =
            |story: &BTreeSet<&SourceId>| story.iter().any(|s| *s != source && kept.contains(s));
        if had.iter().all(without) {
            kept.remove(source);
        }
    }
    let split = |is_kept: bool| -> Vec<SourceId> {
        sources.iter().filter(|source| kept.contains(source) == is_kept).cloned().collect()
    };
    Drop { sources: split(false), kept: split(true), stories: had.len() }
}

/// The places posts keep leading to that are none of `ours`.
pub(super) fn gaps(linked: &[Linked], ours: &BTreeSet<Owner>) -> Vec<Gap> {
    let mut by_owner: BTreeMap<&Owner, Vec<&Linked>> = BTreeMap::new();
    for link in linked.iter().filter(|link| !ours.contains(&link.owner)) {
        by_owner.entry(&link.owner).or_default().push(link);
    }
    let mut gaps: Vec<Gap> = by_owner
        .into_iter()
        .filter_map(|(owner, links)| {
            let posts: BTreeSet<PostId> = links.iter().map(|link| link.post).collect();
            let sources: BTreeSet<&SourceId> = links.iter().map(|link| &link.source).collect();
            if posts.len() < LINKS || sources.len() < FROM_SOURCES {
                return None;
            }
            let addresses: BTreeSet<&String> = links.iter().map(|link| &link.url).collect();
            Some(Gap {
                domain: owner.to_string(),
                posts: posts.len(),
                sources: sources.len(),
                examples: addresses.into_iter().take(EXAMPLES).cloned().collect(),
                command: format!("overheard sources add https://{owner}/"),
            })
        })
        .collect();
    gaps.sort_by(|a, b| {
        (b.sources, b.posts).cmp(&(a.sources, a.posts)).then_with(|| a.domain.cmp(&b.domain))
    });
    gaps.truncate(GAPS);
    gaps
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(number: usize) -> SourceId {
        format!("s{number}").parse().unwrap()
    }

    #[test]
    fn a_source_that_has_nothing_alone_can_go_and_the_dearer_of_two_alike_goes() {
        let stories =
            [[0, 1].as_slice(), &[1], &[2, 3]].map(|of| of.iter().map(|&n| id(n)).collect());
        let sources: Vec<SourceId> = (0..5).map(id).collect();
        let cost = |source: &SourceId| if *source == id(2) { 9 } else { 1 };
        let drop = droppable(&stories, &sources, cost);
        assert_eq!(drop.kept, [id(1), id(3)]);
        assert_eq!((drop.sources, drop.stories), (vec![id(0), id(2), id(4)], 3));
    }

    #[test]
    fn a_place_is_named_only_when_several_posts_of_several_sources_lead_there() {
        let link = |owner: &str, post: u8, source: usize| Linked {
            owner: Owner::named(owner),
            post: PostId::from_bytes([post; 16]),
            source: id(source),
            url: format!("https://{owner}/{post}"),
        };
        let linked = [
            link("gap.example", 1, 1),
            link("gap.example", 2, 1),
            link("gap.example", 3, 2),
            link("one.example", 1, 1),
            link("one.example", 2, 1),
            link("one.example", 3, 1),
            link("ours.example", 1, 1),
            link("ours.example", 2, 2),
            link("ours.example", 3, 3),
        ];
        let gaps = gaps(&linked, &BTreeSet::from([Owner::named("ours.example")]));
        let [gap] = gaps.as_slice() else { panic!("{gaps:?}") };
        assert_eq!((gap.domain.as_str(), gap.posts, gap.sources), ("gap.example", 3, 2));
        assert_eq!(gap.command, "overheard sources add https://gap.example/");
    }

    proptest! {
        #[test]
        fn what_is_dropped_loses_nothing_and_no_kept_one_could_go_too(
            stories in proptest::collection::vec(
                proptest::collection::btree_set(0_usize..12, 1..6), 0..30),
        ) {
            let reached: Vec<BTreeSet<SourceId>> =
                stories.iter().map(|of| of.iter().map(|&n| id(n)).collect()).collect();
            let sources: Vec<SourceId> = (0..12).map(id).collect();
            let drop = droppable(&reached, &sources, |_| 1);
            prop_assert_eq!(drop.kept.len() + drop.sources.len(), 12);
            let heard = |kept: &[SourceId]| {
                reached.iter().filter(|story| story.iter().any(|s| kept.contains(s))).count()
            };
            prop_assert_eq!(heard(&drop.kept), reached.len());
            for source in &drop.kept {
                let fewer: Vec<SourceId> =
                    drop.kept.iter().filter(|kept| *kept != source).cloned().collect();
                prop_assert!(heard(&fewer) < reached.len());
            }
        }
    }
}
