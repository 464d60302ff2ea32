//! What the index finds is what somebody finds who reads every post.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use overheard::post::{Post, PostId, Said};
use overheard::search::{self, Ask, Counts, Query, Sort, Words, query::Wanted, sentiment_name};
use overheard::store::{Judged, SledStore, Store};
use overheard::text::words::folded;
use overheard::verdict::Band;

use super::{
    NOW, WORDS, catch_up, fill, kept, market, query, random_post, random_verdict, seconds,
};
use crate::store::months::without;
use crate::store::sample::{Chance, judged, rules, time};

const ROUNDS: u64 = 30;
const QUERIES_A_ROUND: usize = 12;

#[test]
fn whatever_becomes_of_posts_the_index_finds_them_as_they_are() {
    let mut chance = Chance::new("kept, judged, dropped and followed at random");
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(&folder.path().join("store")).unwrap();
    let index = folder.path().join("words");
    let mut numbers = 0;
    for round in 0..ROUNDS {
        change(&store, &mut numbers, &mut chance);
        match chance.below(4) {
            // Broken off at any page, and gone on with later.
            0 => {
                let mut pages = chance.below(3);
                let broken = search::catch_up(&index, &store, &mut |_| {
                    pages = pages.saturating_sub(1);
                    if pages == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                });
                broken.unwrap();
            }
            1 if round % 5 == 0 => {
                search::rebuild(&index, &store, &mut |_| ControlFlow::Continue(())).unwrap();
            }
            _ => {}
        }
        let followed = catch_up(&index, &store);
        let kept = kept(&store);
        assert_eq!(followed.posts, kept.len() as u64);
        assert_eq!(catch_up(&index, &store).changes, 0, "nothing is read twice");
        let words = Words::open(&index).unwrap();
        for _ in 0..QUERIES_A_ROUND {
            let text = random_query(&mut chance);
            match Query::parse(&text, &market(), time(NOW)) {
                Ok(query) => {
                    check(&words, &kept, &query, &text);
                    check_answer(&words, &store, &kept, &query, &text);
                }
                Err(refused) => assert!(refused.to_string().contains("exchange them"), "{refused}"),
            }
        }
    }
}

fn change(store: &SledStore, numbers: &mut u64, chance: &mut Chance) {
    match chance.below(8) {
        0..=3 => {
            let more = 1 + chance.below(60);
            let posts: Vec<_> =
                (*numbers..*numbers + more).map(|n| random_post(n, chance)).collect();
            *numbers += more;
            store.keep(&posts).unwrap();
        }
        4..=6 => {
            // Posts that say something else now, and others that are judged, maybe again.
            let kept = kept(store);
            let changed: Vec<_> = (0..*numbers.min(&mut 5))
                .map(|_| random_post(chance.below(*numbers), chance))
                .collect();
            store.keep(&changed).unwrap();
            let judged: Vec<_> =
                kept.iter().filter(|_| chance.below(3) == 0).map(|(post, _)| post.id).collect();
            let judged: Vec<_> = judged.into_iter().map(|id| random_verdict(id, chance)).collect();
            store.judge(&judged).unwrap();
        }
        _ => {
            let months = store.months().unwrap();
            let Some(filed) = months.get(chance.below(months.len().max(1) as u64) as usize) else {
                return;
            };
            if chance.below(2) == 0 {
                store.give_up(filed.month).unwrap();
            } else {
                store.compact(filed.month, &without(&["forum"]), time(NOW)).unwrap();
            }
        }
    }
}

fn random_query(chance: &mut Chance) -> String {
    let mut parts = Vec::new();
    for _ in 0..=chance.below(3) {
        let word = |chance: &mut Chance| WORDS[chance.below(WORDS.len() as u64) as usize];
        let fields = [
            "voice:press",
            "voice:social,press",
            "source:wire",
            "topic:cloud-cost",
            "signal:outage",
            "account:acme",
            "lang:en",
            "sentiment:negative",
            "since:30d",
            "until:2026-10-15",
            "on:2026-10",
            "author:ada",
            "author:\"grace hopper\"",
            "owner:wire.example",
        ];
        let part = match chance.below(8) {
            0 | 1 => word(chance).to_owned(),
            2 => format!("\"{} {}\"", word(chance), word(chance)),
            3 => format!("{}*", &word(chance)[..2 + chance.below(2) as usize]),
            4 => format!("({} OR {} {})", word(chance), word(chance), word(chance)),
            _ => fields[chance.below(fields.len() as u64) as usize].to_owned(),
        };
        let not = if chance.below(4) == 0 { "-" } else { "" };
        parts.push(format!("{not}{part}"));
    }
    // One value a field, as the language wants it.
    parts.dedup_by_key(|part| part.split(':').next().unwrap_or_default().to_owned());
    let mut seen = BTreeSet::new();
    parts.retain(|part| match part.split_once(':') {
        Some((field, _)) if !part.starts_with(['-', '(']) => seen.insert(field.to_owned()),
        _ => true,
    });
    parts.join(" ")
}

fn check(words: &Words, kept: &[(Post, Option<Judged>)], query: &Query, text: &str) {
    let fits = |(post, judged): &&(Post, Option<Judged>)| {
        query.parts.iter().all(|part| fits(&part.wanted, post, judged.as_ref()))
    };
    let wanted: Vec<&Post> = kept.iter().filter(fits).map(|(post, _)| post).collect();
    let ids: BTreeSet<PostId> = wanted.iter().map(|post| post.id).collect();
    let found = words.every_id(query).unwrap_or_else(|error| panic!("{text}: {error}"));
    let found: BTreeSet<PostId> = found.into_iter().collect();
    assert_eq!(found, ids, "{text}");
    assert_eq!(words.count(query).unwrap(), ids.len() as u64, "{text}");
    let moments = |ids: &[PostId]| -> Vec<i64> {
        let moment =
            |id: &PostId| seconds(wanted.iter().find(|post| post.id == *id).unwrap().when());
        ids.iter().map(moment).collect()
    };
    let newest = words.ids(query, Sort::Newest, 7).unwrap();
    let newest: Vec<PostId> = newest.iter().map(|found| found.id).collect();
    let first: Vec<i64> = wanted.iter().take(7).map(|post| seconds(post.when())).collect();
    assert_eq!(moments(&newest), first, "{text}");
    let best = words.ids(query, Sort::Best, 10_000).unwrap();
    assert_eq!(best.iter().map(|found| found.id).collect::<BTreeSet<_>>(), ids, "{text}");
    assert!(best.windows(2).all(|two| two[0].score >= two[1].score), "{text}");
}

/// What is answered in one pass is what is found in several, and what somebody counts post by post.
fn check_answer(
    words: &Words,
    store: &SledStore,
    kept: &[(Post, Option<Judged>)],
    query: &Query,
    text: &str,
) {
    let sort = if text.len().is_multiple_of(2) { Sort::Best } else { Sort::Newest };
    let counts = if text.len().is_multiple_of(3) { Counts::Total } else { Counts::Facets };
    let limit = text.len() % 5;
    let answer = search::answer(words, store, &market(), query, &Ask { sort, limit, counts });
    let answer = answer.unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(answer.total, words.count(query).unwrap(), "{text}");
    let folded: BTreeSet<PostId> =
        answer.hits.iter().flat_map(|hit| hit.reprints.iter().map(|reprint| reprint.id)).collect();
    let mut found = words.ids(query, sort, 3 * limit).unwrap();
    found.retain(|found| !folded.contains(&found.id));
    let told: Vec<(PostId, f32)> = answer.hits.iter().map(|hit| (hit.post.id, hit.score)).collect();
    let first: Vec<(PostId, f32)> =
        found.iter().take(limit).map(|found| (found.id, found.score)).collect();
    assert_eq!(told, first, "{text}");
    assert_eq!(answer.facets.is_some(), counts == Counts::Facets, "{text}");
    let Some(facets) = answer.facets else { return };
    let ids: BTreeSet<PostId> = words.every_id(query).unwrap().into_iter().collect();
    let (mut sources, mut languages) = (BTreeMap::new(), BTreeMap::new());
    for (post, judged) in kept.iter().filter(|(post, _)| ids.contains(&post.id)) {
        *sources.entry(post.source.to_string()).or_insert(0) += 1;
        if let Some(judged) = judged {
            *languages.entry(judged.verdict.language.code.clone()).or_insert(0) += 1;
        }
    }
    for (tally, counted) in [(facets.sources, sources), (facets.languages, languages)] {
        let named = tally.named.into_iter().map(|named| (named.name, named.posts));
        assert_eq!(named.collect::<BTreeMap<String, u64>>(), counted, "{text}");
    }
}

/// Whether a post is wanted, read word by word.
fn fits(wanted: &Wanted, post: &Post, judged: Option<&Judged>) -> bool {
    let verdict = judged.map(|judged| &judged.verdict);
    let texts = [post.said.title.clone().unwrap_or_default(), post.said.text.clone()];
    let said = |phrase: &str| {
        let phrase: Vec<_> = folded(phrase).collect();
        texts.iter().any(|text| {
            let words: Vec<_> = folded(text).collect();
            words.windows(phrase.len()).any(|words| words == phrase)
        })
    };
    let about = |name: &String, topics: Option<&Vec<overheard::verdict::TopicVerdict>>| {
        topics.into_iter().flatten().any(|topic| topic.name == *name && topic.band == Band::Yes)
    };
    match wanted {
        Wanted::All(all) => all.iter().all(|wanted| fits(wanted, post, judged)),
        Wanted::Any(any) => any.iter().any(|wanted| fits(wanted, post, judged)),
        Wanted::Not(not) => !fits(not, post, judged),
        Wanted::Words(words) => said(words),
        Wanted::Begins(begin) => {
            texts.iter().any(|text| folded(text).any(|word| word.starts_with(begin)))
        }
        Wanted::Author(author) => {
            let name = post.said.author.as_ref().and_then(|author| author.name.clone());
            name.unwrap_or_default().to_lowercase().contains(&author.to_lowercase())
        }
        Wanted::Sources(sources) => sources.contains(&post.source),
        Wanted::Topic(name) => about(name, verdict.map(|verdict| &verdict.topics)),
        Wanted::Signal(name) => about(name, verdict.map(|verdict| &verdict.signals)),
        Wanted::Account(name) => verdict.is_some_and(|verdict| {
            verdict.accounts.iter().any(|account| account.name == *name && account.score >= 0.5)
        }),
        Wanted::Language(code) => verdict.is_some_and(|verdict| verdict.language.code == *code),
        Wanted::Sentiment(label) => verdict.is_some_and(|verdict| {
            sentiment_name(verdict.sentiment.label) == sentiment_name(*label)
        }),
        Wanted::Said { from, until } => {
            let when = seconds(post.when());
            from.is_none_or(|from| when >= seconds(from))
                && until.is_none_or(|until| when < seconds(until))
        }
    }
}

#[test]
fn dropped_posts_leave_no_name_in_any_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(&folder.path().join("store")).unwrap();
    let index = folder.path().join("words");
    fill(&store, 300, &mut Chance::new("posts"));
    let said = Said {
        key: "secret".into(),
        title: Some("Xylophonist".into()),
        text: "The xylophonists' quagmire".into(),
        ..Said::default()
    };
    let secret = Post::new(&"leak".parse().unwrap(), said, time("2026-10-01T00:00:00Z"));
    store.keep(std::slice::from_ref(&secret)).unwrap();
    let mut verdict = judged(secret.id, &rules("model", "rules"), "Quincunx");
    verdict.verdict.language.code = "tlh".into();
    store.judge(&[verdict]).unwrap();
    catch_up(&index, &store);
    let words = Words::open(&index).unwrap();
    assert_eq!(words.every_id(&query("xylophonist")).unwrap(), [secret.id]);
    for trace in ["Quincunx", "tlh"] {
        assert!(is_anywhere(&index, trace.as_bytes()), "{trace} is to be found before");
    }
    store.compact("2026-10".parse().unwrap(), &without(&["leak"]), time(NOW)).unwrap();
    catch_up(&index, &store);
    for trace in ["Quincunx", "tlh"] {
        assert!(!is_anywhere(&index, trace.as_bytes()), "{trace}");
    }
    let words = Words::open(&index).unwrap();
    assert_eq!((words.posts(), words.count(&query("xylo*")).unwrap()), (300, 0));
}

fn is_anywhere(folder: &Path, trace: &[u8]) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return is_anywhere(&path, trace);
        }
        fs::read(&path).unwrap().windows(trace.len()).any(|window| window == trace)
    })
}

#[test]
fn an_answer_folds_reprints_tells_why_and_counts() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(&folder.path().join("store")).unwrap();
    let text = "Vendors raised the price of egress by a third this quarter, and nobody was told why \
                before the invoice came, say three buyers who asked not to be named in this story.";
    let post = |source: &str, title: &str, text: &str, at: &str| {
        let said = Said {
            key: format!("{source} {title}"),
            title: Some(title.to_owned()),
            text: text.to_owned(),
            published: Some(time(at)),
            ..Said::default()
        };
        Post::new(&source.parse().unwrap(), said, time(at))
    };
    let posts = [
        post("press", "Egress prices rise", text, "2026-11-20T09:00:00Z"),
        post("wire", "Egress prices rise", text, "2026-11-20T08:00:00Z"),
        post(
            "forum",
            "Re: budgets",
            "Egress again. I wonder what the contract says.",
            "2026-11-10T09:00:00Z",
        ),
        post("forum", "Meanwhile", "Who else is on a train today?", "2026-11-20T08:30:00Z"),
        post("press", "Lunch", "Nothing about that at all.", "2026-11-21T09:00:00Z"),
    ];
    store.keep(&posts).unwrap();
    let by = rules("model", "rules");
    let verdicts: Vec<_> = posts.iter().map(|post| judged(post.id, &by, "Cloud cost")).collect();
    store.judge(&verdicts).unwrap();
    let index = folder.path().join("words");
    catch_up(&index, &store);
    let words = Words::open(&index).unwrap();
    let ask = |text: &str, sort| {
        let ask = Ask { sort, limit: 10, counts: Counts::Facets };
        search::answer(&words, &store, &market(), &query(text), &ask).unwrap()
    };

    let answer = ask("egress topic:cloud-cost", Sort::Best);
    assert_eq!(answer.total, 3);
    assert_eq!(answer.hits.len(), 2, "the reprint is folded");
    let first = &answer.hits[0];
    let reprints: Vec<&str> = first.reprints.iter().map(|of| of.source.as_str()).collect();
    assert_eq!((first.post.source.as_str(), reprints.as_slice()), ("wire", ["press"].as_slice()));
    assert_eq!(first.why, ["topic Cloud cost 0.88: says \"Cloud cost\""]);
    let facets = answer.facets.unwrap();
    let told = |named: &[search::Named]| -> Vec<(String, u64)> {
        named.iter().map(|named| (named.name.clone(), named.posts)).collect()
    };
    assert_eq!(told(&facets.voices.named), [("press".into(), 2), ("social".into(), 1)]);
    assert_eq!(told(&facets.topics.named), [("Cloud cost".into(), 3)]);
    assert_eq!(facets.sources.named.len(), 3);
    let weeks: Vec<(String, u64)> =
        facets.weeks.iter().map(|week| (week.monday.to_string(), week.posts)).collect();
    assert_eq!(weeks, [("2026-11-09".into(), 1), ("2026-11-16".into(), 2)]);

    let newest = ask("-lunch", Sort::Newest);
    let first: Vec<&str> = newest.hits.iter().map(|hit| hit.post.source.as_str()).collect();
    assert_eq!(first, ["forum", "wire", "forum"], "by who said it first, not by its reprint");
    assert_eq!(newest.hits[1].reprints[0].source.as_str(), "press");
    let looser = search::loosened(&words, &query("egress lunch voice:press")).unwrap();
    assert_eq!(looser.iter().map(|looser| looser.posts).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn a_word_in_the_title_weighs_more_than_one_in_the_text() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(&folder.path().join("store")).unwrap();
    let post = |key: &str, title: &str, text: &str| {
        let said = Said {
            key: key.to_owned(),
            title: Some(title.to_owned()),
            text: text.to_owned(),
            ..Said::default()
        };
        Post::new(&"press".parse().unwrap(), said, time("2026-11-20T08:00:00Z"))
    };
    let (in_text, in_title) = (
        post("a", "On the news", "The outage is over"),
        post("b", "On the outage", "The news is over"),
    );
    store.keep(&[in_text, in_title.clone()]).unwrap();
    let index = folder.path().join("words");
    catch_up(&index, &store);
    let words = Words::open(&index).unwrap();
    let found = words.ids(&query("outages"), Sort::Best, 10).unwrap();
    assert_eq!((found.len(), found[0].id), (2, in_title.id));
    assert!(found[0].score > found[1].score);
}
