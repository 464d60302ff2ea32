//! Every number a reader is shown, recounted from the posts by rules written down here anew.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use overheard::digest::{Digest, Point, Proven};
use overheard::post::{Post, PostId};
use overheard::source::{Owner, Speaker};
use overheard::views;
use proptest::prelude::*;
use regex::Regex;

use super::market::{Market, busy};

static REPRINTS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(\d+) reprints? (?:and|or) boosts? not counted").unwrap());
static AGAINST: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"Not everyone agrees ?\((\d+) voices?\)").unwrap());
static TRENDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:up|down|steady): (\d+) stor(?:y|ies) vs (\d+\.\d) a week").unwrap()
});

/// Who said a post, as the counting rules of the README have it.
fn speaker(market: &Market, id: PostId) -> (Owner, &'static str) {
    let post = market.posts.iter().find(|spoken| spoken.post.id == id).unwrap();
    let source = market.sources.iter().find(|source| source.id == post.post.source).unwrap();
    let author = post.post.said.author.as_ref().and_then(overheard::post::Author::identity);
    let owner = match (source.speaker, author) {
        (Speaker::Author, Some(name)) => Owner::named(&name),
        _ => source.owner.clone(),
    };
    (owner, source.voice.name())
}

/// What the line of a point's numbers has to say, from its posts alone.
fn expected(market: &Market, point: &Point) -> (usize, BTreeMap<&'static str, usize>, usize) {
    let mut posts: Vec<&Vec<PostId>> = point.evidence.stories.iter().collect();
    posts.sort_by_key(|story| {
        let lead = market.post(story[0]).unwrap();
        (lead.when(), lead.id)
    });
    let mut owners: BTreeMap<Owner, &str> = BTreeMap::new();
    for story in &posts {
        let (owner, voice) = speaker(market, story[0]);
        owners.entry(owner).or_insert(voice);
    }
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for voice in owners.values() {
        *kinds.entry(voice).or_default() += 1;
    }
    let uncounted = posts.iter().map(|story| story.len() - 1).sum();
    (owners.len(), kinds, uncounted)
}

#[track_caller]
fn recount(market: &Market, digest: &Digest) {
    let proven = Proven::of(digest.clone(), |id| market.post(id)).unwrap();
    let mail = views::html(&proven, &overheard::views::Links::none()).unwrap();
    let words = Regex::new("<[^>]*>").unwrap().replace_all(&mail, " ").replace('\n', " ");
    let words = Regex::new(r"\s+").unwrap().replace_all(&words, " ").into_owned();
    let plain = views::text(&proven, &overheard::views::Links::none())
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let points: Vec<&Point> = digest.blocks.iter().flat_map(|block| &block.points).collect();

    // Voices, and their kinds, in the order of the points.
    let voices = Regex::new(r"(\d+) independent voices: ((?:\d+ [a-z]+(?:, )?)+)").unwrap();
    let many: Vec<&&Point> = points.iter().filter(|p| p.evidence.owners.len() > 1).collect();
    for view in [&words, &plain] {
        let shown: Vec<_> = voices.captures_iter(view).collect();
        assert_eq!(shown.len(), many.len(), "{view}");
        for (shown, point) in shown.iter().zip(&many) {
            let (owners, kinds, _) = expected(market, point);
            assert_eq!(shown[1].parse::<usize>().unwrap(), owners);
            let said: BTreeMap<String, usize> = shown[2]
                .trim()
                .trim_end_matches(',')
                .split(", ")
                .map(|kind| kind.split_once(' ').unwrap())
                .map(|(count, kind)| {
                    let known = kinds.keys().find(|known| kind.starts_with(**known)).unwrap();
                    ((*known).to_owned(), count.parse().unwrap())
                })
                .collect();
            let kinds: BTreeMap<String, usize> =
                kinds.into_iter().map(|(kind, count)| (kind.to_owned(), count)).collect();
            assert_eq!(said, kinds);
        }
        // Reprints and boosts.
        let shown: Vec<usize> =
            REPRINTS.captures_iter(view).map(|c| c[1].parse().unwrap()).collect();
        let counted = points.iter().filter(|point| {
            let is_public = digest.blocks[0].points.iter().any(|p| p.claim == point.claim);
            is_public || point.evidence.owners.len() > 1
        });
        let all: Vec<usize> =
            counted.map(|point| expected(market, point).2).filter(|n| *n > 0).collect();
        assert_eq!(shown, all);
        // Dissent.
        let shown: Vec<usize> =
            AGAINST.captures_iter(view).map(|c| c[1].parse().unwrap()).collect();
        let of_news = digest.accounts.iter().filter(|news| news.dissent.is_some());
        let of_points = points.iter().filter(|point| point.dissent.is_some());
        let all: Vec<usize> = of_news
            .map(|news| news.dissenting.len())
            .chain(of_points.map(|point| {
                let said = point.evidence.dissent.iter().map(|id| speaker(market, *id).0);
                said.collect::<BTreeSet<_>>().len()
            }))
            .collect();
        assert_eq!(shown, all);
        // The trend: the stories of this side that count, over those of the weeks before.
        for shown in TRENDS.captures_iter(view) {
            let all: Vec<_> = points
                .iter()
                .map(|p| &p.evidence.trend)
                .chain(digest.rising.iter().map(|r| &r.trend))
                .collect();
            let in_window = |ids: &[PostId]| {
                ids.iter()
                    .map(|id| market.post(*id).unwrap())
                    .filter(|post: &Post| post.when() >= digest.window.from)
                    .count()
            };
            assert!(all.iter().any(|trend| {
                let (now, before) = (in_window(&trend.counted), trend.earlier.len());
                assert_eq!(in_window(&trend.earlier), 0);
                let usual = before as f64 / trend.windows_before;
                shown[1] == now.to_string() && shown[2] == format!("{usual:.1}")
            }));
        }
        // What was heard at all.
        let in_window =
            market.posts.iter().filter(|spoken| spoken.post.when() >= digest.window.from).count();
        assert!(view.contains(&format!("{in_window} posts this week")), "{view}");
        assert!(view.contains(&format!("from {in_window} posts")) || !digest.is_solid());
    }

    // Every voice can be followed to what it said: by name, or by the quotation of the only one.
    for point in &points {
        let evidence = &point.evidence;
        for owner in evidence.owners.iter().take(8).chain(evidence.dissenting.iter().take(8)) {
            let cited = digest.citations.iter().filter(|citation| citation.owner == *owner);
            let mut urls = cited.filter_map(|citation| citation.url.as_deref());
            assert!(urls.any(|url| mail.contains(&format!("href=\"{url}\""))), "{owner}");
        }
    }
}

#[test]
fn every_number_of_a_busy_week_can_be_recounted_and_followed() {
    let market = busy();
    recount(&market, &market.digest());
    let mut everyone = super::market::mara();
    everyone.topics.clear();
    recount(&market, &market.digest_for(&everyone, super::market::TODAY, &[]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn every_number_of_any_week_can_be_recounted(
        lost in prop::collection::vec(any::<prop::sample::Index>(), 0..25),
        moved in prop::collection::vec((any::<prop::sample::Index>(), 0_i64..30), 0..25),
    ) {
        let mut market = busy();
        for (index, days) in moved {
            let index = index.index(market.posts.len());
            market.posts[index].post.said.published = Some(super::market::days_ago(days));
        }
        for index in lost {
            let index = index.index(market.posts.len());
            market.posts.remove(index);
        }
        let digest = market.digest();
        prop_assume!(digest.listening.posts > 1);
        recount(&market, &digest);
    }
}
