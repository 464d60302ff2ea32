//! Search: it finds what the store has and nothing else, whatever becomes of the index.

mod agrees;
mod cli;
mod damage;
mod killed;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use overheard::config::Market;
use overheard::post::{Author, Post, PostId, Said};
use overheard::search::{self, Followed, Query};
use overheard::source::SourceId;
use overheard::store::{Judged, SledStore, Store};
use overheard::verdict::{
    AccountVerdict, Band, Embedding, Language, Sentiment, SentimentLabel, TopicVerdict, Verdict,
};

use crate::store::sample::{Chance, rules, time};

/// What is listened to, and looked for.
pub(super) const SOURCES: &str = r#"
[[source]]
id = "press"
kind = "feed"
url = "https://press.example/feed"
voice = "press"
[[source]]
id = "wire"
kind = "feed"
url = "https://wire.example/feed"
voice = "press"
[[source]]
id = "forum"
kind = "feed"
url = "https://forum.example/feed"
voice = "social"
[[topic]]
name = "Cloud cost"
description = "What clouds cost."
[[topic]]
name = "Outage"
kind = "signal"
description = "A service is down."
[[account]]
name = "Acme"
[[account]]
name = "Globex"
"#;

pub(super) const NOW: &str = "2026-11-22T18:00:00Z";

/// Words of which posts are made; none is another's stem.
const WORDS: [&str; 12] = [
    "cloud", "cost", "outage", "price", "vendor", "budget", "egress", "latency", "contract",
    "renewal", "cluster", "backup",
];

pub(super) fn market() -> Market {
    Market::parse(&[(PathBuf::from("market.toml"), SOURCES.to_owned())]).unwrap()
}

pub(super) fn query(text: &str) -> Query {
    Query::parse(text, &market(), time(NOW)).unwrap_or_else(|e| panic!("{text}: {e}"))
}

/// A post of random words, said and heard some hours before now.
pub(super) fn random_post(number: u64, chance: &mut Chance) -> Post {
    let mut words = |many: u64| -> String {
        let length = 1 + chance.below(many);
        let words = (0..length).map(|_| WORDS[chance.below(WORDS.len() as u64) as usize]);
        words.collect::<Vec<_>>().join(" ")
    };
    let (title, text) = (words(4), words(12));
    let source: SourceId = ["press", "wire", "forum"][chance.below(3) as usize].parse().unwrap();
    let author = ["Ada Byron", "Grace Hopper"][chance.below(2) as usize];
    let said_at = time(NOW) - SignedDuration::from_hours(chance.below(24 * 100) as i64);
    let said = Said {
        key: number.to_string(),
        title: Some(title).filter(|_| chance.below(4) > 0),
        text,
        author: Some(Author { name: Some(author.to_owned()), ..Author::default() }),
        published: Some(said_at),
        ..Said::default()
    };
    Post::new(&source, said, said_at + SignedDuration::from_mins(1))
}

/// A verdict drawn by chance.
pub(super) fn random_verdict(post: PostId, chance: &mut Chance) -> Judged {
    let (model, ruleset) = rules("model", "rules");
    let band = |chance: &mut Chance| [Band::Yes, Band::Unsure][chance.below(2) as usize];
    let topic = |name: &str, band| TopicVerdict {
        name: name.to_owned(),
        score: 0.8,
        band,
        why: format!("says {name}"),
        arguments: vec![],
    };
    let feelings = [SentimentLabel::Positive, SentimentLabel::Negative, SentimentLabel::Unknown];
    let label = feelings[chance.below(3) as usize];
    let name = ["Acme", "Globex"][chance.below(2) as usize];
    let account = AccountVerdict {
        name: name.to_owned(),
        mention: name.to_owned(),
        score: [0.9, 0.4][chance.below(2) as usize],
        why: "says so".to_owned(),
        sentiment: None,
    };
    let verdict = Verdict {
        post,
        model,
        ruleset,
        at: time(NOW),
        language: Language { code: ["en", "de"][chance.below(2) as usize].into(), confidence: 0.9 },
        sentiment: Sentiment { label, ..Sentiment::unknown() },
        topics: vec![topic("Cloud cost", band(chance))],
        signals: vec![topic("Outage", band(chance))],
        accounts: vec![account],
    };
    Judged { verdict, embedding: Embedding(vec![0.5, -0.5]) }
}

/// A store with so many posts, every second of them judged.
pub(super) fn fill(store: &SledStore, posts: u64, chance: &mut Chance) {
    let posts: Vec<Post> = (0..posts).map(|number| random_post(number, chance)).collect();
    for batch in posts.chunks(100) {
        store.keep(batch).unwrap();
    }
    let half: Vec<_> =
        posts.iter().step_by(2).map(|post| random_verdict(post.id, chance)).collect();
    store.judge(&half).unwrap();
}

/// Every post that is kept, with its verdict, newest first.
pub(super) fn kept(store: &dyn Store) -> Vec<(Post, Option<Judged>)> {
    let posts = store.kept_after(None, 100_000).unwrap();
    let ids: Vec<PostId> = posts.iter().map(|post| post.id).collect();
    let judged = store.still_judged(&ids).unwrap();
    let mut kept: Vec<_> = posts.into_iter().zip(judged).collect();
    kept.sort_by_key(|(post, _)| std::cmp::Reverse(post.when()));
    kept
}

pub(super) fn catch_up(folder: &Path, store: &dyn Store) -> Followed {
    let followed = search::catch_up(folder, store, &mut |_| ControlFlow::Continue(())).unwrap();
    assert!(followed.is_up_to_date);
    followed
}

pub(super) fn seconds(moment: Timestamp) -> i64 {
    moment.as_second()
}
