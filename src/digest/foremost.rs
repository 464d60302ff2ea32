//! The foremost claims of an answer: words cost far more than to tell which claims can be among them.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::Looked;
use super::dissent::Stance;
use super::evidence::Voiced;
use super::wording::{Worded, Wording};
use crate::post::PostId;
use crate::source::Owner;
use crate::story::claims::{self, SAME_CLAIM};
use crate::verdict::Embedding;

/// A denial this near to the centre of what most say denies that.
const NEAR_DENIAL: f32 = 0.5;

/// The first `shown` of what the stories say, in words: the claim of most owners first. Words are found for no
/// more claims than may be among them.
pub(super) fn foremost<'v, 'a>(
    looked: &Looked,
    stories: &'v [Voiced<'a>],
    sure: &BTreeMap<PostId, f32>,
    wording: &Wording,
    shown: usize,
) -> Vec<Worded<'v, 'a>> {
    let embeddings: Vec<&Embedding> = stories.iter().map(|story| story.lead().embedding).collect();
    let groups = claims::claims(&embeddings, SAME_CLAIM);
    let mut groups: Vec<Group> = groups
        .iter()
        .filter_map(|members| Group::of(looked, stories, &embeddings, members, sure))
        .collect();
    groups.sort_by(|a, b| b.at_most.cmp(&a.at_most).then_with(|| b.best.total_cmp(&a.best)));
    let owners = |worded: &Worded| worded.evidence.owners.len();
    let mut found: Vec<(f32, Worded)> = Vec::new();
    for group in groups {
        let is_behind = |(best, worded): &(f32, Worded)| {
            let by_best = || best.total_cmp(&group.best);
            owners(worded).cmp(&group.at_most).then_with(by_best).is_gt()
        };
        if shown.checked_sub(1).and_then(|last| found.get(last)).is_some_and(is_behind) {
            break;
        }
        let stance = Stance::of(&group.now);
        let mut denials = group.near;
        denials.retain(|story| stance.is_opposed_by(story));
        let worded = wording.of(&group.now, &group.earlier, &denials, &stance);
        found.extend(worded.map(|worded| (group.best, worded)));
        found.sort_by(|(a_best, a), (b_best, b)| {
            owners(b)
                .cmp(&owners(a))
                .then_with(|| b_best.total_cmp(a_best))
                .then_with(|| a.said.post.cmp(&b.said.post))
        });
    }
    found.into_iter().take(shown).map(|(_, worded)| worded).collect()
}

/// Stories that make one claim, before it is put into words.
struct Group<'v, 'a> {
    now: Vec<&'v Voiced<'a>>,
    earlier: Vec<&'v Voiced<'a>>,
    /// Stories of others near enough to deny it.
    near: Vec<&'v Voiced<'a>>,
    /// How much the story that is most about what was asked is about it.
    best: f32,
    /// No more owners can say it.
    at_most: usize,
}

impl<'v, 'a> Group<'v, 'a> {
    /// None where nobody says it in the window.
    fn of(
        looked: &Looked,
        stories: &'v [Voiced<'a>],
        embeddings: &[&Embedding],
        members: &[usize],
        sure: &BTreeMap<PostId, f32>,
    ) -> Option<Self> {
        let (now, earlier): (Vec<&Voiced>, Vec<&Voiced>) = members
            .iter()
            .filter_map(|member| stories.get(*member))
            .partition(|story| story.is_in(looked.window));
        if now.is_empty() {
            return None;
        }
        let centre = claims::centre(embeddings, members);
        let near: Vec<&Voiced> = stories
            .iter()
            .enumerate()
            .filter(|(at, story)| {
                story.is_in(looked.window)
                    && !members.contains(at)
                    && centre.cosine(story.lead().embedding) >= NEAR_DENIAL
            })
            .map(|(_, story)| story)
            .collect();
        let relevance = |story: &&Voiced| sure.get(&story.lead().post.id).copied().unwrap_or(0.0);
        let best = now.iter().map(relevance).fold(0.0, f32::max);
        let owners: BTreeSet<&Owner> = now.iter().chain(&near).map(|story| &story.owner).collect();
        Some(Self { at_most: owners.len(), now, earlier, near, best })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::digest::evidence::voiced;
    use crate::digest::rarity::Rarity;
    use crate::digest::trend::Baseline;
    use crate::digest::{Heard, Outages, Understood, Window};
    use crate::post::{Post, Said};
    use crate::source::{Knowledge, Source, Speaker, Voice};
    use crate::topic::RulesetId;
    use crate::verdict::{Language, ModelId, Sentiment, Verdict};

    const TEXTS: [&str; 6] = [
        "The price of storage went up by a third at the turn of the quarter.",
        "Their storage did not become dearer, whatever the invoices of others say.",
        "Nobody at our place saw an outage of the console in the whole of the year.",
        "We moved the archive to tapes and saved half of what it had cost before.",
        "It is a myth that the price of storage went up at the turn of the quarter.",
        "Support answered within the hour and solved what had kept us for days.",
    ];

    /// What somebody says: who, when, about what, in which words.
    type Spoken = (usize, i64, u8, usize);

    fn source(number: usize) -> Source {
        let name = format!("source-{number}");
        Source {
            id: name.parse().unwrap(),
            kind: "feed",
            owner: Owner::of_host(&format!("{name}.example")),
            voice: [Voice::Press, Voice::Blog, Voice::Customer][number % 3],
            speaker: Speaker::Owner,
            tags: Vec::new(),
            language: None,
            every: None,
            paused: false,
        }
    }

    fn said(number: usize, spoken: Spoken) -> (Post, Verdict, Embedding) {
        let (by, day, direction, text) = spoken;
        let when = jiff::Timestamp::from_second(day * 86_400).unwrap();
        let said = Said {
            key: number.to_string(),
            text: format!("{} Number {number} of them.", TEXTS[text]),
            published: Some(when),
            ..Said::default()
        };
        let post = Post::new(&format!("source-{by}").parse().unwrap(), said, when);
        let verdict = Verdict {
            post: post.id,
            model: ModelId("hand".to_owned()),
            ruleset: RulesetId("hand".to_owned()),
            at: when,
            language: Language { code: "en".to_owned(), confidence: 1.0 },
            sentiment: Sentiment::unknown(),
            topics: Vec::new(),
            signals: Vec::new(),
            accounts: Vec::new(),
        };
        let angle = f32::from(direction).to_radians();
        (post, verdict, Embedding(vec![angle.cos(), angle.sin()]))
    }

    proptest! {
        #[test]
        fn the_foremost_are_those_that_come_first_where_all_are_put_into_words(
            spoken in prop::collection::vec((0_usize..7, 20_i64..60, 0_u8..180, 0..TEXTS.len()), 1..24),
            shown in 1_usize..4,
        ) {
            let sources: Vec<Source> = (0..7).map(source).collect();
            let all: Vec<_> = spoken.iter().enumerate().map(|(n, spoken)| said(n, *spoken)).collect();
            let heard: Vec<Heard> = all
                .iter()
                .zip(&spoken)
                .map(|((post, verdict, embedding), spoken)| Heard {
                    post, verdict, embedding, source: &sources[spoken.0],
                })
                .collect();
            let sure = heard.iter().zip(&spoken);
            let sure = sure.map(|(heard, spoken)| (heard.post.id, f32::from(spoken.2 % 5))).collect();
            let day = |day: i64| jiff::Timestamp::from_second(day * 86_400).unwrap();
            let window = Window { from: day(30), until: day(60) };
            let (understood, since) = (Understood::default(), BTreeMap::new());
            let looked = Looked {
                understood: &understood,
                account: None,
                own: None,
                topic: None,
                voice: None,
                window,
                near: &[],
                looked_at: heard.len(),
                since: &since,
            };
            let stories = voiced(&heard, Knowledge::Public);
            let rarity = Rarity::of(heard.iter().map(|heard| heard.post));
            let baseline = Baseline::since(&since, window, &Outages::default());
            let asked = ["storage".to_owned(), "price".to_owned()].into();
            let wording = Wording { rarity: &rarity, asked: &asked, baseline: &baseline };
            let told = |shown: usize| -> Vec<String> {
                let found = foremost(&looked, &stories, &sure, &wording, shown);
                found.iter().map(|worded| format!("{:?} {:?}", worded.said, worded.evidence)).collect()
            };
            let mut every = told(usize::MAX);
            every.truncate(shown);
            prop_assert_eq!(told(shown), every);
        }
    }
}
