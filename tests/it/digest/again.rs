//! The ledger: a digest stays what it was, whatever becomes of the rules, the model and the store.

use std::fmt::Write as _;

use overheard::config::Market as Folder;
use overheard::digest::{Digest, Proven};
use overheard::pipeline::Morning;
use overheard::post::PostId;
use overheard::store::erase::Erasing;
use overheard::store::{Claim, Judged, Keeps, SledStore, Store, backup};
use overheard::topic::RulesetId;
use overheard::verdict::ModelId;
use overheard::views;

use super::market::{Market, TODAY, busy, mara};

/// The files of a market that is written by hand.
fn folder(market: &Market, topics: &str) -> Folder {
    let mut toml = String::new();
    for source in &market.sources {
        let (id, voice) = (source.id.as_str(), source.voice.name());
        writeln!(
            toml,
            "[[source]]\nid = {id:?}\nkind = \"feed\"\nvoice = {voice:?}\nurl = \"https://{id}.example/feed\"\n"
        )
        .unwrap();
    }
    toml += topics;
    toml += "[[account]]\nname = \"Halden Freight\"\n[[account]]\nname = \"Quillon Bank\"\n";
    toml += "[[reader]]\nid = \"mara\"\nname = \"Mara\"\ntime_zone = \"Europe/Berlin\"\n\
             accounts = [\"Halden Freight\", \"Quillon Bank\"]\n";
    Folder::parse(&[("mine.toml".into(), toml)]).unwrap()
}

const TOPICS: &str = "[[topic]]\nname = \"cloud cost\"\ndescription = \"Bills\"\n\
                      [[topic]]\nname = \"on-call\"\ndescription = \"Nights\"\n";

fn filled(market: &Market, store: &SledStore) {
    let posts: Vec<_> = market.posts.iter().map(|spoken| spoken.post.clone()).collect();
    store.keep(&posts).unwrap();
    let judged: Vec<Judged> = market
        .posts
        .iter()
        .map(|spoken| Judged {
            verdict: spoken.verdict.clone(),
            embedding: spoken.embedding.clone(),
        })
        .collect();
    store.judge(&judged).unwrap();
}

fn preview(market: &Folder, store: &dyn Store) -> Proven {
    let morning = Morning { market, store, silent: &[], calendars: None };
    let reader = market.reader("mara").unwrap();
    let now = overheard::digest::window(&mara(), TODAY).until;
    morning.preview(reader, TODAY, now).unwrap()
}

fn rendered(digest: &Digest) -> [String; 4] {
    let proven = Proven::claimed(digest.clone());
    let json = serde_json::to_string_pretty(digest).unwrap();
    [
        views::text(&proven, &overheard::views::Links::none()),
        views::markdown(&proven, &overheard::views::Links::none()),
        views::html(&proven, &overheard::views::Links::none()).unwrap(),
        json,
    ]
}

fn kept(store: &dyn Store) -> [String; 4] {
    rendered(&store.digest("mara", TODAY).unwrap().unwrap())
}

#[test]
fn a_digest_of_before_gives_the_same_bytes_whatever_has_changed_since() {
    let market = busy();
    let places = tempfile::tempdir().unwrap();
    let store = SledStore::open(&places.path().join("store")).unwrap();
    filled(&market, &store);
    let first = preview(&folder(&market, TOPICS), &store);
    assert!(first.digest().is_solid());
    assert_eq!(store.claim(first.digest()).unwrap(), Claim::Ours);
    let then = rendered(first.digest());
    assert_eq!(kept(&store), then);

    // Other topics: what would be made now is another digest, and is not claimed.
    let other =
        preview(&folder(&market, "[[topic]]\nname = \"on-call\"\ndescription = \"x\"\n"), &store);
    assert_ne!(rendered(other.digest()), then);
    assert!(matches!(store.claim(other.digest()).unwrap(), Claim::Before(_)));
    assert_eq!(kept(&store), then);

    // Fewer sources, and posts that were edited.
    let mut fewer = busy();
    fewer.sources.truncate(3);
    let of_few = preview(&folder(&fewer, TOPICS), &store);
    assert_ne!(of_few.digest().listening.sources, first.digest().listening.sources);
    assert!(matches!(store.claim(of_few.digest()).unwrap(), Claim::Before(_)));
    let mut edited = market.posts[20].post.clone();
    "Something else entirely, as of this afternoon.".clone_into(&mut edited.said.text);
    store.keep(&[edited]).unwrap();
    assert_eq!(kept(&store), then);

    // Another model and other rules judge everything anew.
    let again: Vec<Judged> = market
        .posts
        .iter()
        .map(|spoken| {
            let mut verdict = spoken.verdict.clone();
            verdict.model = ModelId("another".to_owned());
            verdict.ruleset = RulesetId("other rules".to_owned());
            verdict.topics.clear();
            Judged { verdict, embedding: spoken.embedding.clone() }
        })
        .collect();
    store.judge(&again).unwrap();
    assert_eq!(kept(&store), then);

    // The months are written anew; a backup is restored elsewhere.
    for filed in store.months().unwrap() {
        store.compact(filed.month, &Keeps::default(), first.digest().made).unwrap();
    }
    assert_eq!(kept(&store), then);
    let backups = places.path().join("backup");
    backup::back_up(&store, &backups, first.digest().made, &|_| {}).unwrap();
    let restored = SledStore::open(&places.path().join("restored")).unwrap();
    backup::restore(&backups, &restored, backup::Wanted::default(), &|_| {}).unwrap();
    assert_eq!(kept(&restored), then);

    // All posts go: the digest does not need them.
    for filed in store.months().unwrap() {
        store.give_up(filed.month).unwrap();
    }
    assert_eq!(kept(&store), then);
}

#[test]
fn what_was_erased_is_all_that_differs_from_the_digest_of_that_day() {
    let market = busy();
    let places = tempfile::tempdir().unwrap();
    let store = SledStore::open(places.path()).unwrap();
    filled(&market, &store);
    let first = preview(&folder(&market, TOPICS), &store);
    store.claim(first.digest()).unwrap();
    let point = &first.digest().blocks[0].points[0];
    let gone: PostId = point.quotes[0].post;
    let without = first.digest().without(&[gone].into()).unwrap();
    let erasing = Erasing {
        posts: &[gone],
        signs: &[],
        digests: std::slice::from_ref(&without),
        sources: &[],
    };
    store.erase(&erasing, first.digest().made).unwrap();
    let now = kept(&store);
    assert_eq!(now, rendered(&without));
    assert!(!now[0].contains(&point.quotes[0].text) && now[0].contains("Erased:"));
    // Twice the same.
    assert_eq!(kept(&store), now);
    // The numbers stay: nobody was counted who did not speak.
    let numbers = |view: &str| view.matches("independent voices").count();
    assert_eq!(numbers(&now[0]), numbers(&rendered(first.digest())[0]));
}

#[test]
fn a_digest_that_was_kept_before_there_were_meetings_and_reasons_reads_as_before() {
    let market = busy();
    let digest = market.digest();
    let mut value = serde_json::to_value(&digest).unwrap();
    for field in ["today", "more_accounts", "competitors", "rising_told"] {
        value.as_object_mut().unwrap().remove(field);
    }
    for block in value["blocks"].as_array_mut().unwrap() {
        for point in block["points"].as_array_mut().unwrap() {
            point.as_object_mut().unwrap().remove("rank").unwrap();
        }
    }
    let before: Digest = serde_json::from_value(value).unwrap();
    assert_eq!(rendered(&before)[..3], rendered(&digest)[..3]);
}
